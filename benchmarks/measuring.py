"""Measure a cycle of measuring and one of checking: 2,000 deployments, 300 GPUs and 640 CPUs on 200 machines."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import requests

import app
from benchmarks.machine import go_direct
from benchmarks.measured_cluster import DEPLOYMENTS, GPUS, MACHINES, NAMESPACE, MeasuredCluster, measured_cluster
from benchmarks.page import Table, today, write_section
from benchmarks.process import resident
from benchmarks.timing import Way, duration, median_of
from bot import logs
from bot.domain.base import Namespace
from bot.domain.operation import JobName
from bot.domain.telemetry import Series
from bot.domain.usage import BUCKET, HOUR, Bucket, floor
from bot.nomad import filters
from bot.nomad.telemetry import AT_ONCE
from bot.store import schema
from bot.store.engine import open_engine
from bot.store.measurements import SqlMeasurements
from playground.clock import Clock
from playground.registry import LocalRegistry
from playground.slack.workspace import Workspace
from tests.app.town import environment_of
from tests.postgres import Postgres, private_server

CYCLES = 7
SILENT = 20
BETWEEN = timedelta(minutes=1)
STAGGERED_OVER = 4
TARGET = timedelta(seconds=20)
NAMESPACES = [Namespace(NAMESPACE)]
PEOPLE = 500
REMEMBERED = 7
FINE = timedelta(days=1)

Cycle = Callable[[], Mapping[str, int]]
"""One whole cycle; returns what it counted."""

_PAGE = """\
## Measuring use

`python -m benchmarks.measuring`, {date}

{table}

A cycle on a cluster of {machines} machines with {gpus} GPUs, on which {deployments:,} deployments of the Dashboard run,
by the whole bot with its database: everybody's deployments, one call for each machine whose GPUs are held, one for the
CPU of each deployment that is due; what was told is written, and folded into buckets. The target is less than
{target} s, and less than 300 MiB of memory for the process. That holds the local workspace and the benchmark, too,
and on PostgreSQL it still holds what the run on SQLite has left.

- **first**: the process has just started, and reads the tasks of all allocations.
- **again**: the median of {cycles} cycles. Each also reads five specifications that nobody has read yet.
- **a check**: everything is judged for every kind of finding, with {days} days of measurements in the database.
- **{silent} machines hang**: the cycle after they ceased to answer, and the slowest and the last of {cycles}. Who fails
  three times in a row is left alone; what is not asked is missing, never zero.
- **÷ bare calls**: both listings and as many statistics as in one cycle, by {at_once} threads with requests, decoded,
  and nothing done with them.

The simulated cluster, in a process of its own, is a Python program on the same machine: much of each time is spent
there, so that the ratio says more than the seconds. Between two cycles a minute passes on both clocks.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one kind of cycle took, its calls, what it counted, and the memory of the process afterwards in MiB."""

    name: str
    took: timedelta
    counted: Mapping[str, int]
    memory: float
    bare: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A whole bot that keeps what it measures, and runs its jobs when it is told to."""

    bot: app.Bot
    clock: Clock

    def cycle(self, job: str = JobName.MEASURE) -> Mapping[str, int]:
        """Do one of its jobs as its scheduler would, and return what that counted."""
        next(each for each in self.bot.scheduler.jobs if each.name == job).run()
        return self.bot.leased.case_book.last_runs()[job].counts

    def remember(self, days: int) -> None:
        """Write what so many days of measuring would have left behind of everything that runs."""
        until = floor(self.clock.now(), HOUR)
        since, fine_since = until - timedelta(days=days), until - FINE
        measurements = SqlMeasurements(self.bot.engine)
        for deployment in self.bot.cluster.everything(NAMESPACES):
            for allocation in deployment.allocations:
                gpus = [Series(allocation=allocation.id, device=device) for device in allocation.gpu_ids]
                hours = _buckets(since, fine_since if gpus else until, HOUR)
                fine = _buckets(fine_since, until, BUCKET) if gpus else []
                every = [Series(allocation=allocation.id), *gpus]
                measurements.put_buckets({series: [*hours, *fine] for series in every})


def main() -> None:
    """Measure, print, and write the section of the page."""
    go_direct()
    logs.set_up(level=logs.LogLevel.ERROR, log_format=logs.LogFormat.JSON, secrets=[])
    measured: list[tuple[str, Measured]] = []
    with tempfile.TemporaryDirectory() as folder:
        measured += [("SQLite", each) for each in _measure(f"sqlite:///{folder}/bot.sqlite3")]
    try:
        with private_server() as server, Postgres(server.url, server).database() as database:
            _make_tables(database)
            measured += [("PostgreSQL", each) for each in _measure(database)]
    except pytest.skip.Exception as error:
        print(error, flush=True)
    table = _table(measured)
    print(table.as_text())
    text = _PAGE.format(
        date=today(),
        table=table.as_markdown(),
        machines=MACHINES,
        gpus=GPUS,
        deployments=DEPLOYMENTS,
        cycles=CYCLES,
        silent=SILENT,
        at_once=AT_ONCE,
        target=TARGET.seconds,
        days=REMEMBERED,
    )
    write_section("measuring", text)


def _make_tables(database: str) -> None:
    engine = open_engine(database)
    try:
        schema.upgrade(engine)
    finally:
        engine.dispose()


def _measure(database: str) -> list[Measured]:
    with measured_cluster() as cluster, _opened(database, cluster) as kept:
        bare = _bare(cluster)
        kept.remember(REMEMBERED)
        found = _well(kept, cluster)
        check = [_one("a check", partial(kept.cycle, JobName.CHECK), cluster) for _ in range(3)]
        found.append(sorted(check, key=lambda each: each.took)[1])
        found += _with_silent_ones(kept, cluster)
        return [replace(each, bare=bare) for each in found]


@contextmanager
def _opened(database: str, cluster: MeasuredCluster) -> Iterator[Kept]:
    """Build the bot as `python app.py` would; nothing of it runs by itself."""
    with Workspace(clock=cluster.clock) as workspace, LocalRegistry() as registry:
        environment = environment_of(workspace, registry, nomad=cluster.address, database=Path("unused"))
        environment |= {"DATABASE_URL": database, "NOMAD_TIMEOUT_SECONDS": "60"}
        for number in range(PEOPLE):
            workspace.add_user(f"person-{number}", email=f"person-{number}@example.org")
        bot = app.build(app.load(environment, dotenv=None), clock=cluster.clock.now)
        try:
            bot.workspace.connect()
            yield Kept(bot=bot, clock=cluster.clock)
        finally:
            bot.stop()


def _buckets(since: datetime, until: datetime, length: timedelta) -> list[Bucket]:
    """Return what a deployment leaves behind that works every other bucket."""
    often = length // BETWEEN
    return [
        Bucket(
            start=start,
            length=length,
            present=often,
            expected=often,
            active=often * (number % 2),
            first_at=start,
            last_at=start + length - BETWEEN,
            last_active_at=start + length - BETWEEN if number % 2 else None,
            percent_max=90.0 * (number % 2),
            power_watts_max=30.0,
            memory_mib_max=9_000,
        )
        for number, start in enumerate(since + length * step for step in range((until - since) // length))
    ]


def _well(kept: Kept, cluster: MeasuredCluster) -> list[Measured]:
    first = _one("first", kept.cycle, cluster)
    again = [_one("again", kept.cycle, cluster) for _ in range(CYCLES)]
    return [
        first,
        Measured(
            name="again",
            took=median_of([each.took for each in again]),
            counted=again[-1].counted,
            memory=again[-1].memory,
        ),
    ]


def _with_silent_ones(kept: Kept, cluster: MeasuredCluster) -> list[Measured]:
    cluster.silence(SILENT)
    found = [_one(f"{SILENT} machines hang", kept.cycle, cluster) for _ in range(CYCLES)]
    slowest = max(found, key=lambda each: each.took)
    return [
        found[0],
        Measured(name="the slowest of them", took=slowest.took, counted=slowest.counted, memory=slowest.memory),
        Measured(name="the last of them", took=found[-1].took, counted=found[-1].counted, memory=found[-1].memory),
    ]


def _one(name: str, cycle: Cycle, cluster: MeasuredCluster) -> Measured:
    cluster.pass_time(BETWEEN)
    counted: dict[str, int] = {}
    took = duration(Way(run=lambda: counted.update(cycle())))
    print(f"{name}: {took.total_seconds():.1f} s, {counted}", flush=True)
    return Measured(name=name, took=took, counted=counted, memory=resident(os.getpid()))


def _bare(cluster: MeasuredCluster) -> timedelta:
    """Return how long the calls alone take."""
    with requests.Session() as session, ThreadPoolExecutor(AT_ONCE) as pool:
        session.trust_env = False
        session.headers["Accept-Encoding"] = "identity"

        def get(path: str, **query: str) -> list[dict[str, str]]:
            found: list[dict[str, str]] = []
            query |= {"per_page": "1000"}
            while True:
                answer = session.get(f"{cluster.address}/v1/{path}", params=query, timeout=60)
                told = answer.json()
                found += told if isinstance(told, list) else []
                if not (token := answer.headers.get("X-Nomad-Nexttoken")):
                    return found
                query["next_token"] = token

        def all_calls() -> None:
            listed = get(
                "allocations",
                namespace=NAMESPACE,
                resources="true",
                task_states="false",
                filter=filters.within(NAMESPACES),
            )
            get("jobs", namespace=NAMESPACE, meta="true", filter=filters.deployments(NAMESPACES))
            nodes = sorted({one["NodeID"] for one in listed if one["NodeName"].startswith("gpu-")})
            list(pool.map(lambda node: get("client/stats", node_id=node), nodes))
            due = listed[: GPUS + (DEPLOYMENTS - GPUS) // STAGGERED_OVER]
            list(pool.map(lambda one: get(f"client/allocation/{one['ID']}/stats"), due))

        return median_of([duration(Way(run=all_calls)) for _ in range(3)])


def _table(measured: Sequence[tuple[str, Measured]]) -> Table:
    rows = [
        (
            f"{each.name}, {database}",
            f"{each.took / each.bare:.2f}",
            f"{each.took.total_seconds():.1f} s",
            *(f"{each.counted[count]:,}" if count in each.counted else "" for count in ("gpus_told", "cpus_told")),
            f"{each.memory:.0f} MiB",
        )
        for database, each in measured
    ]
    return Table(headings=("cycle", "÷ bare calls", "took", "GPUs", "CPUs", "memory"), rows=rows)


if __name__ == "__main__":
    main()
