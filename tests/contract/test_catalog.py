"""What every catalogue keeps to: the one in memory, the published one from a folder, and the one from the web."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from bot.catalog.development import DEVELOPMENT_ENVIRONMENT
from bot.catalog.image_registry import ImageRegistry
from bot.catalog.snapshot import PublishedCatalog
from bot.catalog.source import FolderSource, Source
from bot.catalog.tag_pages import TagPages
from bot.catalog.web_source import WebSource
from bot.domain.base import ModuleName
from bot.domain.catalog import Capability, ImageTags, Module, Service
from bot.domain.tags import CONVENTIONAL
from bot.errors import CatalogUnavailable, NotFound
from bot.ports import Catalog
from tests.fakes.catalog import CLOUD_TRAINER, DEMO_APP, OWL_CALLER, TAGS, FakeCatalog
from tests.unit.catalog.published import NOT_YAML, StoppedClock, as_listing, as_metadata
from tests.unit.catalog.web import LocalWeb, Page, local_web

NEWCOMER = Module(
    name=ModuleName("tide-gauge"),
    title="Tide gauge",
    image="seaworks/tide-gauge",
    fixed_tag="1.4-gpu",
    links=(("Source code", "https://github.com/ai4os-hub/tide-gauge"),),
)


class Stage(Protocol):
    """A catalogue under test, and what a test does to the world behind it."""

    clock: StoppedClock

    @property
    def catalog(self) -> Catalog:
        """Return the catalogue."""

    def publish(self, module: Module, *tags: str) -> None:
        """Publish a module and its image's tags."""

    def withdraw(self, name: str) -> None:
        """Take a module out of the published catalogue."""

    def take_down(self) -> None:
        """Make the published catalogue unreadable."""

    def bring_back(self) -> None:
        """Make the published catalogue readable again."""

    def take_registry_down(self) -> None:
        """Make the image registry answer nothing of use."""


class FakeStage:
    """The catalogue in memory."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.catalog = FakeCatalog(clock=self.clock, is_read=False, tags_known=False)

    def publish(self, module: Module, *tags: str) -> None:
        """Publish a module and its image's tags."""
        self.catalog.publish(module, *tags)

    def withdraw(self, name: str) -> None:
        """Take a module out of the published catalogue."""
        self.catalog.withdraw(name)

    def take_down(self) -> None:
        """Let the catalogue be down."""
        self.catalog.is_up = False

    def bring_back(self) -> None:
        """Let the catalogue be up."""
        self.catalog.is_up = True

    def take_registry_down(self) -> None:
        """Let the registry be down."""
        self.catalog.registry_is_up = False


class RegistryStage:
    """A registry on a local web server, which the two published catalogues share."""

    def __init__(self, web: LocalWeb) -> None:
        self.web = web
        self.clock = StoppedClock()
        self.modules = {module.name: module for module in (DEMO_APP, CLOUD_TRAINER, OWL_CALLER)}
        web.missing = Page(status=404, body=b'{"message": "object not found"}')
        for image, tags in TAGS.items():
            self.put_tags(image, tags)

    def put_tags(self, image: str, tags: tuple[str, ...]) -> None:
        """Let the registry have an image with these tags."""
        results = [{"name": tag} for tag in tags]
        self.web.put(f"/v2/repositories/{image}/tags", json.dumps({"next": None, "results": results}))

    def published(self, source: Source) -> PublishedCatalog:
        """Return the catalogue on a source."""
        registry = ImageRegistry(TagPages(self.web.address), clock=self.clock)
        return PublishedCatalog(source=source, registry=registry, clock=self.clock)

    def take_registry_down(self) -> None:
        """Let the registry fail for every image."""
        for path in [path for path in self.web.pages if path.startswith("/v2/")]:
            self.web.put(path, "<html>out of order</html>", status=503)


class FolderStage(RegistryStage):
    """The published catalogue in a folder."""

    def __init__(self, web: LocalWeb, folder: Path) -> None:
        super().__init__(web)
        self.folder = folder
        (folder / "modules").mkdir()
        self.catalog = self.published(FolderSource(folder))
        self._write()

    def publish(self, module: Module, *tags: str) -> None:
        """Write a module's file and list it."""
        self.modules[module.name] = module
        self.put_tags(module.image, tags)
        self._write()

    def withdraw(self, name: str) -> None:
        """Remove a module's file and take it from the list."""
        del self.modules[ModuleName(name)]
        (self.folder / "modules" / f"{name}.yml").unlink()
        self._write()

    def take_down(self) -> None:
        """Leave an empty list, as a copy that broke off does."""
        (self.folder / "gitmodules.txt").write_text("")

    def bring_back(self) -> None:
        """Write everything again."""
        self._write()

    def _write(self) -> None:
        (self.folder / "gitmodules.txt").write_text(as_listing(*self.modules, "torn-page"))
        (self.folder / "modules" / "torn-page.yml").write_text(NOT_YAML)
        for module in self.modules.values():
            (self.folder / "modules" / f"{module.name}.yml").write_text(as_metadata(module))


class WebStage(RegistryStage):
    """The published catalogue on the web, each module in a repository of its own."""

    def __init__(self, web: LocalWeb) -> None:
        super().__init__(web)
        source = WebSource(
            "https://github.com/ai4os-hub/modules-catalog", raw_hosts={"github.com": f"{web.address}/raw"}
        )
        self.catalog = self.published(source)
        self._write()

    def publish(self, module: Module, *tags: str) -> None:
        """Put a module's repository on the web and list it."""
        self.modules[module.name] = module
        self.put_tags(module.image, tags)
        self._write()

    def withdraw(self, name: str) -> None:
        """Take a module's repository from the web and from the list."""
        del self.modules[ModuleName(name)]
        del self.web.pages[f"/raw/ai4os-hub/{name}/main/ai4-metadata.yml"]
        self._write()

    def take_down(self) -> None:
        """Answer with an error page that claims to be fine."""
        self.web.outage = Page(body=b"<!DOCTYPE html><html><body>We are sorry.</body></html>")

    def bring_back(self) -> None:
        """Answer as before."""
        self.web.outage = None

    def _write(self) -> None:
        self.web.put("/raw/ai4os-hub/modules-catalog/master/.gitmodules", as_listing(*self.modules, "torn-page"))
        self.web.put("/raw/ai4os-hub/torn-page/main/ai4-metadata.yml", NOT_YAML)
        for module in self.modules.values():
            self.web.put(f"/raw/ai4os-hub/{module.name}/main/ai4-metadata.yml", as_metadata(module))


@contextmanager
def open_stage(kind: str, folder: Path) -> Iterator[Stage]:
    """Set up one of the three."""
    with local_web() as web:
        match kind:
            case "fake":
                yield FakeStage()
            case "folder":
                yield FolderStage(web, folder)
            case _:
                yield WebStage(web)


@pytest.fixture(params=["fake", "folder", "web"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Give each kind of catalogue in turn, not read yet."""
    with open_stage(request.param, tmp_path) as opened:
        yield opened


def test_before_the_first_reading_there_is_the_development_environment(stage: Stage) -> None:
    """The special module is offered even though nothing was read, and nobody claims a reading."""
    snapshot = stage.catalog.snapshot()

    assert [module.name for module in snapshot.modules] == ["ai4os-dev-env"]
    assert snapshot.read_at is None


def test_reading_gives_what_is_published(stage: Stage) -> None:
    """Every published module is there with all that its metadata says, the development environment last."""
    stage.catalog.refresh()

    snapshot = stage.catalog.snapshot()
    assert snapshot.modules == (DEMO_APP, CLOUD_TRAINER, OWL_CALLER, DEVELOPMENT_ENVIRONMENT)
    assert snapshot.read_at == stage.clock.now


def test_the_development_environment_offers_editors_only(stage: Stage) -> None:
    """VSCode comes first, JupyterLab second, and there is no DEEPaaS."""
    module = stage.catalog.snapshot().module("ai4os-dev-env")

    assert module is not None
    assert module.services == (Service.VSCODE, Service.JUPYTER)
    assert module.capabilities == (Capability.DEVELOPMENT,)
    assert module.kind == "tool-devenv"


def test_a_broken_item_is_listed_with_its_reason(stage: Stage) -> None:
    """What cannot be deployed is told apart, with the place in the file that its maintainer must mend."""
    stage.catalog.refresh()

    snapshot = stage.catalog.snapshot()
    assert [item.name for item in snapshot.broken] == ["torn-page"]
    assert "line " in snapshot.broken[0].reason
    assert snapshot.module("torn-page") is None


def test_modules_are_found_whatever_the_case(stage: Stage) -> None:
    """A name typed in capitals finds its module."""
    stage.catalog.refresh()

    assert stage.catalog.snapshot().module("DEMO-App") == DEMO_APP


def test_what_is_published_later_shows_after_the_next_reading(stage: Stage) -> None:
    """The copy does not change by itself, and a new reading replaces it whole."""
    stage.catalog.refresh()
    stage.publish(NEWCOMER, "1.4-gpu")
    stage.withdraw("owl-caller")
    before = stage.catalog.snapshot()

    stage.catalog.refresh()

    assert before.module("tide-gauge") is None
    assert stage.catalog.snapshot().module("tide-gauge") == NEWCOMER
    assert stage.catalog.snapshot().module("owl-caller") is None


def test_an_unreadable_catalogue_keeps_the_last_copy(stage: Stage) -> None:
    """A failed reading says so, leaves copy and time of reading as they were, and is remembered with its reason."""
    stage.catalog.refresh()
    before = stage.catalog.snapshot()
    stage.take_down()
    stage.clock.advance(timedelta(hours=6))

    with pytest.raises(CatalogUnavailable, match="catalogue cannot be read") as caught:
        stage.catalog.refresh()

    failed = {"certain": False, "failure": str(caught.value), "failed_at": stage.clock.now, "failures": 1}
    assert before.certain
    assert stage.catalog.snapshot() == before.model_copy(update=failed)
    assert caught.value.hint


def test_a_reading_that_succeeds_ends_the_failures(stage: Stage) -> None:
    """What failed before is forgotten once the catalogue was read."""
    stage.take_down()
    with pytest.raises(CatalogUnavailable):
        stage.catalog.refresh()
    with pytest.raises(CatalogUnavailable):
        stage.catalog.refresh()
    failures = stage.catalog.snapshot().failures
    stage.bring_back()

    stage.catalog.refresh()

    snapshot = stage.catalog.snapshot()
    assert failures == 2
    assert (snapshot.certain, snapshot.failure, snapshot.failed_at, snapshot.failures) == (True, "", None, 0)


def test_one_module_is_read_anew_and_all_else_stays(stage: Stage) -> None:
    """A maintainer who mended one file does not wait for all others, in whatever case the name is typed."""
    stage.catalog.refresh()
    read_at = stage.clock.now
    stage.publish(DEMO_APP.model_copy(update={"title": "Demo, mended"}), "latest")
    stage.publish(CLOUD_TRAINER.model_copy(update={"title": "Not looked at"}), "gpu")
    stage.clock.advance(timedelta(hours=1))

    stage.catalog.refresh(ModuleName("DEMO-App"))

    snapshot = stage.catalog.snapshot()
    titles = {module.name: module.title for module in snapshot.modules}
    assert titles[DEMO_APP.name] == "Demo, mended"
    assert titles[CLOUD_TRAINER.name] == CLOUD_TRAINER.title
    assert [item.name for item in snapshot.broken] == ["torn-page"]
    assert snapshot.read_at == read_at


def test_one_new_module_is_added(stage: Stage) -> None:
    """What was published since the last reading can be had at once, and the development environment stays the last."""
    stage.catalog.refresh()
    stage.publish(NEWCOMER, "1.4-gpu")

    stage.catalog.refresh(NEWCOMER.name)

    assert stage.catalog.snapshot().module("tide-gauge") == NEWCOMER
    assert stage.catalog.snapshot().modules[-1] == DEVELOPMENT_ENVIRONMENT


def test_one_module_can_be_read_before_all_others(stage: Stage) -> None:
    """Nobody takes that for a reading of the catalogue."""
    stage.catalog.refresh(DEMO_APP.name)

    snapshot = stage.catalog.snapshot()
    assert snapshot.modules == (DEMO_APP, DEVELOPMENT_ENVIRONMENT)
    assert (snapshot.read_at, snapshot.certain) == (None, False)


def test_one_module_that_is_gone_is_taken_out(stage: Stage) -> None:
    """A name that the list has no more is not found, and not offered from then on."""
    stage.catalog.refresh()
    stage.withdraw("owl-caller")

    with pytest.raises(NotFound, match="does not list owl-caller"):
        stage.catalog.refresh(ModuleName("owl-caller"))

    assert stage.catalog.snapshot().module("owl-caller") is None
    assert stage.catalog.snapshot().module("demo-app") == DEMO_APP


@pytest.mark.parametrize("name", ["no-such-module", "", "../secrets", "x" * 3000, "a\x00b\n<!channel>"])
def test_a_name_that_was_never_listed_is_not_found(stage: Stage, name: str) -> None:
    """Whatever is typed, nothing but the list decides what is read."""
    stage.catalog.refresh()
    before = stage.catalog.snapshot()

    with pytest.raises(NotFound):
        stage.catalog.refresh(ModuleName(name))

    assert stage.catalog.snapshot() == before


def test_one_broken_item_can_be_looked_at_again(stage: Stage) -> None:
    """It stays broken, with its reason, and the reading is no failure."""
    stage.catalog.refresh()

    stage.catalog.refresh(ModuleName("torn-page"))

    assert [item.name for item in stage.catalog.snapshot().broken] == ["torn-page"]
    assert stage.catalog.snapshot().certain


def test_one_module_cannot_be_read_while_the_catalogue_is_down(stage: Stage) -> None:
    """The copy stays as it was; the age of the whole copy is another matter."""
    stage.catalog.refresh()
    before = stage.catalog.snapshot()
    stage.take_down()

    with pytest.raises(CatalogUnavailable):
        stage.catalog.refresh(DEMO_APP.name)

    assert stage.catalog.snapshot() == before


def test_the_development_environment_can_be_read_anew(stage: Stage) -> None:
    """It is always listed, with or without a file of its own."""
    stage.catalog.refresh()

    stage.catalog.refresh(ModuleName("AI4OS-dev-env"))

    assert stage.catalog.snapshot().modules == (DEMO_APP, CLOUD_TRAINER, OWL_CALLER, DEVELOPMENT_ENVIRONMENT)


def test_keeping_never_fails(stage: Stage) -> None:
    """Without anything to keep, or anywhere to keep it, nothing happens."""
    stage.catalog.keep()
    stage.catalog.refresh()
    stage.catalog.keep()

    assert stage.catalog.snapshot().certain


def test_tags_that_were_never_asked_for_are_the_conventional_ones(stage: Stage) -> None:
    """Without an answer of the registry the convention serves, marked as uncertain."""
    stage.catalog.refresh()

    assert stage.catalog.known_tags(DEMO_APP.image) == ImageTags(image=DEMO_APP.image, tags=CONVENTIONAL, certain=False)


def test_asked_tags_are_certain_and_remembered(stage: Stage) -> None:
    """The registry's answer is the truth, and memory holds it from then on."""
    stage.catalog.refresh()

    asked = stage.catalog.refresh_tags(CLOUD_TRAINER.image)

    assert asked == ImageTags(image=CLOUD_TRAINER.image, tags=("gpu", "cpu"), certain=True)
    assert stage.catalog.known_tags(CLOUD_TRAINER.image) == asked


def test_tags_stay_known_while_the_registry_is_down(stage: Stage) -> None:
    """The last answer serves, but nobody vouches for it any more."""
    stage.catalog.refresh_tags(OWL_CALLER.image)
    stage.take_registry_down()
    stage.clock.now = stage.clock.now.replace(hour=23)

    known = stage.catalog.refresh_tags(OWL_CALLER.image)

    assert known == ImageTags(image=OWL_CALLER.image, tags=("latest",), certain=False)
    assert stage.catalog.known_tags(OWL_CALLER.image) == known


def test_an_unreachable_registry_leaves_the_conventional_tags(stage: Stage) -> None:
    """Asking in vain is no error: the conventional tags are returned, uncertain."""
    stage.take_registry_down()

    asked = stage.catalog.refresh_tags(DEMO_APP.image)

    assert asked == ImageTags(image=DEMO_APP.image, tags=CONVENTIONAL, certain=False)


def test_an_image_that_the_registry_does_not_have_has_certainly_no_tags(stage: Stage) -> None:
    """A clear no is not the same as no answer: nothing is offered that could only fail."""
    asked = stage.catalog.refresh_tags("ai4oshub/never-built")

    assert asked == ImageTags(image="ai4oshub/never-built", tags=(), certain=True)


def test_a_tag_fixed_by_the_metadata_is_the_only_one(stage: Stage) -> None:
    """Where the metadata names a tag, the image's other tags are not offered."""
    stage.publish(NEWCOMER, "2.0-gpu", "1.4-gpu", "latest")
    stage.catalog.refresh()

    known = stage.catalog.known_tags(NEWCOMER.image)
    asked = stage.catalog.refresh_tags(NEWCOMER.image)

    assert known == ImageTags(image=NEWCOMER.image, tags=("1.4-gpu",), certain=False)
    assert asked == ImageTags(image=NEWCOMER.image, tags=("1.4-gpu",), certain=True)


def test_a_fixed_tag_that_does_not_exist_is_not_offered(stage: Stage) -> None:
    """A tag that the registry does not have is not offered, even though the metadata names it."""
    stage.publish(NEWCOMER, "2.0-gpu")
    stage.catalog.refresh()

    assert stage.catalog.refresh_tags(NEWCOMER.image) == ImageTags(image=NEWCOMER.image, tags=(), certain=True)
