"""Remember allocations that were read, for as long as they are the same."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from bot.domain.deployment import Allocation
from bot.nomad.allocations import read_allocation
from bot.nomad.json_values import JsonObject, count, text

_Key = tuple[str, int, bool, bool, bool]


@dataclass(slots=True)
class AllocationCache:
    """Allocations by id, by the index of their last change and by how much was read of them; the oldest go first."""

    most: int = 5000
    _kept: OrderedDict[_Key, Allocation] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def read(self, entry: JsonObject, *, all_events: bool = True) -> Allocation | None:
        """Return the allocation of a listed or a whole allocation, as `read_allocation` does."""
        key = _key(entry, all_events=all_events)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        allocation = read_allocation(entry, all_events=all_events)
        if allocation is not None:
            self._keep(key, allocation)
        return allocation

    def _keep(self, key: _Key, allocation: Allocation) -> None:
        with self._lock:
            self._kept[key] = allocation
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)


def _key(entry: JsonObject, *, all_events: bool) -> _Key:
    asked = (entry.get("TaskStates") is not None, entry.get("AllocatedResources") is not None)
    return text(entry.get("ID")), count(entry.get("ModifyIndex")), all_events, *asked
