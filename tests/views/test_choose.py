"""Which deployment is meant."""

import pytest

from bot.domain.commands import Verb
from handlers.ids import Action
from handlers.views import choose
from tests.conftest import Golden
from tests.views.checking import elements, sent_message
from tests.views.examples import HOSTILE, hostile_row, row

ROWS = (row(), row(title="Plankton run 2"))


@pytest.mark.parametrize(
    ("verb", "action"),
    [(Verb.ACCESS, Action.ACCESS), (Verb.DETAILS, Action.DETAILS), (Verb.STOP, Action.STOP)],
)
def test_candidates_have_the_button_that_was_asked_for(golden: Golden, verb: Verb, action: Action) -> None:
    """Each candidate can be picked with one press."""
    message = sent_message(choose.render(ROWS, verb=verb, wanted="plankton"))
    golden.check(f"views/choose_{verb}", message)
    assert list(elements(message)) == [action]


def test_stop_still_asks_before_anything_is_lost() -> None:
    """Picking is not confirming."""
    assert "confirm" in elements(sent_message(choose.render(ROWS, verb=Verb.STOP)))[Action.STOP]


def test_without_deployments_one_can_be_made() -> None:
    """There is nothing to pick from, so Deploy is offered."""
    assert list(elements(sent_message(choose.render((), verb=Verb.STOP)))) == [Action.MENU_DEPLOY]


def test_many_hostile_candidates_are_cut_with_a_count() -> None:
    """At most twenty are shown, and how many more there are."""
    rows = [hostile_row(number) for number in range(300)]
    message = sent_message(choose.render(rows, verb=Verb.STOP, wanted=HOSTILE))
    assert "… and 280 more" in str(message["blocks"])
