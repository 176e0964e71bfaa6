"""An in-memory cluster that obeys the rules of the Cluster port and is steered by tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import RLock

from bot.domain import placement
from bot.domain.base import DeploymentId, Namespace, NodeId, Site
from bot.domain.catalog import Service
from bot.domain.deployment import (
    Allocation,
    Deployment,
    Evaluation,
    GpuGroup,
    Hardware,
    Node,
    PlacementFailure,
    Port,
    Task,
    TaskEvent,
)
from bot.domain.people import Owner
from bot.domain.placement import Plan
from bot.domain.platform import Platform
from bot.errors import ClusterUnavailable, RejectedByCluster
from bot.ports import Clock, NewDeployment
from tests.fakes.cluster_room import choose, free_gpu_ids, free_gpus, holds_gpu

EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AI4EOSC = Namespace("ai4eosc")
ANYWHERE = Site("")
UNKNOWN_OUTCOME = "It is not known whether the deployment was registered."


@dataclass(slots=True, kw_only=True)
class _Record:
    """A deployment with what the port does not show: what it asks for, where, and a password in its job."""

    deployment: Deployment
    wishes: Hardware
    site: Site = ANYWHERE
    base_domain: str = ""
    password: str = ""


class FakeCluster:
    """Keeps deployments, nodes and secrets in memory; nothing happens by itself but placement."""

    def __init__(self, *, clock: Clock = lambda: EPOCH) -> None:
        self.clock = clock
        self.stops_slowly = False
        self.namespaces = {"ai4eosc", "imagine", "tutorials"}
        self._lock = RLock()
        self._is_down = False
        self._loses_answer = False
        self._refusal: RejectedByCluster | None = None
        self._nodes: dict[NodeId, Node] = {}
        self._records: dict[tuple[Namespace, DeploymentId], _Record] = {}
        self._secrets: dict[tuple[Namespace, DeploymentId], dict[str, str]] = {}
        self._counter = 100

    # What tests do to it.

    def add_node(
        self,
        name: str = "node-1",
        *,
        site: str = "ifca",
        gpus: Sequence[tuple[str, int]] = (),
        namespaces: str = "ai4eosc,imagine,tutorials",
        has_consul: bool = False,
    ) -> Node:
        """Add a ready node with GPUs given as (model, count), and place what was waiting for it."""
        node = Node(
            id=NodeId(f"node-id-{name}"),
            name=name,
            site=Site(site),
            status="ready",
            kind="compute",
            namespaces=namespaces,
            domain=site,
            has_consul=has_consul,
            gpus=tuple(GpuGroup(model=model, count=count, memory_mb=16000) for model, count in gpus),
            modify_index=self._next(),
        )
        self._nodes[node.id] = node
        self._place_waiting()
        return node

    def add(
        self, deployment: Deployment, *, wishes: Hardware | None = None, base_domain: str = "", password: str = ""
    ) -> None:
        """Add a deployment that somebody made elsewhere; unless it is placed, its hardware counts as not read yet."""
        is_placed = bool(deployment.allocations)
        record = _Record(
            deployment=deployment if is_placed else deployment.model_copy(update={"hardware": None}),
            wishes=wishes or deployment.hardware or Hardware(),
            base_domain=base_domain,
            password=password,
        )
        self._records[(deployment.namespace, deployment.id)] = record

    def fill(self, *, owner: Owner | None = None, namespace: Namespace = AI4EOSC) -> tuple[Deployment, ...]:
        """Let somebody else's running deployments take every free GPU; return them."""
        somebody = owner or Owner(email="somebody@example.org", name="Somebody", subject="somebody")
        free = free_gpus(self.nodes(), self._all_allocations())
        return tuple(self._add_holder(somebody, namespace, node, model) for node, model in free)

    def place(self, deployment: DeploymentId, node: NodeId | None = None) -> None:
        """Place the deployment, whatever the scheduler would say, on the node or the first there is."""
        record = self._find(deployment)
        chosen = self._nodes[node] if node else next(iter(self._nodes.values()), None) or self.add_node()
        self._put_on(record, chosen)

    def start(self, deployment: DeploymentId) -> None:
        """Let the deployment's main task run, placing it first if need be."""
        record = self._find(deployment)
        if not _current(record.deployment):
            self.place(deployment)
        now = self.clock()
        started = _event(now, "Started", "Task started by client")
        self._set_main(record, client="running", state="running", events=[started], started_at=now)

    def fail(
        self,
        deployment: DeploymentId,
        *,
        kind: str = "Terminated",
        text: str = "Docker container exited with non-zero exit code: 1",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Let the main task fail for good with this event; what the deployment held becomes free."""
        record = self._find(deployment)
        now = self.clock()
        ended = _event(now, kind, text, details if details is not None else {"exit_code": "1"})
        given_up = _event(now, "Not Restarting", "Exceeded allowed attempts")
        self._set_main(record, client="failed", state="dead", failed=True, events=[ended, given_up], finished_at=now)
        self._place_waiting()

    def finish(self, deployment: DeploymentId) -> None:
        """Let the deployment end by itself, with success or after a slow stop."""
        self._end(self._find(deployment))
        self._place_waiting()

    def add_event(self, deployment: DeploymentId, kind: str, text: str = "", **details: str) -> None:
        """Add an event to the main task, such as `Driver` "Downloading image" or `Restarting`."""
        self._set_main(self._find(deployment), events=[_event(self.clock(), kind, text, details)])

    def lose_node(self, node: NodeId, *, status: str = "disconnected") -> None:
        """Cut the node off: its allocations become unknown, or lost if the node is down."""
        self._nodes[node] = self._nodes[node].model_copy(update={"status": status, "modify_index": self._next()})
        self._set_clients_on(node, {"running": "lost" if status == "down" else "unknown", "pending": "lost"})

    def return_node(self, node: NodeId) -> None:
        """Let the node come back with what was running on it."""
        self._nodes[node] = self._nodes[node].model_copy(update={"status": "ready", "modify_index": self._next()})
        self._set_clients_on(node, {"unknown": "running"})
        self._place_waiting()

    def forget(self, deployment: DeploymentId) -> None:
        """Collect the deployment as garbage, as Nomad does with dead ones after hours."""
        record = self._find(deployment)
        del self._records[(record.deployment.namespace, record.deployment.id)]

    def go_down(self) -> None:
        """Let every call fail from now on."""
        self._is_down = True

    def come_back(self) -> None:
        """Answer again."""
        self._is_down = False

    def lose_next_answer(self) -> None:
        """Carry out the next submission, but lose the answer."""
        self._loses_answer = True

    def refuse_next(self, message: str = "The cluster does not accept this deployment.") -> None:
        """Refuse the next submission with this message."""
        self._refusal = RejectedByCluster(message)

    # The port.

    def plan(self, deployment: NewDeployment, platform: Platform) -> Plan:
        """Tell what would happen to the deployment right now."""
        self._check_up()
        self._check_namespace(platform.namespace)
        request = deployment.request
        wishes = Hardware(gpus=request.gpus, gpu_model=request.gpu_model)
        _, failure = self._choose(platform.namespace, wishes, request.site)
        serving = [node for node in self._nodes.values() if node.serves(platform.namespace)]
        ask = placement.Ask(
            cpu=request.cpu,
            ram_mb=request.ram_mb,
            disk_mb=request.disk_mb,
            gpus=request.gpus,
            gpu_model=request.gpu_model,
        )
        return placement.read_plan(failure, ask=ask, nodes=serving)

    def submit(self, deployment: NewDeployment, platform: Platform) -> None:
        """Register the deployment exactly once."""
        with self._lock:
            self._check_up()
            self._check_namespace(platform.namespace)
            if self._refusal is not None:
                refusal, self._refusal = self._refusal, None
                raise refusal
            self._register(deployment, platform)
            if self._loses_answer:
                self._loses_answer = False
                raise ClusterUnavailable("Nomad did not answer in time.", changed=UNKNOWN_OUTCOME)

    def store_secrets(self, namespace: Namespace, deployment: DeploymentId, items: Mapping[str, str]) -> None:
        """Write the deployment's secrets, replacing what is there."""
        self._check_up()
        self._secrets[(namespace, deployment)] = dict(items)

    def secrets(self, namespace: Namespace, deployment: DeploymentId) -> Mapping[str, str] | None:
        """Return the deployment's secrets, or None."""
        self._check_up()
        items = self._secrets.get((namespace, deployment))
        return dict(items) if items is not None else None

    def ide_password(self, namespace: Namespace, deployment: DeploymentId) -> str | None:
        """Return the editor's password, from the secrets or from the foreign specification."""
        record = self._records.get((namespace, deployment))
        kept = (self.secrets(namespace, deployment) or {}).get("jupyterPASSWORD")
        return kept or (record.password if record else "") or None

    def delete_secrets(self, namespace: Namespace, deployment: DeploymentId) -> None:
        """Remove the deployment's secrets."""
        self._check_up()
        self._secrets.pop((namespace, deployment), None)

    def deployments_of(self, owner: Owner, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return the owner's deployments in these namespaces."""
        self._check_up()
        return tuple(
            record.deployment
            for (namespace, _), record in self._records.items()
            if namespace in namespaces
            and owner.owns(email=record.deployment.owner.email, subject=record.deployment.owner.subject)
        )

    def followed(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return every deployment the bot made in these namespaces."""
        self._check_up()
        found = (record.deployment for (namespace, _), record in self._records.items() if namespace in namespaces)
        return tuple(deployment for deployment in found if deployment.made_by_bot)

    def everything(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return every deployment in these namespaces, whoever made it."""
        self._check_up()
        return tuple(record.deployment for (namespace, _), record in self._records.items() if namespace in namespaces)

    def deployment(self, namespace: Namespace, deployment: DeploymentId) -> Deployment | None:
        """Return one deployment whole, or None."""
        self._check_up()
        record = self._records.get((namespace, deployment))
        if record is None:
            return None
        self._change(record, hardware=record.deployment.hardware or record.wishes)
        return record.deployment

    def stop(self, namespace: Namespace, deployment: DeploymentId, *, purge: bool) -> None:
        """Stop the deployment, purging it only if told."""
        with self._lock:
            self._check_up()
            record = self._records.get((namespace, deployment))
            if record is None:
                return
            self._set_stopping(record)
            if not self.stops_slowly:
                self._end(record)
            if purge:
                del self._records[(namespace, deployment)]
            self._place_waiting()

    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes."""
        return tuple(self._nodes.values())

    def refresh_nodes(self) -> None:
        """Read the nodes anew, which are always fresh here."""
        self._check_up()

    def count_gpu_holders(self, namespaces: Sequence[Namespace], *, model: str) -> int | None:
        """Count the deployments that hold a GPU of this model, or any."""
        self._check_up()
        return sum(
            any(holds_gpu(allocation, model) for allocation in record.deployment.allocations)
            for (namespace, _), record in self._records.items()
            if namespace in namespaces
        )

    def hostname_is_used(self, platform: Platform, hostname: str) -> bool:
        """Tell whether a deployment under the platform's base domain has the host name."""
        self._check_up()
        return any(
            record.deployment.hostname == hostname and record.base_domain == platform.base_domain
            for record in self._records.values()
            if not record.deployment.is_stopped
        )

    def is_reachable(self) -> bool:
        """Tell whether the cluster answers."""
        return not self._is_down

    # How it works inside.

    def _check_up(self) -> None:
        if self._is_down:
            raise ClusterUnavailable("Nomad cannot be reached.", hint="Please try again in a minute.")

    def _check_namespace(self, namespace: Namespace) -> None:
        if namespace not in self.namespaces:
            raise RejectedByCluster(f"The cluster has no namespace “{namespace}”.")

    def _next(self) -> int:
        self._counter += 1
        return self._counter

    def _find(self, deployment: DeploymentId) -> _Record:
        return next(record for (_, known), record in self._records.items() if known == deployment)

    def _register(self, new: NewDeployment, platform: Platform) -> None:
        known = self._records.get((platform.namespace, new.id))
        if known is not None:
            if known.deployment.made_by_bot and known.deployment.owner.email == new.owner.email:
                return
            raise RejectedByCluster("The id belongs to another deployment.")
        request = new.request
        wishes = Hardware(
            cpu=request.cpu,
            gpus=request.gpus,
            gpu_model=request.gpu_model,
            ram_mb=request.ram_mb,
            disk_mb=request.disk_mb,
        )
        labels = _labels(platform.addresses.inference_label, request.service, is_module=request.kind == "module")
        deployment = Deployment(
            id=new.id,
            namespace=platform.namespace,
            name=f"{request.kind}-{new.id}",
            title=request.title[:45],
            description=request.description[:1000],
            owner=new.owner,
            made_by_bot=True,
            hostname=request.hostname,
            gpu_reason=request.gpu_reason,
            submitted_at=self.clock(),
            job_modify_index=self._next(),
            evaluations=(),
            hardware=wishes,
            image=f"{request.image}:{request.tag}",
            service=request.service,
            labels=labels,
        )
        record = _Record(deployment=deployment, wishes=wishes, site=request.site, base_domain=platform.base_domain)
        self._records[(platform.namespace, new.id)] = record
        self._schedule(record)

    def _schedule(self, record: _Record) -> None:
        node, failure = self._choose(record.deployment.namespace, record.wishes, record.site)
        if node is not None:
            self._put_on(record, node)
            return
        tried = Evaluation(id=f"eval-{self._next()}", status="complete", create_index=self._counter, failure=failure)
        blocked = Evaluation(id=f"eval-{self._next()}", status="blocked", create_index=self._counter, failure=failure)
        self._change(record, evaluations=(tried, blocked))

    def _put_on(self, record: _Record, node: Node) -> None:
        now = self.clock()
        model = record.wishes.gpu_model or next((group.model for group in node.gpus), "")
        hardware = record.wishes.model_copy(update={"gpu_model": model if record.wishes.gpus else ""})
        index = self._next()
        ports = tuple(
            Port(label=label, address="127.0.0.1", number=20000 + index * 10 + offset)
            for offset, label in enumerate(record.deployment.labels)
        )
        allocation = Allocation(
            id=f"allocation-{index}",
            node_id=node.id,
            node_name=node.name,
            job_version=record.deployment.version,
            create_index=index,
            created_at=now,
            modified_at=now,
            desired="run",
            client="pending",
            tasks=(Task(name="main", state="pending", events=(_event(now, "Received"),)),),
            hardware=hardware,
            gpu_ids=free_gpu_ids(node, self._all_allocations(), model=hardware.gpu_model)[: hardware.gpus],
            ports=ports,
        )
        evaluation = Evaluation(id=f"eval-{self._next()}", status="complete", create_index=self._counter)
        allocations = (*record.deployment.allocations, allocation)
        self._change(record, allocations=allocations, evaluations=(evaluation,), hardware=hardware)

    def _choose(
        self, namespace: Namespace, wishes: Hardware, site: Site
    ) -> tuple[Node | None, PlacementFailure | None]:
        return choose(self.nodes(), self._all_allocations(), namespace=namespace, wishes=wishes, site=site)

    def _all_allocations(self) -> list[Allocation]:
        return [allocation for record in self._records.values() for allocation in record.deployment.allocations]

    def _add_holder(self, owner: Owner, namespace: Namespace, node: Node, model: str) -> Deployment:
        identity = DeploymentId(f"holder-{self._next()}")
        wishes = Hardware(cpu=1, gpus=1, gpu_model=model, ram_mb=2000, disk_mb=1000)
        holder = Deployment(
            id=identity, namespace=namespace, name=f"module-{identity}", owner=owner, submitted_at=self.clock()
        )
        self.add(holder, wishes=wishes)
        self.place(identity, node.id)
        self.start(identity)
        return self._find(identity).deployment

    def _place_waiting(self) -> None:
        for record in list(self._records.values()):
            deployment = record.deployment
            if deployment.made_by_bot and not deployment.is_stopped and not deployment.allocations:
                self._schedule(record)

    def _set_stopping(self, record: _Record) -> None:
        allocations = tuple(
            allocation if allocation.is_over else allocation.model_copy(update={"desired": "stop"})
            for allocation in record.deployment.allocations
        )
        self._change(record, is_stopped=True, allocations=allocations, evaluations=())

    def _end(self, record: _Record) -> None:
        current = _current(record.deployment)
        if current and not current.is_over and current.client != "unknown":
            self._set_main(record, client="complete", state="dead", finished_at=self.clock())

    def _set_main(
        self,
        record: _Record,
        *,
        client: str = "",
        state: str = "",
        failed: bool = False,
        events: Sequence[TaskEvent] = (),
        started_at: datetime | None = None,
        finished_at: datetime | None = None,
    ) -> None:
        current = _current(record.deployment)
        if current is None or current.main is None:
            raise LookupError(f"{record.deployment.id} is not placed")
        main = current.main
        restarts = sum(event.kind == "Restarting" for event in events)
        changed = main.model_copy(
            update={
                "state": state or main.state,
                "failed": failed,
                "restarts": main.restarts + restarts,
                "started_at": started_at or main.started_at,
                "finished_at": finished_at,
                "events": (*main.events, *events)[-10:],
            }
        )
        self._replace(record, current, client=client or current.client, tasks=(changed,))

    def _set_clients_on(self, node: NodeId, changes: Mapping[str, str]) -> None:
        for record in self._records.values():
            for allocation in record.deployment.allocations:
                if allocation.node_id == node and allocation.client in changes:
                    self._replace(record, allocation, client=changes[allocation.client])

    def _replace(self, record: _Record, old: Allocation, **changes: object) -> None:
        new = old.model_copy(update={"modified_at": self.clock(), **changes})
        allocations = tuple(new if each.id == old.id else each for each in record.deployment.allocations)
        self._change(record, allocations=allocations)

    def _change(self, record: _Record, **changes: object) -> None:
        record.deployment = record.deployment.model_copy(update=changes)


def _labels(inference: str, service: Service, *, is_module: bool) -> tuple[str, ...]:
    if not is_module or service.is_ide:
        return (inference, "monitor", "ide", "custom")
    return (inference, "monitor", "ui", "custom")


def _current(deployment: Deployment) -> Allocation | None:
    return max(deployment.allocations, key=lambda allocation: allocation.create_index, default=None)


def _event(at: datetime, kind: str, text: str = "", details: Mapping[str, str] | None = None) -> TaskEvent:
    return TaskEvent(at=at, kind=kind, text=text, details=dict(details or {}))
