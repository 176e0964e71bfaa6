"""Measure how much the database grows by what is measured, and compute how large it gets."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, func, select, text

from benchmarks.page import Table, today, write_section
from benchmarks.timing import Way, duration, median_of
from bot.domain.policy import Policy
from bot.domain.telemetry import Series
from bot.domain.usage import BUCKET, HOUR, Bucket, Sample
from bot.store import schema
from bot.store.engine import open_engine
from bot.store.measurements import SqlMeasurements
from bot.store.metadata import METADATA
from tests.postgres import Postgres, private_server

GPUS, OTHERS = 300, 1_700
"""So many deployments with a GPU each, and so many without one."""
TURNS = round(Policy().cpu_interval / Policy().samples.interval)
"""In so many rounds the CPU of each deployment without a GPU is looked at once."""
SEED = 20261125
MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 25, tzinfo=UTC)
ROUNDS = 180
HOURS = 96
LIFE = timedelta(days=7)
"""How long a deployment is taken to live: then another one comes, with a series of its own."""
_MIB, _GIB = 2**20, 2**30
_PAGE = """\
## How much the database grows

`python -m benchmarks.growth`, {date}

{table}

What {all:,} running deployments leave behind, {gpus} of them with a GPU: of those the GPU and the CPU are looked at
every minute, of the rest the CPU every {turns}. {rounds} minutes and {hours} hours were written as the bot writes them,
and the tables measured with their indexes; **at most** is that size by the rows of a day and the days that they are
kept. After that the database grows no more, for as much goes as comes. SQLite's file keeps its size, and fills what was
freed. PostgreSQL was let clean up once for each of these hours; by itself it does when a fifth of a table is to be
cleaned, so that up to a quarter may come on top. The name of a series stays as long as its hours; a deployment is taken
to live {life} days.

{times}

- **a round is written**: the samples of a minute, and of everything the five minutes before and the present ones, of
  which only those that changed take effect; the median of {rounds}.
- **hours are read**: {hours} of everything, once.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is kept of use in one form: rows a day, and for how many days."""

    name: str
    rows_a_day: int
    days: int


KINDS = (
    Kind(name="samples", rows_a_day=(2 * GPUS + OTHERS // TURNS) * 1440, days=2),
    Kind(name="five minutes", rows_a_day=(2 * GPUS + OTHERS) * 288, days=45),
    Kind(name="hours", rows_a_day=(2 * GPUS + OTHERS) * 24, days=400),
    Kind(name="names of series", rows_a_day=(2 * GPUS + OTHERS) // LIFE.days, days=400 + LIFE.days),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Bytes of a row of each kind, with its part of the indexes, and the time of a round and of a check."""

    bytes_a_row: dict[str, float]
    round: timedelta
    read: timedelta


class Population:
    """The series of everything that runs, and what a look at each could tell."""

    def __init__(self) -> None:
        """Name everything."""
        self._random = Random(SEED)  # noqa: S311 - invented use, no secret
        holders = [self._name() for _ in range(GPUS)]
        self.gpus = [Series(allocation=each, device=f"GPU-{self._name()}") for each in holders]
        self.often = [*self.gpus, *(Series(allocation=each) for each in holders)]
        self.seldom = [Series(allocation=self._name()) for _ in range(OTHERS)]
        self.all = [*self.often, *self.seldom]

    def samples(self, number: int) -> Iterator[tuple[Series, Sample]]:
        """Return what a round tells: of those that are looked at seldom one part of so many, and all others."""
        at = START + number * MINUTE
        for series in (*self.often, *self.seldom[number % TURNS :: TURNS]):
            percent, watts = _percent(self._random, series), _watts(self._random, series)
            yield series, Sample(at=at, percent=percent, power_watts=watts, memory_mib=self._random.randrange(80_000))

    def bucket(self, series: Series, start: datetime, *, present: int, length: timedelta = BUCKET) -> Bucket:
        """Return a bucket with so many samples; the same one each time."""
        told = Random(f"{series.allocation}{series.device}{start.timestamp()}")  # noqa: S311 - invented use, no secret
        return Bucket(
            start=start,
            length=length,
            present=present,
            expected=max(present, 1),
            active=present // 2,
            first_at=start + timedelta(seconds=11),
            last_at=start + timedelta(seconds=11) + (present - 1) * MINUTE,
            last_active_at=start + timedelta(seconds=11) if present > 1 else None,
            percent_max=_percent(told, series),
            power_watts_max=_watts(told, series),
            memory_mib_max=told.randrange(80_000),
        )

    def _name(self) -> str:
        digits = f"{self._random.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _percent(told: Random, series: Series) -> float:
    return float(told.randrange(101)) if series.device else told.uniform(0, 100)


def _watts(told: Random, series: Series) -> float | None:
    return round(told.uniform(20, 400), 2) if series.device else None


def main() -> None:
    """Measure, print, and write the section of the page."""
    with tempfile.TemporaryDirectory() as folder:
        on_sqlite = _measure(*(f"sqlite:///{Path(folder) / name}.sqlite3" for name in ("rounds", "hours")))
    print("SQLite: measured", flush=True)
    on_postgres = _on_postgres()
    table = _table(on_sqlite, on_postgres)
    print(table.as_text())
    text = _PAGE.format(
        date=today(),
        table=table.as_markdown(),
        times=_times(on_sqlite, on_postgres).as_markdown(),
        all=GPUS + OTHERS,
        gpus=GPUS,
        turns=("minute", "two minutes", "three minutes", "four minutes", "five minutes")[TURNS - 1],
        rounds=ROUNDS,
        hours=HOURS,
        life=LIFE.days,
    )
    write_section("growth", text)


def _on_postgres() -> Measured | None:
    try:
        with private_server() as server:
            databases = Postgres(server.url, server)
            with databases.database() as rounds, databases.database() as hours:
                return _measure(rounds, hours)
    except pytest.skip.Exception as error:
        print(error, flush=True)
        return None


def _measure(rounds: str, hours: str) -> Measured:
    """Write rounds into one database and hours into another one, so that each table holds one kind of rows."""
    population = Population()
    with _measurements(rounds) as measurements:
        times = []
        for number in range(ROUNDS):
            times.append(duration(Way(run=_round(measurements, population, number))))
            if number % 60 == 0:
                _clean_up(measurements.engine)
        sizes = [_bytes_a_row(measurements.engine, table) for table in ("use_samples", "use_buckets")]
    with _measurements(hours) as measurements:
        for number in range(HOURS):
            start = START + number * HOUR
            own = {each: [population.bucket(each, start, present=60, length=HOUR)] for each in population.all}
            measurements.put_buckets(own)
            _clean_up(measurements.engine)
        end = START + HOURS * HOUR
        read = duration(Way(run=lambda: measurements.buckets(population.all, since=START, fine_since=end)))
        sizes += [_bytes_a_row(measurements.engine, table) for table in ("use_buckets", "use_series")]
    by_kind = {kind.name: size for kind, size in zip(KINDS, sizes, strict=True)}
    return Measured(bytes_a_row=by_kind, round=median_of(times), read=read)


@contextmanager
def _measurements(url: str) -> Iterator[SqlMeasurements]:
    engine = open_engine(url)
    try:
        schema.upgrade(engine)
        yield SqlMeasurements(engine)
    finally:
        engine.dispose()


def _round(measurements: SqlMeasurements, population: Population, number: int) -> Callable[[], None]:
    """Return what the bot writes in one round: samples, and of each series the five minutes before and the present."""
    samples = list(population.samples(number))
    steps, passed = divmod(number, 5)
    now, before = START + steps * BUCKET, START + (steps - 1) * BUCKET
    often, seldom = set(population.often), population.seldom
    present = dict.fromkeys(often, passed + 1) | {each: 1 for turn in range(passed + 1) for each in seldom[turn::5]}
    buckets = {each: [population.bucket(each, now, present=count)] for each, count in present.items()}
    for each in population.all if steps else ():
        buckets.setdefault(each, []).append(population.bucket(each, before, present=5 if each in often else 1))

    def write() -> None:
        measurements.add(samples)
        measurements.put_buckets(buckets)

    return write


def _clean_up(engine: Engine) -> None:
    """Do what PostgreSQL does by itself from time to time: here an hour takes a second."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM use_samples, use_buckets, use_series"))


def _bytes_a_row(engine: Engine, table: str) -> float:
    """Return the size of a table and its indexes by its rows."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            size = connection.scalar(text("SELECT pg_total_relation_size(CAST(:name AS regclass))"), {"name": table})
        else:
            parts = "SELECT name FROM sqlite_master WHERE tbl_name = :name"
            size = connection.scalar(
                text(f"SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND name IN ({parts})"),  # noqa: S608 - our own
                {"name": table},
            )
        rows = connection.scalar(select(func.count()).select_from(METADATA.tables[table]))
    return float(size or 0) / (rows or 1)


def _table(on_sqlite: Measured, on_postgres: Measured | None) -> Table:
    measured = [each for each in (on_sqlite, on_postgres) if each is not None]
    names = ("SQLite", "PostgreSQL")[: len(measured)]
    headings = ["", "rows a day", "days", "rows at most"]
    for name in names:
        headings += [f"{name}: bytes a row", "MiB a day", "GiB at most"]
    rows = [_row(kind, [each.bytes_a_row[kind.name] for each in measured]) for kind in KINDS]
    last = ["together", f"{sum(each.rows_a_day for each in KINDS):,}", "", f"{sum(map(_rows, KINDS)):,}"]
    for each in measured:
        a_day = sum(kind.rows_a_day * each.bytes_a_row[kind.name] for kind in KINDS)
        at_most = sum(_rows(kind) * each.bytes_a_row[kind.name] for kind in KINDS)
        last += ["", f"{a_day / _MIB:.1f}", f"{at_most / _GIB:.2f}"]
    return Table(headings=headings, rows=[*rows, last])


def _row(kind: Kind, sizes: Sequence[float]) -> list[str]:
    cells = [kind.name, f"{kind.rows_a_day:,}", str(kind.days), f"{_rows(kind):,}"]
    for size in sizes:
        cells += [f"{size:.0f}", f"{kind.rows_a_day * size / _MIB:.1f}", f"{_rows(kind) * size / _GIB:.2f}"]
    return cells


def _rows(kind: Kind) -> int:
    return kind.rows_a_day * kind.days


def _times(on_sqlite: Measured, on_postgres: Measured | None) -> Table:
    measured = [each for each in (on_sqlite, on_postgres) if each is not None]
    series = 2 * GPUS + OTHERS
    written, read = 2 * GPUS + OTHERS // TURNS + 2 * series, series * HOURS
    return Table(
        headings=["", "rows", *("SQLite", "PostgreSQL")[: len(measured)]],
        rows=[
            ["a round is written", f"{written:,}", *(f"{each.round.total_seconds():.2f} s" for each in measured)],
            ["hours are read", f"{read:,}", *(f"{each.read.total_seconds():.2f} s" for each in measured)],
        ],
    )


if __name__ == "__main__":
    main()
