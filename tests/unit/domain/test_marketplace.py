"""Where somebody is in the catalogue, what a search finds, and what a plan means for a module."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.base import ModuleName
from bot.domain.catalog import BrokenItem, Capability, CatalogSnapshot, Module, Service, Wanted
from bot.domain.marketplace import (
    PAGE,
    QUERY_LENGTH,
    Browsing,
    Room,
    asked_of,
    look,
    named,
    recommended,
    room_of,
    why_missing,
)
from bot.domain.placement import NO_MACHINE_NOW, Outlook, Plan
from tests.fakes.catalog import BROKEN, CLOUD_TRAINER, DEMO_APP, OWL_CALLER
from tests.unit.domain.values import AI4EOSC, TUTORIALS

MODULES = (DEMO_APP, CLOUD_TRAINER, OWL_CALLER)
SNAPSHOT = CatalogSnapshot(modules=MODULES, broken=(BROKEN,))
BOTH = (Capability.INFERENCE, Capability.TRAINABLE)
BROWSINGS = st.builds(
    lambda query, filters, page: Browsing.of(query, filters).at(page),
    st.text(max_size=300),
    st.lists(st.sampled_from(Capability)),
    st.integers(-5, 20_000),
)


def many(count: int) -> CatalogSnapshot:
    """Return a catalogue of that many modules."""
    names = (ModuleName(f"plant-{number}") for number in range(count))
    return CatalogSnapshot(modules=tuple(Module(name=name, title="Plant", image="lab/plant") for name in names))


@pytest.mark.parametrize(
    ("query", "filters", "names"),
    [
        ("", (), ["demo-app", "cloud-trainer", "owl-caller"]),
        ("", (Capability.TRAINABLE,), ["demo-app", "cloud-trainer"]),
        ("", BOTH, ["demo-app"]),
        ("owl", (), ["owl-caller"]),
        ("owl", (Capability.TRAINABLE,), []),
        ("", (Capability.DEVELOPMENT,), []),
    ],
)
def test_every_filter_narrows(query: str, filters: tuple[Capability, ...], names: list[str]) -> None:
    """What is shown fits the words and all of the filters."""
    shelf = look(SNAPSHOT, Browsing.of(query, filters))

    assert [module.name for module in shelf.modules] == names
    assert (shelf.found, shelf.total) == (len(names), 3)


def test_what_filters_hide_is_counted() -> None:
    """Whoever finds nothing learns how much there is without the filters."""
    shelf = look(SNAPSHOT, Browsing.of("owl", (Capability.TRAINABLE,)))

    assert (shelf.unfiltered, shelf.alike) == (1, ())


def test_nothing_found_brings_what_looks_alike() -> None:
    """A word that is nowhere, beside one with a typo, leads to the module with the typo."""
    shelf = look(SNAPSHOT, Browsing.of("owll xylophone"))

    assert (shelf.modules, shelf.unfiltered) == ((), 0)
    assert shelf.alike == (OWL_CALLER,)


@pytest.mark.parametrize(
    ("count", "page", "shown", "pages", "lands_on"),
    [
        (0, 0, 0, 1, 0),
        (PAGE, 0, PAGE, 1, 0),
        (PAGE + 1, 1, 1, 2, 1),
        (PAGE + 1, 7, 1, 2, 1),
        (3 * PAGE, 2, PAGE, 3, 2),
    ],
)
def test_pages_are_whole_and_the_last_one_is_the_end(
    count: int, page: int, shown: int, pages: int, lands_on: int
) -> None:
    """A page that is not there any more gives the last."""
    shelf = look(many(count), Browsing().at(page))

    assert (len(shelf.modules), shelf.pages, shelf.page) == (shown, pages, lands_on)


@settings(deadline=None)
@given(st.integers(0, 60), st.text(max_size=3), st.integers(0, 9))
def test_pages_together_have_everything_once(count: int, query: str, page: int) -> None:
    """However it is paged, nothing is lost and nothing is shown twice."""
    snapshot = many(count)
    start = look(snapshot, Browsing.of(query))
    together = [module for number in range(start.pages) for module in look(snapshot, start.browsing.at(number)).modules]

    assert len(together) == len(set(together)) == start.found
    assert look(snapshot, Browsing.of(query).at(page)).page <= start.pages


@settings(deadline=None)
@given(BROWSINGS)
def test_what_is_written_into_a_view_comes_back(browsing: Browsing) -> None:
    """The text fits where Slack keeps it, and means the same afterwards."""
    assert Browsing.read(str(browsing)) == browsing
    assert len(str(browsing)) < 3000
    assert len(browsing.query) <= QUERY_LENGTH


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        '{"page": -1}',
        '{"page": 1e99}',
        '{"query": ' + '"x' * 500,
        '{"query": "' + "x" * 500 + '"}',
        '{"filters": ["everything"]}',
        '{"filters": ["trainable", "trainable", "trainable", "trainable"]}',
        '{"admin": true}',
        '{"query": "\\ud800"}',
    ],
)
def test_what_was_tampered_with_is_the_beginning(text: str) -> None:
    """What comes back from Slack is checked, never believed."""
    assert Browsing.read(text) == Browsing()


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """Whatever comes back, there is a place in the catalogue."""
    assert isinstance(Browsing.read(text), Browsing)
    assert isinstance(look(SNAPSHOT, Browsing.of(text)).found, int)


def test_a_change_goes_back_to_the_first_page_and_no_change_stays() -> None:
    """Refining a search starts it anew; pressing Enter again does not."""
    here = Browsing.of("plant", BOTH).at(3).renewed()

    assert here.searching(" plant ", BOTH) == here
    assert here.searching("plants", BOTH).page == 0
    assert here.searching("plant", ()).page == 0
    assert here.searching("plants", BOTH).revision == here.revision


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("demo-app", DEMO_APP),
        ("DEMO-APP ", DEMO_APP),
        ("owl call classifier", OWL_CALLER),
        ("Owl", None),
        ("", None),
    ],
)
def test_a_module_is_meant_by_name_or_title(name: str, found: Module | None) -> None:
    """Whatever the case; a part of a name is a search, not a name."""
    assert named(SNAPSHOT, name) == found


def test_a_title_that_several_have_means_none() -> None:
    """Nobody is sent to the wrong one of two."""
    assert named(many(2), "plant") is None


def test_why_a_module_is_missing_is_told() -> None:
    """A broken module is not the same as none, and its maintainers learn what to mend."""
    silent = CatalogSnapshot(broken=(BrokenItem(name=ModuleName("x"), reason="is empty."),))

    assert why_missing(SNAPSHOT, "nowhere") == "There is no module “nowhere” in the catalogue."
    assert "is not valid YAML" in why_missing(SNAPSHOT, "TORN-PAGE")
    assert why_missing(silent, "x").endswith("until its maintainers mend this: is empty.")


@pytest.mark.parametrize(
    ("module", "wanted"),
    [
        (DEMO_APP, DEMO_APP.inference),
        (CLOUD_TRAINER.model_copy(update={"training": Wanted(gpu=1, cpu=8)}), Wanted(gpu=1, cpu=8)),
        (CLOUD_TRAINER.model_copy(update={"training": Wanted(cpu=8), "inference": Wanted(cpu=2)}), Wanted(cpu=2)),
        (OWL_CALLER, Wanted()),
    ],
)
def test_the_form_and_the_page_start_with_the_same_hardware(module: Module, wanted: Wanted) -> None:
    """Training hardware where a GPU is recommended for it and training is what the module is for."""
    assert recommended(module) == wanted


def test_hardware_is_fitted_to_a_platform() -> None:
    """What is not said is the platform's default, what is too little its least, and too much is told apart."""
    assert asked_of(Wanted(cpu=2, ram_mb=100), AI4EOSC.limits) == Wanted(cpu=2, gpu=0, ram_mb=2000, disk_mb=10000)
    assert asked_of(Wanted(), TUTORIALS.limits) == Wanted(cpu=2, gpu=0, ram_mb=2000, disk_mb=500)
    assert asked_of(Wanted(gpu=1), TUTORIALS.limits) is None
    assert asked_of(Wanted(ram_mb=40001), AI4EOSC.limits) is None


@pytest.mark.parametrize(
    ("plan", "room", "reason"),
    [
        (Plan(outlook=Outlook.NOW), Room.NOW, ""),
        (
            Plan(outlook=Outlook.NOT_YET, reasons=("every fitting GPU is taken",)),
            Room.IN_USE,
            "every fitting GPU is taken",
        ),
        (Plan(outlook=Outlook.NEVER, reasons=("no machine fits", "x")), Room.NOWHERE, "no machine fits"),
        (Plan(outlook=Outlook.UNKNOWN, reasons=("Nomad is slow",)), Room.UNKNOWN, ""),
        (Plan(outlook=Outlook.NOT_YET, reasons=(NO_MACHINE_NOW,)), Room.UNKNOWN, NO_MACHINE_NOW),
    ],
)
def test_yes_no_and_unknown_are_told_apart(plan: Plan, room: Room, reason: str) -> None:
    """A cluster without machines is not one whose machines are all in use."""
    found = room_of(AI4EOSC, plan)

    assert (found.platform, found.room, found.reason) == ("AI4EOSC", room, reason)


def test_services_decide_what_a_module_is_for() -> None:
    """The development environment has no training hardware of its own."""
    development = DEMO_APP.model_copy(
        update={"capabilities": (Capability.DEVELOPMENT,), "services": (Service.VSCODE,), "training": Wanted()}
    )

    assert recommended(development) == development.inference
