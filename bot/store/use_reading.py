"""Reads windows of use: hours where they are made, five-minute buckets elsewhere."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import attrgetter

from sqlalchemy import Connection, Executable, func, select

from bot.domain.usage import BUCKET, HOUR, Bucket
from bot.store.rows import chunks
from bot.store.use_rows import BUCKET_COLUMNS, as_buckets, length_of
from bot.store.use_tables import BucketRow

_HOUR, _SHORT = length_of(HOUR), length_of(BUCKET)


def read_buckets(connection: Connection, numbers: Sequence[int], *, first: int, fine: int) -> dict[int, list[Bucket]]:
    """Return by series, in the order of time, hours that end after `first` until `fine`, and five minutes from then on.

    Both are seconds since the epoch. Where nobody's hour was made yet, five-minute buckets stand in for it.
    """
    found: dict[int, list[Bucket]] = defaultdict(list)
    gaps = list(_gaps(connection, first=first, fine=fine))
    for chunk in chunks(numbers):
        for number, bucket in as_buckets(connection.execute(_span(chunk, _HOUR, first - _HOUR + 1, fine)), HOUR):
            found[number].append(bucket)
        if gaps:
            _fill(connection, chunk, found, gaps, first=first)
        recent = _span(chunk, _SHORT, max(fine, first - _SHORT + 1))
        for number, bucket in as_buckets(connection.execute(recent), BUCKET):
            found[number].append(bucket)
    return found


def _fill(
    connection: Connection,
    numbers: Sequence[int],
    found: dict[int, list[Bucket]],
    gaps: Sequence[tuple[int, int]],
    *,
    first: int,
) -> None:
    """Put five-minute buckets where there are no hours."""
    for start, end in gaps:
        rows = connection.execute(_span(numbers, _SHORT, max(start, first - _SHORT + 1), end))
        for number, bucket in as_buckets(rows, BUCKET):
            found[number].append(bucket)
    for number in numbers:
        if number in found:
            found[number].sort(key=attrgetter("start"))


def _span(numbers: Sequence[int], length: int, start: int, end: int | None = None) -> Executable:
    is_in = [BucketRow.series.in_(numbers), BucketRow.length == length, BucketRow.start >= start]
    if end is not None:
        is_in.append(BucketRow.start < end)
    return select(*BUCKET_COLUMNS).where(*is_in).order_by(BucketRow.series, BucketRow.start)


def _gaps(connection: Connection, *, first: int, fine: int) -> Iterator[tuple[int, int]]:
    """Return the spans of hours that were not made, be it that it is too early or that the bot did not run."""
    made = _hours_made(connection, first=first, fine=fine)
    begin = None
    for hour in range(first - first % _HOUR, fine, _HOUR):
        if hour in made:
            if begin is not None:
                yield begin, hour
            begin = None
        elif begin is None:
            begin = hour
    if begin is not None:
        yield begin, fine


def _hours_made(connection: Connection, *, first: int, fine: int) -> set[int]:
    """Return the hours that any series has: a step of the index for each, however many series there are."""
    is_in = (BucketRow.length == _HOUR, BucketRow.start < fine)
    earliest = select(func.min(BucketRow.start)).where(*is_in, BucketRow.start > first - _HOUR)
    made = select(earliest.scalar_subquery().label("start")).cte("made", recursive=True)
    following = select(func.min(BucketRow.start)).where(*is_in, BucketRow.start > made.c.start)
    made = made.union_all(select(following.scalar_subquery()).where(made.c.start.is_not(None)))
    return set(connection.scalars(select(made.c.start).where(made.c.start.is_not(None))))
