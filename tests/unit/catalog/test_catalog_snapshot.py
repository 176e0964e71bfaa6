"""The catalogue in memory: its copy in a file, its threads, its special tags."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from bot.catalog.assembly import UNREAD
from bot.catalog.development import natural_order
from bot.catalog.snapshot import PublishedCatalog
from bot.catalog.stored_copy import CopyFile
from bot.domain.catalog import CatalogSnapshot
from bot.errors import CatalogUnavailable
from bot.ports import Catalog
from tests.fakes.catalog import DEMO_APP, OWL_CALLER, FakeCatalog
from tests.unit.catalog.published import StoppedClock, as_listing, as_metadata
from tests.unit.catalog.web import LocalWeb, Page, local_web


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


def opened(folder: Path, *, copy: Path | None = None, registry: str = "http://127.0.0.1:9") -> PublishedCatalog:
    """Return the catalogue in a folder."""
    return PublishedCatalog.from_settings(catalog=str(folder), image_registry=registry, clock=StoppedClock(), copy=copy)


def test_both_catalogues_fit_the_port(folder: Path) -> None:
    """The published catalogue and the fake may stand wherever a catalogue is wanted."""
    catalogs: list[Catalog] = [opened(folder), FakeCatalog()]

    assert all(catalog.snapshot().module("ai4os-dev-env") for catalog in catalogs)


def test_a_restart_without_the_source_still_has_modules(folder: Path, tmp_path: Path) -> None:
    """The copy of the last good reading serves at once, with the time when it was read."""
    copy = tmp_path / "var" / "catalogue.json"
    first = opened(folder, copy=copy)
    first.refresh()
    (folder / ".gitmodules").write_text("")
    second = opened(folder, copy=copy)

    with pytest.raises(CatalogUnavailable):
        second.refresh()

    assert second.snapshot() == first.snapshot()
    assert second.snapshot().module("demo-app") == DEMO_APP


def test_the_copy_of_another_catalogue_does_not_serve(folder: Path, tmp_path: Path) -> None:
    """Whoever changes the setting does not get the old catalogue's modules."""
    copy = tmp_path / "catalogue.json"
    CopyFile(copy).save("https://github.com/lab/list", CatalogSnapshot(modules=(DEMO_APP,)))

    assert opened(folder, copy=copy).snapshot() == UNREAD


@pytest.mark.parametrize("text", ["", "{", "[]", '{"source": "a"}', '{"source": "a", "snapshot": {"modules": 5}}'])
def test_a_damaged_copy_is_as_good_as_none(folder: Path, tmp_path: Path, text: str) -> None:
    """What cannot be read is left alone until the next good reading replaces it."""
    copy = tmp_path / "catalogue.json"
    copy.write_text(text)

    catalog = opened(folder, copy=copy)
    before = catalog.snapshot()
    catalog.refresh()

    assert before == UNREAD
    assert CopyFile(copy).load(str(folder)) == catalog.snapshot()


def test_a_copy_cannot_bring_in_an_unsafe_image(folder: Path, tmp_path: Path) -> None:
    """An image goes into a job, so its name is checked again when it comes from a file."""
    copy = tmp_path / "catalogue.json"
    snapshot = CatalogSnapshot(modules=(DEMO_APP, OWL_CALLER.model_copy(update={"image": "$(id)"})))
    CopyFile(copy).save(str(folder), snapshot)

    assert opened(folder, copy=copy).snapshot().modules == (DEMO_APP,)


def test_a_copy_that_cannot_be_kept_does_not_spoil_the_reading(folder: Path, tmp_path: Path) -> None:
    """A full or forbidden disk costs the copy for the next start, not the modules of today."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    catalog = opened(folder, copy=blocked / "catalogue.json")

    catalog.refresh()

    assert catalog.snapshot().module("demo-app") == DEMO_APP


def test_a_copy_leaves_no_other_files(folder: Path, tmp_path: Path) -> None:
    """Writing again and again leaves one file, which is whole."""
    copy = tmp_path / "var" / "catalogue.json"
    catalog = opened(folder, copy=copy)

    catalog.refresh()
    catalog.refresh()

    assert [path.name for path in copy.parent.iterdir()] == ["catalogue.json"]


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
