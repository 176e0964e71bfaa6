"""The catalogue in memory: what is kept of it, its threads, its special tags."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event

import pytest

from bot.catalog.development import DEVELOPMENT_ENVIRONMENT, natural_order
from bot.catalog.image_registry import ImageRegistry
from bot.catalog.snapshot import PublishedCatalog
from bot.catalog.source import FolderSource, Reading
from bot.domain.catalog import CatalogSnapshot, ImageTags, KnownTags
from bot.domain.tags import CONVENTIONAL
from bot.errors import CatalogUnavailable
from bot.ports import Catalog
from tests.fakes.catalog import DEMO_APP, OWL_CALLER, FakeCatalog
from tests.fakes.copies import MemoryCopies
from tests.unit.catalog.published import StoppedClock, as_listing, as_metadata
from tests.unit.catalog.web import LocalWeb, Page, local_web

NO_REGISTRY = "http://127.0.0.1:9"


class GatedSource:
    """A folder whose whole reading, once done, is held back until a test lets it end."""

    def __init__(self, folder: FolderSource) -> None:
        self.has_read = Event()
        self.may_end = Event()
        self.readings = 0
        self.name = folder.name
        self._folder = folder

    def read(self, name: str | None = None) -> Reading:
        """Read everything, then wait; one module's reading does not wait."""
        reading = self._folder.read(name)
        if name is None:
            self.readings += 1
            self.has_read.set()
            self.may_end.wait(10)
        return reading


def known(image: str, *tags: str) -> KnownTags:
    """Return what a registry said about an image."""
    return KnownTags(image=image, tags=tags, is_complete=True, read_at=StoppedClock().now)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a catalogue folder with two modules."""
    root = tmp_path / "catalogue"
    (root / "modules").mkdir(parents=True)
    (root / ".gitmodules").write_text(as_listing("demo-app", "owl-caller"))
    for module in (DEMO_APP, OWL_CALLER):
        (root / "modules" / f"{module.name}.yml").write_text(as_metadata(module))
    return root


@pytest.fixture
def registry() -> Iterator[LocalWeb]:
    """Give an image registry that has nothing."""
    with local_web() as web:
        web.missing = Page(status=404, body=b'{"message": "object not found"}')
        yield web


def opened(
    folder: Path, *, copies: MemoryCopies | None = None, registry: str = NO_REGISTRY, clock: StoppedClock | None = None
) -> PublishedCatalog:
    """Return the catalogue in a folder."""
    return PublishedCatalog.from_settings(
        catalog=str(folder), image_registry=registry, clock=clock or StoppedClock(), copies=copies
    )


def test_both_catalogues_fit_the_port(folder: Path) -> None:
    """The published catalogue and the fake may stand wherever a catalogue is wanted."""
    catalogs: list[Catalog] = [opened(folder), FakeCatalog()]

    assert all(catalog.snapshot().module("ai4os-dev-env") for catalog in catalogs)


def test_a_restart_without_the_source_still_has_modules(folder: Path) -> None:
    """The copy of the last good reading serves at once, with the time when it was read, but nobody vouches for it."""
    copies = MemoryCopies()
    first = opened(folder, copies=copies)
    first.refresh()
    first.keep()
    (folder / ".gitmodules").write_text("")

    restarted = opened(folder, copies=copies)

    before = restarted.snapshot()
    with pytest.raises(CatalogUnavailable):
        restarted.refresh()
    assert first.snapshot().certain
    assert before == first.snapshot().model_copy(update={"certain": False})
    assert restarted.snapshot().modules == before.modules
    assert restarted.snapshot().failure.startswith("The module catalogue cannot be read")


def test_a_restart_without_the_registry_still_has_tags(folder: Path, registry: LocalWeb) -> None:
    """The tags last known are offered at once, uncertain, until the registry answers again."""
    copies, image = MemoryCopies(), "lab/frames"
    registry.put("/v2/repositories/lab/frames/tags", json.dumps({"results": [{"name": "2.0"}, {"name": "gpu-2.0"}]}))
    first = opened(folder, copies=copies, registry=registry.address)
    first.refresh_tags(image)
    first.keep()
    registry.outage = Page(status=503)

    restarted = opened(folder, copies=copies, registry=registry.address)

    assert restarted.known_tags(image) == ImageTags(image=image, tags=("2.0", "gpu-2.0"), certain=False)
    assert restarted.refresh_tags(image) == restarted.known_tags(image)


def test_tags_of_another_registry_do_not_serve(folder: Path) -> None:
    """Whoever changes the setting is not offered what the old registry had."""
    copies = MemoryCopies()
    copies.save_tags("https://hub.docker.com", [known("lab/frames", "2.0")])

    assert opened(folder, copies=copies).known_tags("lab/frames").tags == CONVENTIONAL


def test_the_copy_is_written_once_and_then_only_looked_at(folder: Path) -> None:
    """What did not change is not written again; only its age is."""
    copies, clock = MemoryCopies(), StoppedClock()
    catalog = opened(folder, copies=copies, clock=clock)
    catalog.keep()
    written = [(copies.saved, copies.confirmed)]
    catalog.refresh()
    catalog.keep()
    catalog.keep()
    written.append((copies.saved, copies.confirmed))
    clock.advance(timedelta(hours=6))
    catalog.refresh()
    catalog.keep()
    written.append((copies.saved, copies.confirmed))
    (folder / ".gitmodules").write_text(as_listing("demo-app"))

    catalog.refresh()
    catalog.keep()

    assert [*written, (copies.saved, copies.confirmed)] == [(0, 0), (1, 0), (1, 1), (2, 1)]


def test_a_copy_that_is_still_right_is_not_written_after_a_restart(folder: Path) -> None:
    """What stands in the database is compared with what is read, also by the next run."""
    copies = MemoryCopies()
    first = opened(folder, copies=copies)
    first.refresh()
    first.keep()

    restarted = opened(folder, copies=copies)
    restarted.refresh()
    restarted.keep()

    assert (copies.saved, copies.confirmed) == (1, 0)


def test_a_copy_that_somebody_deleted_is_written_again(folder: Path) -> None:
    """A database that was emptied or replaced gets its copy back with the next reading."""
    copies, clock = MemoryCopies(), StoppedClock()
    catalog = opened(folder, copies=copies, clock=clock)
    catalog.refresh()
    catalog.keep()
    copies.copies.clear()
    clock.advance(timedelta(hours=6))

    catalog.refresh()
    catalog.keep()

    assert list(copies.copies) == [str(folder)]


def test_a_copy_that_cannot_be_read_or_kept_spoils_nothing(folder: Path) -> None:
    """A database that fails costs the copy for the next start, not the start or the modules of today."""
    copies = MemoryCopies()
    copies.is_down = True

    catalog = opened(folder, copies=copies)
    catalog.refresh()
    catalog.keep()

    assert catalog.snapshot().module("demo-app") == DEMO_APP


def test_what_could_not_be_kept_is_kept_later(folder: Path, registry: LocalWeb) -> None:
    """A database that comes back gets the copy and the tags."""
    copies = MemoryCopies()
    registry.put("/v2/repositories/lab/frames/tags", json.dumps({"results": [{"name": "2.0"}]}))
    catalog = opened(folder, copies=copies, registry=registry.address)
    copies.is_down = True
    catalog.refresh()
    catalog.refresh_tags("lab/frames")
    catalog.keep()
    copies.is_down = False

    catalog.keep()

    assert list(copies.copies) == [str(folder)]
    assert [answer.tags for answer in copies.tags.values()] == [("2.0",)]


@pytest.mark.parametrize(
    "changes",
    [
        {"image": "$(id)"},
        {"fixed_tag": "a b"},
        {"name": "x" * 76},
        {"name": "a b"},
        {"kind": "../job"},
        {"services": ()},
        {"links": (("Source code", "javascript:alert(1)"),)},
    ],
    ids=["image", "tag", "long name", "odd name", "kind", "no service", "link"],
)
def test_a_copy_cannot_bring_in_what_no_file_could(folder: Path, changes: dict[str, object]) -> None:
    """What goes into a job, a choice or a link is checked again: somebody else may have written the copy."""
    copies = MemoryCopies()
    hostile = OWL_CALLER.model_copy(update=changes)
    copies.save(str(folder), CatalogSnapshot(modules=(DEMO_APP, hostile), read_at=StoppedClock().now))

    assert opened(folder, copies=copies).snapshot().modules == (DEMO_APP, DEVELOPMENT_ENVIRONMENT)


@pytest.mark.parametrize("answer", [("$(id)", "2.0"), ("lab/frames", "a b"), ("lab/frames",)])
def test_kept_tags_cannot_bring_in_what_no_registry_could(folder: Path, answer: tuple[str, ...]) -> None:
    """Names of images and tags are checked again, and an image without any tag is no knowledge worth keeping."""
    copies = MemoryCopies()
    image, *tags = answer
    copies.save_tags(NO_REGISTRY, [known(image, *tags)])

    assert opened(folder, copies=copies).known_tags(image).tags == CONVENTIONAL


def test_one_modules_reading_is_not_undone_by_a_whole_one_that_began_before(folder: Path) -> None:
    """Whoever asks for one module while everything is read sees what they asked for, also afterwards."""
    source = GatedSource(FolderSource(folder))
    registry = ImageRegistry.from_setting(NO_REGISTRY, clock=StoppedClock())
    catalog = PublishedCatalog(source=source, registry=registry, clock=StoppedClock())
    mended = DEMO_APP.model_copy(update={"title": "Mended"})

    with ThreadPoolExecutor(1) as threads:
        whole = threads.submit(catalog.refresh)
        assert source.has_read.wait(10)
        (folder / "modules" / "demo-app.yml").write_text(as_metadata(mended))
        catalog.refresh(DEMO_APP.name)
        source.may_end.set()
        whole.result(10)

    assert catalog.snapshot().module("demo-app") == mended
    assert catalog.snapshot().module("owl-caller") == OWL_CALLER


def test_many_who_want_a_reading_at_once_share_it(folder: Path) -> None:
    """Everybody gets what was read after they asked, and the source is not asked once for each of them."""
    source = GatedSource(FolderSource(folder))
    registry = ImageRegistry.from_setting(NO_REGISTRY, clock=StoppedClock())
    catalog = PublishedCatalog(source=source, registry=registry, clock=StoppedClock())
    all_are_here = Barrier(10)

    def refresh() -> None:
        all_are_here.wait(10)
        catalog.refresh()

    with ThreadPoolExecutor(10) as threads:
        first = threads.submit(catalog.refresh)
        assert source.has_read.wait(10)
        others = [threads.submit(refresh) for _ in range(9)]
        all_are_here.wait(10)
        source.may_end.set()
        outcomes = [future.exception(10) for future in (first, *others)]

    assert outcomes == [None] * 10
    assert source.readings < 10
    assert catalog.snapshot().module("demo-app") == DEMO_APP


def test_readers_see_whole_copies_while_it_is_renewed(folder: Path) -> None:
    """Whoever looks during a reading sees the old copy or the new one, never a part."""
    catalog = opened(folder)
    with ThreadPoolExecutor(4) as threads:
        refreshing = [threads.submit(catalog.refresh) for _ in range(10)]
        seen = {len(catalog.snapshot().modules) for _ in range(2000)}

    assert all(future.exception() is None for future in refreshing)
    assert seen <= {1, 3}


def test_tags_of_the_development_environment_are_sorted_naturally(folder: Path, registry: LocalWeb) -> None:
    """Its parallel builds make time meaningless, so versions are sorted as numbers, the highest first."""
    results = [{"name": tag} for tag in ("tf2.9", "latest", "tf2.14", "u20", "tf2.14-gpu")]
    registry.put("/v2/repositories/ai4oshub/ai4os-dev-env/tags", json.dumps({"next": None, "results": results}))
    catalog = opened(folder, registry=registry.address)

    asked = catalog.refresh_tags("ai4oshub/ai4os-dev-env")

    assert asked.tags == ("u20", "tf2.14-gpu", "tf2.14", "tf2.9", "latest")
    assert catalog.known_tags("ai4oshub/ai4os-dev-env") == asked


def test_natural_order_copes_with_any_tag() -> None:
    """Digits of any script and length are no obstacle."""
    assert natural_order(("a", "1", "²", "9" * 40, "1a", "")) == ("²", "a", "9" * 40, "1a", "1", "")


def test_two_modules_may_fix_different_tags_of_one_image(folder: Path, registry: LocalWeb) -> None:
    """All fixed tags of an image are offered, as far as they exist."""
    for name, tag in (("demo-app", "1-gpu"), ("owl-caller", "2-gpu")):
        (folder / "modules" / f"{name}.yml").write_text(f"title: a\nlinks: {{docker_image: 'lab/frames:{tag}'}}")
    registry.put("/v2/repositories/lab/frames/tags/1-gpu", "{}")
    catalog = opened(folder, registry=registry.address)
    catalog.refresh()

    known = catalog.known_tags("lab/frames")
    asked = catalog.refresh_tags("lab/frames")

    assert (known.tags, known.certain) == (("1-gpu", "2-gpu"), False)
    assert (asked.tags, asked.certain) == (("1-gpu",), True)


def test_the_time_of_reading_is_the_clocks(folder: Path) -> None:
    """The copy tells how old it is."""
    clock = StoppedClock()
    catalog = PublishedCatalog.from_settings(catalog=str(folder), image_registry="http://127.0.0.1:9", clock=clock)
    clock.advance(timedelta(hours=3))

    catalog.refresh()

    assert catalog.snapshot().read_at == clock.now
