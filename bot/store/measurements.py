"""The memory of use, in a SQL database: samples, five-minute buckets and hours."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, func, select

from bot.domain.telemetry import NodeHealth, PowerBand, Series
from bot.domain.usage import BUCKET, HOUR, Bucket, Sample
from bot.store.rows import put_all, put_all_new
from bot.store.series import forget_empty, known_numbers, numbers_of, series_of
from bot.store.tables import Base
from bot.store.transactions import reading, writing
from bot.store.use_reading import read_buckets
from bot.store.use_rows import (
    BUCKET_COLUMNS,
    BUCKET_VALUES,
    SAMPLE_COLUMNS,
    as_buckets,
    as_samples,
    bucket_row,
    length_of,
    sample_row,
    seconds,
)
from bot.store.use_tables import BucketRow, NodeHealthRow, PowerBandRow, SampleRow

PRUNED_AT_ONCE = timedelta(hours=1)
"""How much time's rows go in one transaction: with 2,000 deployments some sixty thousand."""


@dataclass(frozen=True, slots=True)
class SqlMeasurements:
    """Implements the measurements' port on SQLite and PostgreSQL. Every method is one short transaction.

    Times are kept in whole seconds. An hour counts as made once any series has it: all are made together.
    """

    engine: Engine

    def add(self, samples: Iterable[tuple[Series, Sample]]) -> None:
        """Keep samples; one of the same series and moment is kept already."""
        given = list(samples)
        if not given:
            return
        newest = max(sample.at for _, sample in given)
        with writing(self.engine) as connection:
            numbers = numbers_of(connection, {series for series, _ in given}, at=newest)
            put_all_new(connection, SampleRow, [sample_row(numbers[series], sample) for series, sample in given])

    def samples(self, *, since: datetime, until: datetime) -> Mapping[Series, tuple[Sample, ...]]:
        """Return the raw samples of every series in that span, its end excluded, in the order of time."""
        is_in = (SampleRow.at >= seconds(since), SampleRow.at < seconds(until))
        statement = select(*SAMPLE_COLUMNS).where(*is_in).order_by(SampleRow.at)
        found: dict[int, list[Sample]] = defaultdict(list)
        with reading(self.engine) as connection:
            for number, sample in as_samples(connection.execute(statement)):
                found[number].append(sample)
            named = series_of(connection, found)
        return {series: tuple(found[number]) for number, series in named.items()}

    def put_buckets(self, buckets: Mapping[Series, Sequence[Bucket]]) -> None:
        """Insert buckets of either length, or replace those of the same series, start and length."""
        given = {series: own for series, own in buckets.items() if own}
        if not given:
            return
        newest = max(bucket.last_at for own in given.values() for bucket in own)
        with writing(self.engine) as connection:
            numbers = numbers_of(connection, given.keys(), at=newest)
            rows = [bucket_row(numbers[series], bucket) for series, own in given.items() for bucket in own]
            # Most of what comes every minute is there already, and what is not written need not be cleaned up.
            put_all(connection, BucketRow, rows, compare=BUCKET_VALUES)

    def buckets(
        self, series: Collection[Series], *, since: datetime, fine_since: datetime
    ) -> Mapping[Series, tuple[Bucket, ...]]:
        """Return hours that end after `since` until `fine_since`, and five-minute buckets from then on, by time."""
        with reading(self.engine) as connection:
            numbers = known_numbers(connection, series)
            found = read_buckets(connection, list(numbers.values()), first=seconds(since), fine=seconds(fine_since))
        return {each: tuple(found[number]) for each, number in numbers.items() if number in found}

    def fine(self, *, since: datetime, until: datetime) -> Mapping[Series, tuple[Bucket, ...]]:
        """Return the five-minute buckets of every series that start in that span, its end excluded."""
        is_in = (BucketRow.start >= seconds(since), BucketRow.start < seconds(until))
        statement = select(*BUCKET_COLUMNS).where(BucketRow.length == length_of(BUCKET), *is_in)
        found: dict[int, list[Bucket]] = defaultdict(list)
        with reading(self.engine) as connection:
            for number, bucket in as_buckets(connection.execute(statement.order_by(BucketRow.start)), BUCKET):
                found[number].append(bucket)
            named = series_of(connection, found)
        return {series: tuple(found[number]) for number, series in named.items()}

    def health(self) -> tuple[NodeHealth, ...]:
        """Return how each machine answered when it was asked last."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(NodeHealthRow.__table__).order_by(NodeHealthRow.node)).mappings().all()
        return tuple(NodeHealth(**row) for row in rows)

    def note_health(self, health: Iterable[NodeHealth]) -> None:
        """Replace what is known of these machines."""
        with writing(self.engine) as connection:
            put_all(connection, NodeHealthRow, [asdict(each) for each in health])

    def bands(self) -> Mapping[str, PowerBand]:
        """Return the power of rest of each GPU model that is known."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(PowerBandRow.__table__)).mappings().all()
        return {row["model"]: PowerBand(**row) for row in rows}

    def save_bands(self, bands: Iterable[PowerBand]) -> None:
        """Insert or replace the power of rest of these models."""
        with writing(self.engine) as connection:
            put_all(connection, PowerBandRow, [asdict(each) for each in bands])

    def prune(self, *, samples_before: datetime, buckets_before: datetime, hours_before: datetime) -> int:
        """Delete what is older, an hour's rows at a time, so that nobody waits long; return how many rows went.

        With its last row a series goes, and with its last question a machine.
        """
        gone = self._prune(SampleRow, SampleRow.at, samples_before)
        gone += self._prune(BucketRow, BucketRow.start, buckets_before, BucketRow.length == length_of(BUCKET))
        gone += self._prune(BucketRow, BucketRow.start, hours_before, BucketRow.length == length_of(HOUR))
        forget_empty(self.engine, before=min(samples_before, buckets_before))
        with writing(self.engine) as connection:
            connection.execute(delete(NodeHealthRow).where(NodeHealthRow.at < buckets_before))
        return gone

    def _prune(self, row: type[Base], time: Any, before: datetime, *conditions: ColumnElement[bool]) -> int:
        gone, end = 0, seconds(before)
        oldest = select(func.min(time)).where(*conditions)
        with reading(self.engine) as connection:
            start = connection.scalar(oldest)
        while start is not None and start < end:
            until = min(end, start + length_of(PRUNED_AT_ONCE))
            with writing(self.engine) as connection:
                gone += connection.execute(delete(row).where(time < until, *conditions)).rowcount
                start = connection.scalar(oldest)
        return gone
