"""The events of a task, worded as Nomad's client words them."""

from datetime import datetime, timedelta

from playground.cluster.go_words import go_duration
from playground.cluster.records import MAX_EVENTS, TaskEvent, TaskState

_MICROSECOND = timedelta(microseconds=1)


def appended(state: TaskState, event: TaskEvent) -> tuple[TaskEvent, ...]:
    """Return a task's events with one more; the oldest goes when there are too many."""
    return (*state.events, event)[-MAX_EVENTS:]


def received(now: datetime) -> TaskEvent:
    """Tell that the client has the task."""
    return TaskEvent(type="Received", time=now, message="Task received by client")


def task_setup(now: datetime) -> TaskEvent:
    """Tell that the task's directory is built."""
    text = "Building Task Directory"
    return TaskEvent(type="Task Setup", time=now, message=text, details={"message": text})


def downloading(now: datetime, image: str) -> TaskEvent:
    """Tell that the docker driver pulls the image."""
    text = "Downloading image"
    details = {"driver_message": text, "image": image}
    return TaskEvent(type="Driver", time=now, message=text, details=details)


def started(now: datetime) -> TaskEvent:
    """Tell that the task runs."""
    return TaskEvent(type="Started", time=now, message="Task started by client")


def driver_failure(now: datetime, error: str) -> TaskEvent:
    """Tell that the driver could not start the task."""
    return TaskEvent(type="Driver Failure", time=now, message=error, details={"driver_error": error})


def terminated(now: datetime, code: int, *, oom: bool, message: str) -> TaskEvent:
    """Tell that the task ended by itself or was killed."""
    details = {"exit_code": str(code), "signal": "0", "oom_killed": "true" if oom else "false"}
    text = f"Exit Code: {code}"
    if message:
        details["exit_message"] = message
        text += f', Exit Message: "{message}"'
    return TaskEvent(type="Terminated", time=now, message=text, details=details)


def restarting(now: datetime, delay: timedelta, reason: str) -> TaskEvent:
    """Tell that the task starts again after a delay."""
    text = f"Task restarting in {go_duration(delay)}"
    if reason and reason != "Restart within policy":
        text = f"{reason} - {text}"
    details = {"restart_reason": reason, "start_delay": str(delay // _MICROSECOND * 1000)}
    return TaskEvent(type="Restarting", time=now, message=text, details=details)


def not_restarting(now: datetime, reason: str) -> TaskEvent:
    """Tell that the task failed for good."""
    details = {"restart_reason": reason, "fails_task": "true"}
    return TaskEvent(type="Not Restarting", time=now, message=reason, details=details)


def restart_signaled(now: datetime, reason: str) -> TaskEvent:
    """Tell that somebody asked for a restart in place."""
    return TaskEvent(type="Restart Signaled", time=now, message=reason, details={"restart_reason": reason})


def killing(now: datetime, timeout: timedelta) -> TaskEvent:
    """Tell that the task is asked to end."""
    text = f"Sent interrupt. Waiting {go_duration(timeout)} before force killing"
    return TaskEvent(type="Killing", time=now, message=text, details={"kill_timeout": go_duration(timeout)})


def killed(now: datetime) -> TaskEvent:
    """Tell that the task has ended as asked."""
    return TaskEvent(type="Killed", time=now, message="Task successfully killed")


def sibling_failed(now: datetime, sibling: str) -> TaskEvent:
    """Tell that the task goes because another one failed."""
    text = f'Task\'s sibling "{sibling}" failed'
    return TaskEvent(type="Sibling Task Failed", time=now, message=text, details={"failed_sibling": sibling})


def leader_dead(now: datetime) -> TaskEvent:
    """Tell that the task goes because the leader is gone."""
    return TaskEvent(type="Leader Task Dead", time=now, message="Leader Task in Group dead")


def main_dead(now: datetime) -> TaskEvent:
    """Tell that a sidecar goes because the main tasks are gone."""
    return TaskEvent(type="Main Tasks Dead", time=now, message="Main tasks in the group died")


def reconnected(now: datetime) -> TaskEvent:
    """Tell that the client is back."""
    return TaskEvent(type="Reconnected", time=now, message="Client reconnected")
