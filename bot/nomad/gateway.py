"""The cluster as the use cases need it, on a Nomad reached through python-nomad."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from bot.domain import placement
from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Allocation, Deployment, Evaluation, Node
from bot.domain.people import Owner
from bot.domain.placement import Plan
from bot.domain.platform import Platform, ServiceProvider
from bot.errors import ClusterUnavailable, RejectedByCluster
from bot.nomad import decode, failures, filters, jobspec
from bot.nomad.client import QUICK, NomadClient, Params
from bot.nomad.failures import NomadAnswered, OutcomeUnknown
from bot.nomad.json_values import JsonObject, fields, items, text_map
from bot.nomad.marks import MADE_BY, MetaKey
from bot.nomad.node_board import NodeBoard
from bot.nomad.secret_items import Item
from bot.nomad.specification import PASSWORD_VARIABLE, Specification, main_task, read_specification
from bot.nomad.specification_cache import SpecificationCache
from bot.nomad.task_states import TaskStates, decoded, job_key
from bot.ports import NewDeployment

_LIVE = frozenset({"pending", "running", "unknown"})
_MOST_JOBS_BY_ID = 150
_WITH_RESOURCES = {"resources": "true"}
_LIGHT = {**_WITH_RESOURCES, "task_states": "false"}


@dataclass(frozen=True, slots=True)
class NomadCluster:
    """Implements the Cluster port; safe to use from several threads."""

    client: NomadClient
    _board: NodeBoard = field(init=False, repr=False)
    _specifications: SpecificationCache = field(default_factory=SpecificationCache, repr=False)
    _states: TaskStates = field(default_factory=TaskStates, repr=False)
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(64)), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_board", NodeBoard(self.client))

    # What people do.

    def plan(self, deployment: NewDeployment, platform: Platform) -> Plan:
        """Ask the scheduler what would happen right now, changing nothing."""
        request = deployment.request
        job = self._job(deployment, platform)
        try:
            answer = self.client.post(
                f"job/{deployment.id}/plan", {"Job": job, "Diff": False}, {"namespace": platform.namespace}
            )
        except NomadAnswered as error:
            raise failures.rejection(error, namespace=platform.namespace) from None
        except OutcomeUnknown as error:
            raise ClusterUnavailable(str(error), hint=error.hint) from None  # a plan changes nothing
        failure = decode.failure(fields(answer).get("FailedTGAllocs"))
        serving = [node for node in self._known_nodes() if node.serves(platform.namespace)] if failure else []
        return placement.read_plan(failure, gpus=request.gpus, gpu_model=request.gpu_model, nodes=serving)

    def submit(self, deployment: NewDeployment, platform: Platform) -> None:
        """Register the job, only if its id is free; a job of ours that is there already is success.

        Nomad before 2.0.1 does not check that atomically, hence a lock per id on our side.
        """
        job = self._job(deployment, platform)
        body = {"Job": job, "EnforceIndex": True, "JobModifyIndex": 0}
        with self._locks[hash(deployment.id) % len(self._locks)]:
            try:
                self.client.post("jobs", body, {"namespace": platform.namespace})
            except NomadAnswered as answer:
                if answer.says_job_exists:
                    self._settle(deployment, platform, OutcomeUnknown("The deployment is there, but cannot be read."))
                    return
                error = failures.rejection(answer, namespace=platform.namespace)
                if isinstance(error, RejectedByCluster):
                    raise error from None
                self._settle(deployment, platform, OutcomeUnknown(str(error)))
            except OutcomeUnknown as error:
                self._settle(deployment, platform, error)

    def stop(self, namespace: Namespace, deployment: DeploymentId, *, purge: bool) -> None:
        """Deregister the job; Nomad answers with success for one that it does not know.

        A job that is being placed at this moment is stopped but not purged: that would crash a server of Nomad 1.11.2
        or 1.11.3, which then finds an allocation without its job. Nomad forgets a stopped job by itself.
        """
        purging = {"purge": "true"} if purge and not self._is_being_placed(namespace, deployment) else {}
        self.client.delete(f"job/{deployment}", {"namespace": namespace, **purging})

    # Secrets.

    def store_secrets(self, namespace: Namespace, deployment: DeploymentId, items: Mapping[str, str]) -> None:
        """Write the Variable that only the job's own tasks can read."""
        path = _variable(deployment)
        body = {"Namespace": namespace, "Path": path, "Items": dict(items)}
        self.client.put(f"var/{path}", body, {"namespace": namespace})

    def secrets(self, namespace: Namespace, deployment: DeploymentId) -> Mapping[str, str] | None:
        """Return the Variable's items, or None if there is none."""
        found = self._read(f"var/{_variable(deployment)}", namespace)
        return text_map(found.get("Items")) if found else None

    def ide_password(self, namespace: Namespace, deployment: DeploymentId) -> str | None:
        """Return the editor's password: from the Variable, or where the Dashboard puts it, from the job."""
        password = (self.secrets(namespace, deployment) or {}).get(Item.IDE_PASSWORD)
        if password:
            return password
        job = self._read(f"job/{deployment}", namespace)
        group = next(items((job or {}).get("TaskGroups")), {})
        return text_map(main_task(group).get("Env")).get(PASSWORD_VARIABLE) or None

    def delete_secrets(self, namespace: Namespace, deployment: DeploymentId) -> None:
        """Delete the Variable; it is fine if there is none."""
        self.client.delete(f"var/{_variable(deployment)}", {"namespace": namespace})

    # What there is.

    def deployments_of(self, owner: Owner, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return the owner's deployments: allocations, jobs and, if something is unplaced, evaluations.

        Here and below allocations are read before their jobs: read after it, an allocation that was stopped in between
        would seem to have ended by itself.
        """
        if not namespaces:
            return ()
        scope = _scope(namespaces)
        allocations = self.client.list(
            "allocations", {**scope, **_WITH_RESOURCES, "filter": filters.owned(owner, namespaces, of="Job.")}
        )
        jobs = self.client.list("jobs", {**scope, "meta": "true", "filter": filters.owned(owner, namespaces)})
        found = self._deployments(jobs, allocations, scope, namespaces)
        return tuple(each for each in found if owner.owns(email=each.owner.email, subject=each.owner.subject))

    def followed(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return the bot's own deployments: two light listings, and what changed since the last call."""
        if not namespaces:
            return ()
        scope = _scope(namespaces)
        mine = filters.made_by_bot(namespaces, of="Job.")

        def fetch(identities: Sequence[str] | None) -> list[JsonObject]:
            wanted = mine if identities is None else filters.with_ids(identities)
            return list(self.client.list("allocations", {**scope, **_WITH_RESOURCES, "filter": wanted}))

        light = self.client.list("allocations", {**scope, **_LIGHT, "filter": mine})
        jobs = self.client.list("jobs", {**scope, "meta": "true", "filter": filters.made_by_bot(namespaces)})
        return self._deployments(jobs, self._states.complete(light, fetch), scope, namespaces)

    def deployment(self, namespace: Namespace, deployment: DeploymentId) -> Deployment | None:
        """Return one deployment whole: its allocations with what they hold, its evaluations, its job."""
        of_this = {"namespace": namespace, **_WITH_RESOURCES, "filter": filters.of_jobs([deployment])}
        allocations = decoded(self.client.list("allocations", of_this))
        tried = self.client.get(f"job/{deployment}/evaluations", {"namespace": namespace})
        job = self._read(f"job/{deployment}", namespace)
        if job is None:
            return None
        self._specifications.keep(job, read_specification(job))
        return decode.deployment(
            job, allocations=allocations.get(job_key(job), []), evaluations=_evaluations(items(tried))
        )

    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes as last read; never calls."""
        return self._board.all()

    def refresh_nodes(self) -> None:
        """Read the nodes anew."""
        self._board.refresh()

    def count_gpu_holders(self, namespaces: Sequence[Namespace], *, model: str) -> int | None:
        """Count the deployments that hold a GPU of this model, or any; one call."""
        if not namespaces:
            return 0
        params = {**_scope(namespaces), **_LIGHT, "filter": filters.holding_devices(namespaces)}
        try:
            entries = self.client.list("allocations", params, timeout=QUICK)
        except ClusterUnavailable:
            return None
        return sum(
            any(_holds_gpu(allocation, model) for allocation in allocations)
            for allocations in decoded(entries).values()
        )

    def hostname_is_used(self, platform: Platform, hostname: str) -> bool:
        """Look for a job in any namespace with a Traefik rule for the host name; one call.

        The rule stands in the job whoever made it and wherever its services register.
        """
        params = {"namespace": "*", "filter": filters.routed_to(hostname, platform.base_domain)}
        return bool(self.client.list("jobs", params, timeout=QUICK))

    def is_reachable(self) -> bool:
        """Tell whether Nomad answers and has a leader."""
        try:
            return bool(self.client.get("status/leader", timeout=QUICK))
        except ClusterUnavailable:
            return False

    # How it is done.

    def _job(self, deployment: NewDeployment, platform: Platform) -> dict[str, Any]:
        return jobspec.build(deployment, platform, provider=self._provider(platform))

    def _provider(self, platform: Platform) -> ServiceProvider:
        if platform.service_provider is not ServiceProvider.AUTO:
            return platform.service_provider
        serving = [node for node in self._known_nodes() if node.serves(platform.namespace)]
        return ServiceProvider.CONSUL if any(node.has_consul for node in serving) else ServiceProvider.NOMAD

    def _known_nodes(self) -> tuple[Node, ...]:
        if not self._board.all():
            self._board.refresh()
        return self._board.all()

    def _is_being_placed(self, namespace: Namespace, deployment: DeploymentId) -> bool:
        tried = _evaluations(items(self.client.get(f"job/{deployment}/evaluations", {"namespace": namespace})))
        return any(each.status == "pending" and each.wait_until is None for each in tried)

    def _settle(self, deployment: NewDeployment, platform: Platform, doubt: OutcomeUnknown) -> None:
        """Look whether the job is there after all; raise the doubt if that cannot be told either."""
        try:
            job = self._read(f"job/{deployment.id}", platform.namespace)
        except ClusterUnavailable:
            raise doubt from None
        if job is None:
            raise doubt
        meta = text_map(job.get("Meta"))
        is_same_owner = meta.get(MetaKey.OWNER_EMAIL, "").casefold() == deployment.owner.email.casefold()
        if meta.get(MetaKey.MADE_BY) != MADE_BY or not is_same_owner:
            raise RejectedByCluster(
                "The cluster already has another job with this id.", hint="Open the form again and submit it anew."
            )

    def _read(self, path: str, namespace: Namespace) -> JsonObject | None:
        try:
            return fields(self.client.get(path, {"namespace": namespace}))
        except NomadAnswered as answer:
            if answer.is_not_found:
                return None
            raise

    def _deployments(
        self,
        jobs: Sequence[JsonObject],
        allocations: Sequence[JsonObject],
        scope: Params,
        namespaces: Sequence[Namespace],
    ) -> tuple[Deployment, ...]:
        placed = decoded(allocations)
        waiting = [job for job in jobs if _is_unplaced(job, placed.get(job_key(job), []))]
        tried = self._evaluations_of(waiting, scope, namespaces)
        unplaced = {job_key(job) for job in waiting}
        found = (
            decode.deployment(
                job,
                allocations=placed.get(job_key(job), []),
                evaluations=tried.get(job_key(job), []) if job_key(job) in unplaced else None,
                specification=self._specifications.find(job),
            )
            for job in jobs
        )
        return tuple(each for each in found if each is not None)

    def _evaluations_of(
        self, jobs: Sequence[JsonObject], scope: Params, namespaces: Sequence[Namespace]
    ) -> dict[str, list[Evaluation]]:
        if not jobs:
            return {}
        by_id = filters.of_jobs(str(job["ID"]) for job in jobs) if len(jobs) <= _MOST_JOBS_BY_ID else ""
        entries = self.client.list("evaluations", {**scope, "filter": by_id or filters.unsettled(namespaces)})
        by_job: dict[str, list[Evaluation]] = {}
        for entry in entries:
            by_job.setdefault(job_key(entry, "JobID"), []).extend(_evaluations([entry]))
        return by_job


def _scope(namespaces: Sequence[Namespace]) -> dict[str, str]:
    return {"namespace": namespaces[0] if len(namespaces) == 1 else "*"}


def _variable(deployment: DeploymentId) -> str:
    return f"nomad/jobs/{deployment}"


def _is_unplaced(job: JsonObject, allocations: Sequence[Allocation]) -> bool:
    return job.get("Stop") is not True and not any(allocation.client in _LIVE for allocation in allocations)


def _evaluations(entries: Iterable[JsonObject]) -> list[Evaluation]:
    return [evaluation for entry in entries if (evaluation := decode.evaluation(entry)) is not None]


def _holds_gpu(allocation: Allocation, model: str) -> bool:
    hardware = allocation.hardware
    return not allocation.is_over and hardware is not None and hardware.gpus > 0 and model in {"", hardware.gpu_model}


__all__ = ["NomadCluster", "Specification"]
