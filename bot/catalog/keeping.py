"""Keeps what was read for the next start, in the background, and only when it changed."""

from threading import Lock

import structlog

from bot.catalog.image_registry import ImageRegistry
from bot.catalog.stored_copy import CopyStore, are_believable, believable
from bot.domain.catalog import CatalogSnapshot
from bot.errors import BotError

log = structlog.get_logger(__name__)


class Keeper:
    """Brings the catalogue's copy and the known tags to the database and back; its failures end here."""

    def __init__(self, copies: CopyStore, *, source: str, registry: ImageRegistry) -> None:
        self._copies = copies
        self._source = source
        self._registry = registry
        self._turn = Lock()
        self._kept: CatalogSnapshot | None = None

    def restore(self) -> CatalogSnapshot | None:
        """Return the copy of an earlier run, if there is one, and let the registry know what it said then."""
        try:
            copy = self._copies.load(self._source)
            self._registry.restore(filter(are_believable, self._copies.load_tags(self._registry.name)))
        except BotError as error:
            log.warning("copy of the catalogue not read", reason=str(error))
            return None
        if copy is None:
            return None
        self._kept = believable(copy)
        return self._kept

    def keep(self, snapshot: CatalogSnapshot) -> None:
        """Write what changed since the last time."""
        with self._turn:
            try:
                self._keep_copy(snapshot)
                self._keep_tags()
            except BotError as error:
                log.warning("copy of the catalogue not kept", reason=str(error))

    def _keep_copy(self, snapshot: CatalogSnapshot) -> None:
        if snapshot.read_at is None:
            return
        kept = self._kept
        is_same = kept is not None and (kept.modules, kept.broken) == (snapshot.modules, snapshot.broken)
        if is_same and kept is not None and kept.read_at == snapshot.read_at:
            return
        if not is_same or not self._copies.confirm(self._source, read_at=snapshot.read_at):
            self._copies.save(self._source, snapshot)
        self._kept = snapshot

    def _keep_tags(self) -> None:
        answers = self._registry.unkept()
        if answers:
            self._copies.save_tags(self._registry.name, answers)
            self._registry.kept(answers)
