"""Tell a machine whose clock is wrong, but goes, from one whose measurements stand still."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from bot.nomad.use_readings import STALE


class _Look(NamedTuple):
    """What a foreign clock said when, by ours, it was first seen to say so."""

    told: datetime
    at: datetime


@dataclass(slots=True)
class MachineClocks:
    """Remembers by name what foreign clocks said last; no more than `most`, the one asked longest ago goes first."""

    stale: timedelta = STALE
    most: int = 20_000
    _looks: OrderedDict[str, _Look] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def is_going(self, name: str, told: datetime, *, now: datetime) -> bool | None:
        """Tell whether a clock goes: it agrees with ours, or has kept pace with it since it was looked at last.

        None at the first look at one that does not agree: it may be wrong, or may have stopped.
        """
        with self._lock:
            before = self._looks.get(name)
            if before is None or before.told != told:
                self._looks[name] = _Look(told, now)
            self._looks.move_to_end(name)
            while len(self._looks) > self.most:
                self._looks.popitem(last=False)
        if abs(now - told) <= self.stale:
            return True
        return None if before is None else told - before.told >= now - before.at - self.stale
