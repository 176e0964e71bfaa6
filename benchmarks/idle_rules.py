"""The rules that a backtest compares: ours, ours with one safeguard taken away, and those of others."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate

from benchmarks.traces import Pod
from bot.domain.idleness import Activity, has_resumed, judge
from bot.domain.policy import IdlePolicy, Policy
from bot.domain.usage import Bucket, Rest, Sample, fold

Judge = Callable[[datetime], Activity]
"""Says what a rule sees at a moment, from what came before it."""
Resumed = Callable[[datetime, datetime], bool]
"""Says whether a flag that was raised at the first moment is over at the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A rule at work on one pod."""

    judge: Judge
    is_over: Resumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule with the name that it has in the table; `watch` puts it to work on a pod as old as its window."""

    name: str
    window: timedelta
    watch: Callable[[Pod], Watch]


def ours(hours: float, *, interval: timedelta) -> Rule:
    """Return our rule with a window of so many hours."""
    policy = IdlePolicy(window=timedelta(hours=hours), interval=interval)
    return Rule(name=f"ours, {hours:g} h", window=policy.window, watch=lambda pod: _watch_by(policy, pod.samples))


def never_used(hours: float, *, interval: timedelta) -> Rule:
    """Return our rule for GPUs that were not used since the start, judged once that is so many hours ago."""
    policy = IdlePolicy(window=timedelta(hours=hours), interval=interval)

    def watch(pod: Pod) -> Watch:
        buckets = _Buckets(pod.samples)

        def look(now: datetime) -> Activity:
            life = Policy(samples=policy).over_life(now - pod.start)
            return judge(buckets.until(now), policy=life, now=now).activity

        return Watch(judge=look, is_over=lambda since, now: has_resumed(buckets.until(now), since=since, policy=policy))

    return Rule(name=f"ours, never used, {hours:g} h", window=policy.window, watch=watch)


def ours_with_missing_as_zero(hours: float, *, interval: timedelta) -> Rule:
    """Return our rule as it would be if a sample that is not there meant no use."""
    policy = IdlePolicy(window=timedelta(hours=hours), interval=interval)
    return Rule(
        name=f"ours, {hours:g} h, missing = zero",
        window=policy.window,
        watch=lambda pod: _watch_by(policy, _filled(pod.samples, interval)),
    )


def ours_by_mean(hours: float, *, interval: timedelta, percent: float = 5) -> Rule:
    """Return our rule as it would be with a low mean instead of no active sample."""
    policy = IdlePolicy(window=timedelta(hours=hours), interval=interval)

    def watch(pod: Pod) -> Watch:
        history = _History(pod.samples)
        quiet = _watch_by(policy, [replace(sample, percent=0.0) for sample in pod.samples])

        def look(now: datetime) -> Activity:
            covered = quiet.judge(now)  # the safeguards of coverage alone
            if covered is not Activity.IDLE:
                return covered
            return Activity.IDLE if history.mean(now - policy.window, now) < percent else Activity.ACTIVE

        return _until_active(look)

    return Rule(name=f"ours, {hours:g} h, mean < {percent:g} %", window=policy.window, watch=watch)


def low_mean(hours: float, *, percent: float) -> Rule:
    """Return the rule of a mean under a threshold; samples that are not there are left out of it."""
    window = timedelta(hours=hours)

    def watch(pod: Pod) -> Watch:
        history = _History(pod.samples)

        def look(now: datetime) -> Activity:
            since = now - window
            if not history.count(since, now):
                return Activity.UNKNOWN
            return Activity.IDLE if history.mean(since, now) < percent else Activity.ACTIVE

        return _until_active(look)

    return Rule(name=f"mean < {percent:g} % for {hours:g} h", window=window, watch=watch)


def all_zero(hours: float, *, name: str) -> Rule:
    """Return the rule of a maximum of exactly zero in a sliding window."""
    window = timedelta(hours=hours)
    return Rule(
        name=name,
        window=window,
        watch=lambda pod: _until_active(_zero_since(pod, lambda now: now - window)),
    )


def all_zero_since_start(hours: float) -> Rule:
    """Return the rule of nothing but zeros from the start until so many hours later."""
    return Rule(
        name=f"all zero for {hours:g} h since start",
        window=timedelta(hours=hours),
        watch=lambda pod: _until_active(_zero_since(pod, lambda _now: pod.start)),
    )


def _zero_since(pod: Pod, since: Callable[[datetime], datetime]) -> Judge:
    history = _History(pod.samples)

    def look(now: datetime) -> Activity:
        start = since(now)
        if not history.count(start, now):
            return Activity.UNKNOWN
        return Activity.ACTIVE if history.above_zero(start, now) else Activity.IDLE

    return look


def _until_active(look: Judge) -> Watch:
    return Watch(judge=look, is_over=lambda _since, now: look(now) is Activity.ACTIVE)


def _watch_by(policy: IdlePolicy, samples: Sequence[Sample]) -> Watch:
    buckets = _Buckets(samples)
    return Watch(
        judge=lambda now: judge(buckets.until(now), policy=policy, now=now).activity,
        is_over=lambda since, now: has_resumed(buckets.until(now), since=since, policy=policy),
    )


def _filled(samples: Sequence[Sample], interval: timedelta) -> list[Sample]:
    """Put a zero wherever a sample should be and is not."""
    filled: list[Sample] = []
    for sample in samples:
        while filled and sample.at - filled[-1].at > 1.5 * interval:
            filled.append(replace(sample, at=filled[-1].at + interval, percent=0.0))
        filled.append(sample)
    return filled


class _Buckets:
    """A pod's samples as buckets, of which a rule sees those that are over by now."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._buckets = fold(samples, rest=Rest())
        self._starts = [bucket.start for bucket in self._buckets]

    def until(self, now: datetime) -> Sequence[Bucket]:
        """Return the buckets that began before now; whoever asks does so at a bucket's end."""
        return self._buckets[: bisect_left(self._starts, now)]


class _History:
    """Sums over a pod's samples, so that any window is asked at once."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        told = [(sample.at, sample.percent) for sample in samples if sample.percent is not None]
        self._times = [at for at, _ in told]
        self._totals = [0.0, *accumulate(percent for _, percent in told)]
        self._above_zero = [0, *accumulate(int(percent > 0) for _, percent in told)]

    def count(self, start: datetime, end: datetime) -> int:
        """Return how many samples there are from start until before end."""
        first, last = self._span(start, end)
        return last - first

    def mean(self, start: datetime, end: datetime) -> float:
        """Return the mean of the samples from start until before end; there must be one."""
        first, last = self._span(start, end)
        return (self._totals[last] - self._totals[first]) / (last - first)

    def above_zero(self, start: datetime, end: datetime) -> int:
        """Return how many samples from start until before end are not zero."""
        first, last = self._span(start, end)
        return self._above_zero[last] - self._above_zero[first]

    def _span(self, start: datetime, end: datetime) -> tuple[int, int]:
        return bisect_left(self._times, start), bisect_left(self._times, end)
