"""Records as Nomad's HTTP API shows them: full objects, list stubs, and what is left out when empty."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from playground.cluster.placement import computed_class
from playground.cluster.records import (
    Allocation,
    DeviceGroup,
    Evaluation,
    Grant,
    Job,
    JsonObject,
    Namespace,
    Node,
    Rollout,
    RolloutGroup,
    Service,
    TaskEvent,
    TaskGrant,
    TaskState,
    Variable,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NO_TRANSITION = {
    "ForceReschedule": None,
    "Migrate": None,
    "MigrateDisablePlacement": None,
    "NoShutdownDelay": None,
    "Reschedule": None,
}
_COUNTS = ("Complete", "Failed", "Lost", "Queued", "Running", "Starting", "Unknown")


def nanoseconds(moment: datetime) -> int:
    """Return a moment as Nomad's integers: nanoseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND * 1000


def stamp(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339 text in UTC, without trailing zeros."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def job(record: Job) -> JsonObject:
    """Return a job in full."""
    return {
        **record.spec,
        "CreateIndex": record.create_index,
        "JobModifyIndex": record.job_modify_index,
        "ModifyIndex": record.modify_index,
        "Status": record.status,
        "Stop": record.stop,
        "SubmitTime": nanoseconds(record.submitted),
        "Version": record.version,
    }


def job_stub(record: Job, summary: JsonObject, *, meta: bool) -> JsonObject:
    """Return a job as `/v1/jobs` lists it."""
    full = job(record)
    same = (
        "CreateIndex",
        "Datacenters",
        "ID",
        "JobModifyIndex",
        "ModifyIndex",
        "Multiregion",
        "Name",
        "Namespace",
        "NodePool",
        "ParentID",
        "Priority",
        "Status",
        "StatusDescription",
        "Stop",
        "SubmitTime",
        "Type",
    )
    stub = {key: full[key] for key in same}
    stub |= {"JobSummary": summary, "ParameterizedJob": bool(full["ParameterizedJob"])}
    stub["Periodic"] = bool(full["Periodic"])
    return {**stub, "Meta": full["Meta"]} if meta else stub


def summary(record: Job, allocations: Iterable[Allocation], evaluations: Iterable[Evaluation]) -> JsonObject:
    """Return how many allocations of each group are in which state."""
    counted = {group["Name"]: dict.fromkeys(_COUNTS, 0) for group in record.groups}
    index = record.create_index
    for allocation in allocations:
        index = max(index, allocation.modify_index)
        if allocation.group in counted and allocation.job.create_index == record.create_index:
            word = {"pending": "Starting"}.get(allocation.client, allocation.client.capitalize())
            if not (word == "Starting" and allocation.desired != "run"):
                counted[allocation.group][word] += 1
    latest = max((one for one in evaluations if one.queued), key=lambda one: one.modify_index, default=None)
    for group, queued in ((latest.queued or {}) if latest and not record.stop else {}).items():
        if group in counted:
            counted[group]["Queued"] = queued
    return {
        "Children": {"Dead": 0, "Pending": 0, "Running": 0},
        "CreateIndex": record.create_index,
        "JobID": record.id,
        "ModifyIndex": index,
        "Namespace": record.namespace,
        "Summary": counted,
    }


def allocation(record: Allocation) -> JsonObject:
    """Return every field of an allocation, also the empty ones."""
    return {
        "AllocModifyIndex": record.alloc_modify_index,
        "AllocStates": [
            {"Field": "ClientStatus", "Time": stamp(moment), "Value": value} for value, moment in record.state_changes
        ]
        or None,
        "AllocatedResources": _granted(record.grant),
        "ClientDescription": record.client_description,
        "ClientStatus": record.client,
        "CreateIndex": record.create_index,
        "CreateTime": nanoseconds(record.created),
        "DeploymentID": record.rollout,
        "DeploymentStatus": _health(record),
        "DesiredDescription": record.desired_description,
        "DesiredStatus": record.desired,
        "DesiredTransition": {**_NO_TRANSITION, "Migrate": True} if record.migrate else _NO_TRANSITION,
        "EvalID": record.evaluation,
        "FollowupEvalID": record.followup,
        "ID": record.id,
        "Job": job(record.job),
        "JobID": record.job.id,
        "Metrics": record.metric,
        "ModifyIndex": record.modify_index,
        "ModifyTime": nanoseconds(record.modified),
        "Name": record.name,
        "Namespace": record.namespace,
        "NetworkStatus": {"Address": "", "AddressIPv6": "", "DNS": None, "InterfaceName": ""} if record.tasks else None,
        "NextAllocation": record.next,
        "NodeID": record.node,
        "NodeName": record.node_name,
        "PreemptedAllocations": None,
        "PreemptedByAllocation": "",
        "PreviousAllocation": record.previous,
        "RescheduleTracker": _tracker(record),
        "Resources": None,
        "SharedResources": None,
        "TaskGroup": record.group,
        "TaskResources": None,
        "TaskStates": {name: _task_state(state) for name, state in record.tasks.items()} or None,
    }


def allocation_shown(record: Allocation, *, with_job: bool = True) -> JsonObject:
    """Return an allocation as Nomad shows a single one: without what is empty."""
    full = allocation(record)
    if full["DesiredTransition"] == _NO_TRANSITION:
        del full["DesiredTransition"]
    if not with_job:
        del full["Job"]
    return without_empty(full)


def allocation_stub(record: Allocation, *, resources: bool, task_states: bool) -> JsonObject:
    """Return an allocation as lists show it."""
    full = allocation(record)
    hidden = {
        "AllocModifyIndex",
        "AllocStates",
        "AllocatedResources",
        "DeploymentID",
        "Job",
        "Metrics",
        "NetworkStatus",
        "PreviousAllocation",
        "Resources",
        "SharedResources",
        "TaskResources",
    }
    stub = {key: value for key, value in full.items() if key not in hidden}
    stub |= {"JobType": record.job.type, "JobVersion": record.job.version}
    if not task_states:
        stub["TaskStates"] = None
    return {**stub, "AllocatedResources": full["AllocatedResources"]} if resources else stub


def without_empty(full: JsonObject) -> JsonObject:
    """Return an object without fields that are empty, zero or null."""
    return {key: value for key, value in full.items() if value not in (None, "", 0, False, {}, [])}


def _granted(grant: Grant) -> JsonObject:
    ports = [{"HostIP": port.host, "Label": port.label, "To": port.to, "Value": port.value} for port in grant.ports]
    networks = [
        {"HostNetwork": "default", "Label": port.label, "To": port.to, "Value": port.value} for port in grant.ports
    ]
    return {
        "Shared": {
            "DiskMB": grant.disk,
            "Networks": [{"DynamicPorts": networks, "IP": "127.0.0.1"}] if ports else None,
            "Ports": ports or None,
        },
        "TaskLifecycles": {
            name: {"Hook": task.hook, "Sidecar": task.sidecar} if task.hook else None
            for name, task in grant.tasks.items()
        },
        "Tasks": {name: _task_granted(task) for name, task in grant.tasks.items()},
    }


def _task_granted(task: TaskGrant) -> JsonObject:
    devices = [
        {"DeviceIDs": list(one.ids), "Name": one.name, "Type": one.type, "Vendor": one.vendor} for one in task.devices
    ]
    return {
        "Cpu": {"CpuShares": task.cpu, "ReservedCores": list(task.cores) or None},
        "Devices": devices or None,
        "Memory": {"MemoryMB": task.memory, "MemoryMaxMB": task.memory_max},
        "Networks": None,
    }


def _health(record: Allocation) -> JsonObject | None:
    if record.healthy is None:
        return None
    return {
        "Canary": False,
        "Healthy": record.healthy,
        "ModifyIndex": record.modify_index,
        "Timestamp": stamp(record.healthy_at),
    }


def _tracker(record: Allocation) -> JsonObject | None:
    if not record.reschedules:
        return None
    events = [
        {
            "Delay": event.delay // _MICROSECOND * 1000,
            "PrevAllocID": event.allocation,
            "PrevNodeID": event.node,
            "RescheduleTime": nanoseconds(event.time),
        }
        for event in record.reschedules
    ]
    return {"Events": events, "LastReschedule": "ok"}


def _task_state(state: TaskState) -> JsonObject:
    return {
        "Events": [_task_event(event) for event in state.events],
        "Failed": state.failed,
        "FinishedAt": stamp(state.finished_at),
        "LastRestart": stamp(state.last_restart),
        "Paused": "",
        "Restarts": state.restarts,
        "StartedAt": stamp(state.started_at),
        "State": state.phase,
    }


def _task_event(event: TaskEvent) -> JsonObject:
    details = event.details
    return {
        "Details": dict(details),
        "DiskLimit": 0,
        "DisplayMessage": event.message,
        "DownloadError": "",
        "DriverError": details.get("driver_error", ""),
        "DriverMessage": details.get("driver_message", ""),
        "ExitCode": int(details.get("exit_code", "0")),
        "FailedSibling": details.get("failed_sibling", ""),
        "FailsTask": details.get("fails_task") == "true",
        "GenericSource": "",
        "KillError": "",
        "KillReason": "",
        "KillTimeout": 0,
        "Message": details.get("message") or details.get("exit_message", ""),
        "RestartReason": details.get("restart_reason", ""),
        "SetupError": "",
        "Signal": 0,
        "StartDelay": int(details.get("start_delay", "0")),
        "TaskSignal": "",
        "TaskSignalReason": "",
        "Time": nanoseconds(event.time),
        "Type": event.type,
        "ValidationError": "",
        "VaultError": "",
    }


def evaluation(record: Evaluation) -> JsonObject:
    """Return every field of an evaluation, also the empty ones."""
    return {
        "BlockedEval": record.blocked,
        "ClassEligibility": dict(record.classes) if record.classes is not None else None,
        "CreateIndex": record.create_index,
        "CreateTime": nanoseconds(record.created),
        "DeploymentID": record.rollout,
        "EscapedComputedClass": record.status == "blocked" and record.classes is None,
        "FailedTGAllocs": dict(record.failures) or None,
        "ID": record.id,
        "JobID": record.job,
        "JobModifyIndex": record.job_modify_index,
        "ModifyIndex": record.modify_index,
        "ModifyTime": nanoseconds(record.modified),
        "Namespace": record.namespace,
        "NextEval": record.next,
        "NodeID": record.node,
        "PreviousEval": record.previous,
        "Priority": record.priority,
        "QueuedAllocations": dict(record.queued) if record.queued is not None else None,
        "QuotaLimitReached": "",
        "SnapshotIndex": record.snapshot_index,
        "Status": record.status,
        "StatusDescription": record.description,
        "TriggeredBy": record.trigger,
        "Type": record.type,
        "WaitUntil": stamp(record.wait_until),
    }


def rollout(record: Rollout, spec: JsonObject | None) -> JsonObject:
    """Return a rolling update."""
    return {
        "CreateIndex": record.create_index,
        "CreateTime": nanoseconds(record.created),
        "EvalPriority": record.priority,
        "ID": record.id,
        "IsMultiregion": False,
        "JobCreateIndex": record.job_create_index,
        "JobID": record.job,
        "JobModifyIndex": record.job_modify_index,
        "JobSpecModifyIndex": record.job_modify_index,
        "JobVersion": record.job_version,
        "ModifyIndex": record.modify_index,
        "ModifyTime": nanoseconds(record.modified),
        "Namespace": record.namespace,
        "Status": record.status,
        "StatusDescription": record.description,
        "TaskGroups": {name: _rollout_group(group, name, spec) for name, group in record.groups.items()},
    }


def _rollout_group(group: RolloutGroup, name: str, spec: JsonObject | None) -> JsonObject:
    listed = (spec or {}).get("TaskGroups") or ()
    update = next((one.get("Update") for one in listed if one["Name"] == name), None) or {}
    return {
        "AutoPromote": False,
        "AutoRevert": False,
        "DesiredCanaries": 0,
        "DesiredTotal": group.desired,
        "HealthyAllocs": group.healthy,
        "PlacedAllocs": group.placed,
        "PlacedCanaries": None,
        "ProgressDeadline": update.get("ProgressDeadline", 0),
        "Promoted": False,
        "RequireProgressBy": stamp(group.require_progress_by),
        "UnhealthyAllocs": group.unhealthy,
    }


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
            name: {kinds[type(value)]: value, **({"Unit": unit} if unit else {})}
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


def service(record: Service) -> JsonObject:
    """Return one registration of a service."""
    return {
        "Address": record.address,
        "AllocID": record.allocation,
        "CreateIndex": record.create_index,
        "Datacenter": record.site,
        "ID": record.id,
        "JobID": record.job,
        "ModifyIndex": record.modify_index,
        "Namespace": record.namespace,
        "NodeID": record.node,
        "Port": record.port,
        "ServiceName": record.name,
        "Tags": list(record.tags) or None,
    }


def variable(record: Variable, *, with_items: bool) -> JsonObject:
    """Return a variable, or only what lists tell about it."""
    shown: JsonObject = {
        "CreateIndex": record.create_index,
        "CreateTime": nanoseconds(record.created),
        "ModifyIndex": record.modify_index,
        "ModifyTime": nanoseconds(record.modified),
        "Namespace": record.namespace,
        "Path": record.path,
    }
    return {**shown, "Items": dict(record.items)} if with_items else shown


def namespace(record: Namespace) -> JsonObject:
    """Return a namespace."""
    limited = record.enabled_drivers is not None or record.disabled_drivers is not None
    return {
        "Capabilities": {
            "DisabledNetworkModes": None,
            "DisabledTaskDrivers": list(record.disabled_drivers) if record.disabled_drivers else None,
            "EnabledNetworkModes": None,
            "EnabledTaskDrivers": list(record.enabled_drivers) if record.enabled_drivers else None,
        }
        if limited
        else None,
        "ConsulConfiguration": None,
        "CreateIndex": record.create_index,
        "Description": record.description,
        "Hash": "",
        "Meta": dict(record.meta) or None,
        "ModifyIndex": record.modify_index,
        "Name": record.name,
        "NodePoolConfiguration": None,
        "Quota": "",
        "VaultConfiguration": None,
    }
