"""Read an allocation: where it runs, what it holds, and what happened to its tasks."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.domain.base import NodeId
from bot.domain.deployment import Allocation, Hardware, Port, Task, TaskEvent
from bot.nomad.json_values import JsonObject, count, fields, items, moment, text, text_map, texts, whole
from bot.nomad.specification import GPU, MAIN_TASKS, cpus, is_side_task

LONG_AGO = datetime.fromtimestamp(0, tz=UTC)
"""Stands for a time that Nomad did not tell."""


def read_allocation(stub: JsonObject, *, all_events: bool = True) -> Allocation | None:
    """Return the allocation of a listed or a whole allocation, None if it has no id.

    Without `all_events` only tasks in trouble, or not started yet, have theirs: in long lists the others' explain
    nothing and would take most of the time.
    """
    identity = text(stub.get("ID"))
    if not identity:
        return None
    created = moment(stub.get("CreateTime")) or LONG_AGO
    resources = stub.get("AllocatedResources")
    return Allocation(
        id=identity,
        node_id=NodeId(text(stub.get("NodeID"))),
        node_name=text(stub.get("NodeName")),
        job_version=count(stub.get("JobVersion")),
        create_index=count(stub.get("CreateIndex")),
        created_at=created,
        modified_at=moment(stub.get("ModifyTime")) or created,
        desired=text(stub.get("DesiredStatus")),
        client=text(stub.get("ClientStatus")),
        client_description=text(stub.get("ClientDescription")),
        next_allocation=text(stub.get("NextAllocation")),
        followup_evaluation=text(stub.get("FollowupEvalID")),
        tasks=_tasks(stub, all_events=all_events),
        hardware=_held(fields(resources)) if isinstance(resources, dict) else None,
        gpu_ids=tuple(identity for device in _gpus(fields(resources)) for identity in texts(device.get("DeviceIDs"))),
        ports=_ports(fields(resources)),
    )


def _tasks(stub: JsonObject, *, all_events: bool) -> tuple[Task, ...] | None:
    states = stub.get("TaskStates")
    if not isinstance(states, dict):
        return None
    named = ((str(name), fields(state)) for name, state in states.items())
    return tuple(_task(name, state, with_events=all_events or not _is_well(state)) for name, state in named)


def _task(name: str, state: JsonObject, *, with_events: bool) -> Task:
    return Task(
        name=name,
        state=text(state.get("State")),
        failed=state.get("Failed") is True,
        restarts=count(state.get("Restarts")),
        started_at=moment(state.get("StartedAt")),
        finished_at=moment(state.get("FinishedAt")),
        events=_events(state) if with_events else (),
    )


def _is_well(state: JsonObject) -> bool:
    """Tell whether a task runs, or has ended, as it should and at the first try."""
    has_started = state.get("State") in {"running", "dead"}
    return has_started and state.get("Failed") is not True and not count(state.get("Restarts"))


def _events(state: JsonObject) -> tuple[TaskEvent, ...]:
    events = (event for entry in items(state.get("Events")) if (event := _event(entry)) is not None)
    return tuple(sorted(events, key=lambda event: event.at))


def _event(entry: JsonObject) -> TaskEvent | None:
    at = moment(entry.get("Time"))
    if at is None:
        return None
    return TaskEvent(
        at=at,
        kind=text(entry.get("Type")),
        text=text(entry.get("DisplayMessage")) or text(entry.get("Message")),
        details=text_map(entry.get("Details")),
    )


def _held(resources: JsonObject) -> Hardware:
    """Return what an allocation's main task holds; of a tool without one, all tasks that serve people together."""
    counted, gpus = _counted(resources), _gpus(resources)
    return Hardware(
        cpu=_sum(_task_cpus(task) for task in counted),
        gpus=sum(len(ids) for device in gpus if isinstance(ids := device.get("DeviceIDs"), list)),
        gpu_model=next((text(device.get("Name")) for device in gpus), ""),
        ram_mb=_sum(whole(fields(task.get("Memory")).get("MemoryMB")) for task in counted),
        disk_mb=whole(fields(resources.get("Shared")).get("DiskMB")),
    )


def _counted(resources: JsonObject) -> list[JsonObject]:
    tasks = {str(name): fields(value) for name, value in fields(resources.get("Tasks")).items()}
    main = next((tasks[name] for name in MAIN_TASKS if name in tasks), None)
    return [main] if main is not None else [task for name, task in tasks.items() if not is_side_task(name)]


def _gpus(resources: JsonObject) -> list[JsonObject]:
    return [
        device for task in _counted(resources) for device in items(task.get("Devices")) if device.get("Type") == GPU
    ]


def _task_cpus(task: JsonObject) -> int | None:
    cpu = fields(task.get("Cpu"))
    cores = cpu.get("ReservedCores")
    return cpus(len(cores) if isinstance(cores, list) else None, whole(cpu.get("CpuShares")))


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _ports(resources: JsonObject) -> tuple[Port, ...]:
    shared = fields(resources.get("Shared"))
    return tuple(
        Port(label=text(port.get("Label")), address=text(port.get("HostIP")), number=count(port.get("Value")))
        for port in items(shared.get("Ports"))
    )
