"""The one direct message of a deployment: the same design from submitting to running or failed."""

from slack_sdk.models.blocks import Block, InteractiveElement

from bot.domain.deployment import Phase
from bot.domain.records import Announcement
from bot.domain.status import FINAL_PHASES
from handlers.ids import BlockId, DeploymentKey
from handlers.views import buttons, mrkdwn, wording
from handlers.views.access import LINKS, endpoint_line, plain_line
from handlers.views.elements import actions, context, section
from handlers.views.message import Message

_SENTENCES = {
    Phase.SUBMITTING: "is being submitted",
    Phase.SCHEDULING: "is accepted; the cluster looks for a place",
    Phase.QUEUED: "waits in the queue",
    Phase.IMPOSSIBLE: "cannot be placed",
    Phase.RETRYING: "waits to be tried again",
    Phase.PULLING: "has a place; its image is being downloaded",
    Phase.STARTING: "is starting",
    Phase.STUCK_STARTING: "is taking very long to start",
    Phase.RUNNING: "is running",
    Phase.RESTARTING: "is being restarted",
    Phase.UNREACHABLE: "cannot be reached",
    Phase.STOPPING: "is being stopped",
    Phase.STUCK_STOPPING: "does not stop",
    Phase.STOPPED: "is stopped",
    Phase.FAILED: "failed",
    Phase.LOST: "is lost",
    Phase.FINISHED: "has ended",
    Phase.GONE: "is no longer on the cluster",
    Phase.UNKNOWN: "is in a state that nobody can tell right now",
}
_NEXT_STEPS = {
    Phase.SUBMITTING: "You need not do anything: this message follows it.",
    Phase.SCHEDULING: "You need not do anything: this message follows it.",
    Phase.QUEUED: "It starts by itself as soon as something is free; this message tells you.",
    Phase.IMPOSSIBLE: "Stop it, and deploy it again with other hardware.",
    Phase.PULLING: "That takes some minutes the first time.",
    Phase.STARTING: "The links follow here.",
}
_MAY_HOLD = "Remove it once you know enough: a failed deployment can still hold its GPU."
_AGAIN = frozenset(
    {Phase.IMPOSSIBLE, Phase.RETRYING, Phase.FAILED, Phase.LOST, Phase.FINISHED, Phase.STOPPED, Phase.GONE}
)
_HAS_LINKS = frozenset({Phase.RUNNING, Phase.RESTARTING, Phase.UNREACHABLE})


def render(announcement: Announcement) -> Message:
    """Return the message as it should stand now."""
    key = DeploymentKey(announcement.namespace, announcement.deployment)
    head = f"{wording.mark(announcement.phase)} {mrkdwn.name(announcement.title)} {_what(announcement)}"
    next_step = _next_step(announcement)
    blocks: list[Block] = [section("\n".join(part for part in (head, next_step) if part), block_id=BlockId.HEAD)]
    if announcement.phase in _HAS_LINKS:
        blocks += [
            section(endpoint_line(endpoint, was_asked=False), block_id=BlockId.LINK.numbered(number))
            for number, endpoint in enumerate(announcement.endpoints[:LINKS])
        ]
    blocks.append(context(_facts(announcement), block_id=BlockId.FACTS))
    choices = _buttons(announcement, key)
    blocks += [actions(choices, block_id=BlockId.BUTTONS)] if choices else []
    return Message(_text(announcement), blocks)


def _what(announcement: Announcement) -> str:
    what = _SENTENCES[announcement.phase]
    reason = announcement.reason.strip()
    return f"{what}: {mrkdwn.foreign(wording.closed(reason), 600)}" if reason else f"{what}."


def _next_step(announcement: Announcement) -> str:
    if announcement.phase is Phase.FAILED and announcement.hardware.gpus:
        return _MAY_HOLD
    return _NEXT_STEPS.get(announcement.phase, "")


def _facts(announcement: Announcement) -> str:
    since = f"since {mrkdwn.date(announcement.since)}" if announcement.since else ""
    parts = [
        mrkdwn.foreign(announcement.module, 60) if announcement.module.strip() else "",
        wording.hardware(announcement.hardware),
        mrkdwn.foreign(announcement.site, 60) if announcement.site.strip() else "",
        mrkdwn.code(announcement.image, 150) if announcement.image.strip() else "",
        mrkdwn.code(announcement.deployment[:8], 20),
        since,
    ]
    return " · ".join(part for part in parts if part)


def _buttons(announcement: Announcement, key: DeploymentKey) -> list[InteractiveElement]:
    phase = announcement.phase
    found: list[InteractiveElement] = []
    if phase in _HAS_LINKS:
        found.append(buttons.access(key, style="primary"))
        found += [buttons.password(key)] if announcement.has_password else []
    if phase in _AGAIN:
        found.append(buttons.again(key, style="primary"))
    if phase is not Phase.GONE:
        found.append(buttons.details(key))
    if (wording.can_stop(phase) and phase is not Phase.SUBMITTING) or _can_remove(phase):
        gpus = 0 if phase in FINAL_PHASES else announcement.hardware.gpus
        found.append(buttons.stop(key, title=announcement.title, phase=phase, gpus=gpus))
    return found


def _can_remove(phase: Phase) -> bool:
    return phase in FINAL_PHASES and phase not in {Phase.STOPPED, Phase.GONE}


def _text(announcement: Announcement) -> str:
    links = [plain_line(endpoint) for endpoint in announcement.endpoints[:LINKS]]
    parts = [
        f"{mrkdwn.foreign(announcement.title, 60)} {_what(announcement)}",
        _next_step(announcement),
        *(links if announcement.phase in _HAS_LINKS else []),
    ]
    return "\n".join(part for part in parts if part)
