"""The memory of use, in a SQL database: samples, five-minute buckets and hours."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.telemetry import NodeHealth, PowerBand, Series
from bot.domain.usage import BUCKET, HOUR, Bucket, Sample
from bot.store.rows import put
from bot.store.tables import Base
from bot.store.transactions import reading, writing
from bot.store.use_tables import BucketRow, NodeHealthRow, PowerBandRow, SampleRow, SeriesRow

AT_ONCE = 500
"""Rows a statement: databases allow some ten thousand values in one."""
PRUNED_AT_ONCE = timedelta(hours=1)
_SERIES_AT_ONCE = 400

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SqlMeasurements:
    """Implements the measurements' port on SQLite and PostgreSQL. Every method is one short transaction."""

    engine: Engine

    def add(self, samples: Iterable[tuple[Series, Sample]]) -> None:
        """Keep samples; one of the same series and moment is kept already."""
        given = list(samples)
        if not given:
            return
        with writing(self.engine) as connection:
            numbers = _numbers(connection, {series for series, _ in given}, at=max(each.at for _, each in given))
            rows = [
                {
                    "at": _seconds(sample.at),
                    "series": numbers[series],
                    "percent": sample.percent,
                    "watts": sample.power_watts,
                    "memory_mib": sample.memory_mib,
                }
                for series, sample in given
            ]
            for chunk in _chunks(rows):
                connection.execute(_insertion(connection, SampleRow, chunk).on_conflict_do_nothing())

    def samples(self, *, since: datetime, until: datetime) -> Mapping[Series, tuple[Sample, ...]]:
        """Return the raw samples of every series in that span, its end excluded, in the order of time."""
        statement = (
            select(
                SeriesRow.allocation,
                SeriesRow.device,
                SampleRow.at,
                SampleRow.percent,
                SampleRow.watts,
                SampleRow.memory_mib,
            )
            .join(SeriesRow, SeriesRow.number == SampleRow.series)
            .where(SampleRow.at >= _seconds(since), SampleRow.at < _seconds(until))
            .order_by(SampleRow.at)
        )
        found: dict[Series, list[Sample]] = defaultdict(list)
        with reading(self.engine) as connection:
            for allocation, device, at, percent, watts, memory in connection.execute(statement):
                sample = Sample(at=_moment(at), percent=percent, power_watts=watts, memory_mib=memory)
                found[Series(allocation=allocation, device=device)].append(sample)
        return {series: tuple(own) for series, own in found.items()}

    def put_buckets(self, buckets: Mapping[Series, Sequence[Bucket]]) -> None:
        """Insert buckets of either length, or replace those of the same series, start and length."""
        given = [(series, bucket) for series, own in buckets.items() for bucket in own]
        if not given:
            return
        with writing(self.engine) as connection:
            numbers = _numbers(connection, set(buckets), at=max(each.last_at for _, each in given))
            rows = [_bucket_row(numbers[series], bucket) for series, bucket in given]
            for chunk in _chunks(rows):
                statement = _insertion(connection, BucketRow, chunk)
                changed = {name: statement.excluded[name] for name in chunk[0] if name not in _BUCKET_KEY}
                connection.execute(statement.on_conflict_do_update(index_elements=_BUCKET_KEY, set_=changed))

    def buckets(
        self, series: Collection[Series], *, since: datetime, fine_since: datetime
    ) -> Mapping[Series, tuple[Bucket, ...]]:
        """Return hours that end after `since` until `fine_since`, and five-minute buckets from then on, by time."""
        first, fine = _seconds(since), _seconds(fine_since)
        hour, short = _length(HOUR), _length(BUCKET)
        hours = and_(BucketRow.length == hour, BucketRow.start > first - hour, BucketRow.start < fine)
        recent = and_(BucketRow.length == short, BucketRow.start >= max(fine, first - short + 1))
        found: dict[Series, list[Bucket]] = {}
        with reading(self.engine) as connection:
            for chunk in _chunks(list(series), _SERIES_AT_ONCE):
                numbers = _known(connection, chunk)
                rows = _read(connection, numbers, or_(hours, recent))
                own = {(row.series, row.start) for row in rows if row.length == hour}
                missing = self._without_hour(connection, numbers, own, first=first, fine=fine)
                for row in sorted([*rows, *missing], key=_start):
                    found.setdefault(numbers[row.series], []).append(_bucket(row))
        return {each: tuple(own) for each, own in found.items()}

    def fine(self, *, since: datetime, until: datetime) -> Mapping[Series, tuple[Bucket, ...]]:
        """Return the five-minute buckets of every series that start in that span, its end excluded."""
        is_it = (
            BucketRow.length == _length(BUCKET),
            BucketRow.start >= _seconds(since),
            BucketRow.start < _seconds(until),
        )
        statement = select(SeriesRow.allocation, SeriesRow.device, BucketRow.__table__).join(
            SeriesRow, SeriesRow.number == BucketRow.series
        )
        found: dict[Series, list[Bucket]] = defaultdict(list)
        with reading(self.engine) as connection:
            alive = SeriesRow.last_at >= _seconds(since)
            for row in connection.execute(statement.where(alive, *is_it).order_by(BucketRow.start)):
                found[Series(allocation=row.allocation, device=row.device)].append(_bucket(row))
        return {series: tuple(own) for series, own in found.items()}

    def health(self) -> tuple[NodeHealth, ...]:
        """Return how each machine answered when it was asked last."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(NodeHealthRow.__table__).order_by(NodeHealthRow.node)).mappings().all()
        return tuple(NodeHealth(**row) for row in rows)

    def note_health(self, health: Iterable[NodeHealth]) -> None:
        """Replace what is known of these machines."""
        with writing(self.engine) as connection:
            for each in health:
                values = {
                    "node": each.node,
                    "at": each.at,
                    "silent_since": each.silent_since,
                    "trouble": each.trouble,
                }
                put(connection, NodeHealthRow, values)

    def bands(self) -> Mapping[str, PowerBand]:
        """Return the power of rest of each GPU model that is known."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(PowerBandRow.__table__)).mappings().all()
        return {row["model"]: PowerBand(**row) for row in rows}

    def save_bands(self, bands: Iterable[PowerBand]) -> None:
        """Insert or replace the power of rest of these models."""
        with writing(self.engine) as connection:
            for each in bands:
                values = {
                    "model": each.model,
                    "idle_watts": each.idle_watts,
                    "samples": each.samples,
                    "learned_at": each.learned_at,
                }
                put(connection, PowerBandRow, values)

    def prune(self, *, samples_before: datetime, buckets_before: datetime, hours_before: datetime) -> int:
        """Delete what is older, an hour's rows at a time, so that nobody waits long; return how many rows went."""
        gone = self._prune(SampleRow, SampleRow.at, _seconds(samples_before))
        gone += self._prune(BucketRow, BucketRow.start, _seconds(buckets_before), BucketRow.length == _length(BUCKET))
        gone += self._prune(BucketRow, BucketRow.start, _seconds(hours_before), BucketRow.length == _length(HOUR))
        with writing(self.engine) as connection:
            connection.execute(delete(SeriesRow).where(SeriesRow.last_at < _seconds(hours_before)))
            connection.execute(delete(NodeHealthRow).where(NodeHealthRow.at < buckets_before))
        return gone

    def _prune(self, row: type[Base], time: Any, before: int, *conditions: ColumnElement[bool]) -> int:
        gone = 0
        with reading(self.engine) as connection:
            oldest = connection.scalar(select(func.min(time)).where(*conditions))
        while oldest is not None and oldest < before:
            end = min(before, oldest + int(PRUNED_AT_ONCE.total_seconds()))
            with writing(self.engine) as connection:
                gone += connection.execute(delete(row).where(time < end, *conditions)).rowcount
                oldest = connection.scalar(select(func.min(time)).where(*conditions))
        return gone

    def _without_hour(
        self, connection: Connection, numbers: Mapping[int, Series], own: set[tuple[int, int]], *, first: int, fine: int
    ) -> list[Row[Any]]:
        """Return the five-minute buckets before `fine` of hours that have not been made yet."""
        hour, short = _length(HOUR), _length(BUCKET)
        older = and_(BucketRow.length == short, BucketRow.start > first - short, BucketRow.start < fine)
        made = select(BucketRow.start).where(BucketRow.length == hour).order_by(BucketRow.start.desc()).limit(1)
        newest = connection.scalar(made)
        # Hours are made in the order of time: only after the newest one can others be missing.
        if newest is not None:
            older = and_(older, BucketRow.start >= newest)
        if newest is not None and newest + hour >= fine:
            return []
        rows = _read(connection, numbers, older)
        return [row for row in rows if (row.series, row.start - row.start % hour) not in own]


_BUCKET_KEY = ("series", "length", "start")


def _read(connection: Connection, numbers: Mapping[int, Series], is_it: ColumnElement[bool]) -> list[Row[Any]]:
    if not numbers:
        return []
    statement = select(BucketRow.__table__).where(BucketRow.series.in_(numbers), is_it)
    return list(connection.execute(statement.order_by(BucketRow.start)))


def _numbers(connection: Connection, series: set[Series], *, at: datetime) -> dict[Series, int]:
    """Return the number of each series, new ones included, and note that they live."""
    ordered = sorted(series, key=lambda each: (each.allocation, each.device))
    for chunk in _chunks(ordered):
        rows = [{"allocation": each.allocation, "device": each.device, "last_at": _seconds(at)} for each in chunk]
        connection.execute(_insertion(connection, SeriesRow, rows).on_conflict_do_nothing())
    numbers: dict[Series, int] = {}
    for chunk in _chunks(ordered, _SERIES_AT_ONCE):
        known = _known(connection, chunk)
        numbers |= {each: number for number, each in known.items()}
        is_it = (SeriesRow.number.in_(known), SeriesRow.last_at < _seconds(at) - int(HOUR.total_seconds()))
        connection.execute(update(SeriesRow).where(*is_it).values(last_at=_seconds(at)))
    return numbers


def _known(connection: Connection, series: Sequence[Series]) -> dict[int, Series]:
    key = tuple_(SeriesRow.allocation, SeriesRow.device)
    statement = select(SeriesRow.number, SeriesRow.allocation, SeriesRow.device).where(
        key.in_([(each.allocation, each.device) for each in series])
    )
    return {
        number: Series(allocation=allocation, device=device)
        for number, allocation, device in connection.execute(statement)
    }


def _insertion(
    connection: Connection, row: type[Base], rows: list[dict[str, Any]]
) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(row).values(rows)
    return sqlite.insert(row).values(rows)


def _bucket_row(series: int, bucket: Bucket) -> dict[str, Any]:
    start = _seconds(bucket.start)
    return {
        "series": series,
        "length": _length(bucket.length),
        "start": start,
        "present": bucket.present,
        "expected": bucket.expected,
        "active": bucket.active,
        "first": _seconds(bucket.first_at) - start,
        "last": _seconds(bucket.last_at) - start,
        "last_active": None if bucket.last_active_at is None else _seconds(bucket.last_active_at) - start,
        "percent_max": bucket.percent_max,
        "watts_max": bucket.power_watts_max,
        "memory_mib_max": bucket.memory_mib_max,
    }


def _bucket(row: Row[Any]) -> Bucket:
    return Bucket(
        start=_moment(row.start),
        length=HOUR if row.length == _length(HOUR) else BUCKET,
        present=row.present,
        expected=row.expected,
        active=row.active,
        first_at=_moment(row.start + row.first),
        last_at=_moment(row.start + row.last),
        last_active_at=None if row.last_active is None else _moment(row.start + row.last_active),
        percent_max=row.percent_max,
        power_watts_max=row.watts_max,
        memory_mib_max=row.memory_mib_max,
    )


def _start(row: Row[Any]) -> int:
    start: int = row.start
    return start


def _length(length: timedelta) -> int:
    return int(length.total_seconds())


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _chunks(items: list[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
