"""The scheduler's question: on which node does a task group fit, and if on none, why not. Pure."""

import fnmatch
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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

_CLASS_INELIGIBLE = "computed class ineligible"


@dataclass(frozen=True, slots=True)
class Placed:
    """A node for the group, what it would hold there (host ports not yet numbered), and the metric."""

    node: Node
    grant: Grant
    metric: JsonObject


@dataclass(frozen=True, slots=True)
class Failed:
    """No node fits; the metric holds the reasons."""

    metric: JsonObject


@dataclass(slots=True)
class Classes:
    """Which computed node classes turned out (in)eligible, and whether a constraint escapes classes."""

    escaped: bool
    verdicts: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class _Metric:
    evaluated: int = 0
    filtered: Counter[str] = field(default_factory=Counter)
    exhausted: Counter[str] = field(default_factory=Counter)
    class_filtered: Counter[str] = field(default_factory=Counter)
    class_exhausted: Counter[str] = field(default_factory=Counter)
    scores: list[tuple[Node, float]] = field(default_factory=list)

    def filter(self, node: Node, reason: str) -> None:
        self.filtered[reason] += 1
        if node.node_class:
            self.class_filtered[node.node_class] += 1

    def exhaust(self, node: Node, dimension: str) -> None:
        self.exhausted[dimension] += 1
        if node.node_class:
            self.class_exhausted[node.node_class] += 1


class Exhausted(Exception):
    """A node that would do has too little left; the text is the dimension."""


def place(
    job: Job,
    group: JsonObject,
    nodes: Iterable[Node],
    held: Mapping[str, Sequence[Allocation]],
    classes: Classes,
    *,
    avoid: frozenset[str] = frozenset(),
) -> Placed | Failed:
    """Find the best node for one instance of a group; `held` maps a node's id to what it still carries.

    `avoid` names nodes on which an earlier instance failed: they are taken only when nothing else fits.
    """
    candidates, available, in_pool = ready_nodes(job, nodes)
    metric = _Metric()
    options: list[tuple[float, Node, Grant]] = []
    for node in candidates:
        metric.evaluated += 1
        if not _feasible(job, group, node, classes, metric):
            continue
        if _distinct_hosts(job, group) and _carries(held.get(node.id, ()), job):
            metric.filter(node, "distinct_hosts")
            continue
        try:
            grant = fit(group, node, held.get(node.id, ()))
        except Exhausted as exhausted:
            metric.exhaust(node, str(exhausted))
            continue
        score = _score(job, group, node, held.get(node.id, ()), grant) - (1.0 if node.id in avoid else 0.0)
        metric.scores.append((node, score))
        options.append((score, node, grant))
    told = _metric_json(metric, group, available, in_pool, job)
    if not options:
        return Failed(told)
    _, node, grant = max(options, key=lambda option: option[0])
    return Placed(node, grant, told)


def ready_nodes(job: Job, nodes: Iterable[Node]) -> tuple[list[Node], dict[str, int], int]:
    """Return the nodes a job may look at, how many of them each site has, and how many the pool has."""
    pool = job.spec.get("NodePool") or "default"
    in_pool = [node for node in nodes if pool in {"all", node.pool}]
    ready = [node for node in in_pool if node.status == "ready" and node.eligible and not node.draining]
    wanted = [str(site) for site in job.spec["Datacenters"]]
    chosen = [node for node in ready if any(fnmatch.fnmatchcase(node.site, pattern) for pattern in wanted)]
    return chosen, dict(Counter(node.site for node in chosen)), len(in_pool)


def classes_for(job: Job) -> Classes:
    """Return a fresh record of classes for one evaluation of a job."""
    everything = [*(job.spec.get("Constraints") or ())]
    for group in job.groups:
        everything += group.get("Constraints") or ()
        for task in group["Tasks"]:
            everything += task.get("Constraints") or ()
    return Classes(escaped=any(constraints.escapes_class(constraint) for constraint in everything))


def computed_class(node: Node) -> str:
    """Return the name of the class of nodes that look alike to the scheduler."""
    shared = {
        "site": node.site,
        "class": node.node_class,
        "pool": node.pool,
        "meta": sorted((key, value) for key, value in node.meta.items() if not key.startswith("unique.")),
        "attributes": sorted((key, value) for key, value in node.attributes.items() if not key.startswith("unique.")),
        "devices": [(group.key, sorted(group.attributes.items())) for group in node.devices],
    }
    return "v1:" + str(int.from_bytes(hashlib.sha256(repr(shared).encode()).digest()[:8], "big"))


def _feasible(job: Job, group: JsonObject, node: Node, classes: Classes, metric: _Metric) -> bool:
    name = computed_class(node)
    verdict = None if classes.escaped else classes.verdicts.get(name)
    if verdict is None:
        reason = _unmet(job, group, node)
        classes.verdicts[name] = reason is None
        if reason is not None:
            metric.filter(node, reason)
        return reason is None
    if not verdict:
        metric.filter(node, _CLASS_INELIGIBLE)
    return verdict


def _unmet(job: Job, group: JsonObject, node: Node) -> str | None:
    for constraint in job.spec.get("Constraints") or ():
        if not constraints.meets(node, constraint):
            return constraints.text_of(constraint)
    if any(not _driver_works(node, str(task["Driver"])) for task in group["Tasks"]):
        return "missing drivers"
    own = [*(group.get("Constraints") or ())]
    for task in group["Tasks"]:
        own += task.get("Constraints") or ()
    for constraint in own:
        if not constraints.meets(node, constraint):
            return constraints.text_of(constraint)
    if not _devices_exist(group, node):
        return "missing devices"
    return _missing_network(group, node)


def _driver_works(node: Node, driver: str) -> bool:
    detected, healthy, _ = node.drivers.get(driver, (False, False, ""))
    return detected and healthy


def _devices_exist(group: JsonObject, node: Node) -> bool:
    """Tell whether the node has as many healthy matching devices; as Nomad since 1.11, across models."""
    requests = [request for task in group["Tasks"] for request in task["Resources"].get("Devices") or ()]
    left = {devices.key: sum(instance.healthy for instance in devices.instances) for devices in node.devices}
    for request in requests:
        wanted = int(request.get("Count", 1))
        for devices in node.devices:
            if constraints.device_matches(devices, request):
                taken = min(wanted, left[devices.key])
                left[devices.key] -= taken
                wanted -= taken
        if wanted:
            return False
    return True


def _missing_network(group: JsonObject, node: Node) -> str | None:
    for network in group.get("Networks") or ():
        mode = network.get("Mode") or "host"
        if mode == "bridge" and "plugins.cni.version.bridge" not in node.attributes:
            return "missing network"
        if mode.startswith("cni/"):
            return "missing network"
    return None


def _distinct_hosts(job: Job, group: JsonObject) -> bool:
    both = [*(job.spec.get("Constraints") or ()), *(group.get("Constraints") or ())]
    return any(constraint.get("Operand") == "distinct_hosts" for constraint in both)


def _carries(held: Sequence[Allocation], job: Job) -> bool:
    return any((allocation.namespace, allocation.job.id) == job.key for allocation in held)


def fit(group: JsonObject, node: Node, held: Sequence[Allocation]) -> Grant:
    """Return what the group would hold on a node; raise `Exhausted` with the dimension that is short."""
    _check_reserved_ports(group, held)
    tasks: dict[str, TaskGrant] = {}
    for task in group["Tasks"]:
        devices = _offer_devices(task, node, held, tasks.values())
        tasks[task["Name"]] = replace(_task_grant(task, node, held, tasks.values()), devices=devices)
    grant = Grant(tasks=tasks, disk=int(group["EphemeralDisk"]["SizeMB"]))
    used = [totals(allocation.grant) for allocation in held] + [totals(grant)]
    cpu, memory, disk = (sum(part) for part in zip(*used, strict=True))
    for dimension, needed, there in (
        ("cpu", cpu, node.cpu),
        ("memory", memory, node.memory - node.reserved_memory),
        ("disk", disk, node.disk),
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


def totals(grant: Grant) -> tuple[int, int, int]:
    """Return CPU, memory and disk a grant takes, counting tasks that never run together only once."""
    cores = sum(task.cpu for task in grant.tasks.values() if task.cores)
    before = [task for task in grant.tasks.values() if task.hook == "prestart"]
    beside = [task for task in grant.tasks.values() if task.hook in {"", "poststart"} or _spans(task)]
    after = [task for task in grant.tasks.values() if task.hook == "poststop"]
    stages = (before, beside, after)
    cpu = max(sum(task.cpu for task in stage if not task.cores) for stage in stages)
    memory = max(sum(task.memory for task in stage) for stage in stages)
    return cores + cpu, memory, grant.disk


def _spans(task: TaskGrant) -> bool:
    return task.hook == "prestart" and task.sidecar


def _score(job: Job, group: JsonObject, node: Node, held: Sequence[Allocation], grant: Grant) -> float:
    used = [totals(allocation.grant) for allocation in held] + [totals(grant)]
    cpu, memory, _ = (sum(part) for part in zip(*used, strict=True))
    free_cpu, free_memory = 1 - cpu / max(node.cpu, 1), 1 - memory / max(node.memory, 1)
    packed = min(max(20.0 - math.pow(10, free_cpu) - math.pow(10, free_memory), 0.0), 18.0) / 18.0
    scores = [packed]
    same = sum(_carries([allocation], job) and allocation.group == group["Name"] for allocation in held)
    if same:
        scores.append(-(same + 1) / max(int(group["Count"]), 1))
    affinities = [*(job.spec.get("Affinities") or ()), *(group.get("Affinities") or ())]
    total = sum(abs(int(affinity.get("Weight", 50))) for affinity in affinities)
    met = sum(int(affinity.get("Weight", 50)) for affinity in affinities if constraints.meets(node, affinity))
    if met:
        scores.append(met / total)
    return sum(scores) / len(scores)


def _metric_json(metric: _Metric, group: JsonObject, available: dict[str, int], in_pool: int, job: Job) -> JsonObject:
    return {
        "AllocationTime": 100_000,
        "ClassExhausted": dict(metric.class_exhausted) or None,
        "ClassFiltered": dict(metric.class_filtered) or None,
        "CoalescedFailures": 0,
        "ConstraintFiltered": dict(metric.filtered) or None,
        "DimensionExhausted": dict(metric.exhausted) or None,
        "NodePool": job.spec.get("NodePool") or "default",
        "NodesAvailable": available,
        "NodesEvaluated": metric.evaluated,
        "NodesExhausted": metric.exhausted.total(),
        "NodesFiltered": metric.filtered.total(),
        "NodesInPool": in_pool,
        "QuotaExhausted": None,
        "ResourcesExhausted": _short(metric, group),
        "ScoreMetaData": [
            {"NodeID": node.id, "NormScore": score, "Scores": {"binpack": score}}
            for node, score in sorted(metric.scores, key=lambda pair: -pair[1])[:5]
        ]
        or None,
        "Scores": None,
    }


def _short(metric: _Metric, group: JsonObject) -> JsonObject | None:
    if not metric.exhausted:
        return None
    return {
        task["Name"]: {
            "CPU": task["Resources"]["CPU"] if metric.exhausted["cpu"] else 0,
            "Cores": 0,
            "MemoryMB": task["Resources"]["MemoryMB"] if metric.exhausted["memory"] else 0,
            "MemoryMaxMB": 0,
            "DiskMB": 0,
            "Networks": None,
            "Devices": None,
            "NUMA": None,
            "SecretsMB": 0,
        }
        for task in group["Tasks"]
    }
