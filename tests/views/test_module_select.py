"""The choice of a module: grouped by what modules are good for, and found by what people type."""

from typing import Any

import pytest

from bot.domain.base import ModuleName
from bot.domain.catalog import Capability
from handlers.views.module_select import module_option, module_options
from handlers.views.validator import ack_problems
from tests.conftest import Golden
from tests.views.examples import HOSTILE, MODULES, PLANTS, YOLO

HUNDREDS = tuple(
    YOLO.model_copy(update={"name": ModuleName(f"yolo-{number:03}"), "title": f"YOLO {number:03}"})
    for number in range(250)
)


def _answer(query: str) -> dict[str, Any]:
    return {"option_groups": [group.to_dict() for group in module_options(MODULES, query)]}


def _names(query: str) -> list[str]:
    return [option.value for group in module_options(MODULES, query) for option in group.options or ()]


def test_kinds_of_modules_are_told_apart(golden: Golden) -> None:
    """Development, inference-ready and trainable modules stand in groups of their own."""
    answer = _answer("")
    assert ack_problems(answer) == []
    golden.check("views/module_select_all", answer)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("yolo", ["ai4os-yolo-torch"]),
        ("photographs", ["plants-classification"]),
        ("trainable", ["ai4os-yolo-torch", "image-trainer"]),
        ("plants-clasification", ["plants-classification"]),
        ("nothing like this", []),
    ],
)
def test_search_finds_modules_by_any_of_their_words(query: str, names: list[str]) -> None:
    """Name, summary and capability are searched; a typo finds the nearest, nonsense nothing."""
    assert _names(query) == names


def test_names_that_begin_with_the_query_come_first() -> None:
    """Within a group the best match is on top."""
    late = PLANTS.model_copy(update={"name": ModuleName("a-module"), "title": "A module", "summary": "about plants"})
    groups = module_options([late, PLANTS], "plants")
    assert [option.value for option in groups[0].options or ()] == ["plants-classification", "a-module"]


def test_at_most_a_hundred_are_offered_and_the_label_says_so() -> None:
    """Slack takes a hundred choices; the label says that there are more."""
    groups = module_options(HUNDREDS, "")
    assert sum(len(group.options or ()) for group in groups) == 100
    assert "type to find more" in str(groups[-1].label)
    assert ack_problems({"option_groups": [group.to_dict() for group in groups]}) == []


def test_a_module_that_no_choice_can_hold_is_left_out() -> None:
    """Hostile texts are cut; a name longer than a choice's value is not offered."""
    hostile = YOLO.model_copy(update={"title": HOSTILE, "summary": HOSTILE})
    too_long = YOLO.model_copy(update={"name": ModuleName("x" * 76)})
    groups = module_options([hostile, too_long], "")
    assert ack_problems({"option_groups": [group.to_dict() for group in groups]}) == []
    assert [option.value for group in groups for option in group.options or ()] == [YOLO.name]


def test_the_chosen_module_is_shown_as_it_was_offered() -> None:
    """Slack demands that the initial option equals the offered one."""
    offered = module_options(MODULES, "yolo")[0].options or []
    assert offered[0].to_dict() == module_option(YOLO).to_dict()


def test_both_kinds_are_not_exclusive() -> None:
    """A module that is ready and trainable stands in the group that says both."""
    groups = module_options([YOLO], "")
    assert YOLO.capabilities == (Capability.INFERENCE, Capability.TRAINABLE)
    assert "inference, and trainable" in str(groups[0].label)
