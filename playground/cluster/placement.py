"""The scheduler's question: on which node does a task group fit, and if on none, why not. Pure."""

import fnmatch
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from playground.cluster import constraints, fitting
from playground.cluster.records import (
    Allocation,
    Grant,
    Job,
    JsonObject,
    Node,
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
        if _distinct_hosts(job, group) and fitting.carries(held.get(node.id, ()), job):
            metric.filter(node, "distinct_hosts")
            continue
        try:
            grant = fitting.fit(group, node, held.get(node.id, ()))
        except fitting.Exhausted as exhausted:
            metric.exhaust(node, str(exhausted))
            continue
        score = fitting.score(job, group, node, held.get(node.id, ()), grant) - (1.0 if node.id in avoid else 0.0)
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
