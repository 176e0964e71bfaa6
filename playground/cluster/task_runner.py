"""The steps of a task on its client: received, pulled, started, ended, restarted, killed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from playground.cluster import task_events
from playground.cluster.agenda import Agenda
from playground.cluster.canonical import duration
from playground.cluster.records import Allocation
from playground.cluster.restarts import Ending, Verdict, decide, restarts_on_success
from playground.cluster.scripts import ScriptBook, always_pulled, image_of
from playground.cluster.state import State
from playground.cluster.task_runs import DESCRIPTIONS, OUT_OF_MEMORY, STOPPED, Run, TaskRun, client_status, exit_message

Report = Callable[[Allocation, Allocation, datetime], None]
"""Called with an allocation before and after its client reported, and the time."""


class TaskRunner:
    """Carries allocations through their stages. Not thread-safe: the caller holds the cluster's lock."""

    def __init__(self, state: State, agenda: Agenda, book: ScriptBook, tell: Report) -> None:
        self._state = state
        self._agenda = agenda
        self._book = book
        self._tell = tell
        self._images: set[tuple[str, str]] = set()
        self.cut_off: set[str] = set()
        self.held: set[str] = set()

    def plan(self, task: TaskRun, due: datetime, action: Callable[[datetime], None]) -> None:
        """Do something with a task later, unless something else becomes of it before."""
        task.turn += 1
        turn = task.turn

        def run(when: datetime) -> None:
            if task.turn == turn:
                with self._state.commit():
                    action(when)

        self._agenda.at(due, run)

    def received(self, run: Run, now: datetime) -> None:
        """Tell that the client has an allocation, and begin with it."""
        allocation = self._state.allocations.get(run.id)
        if allocation is None or run.over:
            return
        with self._state.commit():
            if allocation.desired != "run":
                self.end(run, now)
                return
            for task in run.tasks.values():
                task.note(task_events.received(now))
            self.coordinate(run, now)
            self.report(run, now)

    def end(self, run: Run, now: datetime) -> None:
        """End every task in turn; one that was not even received is simply dead."""
        run.stopping = True
        if all(not task.begun and not task.state.events for task in run.tasks.values()):
            for task in run.tasks.values():
                self.die(task, now, failed=False)
        self.kill_all(run, now)
        self.coordinate(run, now)
        self.report(run, now)

    def coordinate(self, run: Run, now: datetime) -> None:
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

    def _begin_ready(self, run: Run, body: list[TaskRun], now: datetime) -> None:
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

    def _kill_survivors(self, run: Run, body: list[TaskRun], live: list[TaskRun], now: datetime) -> None:
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
        self.kill_all(run, now)

    def kill_all(self, run: Run, now: datetime) -> None:
        """Kill what still lives; sidecars go after the others."""
        body = [task for task in run.tasks.values() if task.hook != "poststop" and not task.dead]
        first = [task for task in body if not task.sidecar]
        for task in first or body:
            if not task.dying:
                self._kill(run, task, now)

    def _kill(self, run: Run, task: TaskRun, now: datetime) -> None:
        task.dying = True
        task.note(task_events.killing(now, duration(task.spec["KillTimeout"])))
        if task.state.phase != "running":
            self.die(task, now, failed=False)
            self.coordinate(run, now)
        elif run.id not in self.held and not task.script.holds:
            wait = task.script.stop_time if task.script.stop_time is not None else self._book.pace.stop
            self.plan(task, now + wait, lambda due: self.killed(run, task, due))
        else:
            task.turn += 1

    def killed(self, run: Run, task: TaskRun, now: datetime) -> None:
        """Let a task that was told to end be dead."""
        self._note_stop(task, now)
        task.note(task_events.killed(now))
        self.die(task, now, failed=False)
        self.coordinate(run, now)
        self.report(run, now)

    def _note_stop(self, task: TaskRun, now: datetime) -> None:
        code = STOPPED if task.spec["Driver"] == "docker" else 0
        task.note(task_events.terminated(now, code, oom=False, message=exit_message(code)))

    def die(self, task: TaskRun, now: datetime, *, failed: bool) -> None:
        """Let a task be dead, and void what was planned for it."""
        task.turn += 1
        task.state = replace(task.state, phase="dead", failed=failed, finished_at=now)

    def _begin(self, run: Run, task: TaskRun, now: datetime) -> None:
        task.begun = True
        self.plan(task, now + self._book.pace.setup, lambda due: self._prepare(run, task, due))

    def _prepare(self, run: Run, task: TaskRun, now: datetime) -> None:
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
            self.plan(task, now + pull, lambda due: self._pulled(run, task, image, wait, due))
        else:
            self.plan(task, now + wait, lambda due: self._start(run, task, due))
        self.report(run, now)

    def _pulled(self, run: Run, task: TaskRun, image: str, wait: timedelta, now: datetime) -> None:
        if task.script.pull_error:
            self._fail_start(run, task, f"Failed to pull `{image}`: {task.script.pull_error}", now)
            return
        self._images.add((run.node, image))
        self.plan(task, now + wait, lambda due: self._start(run, task, due))

    def _start(self, run: Run, task: TaskRun, now: datetime) -> None:
        if task.script.start_error:
            self._fail_start(run, task, task.script.start_error, now)
            return
        task.starts += 1
        task.state = replace(task.state, phase="running", started_at=now)
        task.note(task_events.started(now))
        if task.script.run_for is not None:
            self.plan(task, now + task.script.run_for, lambda due: self._exit(run, task, due))
        self.coordinate(run, now)
        self.report(run, now)

    def _fail_start(self, run: Run, task: TaskRun, error: str, now: datetime) -> None:
        task.starts += 1
        task.note(task_events.driver_failure(now, error))
        self._after(run, task, Ending(start_error=True, recoverable=task.script.recoverable), now)

    def _exit(self, run: Run, task: TaskRun, now: datetime) -> None:
        script = task.script
        code = OUT_OF_MEMORY if script.oom else script.exit_code or int(script.crash_loop)
        message = script.exit_message or ("OOM Killed" if script.oom else "")
        if task.spec["Driver"] == "docker":
            message = message or exit_message(code)
        task.note(task_events.terminated(now, code, oom=script.oom, message=message))
        self._after(run, task, Ending(code=code), now)

    def _after(self, run: Run, task: TaskRun, ending: Ending, now: datetime) -> None:
        on_success = restarts_on_success(run.job_type, task.spec.get("Lifecycle"))
        policy = task.spec["RestartPolicy"]
        task.tracker, decision = decide(task.tracker, policy, ending, now, on_success=on_success)
        if decision.verdict is Verdict.RESTART:
            self._plan_restart(run, task, decision.reason, decision.delay, now)
        else:
            if decision.verdict is Verdict.FAIL:
                task.note(task_events.not_restarting(now, decision.reason))
            self.die(task, now, failed=decision.verdict is Verdict.FAIL)
            self.coordinate(run, now)
        self.report(run, now)

    def _plan_restart(self, run: Run, task: TaskRun, reason: str, delay: timedelta, now: datetime) -> None:
        task.note(task_events.restarting(now, delay, reason))
        restarts = task.state.restarts + 1
        task.state = replace(task.state, phase="pending", restarts=restarts, last_restart=now)
        self.plan(task, now + delay, lambda due: self._prepare(run, task, due))

    def restart(self, run: Run, task: TaskRun, reason: str, now: datetime) -> None:
        """Stop a running task and start it again in place."""
        task.note(task_events.restart_signaled(now, reason))

        def ended(due: datetime) -> None:
            self._note_stop(task, due)
            self._plan_restart(run, task, "", timedelta(0), due)
            self.report(run, due)

        self.plan(task, now + self._book.pace.stop, ended)

    def report(self, run: Run, now: datetime) -> None:
        """Write what the client sees into the cluster's state, if it can be heard."""
        allocation = self._state.allocations.get(run.id)
        if allocation is None or run.over or run.node in self.cut_off:
            return
        status = client_status([task.state for task in run.tasks.values()])
        run.over = all(task.dead for task in run.tasks.values())
        with self._state.commit():
            written = self._state.put_allocation(
                replace(
                    allocation,
                    client=status,
                    client_description=DESCRIPTIONS[status],
                    tasks={name: task.state for name, task in run.tasks.items()},
                ),
                now,
                by_client=True,
            )
            self._tell(allocation, written, now)
