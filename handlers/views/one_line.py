"""What is answered to `deploy … --yes`: that it is being checked, then what came of it, with a way into the form."""

from collections.abc import Sequence

from slack_sdk.models.blocks import ActionsBlock, Block

from bot.domain.catalog import Module
from bot.domain.form import HeldGpu
from bot.domain.placement import Plan
from bot.domain.platform import Limits, Platform
from bot.domain.request import DeploymentRequest
from bot.errors import BotError
from handlers.ids import BlockId
from handlers.views import buttons, failure, mrkdwn, review
from handlers.views.elements import actions, context, facts, section
from handlers.views.held_gpus import NEXT_STEP_OUTSIDE, held_blocks
from handlers.views.message import Message

_CHECKING = ":hourglass_flowing_sand: Checking … I tell you here what comes of it; nothing is started before."
_FOLLOW = "A direct message from me follows it, and brings you the links as soon as it runs."
_TWICE = "Slack has brought me this command twice. I do it once: see what came of it above, or type `/ai4os list`."


def checking() -> Message:
    """Return what is said at once."""
    return _text(_CHECKING)


def submitted(request: DeploymentRequest, plan: Plan, *, platform: Platform, module: Module) -> Message:
    """Return that it is submitted: what, with which values, and when it starts or what it waits for."""
    name = mrkdwn.name(request.title or module.title)
    head = f":white_check_mark: {name} is submitted on {mrkdwn.foreign(platform.title, 60)}."
    pairs = review.summary(request, module)
    outlook = review.outlook(plan, gpus=request.gpus, is_in_form=False)
    values = ", ".join(f"{label}: {value}" for label, value in pairs)
    return Message(
        f"{head}\n{values}.\n{outlook}\n{_FOLLOW}",
        [
            section(head, block_id=BlockId.HEAD),
            facts(pairs, block_id=BlockId.SUMMARY),
            section(outlook, block_id=BlockId.OUTLOOK),
            context(_FOLLOW, block_id=BlockId.NOTE),
        ],
    )


def not_submitted(request: DeploymentRequest, plan: Plan, *, command: str) -> Message:
    """Return that the cluster would never run it, or could not be asked, with the button that opens the form."""
    text = review.outlook(plan, gpus=request.gpus, is_in_form=False)
    return Message(text, [section(text, block_id=BlockId.OUTLOOK), _open_form(command)])


def over_gpu_limit(held: Sequence[HeldGpu], limits: Limits, error: BotError, *, command: str) -> Message:
    """Return the refusal of one GPU too many: what holds them, each with a button to stop it, and the form."""
    blocks = held_blocks(held, limits, next_step=NEXT_STEP_OUTSIDE)
    return Message(failure.message(error).text, [*blocks, _open_form(command)])


def refused(error: BotError, *, reference: str, command: str = "") -> Message:
    """Return any other refusal; without a command there is no button, because it may yet be carried out."""
    message = failure.message(error, reference=reference)
    return Message(message.text, [*message.blocks, *([_open_form(command)] if command else [])])


def twice() -> Message:
    """Return that a command that was delivered again is not carried out again."""
    return _text(_TWICE)


def _text(text: str) -> Message:
    blocks: list[Block] = [section(text, block_id=BlockId.TEXT)]
    return Message(text, blocks)


def _open_form(command: str) -> ActionsBlock:
    return actions([buttons.deploy("Open the form", command=command)], block_id=BlockId.BUTTONS)
