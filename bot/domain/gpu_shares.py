"""Who holds how many GPUs, and for how long: the second card, more than two, and far more than a fair share."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.base import Frozen
from bot.domain.findings import Evidence, Judgement, Verdict, Watched
from bot.domain.idleness import Activity, judge
from bot.domain.people import Owner
from bot.domain.policy import FindingKind, Policy


class GpuHours(Frozen):
    """How many GPU-hours a person held in the last weeks, platform faults taken off."""

    owner: Owner
    hours: float


class Heavy(Frozen):
    """Somebody who held far more than their share of the GPUs; the shares are parts of what all active people held."""

    owner: Owner
    hours: float
    share: float
    fair_share: float
    policy: str


def judge_etiquette(
    own: Sequence[Watched], *, policy: Policy, now: datetime, somebody_waits: bool | None
) -> Judgement | None:
    """Return the finding about a person's deployments that hold or wait for GPUs, at the newest of them.

    Two are worth a word if one of them rests, or somebody waits for one; more should not be possible at all. None if
    the person has no more than one. `somebody_waits` is None where nobody knows.
    """
    holders = [watched for watched in own if watched.gpus]
    total = sum(watched.gpus for watched in holders)
    if total < policy.courtesy_gpus:
        return None
    newest = max(holders, key=lambda watched: (watched.phase_since or now, watched.deployment))
    since = _since(holders, policy.courtesy_gpus if total < policy.anomaly_gpus else policy.anomaly_gpus)
    if since is None:
        return _judgement(newest, Verdict.UNKNOWN, policy, reason="nobody knows since when")
    if total >= policy.anomaly_gpus:
        verdict = Verdict.YES if now - since >= policy.anomaly_after else Verdict.NO
        return _judgement(newest, verdict, policy, since=since, now=now, gpus=total)
    if now - since < policy.courtesy_after:
        return _judgement(newest, Verdict.NO, policy)
    rests = _resting(holders, policy, now)
    if somebody_waits or rests is Verdict.YES:
        return _judgement(newest, Verdict.YES, policy, since=since, now=now, gpus=total)
    return _judgement(newest, rests, policy, reason="nobody knows whether a GPU rests")


def find_heavy(held: Sequence[GpuHours], *, policy: Policy) -> tuple[Heavy, ...]:
    """Return who held more hours than one GPU has, and a multiple of the fair share; the heaviest first."""
    active = [each for each in held if each.hours > 0]
    total = sum(each.hours for each in active)
    fair = 1 / len(active) if active else 0.0
    found = (
        Heavy(owner=each.owner, hours=each.hours, share=each.hours / total, fair_share=fair, policy=policy.version)
        for each in active
        if each.hours > policy.heavy_hours and each.hours / total >= policy.heavy_shares * fair
    )
    return tuple(sorted(found, key=lambda heavy: -heavy.hours))


def _since(holders: Sequence[Watched], gpus: int) -> datetime | None:
    """Return since when the person has at least so many GPUs, held or waited for; None if nobody knows."""
    times = [(watched.started_at or watched.phase_since, watched.gpus) for watched in holders]
    total = 0
    for since, count in sorted(((since, count) for since, count in times if since is not None)):
        total += count
        if total >= gpus:
            return since
    return None


def _resting(holders: Sequence[Watched], policy: Policy, now: datetime) -> Verdict:
    """Tell whether any GPU of these rested for the hours of the courtesy rule."""
    rules = policy.over(policy.courtesy_idle)
    running = [watched for watched in holders if watched.is_running]
    activities = {judge(device.buckets, policy=rules, now=now).activity for each in running for device in each.devices}
    if Activity.IDLE in activities:
        return Verdict.YES
    is_blind = Activity.UNKNOWN in activities or any(len(each.devices) < each.gpus for each in running)
    return Verdict.UNKNOWN if is_blind else Verdict.NO


def _judgement(
    watched: Watched,
    verdict: Verdict,
    policy: Policy,
    *,
    since: datetime | None = None,
    now: datetime | None = None,
    gpus: int = 0,
    reason: str = "",
) -> Judgement:
    return Judgement(
        kind=FindingKind.OVER_ETIQUETTE,
        deployment=watched.deployment,
        instance=watched.instance,
        verdict=verdict,
        since=since if verdict is Verdict.YES else None,
        reason=reason if verdict is Verdict.UNKNOWN else "",
        evidence=Evidence(window_start=since, window_end=now, gpus=gpus) if since and now else None,
        policy=policy.version,
    )
