"""The backtest once more, the slow and obvious way: sample by sample, without buckets, sums or searches."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from benchmarks.traces import Pod
from bot.domain.usage import Sample

STEP = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
Look = Callable[[Pod, datetime], str]


def moments(pod: Pod, window: timedelta) -> list[datetime]:
    """Return every full five minutes from the pod's first window on until its last sample."""
    now = pod.start.replace(minute=0, second=0, microsecond=0)
    found = []
    while now <= pod.end:
        if now >= pod.start + window:
            found.append(now)
        now += STEP
    return found


def flags(
    pods: Sequence[Pod], window: timedelta, look: Look, is_over: Callable[[Pod, datetime, datetime], bool]
) -> list[tuple[str, datetime]]:
    """Return when which pod is flagged; a flag stays up until it is over."""
    found = []
    for pod in pods:
        since = None
        for now in moments(pod, window):
            if since is not None and is_over(pod, since, now):
                since = None
            elif since is None and look(pod, now) == "idle":
                since = now
                found.append((pod.name, now))
    return found


def unknown(pods: Sequence[Pod], window: timedelta, look: Look) -> int:
    """Return how many looks had no answer."""
    return sum(look(pod, now) == "unknown" for pod in pods for now in moments(pod, window))


def inside(pod: Pod, start: datetime, end: datetime) -> list[tuple[datetime, float]]:
    """Return the times and percentages that were told from start until before end."""
    return [(each.at, each.percent) for each in pod.samples if each.percent is not None and start <= each.at < end]


def ours(window: timedelta, interval: timedelta) -> Look:
    """Return our rule."""

    def look(pod: Pod, now: datetime) -> str:
        told = inside(pod, now - window, now)
        if any(percent > 1 for _, percent in told):
            return "active"
        return "idle" if is_covered([at for at, _ in told], now - window, now, interval) else "unknown"

    return look


def is_covered(times: list[datetime], start: datetime, end: datetime, interval: timedelta) -> bool:
    """Tell whether readings cover a window: enough of them, from its beginning to its end, without a large hole."""
    if len(times) < 200 or len(times) < 0.8 * round((end - start) / interval):
        return False
    largest = max(later - earlier for earlier, later in pairwise([start, *times, end]))
    return times[0] - start <= 10 * MINUTE and end - times[-1] <= 5 * MINUTE and largest <= 0.1 * (end - start)


def ours_by_mean(window: timedelta, interval: timedelta) -> Look:
    """Return our rule with a mean below 5 % in place of no activity."""

    def look(pod: Pod, now: datetime) -> str:
        told = inside(pod, now - window, now)
        if not is_covered([at for at, _ in told], now - window, now, interval):
            return "unknown"
        return "idle" if sum(percent for _, percent in told) / len(told) < 5 else "active"

    return look


def low_mean(window: timedelta, percent: float) -> Look:
    """Return the rule of a low mean of whatever was told."""

    def look(pod: Pod, now: datetime) -> str:
        told = [value for _, value in inside(pod, now - window, now)]
        if not told:
            return "unknown"
        return "idle" if sum(told) / len(told) < percent else "active"

    return look


def all_zero(since: Callable[[Pod, datetime], datetime]) -> Look:
    """Return the rule of nothing but zeros from a moment on."""

    def look(pod: Pod, now: datetime) -> str:
        told = [value for _, value in inside(pod, since(pod, now), now)]
        if not told:
            return "unknown"
        return "active" if any(value > 0 for value in told) else "idle"

    return look


def burst(pod: Pod, since: datetime, now: datetime) -> bool:
    """Tell whether three samples within fifteen minutes, full five minutes each, were active since then."""
    actives = [at for at, percent in inside(pod, since, now) if percent > 1]
    starts = [at - timedelta(seconds=at.timestamp() % STEP.total_seconds()) for at in actives]
    return any(sum(start <= at < start + 3 * STEP for at in actives) >= 3 for start in starts)


def filled(pod: Pod, interval: timedelta) -> Pod:
    """Return the pod with a zero wherever a sample is missing between two others."""
    samples: list[Sample] = []
    for sample in pod.samples:
        while samples and sample.at - samples[-1].at > 1.5 * interval:
            samples.append(Sample(at=samples[-1].at + interval, percent=0.0))
        samples.append(sample)
    return Pod(name=pod.name, samples=tuple(samples))
