"""The adjustable clock that the local workspace and the simulated cluster share."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Tell an aware UTC time that never runs backwards and can be moved forward.

    A running clock follows the machine's monotonic clock from its start; a frozen one stands still until moved.
    """

    def __init__(self, start: datetime | None = None, *, frozen: bool = False) -> None:
        """Start at `start` (aware), by default at the machine's time."""
        self._lock = threading.RLock()
        self._moment = _utc(start) if start else datetime.now(UTC)  # noqa: TID251  # the one place that may ask
        self._measured = time.monotonic()
        self._frozen = frozen
        self._watchers: list[Callable[[], None]] = []

    @property
    def frozen(self) -> bool:
        """Tell whether the clock stands still."""
        with self._lock:
            return self._frozen

    def now(self) -> datetime:
        """Return the current moment, aware and in UTC."""
        with self._lock:
            measured = time.monotonic()
            if not self._frozen:
                self._moment += timedelta(seconds=measured - self._measured)
            self._measured = measured
            return self._moment

    def advance(self, delta: timedelta) -> datetime:
        """Move forward by `delta` (never negative) and wake the watchers; return the new moment."""
        if delta < timedelta(0):
            raise ValueError(f"A clock does not run backwards: advance({delta}) was asked.")
        with self._lock:
            self._moment = self.now() + delta
            moment = self._moment
        self._tell_watchers()
        return moment

    def set(self, moment: datetime) -> None:
        """Move forward to `moment` (aware) and wake the watchers; a moment in the past is refused."""
        target = _utc(moment)
        with self._lock:
            missing = target - self.now()
            if missing < timedelta(0):
                raise ValueError(f"A clock does not run backwards: it is past {target.isoformat()} already.")
            self._moment = target
        self._tell_watchers()

    def freeze(self) -> None:
        """Stand still from now on."""
        with self._lock:
            self.now()
            self._frozen = True

    def run(self) -> None:
        """Follow the machine's time again, from where the clock stands."""
        with self._lock:
            self.now()
            self._frozen = False
        self._tell_watchers()

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each jump or change of mode; return a function that ends this.

        The callback runs in the thread that moved the clock and must be short.
        """
        with self._lock:
            self._watchers.append(callback)

        def unwatch() -> None:
            with self._lock:
                if callback in self._watchers:
                    self._watchers.remove(callback)

        return unwatch

    def _tell_watchers(self) -> None:
        with self._lock:
            watchers = tuple(self._watchers)
        for watcher in watchers:
            watcher()


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"A clock needs an aware moment, not {moment.isoformat()}.")
    return moment.astimezone(UTC)
