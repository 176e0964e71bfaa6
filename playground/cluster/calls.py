"""What was asked of the cluster: a log of requests that tests count."""

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it arrived, and how it was answered (0 for not at all)."""

    method: str
    path: str
    query: str
    status: int


@dataclass(slots=True)
class CallLog:
    """The requests so far, oldest first. Thread-safe."""

    _calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call: Call) -> None:
        """Remember a request."""
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._calls.clear()

    def all(self) -> tuple[Call, ...]:
        """Return all requests, oldest first."""
        with self._lock:
            return tuple(self._calls)

    def counts(self) -> Counter[tuple[str, str]]:
        """Return how often each method and path was asked."""
        return Counter((call.method, call.path) for call in self.all())
