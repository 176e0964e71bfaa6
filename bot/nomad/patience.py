"""Ask those that fail to answer more and more seldom, and those first that were asked longest ago."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import NamedTuple, TypeVar

FAILURES = 3
SHORT_PAUSE = timedelta(seconds=30)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=10)

Name = TypeVar("Name", bound=str)


class _Past(NamedTuple):
    """How often in a row somebody failed, when it is asked again, and when it was asked last."""

    failed: int = 0
    again: datetime = datetime.min.replace(tzinfo=UTC)
    asked: datetime = datetime.min.replace(tzinfo=UTC)


_NOTHING = _Past()


@dataclass(slots=True)
class Patience:
    """Keeps book of no more than `most` names; the one noted longest ago goes first.

    Who failed is left alone for half a minute, which is the rest of a round; after three failures in a row for a
    minute, then for two, up to ten.
    """

    most: int = 20_000
    _past: OrderedDict[str, _Past] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def may_ask(self, name: str, *, now: datetime) -> bool:
        """Tell whether it is time to ask. A clock that was set back makes no pause longer than it can be."""
        with self._lock:
            return not _is_left_alone(self._past.get(name, _NOTHING), now)

    def note(self, name: str, *, has_answered: bool, now: datetime) -> None:
        """Note what came of asking. What fails while a name is left alone was asked before: that is one failure."""
        with self._lock:
            past = self._past.get(name, _NOTHING)
            if not has_answered and _is_left_alone(past, now):
                return
            failed = 0 if has_answered else past.failed + 1
            self._keep(name, _Past(failed, now + _pause(failed), past.asked))

    def asked(self, name: str, *, now: datetime) -> None:
        """Note that it is being asked."""
        with self._lock:
            self._keep(name, self._past.get(name, _NOTHING)._replace(asked=now))

    def in_turn(self, names: Sequence[Name]) -> list[Name]:
        """Return the names, those first that were asked longest ago or never: one round may not reach all of them."""
        with self._lock:
            return sorted(names, key=lambda name: self._past.get(name, _NOTHING).asked)

    def _keep(self, name: str, past: _Past) -> None:
        self._past[name] = past
        self._past.move_to_end(name)
        while len(self._past) > self.most:
            self._past.popitem(last=False)


def _is_left_alone(past: _Past, now: datetime) -> bool:
    return now < past.again <= now + LONGEST_PAUSE


def _pause(failed: int) -> timedelta:
    """Return for how long who failed so often in a row is left alone."""
    if failed < FAILURES:
        return SHORT_PAUSE if failed else timedelta(0)
    times: int = 2 ** min(failed - FAILURES, FAILURES + 1)  # ten minutes are reached by then
    return min(FIRST_PAUSE * times, LONGEST_PAUSE)
