"""When administrators are told what."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.operation import Breaker, JobName, Obstacle, Outcome, Run
from bot.domain.reporting import end_of_day, find_alarms, find_overdue, plan_day, week_of, weekly_due

MADRID = ZoneInfo("Europe/Madrid")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")
MONDAY = datetime(2026, 6, 8, 7, 30, tzinfo=UTC)  # half past nine in Madrid
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def never(_: date) -> bool:
    """Know of no holiday."""
    return False


def run(job: JobName, at: datetime, *, outcome: Outcome = Outcome.DONE, detail: str = "") -> Run:
    """Return a run that ended at once."""
    return Run(job=job, due_at=at, started_at=at, ended_at=at, outcome=outcome, detail=detail)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (MONDAY - HOUR, MONDAY),
        (MONDAY + 3 * DAY, MONDAY),
        (MONDAY + 6 * DAY, MONDAY),
        (datetime(2026, 3, 30, 12, tzinfo=UTC), datetime(2026, 3, 30, 7, 30, tzinfo=UTC)),
        (datetime(2026, 3, 27, 12, tzinfo=UTC), datetime(2026, 3, 23, 8, 30, tzinfo=UTC)),
        (datetime(2027, 1, 1, 12, tzinfo=UTC), datetime(2026, 12, 28, 8, 30, tzinfo=UTC)),
    ],
)
def test_the_digest_is_due_on_monday_at_half_past_nine(now: datetime, due: datetime) -> None:
    """By the platform's clock, in summer and in winter, and through the end of a year."""
    assert weekly_due(now, MADRID, never) == due


def test_after_a_holiday_the_digest_is_due_on_the_next_working_day() -> None:
    """A week of holidays has its digest on Monday all the same: later it would be another week's."""
    monday = MONDAY.astimezone(MADRID).date()

    assert weekly_due(MONDAY, MADRID, lambda day: day == monday) == MONDAY + DAY
    assert weekly_due(MONDAY, MADRID, lambda day: day < monday + 7 * DAY) == MONDAY


def test_weeks_are_those_of_the_platforms_calendar() -> None:
    """Not of UTC's, and by the ISO year."""
    sunday_evening = datetime(2026, 6, 7, 11, tzinfo=UTC)

    assert week_of(sunday_evening, MADRID) == "2026-W23"
    assert week_of(sunday_evening, KIRITIMATI) == "2026-W24"
    assert week_of(datetime(2027, 1, 2, tzinfo=UTC), MADRID) == "2026-W53"


def test_the_plan_is_due_in_office_hours_alone() -> None:
    """Each working day from half past nine to five."""
    saturday = MONDAY + 5 * DAY

    assert plan_day(MONDAY, MADRID, never) == date(2026, 6, 8)
    assert plan_day(MONDAY - MINUTE, MADRID, never) is None
    assert plan_day(MONDAY + 8 * HOUR, MADRID, never) is None
    assert plan_day(saturday, MADRID, never) is None
    assert plan_day(MONDAY, MADRID, lambda _: True) is None


def test_a_job_is_overdue_when_it_has_not_succeeded_for_long() -> None:
    """Failures do not count, and the last of them is told."""
    done = {str(job): run(job, MONDAY) for job in JobName}
    last = {
        **done,
        str(JobName.MEASURE): run(JobName.MEASURE, MONDAY + HOUR, outcome=Outcome.FAILED, detail="no leader"),
    }

    (measure,) = find_overdue(done, last, awake_since=MONDAY - DAY, now=MONDAY + 16 * MINUTE)

    assert (measure.job, measure.since, measure.detail) == (JobName.MEASURE, MONDAY, "no leader")


def test_a_bot_that_has_just_started_is_given_time() -> None:
    """Its jobs could not run while it was away; one that never runs after that is overdue as well."""
    done = {str(JobName.CHECK): run(JobName.CHECK, MONDAY - DAY)}

    fresh = find_overdue(done, done, awake_since=MONDAY, now=MONDAY + 15 * MINUTE)
    later = find_overdue(done, done, awake_since=MONDAY, now=MONDAY + 31 * MINUTE)

    assert fresh == ()
    assert [(each.job, each.since) for each in later] == [
        (JobName.MEASURE, None),
        (JobName.CHECK, MONDAY - DAY),
        (JobName.REMIND, None),
    ]


@pytest.mark.parametrize(
    ("obstacle", "silent", "loud"),
    [
        (Obstacle.WAVE, None, timedelta(0)),
        (Obstacle.BLIND, 14 * MINUTE, 15 * MINUTE),
        (Obstacle.UPGRADE, HOUR, 2 * HOUR),
        (Obstacle.POLICY, HOUR, 2 * HOUR),
    ],
)
def test_what_ends_by_itself_calls_nobody_at_once(
    obstacle: Obstacle, silent: timedelta | None, loud: timedelta
) -> None:
    """A wave does: it waits for an administrator."""
    breaker = Breaker(obstacle=obstacle, since=MONDAY)
    early = find_alarms([breaker] if silent else [], [], now=MONDAY + (silent or timedelta(0)))

    assert early == ()
    assert [each.breaker for each in find_alarms([breaker], [], now=MONDAY + loud)] == [breaker]


def test_what_was_released_calls_nobody() -> None:
    """An administrator has looked already."""
    released = Breaker(obstacle=Obstacle.WAVE, since=MONDAY, released_by="UGRACE")

    assert find_alarms([released], [], now=MONDAY + DAY) == ()


def test_an_alarm_has_the_same_key_for_as_long_as_it_lasts() -> None:
    """The next time it has another."""
    first = Breaker(obstacle=Obstacle.WAVE, since=MONDAY)
    again = first.model_copy(update={"since": MONDAY + DAY})

    keys = [find_alarms([each], [], now=MONDAY + 2 * DAY)[0].key for each in (first, first, again)]

    assert keys[0] == keys[1] != keys[2]


def test_a_day_ends_where_it_is_counted() -> None:
    """At its last second there, however long it was."""
    assert end_of_day(date(2026, 3, 29), MADRID) == datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)
    assert end_of_day(date(2026, 6, 8), KIRITIMATI) == datetime(2026, 6, 8, 9, 59, 59, tzinfo=UTC)
