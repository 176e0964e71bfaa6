"""What a deployment's state says by itself: failed but holding, waiting, running for long, alive after its stop."""

from datetime import datetime, timedelta

from bot.domain.deployment import Phase
from bot.domain.findings import Evidence, Judgement, Verdict, Watched
from bot.domain.policy import FindingKind, IdlePolicy, Policy, Workload
from bot.domain.usage import Bucket, Window, coverage

_FAILED = frozenset({Phase.FAILED, Phase.LOST})
_WAITING = frozenset({Phase.QUEUED, Phase.IMPOSSIBLE, Phase.SCHEDULING, Phase.RETRYING})
_AWAY = "its machine does not answer"
_OUT_OF_REACH = frozenset({Phase.UNREACHABLE, Phase.UNKNOWN})


def judge_failed(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether it has failed long enough for its logs to be read, and still counts against its owner's limits."""
    if watched.phase in _OUT_OF_REACH and not watched.is_stopped:
        return _answer(FindingKind.FAILED, watched, Verdict.UNKNOWN, policy=policy, reason=_AWAY)
    has_failed = watched.phase in _FAILED and not watched.is_stopped
    return _lasting(FindingKind.FAILED, watched, is_so=has_failed, window=policy.failed, policy=policy, now=now)


def judge_queued(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether it has waited for its hardware for too long."""
    if watched.phase is Phase.UNKNOWN and not watched.is_stopped:
        return _answer(FindingKind.QUEUED, watched, Verdict.UNKNOWN, policy=policy, reason=_AWAY)
    waits = watched.phase in _WAITING and not watched.is_stopped
    window = policy.queued_gpu if watched.gpus else policy.queued_cpu
    return _lasting(FindingKind.QUEUED, watched, is_so=waits, window=window, policy=policy, now=now)


def judge_zombie(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether it still holds its hardware though it was stopped, on a node that answers."""
    kind = FindingKind.ZOMBIE
    if not (watched.is_stopped and watched.holds):
        return _answer(kind, watched, Verdict.NO, policy=policy)
    if watched.is_node_connected is None or not watched.is_node_connected:
        return _answer(kind, watched, Verdict.UNKNOWN, policy=policy, reason=_AWAY)
    return _lasting(kind, watched, is_so=True, window=policy.zombie, policy=policy, now=now)


def judge_long_running(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether it has run for so long that one may ask whether it is still needed; use does not matter."""
    kind = FindingKind.LONG_RUNNING
    if watched.phase in _OUT_OF_REACH:
        return _answer(kind, watched, Verdict.UNKNOWN, policy=policy, reason=_AWAY)
    age = _longest(watched, policy)
    if not watched.is_running or watched.started_at is None or now - watched.started_at < age:
        return _answer(kind, watched, Verdict.NO, policy=policy)
    return _answer(kind, watched, Verdict.YES, policy=policy, since=watched.started_at, now=now)


def judge_telemetry(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether so little is known of its GPUs that nothing could be said about their use."""
    kind = FindingKind.TELEMETRY_HOLE
    if not watched.gpus or not watched.is_running or watched.started_at is None:
        return _answer(kind, watched, Verdict.NO, policy=policy)
    if now - watched.started_at < policy.telemetry:
        return _answer(kind, watched, Verdict.NO, policy=policy)
    rules, window = policy.over(policy.telemetry), Window(start=now - policy.telemetry, end=now)
    shares = [_share(device.buckets, window, rules) for device in watched.devices]
    shares += [0.0] * (watched.gpus - len(shares))
    if min(shares) >= policy.telemetry_coverage:
        return _answer(kind, watched, Verdict.NO, policy=policy)
    return _answer(kind, watched, Verdict.YES, policy=policy, since=window.start, now=now)


def judge_lost_node(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether its machine has been out of reach for too long."""
    is_away = watched.phase is Phase.UNREACHABLE
    return _lasting(FindingKind.LOST_NODE, watched, is_so=is_away, window=policy.telemetry, policy=policy, now=now)


def _longest(watched: Watched, policy: Policy) -> timedelta:
    if watched.workload is Workload.BATCH:
        return policy.long_batch
    return policy.long_gpu if watched.gpus else policy.long_cpu


def _share(buckets: tuple[Bucket, ...], window: Window, rules: IdlePolicy) -> float:
    return coverage(buckets, window, interval=rules.interval).share


def _lasting(
    kind: FindingKind, watched: Watched, *, is_so: bool, window: timedelta, policy: Policy, now: datetime
) -> Judgement:
    """Answer yes once a condition has lasted for its window; unknown if nobody knows since when it has."""
    if not is_so:
        return _answer(kind, watched, Verdict.NO, policy=policy)
    since = watched.phase_since
    if since is None:
        return _answer(kind, watched, Verdict.UNKNOWN, policy=policy, reason="nobody knows since when")
    if now - since < window:
        return _answer(kind, watched, Verdict.NO, policy=policy)
    return _answer(kind, watched, Verdict.YES, policy=policy, since=since, now=now)


def _answer(
    kind: FindingKind,
    watched: Watched,
    verdict: Verdict,
    *,
    policy: Policy,
    since: datetime | None = None,
    reason: str = "",
    now: datetime | None = None,
) -> Judgement:
    evidence = Evidence(window_start=since, window_end=now, gpus=watched.gpus) if since and now else None
    return Judgement(
        kind=kind,
        deployment=watched.deployment,
        instance=watched.instance,
        verdict=verdict,
        since=since,
        reason=reason,
        evidence=evidence,
        policy=policy.version,
    )
