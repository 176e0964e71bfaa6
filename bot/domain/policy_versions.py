"""Which version of the policy binds: a changed one only windows of time that begin after it came into force."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.findings import Watched
from bot.domain.operation import PolicyVersion
from bot.domain.policy import FindingKind, Policy

_OF_THE_RUN = frozenset({FindingKind.GPU_NEVER_USED, FindingKind.LONG_RUNNING})


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
    lengths = {
        FindingKind.GPU_IDLE: policy.idle_window(watched.workload),
        FindingKind.ONE_GPU_IDLE: policy.one_gpu_idle,
        FindingKind.CPU_IDLE: policy.cpu_idle,
        FindingKind.OVER_ETIQUETTE: policy.courtesy_after,
        FindingKind.GPU_HEAVY: policy.heavy_window,
        FindingKind.TELEMETRY_HOLE: policy.telemetry,
    }
    if kind in lengths:
        return now - lengths[kind]
    begun = watched.started_at if kind in _OF_THE_RUN else watched.phase_since
    return begun or now
