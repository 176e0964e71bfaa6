"""Lets time pass in the playground: one clock for the workspace, the cluster and the bot, as fast as a person wishes.

At ×1 everything runs by itself. When time passes faster, the bot's own scheduler rests and its jobs are run here, in
steps, each when it is due by the clock: so a day has all of its checks and digests, in seconds.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from playground.clock import Clock
from playground.page.panel import WorldRefused
from playground.slack.records import Outcome
from playground.slack.state import State
from playground.slack.triggers import TRIGGER_LIFE
from playground.slack.wire import Json

STEP = timedelta(minutes=10)
"""How much time passes at once at most. The demo's policy takes a reading for each."""
SPEEDS = (1.0, 60.0, 3600.0)
_TICK = 0.25
"""Real seconds between two steps at ×60 and ×3,600."""
_LONGEST = timedelta(days=60)
_MORNING = time(9, 45)
"""A quarter of an hour after the first digests may be sent."""
_SATURDAY = 5
_HELD = "Time stands still while somebody is doing something."

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

    @property
    def run(self) -> Callable[[], object]:
        """Return what it does."""
        ...


class Scheduler(Protocol):
    """The bot's scheduler, which may rest and go on."""

    @property
    def jobs(self) -> Sequence[Job]:
        """Return the table."""
        ...

    def start(self) -> None:
        """Run everything by real time."""
        ...

    def stop(self) -> None:
        """Let what runs finish, and rest."""
        ...


@dataclass(kw_only=True)
class TimeLapse:
    """The clock as a person moves it. Every method may be called from any thread; `close` ends it.

    `attend` is called before each step, `settle` after the clock has moved: to bring the cluster up to date.
    """

    clock: Clock
    state: State
    scheduler: Scheduler
    zone: str
    settle: Callable[[], None]
    attend: Callable[[], None] = lambda: None
    step: timedelta = STEP
    seldom: dict[str, timedelta] = field(default_factory=dict)
    """How often jobs are done at most while time passes fast, by their names: those that cost most."""
    _speed: float = 1.0
    _until: datetime | None = None
    _is_held: bool = False
    _is_over: bool = False
    _last: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the thread in which time passes."""
        self._wish = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="time-lapse", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let time pass no more; the bot's scheduler is left as it is."""
        with self._wish:
            self._is_over = True
            self._wish.notify_all()
        self._thread.join()

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
                "note": _HELD if self._is_held else "",
            }

    def speed(self, speed: float) -> None:
        """Let time pass so many times as fast."""
        if speed not in SPEEDS:
            raise WorldRefused(f"The clock runs at {', '.join(f'×{each:g}' for each in SPEEDS)}, not at ×{speed:g}.")
        with self._wish:
            self._speed = speed
            self._until = None
            self._wish.notify_all()

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass, and return at once; what is still to pass comes on top."""
        if not 0 < seconds <= _LONGEST.total_seconds():
            raise WorldRefused(f"At most {_LONGEST.days} days can pass at once.")
        with self._wish:
            self._begin((self._until or self.clock.now()) + timedelta(seconds=seconds))

    def until_working_morning(self) -> None:
        """Let time pass until a quarter to ten on the next working day, and return at once."""
        with self._wish:
            self._begin(next_working_morning(self.clock.now(), self.zone))

    def wait(self, timeout: timedelta = timedelta(minutes=2)) -> None:
        """Wait until everything that was asked for has passed. Raises TimeoutError."""
        with self._wish:
            if not self._wish.wait_for(lambda: self._until is None, timeout.total_seconds()):
                raise TimeoutError(f"Time did not pass within {timeout}.")

    def _begin(self, until: datetime) -> None:
        self._until = until
        self._wish.notify_all()

    def _run(self) -> None:
        while self._wait_for_a_wish():
            self.scheduler.stop()
            try:
                self._pass()
            finally:
                if not self._is_over:
                    self.scheduler.start()
                    with self._wish:
                        self._finish()

    def _wait_for_a_wish(self) -> bool:
        """Return whether there is something to do; False when it is over."""
        with self._wish:
            self._wish.wait_for(lambda: self._is_over or self._is_wished())
            return not self._is_over

    def _is_wished(self) -> bool:
        return self._until is not None or self._speed > 1

    def _pass(self) -> None:
        """Take steps as long as somebody wishes."""
        while True:
            with self._wish:
                if self._is_over or not self._is_wished():
                    return
                self._is_held = not self._may_jump()
                if self._is_held:
                    self._wish.wait(0.05)
                    continue
                until, speed = self._until, self._speed
            now = self.clock.now()
            if until is None:
                self._take(timedelta(seconds=speed * _TICK))
                with self._wish:
                    self._wish.wait(_TICK)
            elif until > now:
                self._take(min(self.step, until - now))
            else:
                with self._wish:
                    self._finish()

    def _finish(self) -> None:
        if self._until is not None and self._until <= self.clock.now():
            self._until = None
        self._is_held = False
        self._wish.notify_all()

    def _may_jump(self) -> bool:
        """Tell whether nobody would lose anything: no delivery is under way, and no trigger could still be used."""
        with self.state.lock:
            now = self.clock.now()
            is_open = any(each.outcome is Outcome.PENDING for each in self.state.acks[-50:])
            newest = list(self.state.triggers.values())[-50:]
            is_usable = any(not each.used and now - each.issued_at <= TRIGGER_LIFE for each in newest)
        return not is_open and not is_usable

    def _take(self, step: timedelta) -> None:
        self.attend()
        self.clock.advance(step)
        self.settle()
        for job in self.scheduler.jobs:
            self._do(job)

    def _do(self, job: Job) -> None:
        now, last = self.clock.now(), self._last.get(job.name)
        if last is not None and now - last < max(job.every, self.seldom.get(job.name, job.every)):
            return
        self._last[job.name] = now
        try:
            job.run()
        except Exception as error:  # noqa: BLE001 - as in the bot's scheduler: one job must not stop the others
            log.warning("job did not finish while time passed: %s: %s", job.name, error)


def next_working_morning(now: datetime, zone: str) -> datetime:
    """Return a quarter to ten on the next weekday in a zone, today's if that is still to come."""
    here = now.astimezone(ZoneInfo(zone))
    day = here.date()
    while True:
        morning = datetime.combine(day, _MORNING, tzinfo=ZoneInfo(zone))
        if morning > here and day.weekday() < _SATURDAY:
            return morning.astimezone(now.tzinfo)
        day += timedelta(days=1)
