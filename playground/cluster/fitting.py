"""What a task group would hold on one node, and how well that packs. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from playground.cluster import constraints
from playground.cluster.records import (
    Allocation,
    DeviceGrant,
    DeviceGroup,
    Grant,
    Job,
    JsonObject,
    Node,
    TaskGrant,
)


class Exhausted(Exception):
    """A node that would do has too little left; the text is the dimension."""


def fit(group: JsonObject, node: Node, held: Sequence[Allocation]) -> Grant:
    """Return what the group would hold on a node; raise `Exhausted` with the dimension that is short."""
    _check_reserved_ports(group, held)
    tasks: dict[str, TaskGrant] = {}
    for task in group["Tasks"]:
        devices = _offer_devices(task, node, held, tasks.values())
        tasks[task["Name"]] = replace(_task_grant(task, node, held, tasks.values()), devices=devices)
    grant = _together(tasks, int(group["EphemeralDisk"]["SizeMB"]))
    grants = [grant, *(allocation.grant for allocation in held)]
    for dimension, needed, there in (
        ("cpu", sum(one.cpu for one in grants), node.cpu),
        ("memory", sum(one.memory for one in grants), node.memory - node.reserved_memory),
        ("disk", sum(one.disk for one in grants), node.disk),
    ):
        if needed > there:
            raise Exhausted(dimension)
    return grant


def _check_reserved_ports(group: JsonObject, held: Sequence[Allocation]) -> None:
    taken = {port.value for allocation in held for port in allocation.grant.ports}
    for network in group.get("Networks") or ():
        for port in network.get("ReservedPorts") or ():
            if port["Value"] in taken:
                raise Exhausted(f"network: reserved port collision {port['Label']}={port['Value']}")


def _offer_devices(
    task: JsonObject, node: Node, held: Sequence[Allocation], earlier: Iterable[TaskGrant]
) -> tuple[DeviceGrant, ...]:
    taken = {id_ for allocation in held for grant in allocation.grant.tasks.values() for id_ in _device_ids(grant)}
    taken |= {id_ for grant in earlier for id_ in _device_ids(grant)}
    offers: list[DeviceGrant] = []
    for request in task["Resources"].get("Devices") or ():
        offer = _offer(request, node.devices, taken)
        taken |= set(offer.ids)
        offers.append(offer)
    return tuple(offers)


def _offer(request: JsonObject, groups: Sequence[DeviceGroup], taken: set[str]) -> DeviceGrant:
    """Fill one request from one group: devices of two models are never mixed."""
    if not groups:
        raise Exhausted("devices: no devices available")
    count = int(request.get("Count", 1))
    if not count:
        raise Exhausted("devices: invalid request of zero devices")
    options: list[tuple[float, DeviceGrant]] = []
    for group in groups:
        free = [instance.id for instance in group.instances if instance.healthy and instance.id not in taken]
        if constraints.device_matches(group, request) and len(free) >= count:
            grant = DeviceGrant(vendor=group.vendor, type=group.type, name=group.name, ids=tuple(free[:count]))
            options.append((constraints.device_affinity(group, request.get("Affinities") or ()), grant))
    if not options:
        raise Exhausted("devices: no devices match request")
    return max(options, key=lambda option: option[0])[1]


def _device_ids(grant: TaskGrant) -> list[str]:
    return [id_ for devices in grant.devices for id_ in devices.ids]


def _task_grant(task: JsonObject, node: Node, held: Sequence[Allocation], earlier: Iterable[TaskGrant]) -> TaskGrant:
    resources = task["Resources"]
    cores = _offer_cores(int(resources["Cores"]), node, held, earlier)
    lifecycle = task.get("Lifecycle") or {}
    return TaskGrant(
        cpu=len(cores) * node.cpu // max(node.cores, 1) if cores else int(resources["CPU"]),
        cores=cores,
        memory=int(resources["MemoryMB"]),
        hook=str(lifecycle.get("Hook", "")),
        sidecar=bool(lifecycle.get("Sidecar", False)),
    )


def _offer_cores(wanted: int, node: Node, held: Sequence[Allocation], earlier: Iterable[TaskGrant]) -> tuple[int, ...]:
    if not wanted:
        return ()
    taken = {core for allocation in held for grant in allocation.grant.tasks.values() for core in grant.cores}
    taken |= {core for grant in earlier for core in grant.cores}
    free = [core for core in range(node.cores) if core not in taken]
    if len(free) < wanted:
        raise Exhausted("cores")
    return tuple(free[:wanted])


def _together(tasks: Mapping[str, TaskGrant], disk: int) -> Grant:
    """Add up what the tasks of an allocation take; stages that never run together count as the largest of them."""
    cores = sum(task.cpu for task in tasks.values() if task.cores)
    before = [task for task in tasks.values() if task.hook == "prestart"]
    beside = [task for task in tasks.values() if task.hook in {"", "poststart"} or _spans(task)]
    after = [task for task in tasks.values() if task.hook == "poststop"]
    stages = (before, beside, after)
    cpu = max(sum(task.cpu for task in stage if not task.cores) for stage in stages)
    memory = max(sum(task.memory for task in stage) for stage in stages)
    return Grant(tasks=tasks, cpu=cores + cpu, memory=memory, disk=disk)


def _spans(task: TaskGrant) -> bool:
    return task.hook == "prestart" and task.sidecar


def carries(held: Sequence[Allocation], job: Job) -> bool:
    """Tell whether one of these allocations belongs to a job."""
    return any((allocation.namespace, allocation.job.id) == job.key for allocation in held)


def score(job: Job, group: JsonObject, node: Node, held: Sequence[Allocation], grant: Grant) -> float:
    """Return how good a node is for a group: full rather than empty, apart from its siblings, liked by affinities."""
    grants = [grant, *(allocation.grant for allocation in held)]
    cpu, memory = sum(one.cpu for one in grants), sum(one.memory for one in grants)
    free_cpu, free_memory = 1 - cpu / max(node.cpu, 1), 1 - memory / max(node.memory, 1)
    packed = min(max(20.0 - math.pow(10, free_cpu) - math.pow(10, free_memory), 0.0), 18.0) / 18.0
    scores = [packed]
    same = sum(carries([allocation], job) and allocation.group == group["Name"] for allocation in held)
    if same:
        scores.append(-(same + 1) / max(int(group["Count"]), 1))
    affinities = [*(job.spec.get("Affinities") or ()), *(group.get("Affinities") or ())]
    total = sum(abs(int(affinity.get("Weight", 50))) for affinity in affinities)
    met = sum(int(affinity.get("Weight", 50)) for affinity in affinities if constraints.meets(node, affinity))
    if met:
        scores.append(met / total)
    return sum(scores) / len(scores)
