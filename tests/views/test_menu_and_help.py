"""The menu, the help, and what is shown while something is read."""

import pytest

from bot.domain.commands import HELP, Verb
from handlers.ids import Action, Callback
from handlers.views import help as help_view
from handlers.views import menu, waiting
from tests.conftest import Golden
from tests.views.checking import elements, sent_message, sent_view


def test_menu_offers_the_four_things_people_want(golden: Golden) -> None:
    """Deploy, browse, list and help, with the commands that do the same."""
    message = sent_message(menu.render())
    golden.check("views/menu", message)
    assert list(elements(message)) == [
        Action.MENU_DEPLOY,
        Action.MENU_MODULES,
        Action.MENU_LIST,
        Action.MENU_HELP,
    ]


def test_help_lists_every_command(golden: Golden) -> None:
    """One line for each, but none for what is not for everybody."""
    message = sent_message(help_view.render())
    golden.check("views/help", message)
    assert [verb for verb in HELP if f"/ai4os {verb}" not in message["text"]] == [Verb.ADMIN]


def test_help_tells_administrators_what_is_theirs() -> None:
    """They see their command as well."""
    assert f"/ai4os {Verb.ADMIN}" in sent_message(help_view.render(is_administrator=True))["text"]


@pytest.mark.parametrize("verb", list(HELP))
def test_help_explains_one_command_with_examples(golden: Golden, verb: Verb) -> None:
    """Usage, options and examples to copy."""
    message = sent_message(help_view.render(verb))
    golden.check(f"views/help_{verb}", message)
    assert [example for example in HELP[verb].examples if example not in message["text"]] == []


@pytest.mark.parametrize("callback", list(Callback))
def test_waiting_is_shown_for_anything(callback: Callback) -> None:
    """Whatever is read, there is something to see at once."""
    assert sent_view(waiting.render(callback, metadata="d1"))["callback_id"] == callback
