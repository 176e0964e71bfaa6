"""Remember allocations that were read, for as long as they are the same."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from bot.domain.deployment import Allocation
from bot.nomad.allocations import read_allocation
from bot.nomad.json_values import JsonObject, count, text


class _Kept(NamedTuple):
    """An allocation, the index of its last change, and the number of the listing that asked for it last."""

    modified: int
    allocation: Allocation
    listing: int


@dataclass(slots=True)
class AllocationCache:
    """Allocations by id, each with the index of its last change; no more than `most` of them.

    Those go first that were not asked for longest, and any that was in none of the last `unasked` listings: it is gone.
    Tasks that are well come without their events.
    """

    most: int = 20_000
    unasked: int = 500
    _kept: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)
    _listing: int = 0
    _lock: Lock = field(default_factory=Lock)

    def begin_listing(self) -> None:
        """Count a listing that is about to be read, and forget what has not been asked for in many of them."""
        with self._lock:
            self._listing += 1
            while self._kept and next(iter(self._kept.values())).listing < self._listing - self.unasked:
                self._kept.popitem(last=False)

    def find(self, stub: JsonObject, *, with_tasks: bool) -> Allocation | None:
        """Return a listed allocation if it was read before and did not change since; `with_tasks`, only if it has them.

        One that has none was found to be well when it was read.
        """
        identity, index = text(stub.get("ID")), count(stub.get("ModifyIndex"))
        with self._lock:
            kept = self._kept.get(identity)
            if kept is None or kept.modified != index:  # a lower one is news, too: Nomad was restored from a snapshot
                return None
            self._kept[identity] = _Kept(index, kept.allocation, self._listing)
            self._kept.move_to_end(identity)
            return None if with_tasks and kept.allocation.tasks is None else kept.allocation

    def read(self, entry: JsonObject) -> Allocation | None:
        """Return the allocation of an entry as it was asked for, None if it has no id."""
        known = self.find(entry, with_tasks=entry.get("TaskStates") is not None)
        if known is not None:
            return known
        allocation = read_allocation(entry, all_events=False)
        if allocation is not None:
            self._keep(allocation, count(entry.get("ModifyIndex")))
        return allocation

    def _keep(self, allocation: Allocation, index: int) -> None:
        with self._lock:
            self._kept[allocation.id] = _Kept(index, allocation, self._listing)
            self._kept.move_to_end(allocation.id)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
