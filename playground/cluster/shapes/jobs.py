"""Jobs as Nomad's HTTP API shows them."""

from collections.abc import Iterable

from playground.cluster.records import Allocation, Evaluation, Job, JsonObject
from playground.cluster.shapes.moments import nanoseconds

_COUNTS = ("Complete", "Failed", "Lost", "Queued", "Running", "Starting", "Unknown")


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
