"""What the clients do with allocations: tasks are received, pulled, started, restarted, killed, over time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from playground.cluster import task_events
from playground.cluster.agenda import Agenda
from playground.cluster.canonical import duration
from playground.cluster.records import Allocation, ClientStatus, JsonObject, TaskEvent, TaskState
from playground.cluster.restarts import Ending, Tracker, Verdict, decide, restarts_on_success
from playground.cluster.scripts import ImageScript, ScriptBook, always_pulled, image_of
from playground.cluster.state import State

_DESCRIPTIONS: dict[str, str] = {
    "pending": "No tasks have started",
    "running": "Tasks are running",
    "complete": "All tasks have completed",
    "failed": "Failed tasks",
}
_OUT_OF_MEMORY = 137
_STOPPED = 143


@dataclass(slots=True)
class _Task:
    """One task on its client; a new `turn` makes what was planned before void."""

    spec: JsonObject
    state: TaskState
    tracker: Tracker
    turn: int = 0
    starts: int = 0
    begun: bool = False
    built: bool = False
    dying: bool = False
    script: ImageScript = field(default_factory=ImageScript)

    @property
    def hook(self) -> str:
        return str((self.spec.get("Lifecycle") or {}).get("Hook") or "")

    @property
    def sidecar(self) -> bool:
        return bool((self.spec.get("Lifecycle") or {}).get("Sidecar"))

    @property
    def dead(self) -> bool:
        return self.state.phase == "dead"

    def note(self, event: TaskEvent) -> None:
        self.state = replace(self.state, events=task_events.appended(self.state, event))


@dataclass(slots=True)
class _Run:
    """One allocation on its client."""

    id: str
    node: str
    job_type: str
    tasks: dict[str, _Task]
    stopping: bool = False
    over: bool = False


Report = Callable[[Allocation, Allocation, datetime], None]
"""Called with an allocation before and after its client reported, and the time."""


class Clients:
    """The clients of all nodes. Not thread-safe: the caller holds the cluster's lock."""

    def __init__(self, state: State, agenda: Agenda, book: ScriptBook, report: Report) -> None:
        self._state = state
        self._agenda = agenda
        self._book = book
        self._tell = report
        self._runs: dict[str, _Run] = {}
        self._images: set[tuple[str, str]] = set()
        self._cut_off: set[str] = set()
        self.held: set[str] = set()

    def receive(self, allocation: Allocation, now: datetime) -> None:
        """Take over a new allocation."""
        group = allocation.job.group(allocation.group) or {"Tasks": []}
        tasks = {task["Name"]: _Task(task, TaskState(), Tracker(now)) for task in group["Tasks"]}
        run = _Run(allocation.id, allocation.node, allocation.job.type, tasks)
        self._runs[run.id] = run
        self._agenda.at(now + self._book.pace.receive, lambda due: self._received(run, due))

    def stop(self, allocation: Allocation, now: datetime) -> None:
        """End an allocation, as soon as its client hears of it."""
        run = self._runs.get(allocation.id)
        if run is None or run.node in self._cut_off:
            return
        run.stopping = True
        if all(not task.begun and not task.state.events for task in run.tasks.values()):
            for task in run.tasks.values():
                self._die(task, now, failed=False)
        self._kill_all(run, now)
        self._coordinate(run, now)
        self._report(run, now)

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
                self._restart_task(run, one, reason, now)
        self._report(run, now)

    def cut_off(self, node: str) -> None:
        """Let a node's clients go on unheard."""
        self._cut_off.add(node)

    def reconnect(self, node: str, now: datetime) -> None:
        """Let a node's clients report again, and learn what is no longer wanted."""
        self._cut_off.discard(node)
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
            self._report(run, now)

    def release(self, allocation: Allocation, now: datetime) -> None:
        """Let an allocation end that was held after its stop."""
        self.held.discard(allocation.id)
        run = self._runs.get(allocation.id)
        if run is not None and run.stopping:
            for task in run.tasks.values():
                if task.dying:
                    self._plan(task, now, partial(self._killed, run, task))

    def forget(self, allocation: str) -> None:
        """Drop an allocation that was collected."""
        self._runs.pop(allocation, None)

    def logs_of(self, allocation: str, task: str) -> str | None:
        """Return what a task printed; None if it never started."""
        run = self._runs.get(allocation)
        if run is None or task not in run.tasks or not run.tasks[task].starts:
            return None
        return run.tasks[task].script.logs

    def _plan(self, task: _Task, due: datetime, action: Callable[[datetime], None]) -> None:
        """Do something with a task later, unless something else becomes of it before."""
        task.turn += 1
        turn = task.turn

        def run(when: datetime) -> None:
            if task.turn == turn:
                with self._state.commit():
                    action(when)

        self._agenda.at(due, run)

    def _received(self, run: _Run, now: datetime) -> None:
        allocation = self._state.allocations.get(run.id)
        if allocation is None or run.over:
            return
        with self._state.commit():
            if allocation.desired != "run":
                self.stop(allocation, now)
                return
            for task in run.tasks.values():
                task.note(task_events.received(now))
            self._coordinate(run, now)
            self._report(run, now)

    def _coordinate(self, run: _Run, now: datetime) -> None:
        """Open and close the stages of an allocation: prestart, main, poststart, poststop."""
        body = [task for task in run.tasks.values() if task.hook != "poststop"]
        live = [task for task in body if not task.dead]
        if live:
            if not run.stopping:
                self._begin_ready(run, body, now)
            self._kill_survivors(run, body, live, now)
            return
        for task in run.tasks.values():
            if task.hook == "poststop" and not task.begun and not task.dead:
                self._begin(run, task, now)

    def _begin_ready(self, run: _Run, body: list[_Task], now: datetime) -> None:
        before = [task for task in body if task.hook == "prestart"]
        prepared = all(
            task.state.phase == "running" if task.sidecar else task.dead and not task.state.failed for task in before
        )
        mains = [task for task in body if not task.hook]
        going = prepared and all(task.state.phase != "pending" or task.state.restarts for task in mains)
        for task in body:
            open_ = {"prestart": True, "": prepared, "poststart": going}[task.hook]
            if open_ and not task.begun:
                self._begin(run, task, now)

    def _kill_survivors(self, run: _Run, body: list[_Task], live: list[_Task], now: datetime) -> None:
        failed = next((task for task in body if task.dead and task.state.failed), None)
        led = any(task.dead and task.spec["Leader"] for task in body)
        if failed is not None:
            event = task_events.sibling_failed(now, str(failed.spec["Name"]))
        elif led:
            event = task_events.leader_dead(now)
        elif all(task.sidecar for task in live):
            event = task_events.main_dead(now)
        else:
            return
        for task in live:
            if not task.dying:
                task.note(event)
        self._kill_all(run, now)

    def _kill_all(self, run: _Run, now: datetime) -> None:
        """Kill what still lives; sidecars go after the others."""
        body = [task for task in run.tasks.values() if task.hook != "poststop" and not task.dead]
        first = [task for task in body if not task.sidecar]
        for task in first or body:
            if not task.dying:
                self._kill(run, task, now)

    def _kill(self, run: _Run, task: _Task, now: datetime) -> None:
        task.dying = True
        task.note(task_events.killing(now, duration(task.spec["KillTimeout"])))
        if task.state.phase != "running":
            self._die(task, now, failed=False)
            self._coordinate(run, now)
        elif run.id not in self.held and not task.script.holds:
            wait = task.script.stop_time if task.script.stop_time is not None else self._book.pace.stop
            self._plan(task, now + wait, lambda due: self._killed(run, task, due))
        else:
            task.turn += 1

    def _killed(self, run: _Run, task: _Task, now: datetime) -> None:
        self._note_stop(task, now)
        task.note(task_events.killed(now))
        self._die(task, now, failed=False)
        self._coordinate(run, now)
        self._report(run, now)

    def _note_stop(self, task: _Task, now: datetime) -> None:
        code = _STOPPED if task.spec["Driver"] == "docker" else 0
        task.note(task_events.terminated(now, code, oom=False, message=_exit_message(code)))

    def _die(self, task: _Task, now: datetime, *, failed: bool) -> None:
        task.turn += 1
        task.state = replace(task.state, phase="dead", failed=failed, finished_at=now)

    def _begin(self, run: _Run, task: _Task, now: datetime) -> None:
        task.begun = True
        self._plan(task, now + self._book.pace.setup, lambda due: self._prepare(run, task, due))

    def _prepare(self, run: _Run, task: _Task, now: datetime) -> None:
        """Build the directory, pull the image if it must be pulled, then start."""
        if not task.built:
            task.built = True
            task.note(task_events.task_setup(now))
        task.script = self._book.script_for(task.spec, task.starts)
        image = image_of(task.spec)
        wait = self._book.pace.start + task.script.start_delay
        if image and (always_pulled(task.spec) or (run.node, image) not in self._images or task.script.pull_error):
            task.note(task_events.downloading(now, image))
            pull = task.script.pull_time if task.script.pull_time is not None else self._book.pace.pull
            self._plan(task, now + pull, lambda due: self._pulled(run, task, image, wait, due))
        else:
            self._plan(task, now + wait, lambda due: self._start(run, task, due))
        self._report(run, now)

    def _pulled(self, run: _Run, task: _Task, image: str, wait: timedelta, now: datetime) -> None:
        if task.script.pull_error:
            self._fail_start(run, task, f"Failed to pull `{image}`: {task.script.pull_error}", now)
            return
        self._images.add((run.node, image))
        self._plan(task, now + wait, lambda due: self._start(run, task, due))

    def _start(self, run: _Run, task: _Task, now: datetime) -> None:
        if task.script.start_error:
            self._fail_start(run, task, task.script.start_error, now)
            return
        task.starts += 1
        task.state = replace(task.state, phase="running", started_at=now)
        task.note(task_events.started(now))
        if task.script.run_for is not None:
            self._plan(task, now + task.script.run_for, lambda due: self._exit(run, task, due))
        self._coordinate(run, now)
        self._report(run, now)

    def _fail_start(self, run: _Run, task: _Task, error: str, now: datetime) -> None:
        task.starts += 1
        task.note(task_events.driver_failure(now, error))
        self._after(run, task, Ending(start_error=True, recoverable=task.script.recoverable), now)

    def _exit(self, run: _Run, task: _Task, now: datetime) -> None:
        script = task.script
        code = _OUT_OF_MEMORY if script.oom else script.exit_code or int(script.crash_loop)
        message = script.exit_message or ("OOM Killed" if script.oom else "")
        if task.spec["Driver"] == "docker":
            message = message or _exit_message(code)
        task.note(task_events.terminated(now, code, oom=script.oom, message=message))
        self._after(run, task, Ending(code=code), now)

    def _after(self, run: _Run, task: _Task, ending: Ending, now: datetime) -> None:
        on_success = restarts_on_success(run.job_type, task.spec.get("Lifecycle"))
        policy = task.spec["RestartPolicy"]
        task.tracker, decision = decide(task.tracker, policy, ending, now, on_success=on_success)
        if decision.verdict is Verdict.RESTART:
            self._plan_restart(run, task, decision.reason, decision.delay, now)
        else:
            if decision.verdict is Verdict.FAIL:
                task.note(task_events.not_restarting(now, decision.reason))
            self._die(task, now, failed=decision.verdict is Verdict.FAIL)
            self._coordinate(run, now)
        self._report(run, now)

    def _plan_restart(self, run: _Run, task: _Task, reason: str, delay: timedelta, now: datetime) -> None:
        task.note(task_events.restarting(now, delay, reason))
        restarts = task.state.restarts + 1
        task.state = replace(task.state, phase="pending", restarts=restarts, last_restart=now)
        self._plan(task, now + delay, lambda due: self._prepare(run, task, due))

    def _restart_task(self, run: _Run, task: _Task, reason: str, now: datetime) -> None:
        task.note(task_events.restart_signaled(now, reason))

        def ended(due: datetime) -> None:
            self._note_stop(task, due)
            self._plan_restart(run, task, "", timedelta(0), due)
            self._report(run, due)

        self._plan(task, now + self._book.pace.stop, ended)

    def _report(self, run: _Run, now: datetime) -> None:
        """Write what the client sees into the cluster's state, if it can be heard."""
        allocation = self._state.allocations.get(run.id)
        if allocation is None or run.over or run.node in self._cut_off:
            return
        status = client_status([task.state for task in run.tasks.values()])
        run.over = all(task.dead for task in run.tasks.values())
        if status in {"complete", "failed"} and not run.over:
            status = "running" if status == "complete" else status
        with self._state.commit():
            written = self._state.put_allocation(
                replace(
                    allocation,
                    client=status,
                    client_description=_DESCRIPTIONS[status],
                    tasks={name: task.state for name, task in run.tasks.items()},
                ),
                now,
                by_client=True,
            )
            self._tell(allocation, written, now)


def _exit_message(code: int) -> str:
    return f"Docker container exited with non-zero exit code: {code}" if code else ""


def client_status(tasks: list[TaskState]) -> ClientStatus:
    """Derive an allocation's status from its tasks, in Nomad's order: failed, running, pending, complete."""
    if any(task.phase == "dead" and task.failed for task in tasks):
        return "failed"
    if any(task.phase == "running" for task in tasks):
        return "running"
    return "pending" if any(task.phase == "pending" for task in tasks) else "complete"
