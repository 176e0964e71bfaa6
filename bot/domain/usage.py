"""How a GPU or the CPU is used: samples, folded into five-minute buckets, and how well these cover a window of time.

A sample that is missing is missing: it makes a window less covered, and never quieter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

from bot.domain.base import Frozen

BUCKET = timedelta(minutes=5)
HOUR = timedelta(hours=1)

T = TypeVar("T", int, float)


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


def fold(samples: Iterable[Sample], *, rest: Rest) -> tuple[Bucket, ...]:
    """Fold samples in the order of time into buckets; those without a utilisation are missing."""
    told = (sample for sample in samples if sample.percent is not None)
    return tuple(_bucket(start, tuple(group), rest) for start, group in groupby(told, key=_start))


def within(buckets: Sequence[Bucket], window: Window) -> Iterator[Bucket]:
    """Return the buckets that lie in the window, if only with a part, the newest first."""
    first = window.start - BUCKET
    for bucket in reversed(buckets):
        if bucket.start <= first:
            return
        if bucket.start < window.end:
            yield bucket


def coverage(buckets: Sequence[Bucket], window: Window, *, interval: timedelta) -> Coverage:
    """Tell how well the buckets, in the order of time, cover the window, if a sample was due in every interval.

    The largest hole is the longest time without a sample, also at both ends of the window; what lies within one
    bucket is too short to matter.
    """
    present, hole = 0, timedelta(0)
    newest: Bucket | None = None
    after = window.end
    oldest: Bucket | None = None
    for bucket in within(buckets, window):
        newest = newest or bucket
        oldest = bucket
        present += bucket.present
        hole = max(hole, after - bucket.last_at)
        after = bucket.first_at
    return Coverage(
        present=present,
        expected=round(window.length / interval),
        first_at=oldest.first_at if oldest else None,
        last_at=newest.last_at if newest else None,
        largest_hole=max(hole, after - window.start),
    )


def last_active(buckets: Sequence[Bucket], window: Window) -> datetime | None:
    """Return when activity was last seen in the window, or None if none was."""
    return next((bucket.last_active_at for bucket in within(buckets, window) if bucket.active), None)


def _start(sample: Sample) -> datetime:
    seconds = sample.at.timestamp()
    return datetime.fromtimestamp(seconds - seconds % BUCKET.total_seconds(), tz=sample.at.tzinfo)


def _bucket(start: datetime, samples: Sequence[Sample], rest: Rest) -> Bucket:
    told = [(sample, sample.percent) for sample in samples if sample.percent is not None]
    active = [sample.at for sample, percent in told if rest.is_active(percent, sample.power_watts)]
    return Bucket(
        start=start,
        present=len(told),
        active=len(active),
        first_at=samples[0].at,
        last_at=samples[-1].at,
        last_active_at=active[-1] if active else None,
        percent_max=max(percent for _, percent in told),
        power_watts_max=_most(sample.power_watts for sample in samples),
        memory_mib_max=_most(sample.memory_mib for sample in samples),
    )


def _most(values: Iterable[T | None]) -> T | None:
    return max((value for value in values if value is not None), default=None)
