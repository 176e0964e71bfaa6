"""Samples of GPUs for the tests: one a minute, as a test draws them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from bot.domain.usage import Bucket, Rest, Sample, fold

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 6, 8, 8, 0, tzinfo=UTC)
Percent = Callable[[datetime], float | None]


def samples(start: datetime, end: datetime, percent: Percent = lambda _at: 0.0) -> list[Sample]:
    """Return a sample a minute from start until before end; a percentage of None is a sample that is missing."""
    minutes = range(round((end - start) / MINUTE))
    return [Sample(at=start + number * MINUTE, percent=percent(start + number * MINUTE)) for number in minutes]


def buckets(start: datetime, end: datetime, percent: Percent = lambda _at: 0.0) -> tuple[Bucket, ...]:
    """Return the buckets of such samples."""
    return fold(samples(start, end, percent), rest=Rest())


def busy_at(times: Iterable[datetime], *, percent: float = 80.0) -> Percent:
    """Return a percentage that is high at those times, and 0 at others."""
    busy = frozenset(times)
    return lambda at: percent if at in busy else 0.0


def missing_between(start: datetime, end: datetime, *, percent: float = 0.0) -> Percent:
    """Return a percentage that nobody told from start until before end."""
    return lambda at: None if start <= at < end else percent
