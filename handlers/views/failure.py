"""An error as a person meets it: what happened, whether anything changed, what to do next, and a reference."""

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.errors import BotError
from handlers.ids import BlockId, Callback
from handlers.views import mrkdwn
from handlers.views.elements import context, modal, section
from handlers.views.message import Message
from handlers.views.wording import sentence

TITLE = "That did not work"
_LENGTH = 1500


def message(error: BotError, *, reference: str = "") -> Message:
    """Return the error as a message."""
    parts = [_what(error), *_rest(error), _reference(reference)]
    return Message(" ".join(part for part in parts if part), blocks(error, reference=reference))


def modal_view(error: BotError, *, reference: str = "", metadata: str = "", external_id: str = "") -> View:
    """Return the error as a modal."""
    return modal(
        TITLE,
        blocks(error, reference=reference),
        callback=Callback.FAILURE,
        metadata=metadata,
        external_id=external_id,
    )


def blocks(error: BotError, *, reference: str = "") -> list[Block]:
    """Return the blocks that explain the error."""
    found: list[Block] = [section("\n".join([f":warning: {_what(error)}", *_rest(error)]), block_id=BlockId.TEXT)]
    if reference:
        found.append(context(_reference(reference), block_id=BlockId.REFERENCE))
    return found


def _what(error: BotError) -> str:
    return mrkdwn.escape_within(sentence(mrkdwn.lines(str(error), _LENGTH)), _LENGTH)


def _rest(error: BotError) -> list[str]:
    texts = (error.changed, error.hint)
    return [mrkdwn.escape_within(mrkdwn.one_line(text, 600), 600) for text in texts if text.strip()]


def _reference(reference: str) -> str:
    return f"Reference for support: {mrkdwn.code(reference, 60)}" if reference else ""
