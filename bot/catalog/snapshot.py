"""The catalogue in memory: what forms and commands ask, without ever waiting for the network."""

from threading import Lock

from bot.catalog.assembly import UNREAD, assemble, assemble_one, is_usable
from bot.catalog.development import DEVELOPMENT_ENVIRONMENT, natural_order
from bot.catalog.image_registry import ImageRegistry
from bot.catalog.keeping import Keeper
from bot.catalog.setting_checks import is_address
from bot.catalog.source import COPY_SERVES, FolderSource, Reading, Source, not_listed, unavailable
from bot.catalog.stored_copy import CopyStore, NoCopy
from bot.catalog.web_source import WebSource
from bot.domain.base import ModuleName
from bot.domain.catalog import CatalogSnapshot, ImageTags
from bot.domain.tags import CONVENTIONAL
from bot.errors import CatalogUnavailable
from bot.ports import Clock


class PublishedCatalog:
    """The published catalogue and the image registry, as the port `Catalog` wants them. Any thread may call."""

    def __init__(
        self, *, source: Source, registry: ImageRegistry, clock: Clock, copies: CopyStore | None = None
    ) -> None:
        self._source = source
        self._registry = registry
        self._clock = clock
        self._keeper = Keeper(copies or NoCopy(), source=source.name, registry=registry)
        self._reading = Lock()
        self._begun = 0
        self._guard = Lock()
        self._read_meanwhile: dict[str, Reading] = {}
        self._snapshot = self._keeper.restore() or UNREAD

    @classmethod
    def from_settings(
        cls, *, catalog: str, image_registry: str, clock: Clock, copies: CopyStore | None = None
    ) -> "PublishedCatalog":
        """Build the catalogue that settings name; raise SettingsError for one that cannot be.

        `copies` keeps the last good copy and the tags last known for the next start.
        """
        source = WebSource.from_setting(catalog) if is_address(catalog) else FolderSource.from_setting(catalog)
        registry = ImageRegistry.from_setting(image_registry, clock=clock)
        return cls(source=source, registry=registry, clock=clock, copies=copies)

    def snapshot(self) -> CatalogSnapshot:
        """Return our copy of the catalogue; before the first reading it has the development environment only."""
        return self._snapshot

    def refresh(self, name: ModuleName | None = None) -> None:
        """Read the published catalogue anew, or only one module of it, whatever the case of its name.

        Raises CatalogUnavailable, keeping the last good copy, and NotFound for a name that is not listed (any more).
        """
        if name is None:
            self._refresh_all()
        else:
            self._refresh_one(name)

    def keep(self) -> None:
        """Write to the database what changed since the last time; a failure is logged and tried again the next time."""
        self._keeper.keep(self._snapshot)

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

    def _refresh_all(self) -> None:
        begun_before = self._begun
        with self._reading:
            if self._begun > begun_before:
                self._share_outcome()
                return
            self._begun += 1
            self._read_all()

    def _share_outcome(self) -> None:
        """End as a reading did that began while we waited for our turn: nothing newer is to be had."""
        snapshot = self._snapshot
        if not snapshot.certain:
            raise CatalogUnavailable(snapshot.failure, hint=COPY_SERVES)

    def _read_all(self) -> None:
        with self._guard:
            self._read_meanwhile.clear()
        failure = "The reading of the module catalogue broke off."
        try:
            reading = self._source.read()
            if not is_usable(reading):
                raise unavailable(next((item.reason for item in reading.items), "it lists no modules"))
            failure = ""
        except CatalogUnavailable as error:
            failure = str(error)
            raise
        finally:
            if failure:
                self._note(failure)
        with self._guard:
            snapshot = assemble(reading, self._snapshot, now=self._clock())
            for name, later in self._read_meanwhile.items():
                snapshot = assemble_one(name, later, snapshot)
            self._snapshot = snapshot

    def _note(self, failure: str) -> None:
        with self._guard:
            failures = self._snapshot.failures + 1
            change = {"certain": False, "failure": failure, "failed_at": self._clock(), "failures": failures}
            self._snapshot = self._snapshot.model_copy(update=change)

    def _refresh_one(self, name: str) -> None:
        reading = self._source.read(name)
        unknown = next((item for item in reading.items if item.is_unknown), None)
        if unknown is not None:
            raise unavailable(f"{unknown.entry.name} {unknown.reason}")
        with self._guard:
            was_known = self._snapshot.module(name) is not None
            self._snapshot = assemble_one(name, reading, self._snapshot)
            if self._reading.locked():
                # That reading may have asked before us: what we saw replaces what it saw.
                self._read_meanwhile[name.casefold()] = reading
        if not reading.items and not reading.broken and name.casefold() != DEVELOPMENT_ENVIRONMENT.name:
            raise not_listed(name, was_known=was_known)

    def _fixed_tags(self, image: str) -> tuple[str, ...]:
        """Return the tags that all modules with this image fix; nothing if one of them leaves the choice."""
        tags = [module.fixed_tag for module in self._snapshot.modules if module.image == image]
        return tuple(dict.fromkeys(tags)) if all(tags) else ()

    def _sorted(self, known: ImageTags) -> ImageTags:
        if known.image != DEVELOPMENT_ENVIRONMENT.image or known.tags == CONVENTIONAL:
            return known
        return known.model_copy(update={"tags": natural_order(known.tags)})


def _joined(image: str, parts: list[ImageTags]) -> ImageTags:
    tags = dict.fromkeys(tag for part in parts for tag in part.tags)
    return ImageTags(image=image, tags=tuple(tags), certain=all(part.certain for part in parts))
