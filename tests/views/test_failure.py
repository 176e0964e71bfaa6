"""An error as a person meets it."""

import pytest

from bot.errors import BotError, ClusterUnavailable, NotYours
from handlers.views import failure
from tests.conftest import Golden
from tests.views.checking import sent_message, sent_view, texts
from tests.views.examples import HOSTILE, REFERENCE

DOWN = ClusterUnavailable("The cluster does not answer", hint="Try again in a few minutes.")


def test_error_says_what_happened_what_changed_and_what_to_do(golden: Golden) -> None:
    """A modal and a message say the same, with the reference for support."""
    golden.check(
        "views/failure",
        {
            "message": sent_message(failure.message(DOWN, reference=REFERENCE)),
            "modal": sent_view(failure.modal_view(DOWN, reference=REFERENCE)),
        },
    )


def test_text_alone_is_complete() -> None:
    """The notification has every part."""
    expected = (
        "The cluster does not answer. Nothing was changed. Try again in a few minutes. "
        f"Reference for support: `{REFERENCE}`"
    )
    assert failure.message(DOWN, reference=REFERENCE).text == expected


def test_without_reference_and_hint_nothing_dangles() -> None:
    """Parts that are not there leave no gap."""
    assert failure.message(NotYours("That is not yours.", changed="")).text == "That is not yours."


@pytest.mark.parametrize("text", [HOSTILE, "", "\n", "&" * 5000])
def test_any_error_can_be_shown(text: str) -> None:
    """Slack takes an error of any length and content."""
    error = BotError(text, hint=text, changed=text)
    assert "<!channel>" not in texts(sent_message(failure.message(error, reference=text)))
    assert "<!channel>" not in texts(sent_view(failure.modal_view(error, reference=text)))
