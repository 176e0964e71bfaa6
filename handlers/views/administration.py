"""What administrators see: how the catalogue is, which modules are broken and why, and what a refresh has changed."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, InteractiveElement
from slack_sdk.models.views import View

from bot.domain.catalog import CatalogSnapshot
from bot.domain.catalog_change import CatalogChange
from bot.domain.commands import Verb
from bot.errors import BotError
from handlers.ids import Action, BlockId, Callback
from handlers.views import failure, mrkdwn, wording
from handlers.views import help as help_view
from handlers.views.elements import actions, button, facts, header, modal, section
from handlers.views.message import Message

TITLE = "Catalogue"
PAGE = 8
_NAMES, _COMPLAINTS = 8, 4
"""How much of a change is told, so that it fits into one paragraph; the whole is in the state of the catalogue."""
_REFRESHING = ":hourglass_flowing_sand: The published catalogue is being read anew …"
_UNREAD = "The catalogue has not been read yet, so nobody knows what is broken in it."
_FINE = "Every module that is listed can be deployed, and nothing in their files has to be mended."


def catalogue(
    snapshot: CatalogSnapshot, *, source: str, now: datetime, page: int = 0, notice: Sequence[Block] = ()
) -> View:
    """Return the state of the catalogue, with one page of what its maintainers have to mend."""
    lines = _complaints(snapshot)
    pages = max(1, -(-len(lines) // PAGE))
    page = max(0, min(page, pages - 1))
    shown = lines[page * PAGE : (page + 1) * PAGE]
    blocks: list[Block] = [*notice, facts(_state(snapshot, source, now), block_id=BlockId.FACTS)]
    if snapshot.failure:
        blocks.append(section(_failure(snapshot), block_id=BlockId.PROBLEMS))
    blocks.append(header(_heading(snapshot, page, pages), block_id=BlockId.HEAD))
    blocks += [section(line, block_id=BlockId.ROW.numbered(page * PAGE + number)) for number, line in enumerate(shown)]
    if not lines:
        blocks.append(section(_FINE if snapshot.read_at else _UNREAD, block_id=BlockId.TEXT))
    blocks.append(actions(_buttons(page, pages), block_id=BlockId.PAGES))
    return modal(TITLE, blocks, callback=Callback.ADMIN_CATALOG)


def refreshing(snapshot: CatalogSnapshot, *, source: str, now: datetime) -> View:
    """Return the state of the catalogue while it is being read anew."""
    return catalogue(snapshot, source=source, now=now, notice=[section(_REFRESHING, block_id=BlockId.NOTE)])


def refreshed(snapshot: CatalogSnapshot, change: CatalogChange, *, source: str, now: datetime) -> View:
    """Return the state of the catalogue after a refresh, what has changed on top."""
    text = section(change_text(change), block_id=BlockId.NOTE)
    return catalogue(snapshot, source=source, now=now, notice=[text])


def not_refreshed(snapshot: CatalogSnapshot, error: BotError, reference: str, *, source: str, now: datetime) -> View:
    """Return the state of the catalogue after a refresh that failed, the reason on top."""
    return catalogue(snapshot, source=source, now=now, notice=failure.blocks(error, reference=reference))


def started(name: str) -> Message:
    """Return the receipt for a refresh that was asked for by a command."""
    what = f"{mrkdwn.code(name, 80)} is being read anew" if name else "The published catalogue is being read anew"
    text = f":hourglass_flowing_sand: {what}. I tell you here what has changed."
    return Message(text, [section(text, block_id=BlockId.TEXT)])


def outcome(change: CatalogChange, *, name: str = "") -> Message:
    """Return what a refresh has changed, as a message."""
    text = f"{mrkdwn.code(name, 80)} was read anew. {change_text(change)}" if name else change_text(change)
    return Message(text, [section(text, block_id=BlockId.TEXT)])


def change_text(change: CatalogChange) -> str:
    """Say what a refresh has changed, escaped."""
    broken = f"{change.broken} broken" if change.broken else "none broken"
    lines = [f":white_check_mark: The catalogue has {wording.counted(change.modules, 'module')} now, {broken}."]
    lines += [
        f"{label}: {_names(names)}"
        for label, names in (
            ("New", change.new),
            ("Gone", change.gone),
            ("Changed", change.changed),
            ("Mended", change.mended),
        )
        if names
    ]
    if change.newly_broken:
        lines.append("Broken now:")
        lines += [f"• {_complaint(item.name, item.reason, limit=230)}" for item in change.newly_broken[:_COMPLAINTS]]
        if len(change.newly_broken) > _COMPLAINTS:
            lines.append(f"… and {len(change.newly_broken) - _COMPLAINTS} more: see `/ai4os admin catalog`")
    return "\n".join(lines if len(lines) > 1 else [*lines, "Nothing is different from before."])


def help_message() -> Message:
    """Return what administrators can type."""
    return help_view.render(Verb.ADMIN, is_administrator=True)


def _state(snapshot: CatalogSnapshot, source: str, now: datetime) -> list[tuple[str, str]]:
    read = snapshot.read_at
    age = f"{mrkdwn.date(read)} ({wording.age(read, now)} ago)" if read else "not yet"
    return [
        ("Modules", str(len(snapshot.modules))),
        ("Broken", str(len(snapshot.broken))),
        ("Read", age),
        ("Source", mrkdwn.code(source, 300)),
    ]


def _failure(snapshot: CatalogSnapshot) -> str:
    when = f" ({mrkdwn.date(snapshot.failed_at)})" if snapshot.failed_at else ""
    times = f", the {_ordinal(snapshot.failures)} time in a row" if snapshot.failures > 1 else ""
    why = mrkdwn.foreign(wording.closed(snapshot.failure), 500)
    return f":warning: *The newest reading failed*{when}{times}: {why} The copy from before serves until one succeeds."


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in {11, 12, 13} else "th"
    return f"{number}{ending}"


def _complaints(snapshot: CatalogSnapshot) -> list[str]:
    """Return a line for each broken module, then for each that works but should be mended."""
    broken = [f":no_entry: {_complaint(item.name, item.reason)}" for item in snapshot.broken]
    flawed = [f":wrench: {_complaint(module.name, '; '.join(module.flaws))}" for module in snapshot.flawed]
    return [*broken, *flawed]


def _complaint(name: str, reason: str, *, limit: int = 500) -> str:
    return f"{mrkdwn.code(name, 80)}: {mrkdwn.prose(wording.closed(reason), limit)}"


def _heading(snapshot: CatalogSnapshot, page: int, pages: int) -> str:
    counts = (len(snapshot.broken), len(snapshot.flawed))
    parts = [f"{count} {text}" for count, text in zip(counts, ("broken", "to be mended"), strict=True) if count]
    where = f" – page {page + 1} of {pages}" if pages > 1 else ""
    nothing = "Nothing to mend" if snapshot.read_at else "Not read yet"
    return f"{wording.listed(parts) or nothing}{where}"


def _buttons(page: int, pages: int) -> list[InteractiveElement]:
    found: list[InteractiveElement] = []
    if page > 0:
        found.append(button("Previous", Action.ADMIN_PREVIOUS, value=str(page - 1)))
    if page + 1 < pages:
        found.append(button("Next", Action.ADMIN_NEXT, value=str(page + 1)))
    return [*found, button("Read it anew", Action.ADMIN_REFRESH)]


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(mrkdwn.code(name, 40) for name in names[:_NAMES])
    return f"{shown} and {len(names) - _NAMES} more" if len(names) > _NAMES else shown
