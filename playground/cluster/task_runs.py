"""An allocation on its client: its tasks, their stages, and the status that follows from them."""

from dataclasses import dataclass, field, replace

from playground.cluster import task_events
from playground.cluster.records import ClientStatus, JsonObject, TaskEvent, TaskState
from playground.cluster.restarts import Tracker
from playground.cluster.scripts import ImageScript

DESCRIPTIONS: dict[str, str] = {
    "pending": "No tasks have started",
    "running": "Tasks are running",
    "complete": "All tasks have completed",
    "failed": "Failed tasks",
}
OUT_OF_MEMORY = 137
STOPPED = 143


@dataclass(slots=True)
class TaskRun:
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
        """Return when it runs: empty for a main task, else prestart, poststart or poststop."""
        return str((self.spec.get("Lifecycle") or {}).get("Hook") or "")

    @property
    def sidecar(self) -> bool:
        """Tell whether it runs beside the main tasks."""
        return bool((self.spec.get("Lifecycle") or {}).get("Sidecar"))

    @property
    def dead(self) -> bool:
        """Tell whether it is over."""
        return self.state.phase == "dead"

    def note(self, event: TaskEvent) -> None:
        """Add an event."""
        self.state = replace(self.state, events=task_events.appended(self.state, event))


@dataclass(slots=True)
class Run:
    """One allocation on its client."""

    id: str
    node: str
    job_type: str
    tasks: dict[str, TaskRun]
    stopping: bool = False
    over: bool = False


def exit_message(code: int) -> str:
    """Return what the docker driver says about an exit code, nothing for 0."""
    return f"Docker container exited with non-zero exit code: {code}" if code else ""


def client_status(tasks: list[TaskState]) -> ClientStatus:
    """Derive an allocation's status from its tasks, in Nomad's order: failed, running, pending, complete."""
    if any(task.phase == "dead" and task.failed for task in tasks):
        return "failed"
    if any(task.phase == "running" for task in tasks):
        return "running"
    return "pending" if any(task.phase == "pending" for task in tasks) else "complete"
