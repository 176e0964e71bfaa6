"""GPU-hours are counted at the checks, to the people who hold them, and never for a time that nobody saw."""

from datetime import UTC, date, datetime, timedelta

from bot.domain.deployment import Phase
from bot.domain.held_hours import HeldDay, count, day_of, days_in, total
from bot.domain.people import Owner
from bot.domain.policy import DAY
from tests.unit.domain.watched import NOW, watched

MINUTE = timedelta(minutes=1)
TODAY = HeldDay(day=day_of(NOW))
ONE = watched(age=DAY, gpus=1)
TWO = watched(age=DAY, gpus=2, owner=Owner(email="Bob@Example.org"))


def test_the_time_since_the_check_before_is_held() -> None:
    """Twelve checks of five minutes are an hour of each GPU."""
    day = TODAY
    for number in range(13):
        day = count(day, [ONE, TWO], before=None, now=NOW + number * 5 * MINUTE)

    assert {email: round(hours, 6) for email, hours in day.hours.items()} == {
        "ada@example.org": 1.0,
        "bob@example.org": 2.0,
    }


def test_the_first_check_of_all_counts_nothing() -> None:
    """Nobody has seen what was before it."""
    assert count(TODAY, [ONE], before=None, now=NOW).hours == {"ada@example.org": 0.0}


def test_a_day_goes_on_where_the_one_before_ended() -> None:
    """The five minutes across midnight are not lost."""
    found = count(TODAY, [ONE], before=NOW - 5 * MINUTE, now=NOW)

    assert round(found.hours["ada@example.org"] * 60) == 5


def test_an_outage_is_held_against_nobody() -> None:
    """After hours without a check only a little of them counts."""
    found = count(TODAY, [ONE], before=NOW - timedelta(hours=9), now=NOW)

    assert round(found.hours["ada@example.org"] * 60) == 10


def test_counting_twice_counts_once() -> None:
    """Two processes, or one that began anew, come to the same sum; so does a clock that was set back."""
    first = count(TODAY, [ONE], before=NOW - 5 * MINUTE, now=NOW)
    again = count(first, [ONE], before=NOW - 5 * MINUTE, now=NOW)
    back = count(again, [ONE], before=NOW - 5 * MINUTE, now=NOW - 3 * MINUTE)

    assert first == again == back


def test_what_has_just_begun_has_not_been_held_before() -> None:
    """Two minutes of the five."""
    young = watched(age=2 * MINUTE, gpus=1)

    assert round(count(TODAY, [young], before=NOW - 5 * MINUTE, now=NOW).hours["ada@example.org"] * 60) == 2


def test_platform_faults_and_waiting_count_for_nobody() -> None:
    """A machine out of reach, a queue, a failure and a CPU hold no GPU that somebody could use."""
    others = [watched(age=DAY, phase=phase) for phase in (Phase.UNREACHABLE, Phase.QUEUED, Phase.FAILED)]
    nobody = watched(age=DAY, owner=Owner(email=""))

    found = count(TODAY, [*others, watched(age=DAY, gpus=0), nobody], before=NOW - 5 * MINUTE, now=NOW)

    assert found.hours == {}


def test_days_are_added_by_person() -> None:
    """Whoever held nothing on a day has nothing of it."""
    days = [
        HeldDay(day=date(2026, 6, 1), hours={"ada@example.org": 24.0}),
        HeldDay(day=date(2026, 6, 2), hours={"ada@example.org": 12.0, "bob@example.org": 6.0}),
    ]

    assert [(each.owner.email, each.hours) for each in total(days)] == [
        ("ada@example.org", 36.0),
        ("bob@example.org", 6.0),
    ]


def test_a_window_is_whole_days_with_today() -> None:
    """Four weeks are twenty-eight rows, across the end of a month and of a year."""
    found = days_in(28 * DAY, now=datetime(2027, 1, 3, 12, tzinfo=UTC))

    assert (len(found), found[0], found[-1]) == (28, date(2027, 1, 3), date(2026, 12, 7))
