"""What a deployment's state is called and why, from its allocations, evaluations and nodes.

Never from the job's own status word, which says `running` for a lost node and `dead` for a job that still holds its
GPU (nomad.md sections 5.1 to 5.3).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain import causes
from bot.domain.base import NodeId
from bot.domain.deployment import Allocation, Deployment, Evaluation, Node, Phase, Status, Task
from bot.domain.endpoints import current_allocation
from bot.domain.placement import Ask, Outlook, read_plan

STUCK_STARTING_AFTER = timedelta(minutes=45)
STUCK_STOPPING_AFTER = timedelta(minutes=6)
MANY_RESTARTS = 3

FINAL_PHASES = frozenset({Phase.STOPPED, Phase.FAILED, Phase.LOST, Phase.FINISHED, Phase.GONE})


def status_of(deployment: Deployment, *, nodes: Mapping[NodeId, Node], now: datetime) -> Status:
    """Return the deployment's phase with its reason; total over every combination the cluster can show."""
    if deployment.is_stopped:
        return _stop_status(deployment, nodes, now)
    allocation = current_allocation(deployment)
    if allocation is None:
        return _unplaced_status(deployment, nodes)
    if allocation.client in {"failed", "lost", "complete"}:
        return _ended_status(deployment, allocation, nodes)
    if _is_out_of_reach(allocation, nodes.get(allocation.node_id)):
        node = nodes.get(allocation.node_id)
        where = f" ({node.site})" if node else ""
        text = f"its machine{where} does not answer. Your data is kept; it resumes when the machine is back"
        return Status(phase=Phase.UNREACHABLE, reason=text, since=allocation.modified_at)
    return _live_status(allocation, now)


def holds_resources(deployment: Deployment) -> bool:
    """Tell whether any allocation still holds, or may still hold, its CPU, memory and GPU."""
    return any(not allocation.is_over for allocation in deployment.allocations)


def counts_for_limits(deployment: Deployment) -> bool:
    """Tell whether a deployment's GPUs count: it runs, waits, or still holds something though it is over."""
    if holds_resources(deployment):
        return True
    if deployment.is_stopped:
        return False
    allocation = current_allocation(deployment)
    return allocation is None or not allocation.is_over or bool(allocation.followup_evaluation)


def _stop_status(deployment: Deployment, nodes: Mapping[NodeId, Node], now: datetime) -> Status:
    held = [allocation for allocation in deployment.allocations if not allocation.is_over]
    if not held:
        return Status(phase=Phase.STOPPED, since=_newest_change(deployment))
    if any(_is_out_of_reach(allocation, nodes.get(allocation.node_id)) for allocation in held):
        text = "it was stopped, but its machine does not answer: what it holds is free once the machine is back"
        return Status(phase=Phase.STOPPING, reason=text, since=_newest_change(deployment))
    since = max(allocation.modified_at for allocation in held)
    if now - since > STUCK_STOPPING_AFTER:
        text = "it was stopped but does not end, and still holds what it was given. Ask for support"
        return Status(phase=Phase.STUCK_STOPPING, reason=text, since=since)
    return Status(phase=Phase.STOPPING, reason="it still holds its hardware until it has ended", since=since)


def _unplaced_status(deployment: Deployment, nodes: Mapping[NodeId, Node]) -> Status:
    if deployment.evaluations is None:
        return Status(phase=Phase.UNKNOWN, reason="the cluster did not say why it does not run yet")
    newest = max(deployment.evaluations, key=lambda evaluation: evaluation.create_index, default=None)
    if newest is not None and newest.status == "pending":
        if newest.wait_until is not None:
            return Status(phase=Phase.RETRYING, reason="the cluster tries again by itself", since=newest.wait_until)
        return Status(phase=Phase.SCHEDULING)
    blocked = _blocking(deployment.evaluations)
    if blocked is None or blocked.failure is None:
        return Status(phase=Phase.SCHEDULING, since=deployment.submitted_at)
    hardware = deployment.hardware
    ask = (
        Ask(
            cpu=hardware.cpu,
            ram_mb=hardware.ram_mb,
            disk_mb=hardware.disk_mb,
            gpus=hardware.gpus,
            gpu_model=hardware.gpu_model,
        )
        if hardware
        else Ask()
    )
    serving = [node for node in nodes.values() if node.serves(deployment.namespace)]
    plan = read_plan(blocked.failure, ask=ask, nodes=serving)
    phase = Phase.IMPOSSIBLE if plan.outlook is Outlook.NEVER else Phase.QUEUED
    return Status(phase=phase, reason="; ".join(plan.reasons), since=deployment.submitted_at)


def _blocking(evaluations: tuple[Evaluation, ...]) -> Evaluation | None:
    failed = [evaluation for evaluation in evaluations if evaluation.failure is not None]
    return max(failed, key=lambda evaluation: evaluation.create_index, default=None)


def _ended_status(deployment: Deployment, allocation: Allocation, nodes: Mapping[NodeId, Node]) -> Status:
    waits = allocation.followup_evaluation or any(
        evaluation.status == "pending" and evaluation.wait_until is not None
        for evaluation in deployment.evaluations or ()
    )
    since = allocation.modified_at
    if waits:
        reason = f"it failed: {causes.failure_of(allocation)}" if allocation.client == "failed" else ""
        return Status(phase=Phase.RETRYING, reason=reason, since=since)
    if allocation.client == "failed":
        return Status(phase=Phase.FAILED, reason=causes.failure_of(allocation), since=since)
    if allocation.client == "complete" and allocation.desired in {
        "stop",
        "evict",
    }:  # it was told to: another is to come
        return _unplaced_status(deployment, nodes)
    if allocation.client == "complete":
        return Status(phase=Phase.FINISHED, reason="its program ended by itself", since=since)
    node = nodes.get(allocation.node_id)
    where = f" at {node.site}" if node else ""
    return Status(phase=Phase.LOST, reason=f"its machine{where} was lost. Deploy it again", since=since)


def _is_out_of_reach(allocation: Allocation, node: Node | None) -> bool:
    if allocation.client == "unknown":
        return True
    return node is not None and node.status in {"down", "disconnected"} and not allocation.is_over


def _live_status(allocation: Allocation, now: datetime) -> Status:
    main = allocation.main
    if allocation.client not in {"pending", "running"} or (main and main.state not in {"pending", "running", "dead"}):
        text = "the cluster tells a state that I do not know. Look at Info, or ask for support"
        return Status(phase=Phase.UNKNOWN, reason=text, since=allocation.modified_at)
    if main is None:
        phase = Phase.STARTING if allocation.client == "pending" else Phase.RUNNING
        return Status(phase=phase, since=allocation.modified_at)
    if main.state == "running":
        if _keeps_restarting(main, now):
            return Status(phase=Phase.RESTARTING, reason=_restart_reason(main), since=main.started_at)
        return Status(phase=Phase.RUNNING, since=main.started_at)
    if main.state == "dead":
        phase = Phase.FAILED if main.failed else Phase.FINISHED
        reason = causes.failure_of(allocation) if main.failed else "its program ended by itself"
        return Status(phase=phase, reason=reason, since=main.finished_at)
    return _pending_status(allocation, main, now)


def _pending_status(allocation: Allocation, main: Task, now: datetime) -> Status:
    problem = causes.pull_problem(main)
    newest = main.events[-1] if main.events else None
    if newest is not None and newest.kind == "Restarting" and problem and main.started_at is None:
        return Status(phase=Phase.RETRYING, reason=problem, since=newest.at)
    if newest is not None and newest.kind == "Restarting":
        return Status(phase=Phase.RESTARTING, reason=problem or _restart_reason(main), since=newest.at)
    waiting = now - allocation.created_at
    pulling = causes.is_pulling(main)
    if waiting > STUCK_STARTING_AFTER:
        what = "its image is still being downloaded" if pulling else "it has not started"
        minutes = int(waiting.total_seconds() // 60)
        text = f"{what} after {minutes} minutes. Stop it and try another site, or ask for support"
        return Status(phase=Phase.STUCK_STARTING, reason=text, since=allocation.created_at)
    if pulling:
        return Status(phase=Phase.PULLING, reason=problem, since=newest.at if newest else None)
    helper = next((task for task in allocation.tasks or () if task is not main and task.state == "running"), None)
    reason = problem or (f"its helper task “{helper.name}” is at work" if helper else "")
    return Status(phase=Phase.STARTING, reason=reason, since=allocation.created_at)


def _keeps_restarting(main: Task, now: datetime) -> bool:
    recent = main.started_at is not None and now - main.started_at < timedelta(minutes=10)
    return main.restarts >= MANY_RESTARTS and recent


def _restart_reason(main: Task) -> str:
    for event in reversed(main.events):
        cause = causes.cause_of(event, main, all_events=main.events)
        if cause:
            return cause
    return f"{main.restarts} restart{'' if main.restarts == 1 else 's'} so far"


def _newest_change(deployment: Deployment) -> datetime:
    return max((allocation.modified_at for allocation in deployment.allocations), default=deployment.submitted_at)
