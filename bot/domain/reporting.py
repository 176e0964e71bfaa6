"""When administrators are told what: the weekly digest, the plan of a dry run, and alarms."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.domain.base import Frozen
from bot.domain.office_hours import IsHoliday, OfficeHours, is_open, next_opening
from bot.domain.operation import Breaker, JobName, Obstacle, Outcome, Run
from bot.domain.review import Overdue

OFFICE = OfficeHours()
SLOWEST = {
    JobName.MEASURE: timedelta(minutes=15),
    JobName.CHECK: timedelta(minutes=30),
    JobName.REMIND: timedelta(minutes=30),
}
"""After so long without a successful run something is wrong with a job."""
ALARM_AFTER = {
    Obstacle.WAVE: timedelta(0),
    Obstacle.BLIND: timedelta(minutes=15),
    Obstacle.UPGRADE: timedelta(hours=2),
    Obstacle.POLICY: timedelta(hours=2),
}
"""How long an obstacle may last before anybody is called; most of them end by themselves with the next check."""

IN_A_WAVE = timedelta(minutes=15)
"""What turned idle so near to a wave's beginning is part of it."""


class Alarm(Frozen):
    """Something that an administrator should look at now; `subject` names what, and `key` this time of it."""

    subject: str
    key: str
    breaker: Breaker | None = None
    overdue: Overdue | None = None


def week_of(now: datetime, zone: tzinfo) -> str:
    """Return the name of the ISO week that it is, such as 2026-W24: the last days of a year may be in the next."""
    year, week, _ = now.astimezone(zone).isocalendar()
    return f"{year}-W{week:02}"


def weekly_due(now: datetime, zone: tzinfo, is_holiday: IsHoliday) -> datetime:
    """Return when the digest of the present week is due: Monday when the office opens, or the next working day.

    In a week of holidays it is Monday all the same, because it would not be that week's digest later.
    """
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    opens = datetime.combine(monday, OFFICE.opens, tzinfo=zone).astimezone(UTC)
    due = next_opening(opens, OFFICE, zone=zone, is_holiday=is_holiday)
    return due if due < _start_of(monday + timedelta(days=7), zone) else opens


def plan_day(now: datetime, zone: tzinfo, is_holiday: IsHoliday) -> date | None:
    """Return the working day for which the plan of a dry run is due by now, or None outside office hours."""
    return now.astimezone(zone).date() if is_open(now, OFFICE, zone=zone, is_holiday=is_holiday) else None


def find_overdue(
    done: Mapping[str, Run], last: Mapping[str, Run], *, awake_since: datetime, now: datetime
) -> tuple[Overdue, ...]:
    """Return the jobs that have not done their work for too long, though the bot was awake all that time."""
    found = []
    for job, longest in SLOWEST.items():
        run, latest = done.get(job), last.get(job)
        since = (run.ended_at or run.started_at) if run else None
        if now - max(since or awake_since, awake_since) > longest:
            failed = latest is not None and latest.outcome is Outcome.FAILED
            found.append(Overdue(job=job, since=since, detail=latest.detail if latest and failed else ""))
    return tuple(found)


def find_alarms(breakers: Iterable[Breaker], overdue: Iterable[Overdue], *, now: datetime) -> tuple[Alarm, ...]:
    """Return what to call an administrator for: the same key for as long as one obstacle or one standstill lasts."""
    held = [
        Alarm(
            subject=breaker.obstacle.name.lower(),
            key=f"alarm/{breaker.obstacle.name.lower()}/{breaker.since.isoformat()}",
            breaker=breaker,
        )
        for breaker in breakers
        if not breaker.released_by and now - breaker.since >= ALARM_AFTER[breaker.obstacle]
    ]
    late = [
        Alarm(
            subject=each.job.value,
            key=f"alarm/{each.job.value}/{each.since.isoformat() if each.since else 'never'}",
            overdue=each,
        )
        for each in overdue
    ]
    return (*held, *late)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the last second of a day somewhere, in UTC."""
    return _start_of(day + timedelta(days=1), zone) - timedelta(seconds=1)


def _start_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
