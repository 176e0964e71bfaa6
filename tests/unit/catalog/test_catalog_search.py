"""Finding modules by what a person types."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.base import ModuleName
from bot.domain.catalog import Capability, Module
from bot.domain.search import MAX_RESULTS, nearest, search
from tests.fakes.catalog import CLOUD_TRAINER, DEMO_APP, OWL_CALLER


def module(name: str, title: str, summary: str = "", *tags: str) -> Module:
    """Return a module with these texts."""
    return Module(name=ModuleName(name), title=title, summary=summary, image="lab/frames", tags=tags)


PLANTS = module("plants-classification", "Plant species", "Names plants.", "image classification")
PLANTER = module("planter-robot", "Robot that plants", "Sows seeds.", "robotics")
XRAY = module("lungs", "Chest x-ray classifier", "Looks at lungs.", "medicine", "image classification")
BIRDS = module("birds-audio-classification", "Bird_sound classifier", "Names birds in recordings.", "audio")
MODULES = (BIRDS, XRAY, PLANTER, PLANTS, DEMO_APP, CLOUD_TRAINER, OWL_CALLER)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("plants-classification", [PLANTS]),
        ("PLANTS", [PLANTS, PLANTER]),
        ("plant", [PLANTER, PLANTS]),
        ("robot", [PLANTER]),
        ("x-ray", [XRAY]),
        ("xray", [XRAY]),
        ("bird sound", [BIRDS]),
        ("classifier audio", [BIRDS, OWL_CALLER]),
        ("medic", [XRAY]),
        ("ngs", [XRAY, BIRDS]),
        ("plants robot", [PLANTER]),
        ("clasification plnts", [PLANTS]),
        ("recordngs", [BIRDS]),
        ("trainable", [DEMO_APP, CLOUD_TRAINER]),
        ("pytorch", [CLOUD_TRAINER]),
        ("xq", []),
        ("nothing like it", []),
        ("robot xylophone", []),
    ],
)
def test_the_best_fit_comes_first(query: str, expected: list[Module]) -> None:
    """Names before titles before tags and summaries, whole words before parts, typos only if nothing else fits."""
    assert [found.name for found in search(MODULES, query)] == [module.name for module in expected]


@pytest.mark.parametrize("query", ["", "   ", "-_-", "!?"])
def test_nothing_typed_gives_everything(query: str) -> None:
    """Before the first letter all modules are offered in their order."""
    assert search(MODULES, query) == MODULES


def test_results_are_bounded() -> None:
    """Never more than a select can show, nor more than was asked for."""
    many = tuple(module(f"plant-{number}", "Plant") for number in range(300))

    assert len(search(many, "plant", limit=500)) == MAX_RESULTS
    assert len(search(many, "", limit=7)) == 7
    assert search(many, "plant", limit=0) == ()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("plants-clasification", "plants-classification"),
        ("Demo App", "demo-app"),
        ("owlcaller", "owl-caller"),
        ("Chest xray clasifier", "lungs"),
        ("bird", "birds-audio-classification"),
        ("zzzzzz", None),
        ("", None),
    ],
)
def test_did_you_mean(typed: str, expected: str | None) -> None:
    """A name or title with a typo, or a part of it, leads to the module that was meant."""
    assert nearest(MODULES, typed) == expected


def test_without_modules_nothing_is_found() -> None:
    """An empty catalogue gives empty answers."""
    assert search((), "plants") == ()
    assert nearest((), "plants") is None


@given(st.text(max_size=300))
def test_any_query_is_answered(query: str) -> None:
    """Whatever is typed, the answer is a part of the catalogue without repetitions."""
    found = search(MODULES, query)

    assert set(found) <= set(MODULES)
    assert len(set(found)) == len(found)
    assert nearest(MODULES, query) in {None, *(module.name for module in MODULES)}


@given(st.sampled_from(MODULES))
def test_a_name_or_title_finds_its_module_first(wanted: Module) -> None:
    """Typed in full, a name or title is the first result."""
    assert search(MODULES, wanted.name)[0] == wanted
    assert search(MODULES, wanted.title.upper())[0] == wanted


def test_five_hundred_modules_are_searched_in_no_time() -> None:
    """A key stroke costs a few milliseconds at most, also when it needs mending."""
    many = tuple(
        Module(
            name=ModuleName(f"module-{number}-{number % 7}"),
            title=f"Finds kind {number} of things",
            summary=f"Looks at pictures of kind {number} and names what is in them, number {number % 90}.",
            image="lab/frames",
            capabilities=(Capability.INFERENCE,),
            tags=("deep learning", f"tag{number % 50}"),
        )
        for number in range(500)
    )
    search(many, "warm")

    costs = [_cost(many, query) for query in ("modul", "pictures", "pictrues of kynd", "finds kind 77", "zzzzz") * 3]

    assert sorted(costs)[len(costs) // 2] < 0.005


def _cost(modules: tuple[Module, ...], query: str) -> float:
    start = process_time()
    search(modules, query)
    return process_time() - start
