"""The catalogue in the local workspace: search, filter, turn pages, look at a module, deploy it, all in one window."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from playground.slack.screen import ShownView
from tests.app.catalogue_folder import CatalogueFolder
from tests.app.town import Town
from tests.app.town import town as open_town

HOSTILE = "<!channel> *b* `c` ${x} {{ y }} \\u202eevil \U0001f9a0 שלום " + "x" * 3000
SOME, MANY = 50, 200


@pytest.fixture
def folder(tmp_path: Path) -> CatalogueFolder:
    """Give a catalogue with many modules of two kinds."""
    found = CatalogueFolder(tmp_path / "catalogue")
    _grow(found, range(SOME - 1))
    return found


@pytest.fixture
def garden(tmp_path: Path, folder: CatalogueFolder) -> Iterator[Town]:
    """Give a town with that catalogue."""
    with open_town(tmp_path, AI4OS_BOT_CATALOG=str(folder.path)) as found:
        yield found


def _grow(folder: CatalogueFolder, numbers: range) -> None:
    for number in numbers:
        kind = "AI4 trainable" if number % 2 else "AI4 inference"
        folder.publish(f"plant-{number:03}", title=f"Plant finder {number}", categories=kind, tags="plants, images")


def _modules(town: Town, words: str = "") -> ShownView:
    reply = town.ada.command("/ai4os", f"modules {words}".strip())
    assert reply.error is None
    return town.ada.wait_for_modal(lambda view: view.callback_id == "modules")


def _page(town: Town, name: str) -> ShownView:
    town.ada.command("/ai4os", f"module {name}")
    return town.ada.wait_for_modal(lambda view: view.callback_id == "module")


def _shows(town: Town, text: str, *, callback: str = "modules") -> ShownView:
    return town.ada.wait_for_modal(lambda view: view.callback_id == callback and text in view.text)


@pytest.mark.parametrize("verb", ["modules", "CATALOGUE"])
def test_the_catalogue_opens_under_all_its_names(town: Town, verb: str) -> None:
    """Everything that can be deployed, the development environment included."""
    town.ada.command("/ai4os", verb)
    view = _shows(town, "5 modules")

    assert "Plankton classifier" in view.text
    assert "AI4OS Development Environment" in view.text


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("plankton", {"plankton-classifier"}),
        ("--trainable --inference", {"demo-app", "plankton-classifier"}),
        ("—trainable weather", {"cloud-trainer"}),
    ],
)
def test_words_and_filters_of_the_command_narrow_the_list(town: Town, words: str, names: set[str]) -> None:
    """The best hits, and in the fields what they were found by."""
    view = _modules(town, words)

    shown = {block["accessory"]["value"] for block in view.blocks if "accessory" in block}
    assert shown == names


def test_people_refine_without_typing_again(garden: Town) -> None:
    """Enter searches, a tick filters, both keep what the other says, and the window stays one."""
    view = _modules(garden)
    garden.ada.fill(view, {"Search": "finder 1"})
    view = _shows(garden, "14 of 50 modules")
    garden.ada.select(view, "modules.filter", ["trainable"])
    view = _shows(garden, "9 of 50 modules")
    garden.ada.select(view, "modules.filter", [])
    view = _shows(garden, "14 of 50 modules")
    garden.ada.fill(view, {"Search": ""}, enter=False)
    assert garden.ada.submit().accepted

    assert "50 modules, page 1 of 7" in _shows(garden, "50 modules").text
    assert len(garden.ada.modals) == 1
    assert garden.workspace.problems == ()


def test_pages_are_turned_in_place_and_the_way_back_leads_to_the_same_one(garden: Town) -> None:
    """Next, next, a module, and back to where one was, with the search and the filter as they were."""
    view = _modules(garden, "plant --trainable")
    garden.ada.click(view, label="Next")
    view = _shows(garden, "page 2 of 3")
    garden.ada.click(view, label="Next")
    view = _shows(garden, "page 3 of 3")
    garden.ada.click(view, "modules.page.previous")
    view = _shows(garden, "page 2 of 3")
    first = next(block["accessory"]["value"] for block in view.blocks if "accessory" in block)
    garden.ada.click(view, "module.show", value=first)
    page = garden.ada.wait_for_modal(lambda view: view.callback_id == "module")
    garden.ada.click(page, label="Back to the list")

    view = _shows(garden, "page 2 of 3")
    assert (view.value("Search"), view.value("modules.filter")) == ("plant", ["trainable"])
    assert len(garden.ada.modals) == 1


def test_turning_the_page_after_typing_searches_for_what_was_typed(garden: Town) -> None:
    """Nobody gets the second page of a search that they have left already."""
    view = _modules(garden)
    garden.ada.fill(view, {"Search": "development environment"}, enter=False)
    garden.ada.click(view, label="Next")

    assert "1 of 50 modules" in _shows(garden, "ai4os-dev-env").text


def test_nothing_found_leads_on(town: Town) -> None:
    """Without the filter, to what looks alike, or to everything; the fields follow."""
    view = _modules(town, "owl --trainable")
    assert "No module that can be trained on your data fits “owl”." in view.text
    town.ada.click(view, label="Show 1 module without the filter")
    view = _shows(town, "Owl call classifier")
    assert (view.value("Search"), view.value("modules.filter")) == ("owl", [])
    town.ada.fill(view, {"Search": "owll xylophone"})
    view = _shows(town, "Did you mean one of these?")
    assert "Owl call classifier" in view.text
    town.ada.click(view, label="Show all modules")

    assert _shows(town, "5 modules").value("Search") in {None, ""}


def test_a_module_has_a_page_with_everything_and_its_hardware_now(town: Town) -> None:
    """At once from memory, then with the cluster's answer for each of the person's platforms."""
    view = _page(town, "Demo-App")
    assert view.title == "Module"

    view = _shows(town, "free now", callback="module")

    assert "AI4EOSC: free now." in view.text.replace("*", "")
    for said in ("is ready for inference and can be trained on your data", "2 CPUs", "2,500 MB RAM", "DEEPaaS"):
        assert said in view.text
    assert town.simulated.call_counts[("POST", "/v1/jobs")] == 0


def test_taken_gpus_are_told_from_missing_ones(garden: Town, folder: CatalogueFolder) -> None:
    """All in use is not never, and what does not answer is not known."""
    needs = "resources:\n  inference:\n    cpu: 2\n    gpu: 1\n"
    folder.write("gpu-lover", f"title: GPU lover\ncategories: [AI4 inference]\n{needs}")
    garden.bot.catalog.refresh()
    garden.simulated.fill_gpus()
    _page(garden, "gpu-lover")

    view = _shows(garden, "Tutorials", callback="module")
    assert "AI4EOSC: all in use (every fitting GPU is taken)." in view.text.replace("*", "")
    assert "Tutorials: beyond what one deployment may have there." in view.text.replace("*", "")


def test_a_cluster_that_hangs_delays_no_page(town: Town) -> None:
    """The page is there at once; only what nobody knows stays unknown."""
    town.simulated.faults.slow(timedelta(seconds=1), path="plan", times=None)
    view = _page(town, "demo-app")
    assert "The cluster is being asked" in view.text
    town.simulated.faults.clear()
    town.simulated.unplug()
    town.ada.click(view, label="Browse modules")
    town.ada.click(_shows(town, "5 modules"), "module.show", value="owl-caller")

    assert "AI4EOSC: not known right now." in _shows(town, "not known right now", callback="module").text.replace(
        "*", ""
    )


@pytest.mark.parametrize(("button", "then"), [("modules.back", "modules"), ("module.deploy", "deploy.form")])
def test_what_the_cluster_says_late_never_replaces_something_else(town: Town, button: str, then: str) -> None:
    """Whoever has gone on meanwhile stays where they are."""
    town.simulated.faults.slow(timedelta(milliseconds=400), path="plan", times=None)
    page = _page(town, "demo-app")
    town.ada.click(page, button)
    town.ada.wait_for_modal(lambda view: view.callback_id == then)

    town.workspace.wait_for(
        lambda: any(call.answer.get("error") == "hash_conflict" for call in town.workspace.calls_of("views.update"))
    )
    shown = town.ada.modal
    assert shown is not None
    assert shown.callback_id == then


def test_a_window_that_came_too_late_is_opened_by_a_button(town: Town) -> None:
    """Nothing has to be typed again."""
    town.workspace.faults.refuse("views.open", "expired_trigger_id")
    offer = town.ada.command("/ai4os", "modules owl --inference").wait_for_message()
    town.ada.click(offer, label="Open the modules")

    view = _shows(town, "Owl call classifier")
    assert (view.value("Search"), view.value("modules.filter")) == ("owl", ["inference-ready"])
    town.ada.close()
    town.workspace.faults.refuse("views.open", "expired_trigger_id")
    offer = town.ada.command("/ai4os", "module owl-caller").wait_for_message()
    town.ada.click(offer, label="Open the module")
    assert "Owl call classifier" in _shows(town, "free now", callback="module").text


def test_from_the_page_to_a_running_deployment(town: Town) -> None:
    """Deploy opens the form in place of the page, filled in, and the review above it: two windows of three."""
    view = _modules(town, "demo")
    town.ada.click(view, "module.show", value="demo-app")
    page = town.ada.wait_for_modal(lambda view: view.callback_id == "module")
    town.ada.click(page, label="Deploy")
    form = town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.form")
    assert (form.value("cpu"), form.value("ram")) == ("2", "2500")
    assert town.ada.submit().accepted
    town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.review")
    assert len(town.ada.modals) == 2
    assert town.ada.submit().accepted

    told = town.ada.wait_for_message(lambda message: "is running" in message.text, timeout=timedelta(seconds=20))
    assert "demo-app" in told.text
    assert town.workspace.problems == ()


def test_no_membership_is_needed_to_look_and_deploy_says_whom_to_ask(tmp_path: Path) -> None:
    """A full member of the workspace without a platform sees all of it, and the room on every platform."""
    with open_town(tmp_path, AI4OS_BOT_MEMBERS="bob@example.org") as town:
        _page(town, "demo-app")
        view = _shows(town, "Tutorials", callback="module")
        town.ada.click(view, label="Deploy")
        refusal = town.ada.wait_for_modal(lambda view: view.callback_id == "failure")
        said = refusal.text
        town.ada.close()
        town.ada.click(town.ada.wait_for_modal(), label="Browse modules")

        assert all(platform in view.text for platform in ("AI4EOSC", "iMagine", "Tutorials"))
        assert "not a member of any platform" in said
        assert "Ask the administrators of AI4EOSC or iMagine or Tutorials" in said
        assert "5 modules" in _shows(town, "5 modules").text


def test_guests_may_not_even_look(town: Town) -> None:
    """The gate is before everything."""
    guest = town.workspace.add_user("gus", email="gus@example.org", is_restricted=True)

    assert "Guests" in guest.command("/ai4os", "modules").wait_for_message().text
    assert guest.modal is None


@pytest.mark.parametrize("button", ["module.deploy", "module.show"])
def test_a_module_that_vanished_meanwhile_is_said_to_be_gone(
    garden: Town, folder: CatalogueFolder, button: str
) -> None:
    """Nothing is opened for what is not there any more; the list is, and one can go on."""
    view = _modules(garden, "plant-007")
    if button == "module.deploy":
        garden.ada.click(view, "module.show", value="plant-007")
        view = garden.ada.wait_for_modal(lambda view: view.callback_id == "module")
    folder.withdraw("plant-007")
    garden.bot.catalog.refresh()
    garden.ada.click(view, button)

    view = _shows(garden, "There is no module “plant-007” in the catalogue.")
    assert view.callback_id == "modules"


def test_an_unknown_name_brings_those_that_may_be_meant(town: Town) -> None:
    """One press leads to the page."""
    town.ada.command("/ai4os", "module planktn")
    view = _shows(town, "There is no module “planktn” in the catalogue.")
    town.ada.click(view, "module.show", value="plankton-classifier")

    assert "Plankton classifier" in town.ada.wait_for_modal(lambda view: view.callback_id == "module").text


def test_a_broken_module_is_not_an_unknown_one(garden: Town, folder: CatalogueFolder) -> None:
    """Its maintainers can mend what is said."""
    folder.write("torn", "just a word")
    garden.bot.catalog.refresh()
    garden.ada.command("/ai4os", "module torn")

    assert (
        "is in the catalogue, but cannot be deployed until its maintainers mend this: modules/torn.yml holds"
        in _shows(garden, "torn").text
    )


def test_the_form_sends_whoever_names_no_module_to_the_catalogue(town: Town) -> None:
    """With the word they gave, in place of the form."""
    town.ada.command("/ai4os", "deploy owlcaler-x")
    form = town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.form")
    town.ada.click(form, label="Browse modules")

    view = town.ada.wait_for_modal(lambda view: view.callback_id == "modules")
    assert view.value("Search") == "owlcaler-x"
    assert len(town.ada.modals) == 1


def test_the_menu_leads_to_the_catalogue(town: Town) -> None:
    """Nobody has to know the word."""
    menu = town.ada.command("/ai4os").wait_for_message()
    town.ada.click(menu, label="Browse modules")

    assert _shows(town, "5 modules").title == "Modules"


def test_hostile_metadata_is_shown_and_does_nothing(garden: Town, folder: CatalogueFolder) -> None:
    """Mentions, markup, script addresses, endless and turned texts: Slack takes the views, and nobody is called."""
    text = HOSTILE.replace('"', "'")
    folder.write(
        "hostile",
        f'title: "{text}"\nsummary: "{text}"\ndescription: "{text}"\nlicense: "{text}"\n'
        f'tags: ["{text}"]\nlinks:\n  dataset: "javascript:alert(1)"\n',
    )
    garden.bot.catalog.refresh()
    view = _modules(garden, "channel")
    garden.ada.click(view, "module.show", value="hostile")
    page = _shows(garden, "free now", callback="module")

    assert "<!channel>" not in str([block for block in (*view.blocks, *page.blocks) if "plain_text" not in str(block)])
    assert "javascript" not in str(page.blocks)
    assert garden.workspace.problems == ()


def test_two_hundred_modules_are_answered_in_no_time(garden: Town, folder: CatalogueFolder) -> None:
    """Every ack is far below the three seconds, also for a search with a typo."""
    _grow(folder, range(SOME - 1, MANY - 1))
    garden.bot.catalog.refresh()
    for words in ("plant", "plnat fnider", "--trainable", "zzzz qqqq"):
        _modules(garden, words)
        garden.ada.close()
    view = _modules(garden)

    waits = sorted(record.latency.total_seconds() for record in garden.workspace.acks if record.latency is not None)
    assert len(waits) == 5
    assert waits[len(waits) // 2] < 0.2
    assert f"{MANY} modules" in view.text
