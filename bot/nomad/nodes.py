"""Read a node: its site and purpose, its GPUs, and what it has for deployments when it is empty."""

import re

from bot.domain.base import NodeId, Site
from bot.domain.deployment import GpuGroup, Node
from bot.nomad.json_values import JsonObject, count, fields, items, text, text_map, whole
from bot.nomad.specification import GPU

_MEBIBYTES = {"MiB": 1, "MB": 1, "GiB": 1024, "GB": 1024}
_READY = re.compile("ready")


def read_node(entry: JsonObject) -> Node | None:
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
