"""Slow work outside the listeners: a bounded pool of threads that says at once when it is full."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import BoundedSemaphore

import structlog

from bot.errors import Unavailable

log = structlog.get_logger()


class Busy(Unavailable):
    """So many people want something at once that this request cannot be taken."""


@dataclass(frozen=True, slots=True)
class Background:
    """Runs pieces of work in its own threads; `most` bounds what runs and waits together."""

    threads: int = 16
    most: int = 200
    _pool: ThreadPoolExecutor = field(init=False)
    _places: BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pool", ThreadPoolExecutor(self.threads, thread_name_prefix="work"))
        object.__setattr__(self, "_places", BoundedSemaphore(self.most))

    def start(self, work: Callable[[], None]) -> None:
        """Start the work soon. Raises Busy if too much waits already, or the bot is shutting down."""
        if not self._places.acquire(blocking=False):
            log.warning("all work places are taken", most=self.most)
            raise Busy("Too many requests at once.", hint="Please try again in a minute.")
        try:
            self._pool.submit(self._run, work)
        except RuntimeError as error:
            self._places.release()
            raise Busy("I am being restarted.", hint="Please try again in a minute.") from error

    def close(self) -> None:
        """Let what runs finish, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            self._places.release()
