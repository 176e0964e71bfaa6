"""A catalogue in memory that obeys the rules of the port, with a few invented modules."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.catalog.development import DEVELOPMENT_ENVIRONMENT
from bot.domain.base import ModuleName
from bot.domain.catalog import BrokenItem, Capability, CatalogSnapshot, ImageTags, Module, Wanted
from bot.domain.tags import CONVENTIONAL
from bot.errors import CatalogUnavailable, NotFound
from bot.ports import Clock

DEMO_APP = Module(
    name=ModuleName("demo-app"),
    title="Demo application",
    summary="Answers every request with what it was sent.",
    image="ai4oshub/demo-app",
    capabilities=(Capability.INFERENCE, Capability.TRAINABLE),
    categories=("AI4 pre trained", "AI4 trainable", "AI4 inference"),
    tags=("demo", "general purpose"),
    links=(("Source code", "https://github.com/ai4os-hub/demo-app"),),
    inference=Wanted(cpu=2, gpu=0, ram_mb=2500, disk_mb=2000),
    training=Wanted(cpu=6, gpu=1, ram_mb=16000, disk_mb=5000),
)
CLOUD_TRAINER = Module(
    name=ModuleName("cloud-trainer"),
    title="Cloud type trainer",
    summary="Learns to tell cloud types apart from pictures of the sky.",
    image="ai4oshub/cloud-trainer",
    capabilities=(Capability.TRAINABLE,),
    categories=("AI4 trainable",),
    tags=("weather",),
    libraries=("PyTorch",),
    links=(("Source code", "https://github.com/ai4os-hub/cloud-trainer"),),
)
OWL_CALLER = Module(
    name=ModuleName("owl-caller"),
    title="Owl call classifier",
    summary="Names the owl in a recording of its call.",
    image="deephdc/owl-caller",
    capabilities=(Capability.INFERENCE,),
    categories=("AI4 pre trained",),
    tags=("audio",),
    libraries=("TensorFlow",),
    links=(("Source code", "https://github.com/ai4os-hub/owl-caller"),),
)
BROKEN = BrokenItem(
    name=ModuleName("torn-page"),
    reason="is not valid YAML: line 4, column 12: mapping values are not allowed here",
)
TAGS = {
    DEMO_APP.image: ("latest", "cpu", "gpu"),
    CLOUD_TRAINER.image: ("gpu", "cpu"),
    OWL_CALLER.image: ("latest",),
    DEVELOPMENT_ENVIRONMENT.image: ("tf2.14-gpu", "tf2.14-cpu", "latest"),
}


class FakeCatalog:
    """What is published, what of it was read, and switches for catalogue and image registry.

    `is_read=False` starts like a bot that has not read the catalogue yet, `tags_known=False` like one that has not
    asked the image registry yet.
    """

    def __init__(
        self,
        modules: Sequence[Module] = (DEMO_APP, CLOUD_TRAINER, OWL_CALLER),
        *,
        clock: Clock = lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        is_read: bool = True,
        tags_known: bool = True,
    ) -> None:
        self.is_up = True
        self.registry_is_up = True
        self.published = list(modules)
        self.broken = [BROKEN]
        self.registry = dict(TAGS)
        self._clock = clock
        self._read_tags: dict[str, tuple[str, ...]] = dict(TAGS) if tags_known else {}
        self._snapshot = CatalogSnapshot(modules=(DEVELOPMENT_ENVIRONMENT,), certain=False)
        if is_read:
            self.refresh()

    def snapshot(self) -> CatalogSnapshot:
        """Return what was read last; before the first reading only the development environment."""
        return self._snapshot

    def refresh(self, name: ModuleName | None = None) -> None:
        """Read what is published, or one module of it, unless the catalogue is down or empty."""
        if not self.is_up or not self.published:
            raise self._failed(is_whole=name is None)
        if name is None:
            own = [module for module in self.published if module.name != DEVELOPMENT_ENVIRONMENT.name]
            modules = (*own, self._published(DEVELOPMENT_ENVIRONMENT.name) or DEVELOPMENT_ENVIRONMENT)
            self._snapshot = CatalogSnapshot(modules=modules, broken=tuple(self.broken), read_at=self._clock())
        else:
            self._refresh_one(name)

    def keep(self) -> None:
        """Do nothing: what is in memory is all there is."""

    def known_tags(self, image: str) -> ImageTags:
        """Return the tags as last asked for; uncertain while the registry is down or has not been asked."""
        read = self._read_tags.get(image)
        fixed = self._fixed_tags(image)
        if read is None:
            return ImageTags(image=image, tags=fixed or CONVENTIONAL, certain=False)
        tags = tuple(tag for tag in fixed if tag in read) if fixed else read
        return ImageTags(image=image, tags=tags, certain=self.registry_is_up)

    def refresh_tags(self, image: str) -> ImageTags:
        """Ask the registry; an image that it does not have has certainly no tags."""
        if self.registry_is_up:
            self._read_tags[image] = tuple(self.registry.get(image, ()))
        return self.known_tags(image)

    def publish(self, module: Module, *tags: str) -> None:
        """Put a module, and the tags of its image, into what is published; it shows after the next refresh."""
        self.withdraw(module.name)
        self.published.append(module)
        if tags:
            self.registry[module.image] = tags

    def withdraw(self, name: str) -> None:
        """Take a module out of what is published; it is gone after the next refresh."""
        self.published = [module for module in self.published if module.name != name]

    def _refresh_one(self, name: str) -> None:
        key = name.casefold()
        found = self._published(name)
        if found is None and key == DEVELOPMENT_ENVIRONMENT.name:
            found = DEVELOPMENT_ENVIRONMENT
        broken = [item for item in self.broken if item.name.casefold() == key]
        modules = [found if module.name.casefold() == key else module for module in self._snapshot.modules]
        if found is not None and found not in modules:
            modules.insert(-1, found)
        others = [item for item in self._snapshot.broken if item.name.casefold() != key]
        kept = tuple(module for module in modules if module is not None)
        self._snapshot = self._snapshot.model_copy(update={"modules": kept, "broken": (*others, *broken)})
        if found is None and not broken:
            raise NotFound(f"The catalogue does not list {name}.", hint="Its maintainers can add it.")

    def _published(self, name: str) -> Module | None:
        return next((module for module in self.published if module.name.casefold() == name.casefold()), None)

    def _failed(self, *, is_whole: bool) -> CatalogUnavailable:
        text = "The module catalogue cannot be read: no answer from 127.0.0.1."
        if is_whole:
            failures = self._snapshot.failures + 1
            change = {"certain": False, "failure": text, "failed_at": self._clock(), "failures": failures}
            self._snapshot = self._snapshot.model_copy(update=change)
        return CatalogUnavailable(text, hint="The copy that was read last serves until then.")

    def _fixed_tags(self, image: str) -> tuple[str, ...]:
        tags = [module.fixed_tag for module in self._snapshot.modules if module.image == image]
        return tuple(dict.fromkeys(tags)) if all(tags) else ()
