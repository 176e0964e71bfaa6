"""Read deployments from Nomad with few calls, whatever their number.

Allocations are always read before their jobs: read after it, an allocation that was stopped in between would seem to
have ended by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Allocation, Deployment, Evaluation
from bot.domain.people import Owner
from bot.nomad import filters
from bot.nomad.allocation_cache import AllocationCache
from bot.nomad.client import NomadClient, Params
from bot.nomad.decode import read_deployment, read_evaluation
from bot.nomad.failures import NomadAnswered
from bot.nomad.json_values import JsonObject, fields, items
from bot.nomad.specification import read_specification
from bot.nomad.specification_cache import SpecificationCache
from bot.nomad.task_states import TaskStates, decoded, job_key

WITH_RESOURCES: Params = {"resources": "true"}
WITHOUT_TASKS: Params = {**WITH_RESOURCES, "task_states": "false"}

_LIVE = frozenset({"pending", "running", "unknown"})
_MOST_JOBS_BY_ID = 150


@dataclass(frozen=True, slots=True)
class DeploymentReader:
    """Reads deployments, remembering specifications, allocations and task states that did not change."""

    client: NomadClient
    _specifications: SpecificationCache = field(default_factory=SpecificationCache, repr=False)
    _allocations: AllocationCache = field(default_factory=AllocationCache, repr=False)
    _states: TaskStates = field(default_factory=TaskStates, repr=False)

    def owned(self, owner: Owner, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return an owner's deployments: two listings, and a third of evaluations if something is unplaced.

        Tasks that are well come without their events.
        """
        scope = scope_of(namespaces)
        wanted = filters.owned_allocations(owner, namespaces)
        allocations = self.client.list("allocations", {**scope, **WITH_RESOURCES, "filter": wanted})
        jobs = self.client.list("jobs", {**scope, "meta": "true", "filter": filters.owned(owner, namespaces)})
        read = partial(self._allocations.read, all_events=False)
        found = self._joined(jobs, decoded(allocations, read=read), namespaces)
        return tuple(each for each in found if owner.owns(email=each.owner.email, subject=each.owner.subject))

    def followed(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return the bot's own deployments: two light listings, one of what changed, one of evaluations."""
        scope = scope_of(namespaces)
        mine = filters.made_by_bot(namespaces, of="Job.")

        def fetch(identities: Sequence[str] | None) -> list[JsonObject]:
            wanted = mine if identities is None else filters.with_ids(identities)
            return list(self.client.list("allocations", {**scope, **WITH_RESOURCES, "filter": wanted}))

        light = self.client.list("allocations", {**scope, **WITHOUT_TASKS, "filter": mine})
        jobs = self.client.list("jobs", {**scope, "meta": "true", "filter": filters.made_by_bot(namespaces)})
        return self._joined(jobs, decoded(self._states.complete(light, fetch), read=self._allocations.read), namespaces)

    def whole(self, namespace: Namespace, deployment: DeploymentId) -> Deployment | None:
        """Return one deployment with its specification, in three calls; None if there is none."""
        of_this = {"namespace": namespace, **WITH_RESOURCES, "filter": filters.of_jobs([deployment])}
        allocations = decoded(self.client.list("allocations", of_this))
        tried = self.evaluations(namespace, deployment)
        job = self.job(namespace, deployment)
        if job is None:
            return None
        self._specifications.keep(job, read_specification(job))
        return read_deployment(job, allocations=allocations.get(job_key(job), []), evaluations=tried)

    def job(self, namespace: Namespace, deployment: DeploymentId) -> JsonObject | None:
        """Return a whole job, or None if there is none."""
        return found_or_none(self.client, f"job/{deployment}", namespace)

    def evaluations(self, namespace: Namespace, deployment: DeploymentId) -> list[Evaluation]:
        """Return the evaluations of one deployment, in no order."""
        return _read(items(self.client.get(f"job/{deployment}/evaluations", {"namespace": namespace})))

    def _joined(
        self, jobs: Sequence[JsonObject], placed: Mapping[str, Sequence[Allocation]], namespaces: Sequence[Namespace]
    ) -> tuple[Deployment, ...]:
        waiting = [job for job in jobs if _is_unplaced(job, placed.get(job_key(job), []))]
        tried = self._evaluations_of(waiting, namespaces)
        found = (
            read_deployment(
                job,
                allocations=placed.get(job_key(job), []),
                evaluations=tried.get(job_key(job)),
                specification=self._specifications.find(job),
            )
            for job in jobs
        )
        return tuple(each for each in found if each is not None)

    def _evaluations_of(
        self, jobs: Sequence[JsonObject], namespaces: Sequence[Namespace]
    ) -> dict[str, list[Evaluation]]:
        """Return the evaluations of these jobs, one list for each of them; no call if there are none."""
        by_job: dict[str, list[Evaluation]] = {job_key(job): [] for job in jobs}
        if not jobs:
            return by_job
        is_few = len(jobs) <= _MOST_JOBS_BY_ID
        wanted = filters.of_jobs(str(job.get("ID")) for job in jobs) if is_few else filters.unsettled(namespaces)
        for entry in self.client.list("evaluations", {**scope_of(namespaces), "filter": wanted}):
            if job_key(entry, "JobID") in by_job:
                by_job[job_key(entry, "JobID")].extend(_read([entry]))
        return by_job


def scope_of(namespaces: Sequence[Namespace]) -> dict[str, str]:
    """Return the namespace to ask for: the only one, or all of them where a filter picks."""
    return {"namespace": namespaces[0] if len(namespaces) == 1 else "*"}


def found_or_none(client: NomadClient, path: str, namespace: Namespace) -> JsonObject | None:
    """Return an object, or None if Nomad knows no such thing."""
    try:
        return fields(client.get(path, {"namespace": namespace}))
    except NomadAnswered as answer:
        if answer.is_not_found:
            return None
        raise


def _is_unplaced(job: JsonObject, allocations: Sequence[Allocation]) -> bool:
    return job.get("Stop") is not True and not any(allocation.client in _LIVE for allocation in allocations)


def _read(entries: Iterable[JsonObject]) -> list[Evaluation]:
    return [evaluation for entry in entries if (evaluation := read_evaluation(entry)) is not None]
