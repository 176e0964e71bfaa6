"""Faults on request: the cluster does not answer, is slow, talks rubbish, refuses, or has no leader."""

import re
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of trouble for requests that match; `times` is None for until cleared.

    With `after`, the request takes effect first and only its answer is spoilt.
    """

    status: int = 500
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    delay: timedelta = timedelta(0)
    drop: bool = False
    after: bool = False
    method: str = ""
    path: str = ""
    times: int | None = 1

    def hits(self, method: str, path: str) -> bool:
        """Tell whether a request meets this fault."""
        return self.method in {"", method} and re.search(self.path, path) is not None


@dataclass(slots=True)
class Faults:
    """The faults in force, first match first. Thread-safe.

    `path` is a regular expression that is searched in the request's path; `times` None means until `clear`.
    """

    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def unreachable(self, *, path: str = "", method: str = "", times: int | None = 1, after: bool = False) -> None:
        """Drop the connection without an answer; with `after`, the request takes effect nevertheless."""
        self._add(Fault(drop=True, path=path, method=method, times=times, after=after))

    def slow(self, delay: timedelta, *, path: str = "", method: str = "", times: int | None = 1) -> None:
        """Answer properly, but only after a delay in real time."""
        self._add(Fault(status=0, delay=delay, path=path, method=method, times=times))

    def rubbish(self, body: bytes = b"<html>no", *, path: str = "", method: str = "", times: int | None = 1) -> None:
        """Answer 200 with something that is not what was asked for."""
        fault = Fault(status=200, body=body, content_type="application/json", path=path, method=method, times=times)
        self._add(fault)

    def forbidden(self, *, path: str = "", method: str = "", times: int | None = 1) -> None:
        """Answer 403 as for a token without the right."""
        self._add(Fault(status=403, body=b"Permission denied", path=path, method=method, times=times))

    def too_many(self, *, path: str = "", method: str = "", times: int | None = 1) -> None:
        """Answer 429 as when one address holds too many connections."""
        body = b"Your IP is issuing too many concurrent connections, please rate limit your calls\n"
        self._add(Fault(status=429, body=body, path=path, method=method, times=times))

    def error(
        self,
        text: str = "rpc error: EOF",
        *,
        status: int = 500,
        path: str = "",
        method: str = "",
        times: int | None = 1,
    ) -> None:
        """Answer an error with a text of one's own."""
        self._add(Fault(status=status, body=text.encode(), path=path, method=method, times=times))

    def leaderless(self, *, path: str = "", method: str = "", times: int | None = 1) -> None:
        """Answer as a server that knows no leader."""
        self.error("No cluster leader", path=path, method=method, times=times)

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault a request meets, and count it off."""
        with self._lock:
            for number, fault in enumerate(self._faults):
                if fault.hits(method, path):
                    self._count_off(number, fault)
                    return fault
        return None

    def _count_off(self, number: int, fault: Fault) -> None:
        if fault.times == 1:
            del self._faults[number]
        elif fault.times is not None:
            self._faults[number] = replace(fault, times=fault.times - 1)

    def _add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)
