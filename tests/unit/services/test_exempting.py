"""Exemptions: of what, for how long, by whom, and how they end."""

from datetime import UTC, date, datetime

import pytest

from bot.domain.operation import Mode
from bot.domain.policy import DAY, FindingKind
from bot.errors import Ambiguous, NotFound, Refused, UsageError
from tests.unit.services.reminder_house import ADA, BOB, HOUR, MONDAY, NAMESPACE
from tests.unit.services.review_house import GRACE, TIM, ReviewHouse, administrator

ROB = administrator("rob", "ai4eosc")
JULY = date(2026, 7, 8)


@pytest.fixture
def house() -> ReviewHouse:
    """Give a house in which Ada's deployment rests, and she would be told."""
    found = ReviewHouse()
    found.idle("plankton")
    return found


def test_what_is_exempt_is_not_told_until_the_end_of_its_last_day(house: ReviewHouse) -> None:
    """By the platform's clock, and with all that must be known of it."""
    exemption = house.reviewing.exempt(GRACE, deployment="Plankton", until=date(2026, 6, 10), reason=" long paper ")
    house.pass_time(2 * DAY)
    quiet = house.inbox()
    house.pass_time(DAY)

    assert (exemption.deployment, exemption.title, exemption.namespaces) == ("plankton", "Plankton", (NAMESPACE,))
    assert (exemption.by, exemption.reason, exemption.since) == ("UGRACE", "long paper", MONDAY)
    assert exemption.until == datetime(2026, 6, 10, 21, 59, 59, tzinfo=UTC)
    assert quiet == []
    assert [at for at, _ in house.told()] == ["Thu 11 09:30"]
    assert house.actions[0] == ("UGRACE", "exempted", "Plankton until 2026-06-10: long paper")


def test_an_exemption_of_one_finding_leaves_the_others(house: ReviewHouse) -> None:
    """Only that kind is not asked about."""
    house.reviewing.exempt(ROB, deployment="plank", until=JULY, reason="demo", kind=FindingKind.LONG_RUNNING)
    house.pass_time(HOUR)

    assert len(house.inbox()) == 1


def test_an_owner_is_exempt_on_the_platforms_of_whoever_says_so(house: ReviewHouse) -> None:
    """An administrator of all exempts them everywhere, on platforms to come as well."""
    house.deploy("owls", BOB)
    partly = house.reviewing.exempt(ROB, owner_email="BOB@example.org", until=JULY, reason="workshop")
    wholly = house.reviewing.exempt(GRACE, owner_email="ada@example.org", until=JULY, reason="workshop")
    house.pass_time(HOUR)

    assert (partly.owner_email, partly.namespaces) == ("bob@example.org", (NAMESPACE,))
    assert (wholly.owner_email, wholly.namespaces) == ("ada@example.org", ())
    assert house.inbox() == []


def test_an_exemption_does_not_reach_other_platforms(house: ReviewHouse) -> None:
    """Of the same owner, what runs elsewhere is asked about."""
    house.reviewing.exempt(ROB, owner_email=ADA.owner.email, until=JULY, reason="workshop")
    house.move_to("plankton", "tutorials")

    assert [len(each.episodes) for each in house.reviewing.review(TIM).planned] == [1]


def test_deployments_of_other_platforms_cannot_be_exempt(house: ReviewHouse) -> None:
    """They are not even found."""
    with pytest.raises(NotFound, match="no deployment “Plankton”"):
        house.reviewing.exempt(TIM, deployment="Plankton", until=JULY, reason="demo")
    with pytest.raises(NotFound, match="has no deployment"):
        house.reviewing.exempt(TIM, owner_email=ADA.owner.email, until=JULY, reason="demo")

    assert house.book.exemptions(now=MONDAY) == ()


@pytest.mark.parametrize(
    ("last", "error", "said"),
    [
        (date(2026, 6, 7), UsageError, "in the past"),
        (date(2026, 9, 7), Refused, "90 days at most"),
    ],
)
def test_an_exemption_begins_now_and_lasts_ninety_days_at_most(
    house: ReviewHouse, last: date, error: type[Exception], said: str
) -> None:
    """The last day that is possible is told."""
    with pytest.raises(error, match=said):
        house.reviewing.exempt(GRACE, deployment="plankton", until=last, reason="demo")

    longest = house.reviewing.exempt(GRACE, deployment="plankton", until=date(2026, 9, 6), reason="demo")
    assert longest.until > MONDAY + 90 * DAY


@pytest.mark.parametrize(("reason", "said"), [("  ", "needs a reason"), ("x" * 501, "longer than 500")])
def test_an_exemption_has_a_reason(house: ReviewHouse, reason: str, said: str) -> None:
    """One that can be read."""
    with pytest.raises(UsageError, match=said):
        house.reviewing.exempt(GRACE, deployment="plankton", until=JULY, reason=reason)


def test_an_exemption_is_of_one_thing(house: ReviewHouse) -> None:
    """A deployment or an owner, not both and not neither."""
    with pytest.raises(UsageError, match="either one deployment or one owner"):
        house.reviewing.exempt(GRACE, until=JULY, reason="demo")
    with pytest.raises(UsageError, match="either one deployment or one owner"):
        house.reviewing.exempt(GRACE, deployment="plankton", owner_email="x@y.z", until=JULY, reason="demo")


def test_a_name_that_fits_several_is_asked_back(house: ReviewHouse) -> None:
    """With the ids to choose from, and whose they are."""
    house.deploy("plankton-two", BOB)

    with pytest.raises(Ambiguous, match="fits 2 deployments") as asked:
        house.reviewing.exempt(GRACE, deployment="plan", until=JULY, reason="demo")

    assert "(ada@example.org)" in asked.value.hint
    assert "(bob@example.org)" in asked.value.hint


def test_a_slip_is_guessed(house: ReviewHouse) -> None:
    """In a name and in an address."""
    with pytest.raises(NotFound) as name:
        house.reviewing.exempt(GRACE, deployment="Plancton", until=JULY, reason="demo")
    with pytest.raises(NotFound) as address:
        house.reviewing.exempt(GRACE, owner_email="adda@example.org", until=JULY, reason="demo")

    assert name.value.hint == "Did you mean “Plankton”?"
    assert address.value.hint == "Did you mean ada@example.org?"


def test_an_exemption_can_be_ended(house: ReviewHouse) -> None:
    """By its title or the beginning of its id, also when the deployment is gone; it is asked about again."""
    house.reviewing.exempt(GRACE, deployment="plankton", until=JULY, reason="demo")
    house.pass_time(HOUR)
    quiet = house.inbox()

    ended = house.reviewing.end_exemption(ROB, deployment="plank")
    house.pass_time(HOUR)

    assert quiet == []
    assert [each.until for each in ended] == [MONDAY + HOUR]
    assert len(house.inbox()) == 1
    assert ("UROB", "exemption ended", "Plankton") in house.actions


def test_one_of_several_exemptions_can_be_ended(house: ReviewHouse) -> None:
    """The one of that kind; without a kind all of them."""
    for kind in (FindingKind.GPU_IDLE, FindingKind.LONG_RUNNING):
        house.reviewing.exempt(GRACE, deployment="plankton", until=JULY, reason="demo", kind=kind)

    house.reviewing.end_exemption(GRACE, deployment="Plankton", kind=FindingKind.GPU_IDLE)
    left = [each.kind for each in house.book.exemptions(now=MONDAY)]
    house.reviewing.end_exemption(GRACE, deployment="Plankton")

    assert left == [FindingKind.LONG_RUNNING]
    assert house.book.exemptions(now=MONDAY) == ()


def test_what_is_not_exempt_cannot_be_ended(house: ReviewHouse) -> None:
    """Nor what an administrator of other platforms has exempted, which is not even seen."""
    house.reviewing.exempt(ROB, deployment="plankton", until=JULY, reason="demo")

    with pytest.raises(NotFound, match="no exemption"):
        house.reviewing.end_exemption(GRACE, deployment="owls")
    with pytest.raises(NotFound, match="no exemption"):
        house.reviewing.end_exemption(TIM, deployment="plankton")


def test_an_exemption_for_more_platforms_than_ones_own_stays(house: ReviewHouse) -> None:
    """It is seen, but neither ended nor replaced."""
    house.reviewing.exempt(GRACE, owner_email=ADA.owner.email, until=JULY, reason="workshop")

    with pytest.raises(Refused, match="do not administer"):
        house.reviewing.end_exemption(ROB, owner_email=ADA.owner.email)
    with pytest.raises(Refused, match="do not administer"):
        house.reviewing.exempt(ROB, owner_email=ADA.owner.email, until=JULY, reason="mine")

    assert [each.reason for each in house.reviewing.review(TIM).exemptions] == ["workshop"]


def test_an_exemption_settles_what_was_told(house: ReviewHouse) -> None:
    """The message says so, and its buttons are gone."""
    house.set_mode(Mode(is_live=True))
    house.pass_time(HOUR)
    house.reviewing.exempt(GRACE, deployment="plankton", until=JULY, reason="demo")
    house.pass_time(HOUR)

    assert not house.inbox()[0].has_buttons
