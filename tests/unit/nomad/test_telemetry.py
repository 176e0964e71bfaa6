"""Check that asking machines for their use ends in time, spares the silent ones, and keeps nobody else waiting."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.base import NodeId
from bot.nomad.client import NomadClient, NomadConnection, connect
from bot.nomad.telemetry import AT_ONCE, NomadTelemetry
from playground.clock import Clock
from playground.cluster import RPC_FAILED, T4, GpuUsage, NodeSpec, SimulatedCluster, TaskUsage
from tests.contract.nomad_jobs import gpu_task, job
from tests.unit.nomad.scripted_server import Reply, ScriptedServer, scripted

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PATIENCE = (0.3, 0.3)
HANGS, RPC_ERROR = Reply(hangs=True), Reply(status=500, body=RPC_FAILED)
A, B = NodeId("node-a"), NodeId("node-b")
NODES = (NodeSpec(name="one", gpus={T4: 2}), NodeSpec(name="two", gpus={T4: 1}))


@contextmanager
def reading(address: str, clock: Clock, **settings: Any) -> Iterator[NomadTelemetry]:
    """Read the use at an address with little patience."""
    client = connect(NomadConnection(address=address))
    telemetry = NomadTelemetry(client=client, clock=clock.now, **{"patience": PATIENCE, **settings})
    try:
        yield telemetry
    finally:
        telemetry.close()


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    """Give two nodes with GPUs, on a clock that stands still."""
    with SimulatedCluster(nodes=NODES, clock=Clock(START, frozen=True)) as simulated:
        yield simulated


@pytest.fixture
def telemetry(cluster: SimulatedCluster) -> Iterator[NomadTelemetry]:
    """Give the reading of that cluster."""
    with reading(cluster.address, cluster.clock) as opened:
        yield opened


def frozen() -> Clock:
    """Return a clock that stands still."""
    return Clock(START, frozen=True)


def stats(at: datetime) -> Reply:
    """Return what a machine answers whose clock says this: one T4 at 7 per cent."""
    stamp = at.isoformat().replace("+00:00", "Z")
    told = {"GPU utilization": {"Unit": "%", "IntNumeratorVal": 7}}
    instance = {"Stats": {"Attributes": told}, "Timestamp": stamp}
    group = {"Type": "gpu", "Name": T4, "InstanceStats": {"GPU-1": instance}}
    return Reply(body=json.dumps({"Timestamp": int(at.timestamp()) * 10**9, "DeviceStats": [group]}))


def percent(telemetry: NomadTelemetry) -> float | None:
    """Return what the GPU of machine A shows."""
    (readings,) = telemetry.gpus([A])
    (gpu,) = readings.gpus
    return gpu.percent


def rounds_asked(server: ScriptedServer, telemetry: NomadTelemetry, clock: Clock, *, rounds: int) -> int:
    """Ask machine A once a minute; return how often that led to a request."""
    before = len(server.requests)
    for _ in range(rounds):
        telemetry.gpus([A])
        clock.advance(MINUTE)
    return len(server.requests) - before


# Time.


def test_a_round_ends_in_time_however_many_machines_hang() -> None:
    """When the time is up no more are asked; each of them is told to have told nothing."""
    nodes = [NodeId(f"node-{number}") for number in range(100)]
    with scripted(HANGS) as server, reading(server.address, frozen(), round_seconds=0.2) as telemetry:
        found = telemetry.gpus(nodes)

    assert [each.node for each in found] == nodes
    assert all(each.trouble and not each.gpus for each in found)
    assert 0 < len(server.requests) <= AT_ONCE


def test_what_had_no_time_comes_first_in_the_next_round() -> None:
    """Nobody is left out for good because of a place in the list."""
    nodes = [NodeId(f"node-{number:02}") for number in range(2 * AT_ONCE)]
    with scripted(HANGS) as server, reading(server.address, Clock(), round_seconds=0.2) as telemetry:
        for _ in range(3):
            telemetry.gpus(nodes)

    assert len({path for _, path in server.requests}) == 2 * AT_ONCE


def test_one_machine_that_hangs_keeps_no_other_from_being_told(
    cluster: SimulatedCluster, telemetry: NomadTelemetry
) -> None:
    """Its own answer says why; the next one is whole."""
    cluster.silence_client("one")

    hangs, tells = telemetry.gpus([NodeId(each.id) for each in cluster.nodes()])

    assert (hangs.trouble, hangs.gpus) == ("It did not answer in time.", ())
    assert (tells.trouble, len(tells.gpus)) == ("", 1)


def test_a_machine_that_is_slow_is_told_all_the_same(cluster: SimulatedCluster, telemetry: NomadTelemetry) -> None:
    """As long as it answers within its time."""
    cluster.silence_client("one", delay=timedelta(milliseconds=50))

    (found,) = telemetry.gpus([NodeId(cluster.node("one").id)])

    assert (found.trouble, len(found.gpus)) == ("", 2)


# Machines that fail.


@pytest.mark.parametrize("reply", [RPC_ERROR, Reply(status=404, body="No path to node")])
def test_a_machine_that_fails_is_asked_more_and_more_seldom(reply: Reply) -> None:
    """Of an hour's sixty rounds few reach it, and none of the last ten minutes' but one."""
    clock = frozen()
    with scripted(reply) as server, reading(server.address, clock) as telemetry:
        first = rounds_asked(server, telemetry, clock, rounds=3)
        hour = rounds_asked(server, telemetry, clock, rounds=60)
        last = rounds_asked(server, telemetry, clock, rounds=10)
        (resting,) = telemetry.gpus([A])

    assert (first, last) == (3, 1)
    assert hour < 12
    assert resting.trouble == "It failed to answer several times, and is asked again later."


def test_a_machine_that_is_back_is_asked_every_time_again() -> None:
    """One answer is enough."""
    clock = frozen()
    replies = [*[RPC_ERROR] * 3, stats(START)]
    with scripted(*replies) as server, reading(server.address, clock) as telemetry:
        rounds_asked(server, telemetry, clock, rounds=5)

        assert rounds_asked(server, telemetry, clock, rounds=5) == 5


@pytest.mark.parametrize(
    ("reply", "trouble"),
    [
        (Reply(status=403, body="Permission denied"), "Nomad does not let the bot read it (node:read)."),
        (Reply(status=500, body="No cluster leader"), "Nomad reports an error about it (500)."),
        (Reply(status=502), "Nomad reports an error about it (502)."),
        (Reply(status=429), "Nomad has too many connections from the bot at once."),
        (Reply(breaks=True), "The connection to Nomad broke."),
        (Reply(body="null"), "What answers at Nomad's address does not speak Nomad's language."),
        (Reply(body="<html>"), "What answers at Nomad's address does not speak Nomad's language."),
    ],
)
def test_what_fails_for_all_of_them_is_no_machines_fault(reply: Reply, trouble: str) -> None:
    """Else every machine would stay unmeasured for minutes after Nomad's servers are back."""
    clock = frozen()
    with scripted(reply) as server, reading(server.address, clock) as telemetry:
        (found,) = telemetry.gpus([A])
        asked = rounds_asked(server, telemetry, clock, rounds=5)

    assert found.trouble == trouble
    assert asked >= 5


def test_the_breaker_of_people_stays_closed() -> None:
    """A machine that hangs says nothing about Nomad: the client that was handed in goes on asking."""
    with scripted(HANGS, Reply(body='"leader"')) as server:
        client: NomadClient = connect(NomadConnection(address=server.address))
        telemetry = NomadTelemetry(client=client, clock=frozen().now, patience=PATIENCE)
        (found,) = telemetry.gpus([A])
        leader = client.get("status/leader")
        telemetry.close()

    assert (found.trouble, leader) == ("It did not answer in time.", "leader")


# CPU.


def placed_on(cluster: SimulatedCluster, jobs: int) -> dict[str, NodeId]:
    """Let so many jobs run; return where their allocations are."""
    registered = [cluster.register(job()) for _ in range(jobs)]
    cluster.advance(MINUTE)
    return {one.id: NodeId(one.node) for each in registered for one in cluster.allocations(each.id)}


def test_what_runs_on_a_machine_that_hangs_is_left_out_for_the_rest_of_the_round(
    cluster: SimulatedCluster, telemetry: NomadTelemetry
) -> None:
    """Nobody waits for the second one after the first has waited in vain."""
    placed = placed_on(cluster, 8)
    for node in cluster.nodes():
        cluster.silence_client(node.name)
    telemetry.gpus([NodeId(node.id) for node in cluster.nodes()])
    cluster.reset_calls()

    found = telemetry.cpus(list(placed), nodes=placed)

    assert (found, cluster.calls) == ((), ())


def test_an_allocation_whose_figures_cannot_be_had_hides_no_other(
    cluster: SimulatedCluster, telemetry: NomadTelemetry
) -> None:
    """An error about one of them is no fault of the machine, round after round."""
    placed = placed_on(cluster, 8)
    odd, *others = placed
    cluster.faults.error("rpc error: cannot collect", path=odd, times=None)

    found = [telemetry.cpus([odd, *others], nodes=placed) for _ in range(4)]

    assert [[each.allocation for each in one] for one in found] == [others] * 4


def test_an_allocation_that_is_gone_is_no_fault_of_its_machine(
    cluster: SimulatedCluster, telemetry: NomadTelemetry
) -> None:
    """However often it is asked for, its neighbour is told."""
    registered = cluster.register(job())
    cluster.advance(MINUTE)
    one = cluster.allocation(registered.id)
    gone = [f"00000000-0000-0000-0000-{number:012}" for number in range(10)]

    found = telemetry.cpus([*gone, one.id], nodes=dict.fromkeys([*gone, one.id], NodeId(one.node)))

    assert [each.allocation for each in found] == [one.id]


def test_cpu_of_a_machine_whose_clock_is_wrong_is_told_from_the_second_look_on() -> None:
    """At the first look it might be what a task left behind that ended."""

    def told(at: datetime) -> Reply:
        task = {"ResourceUsage": {"CpuStats": {"Percent": 5.0}}, "Timestamp": int(at.timestamp()) * 10**9}
        return Reply(body=json.dumps({"Tasks": {"main": task}}))

    clock, wrong = frozen(), timedelta(hours=2)
    replies = (told(START - wrong), told(START - wrong + 5 * MINUTE))
    with scripted(*replies) as server, reading(server.address, clock) as telemetry:
        first = telemetry.cpus(["a"])
        clock.advance(5 * MINUTE)
        second = telemetry.cpus(["a"])
        clock.advance(5 * MINUTE)
        stands = telemetry.cpus(["a"])

    assert (first, [each.at for each in second], stands) == ((), [START + 5 * MINUTE], ())


# Clocks.


def test_gpus_of_a_machine_whose_clock_is_wrong_are_told() -> None:
    """From the first look on: it says itself what time it takes it to be."""
    clock, wrong = frozen(), timedelta(hours=2)
    with scripted(stats(START + wrong)) as server, reading(server.address, clock) as telemetry:
        assert percent(telemetry) == 7.0


def test_gpus_of_a_machine_of_which_all_stands_still_are_not_told() -> None:
    """If its clock stands with its figures these look new for ever."""
    clock = frozen()
    with scripted(stats(START)) as server, reading(server.address, clock) as telemetry:
        shown = [percent(telemetry)]
        clock.advance(MINUTE)
        shown.append(percent(telemetry))
        clock.advance(MINUTE)
        shown.append(percent(telemetry))

    assert shown == [7.0, 7.0, None]


# The simulated cluster.


def test_scripted_use_over_time_is_told(cluster: SimulatedCluster, telemetry: NomadTelemetry) -> None:
    """Each GPU of a job does what its script says at that time; so does its main task."""
    registered = cluster.register(job(gpu_task(2)))
    cluster.script_usage(
        registered.id,
        gpu=lambda now: (GpuUsage(utilization=now.minute), GpuUsage(utilization=0, memory=300)),
        task=lambda now: TaskUsage(cpu_percent=float(now.minute)),
    )
    cluster.advance(20 * MINUTE)
    one = cluster.allocation(registered.id)
    node = NodeId(one.node)

    (early,) = telemetry.gpus([node])
    cluster.advance(30 * MINUTE)
    (late,) = telemetry.gpus([node])
    (cpu,) = telemetry.cpus([one.id])

    assert [(each.percent, each.memory_mib) for each in early.gpus] == [(20.0, 0), (0.0, 300)]
    assert [each.percent for each in late.gpus] == [50.0, 0.0]
    assert cpu.percent_of_core == 50.0


def test_a_plugin_that_comes_back_is_told_again(cluster: SimulatedCluster, telemetry: NomadTelemetry) -> None:
    """Its last figures count for a minute, then nothing does until it lives again."""
    node = NodeId(cluster.node("two").id)

    def shown() -> list[float | None]:
        (readings,) = telemetry.gpus([node])
        return [gpu.percent for gpu in readings.gpus]

    cluster.freeze_plugin("two")
    cluster.advance(MINUTE)
    young = shown()
    cluster.advance(MINUTE)
    old = shown()
    cluster.thaw_plugin("two")

    assert (young, old, shown()) == ([0.0], [None], [0.0])


# The end.


def test_no_thread_is_left_after_the_end() -> None:
    """Closing ends the threads, even while machines hang."""
    with scripted(HANGS) as server, reading(server.address, frozen()) as telemetry:
        telemetry.gpus([A, B])

    assert not [each for each in threading.enumerate() if each.name.startswith("telemetry")]
