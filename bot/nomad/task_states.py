"""Keep the task states of allocations, so that only those that changed are fetched with all their events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from bot.domain.deployment import Allocation
from bot.nomad.allocations import read_allocation
from bot.nomad.json_values import JsonObject, count, text

Fetch = Callable[[Sequence[str] | None], Sequence[JsonObject]]
"""Fetches these allocations whole, or all of them if None."""

Read = Callable[[JsonObject], Allocation | None]
"""Reads an allocation, None if it has no id."""

MOST_BY_ID = 100


@dataclass(slots=True)
class TaskStates:
    """Whole allocations by id, each with the index of its last change."""

    _known: dict[str, tuple[int, JsonObject]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def complete(self, stubs: Sequence[JsonObject], fetch: Fetch) -> list[JsonObject]:
        """Return the listed allocations whole, fetching in one call those that are new or changed.

        An allocation that is gone by the time it is fetched is left out.
        """
        listed = {text(stub.get("ID")): count(stub.get("ModifyIndex")) for stub in stubs}
        with self._lock:
            self._known = {identity: kept for identity, kept in self._known.items() if identity in listed}
            wanted = [identity for identity, index in listed.items() if self._index(identity) < index]
            if wanted:
                found = fetch(wanted if len(wanted) <= MOST_BY_ID else None)
                self._known |= {text(entry.get("ID")): (count(entry.get("ModifyIndex")), entry) for entry in found}
            return [self._known[identity][1] for identity in listed if identity in self._known]

    def _index(self, identity: str) -> int:
        return self._known[identity][0] if identity in self._known else -1


def decoded(entries: Sequence[JsonObject], *, read: Read = read_allocation) -> dict[str, list[Allocation]]:
    """Return allocations by `namespace/job`."""
    by_job: dict[str, list[Allocation]] = {}
    for entry in entries:
        allocation = read(entry)
        if allocation is not None:
            by_job.setdefault(job_key(entry, "JobID"), []).append(allocation)
    return by_job


def job_key(entry: JsonObject, field_name: str = "ID") -> str:
    """Return what tells a job from all others: ids are unique within a namespace only."""
    return f"{text(entry.get('Namespace'))}/{text(entry.get(field_name))}"
