"""Who owners are in Slack: people, nobody, or not known right now; and who wants to be left alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk import WebClient

from bot.domain.addressees import Reach
from bot.domain.base import SlackUserId
from bot.errors import Unavailable
from handlers.addressees import ABSENT_FOR, FRESH_FOR, SlackAddressees
from playground.clock import Clock
from playground.slack import Workspace

NOW = datetime(2026, 6, 11, 7, 30, tzinfo=UTC)
ADA = "ada@example.org"


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Give a workspace with Ada in it."""
    with Workspace(clock=Clock(NOW, frozen=True), rate_limits=False) as made:
        made.add_user("ada", real_name="Ada Lovelace", tz="Europe/Lisbon")
        yield made


@pytest.fixture
def addressees(workspace: Workspace) -> SlackAddressees:
    """Give the addressees of that workspace."""
    return of(workspace)


def of(workspace: Workspace, *, most: int = 100) -> SlackAddressees:
    """Return the addressees of a workspace, with a memory of that size."""
    return SlackAddressees(
        client=WebClient(workspace.bot_token, base_url=workspace.api_url, timeout=5, retry_handlers=[]),
        team=lambda: workspace.team_id,
        shared=frozenset({"project@example.org"}),
        clock=workspace.clock.now,
        most=most,
    )


def asked(workspace: Workspace) -> int:
    """Return how often Slack was asked for an address."""
    return len(workspace.calls_of("users.lookupByEmail"))


def test_a_member_is_a_person_with_a_zone(workspace: Workspace, addressees: SlackAddressees) -> None:
    """Whatever the spelling of the address."""
    found = addressees.find("Ada@Example.org")

    assert (found.reach, found.slack_user) == (Reach.PERSON, workspace.person("ada").id)
    assert (found.time_zone, found.name, found.email) == ("Europe/Lisbon", "Ada Lovelace", "Ada@Example.org")


def test_nobody_has_no_account(addressees: SlackAddressees) -> None:
    """Their deployments are the administrators' business."""
    assert addressees.find("stranger@example.org").reach is Reach.NO_ACCOUNT
    assert addressees.find("").reach is Reach.NO_ACCOUNT


def test_guests_bots_and_people_of_other_workspaces_are_nobody(
    workspace: Workspace, addressees: SlackAddressees
) -> None:
    """The bot speaks with full members of its own workspace alone, as everywhere."""
    workspace.add_user("guest", is_restricted=True)
    workspace.add_user("robot", is_bot=True, email="robot@example.org")
    workspace.add_user("outsider", team_id="T99999999")

    found = [addressees.find(f"{name}@example.org") for name in ("guest", "robot", "outsider")]

    assert [(each.reach, each.slack_user) for each in found] == [(Reach.NO_ACCOUNT, "")] * 3


def test_somebody_who_has_left_is_called_so_if_they_were_known(
    workspace: Workspace, addressees: SlackAddressees
) -> None:
    """Slack finds nobody by such an address any more; the id that it had still tells."""
    addressees.find(ADA)
    workspace.change_user("ada", deleted=True)
    workspace.clock.advance(FRESH_FOR)

    first = addressees.find(ADA)
    workspace.clock.advance(ABSENT_FOR)
    second = addressees.find(ADA)

    assert [each.reach for each in (first, second)] == [Reach.DEACTIVATED] * 2
    assert first.slack_user == ""
    assert of(workspace).find(ADA).reach is Reach.NO_ACCOUNT


def test_an_address_that_was_given_up_is_nobodys(workspace: Workspace, addressees: SlackAddressees) -> None:
    """Its former owner is a member still, with another address."""
    addressees.find(ADA)
    workspace.change_user("ada", email="countess@example.org")
    workspace.clock.advance(FRESH_FOR)

    assert addressees.find(ADA).reach is Reach.NO_ACCOUNT


def test_a_shared_account_is_never_asked_for(workspace: Workspace, addressees: SlackAddressees) -> None:
    """The settings say so, whatever Slack has."""
    workspace.add_user("project")

    assert addressees.find("Project@Example.org").reach is Reach.SHARED
    assert asked(workspace) == 0


def test_silence_is_not_absence(workspace: Workspace, addressees: SlackAddressees) -> None:
    """While Slack does not answer nobody knows; the next look asks again."""
    workspace.faults.fail("users.lookupByEmail")

    assert addressees.find(ADA).reach is Reach.UNKNOWN
    assert addressees.find(ADA).reach is Reach.PERSON


def test_while_the_bot_does_not_know_itself_nobody_is_judged(workspace: Workspace) -> None:
    """Which workspace is one's own is told by Slack, too."""
    addressees = of(workspace)
    addressees.team = _not_yet

    assert addressees.find(ADA).reach is Reach.UNKNOWN


def test_a_zone_that_nobody_knows_is_utc(workspace: Workspace, addressees: SlackAddressees) -> None:
    """Better an odd hour than none."""
    workspace.faults.clear()
    addressees.client = _Odd(workspace.bot_token, base_url=workspace.api_url)

    assert addressees.find(ADA).time_zone == "UTC"


def test_answers_are_believed_for_a_while(workspace: Workspace, addressees: SlackAddressees) -> None:
    """A person for an hour, nobody for ten minutes: an account may have been made meanwhile."""
    addressees.find(ADA)
    addressees.find("new@example.org")
    workspace.add_user("new")
    workspace.clock.advance(ABSENT_FOR)

    assert addressees.find("new@example.org").reach is Reach.PERSON
    assert addressees.find(ADA).reach is Reach.PERSON
    assert asked(workspace) == 3


def test_the_memory_is_bounded(workspace: Workspace) -> None:
    """Whose answer would be believed the shortest is forgotten first."""
    addressees = of(workspace, most=2)
    workspace.add_user("bob")
    for name in ("ada", "bob", "eve"):
        addressees.find(f"{name}@example.org")

    before = asked(workspace)
    addressees.find("bob@example.org")

    assert before == 3
    assert asked(workspace) == 3


def test_quiet_hours_are_respected(workspace: Workspace, addressees: SlackAddressees) -> None:
    """Only while they last."""
    ada = SlackUserId(workspace.person("ada").id)
    before = addressees.is_disturbed(ada, now=NOW)
    workspace.set_quiet_hours("ada", begins=NOW - timedelta(hours=1), ends=NOW + timedelta(hours=1))

    assert before is False
    assert addressees.is_disturbed(ada, now=NOW) is True
    assert addressees.is_disturbed(ada, now=NOW + timedelta(hours=1)) is False
    assert addressees.is_disturbed(ada, now=NOW - timedelta(hours=2)) is False


def test_whether_somebody_is_disturbed_may_be_unknown(workspace: Workspace, addressees: SlackAddressees) -> None:
    """Slack does not answer, or knows nobody of that id."""
    workspace.faults.fail("dnd.info")

    assert addressees.is_disturbed(SlackUserId(workspace.person("ada").id), now=NOW) is None
    assert addressees.is_disturbed(SlackUserId("U0NOBODY"), now=NOW) is None


class _Odd(WebClient):
    """Slack with a zone that this machine does not know."""

    def users_lookupByEmail(self, **_given: str) -> dict[str, dict[str, str]]:  # type: ignore[override]  # noqa: N802 - slack_sdk's name
        """Return somebody far away."""
        return {"user": {"id": "U0ODD", "tz": "Mars/Olympus_Mons"}}


def _not_yet() -> str:
    raise Unavailable("I am just starting.")
