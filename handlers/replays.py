"""Requests that were taken already: the very same signed bytes are not taken twice."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Replays:
    """Remembers the signatures of requests for as long as they are valid, the oldest giving way.

    Slack signs whatever it repeats anew, so a signature that comes back was recorded by somebody on the way.
    """

    valid_for: float
    _taken: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def is_first(self, signature: str, *, now: float) -> bool:
        """Take note of a signature at a time in seconds; False if it was taken before and is valid still."""
        with self._lock:
            while self._taken and (len(self._taken) >= MOST or next(iter(self._taken.values())) <= now):
                self._taken.popitem(last=False)
            if signature in self._taken:
                return False
            self._taken[signature] = now + self.valid_for
            return True
