"""The links of a deployment."""

import pytest

from bot.domain.deployment import Phase
from bot.domain.endpoints import Endpoint, EndpointKind
from handlers.ids import Action, DeploymentKey
from handlers.views import access
from tests.conftest import Golden
from tests.views.checking import elements, sent_message, sent_view, texts
from tests.views.examples import ENDPOINTS, HOSTILE, hostile_row, row

HOSTILE_ENDPOINTS = tuple(
    Endpoint(kind=kind, url=f"https://x.example/{HOSTILE}", condition=HOSTILE, answers=False) for kind in EndpointKind
)


def test_links_look_as_they_should(golden: Golden) -> None:
    """The modal has each link with its condition and whether it answers."""
    view = sent_view(access.modal_view(row(), ENDPOINTS, has_password=True))
    golden.check("views/access", view)
    assert view["private_metadata"] == str(DeploymentKey(row().namespace, row().deployment))


def test_links_as_a_message_are_complete_without_blocks(golden: Golden) -> None:
    """The text alone names every address."""
    message = sent_message(access.message(row(), ENDPOINTS, has_password=False))
    golden.check("views/access_message", message)
    assert [endpoint.url in message["text"] for endpoint in ENDPOINTS] == [True, True, True]


@pytest.mark.parametrize(
    ("answers", "text"),
    [(True, "answers"), (False, "does not answer yet"), (None, "whether it answers is not known")],
)
def test_it_is_told_whether_a_link_answers(answers: bool | None, text: str) -> None:  # noqa: FBT001 - a parameter
    """Yes, not yet, and not known are three different answers."""
    link = Endpoint(kind=EndpointKind.IDE, url="https://ide.example.org", answers=answers)
    assert text in texts(sent_view(access.modal_view(row(), [link], has_password=False)))


def test_an_address_that_is_not_known_yet_is_no_link() -> None:
    """Before the deployment is placed, it says when the address is known."""
    link = Endpoint(kind=EndpointKind.IDE)
    shown = texts(sent_view(access.modal_view(row(Phase.QUEUED), [link], has_password=False)))
    assert "known once it is placed" in shown
    assert "The links answer once it is running." in shown


def test_password_is_offered_only_where_there_is_one() -> None:
    """The button shows the password in a modal of its own; the links never hold it."""
    with_one = elements(sent_view(access.modal_view(row(), ENDPOINTS, has_password=True)))
    without = elements(sent_view(access.modal_view(row(), ENDPOINTS, has_password=False)))
    assert Action.PASSWORD in with_one
    assert Action.PASSWORD not in without


def test_no_links_are_said_to_be_none() -> None:
    """A deployment without links says so."""
    assert "It has no links." in texts(sent_view(access.modal_view(row(), (), has_password=False)))


def test_hostile_texts_stay_texts() -> None:
    """Whatever is in titles, addresses and conditions, Slack takes the view and nothing is interpreted."""
    view = sent_view(access.modal_view(hostile_row(), HOSTILE_ENDPOINTS, has_password=True))
    assert "<!channel>" not in texts(view)
    assert "<!channel>" not in texts(sent_message(access.message(hostile_row(), HOSTILE_ENDPOINTS, has_password=True)))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "slack://open", "https://x.example/" + "y" * 3000])
def test_only_web_addresses_become_links(url: str) -> None:
    """Anything else is shown as text."""
    link = Endpoint(kind=EndpointKind.IDE, url=url)
    assert f"<{url[:10]}" not in texts(sent_view(access.modal_view(row(), [link], has_password=False)))
