"""Stopping a deployment: what would be lost, and what came of it."""

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.domain.deployment import Phase
from bot.domain.overview import Row
from handlers.ids import BlockId, Callback, DeploymentKey
from handlers.views import buttons, mrkdwn, wording
from handlers.views.elements import modal, section
from handlers.views.message import Message


def confirm(row: Row, *, external_id: str = "") -> View:
    """Return the question whether to stop (or remove) a deployment, naming it and what is lost."""
    word = buttons.stop_word(row.status.phase)
    losses = [f"• {text}" for text in buttons.consequences(row.status.phase, gpus=row.gpus_to_free)]
    holds = row.is_over and row.holds_resources and not row.gpus_to_free
    held = ["• It still holds its hardware, which becomes free."] if holds else []
    blocks: list[Block] = [
        section(f"{word} {mrkdwn.name(row.title)} on {mrkdwn.foreign(row.platform, 60)}?", block_id=BlockId.HEAD),
        section("\n".join([*losses, *held]), block_id=BlockId.TEXT),
        section(f"{wording.status_line(row.status)}\n{wording.hardware(row.hardware)}", block_id=BlockId.FACTS),
    ]
    return modal(
        f"{word} this deployment?",
        blocks,
        callback=Callback.STOP,
        submit=word,
        close="Keep it",
        metadata=str(DeploymentKey(row.namespace, row.deployment)),
        external_id=external_id,
    )


def working_view(title: str) -> View:
    """Return what is shown while it is being stopped; closing it leads back to where it was asked for."""
    return _outcome(f":hourglass_flowing_sand: {mrkdwn.name(title)} is being stopped …")


def outcome_view(title: str, phase: Phase) -> View:
    """Return what came of it: `phase` is where the deployment stands now, GONE if it was removed."""
    return _outcome(outcome_text(title, phase))


def outcome_message(title: str, phase: Phase) -> Message:
    """Return the same as a message."""
    text = outcome_text(title, phase)
    return Message(text, [section(text, block_id=BlockId.TEXT)])


def outcome_text(title: str, phase: Phase) -> str:
    """Say what came of stopping a deployment; escaped."""
    shown = mrkdwn.name(title)
    if phase is Phase.GONE:
        return f":white_check_mark: {shown} is removed. It holds nothing any more."
    if phase in {Phase.STOPPED, Phase.FAILED, Phase.FINISHED, Phase.LOST}:
        return f":white_check_mark: {shown} is stopped. It holds nothing."
    return f":white_check_mark: {shown} is being stopped. Its hardware is free once it has ended, usually in a minute."


def _outcome(text: str) -> View:
    return modal("Stop", [section(text, block_id=BlockId.TEXT)], callback=Callback.STOPPING)
