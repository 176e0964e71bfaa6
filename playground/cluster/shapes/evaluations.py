"""Evaluations, and rolling updates, as Nomad's HTTP API shows them."""

from playground.cluster.records import Evaluation, JsonObject, Rollout, RolloutGroup
from playground.cluster.shapes.moments import nanoseconds, stamp


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
