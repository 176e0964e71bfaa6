"""What was found at a source and what was known before, made into the new copy of the catalogue."""

from datetime import datetime

from bot.catalog import metadata
from bot.catalog.development import DEVELOPMENT_ENVIRONMENT, as_development
from bot.catalog.development import NAME as DEVELOPMENT
from bot.catalog.gitmodules import Entry
from bot.catalog.source import Reading, SourceItem
from bot.domain.catalog import BrokenItem, CatalogSnapshot, Module

UNREAD = CatalogSnapshot(modules=(DEVELOPMENT_ENVIRONMENT,), certain=False)
"""What there is before anything was read."""


def is_usable(reading: Reading) -> bool:
    """Tell whether a reading tells anything: not if it lists nothing, nor if no file could be asked for."""
    return any(not item.is_unknown for item in reading.items)


def assemble(reading: Reading, previous: CatalogSnapshot, *, now: datetime) -> CatalogSnapshot:
    """Put together the copy; what could not be asked for this time stays as it was, and is told of."""
    results = [_result(item, previous) for item in reading.items if item.entry.name != DEVELOPMENT]
    development, complaint = _development(reading, previous)
    unknown = [item for item in reading.items if item.is_unknown]
    return CatalogSnapshot(
        modules=(*(result for result in results if isinstance(result, Module)), development),
        broken=(*(result for result in results if isinstance(result, BrokenItem)), *reading.broken, *complaint),
        read_at=now,
        failure=f"{len(unknown)} of {len(reading.items)} modules {unknown[0].reason}." if unknown else "",
        failed_at=now if unknown else None,
        failures=previous.failures + 1 if unknown else 0,
    )


def assemble_one(name: str, reading: Reading, previous: CatalogSnapshot) -> CatalogSnapshot:
    """Put what was found about one name in place of what was known about it; all else stays as it was."""
    if name.casefold() == DEVELOPMENT:
        development, complaint = _development(reading, previous)
        return _replaced(previous, DEVELOPMENT, development, broken=complaint)
    result = next((_result(item, previous) for item in reading.items), None)
    found = result if isinstance(result, Module) else None
    broken = (result, *reading.broken) if isinstance(result, BrokenItem) else reading.broken
    return _replaced(previous, name, found, broken=broken)


def _replaced(
    previous: CatalogSnapshot, name: str, found: Module | None, *, broken: tuple[BrokenItem, ...]
) -> CatalogSnapshot:
    key = name.casefold()
    modules = [found if module.name.casefold() == key else module for module in previous.modules]
    if found is not None and found not in modules:
        modules.insert(-1, found)  # the development environment stays the last
    others = tuple(item for item in previous.broken if item.name.casefold() != key)
    kept = tuple(module for module in modules if module is not None)
    return previous.model_copy(update={"modules": kept, "broken": (*others, *broken)})


def _result(item: SourceItem, previous: CatalogSnapshot) -> Module | BrokenItem:
    if item.content is not None:
        return _read(item)
    if item.is_unknown:
        known = previous.module(item.entry.name) or _broken_before(item, previous)
        if known is not None:
            return known
    return BrokenItem(name=item.entry.name, reason=item.reason)


def _read(item: SourceItem) -> Module | BrokenItem:
    result = metadata.read(item.content or b"", item.entry)
    if isinstance(result, BrokenItem) and item.place:
        return result.model_copy(update={"reason": f"{item.place} {result.reason}"})
    return result


def _broken_before(item: SourceItem, previous: CatalogSnapshot) -> BrokenItem | None:
    return next((broken for broken in previous.broken if broken.name == item.entry.name), None)


def _development(reading: Reading, previous: CatalogSnapshot) -> tuple[Module, tuple[BrokenItem, ...]]:
    """Return the development environment, built in or described, and what is wrong with its description."""
    listed = next((item for item in reading.items if item.entry.name == DEVELOPMENT), None)
    item = reading.development or listed
    if item is not None and item.is_unknown:
        return previous.module(DEVELOPMENT) or DEVELOPMENT_ENVIRONMENT, ()
    if item is None or item.content is None:
        return DEVELOPMENT_ENVIRONMENT, ()
    described = _read(item.model_copy(update={"entry": Entry(name=DEVELOPMENT)}))
    if isinstance(described, Module):
        return as_development(described), ()
    reason = f"{described.reason}; it is offered as the bot itself describes it"
    return DEVELOPMENT_ENVIRONMENT, (BrokenItem(name=DEVELOPMENT, reason=reason),)
