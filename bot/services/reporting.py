"""Report to the administrators' channel: the week, the plan of a dry run, and alarms, each exactly once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from bot.domain.base import Frozen, Namespace
from bot.domain.reporting import Alarm, find_alarms, plan_day, week_of, weekly_due
from bot.domain.review import Report, ReportKind, Review
from bot.domain.zones import zone_of
from bot.errors import BotError, MessageUncertain, SlackUnavailable, Undeliverable
from bot.ports import Calendars, CaseBook, Clock, Messenger
from bot.services.review_reading import ReviewReading

IN_FLIGHT = timedelta(minutes=15)
"""After so long a report that was on its way has arrived or never will: only then is it looked for."""
SEND_WITHIN = timedelta(minutes=2)
"""A process that was asleep for longer than this must not wake up and post: another one may have."""
LOOK_BACK = timedelta(days=1)
"""How much older a report may be by Slack's clock and still be found: our own may be wrong."""
PAUSE = timedelta(minutes=1)
PAUSE_IF_REFUSED = timedelta(hours=1)
NAP = timedelta(minutes=5)
"""If two rounds are further apart than this, the bot was away in between and its jobs could not run."""
_WEEKLY, _PLAN = "weekly", "plan"


class Posting(Frozen):
    """How far the newest report of a kind has come: `is_sending` means that nobody knows whether it was posted."""

    key: str = ""
    at: datetime | None = None
    is_sending: bool = False
    is_posted: bool = False
    not_before: datetime | None = None
    error: str = ""


@dataclass(slots=True)
class Wakefulness:
    """Remembers since when the bot has been doing its rounds without a gap."""

    since: datetime | None = None
    last: datetime | None = None

    def note(self, now: datetime) -> datetime:
        """Note a round; return since when there has been no gap."""
        if self.since is None or self.last is None or not self.last <= now <= self.last + NAP:
            self.since = now
        self.last = now
        return self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Decides what is due and posts it; any process may die at any step, and the next one finds out what came of it."""

    reading: ReviewReading
    case_book: CaseBook
    messenger: Messenger
    calendars: Calendars
    clock: Clock
    channel: str
    time_zone: str
    _awake: Wakefulness = field(default_factory=Wakefulness, repr=False)

    def round(self) -> dict[str, int]:
        """Post what is due; return counts. Without a channel nothing is ever posted."""
        now = self.clock()
        awake_since = self._awake.note(now)
        if not self.channel:
            return {"posted": 0}
        posted = self._report_regularly(now)
        overdue = self.reading.overdue(awake_since=awake_since)
        alarms = find_alarms(self.case_book.breakers(), overdue, now=now)
        posted += sum(self._call(alarm) for alarm in alarms)
        return {"posted": posted, "alarms": len(alarms)}

    def awake_since(self) -> datetime:
        """Return since when jobs could run."""
        return self._awake.since or self.clock()

    def trouble(self) -> str:
        """Return why the newest regular report could not be posted; empty if it could."""
        return next((posting.error for posting in map(self._posting, (_WEEKLY, _PLAN)) if posting.error), "")

    def _report_regularly(self, now: datetime) -> int:
        zone, is_holiday = self._zone(), self.calendars.is_holiday
        weekly = f"weekly/{week_of(now, zone)}"
        if self.case_book.mode().is_live:
            if now < weekly_due(now, zone, is_holiday):
                return 0
            return self._post(_WEEKLY, weekly, lambda: self._report(weekly, ReportKind.WEEKLY))
        day = plan_day(now, zone, is_holiday)
        if day is None:
            return 0
        plan = f"plan/{day.isoformat()}"
        posted = self._post(_PLAN, plan, lambda: self._report(plan, ReportKind.PLAN))
        if self._posting(_PLAN).is_posted:
            self._cover(weekly)
        return posted

    def _cover(self, weekly: str) -> None:
        """Let this week's digest be done with: whoever goes live in the middle of a week has read the plan."""
        if self._posting(_WEEKLY).key != weekly:
            self._save(_WEEKLY, Posting(key=weekly, at=self.clock(), is_posted=True))

    def _call(self, alarm: Alarm) -> int:
        def make() -> Report:
            report = self._report(alarm.key, ReportKind.ALARM)
            return report.model_copy(update={"breaker": alarm.breaker, "overdue": alarm.overdue})

        return self._post(f"alarm/{alarm.subject}", alarm.key, make)

    def _post(self, name: str, key: str, make: Callable[[], Report]) -> int:
        """Post a report unless it stands already, or may; return how many were posted, 0 or 1."""
        known = self._posting(name)
        if known.key == key and not self._may_be_tried(name, known):
            return 0
        report = make()
        sending = Posting(key=key, at=self.clock(), is_sending=True)
        self._save(name, sending)
        if sending.at is None or self.clock() - sending.at > SEND_WITHIN:
            return 0
        try:
            self.messenger.report(self.channel, report)
        except MessageUncertain:
            return 0
        except SlackUnavailable as error:
            return self._put_back(name, key, error, PAUSE)
        except Undeliverable as error:
            return self._put_back(name, key, error, PAUSE_IF_REFUSED)
        self._save(name, Posting(key=key, at=sending.at, is_posted=True))
        return 1

    def _may_be_tried(self, name: str, known: Posting) -> bool:
        """Tell whether the report surely was not posted, and Slack has had its rest."""
        now = self.clock()
        if known.is_posted or (known.not_before is not None and now < known.not_before <= now + PAUSE_IF_REFUSED):
            return False
        if not known.is_sending or known.at is None:
            return True
        if known.at <= now < known.at + IN_FLIGHT:
            return False
        try:
            found = self.messenger.find_report(self.channel, known.key, since=min(known.at, now) - LOOK_BACK)
        except (SlackUnavailable, Undeliverable) as error:
            later = {"error": str(error)[:200], "not_before": now + PAUSE_IF_REFUSED}
            self._save(name, known.model_copy(update=later))  # the right to read the channel may be missing for ever
            return False
        if found is not None:
            self._save(name, Posting(key=known.key, at=known.at, is_posted=True))
        return found is None

    def _put_back(self, name: str, key: str, error: BotError, pause: timedelta) -> int:
        now = self.clock()
        self._save(name, Posting(key=key, at=now, not_before=now + pause, error=str(error)[:200]))
        return 0

    def _report(self, key: str, kind: ReportKind) -> Report:
        return Report(key=key, kind=kind, review=self._review())

    def _review(self) -> Review:
        everything: list[Namespace] = [platform.namespace for platform in self.reading.platforms.all]
        return self.reading.read(everything, awake_since=self.awake_since())

    def _posting(self, name: str) -> Posting:
        text = self.case_book.remembered(f"report/{name}")
        return Posting.model_validate_json(text) if text else Posting()

    def _save(self, name: str, posting: Posting) -> None:
        self.case_book.remember(f"report/{name}", posting.model_dump_json())

    def _zone(self) -> tzinfo:
        return zone_of(self.time_zone)
