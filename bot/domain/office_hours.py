"""When people may be written to: their own working days, their own clock, through changes of summer time."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.domain.base import Frozen

IsHoliday = Callable[[date], bool]
_LONGEST = 60
"""After so many days without a working day something is wrong with the calendar, and any day will do."""


class OfficeHours(Frozen):
    """From when until when on which weekdays, Monday being 0, by the clock of whoever is written to."""

    opens: time = time(9, 30)
    closes: time = time(17, 0)
    weekdays: frozenset[int] = frozenset(range(5))


def is_open(moment: datetime, hours: OfficeHours, *, zone: tzinfo, is_holiday: IsHoliday) -> bool:
    """Tell whether a moment lies in the office hours of the zone."""
    day = moment.astimezone(zone).date()
    opens, closes = _span(day, hours, zone)
    return _is_working_day(day, hours, is_holiday) and opens <= moment < closes


def next_opening(moment: datetime, hours: OfficeHours, *, zone: tzinfo, is_holiday: IsHoliday) -> datetime:
    """Return the moment itself if it lies in office hours, or else when the office opens next, in UTC."""
    day = moment.astimezone(zone).date()
    for number in range(_LONGEST):
        opens, closes = _span(day + timedelta(days=number), hours, zone)
        if _is_working_day(day + timedelta(days=number), hours, is_holiday) and moment < closes:
            return max(moment.astimezone(UTC), opens)
    return _span(day + timedelta(days=1), hours, zone)[0]


def closing(moment: datetime, hours: OfficeHours, *, zone: tzinfo) -> datetime:
    """Return when the office hours of a moment's local day end, whether or not anybody works then, in UTC."""
    return _span(moment.astimezone(zone).date(), hours, zone)[1]


def day_after(moment: datetime, zone: tzinfo) -> datetime:
    """Return when the local day after a moment's begins, in UTC."""
    return datetime.combine(moment.astimezone(zone).date() + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)


def after_working_days(
    moment: datetime, days: int, hours: OfficeHours, *, zone: tzinfo, is_holiday: IsHoliday
) -> datetime:
    """Return when the office opens after so many whole working days that begin after the moment's own, in UTC."""
    for _ in range(days + 1):
        moment = next_opening(day_after(moment, zone), hours, zone=zone, is_holiday=is_holiday)
    return moment


def working_time(
    start: datetime, end: datetime, hours: OfficeHours, *, zone: tzinfo, is_holiday: IsHoliday
) -> timedelta:
    """Return how much of the time between two moments lies in office hours."""
    spans = (_span(day, hours, zone) for day in _days(start, end, zone) if _is_working_day(day, hours, is_holiday))
    shares = (min(end, closes) - max(start, opens) for opens, closes in spans)
    return sum((share for share in shares if share > timedelta(0)), timedelta(0))


def _days(start: datetime, end: datetime, zone: tzinfo) -> Iterator[date]:
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _is_working_day(day: date, hours: OfficeHours, is_holiday: IsHoliday) -> bool:
    return day.weekday() in hours.weekdays and not is_holiday(day)


def _span(day: date, hours: OfficeHours, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return when a day's office hours begin and end, in UTC: local clocks may jump in between."""
    return (
        datetime.combine(day, hours.opens, tzinfo=zone).astimezone(UTC),
        datetime.combine(day, hours.closes, tzinfo=zone).astimezone(UTC),
    )
