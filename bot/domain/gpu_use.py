"""Whether a deployment uses its GPUs: never, not any more, or only some of them; and whether it uses its CPU."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.deployment import Phase
from bot.domain.findings import Device, Evidence, Judgement, Verdict, Watched, WorkingTime
from bot.domain.idleness import Activity, Answer, judge, why_unknown
from bot.domain.policy import FindingKind, IdlePolicy, Policy
from bot.domain.usage import Window, coverage, holes, within

_OUT_OF_REACH = frozenset({Phase.UNREACHABLE, Phase.UNKNOWN})
_AWAY = "its machine does not answer"
_UNSEEN_AT_WORK = "it was not seen for a while in working hours"
_UNSEEN_AFTER_WORK = "it was not seen for a while soon after it had worked"
_UNSEEN_LATELY = "it was not seen for a while just now"
_ABOVE = 0.05
"""The CPU rests if at most this part of its samples is above the threshold: their 95th percentile is below then."""
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
    if watched.gpus and watched.phase in _OUT_OF_REACH:
        return _away(kind, watched, policy)
    start, begun = watched.clock_start, watched.started_at
    if start is None or begun is None or now - start < policy.never_used:
        return _no(kind, watched)
    if not _is_old_enough(watched, policy.gpu_warm_up, now):
        return _no(kind, watched)
    look = _look(watched, policy.over_life(now - begun), now=now)
    memory = look.memory_mib()
    is_used = Activity.ACTIVE in look.activities or (memory or 0) > policy.never_used_memory_mib
    if is_used or working(start, now) < policy.never_used_working:
        return _no(kind, watched)
    verdict, reason = _idle_or_unknown(look), look.reason
    if verdict is Verdict.YES and memory is None:
        verdict, reason = Verdict.UNKNOWN, "nobody told its memory"
    if verdict is Verdict.YES and _is_unseen_lately(look, policy):
        verdict, reason = Verdict.UNKNOWN, _UNSEEN_LATELY
    return _told(kind, look, policy, verdict, since=begun, reason=reason)


def judge_idle(watched: Watched, *, policy: Policy, now: datetime, working: WorkingTime | None = None) -> Judgement:
    """Tell whether all GPUs rested in the whole window, which begins after the warm-up of the present run.

    The finding is a mild one if the CPU was busy meanwhile. With `working` there may be no long hole in working hours.
    """
    kind = FindingKind.GPU_IDLE
    if watched.gpus and watched.phase in _OUT_OF_REACH:
        return _away(kind, watched, policy)
    length = policy.idle_window(watched.workload)
    if not _is_old_enough(watched, policy.gpu_warm_up + length, now):
        return _no(kind, watched)
    look = _look(watched, policy.over(length), now=now)
    if Activity.ACTIVE in look.activities:
        return _no(kind, watched)
    verdict, reason = _idle_or_unknown(look), look.reason
    if verdict is Verdict.YES and (unseen := _why_unseen(look, policy, working)):
        verdict, reason = Verdict.UNKNOWN, unseen
    cpu = cpu_activity(watched, policy=policy.over(length), now=now)
    if verdict is Verdict.YES and cpu is Activity.UNKNOWN:
        verdict, reason = Verdict.UNKNOWN, "nobody knows what the CPU did"
    since = _rest_since(watched, watched.devices) if verdict is Verdict.YES else None
    return _told(kind, look, policy, verdict, since=since, reason=reason, is_mild=cpu is Activity.ACTIVE)


def judge_one_idle(watched: Watched, *, policy: Policy, now: datetime, working: WorkingTime | None = None) -> Judgement:
    """Tell whether some GPU rested in the whole window while another one was used."""
    kind = FindingKind.ONE_GPU_IDLE
    if watched.gpus > 1 and watched.phase in _OUT_OF_REACH:
        return _away(kind, watched, policy)
    if watched.gpus <= 1 or not _is_old_enough(watched, policy.gpu_warm_up + policy.one_gpu_idle, now):
        return _no(kind, watched)
    look = _look(watched, policy.over(policy.one_gpu_idle), now=now)
    if {Activity.IDLE, Activity.ACTIVE} <= look.activities:
        if unseen := _why_unseen(look, policy, working):
            return _told(kind, look, policy, Verdict.UNKNOWN, reason=unseen)
        return _told(kind, look, policy, Verdict.YES, since=_rest_since(watched, look.idle))
    return _told(kind, look, policy, Verdict.UNKNOWN if Activity.UNKNOWN in look.activities else Verdict.NO)


def judge_cpu_idle(watched: Watched, *, policy: Policy, now: datetime) -> Judgement:
    """Tell whether a deployment without GPUs hardly used its CPU in the whole window."""
    kind = FindingKind.CPU_IDLE
    if not watched.gpus and watched.phase in _OUT_OF_REACH:
        return _away(kind, watched, policy)
    if watched.gpus or not _has_run_for(watched, policy.cpu_warm_up + policy.cpu_idle, now):
        return _no(kind, watched)
    rules = policy.over_cpu(policy.cpu_idle)
    window = Window(start=now - policy.cpu_idle, end=now)
    verdict = {
        Activity.ACTIVE: Verdict.NO,
        Activity.IDLE: Verdict.YES,
        Activity.UNKNOWN: Verdict.UNKNOWN,
    }[cpu_activity(watched, policy=rules, now=now)]
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


def cpu_activity(watched: Watched, *, policy: IdlePolicy, now: datetime) -> Activity:
    """Tell whether more than a twentieth of the CPU's samples in the policy's window are active.

    A sample was called active, when it was taken, if it was above the per cent of the allotment that a CPU at rest
    stays below: then its 95th percentile is above that, too.
    """
    window = Window(start=now - policy.window, end=now)
    seen = list(within(watched.cpu, window))
    if sum(bucket.active for bucket in seen) > _ABOVE * (window.length / policy.interval):
        return Activity.ACTIVE
    if why_unknown(coverage(watched.cpu, window, interval=policy.interval), window, policy):
        return Activity.UNKNOWN
    is_busy = sum(bucket.active for bucket in seen) > _ABOVE * sum(bucket.present for bucket in seen)
    return Activity.ACTIVE if is_busy else Activity.IDLE


def _look(watched: Watched, rules: IdlePolicy, *, now: datetime) -> _Look:
    return _Look(
        watched=watched,
        window=Window(start=now - rules.window, end=now),
        answers=tuple((device, judge(device.buckets, policy=rules, now=now)) for device in watched.devices),
    )


def _why_unseen(look: _Look, policy: Policy, working: WorkingTime | None) -> str:
    """Return why a hole may hide work: it is a long one while people work, or soon after the GPU did.

    A short session fits into such a hole, and so does the end of a long one.
    """
    if _is_unseen_lately(look, policy):
        return _UNSEEN_LATELY
    for device in look.idle:
        active = [bucket.last_active_at for bucket in device.buckets if bucket.last_active_at is not None]
        for hole in holes(device.buckets, look.window):
            if hole.length <= policy.hole_at_work:
                continue
            if working is not None and working(hole.start, hole.end) > policy.hole_at_work:
                return _UNSEEN_AT_WORK
            if any(timedelta(0) <= hole.start - at <= policy.hole_after_work for at in active):
                return _UNSEEN_AFTER_WORK
    return ""


def _is_unseen_lately(look: _Look, policy: Policy) -> bool:
    """Tell whether there is a hole of some minutes in the last hour: what began in it is often seen again soon."""
    since = look.window.end - policy.lately
    return any(
        hole.end > since and hole.length > policy.hole_lately
        for device, _ in look.answers
        for hole in holes(device.buckets, look.window)
    )


def _away(kind: FindingKind, watched: Watched, policy: Policy) -> Judgement:
    return Judgement(
        kind=kind,
        deployment=watched.deployment,
        instance=watched.instance,
        verdict=Verdict.UNKNOWN,
        reason=_AWAY,
        policy=policy.version,
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
