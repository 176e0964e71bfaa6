"""What the clients of nodes do with allocations: take them over, end them, restart them, get lost and come back."""

from datetime import datetime
from functools import partial

from playground.cluster import task_events
from playground.cluster.agenda import Agenda
from playground.cluster.records import Allocation, TaskState
from playground.cluster.restarts import Tracker
from playground.cluster.scripts import ScriptBook
from playground.cluster.state import State
from playground.cluster.task_runner import Report, TaskRunner
from playground.cluster.task_runs import Run, TaskRun


class Clients:
    """The clients of all nodes. Not thread-safe: the caller holds the cluster's lock."""

    def __init__(self, state: State, agenda: Agenda, book: ScriptBook, report: Report) -> None:
        self._state = state
        self._agenda = agenda
        self._pace = book.pace
        self._runner = TaskRunner(state, agenda, book, report)
        self._runs: dict[str, Run] = {}

    def receive(self, allocation: Allocation, now: datetime) -> None:
        """Take over a new allocation."""
        group = allocation.job.group(allocation.group) or {"Tasks": []}
        tasks = {task["Name"]: TaskRun(task, TaskState(), Tracker(now)) for task in group["Tasks"]}
        run = Run(allocation.id, allocation.node, allocation.job.type, tasks)
        self._runs[run.id] = run
        self._agenda.at(now + self._pace.receive, lambda due: self._runner.received(run, due))

    def stop(self, allocation: Allocation, now: datetime) -> None:
        """End an allocation, as soon as its client hears of it."""
        run = self._runs.get(allocation.id)
        if run is None or run.node in self._runner.cut_off:
            return
        self._runner.end(run, now)

    def restart(self, allocation: Allocation, task: str, *, everything: bool, now: datetime) -> None:
        """Restart running tasks in place: one by name, or all; raise `LookupError` for an unknown name."""
        run = self._runs[allocation.id]
        if task and task not in run.tasks:
            raise LookupError(task)
        scope = "all tasks" if everything else "running tasks"
        reason = "User requested task to restart" if task else f"User requested {scope} to restart"
        chosen = [run.tasks[task]] if task else list(run.tasks.values())
        for one in chosen:
            if one.state.phase == "running":
                self._runner.restart(run, one, reason, now)
        self._runner.report(run, now)

    def cut_off(self, node: str) -> None:
        """Let a node's clients go on unheard."""
        self._runner.cut_off.add(node)

    def reconnect(self, node: str, now: datetime) -> None:
        """Let a node's clients report again, and learn what is no longer wanted."""
        self._runner.cut_off.discard(node)
        for allocation in self._state.allocations_on(node):
            run = self._runs.get(allocation.id)
            if run is None or run.over:
                continue
            if allocation.desired != "run":
                self.stop(allocation, now)
                continue
            if allocation.client == "unknown":
                for task in run.tasks.values():
                    task.note(task_events.reconnected(now))
            self._runner.report(run, now)

    def hold(self, allocation: Allocation) -> None:
        """Let an allocation ignore its stop until it is released."""
        self._runner.held.add(allocation.id)

    def release(self, allocation: Allocation, now: datetime) -> None:
        """Let an allocation end that was held after its stop."""
        self._runner.held.discard(allocation.id)
        run = self._runs.get(allocation.id)
        if run is not None and run.stopping:
            for task in run.tasks.values():
                if task.dying:
                    self._runner.plan(task, now, partial(self._runner.killed, run, task))

    def forget(self, allocation: str) -> None:
        """Drop an allocation that was collected."""
        self._runs.pop(allocation, None)

    def logs_of(self, allocation: str, task: str) -> str | None:
        """Return what a task printed; None if it never started."""
        run = self._runs.get(allocation)
        if run is None or task not in run.tasks or not run.tasks[task].starts:
            return None
        return run.tasks[task].script.logs
