"""What a check says about a deployment: a judgement for each kind of finding, with the evidence that it rests on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.base import DeploymentId, Frozen, Namespace
from bot.domain.deployment import Phase
from bot.domain.people import Owner
from bot.domain.policy import FOR_ADMINISTRATORS, SHOWN_FIRST, FindingKind, Workload
from bot.domain.usage import Bucket

WorkingTime = Callable[[datetime, datetime], timedelta]
"""How much of the time between two moments lies in the owner's working hours."""


class Verdict(StrEnum):
    """Whether a finding holds. Unknown neither opens one nor lets it age."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One GPU of a deployment with its use."""

    id: str
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a check knows about one deployment at one moment.

    `instance` names one run of it: a restart, another allocation or another version of the job is another one.
    `started_at` is the start of its main task's present run, `told_at` when its owner heard of it, `phase_since` when
    the present phase began; None where nobody knows. `version` is the job's modify index. `devices` are the GPUs that
    it holds; there are fewer of them than `gpus` where nobody can see one. `allocation` is empty until it is placed.
    """

    deployment: DeploymentId
    namespace: Namespace
    instance: str
    title: str
    owner: Owner
    workload: Workload | None
    phase: Phase
    phase_since: datetime | None
    started_at: datetime | None
    told_at: datetime | None = None
    gpus: int = 0
    gpu_model: str = ""
    devices: tuple[Device, ...] = ()
    cpu: tuple[Bucket, ...] = ()
    holds: bool = False
    is_stopped: bool = False
    is_node_connected: bool | None = None
    version: int = 0
    allocation: str = ""
    made_by_bot: bool = False

    @property
    def is_running(self) -> bool:
        """Tell whether its main task runs, as far as the cluster can see."""
        return self.phase is Phase.RUNNING

    @property
    def clock_start(self) -> datetime | None:
        """Return since when its owner could have used it; None if it has not started."""
        if self.started_at is None:
            return None
        return max(self.started_at, self.told_at or self.started_at)


class Holding(Frozen):
    """A deployment that holds GPUs or waits for them, and when one of them was last seen at work.

    `last_active_at` is None where that was never seen since its start, `seen_until` where nothing was measured.
    """

    title: str
    is_running: bool
    last_active_at: datetime | None = None
    seen_until: datetime | None = None


def holding_of(watched: Watched) -> Holding:
    """Return what is told of a deployment beside its owner's other ones."""
    buckets = [bucket for device in watched.devices for bucket in device.buckets]
    return Holding(
        title=watched.title,
        is_running=watched.is_running,
        last_active_at=max((each.last_active_at for each in buckets if each.last_active_at), default=None),
        seen_until=max((each.last_at for each in buckets), default=None),
    )


class Evidence(Frozen):
    """What a judgement rests on, in numbers. A count of samples is over all GPUs; what was not measured is None.

    `gpu_hours` and `share`, 0 to 1, are of what a person held in the window, for findings about persons.
    """

    window_start: datetime
    window_end: datetime
    present: int = 0
    expected: int = 0
    last_active_at: datetime | None = None
    memory_mib: int | None = None
    idle_gpus: int = 0
    gpus: int = 0
    gpu_hours: float | None = None
    share: float | None = None


class Judgement(Frozen):
    """The answer to one question about one deployment; `since` is when a condition that holds began to.

    `reason` says why it is unknown. `is_mild` asks for a softer text: the GPU rests, but something is going on.
    """

    kind: FindingKind
    deployment: DeploymentId
    instance: str
    verdict: Verdict
    since: datetime | None = None
    reason: str = ""
    is_mild: bool = False
    evidence: Evidence | None = None
    policy: str = ""


def shown(judgements: Iterable[Judgement]) -> Judgement | None:
    """Return the one finding about a deployment that its owner is shown, or None."""
    found = {judgement.kind: judgement for judgement in judgements if judgement.verdict is Verdict.YES}
    return next((found[kind] for kind in SHOWN_FIRST if kind in found), None)


def for_administrators(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Return the findings that only an operator can repair."""
    return tuple(
        judgement
        for judgement in judgements
        if judgement.verdict is Verdict.YES and judgement.kind in FOR_ADMINISTRATORS
    )
