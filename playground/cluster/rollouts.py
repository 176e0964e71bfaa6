"""Rollouts: the rolling updates of service jobs, which Nomad's API calls deployments."""

from dataclasses import replace
from datetime import datetime

from playground.cluster.canonical import duration
from playground.cluster.records import Evaluation, Job, Rollout, RolloutGroup
from playground.cluster.state import State


class Rollouts:
    """Opens, counts and cancels rollouts. Not thread-safe: the caller holds the cluster's lock."""

    def __init__(self, state: State) -> None:
        self._state = state

    def track(self, job: Job | None, key: tuple[str, str], evaluation: Evaluation, now: datetime) -> Rollout | None:
        """Return the rollout of the job's current version; end one that it makes superfluous, start a missing one."""
        rollout = self._state.latest_rollout(key)
        current = job is not None and rollout is not None and rollout.job_create_index == job.create_index
        current = current and job is not None and rollout is not None and rollout.job_version == job.version
        if rollout is not None and rollout.active and (job is None or job.stop or not current):
            gone = job is None or job.stop
            text = "Cancelled because job is stopped" if gone else "Cancelled due to newer version of job"
            rollout = self._state.put_rollout(replace(rollout, status="cancelled", description=text), now)
        if job is None or job.stop or job.type != "service" or current:
            return rollout
        return self._open(job, evaluation, now)

    def _open(self, job: Job, evaluation: Evaluation, now: datetime) -> Rollout:
        groups = {group["Name"]: RolloutGroup(desired=int(group["Count"])) for group in job.groups}
        return self._state.put_rollout(
            Rollout(
                id=self._state.new_id(),
                namespace=job.namespace,
                job=job.id,
                job_version=job.version,
                job_create_index=job.create_index,
                job_modify_index=job.job_modify_index,
                priority=evaluation.priority,
                groups=groups,
                created=now,
                modified=now,
            ),
            now,
        )

    def count_placement(self, rollout_id: str, name: str, now: datetime) -> None:
        """Count one more allocation that was placed."""
        rollout = self._state.rollouts[rollout_id]
        job = self._state.jobs[(rollout.namespace, rollout.job)]
        update = (job.group(name) or {}).get("Update") or {}
        deadline = now + duration(update.get("ProgressDeadline"))
        group = replace(rollout.groups[name], placed=rollout.groups[name].placed + 1, require_progress_by=deadline)
        self._state.put_rollout(replace(rollout, groups={**rollout.groups, name: group}), now)
