"""Everything about one deployment: who, what, where, what happened, and what its errors mean."""

from collections.abc import Sequence
from typing import NamedTuple

from slack_sdk.models.blocks import Block, InteractiveElement
from slack_sdk.models.views import View

from bot.domain import causes
from bot.domain.deployment import Deployment, Task, TaskEvent
from bot.domain.endpoints import current_allocation
from bot.domain.overview import Row
from handlers.ids import BlockId, Callback, DeploymentKey
from handlers.views import buttons, mrkdwn, wording
from handlers.views.deployment_list import status_text
from handlers.views.elements import actions, context, facts, modal, section, verbatim_section

TITLE = "Info"
EVENTS = 10
_EVENTS_A_BLOCK = 5
_NO_EVENTS = "Nothing has happened to it yet, or the cluster has forgotten it."
_PLAIN_WORDS = {
    "Received": "a machine took it over",
    "Task Setup": "its place on the machine was prepared",
    "Driver": "the machine reports",
    "Started": "it started",
    "Terminated": "it ended",
    "Killing": "it was told to end",
    "Killed": "it was ended",
    "Restarting": "it is being started again",
    "Not Restarting": "it is not started again",
    "Restart Signaled": "a restart was asked for",
    "Driver Failure": "it could not be started",
    "Setup Failure": "it could not be prepared",
    "Task hook failed": "it could not be prepared",
    "Failed Validation": "the machine refused it",
    "Failed Artifact Download": "something it needs could not be downloaded",
    "Downloading Artifacts": "something it needs is being downloaded",
    "Sibling Task Failed": "another part of it failed",
    "Leader Task Dead": "its main part ended",
    "Signaling": "it was sent a signal",
    "Disk Resources Exceeded": "it used more disk than it asked for",
    "Template": "its settings were written",
    "Alloc Unhealthy": "it did not become healthy in time",
}


class _Happening(NamedTuple):
    task: Task
    event: TaskEvent


def modal_view(deployment: Deployment, row: Row, *, has_password: bool = False, external_id: str = "") -> View:
    """Return everything about a deployment."""
    return modal(
        TITLE,
        _blocks(deployment, row, has_password=has_password),
        callback=Callback.DETAILS,
        metadata=str(DeploymentKey(row.namespace, row.deployment)),
        external_id=external_id,
    )


def _blocks(deployment: Deployment, row: Row, *, has_password: bool) -> list[Block]:
    since = f"\nSince {mrkdwn.date(row.status.since)}" if row.status.since else ""
    found: list[Block] = [
        section(f"{mrkdwn.name(row.title)}\n{status_text(row)}{since}", block_id=BlockId.HEAD),
        *_description(deployment),
        facts(_identity(deployment, row), block_id=BlockId.FACTS),
        facts(_place(deployment, row), block_id=BlockId.MORE_FACTS),
        *_events(deployment),
    ]
    return [*found, actions(_buttons(row, has_password=has_password), block_id=BlockId.BUTTONS)]


def _description(deployment: Deployment) -> list[Block]:
    found: list[Block] = []
    if deployment.description.strip():
        found.append(verbatim_section(deployment.description, block_id=BlockId.DESCRIPTION, limit=1000))
    if deployment.gpu_reason.strip():
        text = f"Why a second GPU: {mrkdwn.foreign(deployment.gpu_reason, 300)}"
        found.append(context(text, block_id=BlockId.NOTE))
    return found


def _identity(deployment: Deployment, row: Row) -> list[tuple[str, str]]:
    owner = deployment.owner.name or deployment.owner.email or deployment.owner.subject
    return [
        ("UUID", mrkdwn.code(row.deployment, 255)),
        ("Owner", mrkdwn.foreign(owner, 100)),
        ("Platform", mrkdwn.foreign(row.platform, 60)),
        ("Made", "here in Slack" if row.made_by_bot else "in the Dashboard, or elsewhere"),
        ("Submitted", mrkdwn.date(row.submitted_at)),
        *([("Hostname", mrkdwn.code(deployment.hostname, 100))] if deployment.hostname.strip() else []),
    ]


def _place(deployment: Deployment, row: Row) -> list[tuple[str, str]]:
    service = row.service.label if row.service else wording.NOT_KNOWN
    return [
        ("Hardware", wording.hardware(row.hardware)),
        ("Service", service),
        ("Node", mrkdwn.foreign(row.node or "none yet", 100)),
        ("Site", mrkdwn.foreign(row.site or (wording.NOT_KNOWN if row.node else "none yet"), 60)),
        ("Image", mrkdwn.code(deployment.image, 300) if deployment.image.strip() else wording.NOT_KNOWN),
    ]


def _events(deployment: Deployment) -> list[Block]:
    """Return the latest events, a few to a paragraph, so that long error messages find room."""
    lines = [_event_line(happening) for happening in _latest(deployment)] or [_NO_EVENTS]
    parts = [lines[start : start + _EVENTS_A_BLOCK] for start in range(0, len(lines), _EVENTS_A_BLOCK)]
    parts[0] = ["*What happened, newest first*", *parts[0]]
    return [section("\n".join(part), block_id=BlockId.EVENTS.numbered(number)) for number, part in enumerate(parts)]


def _latest(deployment: Deployment) -> list[_Happening]:
    allocation = current_allocation(deployment)
    tasks: Sequence[Task] = (allocation.tasks or ()) if allocation else ()
    everything = [_Happening(task, event) for task in tasks for event in task.events]
    return sorted(everything, key=lambda happening: happening.event.at, reverse=True)[:EVENTS]


def _event_line(happening: _Happening) -> str:
    task, event = happening
    cause = causes.cause_of(event, task, all_events=task.events)
    known = _PLAIN_WORDS.get(event.kind, event.kind)
    words = mrkdwn.foreign(cause or known, 200)
    raw = f" {mrkdwn.code(event.text, 250)}" if event.text.strip() else ""
    return f"• {mrkdwn.date(event.at)}: {words}{raw}"


def _buttons(row: Row, *, has_password: bool) -> list[InteractiveElement]:
    key = DeploymentKey(row.namespace, row.deployment)
    phase = row.status.phase
    found: list[InteractiveElement] = [] if row.is_over else [buttons.access(key)]
    if has_password and not row.is_over:
        found.append(buttons.password(key))
    if wording.can_stop(phase) or wording.can_remove(phase):
        found.append(buttons.stop(key, title=row.title, phase=phase, gpus=row.gpus_to_free))
    return found or [buttons.deploy()]
