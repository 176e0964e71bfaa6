"""Runs the bot's jobs while time passes in steps: each when it is due by the clock, and none for ever."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

PATIENCE = timedelta(seconds=10)
"""How long, in real time, a step waits for one job. What takes longer goes on by itself."""

_EARLY = timedelta(seconds=30)
"""By so much a step may come early, since the clock runs on between steps: else every other one would be left out."""
_JUST_NOW = timedelta(minutes=1)

log = logging.getLogger(__name__)


class Job(Protocol):
    """A line of the bot's table: what is done, and how often."""

    @property
    def name(self) -> str:
        """Return its name."""
        ...

    @property
    def every(self) -> timedelta:
        """Return how often it is due."""
        ...


@dataclass(slots=True, kw_only=True)
class JobRuns:
    """Runs what is due, one job after the other; one that fails or hangs does not stop the others.

    `run` is how the bot's scheduler runs a job: never twice at once, and it logs what fails. `seldom` says of some jobs
    how often they are done at most, whatever the table says.
    """

    jobs: Sequence[Job]
    run: Callable[[Any], object]
    seldom: Mapping[str, timedelta]
    patience: timedelta = PATIENCE
    _last: dict[str, datetime] = field(default_factory=dict)
    _hanging: dict[str, Future[object]] = field(default_factory=dict)
    _hands: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        """Have a thread for each job, in case all of them hang."""
        self._hands = ThreadPoolExecutor(max(1, len(self.jobs)), thread_name_prefix="passing")

    def run_due(self, now: datetime, *, has_arrived: bool = False) -> None:
        """Run every job that is due at a moment, once; on arrival also what would not be due yet."""
        for job in self.jobs:
            if self._is_due(job, now, has_arrived=has_arrived):
                self._run(job, now)

    @property
    def hanging(self) -> tuple[str, ...]:
        """Return the names of the jobs that have not come back."""
        self._hanging = {name: run for name, run in self._hanging.items() if not run.done()}
        return tuple(self._hanging)

    def close(self) -> None:
        """Run nothing more; what runs is not waited for."""
        self._hands.shutdown(wait=False, cancel_futures=True)

    def _is_due(self, job: Job, now: datetime, *, has_arrived: bool) -> bool:
        """Tell whether a job is to be done; on arrival everything is that was not just done, as a last look around."""
        if job.name in self.hanging:
            return False
        last = self._last.get(job.name)
        every = min(job.every, _JUST_NOW) if has_arrived else max(job.every, self.seldom.get(job.name, job.every))
        return last is None or now - last >= every - min(_EARLY, every / 2)

    def _run(self, job: Job, now: datetime) -> None:
        self._last[job.name] = now
        run: Future[object] = self._hands.submit(self.run, job)
        try:
            run.result(self.patience.total_seconds())
        except TimeoutError:
            if run.done():
                log.warning("job did not finish while time passed: %s", job.name, exc_info=True)
            else:
                self._hanging[job.name] = run
                log.warning("time passes without waiting for a job: %s", job.name)
        except Exception:
            log.exception("job failed while time passed: %s", job.name)
