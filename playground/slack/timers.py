"""Timers that follow the adjustable clock inside the server's event loop."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import datetime

from playground.clock import Clock


class ClockTimers:
    """Run callbacks in the loop when the clock reaches their moment, however it gets there."""

    def __init__(self, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._clock = clock
        self._loop = loop
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self._unwatch = clock.watch(self._wake)

    def at(self, moment: datetime, callback: Callable[[], None]) -> None:
        """Run `callback` once the clock shows `moment`; call this in the loop."""
        heapq.heappush(self._due, (moment, next(self._order), callback))
        self._check()

    def close(self) -> None:
        """Forget all timers."""
        self._unwatch()
        self._due.clear()
        if self._alarm:
            self._alarm.cancel()

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._check)

    def _check(self) -> None:
        if self._alarm:
            self._alarm.cancel()
        while self._due and self._due[0][0] <= self._clock.now():
            heapq.heappop(self._due)[2]()
        if self._due and not self._clock.frozen:
            wait = self._due[0][0] - self._clock.now()
            self._alarm = self._loop.call_later(max(0.0, wait.total_seconds()), self._check)
