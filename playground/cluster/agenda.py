"""What is due when: actions ordered by time, carried out at the time they were due."""

import heapq
from collections.abc import Callable
from datetime import datetime

Action = Callable[[datetime], None]
"""Something to do; it receives the time at which it was due."""


class Agenda:
    """A queue of actions by time. Not thread-safe: the caller holds the cluster's lock."""

    def __init__(self) -> None:
        self._queue: list[tuple[datetime, int, Action]] = []
        self._added = 0

    def at(self, due: datetime, action: Action) -> None:
        """Remember an action; of two that are due together the one added first comes first."""
        self._added += 1
        heapq.heappush(self._queue, (due, self._added, action))

    def next_due(self) -> datetime | None:
        """Return when the next action is due."""
        return self._queue[0][0] if self._queue else None

    def carry_out(self, now: datetime) -> int:
        """Carry out everything due by `now`, also what these actions add; return how many there were."""
        done = 0
        while self._queue and self._queue[0][0] <= now:
            due, _, action = heapq.heappop(self._queue)
            action(due)
            done += 1
        return done
