"""What Nomad refuses or warns about in a job, in its words."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta

from playground.cluster.canonical import duration
from playground.cluster.go_words import go_duration, pattern_error
from playground.cluster.records import JsonObject

_MAX_PRIORITY = 100
_MIN_DELAY = timedelta(seconds=5)
_MIN_MEMORY = 10
_ORDERED = {"=", "==", "is", "!=", "not", "<", "<=", ">", ">="}
_SETS = {"set_contains", "set_contains_all", "set_contains_any"}
_SERVICE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_CLAUSE = r"\s*(?:>=|<=|!=|~>|=|>|<)?\s*v?\d[\w.+-]*\s*"
_VERSIONS = re.compile(rf"{_CLAUSE}(?:,{_CLAUSE})*")
_PLACEHOLDERS = re.compile(r"\$\{[^}]*\}")


def errors_of(job: JsonObject) -> list[str]:
    """Return every reason why a job with its defaults filled in is refused."""
    return [*_header_errors(job), *_group_list_errors(job), *_priority_errors(job)]


def bundled(errors: Iterable[str]) -> str:
    """Write several errors as one text the way Nomad does."""
    listed = list(errors)
    head = "1 error occurred" if len(listed) == 1 else f"{len(listed)} errors occurred"
    return f"{head}:\n" + "\n".join(f"\t* {error}" for error in listed) + "\n\n"


def warnings_of(job: JsonObject) -> str:
    """Return the warnings as one text, empty for none."""
    found = [
        f'Memory oversubscription is not enabled; Task "{group["Name"]}.{task["Name"]}" memory_max value will be '
        "ignored. Update the Scheduler Configuration to allow oversubscription."
        for group in job["TaskGroups"] or ()
        for task in group["Tasks"] or ()
        if task["Resources"]["MemoryMaxMB"]
    ]
    if not found:
        return ""
    head = "1 warning" if len(found) == 1 else f"{len(found)} warnings"
    return f"{head}:\n\n" + "\n".join(f"* {warning}" for warning in found)


def _header_errors(job: JsonObject) -> Iterator[str]:
    if not job["ID"]:
        yield "Missing job ID"
    elif " " in job["ID"]:
        yield "Job ID contains a space"
    elif "\0" in job["ID"]:
        yield "Job ID contains a null character"
    if not job["Name"]:
        yield "Missing job name"
    if job["Type"] not in {"service", "batch", "system", "sysbatch", "core"}:
        yield f'Invalid job type: "{job["Type"]}"'
    if "" in job["Datacenters"]:
        yield "Job datacenter must be non-empty string"
    if not job["TaskGroups"]:
        yield "Missing job task groups"
    yield from _constraint_list_errors(job["Constraints"])


def _priority_errors(job: JsonObject) -> Iterator[str]:
    if job["Type"] == "core":
        yield "job type cannot be core"
    if not 1 <= job["Priority"] <= _MAX_PRIORITY:
        yield "job priority must be between [1, 100]"


def _group_list_errors(job: JsonObject) -> Iterator[str]:
    seen: dict[str, int] = {}
    for number, group in enumerate(job["TaskGroups"] or (), start=1):
        if not group["Name"]:
            yield f"Job task group {number} missing name"
        elif group["Name"] in seen:
            yield f"Job task group {number} redefines '{group['Name']}' from group {seen[group['Name']]}"
        seen.setdefault(group["Name"], number)
    for group in job["TaskGroups"] or ():
        found = list(_group_errors(group))
        if found:
            yield f"Task group {group['Name']} validation failed: {bundled(found)}"


def _group_errors(group: JsonObject) -> Iterator[str]:
    if not group["Name"]:
        yield "Missing task group name"
    if group["Count"] < 0:
        yield "Task group count can't be negative"
    if not group["Tasks"]:
        yield "Missing tasks for task group"
    yield from _constraint_list_errors(group["Constraints"])
    yield from _reschedule_errors(group["ReschedulePolicy"])
    yield from _task_name_errors(group)
    if port_errors := list(_port_errors(group)):
        yield f"Task group network validation failed: {bundled(port_errors)}"
    if service_errors := list(_service_errors(group)):
        yield f"Task group service validation failed: {bundled(service_errors)}"
    for task in group["Tasks"] or ():
        found = list(_task_errors(task, group))
        if found:
            yield f"Task {task['Name']} validation failed: {bundled(found)}"


def _reschedule_errors(policy: JsonObject) -> Iterator[str]:
    attempts, interval, delay = policy["Attempts"], policy["Interval"], duration(policy["Delay"])
    if not attempts and not policy["Unlimited"]:
        return
    if attempts and interval <= 0:
        yield "Interval must be a non zero value if Attempts > 0"
    if attempts and policy["Unlimited"]:
        spelled = go_duration(duration(interval))
        yield f"Reschedule Policy with Attempts = {attempts}, Interval = {spelled}, and Unlimited = true is ambiguous"
        yield "If Attempts >0, Unlimited cannot also be set to true"
    if delay < _MIN_DELAY:
        yield f"Delay cannot be less than {go_duration(_MIN_DELAY)} (got {go_duration(delay)})"


def _task_name_errors(group: JsonObject) -> Iterator[str]:
    seen: dict[str, int] = {}
    for number, task in enumerate(group["Tasks"] or (), start=1):
        if not task["Name"]:
            yield f"Task {number} missing name"
        elif task["Name"] in seen:
            yield f"Task {number} redefines '{task['Name']}' from task {seen[task['Name']]}"
        seen.setdefault(task["Name"], number)
    leaders = [task for task in group["Tasks"] or () if task["Leader"]]
    if len(leaders) > 1:
        yield "Only one task may be marked as leader"


def _port_errors(group: JsonObject) -> Iterator[str]:
    labels: set[str] = set()
    for network in group["Networks"] or ():
        for port in [*network.get("ReservedPorts", ()), *network.get("DynamicPorts", ())]:
            if port["Label"] in labels:
                yield f"Port label {port['Label']} already in use by taskgroup network:{group['Name']}"
            labels.add(port["Label"])


def _service_errors(group: JsonObject) -> Iterator[str]:
    for number, service in enumerate(group["Services"] or ()):
        name = _PLACEHOLDERS.sub("x", service["Name"])
        if not _SERVICE_NAME.fullmatch(name):
            text = (
                "Service name must be valid per RFC 1123 and can contain only alphanumeric characters or dashes and "
                f'must be no longer than 63 characters: "{service["Name"]}"'
            )
            yield f"Service[{number}] {service['Name']} validation failed: {bundled([text])}"


def _task_errors(task: JsonObject, group: JsonObject) -> Iterator[str]:
    if not task["Name"]:
        yield "Missing task name"
    if "/" in task["Name"]:
        yield "Task name cannot include slashes"
    if not task["Driver"]:
        yield "Missing task driver"
    found = list(_resource_errors(task["Resources"]))
    if found:
        yield bundled(found)
    logs = task["LogConfig"]["MaxFiles"] * task["LogConfig"]["MaxFileSizeMB"]
    disk = group["EphemeralDisk"]["SizeMB"]
    if disk <= logs:
        yield bundled([f"log storage ({logs} MB) must be less than requested disk capacity ({disk} MB)"])
    yield from _constraint_list_errors(task["Constraints"])


def _resource_errors(resources: JsonObject) -> Iterator[str]:
    if resources["Cores"] and resources["CPU"]:
        yield "Task can only ask for 'cpu' or 'cores' resource, not both."
    minimum = []
    if not resources["Cores"] and resources["CPU"] < 1:
        minimum.append(f"minimum CPU value is 1; got {resources['CPU']}")
    if resources["MemoryMB"] < _MIN_MEMORY:
        minimum.append(f"minimum MemoryMB value is 10; got {resources['MemoryMB']}")
    if minimum:
        yield bundled(minimum)
    if resources["MemoryMaxMB"] and resources["MemoryMaxMB"] < resources["MemoryMB"]:
        yield (
            f"MemoryMaxMB value ({resources['MemoryMaxMB']}) should be larger than MemoryMB value "
            f"({resources['MemoryMB']})"
        )
    for number, device in enumerate(resources["Devices"] or (), start=1):
        found = list(_device_errors(device))
        if found:
            yield f"device {number} failed validation: {bundled(found)}"


def _device_errors(device: JsonObject) -> Iterator[str]:
    if not device["Name"]:
        yield "device name must be given as one of the following: type, vendor/type, or vendor/type/name"
    yield from _constraint_list_errors(device["Constraints"])


def _constraint_list_errors(listed: list[JsonObject] | None) -> Iterator[str]:
    for number, constraint in enumerate(listed or (), start=1):
        found = list(_constraint_errors(constraint))
        if found:
            yield f"Constraint {number} validation failed: {bundled(found)}"


def _constraint_errors(constraint: JsonObject) -> Iterator[str]:
    operand, right = constraint["Operand"], constraint["RTarget"]
    if not operand:
        yield "Missing constraint operand"
    if operand in _ORDERED | _SETS:
        if not right:
            named = f'Operator "{operand}"' if operand in _ORDERED else "Set contains constraint"
            yield f"{named} requires an RTarget"
    elif operand == "regexp":
        yield from _pattern_errors(right)
    elif operand in {"version", "semver"}:
        if not _VERSIONS.fullmatch(right):
            yield f"{operand.capitalize()} constraint is invalid: Malformed constraint: {right}"
    elif operand not in {"distinct_hosts", "distinct_property", "is_set", "is_not_set"}:
        yield f'Unknown constraint type "{operand}"'
    if operand != "distinct_hosts" and not constraint["LTarget"]:
        yield "no attribute provided but is required by operator"


def _pattern_errors(pattern: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"Regular expression failed to compile: {pattern_error(error, pattern)}"
