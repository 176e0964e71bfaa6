"""Which version of the policy binds: a changed one only windows of time that begin after it came into force."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.findings import Watched
from bot.domain.operation import PolicyVersion
from bot.domain.policy import FindingKind, Policy


def policy_for(kind: FindingKind, watched: Watched, policies: Sequence[PolicyVersion], *, now: datetime) -> Policy:
    """Return the newest policy whose own window for this kind began after it came into force, or else the oldest.

    `policies` are those that have been in force, the newest first, at least one.
    """
    for version in policies[:-1]:
        if window_start(kind, watched, version.policy, now=now) >= version.active_from:
            return version.policy
    return policies[-1].policy


def window_start(kind: FindingKind, watched: Watched, policy: Policy, *, now: datetime) -> datetime:
    """Return since when a policy looks at a deployment for this kind of finding."""
    match kind:
        case FindingKind.GPU_NEVER_USED | FindingKind.LONG_RUNNING:
            return watched.started_at or now
        case FindingKind.GPU_IDLE:
            return now - policy.idle_window(watched.workload)
        case FindingKind.ONE_GPU_IDLE:
            return now - policy.one_gpu_idle
        case FindingKind.CPU_IDLE:
            return now - policy.cpu_idle
        case FindingKind.OVER_ETIQUETTE:
            return now - policy.courtesy_after
        case FindingKind.GPU_HEAVY:
            return now - policy.heavy_window
        case FindingKind.TELEMETRY_HOLE:
            return now - policy.telemetry
        case FindingKind.FAILED | FindingKind.QUEUED | FindingKind.ZOMBIE | FindingKind.LOST_NODE:
            return watched.phase_since or now
