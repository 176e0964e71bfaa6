"""What only a node's client knows: statistics, logs, checks, restarts in place."""

import base64
import hashlib
import json
from datetime import datetime, timedelta

from playground.cluster import shapes
from playground.cluster.engine import Engine
from playground.cluster.records import Allocation, DeviceGroup, JsonObject, Node
from playground.cluster.routing import Answer, ApiError, Request, Route, check_uuid
from playground.cluster.usage import GpuUsage, Holder, TaskUsage, instance_stats

_MEMORY_MEASURES = ("RSS", "Cache", "Swap", "Usage", "Max Usage")


def _reachable_node(request: Request, id_: str) -> Node:
    check_uuid(id_, "node")
    node = request.engine.state.nodes.get(id_)
    if node is None:
        raise ApiError(404, f"Unknown node {id_}")
    if node.status != "ready":
        raise ApiError(404, "No path to node")
    trouble = request.engine.usage.troubles.get(id_)
    if trouble is not None and trouble.error:
        raise ApiError(500, trouble.error)
    return node


def _delay(request: Request, node: Node) -> timedelta:
    trouble = request.engine.usage.troubles.get(node.id)
    return trouble.delay if trouble else timedelta(0)


def _reachable_allocation(request: Request, capability: str) -> Allocation:
    id_ = request.parts[0]
    check_uuid(id_, "alloc")
    one = request.engine.state.allocations.get(id_)
    if one is None:
        raise ApiError(404, f'Unknown allocation "{id_}"')
    request.need(capability, one.namespace)
    _reachable_node(request, one.node)
    return one


def _node_stats(request: Request) -> Answer:
    request.need("node:read")
    if not request.one("node_id"):
        raise ApiError(400, "No local Node and node_id not provided")
    node = _reachable_node(request, request.one("node_id"))
    total = node.memory * 1024 * 1024
    used = sum(task.memory for one in _live(request, node) for task in one.grant.tasks.values()) * 1024 * 1024 // 2
    return Answer(
        json={
            "AllocDirStats": {"Available": node.disk * 10**6 // 2, "Size": node.disk * 10**6, "UsedPercent": 50.0},
            "CPU": [
                {
                    "CPU": f"cpu{number}",
                    "Idle": 90.0,
                    "System": 2.0,
                    "TotalPercent": 10.0,
                    "TotalTicks": 250.0,
                    "User": 8.0,
                }
                for number in range(node.cores)
            ],
            "CPUTicksConsumed": node.cpu / 10,
            "DeviceStats": [_group_stats(request, node, group, None) for group in node.devices] or None,
            "DiskStats": [],
            "Memory": {"Available": total - used, "Free": total - used, "Total": total, "Used": used},
            "Timestamp": shapes.nanoseconds(request.now),
            "Uptime": 86400,
        },
        read=False,
        delay=_delay(request, node),
    )


def _live(request: Request, node: Node) -> list[Allocation]:
    return [one for one in request.engine.state.allocations_on(node.id) if not one.client_terminal]


def gpu_usages(engine: Engine, node: Node, now: datetime) -> dict[str, GpuUsage]:
    """Return what every GPU of a node does: as it was when its plugin died, if it did."""
    frozen = engine.usage.frozen.get(node.id)
    if frozen is not None:
        return dict(frozen.gpus)
    holders = _holders(engine, node)
    ids = [instance.id for group in node.devices for instance in group.instances]
    return {id_: engine.usage.gpu(id_, holder=holders.get(id_), now=now) for id_ in ids}


def _holders(engine: Engine, node: Node) -> dict[str, Holder]:
    found: dict[str, Holder] = {}
    for one in engine.state.allocations_on(node.id):
        if not one.client_terminal:
            held = [id_ for task in one.grant.tasks.values() for devices in task.devices for id_ in devices.ids]
            found |= {id_: Holder(job=one.job.id, place=place) for place, id_ in enumerate(held)}
    return found


def _group_stats(request: Request, node: Node, group: DeviceGroup, only: frozenset[str] | None) -> JsonObject:
    frozen = request.engine.usage.frozen.get(node.id)
    moment = shapes.stamp(frozen.at if frozen else request.now) or ""
    usages = gpu_usages(request.engine, node, request.now)
    stats = {
        instance.id: instance_stats(group, usages[instance.id], moment)
        for instance in group.instances
        if instance.id in usages and (only is None or instance.id in only)
    }
    return {
        "InstanceStats": {id_: stat for id_, stat in stats.items() if stat is not None},
        "Name": group.name,
        "Type": group.type,
        "Vendor": group.vendor,
    }


def _allocation_stats(request: Request) -> Answer:
    one = _reachable_allocation(request, "read-job")
    node = request.engine.state.nodes[one.node]
    usage = request.engine.usage.allocation(one.id, one.job.id, now=request.now)
    running = {name for name, state in one.tasks.items() if state.phase == "running"}
    moment = shapes.nanoseconds(request.now)
    tasks: JsonObject = {}
    devices: list[JsonObject] = []
    for name in one.tasks:
        grant = one.grant.tasks[name]
        ids = {group.name: frozenset(group.ids) for group in grant.devices}
        own = [_group_stats(request, node, group, ids[group.name]) for group in node.devices if group.name in ids]
        share = usage if name in _mains(one) else TaskUsage(cpu_percent=0.1, memory=20_000_000)
        if name in running:
            devices += own
            used = _resource_usage(share, node, own)
            tasks[name] = {"Pids": None, "ResourceUsage": used, "Timestamp": moment}
    total = TaskUsage(cpu_percent=usage.cpu_percent if running else 0.0, memory=usage.memory if running else 0)
    answer = {
        "ResourceUsage": _resource_usage(total, node, devices),
        "Tasks": tasks,
        "Timestamp": moment if running else 0,
    }
    return Answer(json=answer, read=False, delay=_delay(request, node))


def _mains(one: Allocation) -> set[str]:
    return {name for name, grant in one.grant.tasks.items() if not grant.hook}


def _resource_usage(usage: TaskUsage, node: Node, devices: list[JsonObject]) -> JsonObject:
    return {
        "CpuStats": {
            "Measured": ["Throttled Periods", "Throttled Time", "Percent"],
            "Percent": usage.cpu_percent,
            "SystemMode": 0.0,
            "ThrottledPeriods": 0,
            "ThrottledTime": 0,
            "TotalTicks": usage.cpu_percent / 100 * node.cpu / max(node.cores, 1),
            "UserMode": usage.cpu_percent,
        },
        "DeviceStats": devices,
        "MemoryStats": {
            "Cache": 0,
            "KernelMaxUsage": 0,
            "KernelUsage": 0,
            "MappedFile": 0,
            "MaxUsage": usage.memory,
            "Measured": list(_MEMORY_MEASURES),
            "RSS": usage.memory,
            "Swap": 0,
            "Usage": usage.memory,
        },
    }


def _restart(request: Request) -> Answer:
    one = _reachable_allocation(request, "alloc-lifecycle")
    body = json.loads(request.body) if request.body else {}
    task, everything = str(body.get("TaskName") or ""), bool(body.get("AllTasks"))
    if task and everything:
        raise ApiError(500, "Invalid request: task name cannot be set when restarting all tasks")
    try:
        with request.engine.state.commit():
            request.engine.clients.restart(one, task, everything=everything, now=request.now)
    except LookupError as error:
        raise ApiError(500, f"Could not find task runner for task: {task}") from error
    return Answer(json={"Index": 0}, read=False)


def _checks(request: Request) -> Answer:
    one = _reachable_allocation(request, "read-job")
    group = one.job.group(one.group) or {}
    results: JsonObject = {}
    for service in group.get("Services") or ():
        for check in service["Checks"] or () if service["Provider"] == "nomad" else ():
            name = check.get("Name") or f'service: "{service["Name"]}" check'
            id_ = hashlib.sha256(f"{one.id}{service['Name']}{name}".encode()).hexdigest()[:32]
            results[id_] = {
                "Check": name,
                "Group": one.name,
                "ID": id_,
                "Mode": "healthiness",
                "Output": "nomad: http ok" if one.client == "running" else "nomad: waiting to run",
                "Service": service["Name"],
                "Status": "success" if one.client == "running" else "pending",
                "StatusCode": 200 if one.client == "running" else 0,
                "Task": "",
                "Timestamp": shapes.nanoseconds(request.now) // 1_000_000_000,
            }
    return Answer(json=results or None, read=False)


def _logs(request: Request) -> Answer:
    if not request.one("task"):
        raise ApiError(400, "must provide task name")
    if request.one("type") not in {"stdout", "stderr"}:
        raise ApiError(400, "must provide log type (stdout/stderr)")
    one = _reachable_allocation(request, "read-logs")
    task = request.one("task")
    if task not in one.grant.tasks:
        raise ApiError(400, f'unknown task name "{task}"')
    found = request.engine.clients.logs_of(one.id, task)
    if found is None:
        raise ApiError(404, f'task "{task}" not started yet. No logs available')
    text = found if request.one("type") == "stdout" else ""
    offset = request.number("offset")
    start = max(len(text) - offset, 0) if request.one("origin") == "end" else offset
    text = text[start:]
    if request.flag("plain"):
        return Answer(text=text, read=False)
    encoded = base64.b64encode(text.encode()).decode()
    frame = {"Data": encoded, "File": f"alloc/logs/{task}.{request.one('type')}.0", "Offset": len(text)}
    return Answer(text=json.dumps(frame) if text else "", read=False)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/client/stats", _node_stats),
    Route("GET", "/v1/client/allocation/:id/stats", _allocation_stats),
    Route("GET", "/v1/client/allocation/:id/checks", _checks),
    Route("GET", "/v1/allocation/:id/checks", _checks),
    Route("PUT POST", "/v1/client/allocation/:id/restart", _restart),
    Route("GET", "/v1/client/fs/logs/:id", _logs),
)
