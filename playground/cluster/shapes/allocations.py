"""Allocations as Nomad's HTTP API shows them: in full, and as stubs in lists."""

from playground.cluster.records import Allocation, Grant, JsonObject, TaskEvent, TaskGrant, TaskState
from playground.cluster.shapes.jobs import job
from playground.cluster.shapes.moments import nanoseconds, span, stamp, without_empty

_NO_TRANSITION = {
    "ForceReschedule": None,
    "Migrate": None,
    "MigrateDisablePlacement": None,
    "NoShutdownDelay": None,
    "Reschedule": None,
}
_MOST = 2_000
"""So many allocations are remembered as they are shown: each listing shows all of them, and few have changed."""
_shown: dict[int, tuple[Allocation, JsonObject]] = {}


def allocation(record: Allocation) -> JsonObject:
    """Return every field of an allocation, also the empty ones; to be read, and not to be changed."""
    known = _shown.get(id(record))
    if known is not None and known[0] is record:
        return known[1]
    if len(_shown) >= _MOST:
        _shown.clear()
    full = _allocation(record)
    _shown[id(record)] = record, full
    return full


def _allocation(record: Allocation) -> JsonObject:
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
    full = {**allocation(record)}
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
            "Delay": span(event.delay),
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
