"""A person's deployments: what each is, where it stands and why, with Access, Info and Stop beside it."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, InteractiveElement

from bot.domain.overview import Row
from handlers.ids import Action, BlockId, DeploymentKey
from handlers.views import buttons, mrkdwn, wording
from handlers.views.elements import actions, button, header, section
from handlers.views.message import Message

PAGE = 8
_REASON = 300
_HEAD = "Your deployments"
_EMPTY = "You have no deployments. Deploy a module and it appears here."
_STILL_HOLDS = "It still holds its hardware and counts against your limits: remove it."


def render(rows: Sequence[Row], *, page: int = 0, now: datetime) -> Message:
    """Return one page of the list, which was read whole: Nomad answers for all platforms at once, or not at all."""
    if not rows:
        return _empty()
    pages = (len(rows) + PAGE - 1) // PAGE
    page = max(0, min(page, pages - 1))
    shown = list(enumerate(rows))[page * PAGE : (page + 1) * PAGE]
    blocks: list[Block] = [header(f"{_HEAD} ({len(rows)})", block_id=BlockId.HEAD)]
    for number, row in shown:
        blocks += _row_blocks(row, number, now)
    blocks.append(actions(_page_buttons(page, pages), block_id=BlockId.PAGES))
    return Message(_text([row for _, row in shown], total=len(rows)), blocks)


def status_text(row: Row) -> str:
    """Say where a deployment stands, why, and whether it holds hardware though it is over; escaped."""
    line = wording.status_line(row.status, limit=_REASON)
    return f"{line} {_STILL_HOLDS}" if row.is_over and row.holds_resources else line


def _empty() -> Message:
    deploy = actions([buttons.deploy(style="primary")], block_id=BlockId.BUTTONS)
    return Message(_EMPTY, [section(_EMPTY, block_id=BlockId.TEXT), deploy])


def _row_blocks(row: Row, number: int, now: datetime) -> list[Block]:
    place = " · ".join(mrkdwn.foreign(part, 60) for part in (row.platform, row.site) if part.strip())
    age = f"{wording.age(row.submitted_at, now)} old"
    facts = " · ".join(part for part in (place, age, wording.hardware(row.hardware)) if part)
    text = f"{mrkdwn.name(row.title)}\n{status_text(row)}\n{facts}"
    return [
        section(text, block_id=BlockId.ROW.numbered(number)),
        actions(_row_buttons(row), block_id=BlockId.ROW_BUTTONS.numbered(number)),
    ]


def _row_buttons(row: Row) -> list[InteractiveElement]:
    key = DeploymentKey(row.namespace, row.deployment)
    phase = row.status.phase
    found: list[InteractiveElement] = [] if row.is_over else [buttons.access(key)]
    found.append(buttons.details(key))
    if wording.can_stop(phase) or wording.can_remove(phase):
        found.append(buttons.stop(key, title=row.title, phase=phase, gpus=row.gpus_to_free))
    return found


def _page_buttons(page: int, pages: int) -> list[InteractiveElement]:
    found: list[InteractiveElement] = []
    if page > 0:
        found.append(button("Newer", Action.LIST_PREVIOUS, value=str(page - 1)))
    if page + 1 < pages:
        found.append(button(f"Older (page {page + 2} of {pages})", Action.LIST_NEXT, value=str(page + 1)))
    return [*found, buttons.deploy()]


def _text(rows: Sequence[Row], *, total: int) -> str:
    lines = [
        f"• {mrkdwn.foreign(row.title, 60)} ({mrkdwn.foreign(row.platform, 30)}): {row.status.phase.value}"
        for row in rows
    ]
    more = [f"… and {total - len(rows)} more."] if total > len(rows) else []
    return "\n".join([f"You have {wording.counted(total, 'deployment')}.", *lines, *more])
