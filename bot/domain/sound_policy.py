"""Whether a policy can work at all: thresholds that contradict each other would be silent, or loud, for ever."""

from collections.abc import Iterator
from datetime import timedelta

from bot.domain.held_hours import KEPT_DAYS
from bot.domain.policy import IdlePolicy, Policy, Workload
from bot.domain.usage import BUCKET

LONGEST = timedelta(days=365)
"""Hours of use are kept a little longer than that."""
_MAY_BE_NOTHING = frozenset({"gpu_warm_up", "cpu_warm_up", "never_used_working", "courtesy_after", "anomaly_after"})


def contradictions(policy: Policy) -> Iterator[str]:
    """Return what is wrong with a policy, each as a sentence with the mend; the keys are those of the file."""
    yield from _bad_spans(policy)
    yield from _bad_numbers(policy)
    for name, window, interval in _windows(policy):
        yield from _bad_window(name, window, interval, policy.samples)
    yield from _bad_intervals(policy)
    if policy.heavy_window > timedelta(days=KEPT_DAYS - 4):
        yield f"heavy_window is longer than {KEPT_DAYS - 4} days, for which held GPU-hours are kept. Make it shorter."


def _bad_spans(policy: Policy) -> Iterator[str]:
    spans = {name: value for name, value in policy if isinstance(value, timedelta)}
    spans |= {f"samples.{name}": value for name, value in policy.samples if isinstance(value, timedelta)}
    for kind, cadence in policy.cadences.items():
        name = f"cadences.{kind.name.lower()}"
        spans[f"{name}.escalates_age"] = cadence.escalates_age
        spans |= {f"{name}.repeats": repeat for repeat in cadence.repeats}
    for name, span in spans.items():
        least = timedelta(0) if name in _MAY_BE_NOTHING else timedelta(seconds=1)
        if not least <= span <= LONGEST:
            yield f"{name} is {_words(span)}. Give a length of time up to {LONGEST.days} days, such as 30m, 24h or 7d."


def _bad_numbers(policy: Policy) -> Iterator[str]:
    shares = {
        "samples.min_coverage": policy.samples.min_coverage,
        "samples.max_hole": policy.samples.max_hole,
        "telemetry_coverage": policy.telemetry_coverage,
    }
    for name, share in shares.items():
        if not 0 < share <= 1:
            yield f"{name} is {share:g}. Give a share above 0, and 1 at most."
    percents = {"gpu_idle_cpu_percent": policy.gpu_idle_cpu_percent, "cpu_idle_percent": policy.cpu_idle_percent}
    for name, percent in percents.items():
        if not 0 < percent <= 100:  # noqa: PLR2004 - per cent
            yield f"{name} is {percent:g}. Give a percentage above 0, and 100 at most."
    for workload, factor in policy.window_factors.items():
        if not 0 < factor <= 100:  # noqa: PLR2004 - far beyond any sense
            yield f"window_factors.{workload} is {factor:g}. Give a number above 0, and 100 at most."
    if policy.samples.min_samples < 1 or policy.samples.resumed_samples < 1:
        yield "samples.min_samples and samples.resumed_samples count readings. Give 1 or more."
    if not 1 <= policy.courtesy_gpus < policy.anomaly_gpus:
        yield "courtesy_gpus must be at least 1, and less than anomaly_gpus. Give two such numbers."


def _bad_window(name: str, window: timedelta, interval: timedelta, samples: IdlePolicy) -> Iterator[str]:
    """Return why a window could never be covered, whatever was told."""
    most = int(window / interval) if interval > timedelta(0) else 0
    if most < samples.min_samples:
        yield (
            f"{name} is {_words(window)}, in which there are {most} readings at most, and samples.min_samples asks for"
            f" {samples.min_samples}. Make the window longer or min_samples smaller."
        )
    elif window * samples.max_hole < interval:
        yield (
            f"{name} is {_words(window)}, of which samples.max_hole leaves less than the time between two readings."
            " Make the window longer or max_hole larger."
        )


def _bad_intervals(policy: Policy) -> Iterator[str]:
    samples = policy.samples
    if policy.cpu_interval < samples.interval:
        yield "cpu_interval is shorter than samples.interval, the time between two rounds. Make it as long at least."
    if policy.cpu_interval > samples.max_age:
        yield (
            "samples.max_age is shorter than cpu_interval, so that the newest reading of a CPU would mostly be too old."
            " Make it longer, or cpu_interval shorter."
        )
    if not timedelta(seconds=10) <= samples.interval <= timedelta(minutes=30):
        yield f"samples.interval is {_words(samples.interval)}. Give a length of time from 10s to 30m."
    if samples.resumed_within < BUCKET or samples.resumed_samples * samples.interval > samples.resumed_within:
        yield (
            "samples.resumed_within is too short for samples.resumed_samples readings, or than five minutes."
            " Make it longer."
        )
    if policy.telemetry < 2 * samples.interval:
        yield "telemetry is shorter than two readings are apart. Make it longer."


def _windows(policy: Policy) -> Iterator[tuple[str, timedelta, timedelta]]:
    interval = policy.samples.interval
    for workload in Workload:
        yield f"gpu_idle for {workload} work", policy.idle_window(workload), interval
    yield "never_used", policy.never_used, interval
    yield "one_gpu_idle", policy.one_gpu_idle, interval
    yield "courtesy_idle", policy.courtesy_idle, interval
    yield "cpu_idle", policy.cpu_idle, policy.cpu_interval


def _words(span: timedelta) -> str:
    seconds = span.total_seconds()
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"
