"""Read many allocations, fetching the tasks of those only that changed since they were read last."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.domain.deployment import Allocation
from bot.nomad import filters, shapes
from bot.nomad.allocation_cache import AllocationCache
from bot.nomad.allocations import read_allocation
from bot.nomad.client import NomadClient, Params
from bot.nomad.json_values import JsonObject, text

WITH_RESOURCES: Params = {"resources": "true"}
WITHOUT_TASKS: Params = {**WITH_RESOURCES, "task_states": "false"}
MOST_BY_ID = 40

ByJob = dict[str, list[Allocation]]
"""Allocations by `namespace/job`."""

Read = Callable[[JsonObject], Allocation | None]
"""Reads an allocation, None if it has no id."""


@dataclass(frozen=True, slots=True)
class PlacedReader:
    """Reads allocations with their tasks. Thread-safe; nothing is held while Nomad is asked."""

    client: NomadClient
    _cache: AllocationCache = field(default_factory=AllocationCache, repr=False)

    def all(self, scope: Params, wanted: str) -> ByJob:
        """Return the allocations that match, in one call that transfers all of their tasks."""
        self._cache.begin_listing()
        return by_job(self._fetch({**scope, **WITH_RESOURCES}, wanted), read=self._cache.read)

    def changed(self, scope: Params, wanted: str, *, tasks_of_well: bool = True) -> tuple[ByJob, bool]:
        """Return the same in one light call, and in one more if something changed; and whether that one was made.

        One that is gone by the second call is left out. Unless `tasks_of_well` is set, Nomad itself picks those in
        trouble where many are new: the others come without tasks.
        """
        self._cache.begin_listing()
        listed = self._fetch({**scope, **WITHOUT_TASKS}, wanted)
        read = {text(stub.get("ID")): self._cache.find(stub, with_tasks=tasks_of_well) for stub in listed}
        news = [identity for identity, allocation in read.items() if allocation is None]
        if not news:
            return by_job(listed, read=lambda stub: read[text(stub.get("ID"))]), False
        if len(news) <= MOST_BY_ID:
            only, are_well = filters.with_ids(news), False
        elif tasks_of_well:
            only, are_well = wanted, False
        else:
            only, are_well = f"{wanted} and {filters.IN_TROUBLE}", True
        read |= {
            text(entry.get("ID")): self._cache.read(entry) for entry in self._fetch({**scope, **WITH_RESOURCES}, only)
        }

        def found(stub: JsonObject) -> Allocation | None:
            return read[text(stub.get("ID"))] or (self._cache.read(stub) if are_well else None)

        return by_job(listed, read=found), True

    def _fetch(self, params: Params, wanted: str) -> Sequence[JsonObject]:
        return shapes.allocations(self.client.list("allocations", {**params, "filter": wanted}))


def by_job(entries: Sequence[JsonObject], *, read: Read = read_allocation) -> ByJob:
    """Return the allocations of a listing by their job."""
    found: ByJob = {}
    for entry in entries:
        allocation = read(entry)
        if allocation is not None:
            found.setdefault(job_key(entry, "JobID"), []).append(allocation)
    return found


def job_key(entry: JsonObject, field_name: str = "ID") -> str:
    """Return what tells a job from all others: ids are unique within a namespace only."""
    return f"{text(entry.get('Namespace'))}/{text(entry.get(field_name))}"
