"""The IDE password, shown to its owner on demand in a modal and nowhere else."""

from slack_sdk.models.blocks import (
    Block,
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
)
from slack_sdk.models.views import View

from bot.domain.overview import Row
from handlers.ids import BlockId, Callback, DeploymentKey
from handlers.views import mrkdwn
from handlers.views.elements import context, modal, section

TITLE = "IDE password"
_NONE = "This deployment has no IDE password that I can read: it runs no IDE, or it was made in the Dashboard."
_HOW = "Open the IDE link, paste it into the password field and log in."
_WARNING = "Please do not share it: whoever has it can work, and read your files, in your name."


def modal_view(row: Row, password: str | None, *, external_id: str = "") -> View:
    """Return the modal with the password, or with the reason why there is none."""
    return modal(
        TITLE,
        [section(f"IDE password of {mrkdwn.name(row.title)}:", block_id=BlockId.HEAD), *_body(password)],
        callback=Callback.PASSWORD,
        metadata=str(DeploymentKey(row.namespace, row.deployment)),
        external_id=external_id,
    )


def _body(password: str | None) -> list[Block]:
    if not password:
        return [section(_NONE, block_id=BlockId.TEXT)]
    return [
        RichTextBlock(
            block_id=BlockId.SECRET,
            elements=[RichTextPreformattedElement(elements=[RichTextElementParts.Text(text=password)])],
        ),
        section(_HOW, block_id=BlockId.TEXT),
        context(_WARNING, block_id=BlockId.NOTE),
    ]
