"""A submitted job with every default filled in, as Nomad stores and returns it."""

import copy
from datetime import timedelta
from typing import Any

from playground.cluster import defaults
from playground.cluster.records import JsonObject

_CONSUL = {"LTarget": "${attr.consul.version}", "Operand": "semver", "RTarget": ">= 1.8.0"}
_NATIVE = {"LTarget": "${attr.nomad.service_discovery}", "Operand": "=", "RTarget": "true"}
_NATIVE_CHECKS = {"LTarget": "${attr.nomad.version}", "Operand": "semver", "RTarget": ">= 1.4.0"}


def canonical_job(submitted: JsonObject, namespace: str) -> JsonObject:
    """Return the job with defaults, in the given namespace; unknown fields are dropped as Nomad drops them."""
    job = _filled(defaults.JOB, submitted)
    job["Namespace"] = namespace
    job["Name"] = job["Name"] if job["Name"] is not None else job["ID"]
    job["Type"] = job["Type"] if job["Type"] is not None else "service"
    job["Priority"] = 50 if job["Priority"] in {None, 0} else job["Priority"]
    job["Datacenters"] = job["Datacenters"] or ["*"]
    job["NodePool"] = job["NodePool"] or "default"
    job["Meta"] = job["Meta"] or None
    job["Region"] = "global"
    job["Constraints"] = [_constraint(one) for one in job["Constraints"] or ()] or None
    job["Affinities"] = [_affinity(one) for one in job["Affinities"] or ()] or None
    update = {**defaults.ROLLOUT, **_given(submitted.get("Update"))}
    job["TaskGroups"] = [_group(group, job, submitted, update) for group in job["TaskGroups"] or ()] or None
    job["Update"] = _job_update(update) if job["Type"] in {"service", "system"} else _no_update()
    return job


def comparable(spec: JsonObject) -> JsonObject:
    """Return the part of a job whose change makes a new version."""
    return {key: value for key, value in spec.items() if key not in {"Stable", "StatusDescription", "VersionTag"}}


def needs_replacement(old: JsonObject, new: JsonObject, group: str) -> bool:
    """Tell whether a change of the job means new allocations for a group, not an update in place."""
    return bool(_running_part(old, group) != _running_part(new, group))


def duration(nanoseconds: int | None) -> timedelta:
    """Turn Nomad's nanoseconds into a duration."""
    return timedelta(microseconds=(nanoseconds or 0) // 1000)


def _running_part(spec: JsonObject, name: str) -> Any:
    group = next((group for group in spec["TaskGroups"] or () if group["Name"] == name), None)
    if group is None:
        return None
    in_place = {"Constraints", "Affinities", "Services", "RestartPolicy", "LogConfig", "KillTimeout", "Resources"}
    tasks = [
        {key: value for key, value in task.items() if key not in in_place} | {"Resources": _asked(task["Resources"])}
        for task in group["Tasks"]
    ]
    return spec["Meta"], group["Meta"], group["Networks"], group["EphemeralDisk"], group["Volumes"], tasks


def _asked(resources: JsonObject) -> JsonObject:
    return {key: resources[key] for key in ("CPU", "Cores", "MemoryMB", "MemoryMaxMB", "Devices", "Networks")}


def _filled(defaults: JsonObject, given: JsonObject) -> JsonObject:
    known = {key: value for key, value in given.items() if key in defaults and value is not None}
    return copy.deepcopy({**defaults, **known})


def _given(part: JsonObject | None) -> JsonObject:
    return {key: value for key, value in (part or {}).items() if value is not None}


def _job_update(update: JsonObject) -> JsonObject:
    return {**_no_update(), "MaxParallel": update["MaxParallel"], "Stagger": update["Stagger"]}


def _no_update() -> JsonObject:
    return {
        "AutoPromote": False,
        "AutoRevert": False,
        "Canary": 0,
        "HealthCheck": "",
        "HealthyDeadline": 0,
        "MaxParallel": 0,
        "MinHealthyTime": 0,
        "ProgressDeadline": 0,
        "Stagger": 0,
    }


def _group(given: JsonObject, job: JsonObject, submitted: JsonObject, update: JsonObject) -> JsonObject:
    group = _filled(defaults.GROUP, given)
    kind = "batch" if job["Type"] in {"batch", "sysbatch"} else "service"
    group["Count"] = 1 if group["Count"] is None else group["Count"]
    group["Meta"] = group["Meta"] or None
    group["EphemeralDisk"] = {"Migrate": False, "SizeMB": 300, "Sticky": False, **_given(group["EphemeralDisk"])}
    reschedule = {**_given(submitted.get("Reschedule")), **_given(group["ReschedulePolicy"])}
    group["ReschedulePolicy"] = {**defaults.RESCHEDULE[kind], **reschedule}
    group["RestartPolicy"] = {**defaults.RESTART[kind], **_given(group["RestartPolicy"])}
    if job["Type"] == "service":
        group["Update"] = {**update, **_given(group["Update"])}
        group["Migrate"] = {**defaults.MIGRATE, **_given(group["Migrate"])}
    if group["Disconnect"] is not None:
        group["Disconnect"] = {
            "LostAfter": 0,
            "Reconcile": "best_score",
            "Replace": True,
            "StopOnClientAfter": None,
            **_given(group["Disconnect"]),
        }
    group["Networks"] = [_network(network) for network in group["Networks"] or ()] or None
    group["Tasks"] = [_task(task, group, job) for task in group["Tasks"] or ()] or None
    group["Services"] = [_service(one, job, group, "") for one in group["Services"] or ()] or None
    own = [_constraint(one) for one in group["Constraints"] or ()]
    group["Constraints"] = own + _implied(group) or None
    group["Affinities"] = [_affinity(one) for one in group["Affinities"] or ()] or None
    return group


def _implied(group: JsonObject) -> list[JsonObject]:
    """Return the constraints Nomad adds because of the services of a group."""
    services = [*(group["Services"] or ())]
    for task in group["Tasks"] or ():
        services += task["Services"] or ()
    implied: list[JsonObject] = []
    if any(service["Provider"] == "consul" for service in services):
        implied.append(dict(_CONSUL))
    if any(service["Provider"] == "nomad" for service in services):
        implied.append(dict(_NATIVE))
    if any(service["Provider"] == "nomad" and service["Checks"] for service in services):
        implied.append(dict(_NATIVE_CHECKS))
    return implied


def _task(given: JsonObject, group: JsonObject, job: JsonObject) -> JsonObject:
    task = _filled(defaults.TASK, given)
    task["Resources"] = _resources(given.get("Resources") or {})
    task["RestartPolicy"] = {**group["RestartPolicy"], **_given(task["RestartPolicy"])}
    task["LogConfig"] = {"Disabled": False, "MaxFileSizeMB": 10, "MaxFiles": 10, **_given(task["LogConfig"])}
    if task["Lifecycle"]:
        task["Lifecycle"] = {"Hook": "", "Sidecar": False, **_given(task["Lifecycle"])}
    task["Env"] = task["Env"] or None
    task["Meta"] = task["Meta"] or None
    task["Templates"] = [_filled(defaults.TEMPLATE, one) for one in task["Templates"] or ()] or None
    task["Services"] = [_service(one, job, group, task["Name"]) for one in task["Services"] or ()] or None
    task["Constraints"] = [_constraint(one) for one in task["Constraints"] or ()] or None
    task["Affinities"] = [_affinity(one) for one in task["Affinities"] or ()] or None
    return task


def _resources(given: JsonObject) -> JsonObject:
    resources = _filled(defaults.RESOURCES, given)
    if resources["CPU"] is None:
        resources["CPU"] = 100 if resources["Cores"] is None else 0
    resources["Cores"] = resources["Cores"] or 0
    resources["Devices"] = [_device(one) for one in resources["Devices"] or ()] or None
    return resources


def _device(given: JsonObject) -> JsonObject:
    return {
        "Affinities": [_affinity(one) for one in given.get("Affinities") or ()] or None,
        "Constraints": [_constraint(one) for one in given.get("Constraints") or ()] or None,
        "Count": given["Count"] if given.get("Count") is not None else 1,
        "Name": given.get("Name", ""),
    }


def _service(given: JsonObject, job: JsonObject, group: JsonObject, task: str) -> JsonObject:
    service = _filled(defaults.SERVICE, given)
    parts = [job["Name"], group["Name"], *([task] if task else [])]
    service["Name"] = service["Name"] or "-".join(parts)
    service["Namespace"] = job["Namespace"] if service["Provider"] == "nomad" else "default"
    service["TaskName"] = task
    return service


def _network(given: JsonObject) -> JsonObject:
    network = {key: given[key] for key in ("CIDR", "Device", "DNS", "Hostname", "IP", "MBits") if given.get(key)}
    mode = given.get("Mode")
    if mode and mode != "host":
        network["Mode"] = mode
    for kind in ("DynamicPorts", "ReservedPorts"):
        if given.get(kind):
            network[kind] = [_port(port) for port in given[kind]]
    return network


def _port(given: JsonObject) -> JsonObject:
    port = {"HostNetwork": given.get("HostNetwork") or "default", "Label": given.get("Label", "")}
    for key in ("To", "Value"):
        if given.get(key):
            port[key] = given[key]
    return port


def _constraint(given: JsonObject) -> JsonObject:
    return {
        "LTarget": given.get("LTarget", ""),
        "Operand": given.get("Operand", ""),
        "RTarget": given.get("RTarget", ""),
    }


def _affinity(given: JsonObject) -> JsonObject:
    weight = given.get("Weight")
    return {**_constraint(given), "Weight": 50 if weight is None else weight}
