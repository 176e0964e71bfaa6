"""Runs the table of jobs: each alone, late ones once, and none able to stop the others."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from threading import Condition

import structlog
from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.errors import BotError

TOO_LONG = timedelta(minutes=1)
"""From when on a run that others are left out for is worth a warning."""

A_MOMENT = timedelta(seconds=2)
"""How long a scheduler that is to rest waits for what runs."""

TELL_AGAIN = timedelta(minutes=10)
"""How long a job may fail for the same reason before that is logged once more."""

log = structlog.get_logger()

_LIBRARY = logging.getLogger("apscheduler")
_LIBRARY.setLevel(logging.ERROR)  # below, it tells of every run that is left out, which is what we ask of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing that is done over and over; running it twice or skipping it changes nothing."""

    name: str
    every: timedelta
    run: Callable[[], object]
    at_start: bool = True


@dataclass(slots=True)
class _Run:
    """A run of a job: since when, and whether it has been complained about."""

    began: float
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a job failed the last time, and when that was logged."""

    reason: str
    told_at: float


@dataclass(slots=True)
class Watch:
    """Runs jobs safely and knows how long each has been at it; `seconds` is a clock that never runs backwards."""

    seconds: Callable[[], float] = time.monotonic
    _runs: dict[str, _Run] = field(default_factory=dict)
    _troubles: dict[str, _Trouble] = field(default_factory=dict)
    _changes: Condition = field(default_factory=Condition, repr=False)

    def run(self, job: Job) -> None:
        """Run a job, unless a run of it goes on; the next run tries again after a failure.

        A failure is logged when it begins, when its reason changes, and every ten minutes: a Nomad that is down for a
        night must not fill the log with one line every two seconds. That it works again is logged, too.
        """
        if not self._begin(job.name):
            self.note_left_out(job.name)
            return
        try:
            job.run()
        except BotError as error:
            if self._is_news(job.name, str(error)):
                log.warning("job did not finish", job=job.name, reason=str(error))
        except Exception as error:  # one of the two places: the job runner must go on
            if self._is_news(job.name, repr(error)):
                log.exception("job failed", job=job.name)
        else:
            if self._troubles.pop(job.name, None) is not None:
                log.info("job works again", job=job.name)
        finally:
            with self._changes:
                del self._runs[job.name]
                self._changes.notify_all()

    def wait_for_quiet(self, patience: timedelta) -> None:
        """Wait until nothing runs, but no longer than that."""
        with self._changes:
            self._changes.wait_for(lambda: not self._runs, patience.total_seconds())

    def _begin(self, name: str) -> bool:
        with self._changes:
            if name in self._runs:
                return False
            self._runs[name] = _Run(self.seconds())
            return True

    def _is_news(self, name: str, reason: str) -> bool:
        before, now = self._troubles.get(name), self.seconds()
        if before is not None and before.reason == reason and now - before.told_at < TELL_AGAIN.total_seconds():
            return False
        self._troubles[name] = _Trouble(reason, now)
        return True

    def note_left_out(self, name: str) -> None:
        """Take note that a run was left out because the one before goes on; warn once if that goes on for long."""
        run = self._runs.get(name)
        if run is None or run.is_told:
            return
        lasted = self.seconds() - run.began
        if lasted >= TOO_LONG.total_seconds():
            run.is_told = True
            log.warning("job takes long", job=name, seconds=round(lasted))


class Scheduler:
    """Runs jobs in threads of their own, one for each. The schedule is code, so it lives in memory."""

    def __init__(self, jobs: Sequence[Job], *, watch: Watch | None = None) -> None:
        self.jobs = tuple(jobs)
        self._watch = watch or Watch()
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(max(1, len(self.jobs)))},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": 60},
            timezone="UTC",
        )
        self._scheduler.add_listener(self._note_left_out, EVENT_JOB_MAX_INSTANCES)

    def start(self) -> None:
        """Run what is due at the start in order, then everything by its interval."""
        for job in self.jobs:
            self._scheduler.add_job(self._watch.run, _trigger(job), args=[job], id=job.name)
        self._scheduler.start()

    def rest(self) -> None:
        """Begin nothing by itself until it resumes. For who lets time pass by another clock.

        What runs is waited for, so that no job is left out of the first step; what hangs is not, and goes on.
        """
        if self._scheduler.running:
            self._scheduler.pause()
            self._scheduler.get_jobs()  # waits for the round to end
            self._watch.wait_for_quiet(A_MOMENT)

    def resume(self) -> None:
        """Run everything by its interval again, if it rests."""
        if self._scheduler.running:
            self._scheduler.resume()

    def run(self, job: Job) -> None:
        """Run a job now, unless a run of it goes on; a failure is logged as usual."""
        self._watch.run(job)

    def stop(self) -> None:
        """Let what runs finish and start nothing more."""
        if self._scheduler.running:
            # A shutdown in the middle of a round of the library's own thread makes that thread fail.
            self._scheduler.pause()
            self._scheduler.get_jobs()  # waits for the round to end
            self._scheduler.shutdown(wait=True)

    def _note_left_out(self, event: JobSubmissionEvent) -> None:
        self._watch.note_left_out(event.job_id)


def _trigger(job: Job) -> IntervalTrigger | OrTrigger:
    """Return when a job is due. The run at the start is one of the job's own, so that no other overlaps with it."""
    by_interval = IntervalTrigger(seconds=job.every.total_seconds(), timezone=UTC)
    return OrTrigger([DateTrigger(timezone=UTC), by_interval]) if job.at_start else by_interval
