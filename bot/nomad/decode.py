"""Turn Nomad's JSON into domain values; what is unknown, null, missing or odd never stops it."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.domain.base import DeploymentId, Namespace, NodeId, Site
from bot.domain.catalog import Service
from bot.domain.deployment import (
    Allocation,
    Deployment,
    Evaluation,
    GpuGroup,
    Hardware,
    Node,
    PlacementFailure,
    Port,
    Task,
    TaskEvent,
)
from bot.domain.people import Owner
from bot.nomad import marks
from bot.nomad.json_values import JsonObject, count, count_map, fields, items, moment, text, text_map, whole
from bot.nomad.marks import MADE_BY, MetaKey
from bot.nomad.specification import GPU, MAIN_TASKS, Specification, cpus, is_side_task, main_task, read_specification

LONG_AGO = datetime.fromtimestamp(0, tz=UTC)
_MEBIBYTES = {"MiB": 1, "MB": 1, "GiB": 1024, "GB": 1024}
_READY = re.compile("ready")


def deployment(
    job: JsonObject,
    *,
    allocations: Iterable[Allocation] = (),
    evaluations: Iterable[Evaluation] | None = None,
    specification: Specification | None = None,
) -> Deployment | None:
    """Return the deployment of a job or a job stub, None if it has no id.

    The specification is read from a whole job; for a stub, from what is given or from the bot's own meta.
    """
    identity = text(job.get("ID"))
    if not identity:
        return None
    meta = text_map(job.get("Meta"))
    known = read_specification(job) if job.get("TaskGroups") else specification or _from_meta(meta)
    placed = tuple(sorted(allocations, key=lambda allocation: allocation.create_index))
    return Deployment(
        id=DeploymentId(identity),
        namespace=Namespace(text(job.get("Namespace"))),
        name=text(job.get("Name")),
        title=meta.get(MetaKey.TITLE, ""),
        description=meta.get(MetaKey.DESCRIPTION, ""),
        owner=_owner(meta),
        made_by_bot=meta.get(MetaKey.MADE_BY) == MADE_BY,
        hostname=meta.get(MetaKey.HOSTNAME, ""),
        gpu_reason=meta.get(MetaKey.GPU_REASON, ""),
        is_stopped=job.get("Stop") is True,
        submitted_at=moment(job.get("SubmitTime")) or LONG_AGO,
        version=count(job.get("Version")),
        job_modify_index=count(job.get("JobModifyIndex")),
        allocations=placed,
        evaluations=None if evaluations is None else tuple(evaluations),
        hardware=_hardware(known, placed),
        image=known.image if known else "",
        service=known.service if known else None,
        labels=known.labels if known else _port_labels(placed),
    )


def allocation(stub: JsonObject) -> Allocation | None:
    """Return the allocation of a listed or a whole allocation, None if it has no id."""
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
        tasks=_tasks(stub),
        hardware=_held(fields(resources)) if isinstance(resources, dict) else None,
        ports=_ports(fields(resources)),
    )


def evaluation(entry: JsonObject) -> Evaluation | None:
    """Return the evaluation, None if it has no id."""
    identity = text(entry.get("ID"))
    if not identity:
        return None
    return Evaluation(
        id=identity,
        status=text(entry.get("Status")),
        triggered_by=text(entry.get("TriggeredBy")),
        create_index=count(entry.get("CreateIndex")),
        wait_until=moment(entry.get("WaitUntil")),
        failure=failure(entry.get("FailedTGAllocs")),
    )


def failure(by_group: object) -> PlacementFailure | None:
    """Return why nothing was placed, from a plan's or an evaluation's failures by group; None if all was."""
    metric = next((fields(value) for value in fields(by_group).values()), None)
    if metric is None:
        return None
    return PlacementFailure(
        nodes_evaluated=count(metric.get("NodesEvaluated")),
        nodes_filtered=count(metric.get("NodesFiltered")),
        nodes_exhausted=count(metric.get("NodesExhausted")),
        nodes_available=count_map(metric.get("NodesAvailable")),
        constraint_filtered=count_map(metric.get("ConstraintFiltered")),
        dimension_exhausted=count_map(metric.get("DimensionExhausted")),
    )


def node(entry: JsonObject) -> Node | None:
    """Return the node of a whole node, None if it has no id."""
    identity = text(entry.get("ID"))
    if not identity:
        return None
    meta = text_map(entry.get("Meta"))
    resources, reserved = fields(entry.get("NodeResources")), fields(entry.get("ReservedResources"))
    return Node(
        id=NodeId(identity),
        name=text(entry.get("Name")),
        site=Site(text(entry.get("Datacenter"))),
        status=text(entry.get("Status")),
        eligible=text(entry.get("SchedulingEligibility")) != "ineligible",
        draining=entry.get("Drain") is True,
        kind=meta.get("type", ""),
        namespaces=meta.get("namespace", ""),
        domain=meta.get("domain", ""),
        ready_by_test=bool(_READY.search(meta.get("status", ""))),
        has_consul=bool(text(fields(entry.get("Attributes")).get("consul.version"))),
        gpus=_gpu_groups(resources),
        cores=_cores(fields(resources.get("Cpu"))),
        ram_mb=_left(resources, reserved, "Memory", "MemoryMB"),
        disk_mb=_left(resources, reserved, "Disk", "DiskMB"),
        modify_index=count(entry.get("ModifyIndex")),
    )


def _owner(meta: dict[str, str]) -> Owner:
    return Owner(
        email=meta.get(MetaKey.OWNER_EMAIL, ""),
        name=meta.get(MetaKey.OWNER_NAME, ""),
        subject=meta.get(MetaKey.OWNER, ""),
    )


def _from_meta(meta: dict[str, str]) -> Specification | None:
    """Return what the bot wrote into its own job's meta; a foreign job's meta says nothing of the kind."""
    if meta.get(MetaKey.MADE_BY) != MADE_BY:
        return None
    hardware = marks.read_hardware(meta.get(MetaKey.HARDWARE, ""))
    if hardware is None:
        return None
    service = meta.get(MetaKey.SERVICE, "")
    return Specification(
        hardware=hardware,
        image=meta.get(MetaKey.IMAGE, ""),
        service=Service(service) if service in set(Service) else None,
        labels=tuple(label for label in meta.get(MetaKey.LABELS, "").split(",") if label),
    )


def _hardware(known: Specification | None, allocations: tuple[Allocation, ...]) -> Hardware | None:
    """Return what is asked for, with the GPU's model from the placement where none was demanded."""
    held = next((each.hardware for each in reversed(allocations) if each.hardware is not None), None)
    if known is None:
        return held
    if held is None or known.hardware.gpu_model or not known.hardware.gpus:
        return known.hardware
    return known.hardware.model_copy(update={"gpu_model": held.gpu_model})


def _port_labels(allocations: tuple[Allocation, ...]) -> tuple[str, ...]:
    return tuple(port.label for port in allocations[-1].ports) if allocations else ()


def _tasks(stub: JsonObject) -> tuple[Task, ...] | None:
    states = stub.get("TaskStates")
    if not isinstance(states, dict):
        return None
    return tuple(_task(str(name), fields(state)) for name, state in states.items())


def _task(name: str, state: JsonObject) -> Task:
    events = [event for entry in items(state.get("Events")) if (event := _event(entry)) is not None]
    return Task(
        name=name,
        state=text(state.get("State")),
        failed=state.get("Failed") is True,
        restarts=count(state.get("Restarts")),
        started_at=moment(state.get("StartedAt")),
        finished_at=moment(state.get("FinishedAt")),
        events=tuple(sorted(events, key=lambda event: event.at)),
    )


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
    tasks = {str(name): fields(value) for name, value in fields(resources.get("Tasks")).items()}
    main = next((tasks[name] for name in MAIN_TASKS if name in tasks), None)
    counted = [main] if main is not None else [task for name, task in tasks.items() if not is_side_task(name)]
    gpus = [device for task in counted for device in items(task.get("Devices")) if device.get("Type") == GPU]
    return Hardware(
        cpu=_sum(_task_cpus(task) for task in counted),
        gpus=sum(len(ids) for device in gpus if isinstance(ids := device.get("DeviceIDs"), list)),
        gpu_model=next((text(device.get("Name")) for device in gpus), ""),
        ram_mb=_sum(whole(fields(task.get("Memory")).get("MemoryMB")) for task in counted),
        disk_mb=whole(fields(resources.get("Shared")).get("DiskMB")),
    )


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


def _gpu_groups(resources: JsonObject) -> tuple[GpuGroup, ...]:
    groups = []
    for device in items(resources.get("Devices")):
        healthy = [instance for instance in items(device.get("Instances")) if instance.get("Healthy") is True]
        if device.get("Type") == GPU and healthy:
            memory = _memory_mb(fields(fields(device.get("Attributes")).get("memory")))
            groups.append(GpuGroup(model=text(device.get("Name")), count=len(healthy), memory_mb=memory))
    return tuple(groups)


def _cores(cpu: JsonObject) -> int | None:
    reservable = cpu.get("ReservableCpuCores")
    return len(reservable) if isinstance(reservable, list) else None


def _left(resources: JsonObject, reserved: JsonObject, part: str, name: str) -> int | None:
    total = whole(fields(resources.get(part)).get(name))
    return total - count(fields(reserved.get(part)).get(name)) if total is not None else None


def _memory_mb(attribute: JsonObject) -> int | None:
    amount, factor = whole(attribute.get("Int")), _MEBIBYTES.get(text(attribute.get("Unit")))
    return amount * factor if amount is not None and factor else None


__all__ = ["allocation", "deployment", "evaluation", "failure", "main_task", "node"]
