"""Do not wait again and again for a Nomad that does not answer, nor with all threads at once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from threading import BoundedSemaphore, Lock
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from bot.nomad import failures

MOST_AT_ONCE = 24
"""Calls under way; the bot has more threads than that for people, so that what needs no Nomad goes on."""

P = ParamSpec("P")
T = TypeVar("T")


class Patient(Protocol):
    """Knows the seconds to connect and to wait for an answer."""

    @property
    def usual(self) -> tuple[float, float]:
        """Return the usual time limits."""


class HasClient(Protocol):
    """Asks Nomad through a client."""

    @property
    def client(self) -> Patient:
        """Return the client."""


Asking = TypeVar("Asking", bound=HasClient)

_end: ContextVar[float | None] = ContextVar("the time by which Nomad must have answered", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let all calls made inside end within so many seconds taken together."""
    earlier, own = _end.get(), time.monotonic() + seconds
    mark = _end.set(own if earlier is None else min(own, earlier))
    try:
        yield
    finally:
        _end.reset(mark)


def bounded(method: Callable[Concatenate[Asking, P], T]) -> Callable[Concatenate[Asking, P], T]:
    """Let all calls that a method makes end within the time of its client."""

    @wraps(method)
    def within_time(self: Asking, /, *args: P.args, **named: P.kwargs) -> T:
        with within(self.client.usual[1]):
            return method(self, *args, **named)

    return within_time


def left(seconds: float) -> float:
    """Return how many of so many seconds a call may take. Raises ClusterUnavailable if the time is up."""
    end = _end.get()
    if end is None:
        return seconds
    remaining = end - time.monotonic()
    if remaining <= 0:
        raise failures.too_slow()
    return min(seconds, remaining)


@dataclass(slots=True)
class Breaker:
    """Lets calls through; after one that was not answered only one at a time, until one is answered.

    A refused connection or an error is an answer: it comes at once, so there is nothing to be spared.
    """

    pause: float = 2.0
    most: int = MOST_AT_ONCE
    longest_wait: float = 4.0
    _silent_until: float | None = None
    _is_trying: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)
    _places: BoundedSemaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._places = BoundedSemaphore(self.most)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Make a call inside, and tell `went_unanswered` if no answer came. Raises ClusterUnavailable at once."""
        is_trial = self._may_pass()
        try:
            if not self._places.acquire(timeout=left(self.longest_wait)):
                raise failures.too_busy()
            try:
                yield
            finally:
                self._places.release()
        finally:
            if is_trial:
                with self._lock:
                    self._is_trying = False

    def was_answered(self) -> None:
        """Note that Nomad answers."""
        with self._lock:
            self._silent_until = None

    def went_unanswered(self) -> None:
        """Note that a call waited its whole time for nothing."""
        with self._lock:
            self._silent_until = time.monotonic() + self.pause

    def _may_pass(self) -> bool:
        """Return whether the call is the one that tries whether Nomad is back. Raises ClusterUnavailable."""
        with self._lock:
            if self._silent_until is None:
                return False
            if self._is_trying or time.monotonic() < self._silent_until:
                raise failures.silent()
            self._is_trying = True
            return True
