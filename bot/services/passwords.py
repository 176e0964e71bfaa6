"""Make strong passwords, and keep typed ones in memory only for as long as a form is open."""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from bot.domain.base import DraftId
from bot.domain.request import Field
from bot.ports import Clock

# Without letters and digits that look alike, so that a password can be read off a screen.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP_LENGTH = 4, 5


class RandomPasswords:
    """Makes passwords of four groups of five characters: more than 115 bits."""

    def make(self) -> str:
        """Return a new password."""
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
        return "-".join(groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPocket:
    """Keeps what was typed into secret fields until the form is submitted or closed, half an hour at most."""

    clock: Clock
    keep_for: timedelta = timedelta(minutes=30)
    most: int = 1000
    _kept: OrderedDict[DraftId, tuple[datetime, Mapping[Field, str]]] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock)

    def put(self, draft: DraftId, items: Mapping[Field, str]) -> None:
        """Keep the items, replacing those kept before for this draft."""
        with self._lock:
            self._forget_old()
            self._kept[draft] = (self.clock(), dict(items))
            self._kept.move_to_end(draft)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)

    def get(self, draft: DraftId) -> Mapping[Field, str] | None:
        """Return the items, or None if none were kept or they are forgotten by now."""
        with self._lock:
            self._forget_old()
            kept = self._kept.get(draft)
            return kept[1] if kept else None

    def forget(self, draft: DraftId) -> None:
        """Forget the items."""
        with self._lock:
            self._kept.pop(draft, None)

    def _forget_old(self) -> None:
        oldest = self.clock() - self.keep_for
        for draft in [draft for draft, (at, _) in self._kept.items() if at < oldest]:
            del self._kept[draft]
