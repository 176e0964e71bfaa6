"""How many GPU-hours each person held on a day, counted at each check: what nobody saw counts for nobody."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from bot.domain.base import Frozen
from bot.domain.findings import Watched
from bot.domain.gpu_shares import GpuHours
from bot.domain.people import Owner

MOST_BETWEEN = timedelta(minutes=10)
"""Two checks that are further apart know nothing of the time between them but this much before the later one."""
KEPT_DAYS = 64
"""Days are kept for so long; then another one takes the place."""
_HOUR = timedelta(hours=1)


class HeldDay(Frozen):
    """The GPU-hours of one day in UTC by owner's e-mail address in lower case, counted until then; None if not yet."""

    day: date
    until: datetime | None = None
    hours: dict[str, float] = {}


def count(day: HeldDay, watched: Iterable[Watched], *, before: datetime | None, now: datetime) -> HeldDay:
    """Return the day with the time since the check before this one, for every GPU of a deployment that runs.

    Machines out of reach, and what waits or has failed, count for nobody. Counting twice counts once.
    """
    last = max((each for each in (before, day.until) if each is not None), default=None)
    span = timedelta(0) if last is None else min(max(now - last, timedelta(0)), MOST_BETWEEN)
    hours = dict(day.hours)
    for each in watched:
        if each.gpus and each.is_running and each.started_at is not None and each.owner.email:
            held = min(span, max(now - each.started_at, timedelta(0)))
            email = each.owner.email.casefold()
            hours[email] = hours.get(email, 0.0) + each.gpus * (held / _HOUR)
    return HeldDay(day=day.day, until=now if last is None else max(now, last), hours=hours)


def total(days: Iterable[HeldDay]) -> tuple[GpuHours, ...]:
    """Return what each person held on these days together, by e-mail address."""
    hours: dict[str, float] = {}
    for day in days:
        for email, held in day.hours.items():
            hours[email] = hours.get(email, 0.0) + held
    return tuple(GpuHours(owner=Owner(email=email), hours=hours[email]) for email in sorted(hours))


def day_of(moment: datetime) -> date:
    """Return the day in UTC."""
    return moment.astimezone(UTC).date()


def days_in(window: timedelta, *, now: datetime) -> tuple[date, ...]:
    """Return the days of a window until now, today included."""
    return tuple(day_of(now) - timedelta(days=number) for number in range(max(1, window // timedelta(days=1))))
