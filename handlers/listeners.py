"""The threads in which Bolt runs listeners: a pool that says at once when it is full."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import ParamSpec, TypeVar

import structlog

from handlers.background import Busy

log = structlog.get_logger()

THREADS = 32
WAITING = 100
"""How many listeners may wait for a thread. What is acknowledged already loses nothing by waiting a moment."""
UNANSWERED = 8
"""How many may wait before nobody is let in who has to be acknowledged by a listener.

Fewer than the threads that receive what Slack sends: each of those waits with the person for the acknowledgement.
"""

P = ParamSpec("P")
T = TypeVar("T")


class Listeners(ThreadPoolExecutor):
    """Runs at most `threads` listeners and lets at most `waiting` more wait. Bolt takes it as its executor."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING, unanswered: int = UNANSWERED) -> None:
        super().__init__(threads, thread_name_prefix="listener")
        self.refused = 0
        self._most = threads + waiting
        self._crowd = threads + unanswered
        self._inside = 0
        self._counting = Lock()

    @property
    def is_crowded(self) -> bool:
        """Tell whether a listener would have to wait so long that it is better to acknowledge first."""
        return self._inside >= self._crowd

    def check_room(self, *, is_unanswered: bool) -> None:
        """Raise Busy if there is no room for one more listener, or none that could acknowledge in time."""
        if self._inside >= (self._crowd if is_unanswered else self._most):
            raise self._busy()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run the listener soon. Raises Busy if all threads are taken and enough wait, or if the bot is stopping."""
        with self._counting:
            has_room = self._inside < self._most
            self._inside += has_room
        if not has_room:
            raise self._busy()

        def run() -> T:
            try:
                return fn(*args, **kwargs)
            finally:
                self._leave()

        try:
            return super().submit(run)
        except RuntimeError as error:
            self._leave()
            raise Busy("I am being restarted.", hint="Please try again in a minute.") from error

    def _leave(self) -> None:
        with self._counting:
            self._inside -= 1

    def _busy(self) -> Busy:
        with self._counting:
            self.refused += 1
        log.warning("too many listeners at once", inside=self._inside, refused_so_far=self.refused)
        return Busy("I am very busy right now.", hint="Please try again in a minute.")
