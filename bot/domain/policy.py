"""When something about a deployment is worth a word, and to whom: thresholds as data, with their defaults.

A site changes them in its configuration file; each finding names the version of the policy that it was made by.
"""

from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from bot.domain.base import Frozen

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class FindingKind(StrEnum):
    """What can be found about a deployment, a person, or a node."""

    FAILED = "failed, but holding"
    GPU_NEVER_USED = "GPU never used"
    GPU_IDLE = "GPU idle"
    OVER_ETIQUETTE = "over etiquette"
    LONG_RUNNING = "long-running"
    ONE_GPU_IDLE = "one of two GPUs idle"
    QUEUED = "queued too long"
    CPU_IDLE = "CPU idle"
    GPU_HEAVY = "GPU-heavy"
    ZOMBIE = "alive after its stop"
    TELEMETRY_HOLE = "telemetry hole"
    LOST_NODE = "lost node"


SHOWN_FIRST = (
    FindingKind.FAILED,
    FindingKind.GPU_NEVER_USED,
    FindingKind.GPU_IDLE,
    FindingKind.OVER_ETIQUETTE,
    FindingKind.LONG_RUNNING,
    FindingKind.ONE_GPU_IDLE,
    FindingKind.QUEUED,
    FindingKind.CPU_IDLE,
)
"""Of several findings about one deployment its owner is shown the first in this order."""

FOR_ADMINISTRATORS = frozenset({FindingKind.ZOMBIE, FindingKind.TELEMETRY_HOLE, FindingKind.LOST_NODE})
"""What only an operator can repair is never put to users."""


class Workload(StrEnum):
    """What a deployment is for, as far as its service tells: the kinds of work rest differently."""

    BATCH = "batch"
    NOTEBOOK = "notebook"
    SERVICE = "service"


class IdlePolicy(Frozen):
    """When silence in a window counts as idleness. Shares are 0 to 1; `interval` lies between two samples.

    `start_slack` is how much later than the window the samples may begin, `max_age` how old the newest may be. Idleness
    ends with `resumed_samples` active ones within `resumed_within`.
    """

    window: timedelta = DAY
    interval: timedelta = timedelta(seconds=60)
    min_samples: int = 200
    min_coverage: float = 0.8
    max_hole: float = 0.1
    start_slack: timedelta = timedelta(minutes=10)
    max_age: timedelta = timedelta(minutes=5)
    resumed_samples: int = 3
    resumed_within: timedelta = timedelta(minutes=15)


class Cadence(Frozen):
    """How often an unanswered finding is told again: the time from each telling to the next, and then no more.

    After so many tellings, the first of them so long ago, it is for the administrators' list.
    """

    repeats: tuple[timedelta, ...] = (DAY, 3 * DAY, 7 * DAY)
    escalates_after: int = 2
    escalates_age: timedelta = 3 * DAY


_SELDOM = Cadence(repeats=(14 * DAY, 30 * DAY), escalates_after=99)
_WEEKLY = Cadence(repeats=(7 * DAY, 7 * DAY, 7 * DAY), escalates_after=99)
CADENCES: dict[FindingKind, Cadence] = {
    FindingKind.FAILED: Cadence(repeats=(DAY, 3 * DAY), escalates_age=7 * DAY),
    FindingKind.GPU_NEVER_USED: Cadence(),
    FindingKind.GPU_IDLE: Cadence(),
    FindingKind.OVER_ETIQUETTE: _WEEKLY,
    FindingKind.LONG_RUNNING: Cadence(repeats=(7 * DAY, 30 * DAY, 30 * DAY)),
    FindingKind.ONE_GPU_IDLE: _WEEKLY,
    FindingKind.QUEUED: Cadence(repeats=(3 * DAY, 7 * DAY), escalates_after=99),
    FindingKind.CPU_IDLE: _SELDOM,
    FindingKind.GPU_HEAVY: Cadence(repeats=(), escalates_after=99),
}


class Policy(Frozen):
    """All thresholds. A window of time is as long as the condition must have lasted before it is a finding.

    `window_factors` stretch the window of idle GPUs by the kind of work. CPU shares are per cent of the allotment.
    `hole_at_work` is the longest time in which an idle GPU may have gone unseen in the owner's working hours, or within
    `hole_after_work` of its last activity, which may have gone on. `never_used_hole` is the same at any hour of the
    life of one that was never used: a share of a long window would be long enough for somebody to have worked.
    `hole_lately` is the same for the time just before the check, `lately`: waiting that long costs little, and work
    that began unseen is mostly seen by then.
    `cpu_interval` lies between two looks at a CPU without GPUs beside it.
    """

    samples: IdlePolicy = IdlePolicy()
    gpu_warm_up: timedelta = 2 * HOUR
    gpu_idle: timedelta = DAY
    window_factors: dict[Workload, float] = {Workload.BATCH: 0.5, Workload.NOTEBOOK: 1.0, Workload.SERVICE: 3.0}
    gpu_idle_cpu_percent: float = 5.0
    hole_at_work: timedelta = timedelta(minutes=30)
    hole_after_work: timedelta = 4 * HOUR
    hole_lately: timedelta = timedelta(minutes=10)
    lately: timedelta = HOUR
    never_used: timedelta = 6 * HOUR
    never_used_working: timedelta = 3 * HOUR
    never_used_memory_mib: int = 500
    never_used_hole: timedelta = HOUR
    one_gpu_idle: timedelta = 48 * HOUR
    cpu_warm_up: timedelta = DAY
    cpu_idle: timedelta = 7 * DAY
    cpu_idle_percent: float = 2.0
    cpu_interval: timedelta = timedelta(minutes=4)
    courtesy_gpus: int = 2
    courtesy_after: timedelta = DAY
    courtesy_idle: timedelta = 6 * HOUR
    anomaly_gpus: int = 3
    anomaly_after: timedelta = HOUR
    heavy_hours: float = 672.0
    heavy_shares: float = 2.0
    heavy_window: timedelta = 28 * DAY
    long_gpu: timedelta = 30 * DAY
    long_cpu: timedelta = 90 * DAY
    long_batch: timedelta = 14 * DAY
    failed: timedelta = HOUR
    queued_gpu: timedelta = DAY
    queued_cpu: timedelta = HOUR
    zombie: timedelta = timedelta(minutes=15)
    telemetry_coverage: float = 0.5
    telemetry: timedelta = HOUR
    cadences: dict[FindingKind, Cadence] = CADENCES

    @property
    def version(self) -> str:
        """Return a short name for exactly these thresholds; it changes whenever one of them does."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:8]

    def idle_window(self, workload: Workload | None) -> timedelta:
        """Return how long all GPUs must rest; the longest window where nobody knows what the work is."""
        factors = self.window_factors
        factor = factors[workload] if workload in factors else max(factors.values(), default=1.0)
        return self.gpu_idle * factor

    def over(self, window: timedelta) -> IdlePolicy:
        """Return the rules for the samples of a window."""
        return self.samples.model_copy(update={"window": window})

    def over_life(self, age: timedelta) -> IdlePolicy:
        """Return the rules for the samples of a whole run, in which a hole may be no longer than a fixed time."""
        longest = self.never_used_hole / age if age else 1.0
        return self.samples.model_copy(update={"window": age, "max_hole": min(1.0, longest)})

    def over_cpu(self, window: timedelta) -> IdlePolicy:
        """Return the rules for the samples of a CPU without GPUs beside it, which are fewer."""
        return self.samples.model_copy(update={"window": window, "interval": self.cpu_interval})
