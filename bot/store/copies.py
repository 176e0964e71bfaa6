"""The last good copy of the catalogue and the image tags last known, kept for the next start."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Delete, Engine, delete, func, select, tuple_, update

from bot.domain.base import Frozen
from bot.domain.catalog import BrokenItem, CatalogSnapshot, KnownTags, Module
from bot.store.rows import columns_of, put
from bot.store.tables import CatalogCopyRow, ImageTagsRow
from bot.store.transactions import reading, writing

MAX_IMAGES = 500
"""How many images' tags are kept, those asked for last."""

log = structlog.get_logger(__name__)


class _Content(Frozen):
    """What of a copy is kept as one text; whoever reads it may be older or newer code, so it is checked then."""

    modules: tuple[Module, ...] = ()
    broken: tuple[BrokenItem, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlCopies:
    """Keeps copies on SQLite and PostgreSQL. Every method is one short transaction; raises Unavailable."""

    engine: Engine

    def load(self, source: str) -> CatalogSnapshot | None:
        """Return the copy that was made of this source, uncertain; None if there is none that can be read."""
        statement = select(CatalogCopyRow.content, CatalogCopyRow.read_at).where(CatalogCopyRow.source == source)
        try:
            with reading(self.engine) as connection:
                row = connection.execute(statement).one_or_none()
            content = _Content.model_validate_json(row.content) if row else None
        except ValueError as error:  # also what validation raises, and a time that is none
            log.warning("copy of the catalogue cannot be read", error=type(error).__name__)
            return None
        if row is None or content is None:
            return None
        return CatalogSnapshot(modules=content.modules, broken=content.broken, read_at=row.read_at, certain=False)

    def save(self, source: str, snapshot: CatalogSnapshot) -> None:
        """Keep the copy in place of the one before; one that was never read whole is none."""
        if snapshot.read_at is None:
            return
        content = _Content(modules=snapshot.modules, broken=snapshot.broken).model_dump_json()
        with writing(self.engine) as connection:
            put(connection, CatalogCopyRow, {"source": source, "content": content, "read_at": snapshot.read_at})

    def confirm(self, source: str, *, read_at: datetime) -> bool:
        """Note that the copy was found unchanged, without writing it again; False if there is none any more."""
        is_it = CatalogCopyRow.source == source
        with writing(self.engine) as connection:
            return connection.execute(update(CatalogCopyRow).where(is_it).values(read_at=read_at)).rowcount == 1

    def load_tags(self, registry: str) -> tuple[KnownTags, ...]:
        """Return what the registry said about images, the newest answers last; nothing if that cannot be read."""
        statement = select(*columns_of(ImageTagsRow, KnownTags)).where(ImageTagsRow.source == registry)
        try:
            with reading(self.engine) as connection:
                rows = connection.execute(statement.order_by(ImageTagsRow.read_at).limit(MAX_IMAGES)).mappings().all()
            return tuple(KnownTags.model_validate({**row, "tags": row["tags"].split()}) for row in rows)
        except ValueError as error:
            log.warning("image tags cannot be read", error=type(error).__name__)
            return ()

    def save_tags(self, registry: str, answers: Iterable[KnownTags]) -> None:
        """Keep answers in place of the ones before about the same images, and no more images than MAX_IMAGES."""
        rows = [_row(registry, answer) for answer in answers]
        with writing(self.engine) as connection:
            for row in rows:
                put(connection, ImageTagsRow, row)
            connection.execute(_surplus())


def outdated(before: datetime) -> tuple[Delete, ...]:
    """Return what deletes tags nobody asked for lately, and old copies of other sources than the one read last."""
    newest = select(func.max(CatalogCopyRow.read_at)).scalar_subquery()
    return (
        delete(ImageTagsRow).where(ImageTagsRow.read_at < before),
        delete(CatalogCopyRow).where(CatalogCopyRow.read_at < before, CatalogCopyRow.read_at < newest),
    )


def _row(registry: str, answer: KnownTags) -> dict[str, Any]:
    # A tag has no spaces, so that a row needs no syntax that somebody could get wrong.
    return answer.model_dump() | {"source": registry, "tags": " ".join(answer.tags)}


def _surplus() -> Delete:
    key = tuple_(ImageTagsRow.source, ImageTagsRow.image, ImageTagsRow.fixed_tag)
    kept = select(ImageTagsRow.source, ImageTagsRow.image, ImageTagsRow.fixed_tag)
    return delete(ImageTagsRow).where(key.not_in(kept.order_by(ImageTagsRow.read_at.desc()).limit(MAX_IMAGES)))
