"""Where a catalogue is read from: folders and the web, whole, in part, or not at all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from bot.catalog.assembly import UNREAD, assemble
from bot.catalog.download import TimeLimits
from bot.catalog.snapshot import PublishedCatalog
from bot.catalog.source import FolderSource, Reading, Source, SourceItem
from bot.catalog.web_source import WebSource
from bot.errors import CatalogUnavailable, SettingsError
from tests.fakes.catalog import CLOUD_TRAINER, DEMO_APP
from tests.unit.catalog.published import StoppedClock, as_listing, as_metadata
from tests.unit.catalog.web import LocalWeb, Page, local_web

HASTY = TimeLimits(connect=timedelta(seconds=0.5), read=timedelta(seconds=0.2), whole=timedelta(seconds=5))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a catalogue folder with one module."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "gitmodules.txt").write_text(as_listing("demo-app"))
    (tmp_path / "modules" / "demo-app.yml").write_text(as_metadata(DEMO_APP))
    return tmp_path


@pytest.fixture
def web() -> Iterator[LocalWeb]:
    """Give a web server."""
    with local_web() as opened:
        yield opened


def reasons(reading: Reading) -> dict[str, str]:
    """Return what is wrong with each item that has no file, and with the list."""
    missing = {str(item.entry.name): item.reason for item in reading.items if item.content is None}
    return missing | {str(item.name): item.reason for item in reading.broken}


def item_named(reading: Reading, name: str) -> SourceItem:
    """Return an item of a reading."""
    return next(item for item in reading.items if item.entry.name == name)


def opened(catalog: str) -> PublishedCatalog:
    """Return the catalogue that a setting names."""
    return PublishedCatalog.from_settings(catalog=catalog, image_registry="http://127.0.0.1:9", clock=StoppedClock())


def test_a_listed_module_without_a_file_is_told(folder: Path) -> None:
    """What is listed but not there has a reason that names the missing file."""
    (folder / "gitmodules.txt").write_text(as_listing("demo-app", "lost-page"))

    reading = FolderSource(folder).read()

    assert reasons(reading) == {"lost-page": "has no metadata file: modules/lost-page.yml is missing"}


def test_a_file_that_nobody_listed_is_told(folder: Path) -> None:
    """A file that is there but not listed does not vanish silently."""
    (folder / "modules" / "cloud-trainer.yml").write_text(as_metadata(CLOUD_TRAINER))

    reading = FolderSource(folder).read()

    assert reasons(reading) == {
        "cloud-trainer": (
            "has a metadata file, modules/cloud-trainer.yml, but is not listed in .gitmodules: "
            "list it, or remove the file"
        )
    }


def test_gits_own_name_for_the_list_counts_first(folder: Path) -> None:
    """Where both lists are there, `.gitmodules` is the one."""
    (folder / ".gitmodules").write_text(as_listing("moss"))

    assert [item.entry.name for item in FolderSource(folder).read().items] == ["moss"]


@pytest.mark.parametrize("text", ["", "<html>[]</html>", "x" * 300_000])
def test_a_folder_whose_list_is_empty_is_no_catalogue(folder: Path, text: str) -> None:
    """An empty or senseless list is a failure, not an empty catalogue."""
    (folder / "gitmodules.txt").write_text(text)

    with pytest.raises(CatalogUnavailable, match="list no modules"):
        FolderSource(folder).read()


def test_a_file_that_is_too_large_is_not_read_to_its_end(folder: Path) -> None:
    """An enormous file is broken, whatever stands in it."""
    (folder / "modules" / "demo-app.yml").write_text("title: a\n" + "# é\n" * 100_000)

    snapshot = assemble(FolderSource(folder).read(), UNREAD, now=StoppedClock().now)

    assert snapshot.broken[0].reason == (
        "modules/demo-app.yml is larger than 64 KB: keep long texts in the documentation"
    )


def test_the_development_environment_is_described_by_its_own_file(folder: Path) -> None:
    """Texts and image come from the tool's metadata; what it can run stays as the platform has it."""
    (folder / "tools").mkdir()
    (folder / "tools" / "ai4os-dev-env.yml").write_text("title: Workbench\nlinks: {docker_image: lab/bench}\n")

    module = assemble(FolderSource(folder).read(), UNREAD, now=StoppedClock().now).module("ai4os-dev-env")

    assert module is not None
    assert (module.title, module.image, module.kind) == ("Workbench", "lab/bench", "tool-devenv")
    assert module.services == UNREAD.modules[0].services


def test_a_broken_file_of_the_development_environment_is_told_and_replaced(folder: Path) -> None:
    """The environment stays on offer as it is built in."""
    (folder / "tools").mkdir()
    (folder / "tools" / "ai4os-dev-env.yml").write_text("- no\n")

    snapshot = assemble(FolderSource(folder).read(), UNREAD, now=StoppedClock().now)

    assert snapshot.modules[-1] == UNREAD.modules[0]
    assert snapshot.broken[0].name == "ai4os-dev-env"
    assert "as the bot itself describes it" in snapshot.broken[0].reason


@pytest.mark.parametrize("list_name", [".gitmodules", "gitmodules.txt"])
@pytest.mark.parametrize("written", ["{address}/cat/{list_name}", "{address}/cat", "{address}/cat/"])
def test_a_folder_can_be_on_the_web(web: LocalWeb, list_name: str, written: str) -> None:
    """The address of the list, or of the folder, finds files that lie beside the list."""
    web.put(f"/cat/{list_name}", as_listing("demo-app", "lost-page"))
    web.put("/cat/modules/demo-app.yml", as_metadata(DEMO_APP))
    web.put("/cat/tools/ai4os-dev-env.yml", "title: Workbench")

    reading = WebSource.from_setting(written.format(address=web.address, list_name=list_name)).read()

    assert item_named(reading, "demo-app").content == as_metadata(DEMO_APP).encode()
    assert list(reasons(reading)) == ["lost-page"]
    assert reading.development is not None
    assert reading.development.content == b"title: Workbench"


@pytest.mark.parametrize("path", ["raw/main", "main"])
def test_repositories_may_be_anywhere(web: LocalWeb, path: str) -> None:
    """A list on a server of one's own leads to repositories there, whichever way it serves files."""
    web.put("/lab/list/master/.gitmodules", as_listing("demo-app", address=f"{web.address}/lab"))
    web.put(f"/lab/demo-app/{path}/ai4-metadata.yml", as_metadata(DEMO_APP))

    reading = WebSource.from_setting(f"{web.address}/lab/list").read()

    assert item_named(reading, "demo-app").content == as_metadata(DEMO_APP).encode()


def forge(web: LocalWeb, limits: TimeLimits = HASTY) -> WebSource:
    """Return the source for a catalogue on a forge, which is really the local server."""
    return WebSource(
        "https://github.com/ai4os-hub/modules-catalog", raw_hosts={"github.com": f"{web.address}/raw"}, limits=limits
    )


def publish(web: LocalWeb, *names: str, branch: str = "main") -> None:
    """Put a catalogue and one repository for each name on the forge."""
    web.put("/raw/ai4os-hub/modules-catalog/master/.gitmodules", as_listing(*names))
    for name in names:
        web.put(f"/raw/ai4os-hub/{name}/{branch}/ai4-metadata.yml", f"title: {name}\n")


def test_another_usual_branch_serves_where_the_listed_one_is_missing(web: LocalWeb) -> None:
    """A repository that renamed its branch is found on master."""
    publish(web, "demo-app", branch="master")

    assert item_named(forge(web).read(), "demo-app").content == b"title: demo-app\n"


def test_a_repository_without_metadata_is_told(web: LocalWeb) -> None:
    """The reason names the file, the branches and the repository."""
    publish(web, "demo-app")
    web.put("/raw/ai4os-hub/modules-catalog/master/.gitmodules", as_listing("demo-app", "lost-page"))

    assert reasons(forge(web).read()) == {
        "lost-page": "has no metadata file: there is no ai4-metadata.yml on branch main or master of "
        "https://github.com/ai4os-hub/lost-page"
    }


def test_files_that_did_not_change_are_not_sent_again(web: LocalWeb) -> None:
    """The second reading asks only whether the files are still the same, and gives the same result."""
    publish(web, "demo-app", "moss")
    source = forge(web)
    first = source.read()

    second = source.read()

    assert second == first
    assert len(web.not_modified) == 3


def test_a_changed_file_is_sent_again(web: LocalWeb) -> None:
    """A new version replaces the remembered one."""
    publish(web, "demo-app")
    source = forge(web)
    source.read()
    web.put("/raw/ai4os-hub/demo-app/main/ai4-metadata.yml", "title: Renamed\n")

    assert item_named(source.read(), "demo-app").content == b"title: Renamed\n"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (Page(status=500), "could not be read: 127.0.0.1 answered 500"),
        (Page(status=429, headers={"Retry-After": "3600"}), "could not be read: 127.0.0.1 answered 429"),
        (Page(body=b"<html>oops</html>"), "could not be read: 127.0.0.1 sent a web page instead of the file"),
        (Page(body=b"half", headers={"Content-Length": "9"}), "could not be read: no usable answer from 127.0.0.1"),
        (
            Page(status=302, headers={"Location": "http://169.254.1.1/"}),
            "could not be read: the address http://169.254.1.1/ must begin with https",
        ),
        (
            Page(status=302, headers={"Location": "/raw/ai4os-hub/demo-app/main/ai4-metadata.yml"}),
            "could not be read: 127.0.0.1 sends from one address to the next",
        ),
    ],
)
def test_no_answer_is_not_a_missing_file(web: LocalWeb, page: Page, reason: str) -> None:
    """An error of the server leaves it open whether the file is there."""
    publish(web, "demo-app", "moss")
    web.pages["/raw/ai4os-hub/demo-app/main/ai4-metadata.yml"] = page

    item = item_named(forge(web).read(), "demo-app")

    assert (item.content, item.reason, item.is_unknown) == (None, reason, True)


def test_a_silent_server_is_not_waited_for(web: LocalWeb) -> None:
    """A file that does not come in time is unknown; the others are read."""
    publish(web, "demo-app", "moss")
    web.put("/raw/ai4os-hub/demo-app/main/ai4-metadata.yml", "title: late", gate=Event())

    reading = forge(web).read()

    assert item_named(reading, "demo-app").reason == "could not be read: no answer from 127.0.0.1"
    assert item_named(reading, "moss").content == b"title: moss\n"


def test_what_was_known_serves_where_a_server_fails(web: LocalWeb) -> None:
    """One repository that cannot be asked keeps its module as it was; the others are renewed."""
    publish(web, "demo-app", "moss")
    source = forge(web)
    before = assemble(source.read(), UNREAD, now=StoppedClock().now)
    web.pages["/raw/ai4os-hub/demo-app/main/ai4-metadata.yml"] = Page(status=500)
    web.put("/raw/ai4os-hub/moss/main/ai4-metadata.yml", "title: Renamed")

    after = assemble(source.read(), before, now=StoppedClock().now)

    assert after.module("demo-app") == before.module("demo-app")
    assert [module.title for module in after.modules[:2]] == ["demo-app", "Renamed"]
    assert after.broken == ()


def test_a_list_in_the_wrong_place_or_form_is_a_failure(web: LocalWeb) -> None:
    """Nothing at the address, an error, or a page: each is told, and none is an empty catalogue."""
    source = forge(web)

    with pytest.raises(CatalogUnavailable, match=r"there is no http://127\.0\.0\.1"):
        source.read()
    web.outage = Page(status=503)
    with pytest.raises(CatalogUnavailable, match="answered 503"):
        source.read()
    web.outage = Page(body=b"<html>sign in</html>")
    with pytest.raises(CatalogUnavailable, match="sent a web page"):
        source.read()


def test_nothing_is_replaced_when_only_the_list_can_be_read(web: LocalWeb) -> None:
    """If no repository answers, the reading failed as a whole."""
    publish(web, "demo-app")
    web.pages["/raw/ai4os-hub/demo-app/main/ai4-metadata.yml"] = Page(status=500)
    catalog = PublishedCatalog(
        source=forge(web),
        registry=opened(web.address)._registry,
        clock=StoppedClock(),
    )

    with pytest.raises(CatalogUnavailable, match="answered 500"):
        catalog.refresh()

    assert catalog.snapshot().modules == UNREAD.modules
    assert catalog.snapshot().read_at is None


def test_a_module_without_a_web_address_is_told(web: LocalWeb) -> None:
    """A repository that is not on the web cannot be asked."""
    publish(web, "demo-app")
    web.put(
        "/raw/ai4os-hub/modules-catalog/master/.gitmodules",
        as_listing("demo-app") + '[submodule "moss"]\nurl = file:///srv/moss\n',
    )

    assert reasons(forge(web).read()) == {"moss": "has no metadata file: its url in .gitmodules is no web address"}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("http://github.com/ai4os-hub/modules-catalog", "must begin with https"),
        ("ftp://github.com/ai4os-hub/modules-catalog", "is not an http or https address"),
        ("https://", "is not an http or https address"),
        ("/nowhere/at/all", "is neither an http(s) address nor a folder that exists"),
        ("", "is a folder without .gitmodules and gitmodules.txt"),
        ("\0", "is neither an http(s) address nor a folder that exists"),
    ],
)
def test_a_wrong_setting_names_key_value_and_mend(
    value: str, problem: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One line says which setting is wrong, what it holds, why that cannot be, and what to write."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError) as caught:
        opened(value)

    assert str(caught.value).startswith(f"AI4OS_BOT_CATALOG is “{value}”, which {problem}. Give the address")


@pytest.mark.parametrize(
    ("value", "shown"),
    [("https://ada:s3cret@github.com/lab/list", "https://…@github.com"), ("https://[ada:s3cret@", "…")],
)
def test_a_wrong_setting_never_shows_a_password(value: str, shown: str) -> None:
    """An address with credentials is refused without repeating them."""
    with pytest.raises(SettingsError) as caught:
        opened(value)

    assert "s3cret" not in str(caught.value)
    assert f"AI4OS_BOT_CATALOG is “{shown}”, which" in str(caught.value)


def test_a_folder_without_modules_is_a_wrong_setting(tmp_path: Path) -> None:
    """A folder that cannot be a catalogue stops the start instead of failing later."""
    (tmp_path / ".gitmodules").write_text(as_listing("moss"))

    with pytest.raises(SettingsError, match="without a folder modules"):
        opened(str(tmp_path))


def test_a_wrong_registry_names_its_key() -> None:
    """The image registry's address is checked in the same way."""
    with pytest.raises(SettingsError, match=r"^AI4OS_BOT_IMAGE_REGISTRY is “hub”, which is not an http or https"):
        PublishedCatalog.from_settings(
            catalog="https://github.com/ai4os-hub/modules-catalog", image_registry="hub", clock=StoppedClock()
        )


def test_sources_know_their_names(folder: Path) -> None:
    """Copies of different catalogues can be told apart."""
    sources: list[Source] = [FolderSource(folder), WebSource("https://github.com/lab/list")]

    assert [source.name for source in sources] == [str(folder), "https://github.com/lab/list"]
