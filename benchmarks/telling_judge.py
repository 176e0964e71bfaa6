"""Listens to what invented owners are told, and counts what must not be."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from benchmarks.telling_world import Dweller, Plan, Weather
from bot.domain.addressees import Reach
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.findings import Verdict
from bot.domain.notices import NoticeState
from bot.domain.policy import FOR_ADMINISTRATORS, Policy
from bot.domain.reminders import Delivery, is_due, shown_of
from bot.ports import Clock
from tests.fakes.case_book import MemoryCaseBook
from tests.fakes.messenger import FakeMessenger, Message

STEP = 5
"""Minutes between two checks, after each of which every process does its round."""
PATIENCE = 120
"""Minutes of office hours without any fault after which what is due must have been told."""
WORKING_DAY = timedelta(hours=7, minutes=30)
"""What is due later on a day may be told with what is due now."""
OPENS, CLOSES = time(9, 30), time(17, 0)
HOLIDAYS = frozenset({date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 6), date(2026, 4, 3), date(2026, 10, 12)})
MUST_NOT_BE = (
    "duplicate",
    "wrong recipient",
    "outside hours",
    "second digest of a day",
    "not so when told",
    "told though settled",
    "too soon or out of order",
    "lost",
    "not recorded",
)


@dataclass(kw_only=True)
class Told:
    """What came of some weeks: messages, faults survived, and what must not have happened with an example each."""

    messages: int = 0
    lines: int = 0
    crashes: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def note(self, what: str, example: str) -> None:
        """Count something that must not be."""
        self.wrong[what] += 1
        self.examples.setdefault(what, example)


@dataclass(kw_only=True)
class Listener:
    """Judges every message, and every silence, of some weeks; it reads the database and the conversations only."""

    people: tuple[Dweller, ...]
    plans: tuple[Plan, ...]
    weather: Weather
    book: MemoryCaseBook
    messenger: FakeMessenger
    clock: Clock
    minute: Callable[[], int]
    step: int = STEP
    told: Told = field(default_factory=Told)
    seen: list[Message] = field(default_factory=list)
    _waits: Counter[str] = field(default_factory=Counter)

    def look_at_messages(self) -> None:
        """Judge the messages that are new."""
        known = {message.timestamp for message in self.seen}
        for message in self.messenger.messages():
            if message.timestamp not in known:
                self._judge(message)
                self.seen.append(message)

    def _judge(self, message: Message) -> None:
        letter, told = message.said[0], self.told
        told.messages += 1
        told.lines += len(letter.lines)
        where = f"minute {self.minute()}, {letter.slack_user}, {[line.episode.id for line in letter.lines]}"
        reader = self._reader(message)
        if any(each.said[0].notice == letter.notice for each in self.seen):
            told.note("duplicate", where)
        is_theirs = all(line.episode.owner_email.casefold() == reader.email.casefold() for line in letter.lines)
        if not is_theirs or reader.reach is not Reach.PERSON or self.minute() >= reader.leaves:
            told.note("wrong recipient", where)
        if not self._is_open(reader):
            told.note("outside hours", where)
        if any(self._day(each.posted_at, reader) == self._day(message.posted_at, reader) for each in self._of(reader)):
            told.note("second digest of a day", where)
        for line in letter.lines:
            self._judge_line(line.episode.id, line.step, where)

    def _judge_line(self, identity: EpisodeId, step: int, where: str) -> None:
        episode, now = self.book.episode(identity), self.clock()
        assert episode is not None
        plan = self._plan(episode)
        holds = plan.verdict(episode.kind, self.minute()) is Verdict.YES and self.minute() < plan.ends
        if not holds or episode.kind in FOR_ADMINISTRATORS:
            self.told.note("not so when told", where)
        if any(each.covers(episode, now) for each in self.book.keeps([episode.deployment])):
            self.told.note("told though settled", where)
        before = self._deliveries(identity)
        repeats = Policy().cadences[episode.kind].repeats
        is_over = len(before) > len(repeats)
        is_early = bool(before) and not is_over and now < before[-1].at + repeats[len(before) - 1] - WORKING_DAY
        if is_over or is_early or step != len(before) + 1:
            self.told.note("too soon or out of order", f"{where} step {step} after {len(before)}")

    def look_for_lost(self) -> None:
        """Count who was due, in office hours, without any fault, for long, and heard nothing all day."""
        for reader in self.people:
            is_possible = self.weather.is_calm(self.minute()) and self._is_open(reader) and self._may_hear(reader)
            if not is_possible or not self._has_due(reader):
                self._waits[reader.email] = 0
                continue
            self._waits[reader.email] += self.step
            if self._waits[reader.email] // PATIENCE > (self._waits[reader.email] - self.step) // PATIENCE:
                self.told.note("lost", f"minute {self.minute()}, {reader.email}")

    def _may_hear(self, reader: Dweller) -> bool:
        is_there = reader.reach is Reach.PERSON and self.minute() < reader.leaves
        today = self._day(self.clock(), reader)
        return is_there and all(self._day(each.posted_at, reader) != today for each in self._of(reader))

    def _has_due(self, reader: Dweller) -> bool:
        now, cadences = self.clock(), Policy().cadences
        own = [each for each in self.book.open_episodes() if each.owner_email.casefold() == reader.email.casefold()]
        settled = self.book.keeps([each.deployment for each in own])
        return any(
            is_due(each, self._deliveries(each.id), cadences[each.kind], now)
            and self._plan(each).verdict(each.kind, self.minute()) is Verdict.YES
            for each in shown_of(own, settled, now)
        )

    def look_at_records(self) -> None:
        """Count messages of which the database does not know where they stand."""
        for message in self.seen:
            reader = self._reader(message)
            notice = self.book.notice_of(reader.email, self._day(message.posted_at, reader))
            where = (message.channel, message.timestamp)
            if notice is None or notice.state is not NoticeState.SENT or (notice.channel, notice.timestamp) != where:
                self.told.note("not recorded", f"{message.said[0].notice}: {notice}")

    def _plan(self, episode: Episode) -> Plan:
        return next(each for each in self.plans if each.deployment == episode.deployment)

    def _reader(self, message: Message) -> Dweller:
        return next(each for each in self.people if each.slack_user == message.letter.slack_user)

    def _deliveries(self, episode: EpisodeId) -> list[Delivery]:
        lines = ((each, line) for each in self.seen for line in each.said[0].lines if line.episode.id == episode)
        return [Delivery(episode=episode, step=line.step, at=each.posted_at) for each, line in lines]

    def _of(self, reader: Dweller) -> Iterator[Message]:
        return (each for each in self.seen if each.letter.slack_user == reader.slack_user)

    def _day(self, moment: datetime, reader: Dweller) -> date:
        return moment.astimezone(ZoneInfo(reader.zone)).date()

    def _is_open(self, reader: Dweller) -> bool:
        """Tell by the bot's clock whether the reader may be written to now."""
        local = self.clock().astimezone(ZoneInfo(reader.zone))
        is_working_day = local.weekday() < 5 and local.date() not in HOLIDAYS  # noqa: PLR2004 - Saturday
        is_paused = reader.paused_until is not None and self.clock() < reader.paused_until
        is_quiet = self.minute() in reader.disturbed or is_paused
        return is_working_day and not is_quiet and max(OPENS, reader.hour or OPENS) <= local.time() < CLOSES
