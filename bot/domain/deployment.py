"""A deployment as the cluster knows it: one Nomad job with its allocations and evaluations."""

from datetime import datetime
from enum import StrEnum

from bot.domain.base import DeploymentId, Frozen, Namespace, NodeId, Site
from bot.domain.catalog import Service
from bot.domain.people import Owner


class Hardware(Frozen):
    """What a deployment's main task holds or asks for: cores, GPUs and their model, RAM and disk in MB."""

    cpu: int | None = None
    gpus: int = 0
    gpu_model: str = ""
    ram_mb: int | None = None
    disk_mb: int | None = None


class TaskEvent(Frozen):
    """Something that happened to a task, as Nomad's client told it."""

    at: datetime
    kind: str
    text: str = ""
    details: dict[str, str] = {}


class Task(Frozen):
    """A task of an allocation: `state` is pending, running or dead; at most the last ten events, oldest first.

    In a person's list a task that runs, or has ended, as it should and at the first try comes without its events.
    """

    name: str
    state: str
    failed: bool = False
    restarts: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    events: tuple[TaskEvent, ...] = ()


class Port(Frozen):
    """A port of an allocation on its node."""

    label: str
    address: str
    number: int


class Allocation(Frozen):
    """One placement on a node; `tasks` is None where task states were not asked for.

    `gpu_ids` are the GPUs that its main task was given; statistics of nodes name them so, too.
    """

    id: str
    node_id: NodeId
    node_name: str = ""
    job_version: int = 0
    create_index: int
    created_at: datetime
    modified_at: datetime
    desired: str
    client: str
    client_description: str = ""
    next_allocation: str = ""
    followup_evaluation: str = ""
    tasks: tuple[Task, ...] | None = None
    hardware: Hardware | None = None
    gpu_ids: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()

    @property
    def main(self) -> Task | None:
        """Return the task people care about: `main`, or `usertask` in deployments of 2023."""
        named = {task.name: task for task in self.tasks or ()}
        return named.get("main") or named.get("usertask")

    @property
    def is_over(self) -> bool:
        """Tell whether the client says that nothing of it runs any more."""
        return self.client in {"complete", "failed", "lost"}


class PlacementFailure(Frozen):
    """Why Nomad could not place a deployment (its AllocMetric), counted in nodes."""

    nodes_evaluated: int = 0
    nodes_filtered: int = 0
    nodes_exhausted: int = 0
    nodes_available: dict[str, int] = {}
    constraint_filtered: dict[str, int] = {}
    dimension_exhausted: dict[str, int] = {}


class Evaluation(Frozen):
    """One scheduling attempt."""

    id: str
    status: str
    triggered_by: str = ""
    create_index: int
    wait_until: datetime | None = None
    failure: PlacementFailure | None = None


class GpuGroup(Frozen):
    """GPUs of one model on one node."""

    model: str
    count: int
    memory_mb: int | None = None


class Node(Frozen):
    """A machine that runs allocations; `status` is Nomad's word, `ready_by_test` the operators' test in its meta.

    `cores`, `ram_mb` and `disk_mb` are what it has for deployments when it is empty; None where it does not say.
    """

    id: NodeId
    name: str
    site: Site
    status: str
    eligible: bool = True
    draining: bool = False
    kind: str = ""
    namespaces: str = ""
    domain: str = ""
    ready_by_test: bool = True
    has_consul: bool = False
    gpus: tuple[GpuGroup, ...] = ()
    cores: int | None = None
    ram_mb: int | None = None
    disk_mb: int | None = None
    modify_index: int = 0

    @property
    def is_reachable(self) -> bool:
        """Tell whether the node's agent talks to the servers."""
        return self.status == "ready"

    def serves(self, namespace: Namespace) -> bool:
        """Tell whether deployments of the namespace may run here, as the job's constraints have it."""
        return self.kind == "compute" and namespace in self.namespaces


class Deployment(Frozen):
    """One module or tool of one owner: one Nomad job.

    `hardware`, `image` and `service` are None or empty where nobody has asked for the specification yet;
    `evaluations` is None where they were not asked for.
    """

    id: DeploymentId
    namespace: Namespace
    name: str
    title: str = ""
    description: str = ""
    owner: Owner
    made_by_bot: bool = False
    hostname: str = ""
    gpu_reason: str = ""
    is_stopped: bool = False
    submitted_at: datetime
    version: int = 0
    job_modify_index: int = 0
    allocations: tuple[Allocation, ...] = ()
    evaluations: tuple[Evaluation, ...] | None = None
    hardware: Hardware | None = None
    image: str = ""
    service: Service | None = None
    labels: tuple[str, ...] = ()

    @property
    def shown_title(self) -> str:
        """Return what people call it: its title, or the first part of its id."""
        return self.title.strip() or self.id[:8]


class Phase(StrEnum):
    """Where a deployment stands, in one word for people (nomad.md section 5.3)."""

    SUBMITTING = "submitting"
    SCHEDULING = "scheduling"
    QUEUED = "queued"
    IMPOSSIBLE = "cannot be placed"
    RETRYING = "waiting to retry"
    PULLING = "downloading the image"
    STARTING = "starting"
    STUCK_STARTING = "stuck while starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    UNREACHABLE = "unreachable"
    STOPPING = "stopping"
    STUCK_STOPPING = "stuck while stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    LOST = "lost"
    FINISHED = "finished"
    GONE = "gone"
    UNKNOWN = "unknown"


class Status(Frozen):
    """A phase with its reason in plain words and the time it began, where that is known."""

    phase: Phase
    reason: str = ""
    since: datetime | None = None
