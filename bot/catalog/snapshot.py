"""The catalogue in memory: what forms and commands ask, without ever waiting for the network."""

from pathlib import Path
from threading import Lock

import structlog

from bot.catalog.assembly import UNREAD, assemble, is_usable
from bot.catalog.development import DEVELOPMENT_ENVIRONMENT, natural_order
from bot.catalog.image_registry import ImageRegistry
from bot.catalog.setting_checks import is_address
from bot.catalog.source import FolderSource, Source, unavailable
from bot.catalog.stored_copy import CopyFile, CopyStore, NoCopy
from bot.catalog.web_source import WebSource
from bot.domain.catalog import CatalogSnapshot, ImageTags
from bot.domain.tags import CONVENTIONAL
from bot.ports import Clock

log = structlog.get_logger(__name__)


class PublishedCatalog:
    """The published catalogue and the image registry, as the port `Catalog` wants them. Any thread may call."""

    def __init__(
        self, *, source: Source, registry: ImageRegistry, clock: Clock, copies: CopyStore | None = None
    ) -> None:
        self._source = source
        self._registry = registry
        self._clock = clock
        self._copies: CopyStore = copies or NoCopy()
        self._refreshing = Lock()
        self._snapshot = self._copies.load(source.name) or UNREAD

    @classmethod
    def from_settings(
        cls, *, catalog: str, image_registry: str, clock: Clock, copy: Path | None = None
    ) -> "PublishedCatalog":
        """Build the catalogue that settings name; raise SettingsError for one that cannot be.

        `copy` is the file that keeps the last good copy for the next start, if there is to be one.
        """
        source = WebSource.from_setting(catalog) if is_address(catalog) else FolderSource.from_setting(catalog)
        registry = ImageRegistry.from_setting(image_registry, clock=clock)
        return cls(source=source, registry=registry, clock=clock, copies=CopyFile(copy) if copy else None)

    def snapshot(self) -> CatalogSnapshot:
        """Return our copy of the catalogue; before the first reading it has the development environment only."""
        return self._snapshot

    def refresh(self) -> None:
        """Read the published catalogue anew. Raises CatalogUnavailable, keeping the last good copy."""
        with self._refreshing:
            reading = self._source.read()
            if not is_usable(reading):
                raise unavailable(next((item.reason for item in reading.items), "it lists no modules"))
            self._snapshot = assemble(reading, self._snapshot, now=self._clock())
            self._keep()

    def known_tags(self, image: str) -> ImageTags:
        """Return the image's tags from memory, or the conventional ones, marked uncertain."""
        fixed = self._fixed_tags(image)
        if not fixed:
            return self._sorted(self._registry.known(image))
        return _joined(image, [self._registry.known(image, fixed_tag=tag) for tag in fixed])

    def refresh_tags(self, image: str) -> ImageTags:
        """Ask the registry for the image's tags, or return what is known when it cannot be asked."""
        fixed = self._fixed_tags(image)
        if not fixed:
            return self._sorted(self._registry.ask(image))
        return _joined(image, [self._registry.ask(image, fixed_tag=tag) for tag in fixed])

    def _fixed_tags(self, image: str) -> tuple[str, ...]:
        """Return the tags that all modules with this image fix; nothing if one of them leaves the choice."""
        tags = [module.fixed_tag for module in self._snapshot.modules if module.image == image]
        return tuple(dict.fromkeys(tags)) if all(tags) else ()

    def _sorted(self, known: ImageTags) -> ImageTags:
        if known.image != DEVELOPMENT_ENVIRONMENT.image or known.tags == CONVENTIONAL:
            return known
        return known.model_copy(update={"tags": natural_order(known.tags)})

    def _keep(self) -> None:
        try:
            self._copies.save(self._source.name, self._snapshot)
        except OSError as error:
            log.warning("copy of the catalogue not kept", error=str(error))


def _joined(image: str, parts: list[ImageTags]) -> ImageTags:
    tags = dict.fromkeys(tag for part in parts for tag in part.tags)
    return ImageTags(image=image, tags=tuple(tags), certain=all(part.certain for part in parts))
