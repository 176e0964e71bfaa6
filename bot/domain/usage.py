"""How a GPU or the CPU is used: samples, folded into five-minute buckets, and how well these cover a window of time.

A sample that is missing is missing: it makes a window less covered, and never quieter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil
from typing import TypeVar

from bot.domain.base import Frozen

BUCKET = timedelta(minutes=5)
HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)

T = TypeVar("T", int, float, datetime)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look at a GPU, or at the CPU of a deployment; what was not told is None, never 0.

    `percent` is a GPU's utilisation over about the last second, or the used part of the CPU that was allotted, 0 to
    100. Power in watts and the memory held in MiB are a GPU's.
    """

    at: datetime
    percent: float | None
    power_watts: float | None = None
    memory_mib: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Five minutes, or an hour, of one series: how many samples there are, how many were active, and the extremes.

    `start` is a multiple of `length` since the epoch; `expected` counts the samples that a collector without faults
    would have, None where nobody noted it. `first_at`, `last_at` and `last_active_at` are the times of
    samples that are present. A maximum is None if nobody told the value.
    """

    start: datetime
    present: int
    active: int
    first_at: datetime
    last_at: datetime
    last_active_at: datetime | None = None
    percent_max: float = 0.0
    power_watts_max: float | None = None
    memory_mib_max: int | None = None
    length: timedelta = BUCKET
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of time, its end excluded."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Return how long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How well samples cover a window; `expected` counts the samples that a collector without faults would have."""

    present: int
    expected: int
    first_at: datetime | None
    last_at: datetime | None
    largest_hole: timedelta

    @property
    def share(self) -> float:
        """Return the part of the expected samples that is there, 0 to 1."""
        return min(1.0, self.present / self.expected) if self.expected else 0.0


class Rest(Frozen):
    """What a GPU, or a CPU, at rest shows: less than this is no activity. Percentages are 0 to 100.

    Above `noise_percent` it is active, and so it is above `idle_watts`, where the power of its model at rest is known:
    kernels may run between two looks. A counter's flicker, up to `flicker_percent` at the power of rest, is none.
    """

    noise_percent: float = 1.0
    flicker_percent: float = 3.0
    idle_watts: float | None = None

    def is_active(self, percent: float, watts: float | None) -> bool:
        """Tell whether a sample shows activity."""
        if self.idle_watts is None or watts is None:
            return percent > self.noise_percent
        return watts > self.idle_watts or percent > self.flicker_percent


def fold(samples: Iterable[Sample], *, rest: Rest, expected: int | None = None) -> tuple[Bucket, ...]:
    """Fold samples in the order of time into buckets; those without a utilisation are missing.

    `expected` is how many samples five minutes have when nothing fails.
    """
    told = (sample for sample in samples if sample.percent is not None)
    return tuple(_bucket(start, tuple(group), rest, expected) for start, group in groupby(told, key=_start))


def within(buckets: Sequence[Bucket], window: Window) -> Iterator[Bucket]:
    """Return the buckets that lie in the window, if only with a part, the newest first."""
    for bucket in reversed(buckets):
        if bucket.start + bucket.length <= window.start:
            return
        if bucket.start < window.end:
            yield bucket


def coverage(buckets: Sequence[Bucket], window: Window, *, interval: timedelta) -> Coverage:
    """Tell how well the buckets, in the order of time, cover the window, if a sample was due in every interval.

    The largest hole is the longest time without a sample, also at both ends of the window; what lies within five
    minutes is too short to matter, and of what an hour hides the worst is assumed.
    """
    seen = list(within(buckets, window))
    return Coverage(
        present=sum(_present_in(bucket, window) for bucket in seen),
        expected=round(window.length / interval),
        first_at=max(seen[-1].first_at, window.start) if seen else None,
        last_at=seen[0].last_at if seen else None,
        largest_hole=max((hole.length for hole in holes(buckets, window)), default=window.length),
    )


def holes(buckets: Sequence[Bucket], window: Window) -> Iterator[Window]:
    """Return the spans of the window without any sample, the newest first, also those at its two ends.

    Where samples are missing in an hour, it is as if they were missing in a row.
    """
    after = window.end
    for bucket in within(buckets, window):
        yield Window(start=min(bucket.last_at, after), end=after)
        hidden = _hidden_hole(bucket)
        if hidden > timedelta(0):
            yield Window(start=bucket.last_at - hidden, end=bucket.last_at)
        after = bucket.first_at
    if after > window.start:
        yield Window(start=window.start, end=after)


def last_active(buckets: Sequence[Bucket], window: Window) -> datetime | None:
    """Return when activity was last seen in the window, or None if none was."""
    seen = (bucket.last_active_at for bucket in within(buckets, window) if bucket.active)
    return next((at for at in seen if at is not None and at >= window.start), None)


def cut(buckets: Sequence[Bucket], start: datetime) -> tuple[Bucket, ...]:
    """Return what buckets, in the order of time, say of the time from a moment on.

    Of one that begins before it, what may belong to either side is taken for activity, and not for a sample.
    """
    kept = within(buckets, Window(start=start, end=datetime.max.replace(tzinfo=start.tzinfo)))
    parts = (bucket if bucket.first_at >= start else _later_part(bucket, start) for bucket in kept)
    return tuple(part for part in parts if part is not None)[::-1]


def condense(buckets: Iterable[Bucket]) -> tuple[Bucket, ...]:
    """Fold five-minute buckets of one series, in the order of time, into hours."""
    return tuple(
        _hour(start, tuple(group)) for start, group in groupby(buckets, key=lambda each: floor(each.start, HOUR))
    )


def _later_part(bucket: Bucket, start: datetime) -> Bucket | None:
    if bucket.last_at < start:
        return None
    is_active = bucket.last_active_at is not None and bucket.last_active_at >= start
    return replace(
        bucket,
        present=max(1, bucket.present - _samples_before(bucket, start)),
        active=bucket.active if is_active else 0,
        first_at=start,
        last_active_at=bucket.last_active_at if is_active else None,
    )


def _present_in(bucket: Bucket, window: Window) -> int:
    """Return how many samples lie in the window; of an hour that begins before it no more than surely do."""
    if bucket.length <= BUCKET or bucket.first_at >= window.start:
        return bucket.present
    return max(0, bucket.present - _samples_before(bucket, window.start))


def _samples_before(bucket: Bucket, moment: datetime) -> int:
    """Return how many of its samples may lie before a moment, at most."""
    return ceil((moment - bucket.first_at) / _interval(bucket))


def _hidden_hole(bucket: Bucket) -> timedelta:
    """Return the longest time without a sample that an hour may hide, if its others came as often as they should."""
    if bucket.length <= BUCKET or bucket.present <= 1:
        return timedelta(0)
    hidden = bucket.last_at - bucket.first_at - (bucket.present - 2) * _interval(bucket)
    return hidden if hidden > 2 * _interval(bucket) else timedelta(0)


def _interval(bucket: Bucket) -> timedelta:
    return bucket.length / bucket.expected if bucket.expected else _MINUTE


def _start(sample: Sample) -> datetime:
    return floor(sample.at, BUCKET)


def floor(moment: datetime, length: timedelta) -> datetime:
    """Return when the bucket of that length begins in which a moment lies: lengths are counted from the epoch."""
    seconds = moment.timestamp()
    return datetime.fromtimestamp(seconds - seconds % length.total_seconds(), tz=moment.tzinfo)


def _hour(start: datetime, buckets: Sequence[Bucket]) -> Bucket:
    expected = [bucket.expected for bucket in buckets if bucket.expected is not None]
    return Bucket(
        start=start,
        length=HOUR,
        present=sum(bucket.present for bucket in buckets),
        expected=round(sum(expected) / len(expected) * (HOUR / BUCKET)) if expected else None,
        active=sum(bucket.active for bucket in buckets),
        first_at=buckets[0].first_at,
        last_at=buckets[-1].last_at,
        last_active_at=_most(bucket.last_active_at for bucket in buckets),
        percent_max=max(bucket.percent_max for bucket in buckets),
        power_watts_max=_most(bucket.power_watts_max for bucket in buckets),
        memory_mib_max=_most(bucket.memory_mib_max for bucket in buckets),
    )


def _bucket(start: datetime, samples: Sequence[Sample], rest: Rest, expected: int | None) -> Bucket:
    told = [(sample, sample.percent) for sample in samples if sample.percent is not None]
    active = [sample.at for sample, percent in told if rest.is_active(percent, sample.power_watts)]
    return Bucket(
        start=start,
        present=len(told),
        active=len(active),
        expected=expected,
        first_at=samples[0].at,
        last_at=samples[-1].at,
        last_active_at=active[-1] if active else None,
        percent_max=max(percent for _, percent in told),
        power_watts_max=_most(sample.power_watts for sample in samples),
        memory_mib_max=_most(sample.memory_mib for sample in samples),
    )


def _most(values: Iterable[T | None]) -> T | None:
    return max((value for value in values if value is not None), default=None)
