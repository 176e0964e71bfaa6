"""What reading the use of GPUs and CPUs gives, on the simulated cluster and on a real Nomad with a fake GPU plugin."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bot.domain.base import NodeId
from bot.domain.telemetry import CpuReading, GpuReading, NodeReadings
from bot.nomad.client import NomadConnection, connect
from bot.nomad.telemetry import NomadTelemetry
from playground.clock import Clock
from tests.contract.nomad_jobs import A100, Json, gpu_task, job
from tests.contract.nomad_stage import Stage

pytest_plugins = ("tests.agent.fixtures", "tests.contract.nomad_fixtures")

STALE = timedelta(seconds=4)
"""Less than in earnest, so that nobody waits a minute for figures to grow old."""

Open = Callable[[Stage], NomadTelemetry]


@pytest.fixture
def open_telemetry() -> Iterator[Open]:
    """Return what opens the reading of a cluster, and close it at the end."""
    opened = []

    def open_one(stage: Stage) -> NomadTelemetry:
        client = connect(NomadConnection(address=stage.address))
        opened.append(NomadTelemetry(client=client, clock=Clock().now, patience=(0.5, 1.0), stale=STALE))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def on_a_gpu(nomad: Stage) -> tuple[NodeId, str]:
    """Let a job run on the A100; return its node and the GPU."""
    asked = job(gpu_task(model=A100))
    nomad.register(asked)
    running = nomad.allocation(asked)
    (gpu,) = running["AllocatedResources"]["Tasks"]["main"]["Devices"][0]["DeviceIDs"]
    return NodeId(running["NodeID"]), gpu


def seen(nomad: Stage, telemetry: NomadTelemetry, node: NodeId, gpu: str, *, percent: float | None) -> GpuReading:
    """Return what a GPU shows once its utilisation is this."""

    def found() -> GpuReading | None:
        (readings,) = telemetry.gpus([node])
        return next((each for each in readings.gpus if each.device == gpu and each.percent == percent), None)

    return nomad.until(found, f"{gpu} to show {percent} per cent")


def cpu_of(nomad: Stage, telemetry: NomadTelemetry, running: Json) -> CpuReading:
    """Return the CPU of an allocation once it has been measured."""
    return nomad.until(lambda: next(iter(telemetry.cpus([running["ID"]])), None), "the CPU to be measured")


def test_a_busy_gpu_is_told_with_power_and_memory(nomad: Stage, open_telemetry: Open) -> None:
    """The figures, the model, the limit of its power; measured just now."""
    telemetry = open_telemetry(nomad)
    node, gpu = on_a_gpu(nomad)
    nomad.script.gpu_usage(gpu, utilization=87, memory=6000, power=123)

    found = seen(nomad, telemetry, node, gpu, percent=87.0)

    assert (found.model, found.watts, found.watts_limit, found.memory_mib) == (A100, 123.0, 250.0, 6000)
    assert abs(datetime.now(UTC) - found.at) < timedelta(seconds=10)  # noqa: TID251 - a real Nomad has the real time


def test_an_idle_gpu_is_told_as_idle(nomad: Stage, open_telemetry: Open) -> None:
    """Zero that was measured is zero; the GPUs that nobody holds are told, too."""
    telemetry = open_telemetry(nomad)
    node, gpu = on_a_gpu(nomad)
    nomad.script.gpu_usage(gpu, utilization=0, memory=300, power=31)

    def at_rest() -> NodeReadings | None:
        (readings,) = telemetry.gpus([node])
        return readings if any(each.watts == 31.0 for each in readings.gpus) else None

    readings = nomad.until(at_rest, "the figures of the GPU")

    (found,) = [each for each in readings.gpus if each.device == gpu]
    assert (found.percent, found.memory_mib) == (0.0, 300)
    assert (readings.trouble, len(readings.gpus)) == ("", 3)


def test_what_a_driver_does_not_know_is_missing(nomad: Stage, open_telemetry: Open) -> None:
    """`N/A` is None; the other figures count."""
    telemetry = open_telemetry(nomad)
    node, gpu = on_a_gpu(nomad)
    nomad.script.gpu_usage(gpu, utilization=50, memory=None, power=None)

    partly = seen(nomad, telemetry, node, gpu, percent=50.0)
    nomad.script.gpu_usage(gpu, utilization=None, memory=400, power=60)
    without = seen(nomad, telemetry, node, gpu, percent=None)

    assert (partly.watts, partly.memory_mib) == (None, None)
    assert (without.watts, without.memory_mib) == (60.0, 400)


def test_a_gpu_without_statistics_has_no_reading(nomad: Stage, open_telemetry: Open) -> None:
    """Of a GPU that is shared in slices nothing is told; its neighbours are."""
    telemetry = open_telemetry(nomad)
    node, gpu = on_a_gpu(nomad)
    nomad.script.gpu_is_shared(gpu)

    def others() -> NodeReadings | None:
        (readings,) = telemetry.gpus([node])
        return readings if gpu not in {each.device for each in readings.gpus} else None

    readings = nomad.until(others, f"{gpu} to tell nothing")

    assert (readings.trouble, [each.percent is None for each in readings.gpus]) == ("", [False, False])


def test_a_plugin_that_died_leaves_no_figures(nomad: Stage, open_telemetry: Open) -> None:
    """Nomad goes on showing its last ones: they count for a while, then the GPU tells nothing."""
    telemetry = open_telemetry(nomad)
    node, gpu = on_a_gpu(nomad)
    nomad.script.gpu_usage(gpu, utilization=3, memory=400, power=40)
    before = seen(nomad, telemetry, node, gpu, percent=3.0)

    nomad.script.gpu_plugin_dies()

    after = seen(nomad, telemetry, node, gpu, percent=None)
    assert (before.watts, after.watts, after.memory_mib) == (40.0, None, None)
    shown = nomad.get("client/stats", node_id=node)["DeviceStats"]
    (figures,) = [group["InstanceStats"][gpu] for group in shown if gpu in group["InstanceStats"]]
    assert figures["Stats"]["Attributes"]["GPU utilization"]["IntNumeratorVal"] == 3


def test_an_unknown_node_is_one_in_trouble(nomad: Stage, open_telemetry: Open) -> None:
    """It takes nothing from the others, and the answers have the order of the questions."""
    telemetry = open_telemetry(nomad)
    node, stranger = NodeId(nomad.get("nodes")[0]["ID"]), NodeId(str(uuid4()))

    first, second = telemetry.gpus([stranger, node])

    assert (first.node, second.node) == (stranger, node)
    assert (first.trouble, first.gpus) == ("Nomad finds no way to it.", ())
    assert (second.trouble, len(second.gpus)) == ("", 3)


def test_cpu_of_the_main_task_is_told(nomad: Stage, open_telemetry: Open) -> None:
    """Per cent of a core, and MiB."""
    telemetry = open_telemetry(nomad)
    asked = job()
    nomad.script.cpu_usage(asked, 142.5, memory=512)
    nomad.register(asked)
    running = nomad.allocation(asked)

    found = cpu_of(nomad, telemetry, running)

    assert (found.allocation, found.percent_of_core, found.memory_mib) == (running["ID"], 142.5, 512)


def test_an_allocation_that_is_over_or_unknown_has_no_cpu(nomad: Stage, open_telemetry: Open) -> None:
    """It is left out, and others are told."""
    telemetry = open_telemetry(nomad)
    ends, stays = job(), job()
    for each in (ends, stays):
        nomad.script.cpu_usage(each, 20.0, memory=64)
        nomad.register(each)
    ended, staying = nomad.allocation(ends), nomad.allocation(stays)
    cpu_of(nomad, telemetry, ended)
    nomad.stop(ends)
    nomad.allocation(ends, "complete")

    nomad.until(lambda: telemetry.cpus([ended["ID"]]) == (), "the CPU to be gone")

    found = telemetry.cpus([str(uuid4()), ended["ID"], staying["ID"], "no-such-id"])
    assert [each.allocation for each in found] == [staying["ID"]]


def test_a_lost_node_is_one_in_trouble_until_it_is_back(two_sites: Stage, open_telemetry: Open) -> None:
    """Neither its GPUs nor what runs there are told; the other node is."""
    telemetry = open_telemetry(two_sites)
    nodes = {each["Name"]: NodeId(each["ID"]) for each in two_sites.get("nodes")}
    asked = [nodes["ifca-1"], nodes["incd-1"]]

    two_sites.script.lose_node("incd-1")
    there, lost = telemetry.gpus(asked)
    two_sites.script.restore_node("incd-1")
    two_sites.until(lambda: telemetry.gpus(asked)[1].gpus, "the node to tell its GPUs")

    assert (there.trouble, len(there.gpus)) == ("", 1)
    assert lost.trouble
    assert lost.gpus == ()
