"""The IDE password on demand."""

import pytest

from handlers.views import password
from tests.conftest import Golden
from tests.views.checking import sent_view, texts
from tests.views.examples import hostile_row, row


def test_password_is_shown_so_that_it_can_be_copied(golden: Golden) -> None:
    """It stands as preformatted text, with how to use it and the request not to share it."""
    golden.check("views/password", sent_view(password.modal_view(row(), "made-up-password")))


@pytest.mark.parametrize("secret", ["*bold*_`<!channel>`&amp;:fire:", " spaces around ", "x" * 200])
def test_nothing_in_a_password_is_interpreted(secret: str) -> None:
    """Every character is shown as it is."""
    block = next(
        block for block in sent_view(password.modal_view(row(), secret))["blocks"] if block["type"] == "rich_text"
    )
    assert block["elements"][0]["type"] == "rich_text_preformatted"
    assert block["elements"][0]["elements"] == [{"type": "text", "text": secret}]


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_password_it_says_why(secret: str | None) -> None:
    """There is none for DEEPaaS, and those made elsewhere cannot be read."""
    assert "has no IDE password" in texts(sent_view(password.modal_view(hostile_row(), secret)))


def test_password_stays_out_of_metadata() -> None:
    """Only the deployment's key travels with the view."""
    assert "made-up-password" not in sent_view(password.modal_view(row(), "made-up-password"))["private_metadata"]
