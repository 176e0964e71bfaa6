"""Slack fails in every way, clocks jump, and people live anywhere: at most one letter a day, none lost, none twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.addressees import Reach
from bot.domain.notices import Notice, NoticeState
from bot.domain.office_hours import OfficeHours, is_open
from bot.domain.policy import DAY
from bot.domain.zones import zone_of
from tests.unit.services.reminder_house import ADA, BOB, HOUR, MINUTE, MONDAY, ReminderHouse, person


@pytest.fixture
def house() -> ReminderHouse:
    """Give a house in which Ada is to be told that her GPU rests."""
    house = ReminderHouse()
    house.idle("plankton")
    return house


def notice(house: ReminderHouse) -> Notice:
    """Return Ada's notice of Monday."""
    found = house.book.notice_of(ADA.owner.email, MONDAY.date())
    assert found is not None
    return found


def test_an_answer_that_was_lost_is_found_in_the_conversation(house: ReminderHouse) -> None:
    """The letter is there though nobody heard: it is adopted, not sent again."""
    house.messenger.loses_answer = True
    house.work()
    doubtful = notice(house).state

    house.pass_time(HOUR)

    assert (doubtful, notice(house).state, len(house.inbox())) == (NoticeState.SENDING, NoticeState.SENT, 1)
    assert (notice(house).channel, notice(house).timestamp) == ("DUADA", "1")


def test_a_letter_that_surely_did_not_arrive_is_sent(house: ReminderHouse) -> None:
    """Nobody heard, and the conversation does not have it."""
    house.messenger.loses_post = True
    house.work()
    before = house.inbox()

    house.pass_time(HOUR)

    assert (before, notice(house).state, len(house.inbox())) == ([], NoticeState.SENT, 1)


@pytest.mark.parametrize("arrived", [True, False])
def test_what_cannot_be_told_is_never_sent_again(house: ReminderHouse, *, arrived: bool) -> None:
    """The conversation cannot be read all day: it counts as told, and the next step comes when it is due."""
    house.messenger.hides_history = True
    house.messenger.loses_answer, house.messenger.loses_post = arrived, not arrived
    house.work()

    house.pass_time(2 * DAY)

    first = notice(house)
    assert (first.state, first.timestamp, first.is_closed) == (NoticeState.SENT, "", True)
    steps = [[step for _, step in titles] for _, titles in house.told()]
    assert steps == ([[1], [2]] if arrived else [[2]])


def test_an_outage_delays_and_loses_nothing(house: ReminderHouse) -> None:
    """Slack is away until noon."""
    house.messenger.is_down = True
    house.pass_time(2 * HOUR, step=MINUTE)
    during = house.inbox()
    house.messenger.is_down = False

    house.pass_time(HOUR, step=MINUTE)

    assert (during, [at for at, _ in house.told()]) == ([], ["Mon 08 11:38"])


def test_an_outage_until_the_evening_is_made_up_for_the_next_day(house: ReminderHouse) -> None:
    """As one letter, with what has come up meanwhile."""
    house.messenger.is_down = True
    house.pass_time(10 * HOUR)
    house.idle("birds")
    house.messenger.is_down = False

    house.pass_time(DAY)

    assert notice(house).state is NoticeState.DROPPED
    assert house.told() == [("Tue 09 09:30", [("Plankton", 1), ("Birds", 1)])]


def test_an_ill_letter_holds_up_nobody(house: ReminderHouse) -> None:
    """Slack does not take Ada's, whatever the reason: Bob's goes out, and hers is tried ever more seldom."""
    house.idle("birds", BOB)
    house.messenger.chokes_on.add(ADA.slack_user)

    house.pass_time(5 * HOUR, step=MINUTE)

    assert (len(house.inbox(BOB)), house.inbox(ADA), house.messenger.attempts < 30) == (1, [], True)


def test_a_rate_limit_stops_the_round_and_the_next_one_goes_on(house: ReminderHouse) -> None:
    """Bob is told a minute or two later, and nobody is told twice."""
    house.idle("birds", BOB)
    house.messenger.answers_left = 1
    house.work()
    after_one = len(house.messenger.messages())
    house.messenger.answers_left = None

    house.pass_time(10 * MINUTE, step=MINUTE)

    assert (after_one, len(house.inbox(ADA)), len(house.inbox(BOB))) == (1, 1, 1)


def test_whoever_slack_refuses_for_good_is_a_matter_for_administrators(house: ReminderHouse) -> None:
    """One try a day, nobody else is held up, and the reason is there to be read until a letter arrives."""
    house.idle("birds", BOB)
    house.messenger.refuses.add(ADA.slack_user)
    house.pass_time(6 * HOUR, step=MINUTE)
    state, why = notice(house).state, house.reminding.why_undeliverable(ADA.owner.email)
    tries = house.messenger.attempts
    house.messenger.refuses.clear()

    house.pass_time(DAY)

    assert (state, tries, len(house.inbox(BOB))) == (NoticeState.DEAD, 2, 2)
    assert why == "2026-06-08T07:31:00+00:00 Slack refuses messages to this person."
    assert (len(house.inbox(ADA)), house.reminding.why_undeliverable(ADA.owner.email)) == (1, "")


def test_a_workspace_that_does_not_say_who_somebody_is_delays(house: ReminderHouse) -> None:
    """Unknown is not nobody: it waits, and administrators are shown that it is unknown."""
    house.addressees.is_down = True
    house.pass_time(HOUR)
    reaches = [each.reach for each in house.reminding.planned()]
    house.addressees.is_down = False

    house.pass_time(HOUR)

    assert (reaches, [at for at, _ in house.told()]) == ([Reach.UNKNOWN], ["Mon 08 11:00"])


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        ("Pacific/Kiritimati", "2026-06-08 00:00", ["Mon 08 14:30", "Tue 09 14:30", "Fri 12 14:30"]),
        ("Pacific/Pago_Pago", "2026-06-08 00:00", ["Mon 08 09:30", "Tue 09 09:30", "Fri 12 09:30"]),
        ("Asia/Kathmandu", "2026-06-08 00:00", ["Mon 08 09:45", "Tue 09 09:45", "Fri 12 09:45"]),
        ("Europe/Madrid", "2026-03-27 00:00", ["Fri 27 09:30", "Mon 30 09:30", "Thu 02 09:30"]),
        ("Europe/Madrid", "2026-10-23 00:00", ["Fri 23 09:30", "Mon 26 09:30", "Thu 29 09:30"]),
        ("America/Los_Angeles", "2028-02-28 00:00", ["Mon 28 09:30", "Tue 29 09:30", "Fri 03 09:30"]),
        ("Europe/Madrid", "2026-12-31 00:00", ["Thu 31 09:30", "Fri 01 09:30", "Mon 04 09:30"]),
    ],
)
def test_days_and_hours_are_those_of_the_reader(zone: str, start: str, expected: list[str]) -> None:
    """East and west of the date line, over both changes of summer time, a leap day and the end of a year."""
    house = ReminderHouse(now=datetime.fromisoformat(start).replace(tzinfo=UTC))
    house.addressees.add(ADA.owner.email, ADA.slack_user, time_zone=zone)
    house.idle("plankton")

    house.pass_time(7 * DAY + 12 * HOUR)

    assert [at for at, _ in house.told()] == expected


def test_a_reader_who_crosses_the_date_line_hears_once_that_day(house: ReminderHouse) -> None:
    """The same date comes twice for them, and one letter with it."""
    eve = person("eve", time_zone="Pacific/Kiritimati")
    house.addressees.add(eve.owner.email, eve.slack_user, time_zone=eve.time_zone)
    house.now = datetime(2026, 6, 8, 20, 0, tzinfo=UTC)  # Tuesday, ten o'clock in the east
    house.idle("birds", eve)
    house.reminding.round()
    house.addressees.add(eve.owner.email, eve.slack_user, time_zone="Pacific/Pago_Pago")
    for _ in range(48):
        house.now += 30 * MINUTE
        house.check.round(eve)
        house.reminding.round()

    assert len(house.inbox(eve)) == 1


@settings(max_examples=40)
@given(
    jumps=st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from([-3 * DAY, -HOUR, -MINUTE, MINUTE, HOUR, 3 * DAY])), max_size=4
    ),
    zone=st.sampled_from(["Europe/Madrid", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Los_Angeles"]),
    faults=st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(["answer", "post", "down", "up", "restart"])), max_size=4
    ),
)
def test_whatever_clocks_and_slack_do_nobody_hears_twice_a_day(
    jumps: list[tuple[int, timedelta]], zone: str, faults: list[tuple[int, str]]
) -> None:
    """By the reader's calendar at most one letter a date, each step once, and only in office hours."""
    house = ReminderHouse(now=datetime(2026, 6, 11, 0, 0, tzinfo=UTC))
    house.addressees.add(ADA.owner.email, ADA.slack_user, time_zone=zone)
    house.idle("plankton")
    for number in range(41):
        house.now += sum((jump for at, jump in jumps if at == number), timedelta(0))
        for fault in (fault for at, fault in faults if at == number):
            _let_fail(house, fault)
        house.pass_time(2 * HOUR)
    house.messenger.is_down = False
    back = sum((-jump for _, jump in jumps if jump < timedelta(0)), timedelta(0))
    house.pass_time(8 * DAY + back, step=HOUR)  # what happened at a time is believed until it has come again

    local, said = zone_of(zone), [message.said[0].lines[0].step for message in house.inbox()]
    days = [message.posted_at.astimezone(local).date() for message in house.inbox()]
    at_work = [
        is_open(message.posted_at, OfficeHours(), zone=local, is_holiday=lambda _day: False)
        for message in house.inbox()
    ]
    assert (sorted(set(days)), said) == (sorted(days), sorted(set(said)))
    assert all(at_work)
    assert len(said) >= 1


def _let_fail(house: ReminderHouse, fault: str) -> None:
    if fault == "restart":
        house.restart(f"process {house.messenger.attempts}")
    house.messenger.loses_answer |= fault == "answer"
    house.messenger.loses_post |= fault == "post"
    house.messenger.is_down = {"down": True, "up": False}.get(fault, house.messenger.is_down)
