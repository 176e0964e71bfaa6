"""People are written to on their own working days, by their own clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.office_hours import OfficeHours, is_open, next_opening, working_time

HOURS = OfficeHours()
MADRID = ZoneInfo("Europe/Madrid")
MINUTE = timedelta(minutes=1)
MOMENTS = st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE)
ZONES = ("Europe/Madrid", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati", "UTC", "Australia/Lord_Howe")


def never(_day: date) -> bool:
    """Know no holidays."""
    return False


def new_year(day: date) -> bool:
    """Know one holiday."""
    return (day.month, day.day) == (1, 1)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-06-08 09:29", "2026-06-08 09:30"),
        ("2026-06-08 09:30", "2026-06-08 09:30"),
        ("2026-06-08 16:59", "2026-06-08 16:59"),
        ("2026-06-08 17:00", "2026-06-09 09:30"),
        ("2026-06-12 17:00", "2026-06-15 09:30"),
        ("2026-06-13 12:00", "2026-06-15 09:30"),
        ("2026-12-31 18:00", "2027-01-04 09:30"),
        ("2028-02-28 18:00", "2028-02-29 09:30"),
        ("2026-03-27 18:00", "2026-03-30 09:30"),
        ("2026-10-23 18:00", "2026-10-26 09:30"),
    ],
)
def test_the_next_opening_is_by_the_local_clock(moment: str, opening: str) -> None:
    """Over nights, weekends, a holiday, a leap day, and both changes of summer time."""
    now = datetime.fromisoformat(moment).replace(tzinfo=MADRID)

    found = next_opening(now, HOURS, zone=MADRID, is_holiday=new_year)

    assert found.astimezone(MADRID) == datetime.fromisoformat(opening).replace(tzinfo=MADRID)


@given(
    moment=MOMENTS,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_the_next_opening_is_open_and_never_in_the_past(moment: datetime, zone: ZoneInfo) -> None:
    """Wherever somebody lives: nobody is written to at night, and nobody waits longer than over a weekend."""
    opening = next_opening(moment, HOURS, zone=zone, is_holiday=never)

    assert is_open(opening, HOURS, zone=zone, is_holiday=never)
    assert timedelta(0) <= opening - moment < timedelta(days=3)


def test_a_calendar_of_holidays_only_does_not_silence_for_ever() -> None:
    """A mistake in the calendar delays, it does not lose."""
    now = datetime(2026, 6, 8, 12, 0, tzinfo=UTC)

    assert next_opening(now, HOURS, zone=UTC, is_holiday=lambda _day: True) == datetime(2026, 6, 9, 9, 30, tzinfo=UTC)


def test_working_time_is_what_lies_in_office_hours() -> None:
    """From Friday at 16 until Monday at 10:30 there are two working hours."""
    start = datetime(2026, 6, 12, 16, 0, tzinfo=MADRID)
    end = datetime(2026, 6, 15, 10, 30, tzinfo=MADRID)

    assert working_time(start, end, HOURS, zone=MADRID, is_holiday=never) == timedelta(hours=2)


@given(
    start=MOMENTS,
    length=st.timedeltas(timedelta(0), timedelta(days=20)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_working_time_adds_up(start: datetime, length: timedelta, zone: ZoneInfo) -> None:
    """Two halves have the working time of the whole, and no day has more than its office hours."""
    end, middle = start + length, start + length / 2

    def worked(since: datetime, until: datetime) -> timedelta:
        return working_time(since, until, HOURS, zone=zone, is_holiday=never)

    assert worked(start, middle) + worked(middle, end) == worked(start, end)
    assert worked(start, end) <= (length.days + 2) * timedelta(hours=7, minutes=30)
