"""Samples and buckets to small rows and back: times are whole seconds, those within a bucket from its start."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.usage import Bucket, Sample
from bot.store.use_tables import BucketRow, SampleRow

SAMPLE_COLUMNS = (SampleRow.series, SampleRow.at, SampleRow.percent, SampleRow.watts, SampleRow.memory_mib)
BUCKET_COLUMNS = (
    BucketRow.series,
    BucketRow.start,
    BucketRow.present,
    BucketRow.expected,
    BucketRow.active,
    BucketRow.first,
    BucketRow.last,
    BucketRow.last_active,
    BucketRow.percent_max,
    BucketRow.watts_max,
    BucketRow.memory_mib_max,
)
BUCKET_VALUES = tuple(column.key for column in BUCKET_COLUMNS[2:])
"""What of a bucket may change while its minutes pass."""


class _Moments(dict[int, datetime]):
    """Makes each moment once: a hundred thousand buckets share a few hundred of them."""

    def __missing__(self, at: int) -> datetime:
        moment = self[at] = datetime.fromtimestamp(at, tz=UTC)
        return moment


def sample_row(series: int, sample: Sample) -> dict[str, Any]:
    """Return a sample as column values."""
    return {
        "at": seconds(sample.at),
        "series": series,
        "percent": sample.percent,
        "watts": sample.power_watts,
        "memory_mib": sample.memory_mib,
    }


def as_samples(rows: Iterable[Any]) -> Iterator[tuple[int, Sample]]:
    """Return rows of SAMPLE_COLUMNS as samples, each with the number of its series."""
    moments = _Moments()
    for series, at, percent, watts, memory in rows:
        yield series, Sample(at=moments[at], percent=percent, power_watts=watts, memory_mib=memory)


def bucket_row(series: int, bucket: Bucket) -> dict[str, Any]:
    """Return a bucket as column values."""
    start = seconds(bucket.start)
    return {
        "series": series,
        "length": length_of(bucket.length),
        "start": start,
        "present": bucket.present,
        "expected": bucket.expected,
        "active": bucket.active,
        "first": seconds(bucket.first_at) - start,
        "last": seconds(bucket.last_at) - start,
        "last_active": None if bucket.last_active_at is None else seconds(bucket.last_active_at) - start,
        "percent_max": bucket.percent_max,
        "watts_max": bucket.power_watts_max,
        "memory_mib_max": bucket.memory_mib_max,
    }


def as_buckets(rows: Iterable[Any], length: timedelta) -> Iterator[tuple[int, Bucket]]:
    """Return rows of BUCKET_COLUMNS as buckets of that length, each with the number of its series."""
    moments = _Moments()
    for series, start, present, expected, active, first, last, last_active, percent, watts, memory in rows:
        bucket = Bucket(
            start=moments[start],
            length=length,
            present=present,
            expected=expected,
            active=active,
            first_at=moments[start + first],
            last_at=moments[start + last],
            last_active_at=None if last_active is None else moments[start + last_active],
            percent_max=percent,
            power_watts_max=watts,
            memory_mib_max=memory,
        )
        yield series, bucket


def seconds(moment: datetime) -> int:
    """Return a moment as whole seconds since the epoch."""
    return int(moment.timestamp())


def length_of(length: timedelta) -> int:
    """Return a span of time in whole seconds."""
    return int(length.total_seconds())
