"""Whether a deployment uses its GPUs: never, not any more, or only some of them; and whether it uses its CPU."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.findings import Device, Evidence, Judgement, Verdict, Watched, WorkingTime
from bot.domain.idleness import Activity, Answer, judge, why_unknown
from bot.domain.policy import FindingKind, IdlePolicy, Policy
from bot.domain.usage import BUCKET, Window, coverage, within

_ABOVE = 0.05
"""The CPU rests if at most this part of the window is above the threshold: its 95th percentile is below then."""
_UNSEEN = "a GPU cannot be seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """The GPUs of a deployment, each with the answer for one window."""

    watched: Watched
    window: Window
    answers: tuple[tuple[Device, Answer], ...]

    @property
    def activities(self) -> frozenset[Activity]:
        """Return the answers that occur; a GPU that is not there to be judged is unknown."""
        unseen = {Activity.UNKNOWN} if len(self.answers) < self.watched.gpus else set()
        return frozenset({answer.activity for _, answer in self.answers} | unseen)

    @property
    def reason(self) -> str:
        """Return why a GPU's use is unknown."""
        return next((answer.reason for _, answer in self.answers if answer.reason), _UNSEEN)

    @property
    def idle(self) -> tuple[Device, ...]:
        """Return the GPUs that rested in the whole window."""
        return tuple(device for device, answer in self.answers if answer.activity is Activity.IDLE)

    def memory_mib(self) -> int | None:
        """Return the most memory that was held on one GPU; None if nobody told."""
        told = (
            bucket.memory_mib_max
            for device, _ in self.answers
            for bucket in within(device.buckets, self.window)
            if bucket.memory_mib_max is not None
        )
        return max(told, default=None)


def judge_never_used(watched: Watched, *, policy: Policy, now: datetime, working: WorkingTime) -> Judgement:
    """Tell whether no GPU was used since the owner could have: for hours of it running, some of them working hours.

    A GPU with something in its memory is none that was never used.
    """
    kind = FindingKind.GPU_NEVER_USED
    start, begun = watched.clock_start, watched.started_at
    if start is None or begun is None or not _is_old_enough(watched, policy.gpu_warm_up, now):
        return _no(kind, watched)
    if now - start < policy.never_used or working(start, now) < policy.never_used_working:
        return _no(kind, watched)
    look = _look(watched, policy, length=now - begun, now=now)
    if Activity.ACTIVE in look.activities or (look.memory_mib() or 0) > policy.never_used_memory_mib:
        return _no(kind, watched)
    return _told(kind, look, policy, _idle_or_unknown(look), since=begun)


def judge_idle(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether all GPUs rested in the whole window, which begins after the warm-up of the present run.

    The finding is a mild one if the CPU was busy meanwhile.
    """
    kind = FindingKind.GPU_IDLE
    length = policy.idle_window(watched.workload)
    if not _is_old_enough(watched, policy.gpu_warm_up + length, now):
        return _no(kind, watched)
    look = _look(watched, policy, length=length, now=now)
    if Activity.ACTIVE in look.activities:
        return _no(kind, watched)
    verdict, reason = _idle_or_unknown(look), look.reason
    cpu = cpu_activity(watched, percent=policy.gpu_idle_cpu_percent, policy=policy.over(length), now=now)
    if verdict is Verdict.YES and cpu is Activity.UNKNOWN:
        verdict, reason = Verdict.UNKNOWN, "nobody knows what the CPU did"
    since = _rest_since(watched, watched.devices) if verdict is Verdict.YES else None
    return _told(kind, look, policy, verdict, since=since, reason=reason, is_mild=cpu is Activity.ACTIVE)


def judge_one_idle(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether some GPU rested in the whole window while another one was used."""
    kind = FindingKind.ONE_GPU_IDLE
    if watched.gpus <= 1 or not _is_old_enough(watched, policy.gpu_warm_up + policy.one_gpu_idle, now):
        return _no(kind, watched)
    look = _look(watched, policy, length=policy.one_gpu_idle, now=now)
    if {Activity.IDLE, Activity.ACTIVE} <= look.activities:
        return _told(kind, look, policy, Verdict.YES, since=_rest_since(watched, look.idle))
    return _told(kind, look, policy, Verdict.UNKNOWN if Activity.UNKNOWN in look.activities else Verdict.NO)


def judge_cpu_idle(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether a deployment without GPUs hardly used its CPU in the whole window."""
    kind = FindingKind.CPU_IDLE
    if watched.gpus or not _has_run_for(watched, policy.cpu_warm_up + policy.cpu_idle, now):
        return _no(kind, watched)
    rules = policy.over(policy.cpu_idle)
    window = Window(start=now - policy.cpu_idle, end=now)
    verdict = {
        Activity.ACTIVE: Verdict.NO,
        Activity.IDLE: Verdict.YES,
        Activity.UNKNOWN: Verdict.UNKNOWN,
    }[cpu_activity(watched, percent=policy.cpu_idle_percent, policy=rules, now=now)]
    found = coverage(watched.cpu, window, interval=rules.interval)
    return Judgement(
        kind=kind,
        deployment=watched.deployment,
        instance=watched.instance,
        verdict=verdict,
        since=window.start if verdict is Verdict.YES else None,
        reason=why_unknown(found, window, rules) if verdict is Verdict.UNKNOWN else "",
        evidence=Evidence(
            window_start=window.start, window_end=window.end, present=found.present, expected=found.expected
        ),
        policy=policy.version,
    )


def cpu_activity(watched: Watched, *, percent: float, policy: IdlePolicy, now: datetime) -> Activity:
    """Tell whether the 95th percentile of the CPU in the policy's window is above so many per cent of the allotment.

    It is taken over five-minute maxima, which is rather too high than too low.
    """
    window = Window(start=now - policy.window, end=now)
    above = sum(bucket.percent_max >= percent for bucket in within(watched.cpu, window))
    if above > _ABOVE * (window.length / BUCKET):
        return Activity.ACTIVE
    found = coverage(watched.cpu, window, interval=policy.interval)
    return Activity.UNKNOWN if why_unknown(found, window, policy) else Activity.IDLE


def _look(watched: Watched, policy: Policy, *, length: timedelta, now: datetime) -> _Look:
    rules = policy.over(length)
    return _Look(
        watched=watched,
        window=Window(start=now - length, end=now),
        answers=tuple((device, judge(device.buckets, policy=rules, now=now)) for device in watched.devices),
    )


def _idle_or_unknown(look: _Look) -> Verdict:
    return Verdict.UNKNOWN if Activity.UNKNOWN in look.activities else Verdict.YES


def _is_old_enough(watched: Watched, age: timedelta, now: datetime) -> bool:
    return watched.gpus > 0 and _has_run_for(watched, age, now)


def _has_run_for(watched: Watched, age: timedelta, now: datetime) -> bool:
    return watched.is_running and watched.started_at is not None and now - watched.started_at >= age


def _rest_since(watched: Watched, devices: Sequence[Device]) -> datetime | None:
    """Return when the last of these GPUs was seen active in this run, or the start of the run if none was."""
    seen = [bucket.last_active_at for device in devices for bucket in device.buckets if bucket.last_active_at]
    return max([*seen, *([watched.started_at] if watched.started_at else [])], default=None)


def _no(kind: FindingKind, watched: Watched) -> Judgement:
    return Judgement(kind=kind, deployment=watched.deployment, instance=watched.instance, verdict=Verdict.NO)


def _told(
    kind: FindingKind,
    look: _Look,
    policy: Policy,
    verdict: Verdict,
    *,
    since: datetime | None = None,
    reason: str = "",
    is_mild: bool = False,
) -> Judgement:
    covered = [answer.coverage for _, answer in look.answers if answer.coverage is not None]
    active = [answer.last_active_at for _, answer in look.answers if answer.last_active_at is not None]
    return Judgement(
        kind=kind,
        deployment=look.watched.deployment,
        instance=look.watched.instance,
        verdict=verdict,
        since=since if verdict is Verdict.YES else None,
        reason=(reason or look.reason) if verdict is Verdict.UNKNOWN else "",
        is_mild=is_mild and verdict is Verdict.YES,
        evidence=Evidence(
            window_start=look.window.start,
            window_end=look.window.end,
            present=sum(each.present for each in covered),
            expected=sum(each.expected for each in covered),
            last_active_at=max(active, default=None),
            memory_mib=look.memory_mib(),
            idle_gpus=len(look.idle),
            gpus=look.watched.gpus,
        ),
        policy=policy.version,
    )
