"""A letter stays true: what was settled says so by itself, its buttons gone, and nobody gets another ping for it."""

import pytest

from bot.domain.base import DeploymentId
from bot.domain.findings import Verdict
from bot.domain.letters import Settling
from bot.domain.operation import Mode
from bot.domain.policy import DAY, FindingKind
from bot.domain.records import AuditEntry
from bot.domain.reminders import Exemption
from tests.unit.services.reminder_house import ADA, BOB, HOUR, MINUTE, ReminderHouse

PLANKTON, BIRDS = DeploymentId("plankton"), DeploymentId("birds")


@pytest.fixture
def house() -> ReminderHouse:
    """Give a house in which Ada was told on Monday and on Tuesday that the GPUs of two deployments rest."""
    house = ReminderHouse()
    house.idle("plankton")
    house.idle("birds")
    house.work()
    house.pass_time(DAY)
    return house


def settled(house: ReminderHouse) -> list[dict[str, Settling | None]]:
    """Return for each of Ada's letters how its findings were settled."""
    return [
        {line.episode.title: line.settled.how if line.settled else None for line in message.letter.lines}
        for message in house.inbox()
    ]


def test_use_settles_every_letter_about_it(house: ReminderHouse) -> None:
    """Both letters say so, what else they ask stays a question, and there is no third letter."""
    house.find(PLANKTON, verdict=Verdict.NO)

    house.pass_time(HOUR)

    assert settled(house) == [{"Plankton": Settling.RESUMED, "Birds": None}] * 2
    assert [message.has_buttons for message in house.inbox()] == [True, True]


def test_a_letter_that_would_say_the_same_is_not_edited(house: ReminderHouse) -> None:
    """Kept once more until the same day: each of the two letters is edited once."""
    for key in ("first", "second"):
        house.answering.keep(ADA, house.ref(PLANKTON), days=3, reason="", key=key)
        house.pass_time(MINUTE)

    assert [len(message.said) for message in house.inbox()] == [2, 2]


def test_a_letter_whose_findings_have_all_come_to_rest_has_no_button(house: ReminderHouse) -> None:
    """And it is not looked at any more."""
    house.find(PLANKTON, verdict=Verdict.NO)
    house.find(BIRDS, verdict=Verdict.NO)

    house.pass_time(HOUR)

    assert [message.has_buttons for message in house.inbox()] == [False, False]
    assert house.book.standing_notices() == ()


@pytest.mark.parametrize(
    ("kind", "happening", "expected"),
    [
        (FindingKind.FAILED, "it recovers", Settling.CLEARED),
        (FindingKind.GPU_IDLE, "it is started anew", Settling.RESTARTED),
        (FindingKind.GPU_IDLE, "it vanishes", Settling.GONE),
    ],
)
def test_a_letter_says_what_has_ended_a_finding(kind: FindingKind, happening: str, expected: Settling) -> None:
    """It does not hold any more, it was started anew, or it is gone."""
    house = ReminderHouse()
    house.idle("plankton", kind=kind)
    house.work()
    let_happen(house, happening)

    house.pass_time(HOUR)

    assert settled(house) == [{"Plankton": expected}]


def test_an_exemption_settles_a_letter(house: ReminderHouse) -> None:
    """Whatever administrators have taken out needs no answer."""
    exemption = Exemption(
        owner_email=ADA.owner.email, by="UADMIN", reason="project", since=house.now, until=house.now + 30 * DAY
    )
    house.book.exempt(exemption, noting=AuditEntry(at=house.now, actor="UADMIN", action="exempt"))

    house.work()

    assert settled(house) == [{"Plankton": Settling.EXEMPT, "Birds": Settling.EXEMPT}] * 2


def test_a_kept_finding_that_ends_by_itself_says_so(house: ReminderHouse) -> None:
    """First kept, then used again: the last word is what happened."""
    house.answering.keep(ADA, house.ref(PLANKTON), days=7, reason="", key="k1")
    house.find(PLANKTON, verdict=Verdict.NO)

    house.pass_time(HOUR)

    assert settled(house) == [{"Plankton": Settling.RESUMED, "Birds": None}] * 2


def test_nothing_is_written_while_nothing_changes(house: ReminderHouse) -> None:
    """Rounds by the hundred edit nothing."""
    before = house.messenger.edits

    house.pass_time(10 * HOUR, step=5 * MINUTE)

    assert house.messenger.edits == before


def test_edits_go_on_while_owners_are_told_nothing(house: ReminderHouse) -> None:
    """A pause is no reason for a letter to be wrong."""
    house.set_mode(Mode(is_live=True, is_paused=True))
    house.find(PLANKTON, verdict=Verdict.NO)

    house.pass_time(HOUR)

    assert settled(house) == [{"Plankton": Settling.RESUMED, "Birds": None}] * 2


def test_edits_that_fail_are_tried_again_ever_more_seldom(house: ReminderHouse) -> None:
    """After an outage of a day the letters say what is true, and Slack was not asked every minute."""
    house.messenger.refuses_edits = True
    house.find(PLANKTON, verdict=Verdict.NO)
    house.pass_time(DAY - HOUR, step=MINUTE)
    tried = {notice.attempts for notice in house.book.standing_notices()}
    house.messenger.refuses_edits = False

    house.pass_time(HOUR, step=MINUTE)

    assert settled(house)[:2] == [{"Plankton": Settling.RESUMED, "Birds": None}] * 2
    assert max(tried) < 40


def test_a_letter_that_cannot_be_edited_does_not_hold_up_others(house: ReminderHouse) -> None:
    """Bob's letter is brought up to date though Slack refuses Ada's."""
    house.idle("fishes", BOB)
    house.pass_time(DAY)
    house.messenger.refuses_edits_of.add(ADA.slack_user)
    for name in ("plankton", "fishes"):
        house.find(DeploymentId(name), verdict=Verdict.NO)

    house.pass_time(HOUR)

    assert [message.has_buttons for message in house.inbox(BOB)] == [False]


def test_a_letter_that_its_reader_deleted_is_let_go(house: ReminderHouse) -> None:
    """No other one is posted in its place."""
    house.messenger.delete(ADA.slack_user)
    house.find(PLANKTON, verdict=Verdict.NO)

    house.pass_time(HOUR)

    assert (house.inbox(), house.book.standing_notices()) == ([], ())


def test_an_edited_letter_keeps_its_picture_and_its_first_words(house: ReminderHouse) -> None:
    """Only what was settled changes."""
    first = house.inbox()[0].said[0]
    house.find(PLANKTON, verdict=Verdict.NO)

    house.pass_time(HOUR)

    letter = house.inbox()[0].letter
    assert (letter.is_first, letter.file) == (True, "F1")
    assert [line.episode for line in letter.lines] == [line.episode for line in first.lines]


def let_happen(house: ReminderHouse, happening: str) -> None:
    """Let something end a finding."""
    if happening == "it vanishes":
        house.cluster.forget(PLANKTON)
    elif happening == "it recovers":
        house.find(PLANKTON, FindingKind.FAILED, verdict=Verdict.NO)
    else:
        house.now += MINUTE
        house.find(PLANKTON, verdict=Verdict.UNKNOWN)
        house.cluster.start(PLANKTON)
