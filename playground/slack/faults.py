"""Faults on request: slow, lost, broken and refused answers for the next calls of a method."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

EVERY_METHOD = "*"


class FaultKind(StrEnum):
    """What goes wrong with a call."""

    DELAY = "delay"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    STATUS = "status"
    GARBLE = "garble"
    RATE_LIMIT = "rate_limit"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planned fault; which fields count depends on the kind."""

    kind: FaultKind
    delay: timedelta = timedelta(0)
    status: int = 503
    retry_after: int = 1
    error: str = "internal_error"


class Faults:
    """Plan faults per method (`"*"` for any); each is used up by the next `times` calls, oldest plan first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: dict[str, list[Fault]] = {}

    def delay(self, method: str, by: timedelta, *, times: int = 1) -> None:
        """Wait before the call is processed."""
        self.plan(method, Fault(kind=FaultKind.DELAY, delay=by), times=times)

    def drop_after(self, method: str, *, times: int = 1) -> None:
        """Process the call, then cut the connection instead of answering."""
        self.plan(method, Fault(kind=FaultKind.DROP_AFTER), times=times)

    def drop_before(self, method: str, *, times: int = 1) -> None:
        """Cut the connection without processing the call."""
        self.plan(method, Fault(kind=FaultKind.DROP_BEFORE), times=times)

    def fail(self, method: str, status: int = 503, *, times: int = 1) -> None:
        """Answer with an HTTP status and no JSON; the call is not processed."""
        self.plan(method, Fault(kind=FaultKind.STATUS, status=status), times=times)

    def garble(self, method: str, *, times: int = 1) -> None:
        """Answer 200 with a page instead of JSON; the call is not processed."""
        self.plan(method, Fault(kind=FaultKind.GARBLE), times=times)

    def rate_limit(self, method: str, *, retry_after: int = 1, times: int = 1) -> None:
        """Answer 429 with Retry-After in seconds; the call is not processed."""
        self.plan(method, Fault(kind=FaultKind.RATE_LIMIT, retry_after=retry_after), times=times)

    def refuse(self, method: str, error: str, *, times: int = 1) -> None:
        """Answer `ok: false` with an error code; the call is not processed."""
        self.plan(method, Fault(kind=FaultKind.REFUSE, error=error), times=times)

    def plan(self, method: str, fault: Fault, *, times: int = 1) -> None:
        """Add a fault for the next `times` calls of a method."""
        with self._lock:
            self._planned.setdefault(method, []).extend([fault] * times)

    def clear(self, method: str | None = None) -> None:
        """Forget all planned faults, or those of one method."""
        with self._lock:
            if method is None:
                self._planned.clear()
            else:
                self._planned.pop(method, None)

    def take(self, method: str) -> Fault | None:
        """Use up and return the next fault for a call, if one is planned."""
        with self._lock:
            for name in (method, EVERY_METHOD):
                if self._planned.get(name):
                    return self._planned[name].pop(0)
        return None
