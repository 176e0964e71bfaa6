"""The cluster as the use cases need it, on a Nomad reached through python-nomad."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from bot.domain import placement
from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Allocation, Deployment, Node
from bot.domain.people import Owner
from bot.domain.placement import Plan
from bot.domain.platform import Platform, ServiceProvider
from bot.errors import ClusterUnavailable, RejectedByCluster
from bot.nomad import failures, filters, jobspec, shapes
from bot.nomad.breaker import bounded
from bot.nomad.client import QUICK, NomadClient
from bot.nomad.decode import read_failure
from bot.nomad.failures import NomadAnswered, OutcomeUnknown
from bot.nomad.json_values import items, text_map
from bot.nomad.marks import MADE_BY, MetaKey
from bot.nomad.node_board import NodeBoard
from bot.nomad.placed import WITHOUT_TASKS, by_job
from bot.nomad.reading import DeploymentReader, found_or_none, scope_of
from bot.nomad.secret_items import Item
from bot.nomad.specification import PASSWORD_VARIABLE, main_task
from bot.ports import NewDeployment

_LOCKS = 64


@dataclass(frozen=True, slots=True)
class NomadCluster:
    """Implements the Cluster port; safe to use from several threads."""

    client: NomadClient
    _reader: DeploymentReader = field(init=False, repr=False)
    _board: NodeBoard = field(init=False, repr=False)
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(_LOCKS)), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_reader", DeploymentReader(self.client))
        object.__setattr__(self, "_board", NodeBoard(self.client))

    # What people do.

    @bounded
    def plan(self, deployment: NewDeployment, platform: Platform) -> Plan:
        """Ask the scheduler what would happen right now, changing nothing."""
        request = deployment.request
        body = {"Job": self._job(deployment, platform), "Diff": False}
        try:
            answer = shapes.plan(self.client.post(f"job/{deployment.id}/plan", body, {"namespace": platform.namespace}))
        except NomadAnswered as error:
            raise failures.rejection(error, namespace=platform.namespace) from None
        except OutcomeUnknown as error:
            raise ClusterUnavailable(str(error), hint=error.hint) from None  # a plan changes nothing
        failure = read_failure(answer.get("FailedTGAllocs"))
        serving = [node for node in self._known_nodes() if node.serves(platform.namespace)] if failure else []
        ask = placement.Ask(
            cpu=request.cpu,
            ram_mb=request.ram_mb,
            disk_mb=request.disk_mb,
            gpus=request.gpus,
            gpu_model=request.gpu_model,
        )
        return placement.read_plan(failure, ask=ask, nodes=serving)

    @bounded
    def submit(self, deployment: NewDeployment, platform: Platform) -> None:
        """Register the job, only if its id is free; a job of ours that is there already is success.

        Nomad before 2.0.1 does not check that atomically, hence a lock per id on our side.
        """
        body = {"Job": self._job(deployment, platform), "EnforceIndex": True, "JobModifyIndex": 0}
        with self._locks[hash(deployment.id) % _LOCKS]:
            try:
                answer = self.client.post("jobs", body, {"namespace": platform.namespace})
                if not shapes.is_acceptance(answer):
                    self._settle(deployment, platform, failures.unreadable())
            except NomadAnswered as refusal:
                error = failures.rejection(refusal, namespace=platform.namespace)
                if not refusal.says_job_exists and not (error is refusal and refusal.is_in_doubt):
                    raise error from None
                self._settle(deployment, platform, refusal)
            except OutcomeUnknown as doubt:
                self._settle(deployment, platform, doubt)

    @bounded
    def stop(self, namespace: Namespace, deployment: DeploymentId, *, purge: bool) -> None:
        """Deregister the job; Nomad answers with success for one that it does not know.

        A job that is being placed at this moment is stopped but not purged: that would crash a server of Nomad 1.11.2
        or 1.11.3, which then finds an allocation without its job. Nomad forgets a stopped job by itself.
        """
        purging = {"purge": "true"} if purge and not self._is_being_placed(namespace, deployment) else {}
        answer = self.client.delete(f"job/{deployment}", {"namespace": namespace, **purging})
        if not shapes.is_acceptance(answer):
            raise OutcomeUnknown(str(failures.unreadable()))

    # Secrets.

    @bounded
    def store_secrets(self, namespace: Namespace, deployment: DeploymentId, items: Mapping[str, str]) -> None:
        """Write the Variable that only the job's own tasks can read.

        What Nomad says of a Variable that it refuses is not passed on, because it could repeat what is in it.
        """
        path = _variable(deployment)
        body = {"Namespace": namespace, "Path": path, "Items": dict(items)}
        status = 0
        try:
            answer = self.client.put(f"var/{path}", body, {"namespace": namespace})
            if not shapes.is_written(answer, path):
                raise OutcomeUnknown(str(failures.unreadable()))
        except NomadAnswered as refusal:
            status = refusal.status
        if status:  # raised out here, so that the answer is not kept as the error's context
            raise ClusterUnavailable(
                f"Nomad did not take the password or the storage credentials (status {status}).",
                hint="Try again in a minute. If it stays so, tell the operators: the bot may lack the right to write.",
            )

    @bounded
    def secrets(self, namespace: Namespace, deployment: DeploymentId) -> Mapping[str, str] | None:
        """Return the Variable's items, or None if there is none."""
        found = found_or_none(self.client, f"var/{_variable(deployment)}", namespace)
        return text_map(shapes.variable(found.answer).get("Items")) if found else None

    @bounded
    def ide_password(self, namespace: Namespace, deployment: DeploymentId) -> str | None:
        """Return the editor's password: from the Variable, or where the Dashboard puts it, from the job."""
        password = (self.secrets(namespace, deployment) or {}).get(Item.IDE_PASSWORD)
        if password:
            return password
        job = self._reader.job(namespace, deployment) or {}
        group = next(items(job.get("TaskGroups")), {})
        return text_map(main_task(group).get("Env")).get(PASSWORD_VARIABLE) or None

    @bounded
    def delete_secrets(self, namespace: Namespace, deployment: DeploymentId) -> None:
        """Delete the Variable; it is fine if there is none."""
        self.client.delete(f"var/{_variable(deployment)}", {"namespace": namespace})

    # What there is.

    @bounded
    def deployments_of(self, owner: Owner, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return the owner's deployments in two calls, or three if something changed or is unplaced."""
        return self._reader.owned(owner, namespaces) if namespaces else ()

    def followed(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return the bot's own deployments in two to four calls."""
        return self._reader.followed(namespaces) if namespaces else ()

    def everything(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return everybody's deployments in two to four calls, and in up to five more where some are new."""
        return self._reader.everything(namespaces) if namespaces else ()

    @bounded
    def deployment(self, namespace: Namespace, deployment: DeploymentId) -> Deployment | None:
        """Return one deployment whole, in three calls."""
        return self._reader.whole(namespace, deployment)

    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes as last read; never calls."""
        return self._board.all()

    def refresh_nodes(self) -> None:
        """Read the nodes anew."""
        self._board.refresh()

    @bounded
    def count_gpu_holders(self, namespaces: Sequence[Namespace], *, model: str) -> int | None:
        """Count the deployments that hold a GPU of this model, or any; one call."""
        if not namespaces:
            return 0
        params = {**scope_of(namespaces), **WITHOUT_TASKS, "filter": filters.holding_devices(namespaces)}
        try:
            entries = shapes.allocations(self.client.list("allocations", params, timeout=QUICK))
        except ClusterUnavailable:
            return None
        held = by_job(entries).values()
        return sum(any(_holds_gpu(allocation, model) for allocation in allocations) for allocations in held)

    @bounded
    def hostname_is_used(self, platform: Platform, hostname: str) -> bool:
        """Look for a job in any namespace with a Traefik rule for the host name; one call.

        The rule stands in the job whoever made it and wherever its services register.
        """
        params = {"namespace": "*", "filter": filters.routed_to(hostname, platform.base_domain)}
        return bool(self.client.list("jobs", params, timeout=QUICK))

    def is_reachable(self) -> bool:
        """Tell whether Nomad answers and has a leader."""
        try:
            leader = self.client.get("status/leader", timeout=QUICK)
            return isinstance(leader, str) and bool(leader)
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
        tried = self._reader.evaluations(namespace, deployment)
        return any(each.status == "pending" and each.wait_until is None for each in tried)

    def _settle(self, deployment: NewDeployment, platform: Platform, doubt: ClusterUnavailable) -> None:
        """Look whether the job is there and ours; raise the doubt if it is not there or cannot be looked for."""
        in_doubt = OutcomeUnknown(str(doubt))
        try:
            job = self._reader.job(platform.namespace, deployment.id)
        except ClusterUnavailable:
            raise in_doubt from None
        if job is None:
            raise in_doubt
        meta = text_map(job.get("Meta"))
        is_same_owner = meta.get(MetaKey.OWNER_EMAIL, "").casefold() == deployment.owner.email.casefold()
        if meta.get(MetaKey.MADE_BY) != MADE_BY or not is_same_owner:
            raise RejectedByCluster(
                "The cluster already has another job with this id.", hint="Open the form again and submit it anew."
            )


def _variable(deployment: DeploymentId) -> str:
    return f"nomad/jobs/{deployment}"


def _holds_gpu(allocation: Allocation, model: str) -> bool:
    hardware = allocation.hardware
    return not allocation.is_over and hardware is not None and hardware.gpus > 0 and model in {"", hardware.gpu_model}
