"""What was found at a source and what was known before, made into the new copy of the catalogue."""

from datetime import datetime

from bot.catalog import metadata
from bot.catalog.development import DEVELOPMENT_ENVIRONMENT, as_development
from bot.catalog.development import NAME as DEVELOPMENT
from bot.catalog.gitmodules import Entry
from bot.catalog.source import Reading, SourceItem
from bot.domain.catalog import BrokenItem, CatalogSnapshot, Module

UNREAD = CatalogSnapshot(modules=(DEVELOPMENT_ENVIRONMENT,))
"""What there is before anything was read."""


def is_usable(reading: Reading) -> bool:
    """Tell whether a reading tells anything: not if it lists nothing, nor if no file could be asked for."""
    return any(not item.is_unknown for item in reading.items)


def assemble(reading: Reading, previous: CatalogSnapshot, *, now: datetime) -> CatalogSnapshot:
    """Put together the copy; what could not be asked for this time stays as it was."""
    results = [_result(item, previous) for item in reading.items if item.entry.name != DEVELOPMENT]
    development, complaint = _development(reading)
    return CatalogSnapshot(
        modules=(*(result for result in results if isinstance(result, Module)), development),
        broken=(*(result for result in results if isinstance(result, BrokenItem)), *reading.broken, *complaint),
        read_at=now,
    )


def _result(item: SourceItem, previous: CatalogSnapshot) -> Module | BrokenItem:
    if item.content is not None:
        return metadata.read(item.content, item.entry)
    before = previous.module(item.entry.name) if item.is_unknown else None
    return before or BrokenItem(name=item.entry.name, reason=item.reason)


def _development(reading: Reading) -> tuple[Module, tuple[BrokenItem, ...]]:
    """Return the development environment, built in or described, and what is wrong with its description."""
    listed = next((item.content for item in reading.items if item.entry.name == DEVELOPMENT), None)
    content = reading.development if reading.development is not None else listed
    if content is None:
        return DEVELOPMENT_ENVIRONMENT, ()
    described = metadata.read(content, Entry(name=DEVELOPMENT))
    if isinstance(described, Module):
        return as_development(described), ()
    reason = f"{described.reason}; it is offered as the bot itself describes it"
    return DEVELOPMENT_ENVIRONMENT, (BrokenItem(name=DEVELOPMENT, reason=reason),)
