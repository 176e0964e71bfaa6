"""`/ai4os admin …` in the local workspace: for administrators alone, and what they see and set going."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.app.catalogue_folder import CatalogueFolder
from tests.app.town import Town
from tests.app.town import town as open_town


@pytest.fixture
def folder(tmp_path: Path) -> CatalogueFolder:
    """Give a catalogue of three modules, one of them broken."""
    found = CatalogueFolder(tmp_path / "catalogue")
    found.publish("owl")
    found.publish("fish")
    found.write("torn", "just a word")
    return found


@pytest.fixture
def town(tmp_path: Path, folder: CatalogueFolder) -> Iterator[Town]:
    """Give a town with that catalogue, which Ada administers."""
    administrator = "ada@example.org"
    with open_town(tmp_path, AI4OS_BOT_CATALOG=str(folder.path), AI4OS_BOT_ADMINISTRATORS=administrator) as found:
        yield found


def test_members_are_refused_in_words_that_tell_nothing(town: Town, folder: CatalogueFolder) -> None:
    """Whether the word was right or wrong, the refusal is the same, and nothing happens."""
    folder.publish("new")
    words = ("admin", "admin help", "admin catalog", "admin refresh owl", "admin catlog", "admin x y", "help admin")

    said = [town.bob.command("/ai4os", text).wait_for_message().text for text in words]

    assert all("Only administrators of a platform can do that." in each for each in said)
    assert "catalog" not in "".join(said).casefold()
    assert town.bob.modal is None
    assert town.bot.catalog.snapshot().module("new") is None


def test_help_names_admin_to_administrators_alone(town: Town) -> None:
    """In the list, and with examples."""
    assert "/ai4os admin" in town.ada.command("/ai4os", "help").text
    assert "/ai4os admin" not in town.bob.command("/ai4os", "help").text
    assert "/ai4os admin refresh" in town.ada.command("/ai4os", "admin").text
    assert "/ai4os admin refresh" in town.ada.command("/ai4os", "help admin").text


def test_administrators_are_helped_with_typos(town: Town) -> None:
    """As everybody is with the other commands."""
    typo = town.ada.command("/ai4os", "admin catlog").wait_for_message().text
    unknown = town.ada.command("/ai4os", "admin whatever").wait_for_message().text

    assert "Did you mean admin catalog?" in typo.replace("`", "")
    assert "It is /ai4os admin review|audit|exempt|" in unknown.replace("`", "")


def test_the_state_of_the_catalogue_is_shown(town: Town, folder: CatalogueFolder) -> None:
    """Age, source, number of modules, and what is broken with the reason for its maintainer."""
    town.ada.command("/ai4os", "admin catalog")
    view = town.ada.wait_for_modal(lambda view: view.callback_id == "admin.catalog")

    assert str(folder.path) in view.text
    assert "1 broken" in view.text
    assert "torn" in view.text
    assert "holds a text or a list instead of keys" in view.text
    town.simulated.wait_for(lambda: town.bot.ledger.audit_log() != ())
    assert [entry.action for entry in town.bot.ledger.audit_log()] == ["catalogue inspected"]


def test_much_that_is_broken_has_pages(town: Town, folder: CatalogueFolder) -> None:
    """They are turned in place."""
    for number in range(20):
        folder.write(f"torn-{number:02}", "just a word")
    town.bot.catalog.refresh()
    town.ada.command("/ai4os", "admin catalog")
    view = town.ada.wait_for_modal(lambda view: "page 1 of 3" in view.text)
    town.ada.click(view, label="Next")
    view = town.ada.wait_for_modal(lambda view: "page 2 of 3" in view.text)
    town.ada.click(view, label="Previous")

    view = town.ada.wait_for_modal(lambda view: "page 1 of 3" in view.text)
    assert "torn-00" in view.text
    assert len(town.ada.modals) == 1


def test_a_refresh_tells_what_has_changed(town: Town, folder: CatalogueFolder) -> None:
    """What is new, gone, broken and mended by now."""
    folder.publish("eel")
    folder.publish("torn")
    folder.withdraw("owl")
    folder.write("fish", "just a word")
    reply = town.ada.command("/ai4os", "admin refresh")
    assert "being read anew" in reply.text

    told = town.ada.wait_for_message(lambda message: "The catalogue has" in message.text).text

    assert "3 modules now, 1 broken" in told
    plain = told.replace("`", "")
    assert all(line in plain for line in ("New: eel", "Gone: owl", "Mended: torn"))
    assert "fish: modules/fish.yml holds a text or a list" in plain
    assert town.bot.catalog.snapshot().module("eel") is not None
    assert {entry.action for entry in town.bot.ledger.audit_log()} == {
        "catalogue refresh requested",
        "catalogue refreshed",
    }


def test_one_module_can_be_read_anew(town: Town, folder: CatalogueFolder) -> None:
    """The others stay as they were."""
    folder.publish("owl", summary="Knows more owls.")
    folder.publish("fish", summary="Knows more fish.")
    town.ada.command("/ai4os", "admin refresh owl")

    told = town.ada.wait_for_message(lambda message: "The catalogue has" in message.text).text

    assert "Changed: owl" in told.replace("`", "")
    assert "fish" not in told


def test_a_module_that_is_not_listed_is_said_so(town: Town) -> None:
    """Nothing is changed."""
    town.ada.command("/ai4os", "admin refresh nowhere")

    told = town.ada.wait_for_message(lambda message: "nowhere" in message.text and "anew" not in message.text)
    assert "Nothing was changed" in told.text


def test_a_catalogue_that_cannot_be_read_stays_as_it_was(town: Town, folder: CatalogueFolder) -> None:
    """The failure is told, and stands in the state until a reading succeeds."""
    listing = folder.path / "gitmodules.txt"
    content = listing.read_text(encoding="utf-8")
    listing.unlink()
    town.ada.command("/ai4os", "admin catalog")
    view = town.ada.wait_for_modal(lambda view: view.callback_id == "admin.catalog")
    town.ada.click(view, label="Read it anew")
    view = town.ada.wait_for_modal(lambda view: "The newest reading failed" in view.text)
    assert "Reference for support" in view.text
    assert town.bot.catalog.snapshot().module("owl") is not None
    listing.write_text(content, encoding="utf-8")
    town.ada.click(view, label="Read it anew")

    view = town.ada.wait_for_modal(lambda view: "The catalogue has 3 modules now" in view.text)
    assert "The newest reading failed" not in view.text


def test_whoever_is_no_administrator_any_more_is_refused_at_the_next_press(town: Town) -> None:
    """A window that is open gives no right."""
    town.ada.command("/ai4os", "admin catalog")
    view = town.ada.wait_for_modal(lambda view: view.callback_id == "admin.catalog")
    town.workspace.change_user("ada", email="ada@elsewhere.example")
    town.workspace.clock.advance(timedelta(hours=2))
    town.ada.click(view, label="Read it anew")

    assert "Only administrators" in town.ada.wait_for_modal(lambda view: view.callback_id == "failure").text
