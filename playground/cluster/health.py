"""Rollouts: an allocation that stays up long enough is healthy, one that fails is not."""

from dataclasses import replace
from datetime import datetime

from playground.cluster.agenda import Agenda
from playground.cluster.canonical import duration
from playground.cluster.records import Allocation, Rollout
from playground.cluster.scheduler import Scheduler
from playground.cluster.state import State

_SUCCESSFUL = "Deployment completed successfully"
_UNHEALTHY = "Failed due to unhealthy allocations"


class Health:
    """Judges allocations of rollouts. Not thread-safe: the caller holds the cluster's lock."""

    def __init__(self, state: State, agenda: Agenda, scheduler: Scheduler) -> None:
        self._state = state
        self._agenda = agenda
        self._scheduler = scheduler

    def follow(self, before: Allocation, after: Allocation, now: datetime) -> None:
        """Look at an allocation whose client reported."""
        rollout = self._state.rollouts.get(after.rollout)
        if rollout is None or not rollout.active or after.healthy is not None or after.desired != "run":
            return
        if after.client == "failed":
            self._judge(after, rollout, now, healthy=False)
        elif _all_up(after) and not _all_up(before):
            group = after.job.group(after.group) or {}
            wait = duration((group.get("Update") or {}).get("MinHealthyTime"))
            started = after.modify_index
            self._agenda.at(now + wait, lambda due: self._still_up(after.id, started, due))

    def _still_up(self, id_: str, since: int, now: datetime) -> None:
        allocation = self._state.allocations.get(id_)
        rollout = self._state.rollouts.get(allocation.rollout) if allocation is not None else None
        if allocation is None or rollout is None or not rollout.active or allocation.healthy is not None:
            return
        if _all_up(allocation) and not allocation.terminal and allocation.modify_index >= since:
            self._judge(allocation, rollout, now, healthy=True)

    def _judge(self, allocation: Allocation, rollout: Rollout, now: datetime, *, healthy: bool) -> None:
        with self._state.commit():
            judged = replace(allocation, healthy=healthy, healthy_at=now)
            self._state.put_allocation(judged, now, by_client=True)
            group = rollout.groups[allocation.group]
            counted = (
                replace(group, healthy=group.healthy + 1) if healthy else replace(group, unhealthy=group.unhealthy + 1)
            )
            groups = {**rollout.groups, allocation.group: counted}
            updated = replace(rollout, groups=groups)
            if not healthy:
                updated = replace(updated, status="failed", description=_UNHEALTHY)
            elif all(one.healthy >= one.desired for one in groups.values()):
                updated = replace(updated, status="successful", description=_SUCCESSFUL)
            self._state.put_rollout(updated, now)
            self._close(updated, now)

    def _close(self, rollout: Rollout, now: datetime) -> None:
        job = self._state.jobs.get((rollout.namespace, rollout.job))
        if job is None or job.stop:
            return
        if rollout.status == "successful":
            self._state.put_job(replace(job, spec={**job.spec, "Stable": True}, modify_index=self._state.index))
        elif rollout.status == "failed":
            self._scheduler.enqueue(job, "deployment-watcher", now)


def _all_up(allocation: Allocation) -> bool:
    """Tell whether everything runs that is meant to run beside the main tasks."""
    group = allocation.job.group(allocation.group) or {"Tasks": []}
    for task in group["Tasks"]:
        lifecycle = task.get("Lifecycle") or {}
        lasting = not lifecycle.get("Hook") or lifecycle.get("Sidecar")
        state = allocation.tasks.get(task["Name"])
        if lasting and (state is None or state.phase != "running"):
            return False
    return True
