"""Why a deployment failed or does not start yet, in plain words, read from what happened to its tasks."""

import re
from collections.abc import Sequence

from bot.domain.deployment import Allocation, Task, TaskEvent

_OOM_EXIT = "137"
_PULL = re.compile(r"Failed to pull `(?P<image>[^`]*)`", re.IGNORECASE)
_PULLING = ("downloading image", "pulling image", "image pull progress")
_DRIVER_CAUSES = (
    ("storage-opt", "the machine's Docker cannot limit disk space. Operators: set `storage_quota` to false"),
    ("no space left", "the machine's disk is full. Ask for support, or choose another site"),
    ("docker daemon", "Docker on the machine does not answer. Try again, or choose another site"),
    ("docker client", "Docker on the machine does not answer. Try again, or choose another site"),
    ("context deadline exceeded", "the machine took too long to start the container. Try again"),
    ("nvidia", "the machine's GPU driver did not start. Ask for support"),
)


def failure_of(allocation: Allocation) -> str:
    """Say why the allocation failed: the cause and what to do; never empty."""
    for task in _suspects(allocation):
        for event in reversed(task.events):
            cause = cause_of(event, task, all_events=task.events)
            if cause:
                return cause if task is allocation.main else f"in its helper task “{task.name}”: {cause}"
    return allocation.client_description or "the cluster gives no reason. Look at Info, or ask for support"


def cause_of(event: TaskEvent, task: Task, *, all_events: Sequence[TaskEvent]) -> str:
    """Say what an event tells about a failure, or return an empty text if it tells nothing."""
    match event.kind:
        case "Driver Failure" | "Setup Failure" | "Task hook failed" | "Failed Validation":
            return _driver_cause(event)
        case "Failed Artifact Download":
            return "something it needs could not be downloaded. Try again"
        case "Terminated":
            return _exit_cause(event, task, all_events)
        case "Disk Resources Exceeded":
            return "it used more disk than it asked for. Deploy it again with more disk"
        case _:
            return ""


def pull_problem(task: Task) -> str:
    """Return the sentence about a failed image pull among the task's events, or an empty text."""
    return next((text for event in reversed(task.events) if (text := _pull_cause(event))), "")


def is_pulling(task: Task) -> bool:
    """Tell whether the newest thing that happened to the task is that its image is being downloaded."""
    if not task.events:
        return False
    newest = task.events[-1]
    return newest.kind == "Driver" and newest.text.casefold().startswith(_PULLING)


def _suspects(allocation: Allocation) -> list[Task]:
    tasks = list(allocation.tasks or ())
    return sorted(tasks, key=lambda task: (task is not allocation.main, not task.failed))


def _driver_cause(event: TaskEvent) -> str:
    pull = _pull_cause(event)
    if pull:
        return pull
    text = _raw(event)
    if "device" in text.casefold() and ("reserve" in text.casefold() or "unknown device" in text.casefold()):
        return "the GPU could not be handed over. Stop it and deploy it again"
    known = next((words for sign, words in _DRIVER_CAUSES if sign in text.casefold()), None)
    return known or f"the container could not be started: {_first_line(text)}"


def _pull_cause(event: TaskEvent) -> str:
    text = _raw(event)
    match = _PULL.search(text)
    if match is None:
        return ""
    image = match["image"]
    low = text.casefold()
    if "not found" in low or "manifest unknown" in low or "no such image" in low:
        return f"the image {image} does not exist. Deploy again with another Docker tag"
    if "denied" in low or "unauthorized" in low or "authentication" in low:
        return f"the image {image} does not exist or is not public. Deploy again with another Docker tag"
    if "no space left" in low:
        return f"the image {image} does not fit on the machine's disk. Ask for support, or choose another site"
    if "toomanyrequests" in low or "rate limit" in low:
        return f"the image registry refuses to serve {image} for a while (rate limit). Try again in an hour"
    return f"the image {image} could not be downloaded: {_first_line(text)}"


def _exit_cause(event: TaskEvent, task: Task, all_events: Sequence[TaskEvent]) -> str:
    code = event.details.get("exit_code", "")
    was_killed = any(other.kind == "Killing" for other in all_events)
    if event.details.get("oom_killed", "").casefold() == "true":
        return "it ran out of memory and was ended. Deploy it again with more RAM"
    if code == _OOM_EXIT and not was_killed:
        return "it was ended from outside, most likely because it ran out of memory. Deploy it again with more RAM"
    if code in {"", "0"} or was_killed:
        return ""
    times = f" after {task.restarts} restarts" if task.restarts else ""
    return (
        f"its program ended with exit code {code}{times}. Try the module on your own machine, "
        "or ask the module's maintainers"
    )


def _raw(event: TaskEvent) -> str:
    parts = (event.details.get(key, "") for key in ("driver_error", "setup_error", "validation_error", "message"))
    return next((part for part in parts if part), event.text)


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else "no reason given"
    return line if len(line) <= 300 else line[:299] + "…"  # noqa: PLR2004 - a line that fits a message
