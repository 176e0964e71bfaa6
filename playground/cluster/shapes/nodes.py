"""Nodes as Nomad's HTTP API shows them: in full, and as stubs in lists."""

from playground.cluster.placement import computed_class
from playground.cluster.records import DeviceGroup, JsonObject, Node
from playground.cluster.shapes.moments import nanoseconds, stamp


def node(record: Node) -> JsonObject:
    """Return a node in full."""
    return {
        "Attributes": dict(record.attributes),
        "CSIControllerPlugins": {},
        "CSINodePlugins": {},
        "CgroupParent": "nomad.slice",
        "ComputedClass": computed_class(record),
        "CreateIndex": record.create_index,
        "Datacenter": record.site,
        "Drain": record.draining,
        "DrainStrategy": {"Deadline": 0, "ForceDeadline": None, "IgnoreSystemJobs": False} if record.draining else None,
        "Drivers": _drivers(record),
        "Events": [
            {
                "CreateIndex": event.index,
                "Details": None,
                "Message": event.message,
                "Subsystem": event.subsystem,
                "Timestamp": stamp(event.time),
            }
            for event in record.events
        ],
        "GCVolumesOnNodeGC": False,
        "HTTPAddr": record.http_address,
        "HostNetworks": None,
        "HostVolumes": {},
        "ID": record.id,
        "LastAllocUpdateIndex": 0,
        "LastDrain": None,
        "LastMissedHeartbeatIndex": 0,
        "Links": {},
        "Meta": dict(record.meta),
        "ModifyIndex": record.modify_index,
        "Name": record.name,
        "NodeClass": record.node_class,
        "NodeMaxAllocs": 0,
        "NodePool": record.pool,
        "NodeResources": _node_resources(record),
        "ReservedResources": _reserved(record),
        "SchedulingEligibility": "eligible" if record.eligible else "ineligible",
        "SecretID": "",
        "Status": record.status,
        "StatusDescription": record.status_description,
        "StatusUpdatedAt": nanoseconds(record.updated) // 1_000_000_000,
        "TLSEnabled": False,
    }


def node_stub(record: Node, *, resources: bool, os: bool) -> JsonObject:
    """Return a node as `/v1/nodes` lists it: without metadata."""
    full = node(record)
    same = (
        "CreateIndex",
        "Datacenter",
        "Drain",
        "Drivers",
        "HostVolumes",
        "ID",
        "LastDrain",
        "ModifyIndex",
        "Name",
        "NodeClass",
        "NodePool",
        "SchedulingEligibility",
        "Status",
        "StatusDescription",
    )
    stub = {key: full[key] for key in same}
    stub |= {"Address": record.address, "Version": record.attributes.get("nomad.version", "")}
    if resources:
        stub |= {"NodeResources": full["NodeResources"], "ReservedResources": full["ReservedResources"]}
    return {**stub, "Attributes": {"os.name": record.attributes.get("os.name", "")}} if os else stub


def _drivers(record: Node) -> JsonObject:
    moment = stamp(record.updated)
    return {
        name: {
            "Attributes": {f"driver.{name}": "true"} if detected else {},
            "Detected": detected,
            "HealthDescription": description,
            "Healthy": healthy,
            "UpdateTime": moment,
        }
        for name, (detected, healthy, description) in record.drivers.items()
    }


def _node_resources(record: Node) -> JsonObject:
    return {
        "Cpu": {
            "CpuShares": record.cpu,
            "ReservableCpuCores": list(range(record.cores)),
            "TotalCpuCores": record.cores,
        },
        "Devices": [_device_group(group) for group in record.devices] or None,
        "Disk": {"DiskMB": record.disk},
        "MaxDynamicPort": 32000,
        "Memory": {"MemoryMB": record.memory},
        "MinDynamicPort": 20000,
        "Networks": [{"CIDR": "127.0.0.1/32", "Device": "lo", "IP": "127.0.0.1", "MBits": 1000, "Mode": "host"}],
    }


def _reserved(record: Node) -> JsonObject:
    return {
        "Cpu": {"CpuShares": 0, "ReservedCpuCores": None},
        "Disk": {"DiskMB": 0},
        "Memory": {"MemoryMB": record.reserved_memory},
        "Networks": {"ReservedHostPorts": ""},
    }


def _device_group(group: DeviceGroup) -> JsonObject:
    kinds = {bool: "Bool", int: "Int", float: "Float", str: "String"}
    return {
        "Attributes": {
            name: {**dict.fromkeys(kinds.values()), kinds[type(value)]: value, "Unit": unit}
            for name, (value, unit) in group.attributes.items()
        },
        "Instances": [
            {
                "HealthDescription": one.health_description,
                "Healthy": one.healthy,
                "ID": one.id,
                "Locality": {"PciBusID": one.bus} if one.bus else None,
            }
            for one in group.instances
        ],
        "Name": group.name,
        "Type": group.type,
        "Vendor": group.vendor,
    }
