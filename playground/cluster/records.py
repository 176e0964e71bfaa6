"""The things a simulated cluster remembers, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

JsonObject = dict[str, Any]
"""An object of Nomad's HTTP API, as it travels."""

ClientStatus = Literal["pending", "running", "complete", "failed", "lost", "unknown"]
DesiredStatus = Literal["run", "stop", "evict"]
EvaluationStatus = Literal["pending", "blocked", "complete", "failed", "canceled"]
NodeStatus = Literal["initializing", "ready", "down", "disconnected"]
TaskPhase = Literal["pending", "running", "dead"]

CLIENT_TERMINAL: frozenset[str] = frozenset({"complete", "failed", "lost"})
MAX_EVENTS = 10
"""A client keeps this many events per task and drops the oldest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent:
    """One event of a task: `message` is for people, `details` for code."""

    type: str
    time: datetime
    message: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """What the client says about one task."""

    phase: TaskPhase = "pending"
    failed: bool = False
    restarts: int = 0
    last_restart: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    events: tuple[TaskEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGrant:
    """Devices of one group that a task holds."""

    vendor: str
    type: str
    name: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGrant:
    """What one task holds; memory in MB, CPU in MHz."""

    cpu: int
    cores: tuple[int, ...] = ()
    memory: int
    memory_max: int = 0
    devices: tuple[DeviceGrant, ...] = ()
    hook: str = ""
    sidecar: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PortGrant:
    """A host port of an allocation; `to` is the port inside the container, 0 for the same."""

    label: str
    value: int
    to: int
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Everything one allocation holds on its node; `cpu` and `memory` count tasks that never meet only once."""

    tasks: Mapping[str, TaskGrant]
    cpu: int
    memory: int
    disk: int
    ports: tuple[PortGrant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleEvent:
    """One replacement of a failed allocation."""

    time: datetime
    allocation: str
    node: str
    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A registered job; `spec` holds what was submitted with every default filled in."""

    namespace: str
    id: str
    spec: JsonObject
    version: int
    stop: bool = False
    status: Literal["pending", "running", "dead"] = "pending"
    submitted: datetime
    create_index: int
    modify_index: int
    job_modify_index: int

    @property
    def key(self) -> tuple[str, str]:
        """Return what identifies a job: its namespace and its id."""
        return self.namespace, self.id

    @property
    def type(self) -> str:
        """Return the job's type: service or batch."""
        return str(self.spec["Type"])

    @property
    def priority(self) -> int:
        """Return the job's priority, 1 to 100."""
        return int(self.spec["Priority"])

    @property
    def groups(self) -> list[JsonObject]:
        """Return the task groups."""
        return list(self.spec["TaskGroups"])

    def group(self, name: str) -> JsonObject | None:
        """Return one task group by name."""
        return next((group for group in self.groups if group["Name"] == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """One placement of a task group on a node."""

    id: str
    namespace: str
    name: str
    job: Job
    group: str
    evaluation: str
    node: str
    node_name: str
    grant: Grant
    metric: JsonObject
    desired: DesiredStatus = "run"
    desired_description: str = ""
    client: ClientStatus = "pending"
    client_description: str = ""
    tasks: Mapping[str, TaskState] = field(default_factory=dict)
    healthy: bool | None = None
    healthy_at: datetime | None = None
    rollout: str = ""
    previous: str = ""
    next: str = ""
    followup: str = ""
    reschedules: tuple[RescheduleEvent, ...] = ()
    unknown_since: datetime | None = None
    migrate: bool = False
    state_changes: tuple[tuple[str, datetime], ...] = ()
    create_index: int = 0
    modify_index: int = 0
    alloc_modify_index: int = 0
    created: datetime
    modified: datetime

    @property
    def client_terminal(self) -> bool:
        """Tell whether nothing of it runs any more, so that its resources are free."""
        return self.client in CLIENT_TERMINAL

    @property
    def terminal(self) -> bool:
        """Tell whether Nomad counts it as over: it is over, or should be."""
        return self.desired != "run" or self.client_terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One attempt of the scheduler to make the cluster match a job."""

    id: str
    namespace: str
    job: str
    type: str
    priority: int
    trigger: str
    status: EvaluationStatus
    description: str = ""
    node: str = ""
    rollout: str = ""
    wait_until: datetime | None = None
    next: str = ""
    previous: str = ""
    blocked: str = ""
    failures: Mapping[str, JsonObject] = field(default_factory=dict)
    queued: Mapping[str, int] | None = None
    classes: Mapping[str, bool] | None = None
    job_modify_index: int = 0
    snapshot_index: int = 0
    create_index: int = 0
    modify_index: int = 0
    created: datetime
    modified: datetime

    @property
    def terminal(self) -> bool:
        """Tell whether the scheduler is done with it."""
        return self.status in {"complete", "failed", "canceled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutGroup:
    """How far one task group of a rollout has come."""

    desired: int
    placed: int = 0
    healthy: int = 0
    unhealthy: int = 0
    require_progress_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A rolling update of a service job: what Nomad's API calls a deployment."""

    id: str
    namespace: str
    job: str
    job_version: int
    job_create_index: int
    job_modify_index: int
    priority: int
    groups: Mapping[str, RolloutGroup]
    status: str = "running"
    description: str = "Deployment is running"
    create_index: int = 0
    modify_index: int = 0
    created: datetime
    modified: datetime

    @property
    def active(self) -> bool:
        """Tell whether it may still change."""
        return self.status in {"running", "paused", "pending", "blocked", "unblocking", "initializing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInstance:
    """One device, such as a single GPU."""

    id: str
    healthy: bool = True
    health_description: str = ""
    bus: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGroup:
    """Devices of one model on a node; `attributes` maps a name to its value and unit."""

    vendor: str
    type: str
    name: str
    attributes: Mapping[str, tuple[int | float | str | bool, str]]
    instances: tuple[DeviceInstance, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what identifies the group on its node."""
        return self.vendor, self.type, self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEvent:
    """One line of a node's own history."""

    time: datetime
    message: str
    subsystem: str = "Cluster"
    index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A machine that runs allocations; memory and disk in MB, CPU in MHz."""

    id: str
    name: str
    site: str
    address: str
    http_address: str
    node_class: str = ""
    pool: str = "default"
    meta: Mapping[str, str]
    attributes: Mapping[str, str]
    drivers: Mapping[str, tuple[bool, bool, str]]
    devices: tuple[DeviceGroup, ...]
    cores: int
    cpu: int
    memory: int
    disk: int
    reserved_memory: int = 0
    status: NodeStatus = "ready"
    status_description: str = ""
    eligible: bool = True
    draining: bool = False
    events: tuple[NodeEvent, ...] = ()
    updated: datetime
    create_index: int = 0
    modify_index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A secret kept by Nomad under a path."""

    namespace: str
    path: str
    items: Mapping[str, str] = field(repr=False)
    create_index: int
    modify_index: int
    created: datetime
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A tenant of the cluster."""

    name: str
    description: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    enabled_drivers: tuple[str, ...] | None = None
    disabled_drivers: tuple[str, ...] | None = None
    create_index: int = 0
    modify_index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One registration of a service with Nomad's own provider."""

    id: str
    name: str
    namespace: str
    node: str
    site: str
    job: str
    allocation: str
    tags: tuple[str, ...]
    address: str
    port: int
    create_index: int = 0
    modify_index: int = 0
