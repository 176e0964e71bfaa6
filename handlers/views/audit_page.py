"""`/ai4os admin audit`: what was done, by whom, why, and to which deployment, the newest first."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, InteractiveElement
from slack_sdk.models.views import View

from bot.domain.records import AuditEntry
from handlers.ids import Action, BlockId, Callback
from handlers.views import mrkdwn
from handlers.views.admin_words import who
from handlers.views.elements import actions, button, context, modal, section
from handlers.views.local_time import local

TITLE = "Audit log"
PAGE = 10
_NOTHING = "Nothing was done yet that you may read."


def render(entries: Sequence[AuditEntry], zone: str, *, limit: int, page: int = 0) -> View:
    """Return a page of the newest entries; `limit` is how many of them were asked for."""
    pages = max(1, -(-len(entries) // PAGE))
    page = max(0, min(page, pages - 1))
    shown = entries[page * PAGE : (page + 1) * PAGE]
    blocks: list[Block] = [
        section(_entry(entry, zone), block_id=BlockId.ROW.numbered(page * PAGE + number))
        for number, entry in enumerate(shown)
    ]
    if not entries:
        blocks.append(section(_NOTHING, block_id=BlockId.TEXT))
    turning: list[InteractiveElement] = []
    if page > 0:
        turning.append(button("Previous", Action.AUDIT_PREVIOUS, value=str(page - 1)))
    if page + 1 < pages:
        turning.append(button("Next", Action.AUDIT_NEXT, value=str(page + 1)))
    if turning:
        blocks.append(actions(turning, block_id=BlockId.PAGES))
    note = f"Page {page + 1} of {pages}, of the newest {limit}. For more: `/ai4os admin audit 200`"
    return modal(
        TITLE,
        [*blocks, context(note, block_id=BlockId.NOTE)],
        callback=Callback.ADMIN_AUDIT,
        metadata=str(limit),
    )


def _entry(entry: AuditEntry, zone: str) -> str:
    about = f" {mrkdwn.code(entry.deployment, 60)}" if entry.deployment else ""
    reference = f" ({mrkdwn.code(entry.reference, 40)})" if entry.reference else ""
    detail = f"\n{mrkdwn.foreign(entry.detail, 600)}" if entry.detail else ""
    action = mrkdwn.foreign(entry.action, 100)
    return f"{local(entry.at, zone)}: {who(entry.actor)} – *{action}*{about}{reference}{detail}"
