"""Lets time pass in the playground: one clock for the workspace, the cluster and the bot, as fast as a person wishes.

At ×1 everything runs by itself. When time passes faster, the bot's own scheduler rests and its jobs are run here, in
steps, each when it is due by the clock: so a day has all of its checks and digests, in seconds.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from types import TracebackType
from typing import Any, Protocol, Self
from zoneinfo import ZoneInfo

from playground.clock import Clock
from playground.job_runs import PATIENCE, Job, JobRuns
from playground.pace import LONGEST, MORNING, SELDOM, SPEEDS, STEP
from playground.page.panel import WorldRefused
from playground.slack.records import Outcome
from playground.slack.state import State
from playground.slack.triggers import TRIGGER_LIFE
from playground.slack.wire import Json

_TICK = 0.25
"""Real seconds between two steps at ×60 and ×3,600."""
_LOOK = 0.05
"""Real seconds between two looks at whether somebody is still doing something."""
_NEWEST = 50
"""So many of the newest deliveries and triggers are looked at: older ones are over for long."""
_SATURDAY = 5
_HELD = "Time waits a moment: somebody is doing something."
_HANGING = "Time goes on without waiting for “{}”."


class Scheduler(Protocol):
    """The bot's scheduler, which may rest and go on."""

    @property
    def jobs(self) -> Sequence[Job]:
        """Return the table."""
        ...

    def rest(self) -> None:
        """Begin nothing by itself; what runs goes on."""
        ...

    def resume(self) -> None:
        """Run everything by real time again."""
        ...

    def run(self, job: Any) -> None:
        """Run a job of the table now, unless a run of it goes on."""
        ...


def _never(_day: date) -> bool:
    return False


def _nothing() -> None:
    return


@dataclass(kw_only=True)
class TimeLapse:
    """The clock as a person moves it; use it as a context manager. Every method may be called from any thread.

    `attend` is called before each step, `settle` after the clock has moved: to bring the cluster up to date. Nobody
    loses a right by a jump: while a person's action is under way, or a trigger could still be used, time passes at ×1.
    """

    clock: Clock
    state: State
    scheduler: Scheduler
    zone: str
    settle: Callable[[], None]
    attend: Callable[[], None] = _nothing
    is_holiday: Callable[[date], bool] = _never
    step: timedelta = STEP
    seldom: Mapping[str, timedelta] = field(default_factory=lambda: SELDOM)
    patience: timedelta = PATIENCE
    _speed: float = 1.0
    _until: datetime | None = None
    _is_held: bool = False
    _is_over: bool = False

    def __post_init__(self) -> None:
        """Start the thread in which time passes."""
        self._runs = JobRuns(
            jobs=self.scheduler.jobs, run=self.scheduler.run, seldom=self.seldom, patience=self.patience
        )
        self._wish = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="time-lapse", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Time may pass already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let time pass no more."""
        self.close()

    def close(self) -> None:
        """Let time pass no more; the step under way is taken to its end."""
        with self._wish:
            self._is_over = True
            self._wish.notify_all()
        self._thread.join()
        self._runs.close()

    def snapshot(self) -> Json:
        """Return what time it is, how fast it passes, and how much is still to pass."""
        now = self.clock.now()
        with self._wish:
            left = max(timedelta(0), self._until - now) if self._until else timedelta(0)
            return {
                "now": int(now.timestamp()),
                "speed": self._speed,
                "speeds": list(SPEEDS),
                "is_passing": self._until is not None,
                "left": int(left.total_seconds()),
                "can_move": True,
                "zone": self.zone,
                "note": self._note(),
            }

    def speed(self, speed: float) -> None:
        """Let time pass so many times as fast, and no more of what was still to pass. Raises WorldRefused."""
        if speed not in SPEEDS:
            raise WorldRefused(f"The clock runs at {', '.join(f'×{each:,g}' for each in SPEEDS)}, not at ×{speed:g}.")
        with self._wish:
            self._speed = speed
            self._until = None
            self._wish.notify_all()

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass, and return at once; it comes on top of what is still to pass. Raises WorldRefused."""
        with self._wish:
            now = self.clock.now()
            until = self._until or now
            if not 0 < seconds <= LONGEST.total_seconds() or until - now > LONGEST:
                raise WorldRefused(f"At most {LONGEST.days} days can pass at once.")
            self._begin(until + timedelta(seconds=seconds))

    def until_working_morning(self) -> None:
        """Let time pass until half past ten on the next working day, and return at once."""
        with self._wish:
            begins = self._until or self.clock.now()
            self._begin(next_working_morning(begins, self.zone, is_holiday=self.is_holiday))

    def wait(self, timeout: timedelta = timedelta(minutes=2)) -> None:
        """Wait, in real time, until everything that was asked for has passed. Raises TimeoutError."""
        with self._wish:
            if not self._wish.wait_for(lambda: self._until is None, timeout.total_seconds()):
                raise TimeoutError(f"Time did not pass within {timeout}.")

    def _begin(self, until: datetime) -> None:
        self._until = until
        self._wish.notify_all()

    def _note(self) -> str:
        if self._is_held:
            return _HELD
        hanging = self._runs.hanging if self._is_wished() else ()
        return _HANGING.format(hanging[0]) if hanging else ""

    def _run(self) -> None:
        """Let the bot's scheduler rest whenever somebody wishes time to pass faster, and go on afterwards."""
        while self._wait_for_a_wish():
            self.scheduler.rest()
            try:
                self._pass()
            finally:
                self.scheduler.resume()

    def _wait_for_a_wish(self) -> bool:
        """Return whether there is something to do; False when it is over."""
        with self._wish:
            self._wish.wait_for(lambda: self._is_over or self._is_wished())
            return not self._is_over

    def _is_wished(self) -> bool:
        return self._until is not None or self._speed > 1

    def _pass(self) -> None:
        """Take steps as long as somebody wishes."""
        before = time.monotonic()
        while (wanted := self._wanted(time.monotonic() - before)) is not None:
            before = time.monotonic()
            if self._moved(wanted):
                self._take()
            elif self.clock.frozen:
                self.clock.advance(timedelta(seconds=_LOOK))  # it waits at ×1, however long that is
            self._rest()

    def _wanted(self, elapsed: float) -> timedelta | None:
        """Return how much time is to pass now, at most one step; None if nobody wishes that any more."""
        with self._wish:
            if self._until is not None and self._until <= self.clock.now():
                self._until = None
            if self._is_over or not self._is_wished():
                self._is_held = False
                self._wish.notify_all()
                return None
            self._wish.notify_all()
            left = self._until - self.clock.now() if self._until else timedelta(seconds=self._speed * elapsed)
            return min(self.step, left)

    def _moved(self, step: timedelta) -> bool:
        """Move the clock, unless somebody would lose something by that; return whether it was moved."""
        self.attend()
        with self.state.lock:  # so that nobody begins anything in between
            self._is_held = not self._may_jump()
            if not self._is_held:
                self.clock.advance(step)
        return not self._is_held

    def _may_jump(self) -> bool:
        """Tell whether nobody would lose anything: no delivery is under way, and no trigger could still be used."""
        now = self.clock.now()
        is_open = any(each.outcome is Outcome.PENDING for each in self.state.acks[-_NEWEST:])
        triggers = islice(reversed(self.state.triggers.values()), _NEWEST)
        return not is_open and all(each.used or now - each.issued_at > TRIGGER_LIFE for each in triggers)

    def _take(self) -> None:
        """Let happen what is due by now: on the cluster, and of the bot's jobs."""
        self.settle()
        now = self.clock.now()
        with self._wish:
            has_arrived = self._until is not None and self._until <= now
        self._runs.run_due(now, has_arrived=has_arrived)
        self.state.announce()

    def _rest(self) -> None:
        """Wait where a jump has to, or where time is to pass at a speed."""
        with self._wish:
            if self._is_held:
                self._wish.wait(_LOOK)
            elif self._until is None:
                self._wish.wait_for(lambda: self._is_over or self._until is not None or self._speed <= 1, _TICK)


def next_working_morning(now: datetime, zone: str, *, is_holiday: Callable[[date], bool] = _never) -> datetime:
    """Return half past ten on the next working day in a zone, today's if that is still to come."""
    here = ZoneInfo(zone)
    day = now.astimezone(here).date()
    while True:
        morning = datetime.combine(day, MORNING, tzinfo=here)
        if morning > now and day.weekday() < _SATURDAY and not is_holiday(day):
            return morning.astimezone(now.tzinfo)
        day += timedelta(days=1)
