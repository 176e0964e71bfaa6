"""Measure how long one cycle of measuring takes: 2,000 deployments, 300 GPUs and some 640 CPUs on 200 machines."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from benchmarks.machine import go_direct
from benchmarks.measured_cluster import DEPLOYMENTS, GPUS, MACHINES, NAMESPACE, MeasuredCluster, measured_cluster
from benchmarks.page import Table, today, write_section
from benchmarks.process import resident
from benchmarks.timing import Way, duration, median_of
from bot.domain.base import Namespace, NodeId
from bot.domain.deployment import Allocation
from bot.nomad import filters
from bot.nomad.client import NomadConnection, connect
from bot.nomad.gateway import NomadCluster
from bot.nomad.telemetry import AT_ONCE, NomadTelemetry

CYCLES = 7
SILENT = 20
BETWEEN = timedelta(minutes=1)
STAGGERED_OVER = 4
TARGET = timedelta(seconds=20)
NAMESPACES = [Namespace(NAMESPACE)]

Cycle = Callable[[], Mapping[str, int]]
"""One whole cycle; returns what it counted."""

Opening = Callable[[str, Callable[[], datetime]], AbstractContextManager[Cycle]]
"""Opens what is to be measured on the cluster at an address, with a clock; closes it afterwards."""

_PAGE = """\
## Measuring use

`python -m benchmarks.measuring`, {date}

{table}

One cycle of measuring on a cluster of {machines} machines with {gpus} GPUs, on which {deployments:,} deployments of the
Dashboard run: everybody's deployments, one call for each machine whose GPUs are held, one for the CPU of each
deployment that is due. The target is less than {target} s, and less than 300 MiB of memory for the process.

- **first**: the process has just started, and reads the tasks of all allocations.
- **again**: the median of {cycles} cycles. Each also reads five specifications that nobody has read yet.
- **{silent} machines hang**: the cycle after they ceased to answer, and the slowest and the last of {cycles}. Who fails
  three times in a row is left alone; what is not asked is missing, never zero.
- **÷ bare calls**: the same two listings and as many statistics, by {at_once} threads with requests, decoded, and
  nothing done with them.

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


@contextmanager
def reading_alone(address: str, clock: Callable[[], datetime]) -> Iterator[Cycle]:
    """Read everything and keep nothing."""
    with ExitStack() as opened:
        client = opened.enter_context(closing(connect(NomadConnection(address=address, timeout=timedelta(minutes=1)))))
        own = connect(NomadConnection(address=address))
        telemetry = opened.enter_context(closing(NomadTelemetry(client=own, clock=clock)))
        cluster = NomadCluster(client)
        rounds = iter(range(10**6))

        def cycle() -> Mapping[str, int]:
            turn = next(rounds)
            placed = [one for each in cluster.everything(NAMESPACES) for one in each.allocations if not one.is_over]
            readings = telemetry.gpus(_nodes_with_holders(placed))
            due = [
                one
                for number, one in enumerate(placed)
                if one.gpu_ids or number % STAGGERED_OVER == turn % STAGGERED_OVER
            ]
            cpus = telemetry.cpus([one.id for one in due], nodes={one.id: one.node_id for one in due})
            return {
                "deployments": len(placed),
                "GPUs": sum(gpu.percent is not None for each in readings for gpu in each.gpus),
                "CPUs": len(cpus),
            }

        yield cycle


def main(opening: Opening = reading_alone) -> None:
    """Measure, print, and write the section of the page."""
    go_direct()
    with measured_cluster() as cluster:
        print(f"{DEPLOYMENTS:,} deployments: there", flush=True)
        bare = _bare(cluster)
        with opening(cluster.address, cluster.clock.now) as cycle:
            measured = [*_well(cycle, cluster), *_with_silent_ones(cycle, cluster)]
    table = _table(measured, bare)
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
    )
    write_section("measuring", text)


def _well(cycle: Cycle, cluster: MeasuredCluster) -> list[Measured]:
    first = _one("first", cycle, cluster)
    again = [_one("again", cycle, cluster) for _ in range(CYCLES)]
    return [
        first,
        Measured(
            name="again",
            took=median_of([each.took for each in again]),
            counted=again[-1].counted,
            memory=again[-1].memory,
        ),
    ]


def _with_silent_ones(cycle: Cycle, cluster: MeasuredCluster) -> list[Measured]:
    cluster.silence(SILENT)
    found = [_one(f"{SILENT} machines hang", cycle, cluster) for _ in range(CYCLES)]
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


def _nodes_with_holders(placed: Sequence[Allocation]) -> list[NodeId]:
    return list(dict.fromkeys(one.node_id for one in placed if one.gpu_ids))


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


def _table(measured: Sequence[Measured], bare: timedelta) -> Table:
    counts = list(measured[0].counted)
    rows = [
        (
            each.name,
            f"{each.took / bare:.2f}",
            f"{each.took.total_seconds():.1f} s",
            *(f"{each.counted.get(count, 0):,}" for count in counts),
            f"{each.memory:.0f} MiB",
        )
        for each in measured
    ]
    return Table(headings=("cycle", "÷ bare calls", "took", *counts, "memory"), rows=rows)


if __name__ == "__main__":
    main()
