"""Check how Nomad's JSON is read, of every generation and in any state of repair."""

import copy
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import Service
from bot.domain.deployment import Deployment, GpuGroup, Hardware, PlacementFailure, Port
from bot.domain.people import Owner
from bot.nomad import decode, jobspec
from bot.nomad.allocations import read_allocation
from bot.nomad.nodes import read_node
from bot.nomad.specification import read_specification
from tests.unit.nomad.samples import UUID, allocation_stub, dashboard_job, job_of_2023, new, platform

METRIC = {
    "NodesEvaluated": 3,
    "NodesFiltered": 1,
    "NodesExhausted": 2,
    "NodesAvailable": {"ifca-ai4eosc": 3},
    "ConstraintFiltered": {"missing devices": 1},
    "DimensionExhausted": {"devices: no devices match request": 2},
}
EVALUATION = {
    "ID": "eval-1",
    "Status": "blocked",
    "TriggeredBy": "queued-allocs",
    "CreateIndex": 76,
    "WaitUntil": "0001-01-01T00:00:00Z",
    "FailedTGAllocs": {"usergroup": METRIC},
}
NODE = {
    "ID": "node-1",
    "Name": "gpu-1",
    "Datacenter": "ifca-ai4eosc",
    "Status": "ready",
    "SchedulingEligibility": "eligible",
    "Drain": False,
    "ModifyIndex": 10,
    "Meta": {"status": "ready", "type": "compute", "namespace": "ai4eosc,imagine", "domain": "ifca"},
    "Attributes": {"consul.version": "1.21.1"},
    "NodeResources": {
        "Cpu": {"ReservableCpuCores": [0, 1, 2, 3]},
        "Memory": {"MemoryMB": 64000},
        "Disk": {"DiskMB": 500000},
        "Devices": [
            {
                "Vendor": "nvidia",
                "Type": "gpu",
                "Name": "Tesla T4",
                "Attributes": {"memory": {"Int": 15360, "Unit": "MiB"}},
                "Instances": [{"ID": "GPU-1", "Healthy": True}, {"ID": "GPU-2", "Healthy": False}],
            },
            {"Vendor": "nomad", "Type": "file", "Name": "mock", "Instances": [{"ID": "x", "Healthy": True}]},
        ],
    },
    "ReservedResources": {"Memory": {"MemoryMB": 4096}},
}


def whole(job: dict[str, Any], *stubs: dict[str, Any]) -> Deployment:
    """Return the deployment of a job with these allocations."""
    allocations = [allocation for stub in stubs if (allocation := read_allocation(stub)) is not None]
    found = decode.read_deployment(job, allocations=allocations)
    assert found is not None
    return found


def test_dashboard_deployment_is_read_whole() -> None:
    """A deployment of today's Dashboard gives owner, texts, hardware, image, service and labels."""
    found = whole(dashboard_job())

    assert found.owner == Owner(email="Ada@example.org", name="Ada", subject="ada-subject")
    assert (found.title, found.description) == ("Leaves", "Of trees")
    assert found.hardware == Hardware(cpu=4, gpus=1, gpu_model="Tesla T4", ram_mb=8000, disk_mb=10000)
    assert found.image == "ai4oshub/ai4os-demo-app:gpu"
    assert found.service is Service.JUPYTER
    assert found.labels == ("api", "ide")
    assert not found.made_by_bot


def test_deployment_of_2023_is_read() -> None:
    """A deployment of mid-2023 has its CPUs in the MHz field, no e-mail and the label deepaas."""
    found = whole(job_of_2023())

    assert found.owner == Owner(email="", subject="ada-subject")
    assert found.hardware == Hardware(cpu=4, gpus=1, gpu_model="", ram_mb=8000, disk_mb=10000)
    assert found.service is Service.DEEPAAS
    assert found.labels == ("deepaas", "monitor")


def test_own_deployment_in_a_list_knows_what_it_asks_for() -> None:
    """A listed job of the bot gives hardware, image, service and labels although a list has no specification."""
    deployment = new(identity=UUID, gpus=1, gpu_model="Odd; model=x", tag="gpu", hostname="leaves", cpu=2)
    job = jobspec.build(deployment, platform(), provider=platform().service_provider)
    stub = {key: value for key, value in job.items() if key != "TaskGroups"}

    found = whole(stub)

    assert found.made_by_bot
    assert found.hostname == "leaves"
    assert found.hardware == Hardware(cpu=2, gpus=1, gpu_model="Odd; model=x", ram_mb=2000, disk_mb=1000)
    assert found.image == "ai4oshub/ai4os-demo-app:gpu"
    assert found.service is Service.DEEPAAS
    assert found.labels == ("api", "monitor", "ui", "custom")


def test_own_meta_and_own_specification_agree() -> None:
    """What the bot writes into the meta is what it reads from the specification of the same job."""
    deployment = new(gpus=1, gpu_model="Tesla T4", tag="gpu", service=Service.VSCODE, kind="tool-devenv")
    job = jobspec.build(deployment, platform(), provider=platform().service_provider)
    stub = {key: value for key, value in job.items() if key != "TaskGroups"}

    assert whole(stub) == whole(job)


def test_foreign_deployment_without_specification_and_placement_is_unknown() -> None:
    """A foreign job in a list that is not placed has unknown hardware, not none."""
    stub = {key: value for key, value in dashboard_job().items() if key != "TaskGroups"}

    found = whole(stub)

    assert found.hardware is None
    assert found.service is None
    assert found.image == ""


def test_placement_tells_the_hardware_of_a_foreign_deployment() -> None:
    """A foreign job in a list that is placed has the hardware that its allocation holds, model included."""
    stub = {key: value for key, value in dashboard_job().items() if key != "TaskGroups"}

    found = whole(stub, allocation_stub())

    assert found.hardware == Hardware(cpu=4, gpus=1, gpu_model="Tesla T4", ram_mb=8000, disk_mb=10000)
    assert found.labels == ("api",)


def test_model_of_any_gpu_is_known_once_placed() -> None:
    """A deployment that asked for any GPU shows the model it got."""
    deployment = new(identity=UUID, gpus=1, tag="gpu")
    job = jobspec.build(deployment, platform(), provider=platform().service_provider)

    found = whole(job, allocation_stub())

    assert found.hardware is not None
    assert found.hardware.gpu_model == "Tesla T4"


def test_copied_marks_do_not_make_a_foreign_deployment_ours() -> None:
    """Meta that looks like ours but lacks the mark says nothing about hardware."""
    found = whole({"ID": "x", "Meta": {"hardware": "cpu=1;gpus=9;ram=1;disk=1;model="}})

    assert found.hardware is None


def test_allocation_is_read() -> None:
    """An allocation gives its node, states, ports and its main task's events, oldest first."""
    found = read_allocation(allocation_stub())

    assert found is not None
    assert (found.node_id, found.desired, found.client) == ("node-1", "run", "running")
    assert found.created_at == datetime(2026, 11, 25, 1, 6, 27, 187441, tzinfo=UTC)
    assert found.ports == (Port(label="api", address="192.0.2.7", number=31079),)
    assert found.main is not None
    assert found.main.started_at == datetime(2026, 11, 25, 1, 6, 27, 296467, tzinfo=UTC)
    assert [event.kind for event in found.main.events] == ["Received", "Started"]
    assert found.main.events[1].details == {"fails_task": "false"}


def test_list_reads_the_events_of_tasks_in_trouble_only() -> None:
    """In a list a task that is well has no events; one that was restarted, failed or has not started has all."""
    event = {"Type": "Terminated", "Time": 1795568787296454106}
    states = {
        "fine": {"State": "running", "Failed": False, "Restarts": 0},
        "done": {"State": "dead", "Failed": False, "Restarts": 0},
        "restarted": {"State": "running", "Failed": False, "Restarts": 1},
        "failed": {"State": "dead", "Failed": True, "Restarts": 0},
        "waiting": {"State": "pending", "Failed": False, "Restarts": 0},
        "odd": {},
    }
    stub = allocation_stub(TaskStates={name: {**state, "Events": [event]} for name, state in states.items()})

    found = read_allocation(stub, all_events=False)

    assert found is not None
    told = {task.name for task in found.tasks or () if task.events}
    assert told == {"restarted", "failed", "waiting", "odd"}


def test_light_allocation_has_unknown_tasks() -> None:
    """Where task states were not asked for they are unknown, not none; the same for resources."""
    found = read_allocation(allocation_stub(TaskStates=None, AllocatedResources=None))

    assert found is not None
    assert found.tasks is None
    assert found.hardware is None


def test_states_without_main_have_no_main() -> None:
    """A tool without a main task is read; its hardware is that of the tasks that serve people."""
    stub = allocation_stub()
    resources = stub["AllocatedResources"]["Tasks"]
    stub["AllocatedResources"]["Tasks"] = {
        "vllm": resources["main"],
        "open-webui": {"Cpu": {"ReservedCores": [4, 5]}, "Memory": {"MemoryMB": 1000}},
        "storage_mount": resources["storage_mount"],
    }
    stub["TaskStates"] = {"vllm": stub["TaskStates"]["main"]}

    found = read_allocation(stub)

    assert found is not None
    assert found.main is None
    assert found.hardware == Hardware(cpu=6, gpus=1, gpu_model="Tesla T4", ram_mb=9000, disk_mb=10000)


def test_evaluation_is_read() -> None:
    """An evaluation gives its failure in counts of nodes; Nomad's zero time is no time."""
    found = decode.read_evaluation(EVALUATION)

    assert found is not None
    assert found.wait_until is None
    assert found.failure == PlacementFailure(
        nodes_evaluated=3,
        nodes_filtered=1,
        nodes_exhausted=2,
        nodes_available={"ifca-ai4eosc": 3},
        constraint_filtered={"missing devices": 1},
        dimension_exhausted={"devices: no devices match request": 2},
    )


def test_plan_without_failures_has_none() -> None:
    """A plan that places everything has no failure, whether the field is null or empty."""
    assert decode.read_failure(None) is None
    assert decode.read_failure({}) is None


def test_node_is_read() -> None:
    """A node gives its place, purpose, healthy GPUs and what it has for deployments."""
    found = read_node(NODE)

    assert found is not None
    assert (found.site, found.kind, found.domain, found.has_consul) == ("ifca-ai4eosc", "compute", "ifca", True)
    assert found.gpus == (GpuGroup(model="Tesla T4", count=1, memory_mb=15360),)
    assert (found.cores, found.ram_mb, found.disk_mb) == (4, 59904, 500000)
    assert found.ready_by_test


def test_node_that_failed_the_operators_test_is_not_ready() -> None:
    """A node whose meta says error, or nothing, does not take deployments."""
    failed = read_node({**NODE, "Meta": {"status": "error"}})
    silent = read_node({**NODE, "Meta": None})

    assert failed is not None
    assert silent is not None
    assert not failed.ready_by_test
    assert not silent.ready_by_test


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.one_of(st.none(), st.integers(), st.text(max_size=3)), max_size=2),
)


def paths(value: object, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the places of all values inside a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, item in pairs for path in paths(item, (*here, key)))]


def mutilated(original: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return copies of a JSON object in which one to three values are replaced by anything."""
    places = st.sampled_from([path for path in paths(original) if path])

    def replace(changes: list[tuple[tuple[Any, ...], Any]]) -> dict[str, Any]:
        copied = copy.deepcopy(original)
        for path, value in changes:
            target: Any = copied
            for key in path[:-1]:
                target = target[key] if isinstance(target, dict) and key in target else target
            if isinstance(target, dict):
                target[path[-1]] = value
        return copied

    return st.lists(st.tuples(places, junk), min_size=1, max_size=3).map(replace)


@given(job=mutilated(dashboard_job()) | mutilated(job_of_2023()), stub=mutilated(allocation_stub()))
def test_mutilated_jobs_and_allocations_never_stop_the_reader(job: dict[str, Any], stub: dict[str, Any]) -> None:
    """Whatever Nomad sends in place of any value, jobs and allocations are read or left out."""
    allocation = read_allocation(stub)

    found = decode.read_deployment(job, allocations=[allocation] if allocation else [], evaluations=None)

    assert found is None or found.id == job["ID"]
    read_specification(job)


@given(entry=mutilated(EVALUATION))
def test_mutilated_evaluations_never_stop_the_reader(entry: dict[str, Any]) -> None:
    """Whatever Nomad sends in place of any value, evaluations are read or left out."""
    found = decode.read_evaluation(entry)

    assert found is None or found.id == entry["ID"]


@given(entry=mutilated(NODE))
def test_mutilated_nodes_never_stop_the_reader(entry: dict[str, Any]) -> None:
    """Whatever Nomad sends in place of any value, nodes are read or left out."""
    found = read_node(entry)

    assert found is None or found.id == entry["ID"]
