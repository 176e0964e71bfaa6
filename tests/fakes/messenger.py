"""A messenger in memory: conversations with their history, and Slack's ways to fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.base import SlackUserId
from bot.domain.letters import Letter, UseOverTime
from bot.domain.notices import NoticeId
from bot.domain.review import Report
from bot.errors import MessageUncertain, SlackUnavailable, Undeliverable
from bot.ports import Clock


@dataclass(slots=True, kw_only=True)
class Message:
    """A message in a conversation: what it says now, when it was posted, and everything that it ever said."""

    channel: str
    timestamp: str
    letter: Letter
    posted_at: datetime
    use: tuple[UseOverTime, ...]
    said: list[Letter]

    @property
    def has_buttons(self) -> bool:
        """Tell whether any of its findings can still be answered."""
        return any(line.settled is None for line in self.letter.lines)


class FakeMessenger:
    """Keeps one conversation for each person.

    A test takes it down with `is_down`, lets it refuse people for good with `refuses`, limits it with `answers_left`
    and hides an outcome once: `loses_answer` posts and does not say so, `loses_post` does not post and does not say so.
    """

    def __init__(self, *, clock: Clock = lambda: datetime(2026, 6, 8, 8, 0, tzinfo=UTC)) -> None:
        self.clock = clock
        self.conversations: dict[SlackUserId, list[Message]] = {}
        self.reports: dict[str, list[tuple[str, Report, datetime]]] = {}
        self.is_down = False
        self.hides_history = False
        self.refuses: set[SlackUserId] = set()
        self.refuses_channels: set[str] = set()
        self.chokes_on: set[SlackUserId] = set()
        self.answers_left: int | None = None
        self.loses_answer = False
        self.loses_post = False
        self.refuses_edits = False
        self.refuses_edits_of: set[SlackUserId] = set()
        self.attempts = 0
        self.searches = 0
        self.edits = 0
        self._counter = 0

    def send(self, letter: Letter, use: Sequence[UseOverTime]) -> tuple[str, str, str]:
        """Post a letter into the person's conversation; return where it stands."""
        self.attempts += 1
        self._check()
        if letter.slack_user in self.refuses:
            raise Undeliverable("Slack refuses messages to this person.")
        if letter.slack_user in self.chokes_on:
            raise SlackUnavailable("Slack refuses the message: internal_error.")
        if self.loses_post:
            self.loses_post = False
            raise MessageUncertain("No answer came.")
        message = self._post(letter, use)
        if self.loses_answer:
            self.loses_answer = False
            raise MessageUncertain("No answer came.")
        return message.channel, message.timestamp, f"F{message.timestamp}" if use else ""

    def edit(self, channel: str, timestamp: str, letter: Letter) -> bool:
        """Replace what a message says; False if its reader deleted it."""
        self._check()
        if self.refuses_edits:
            raise SlackUnavailable("Slack does not take the edit.")
        message = next(
            (each for each in self.messages() if (each.channel, each.timestamp) == (channel, timestamp)), None
        )
        if message is None:
            return False
        self.edits += 1
        message.letter = letter
        message.said.append(letter)
        return True

    def find(self, slack_user: SlackUserId, notice: NoticeId, *, since: datetime) -> tuple[str, str] | None:
        """Look for a letter that was posted since then."""
        self._check()
        if self.hides_history:
            raise SlackUnavailable("The conversation cannot be read.")
        found = (
            (each.channel, each.timestamp)
            for each in self.conversations.get(slack_user, [])
            if each.letter.notice == notice and each.posted_at >= since
        )
        return next(found, None)

    def report(self, channel: str, report: Report) -> tuple[str, str]:
        """Post a report."""
        self._check()
        if channel in self.refuses_channels:
            raise Undeliverable("Slack refuses messages to this channel.")
        if self.loses_post:
            self.loses_post = False
            raise MessageUncertain("No answer came.")
        self._counter += 1
        timestamp = str(self._counter)
        self.reports.setdefault(channel, []).append((timestamp, report, self.clock()))
        if self.loses_answer:
            self.loses_answer = False
            raise MessageUncertain("No answer came.")
        return channel, timestamp

    def find_report(self, channel: str, key: str, *, since: datetime) -> tuple[str, str] | None:
        """Look for a report that was posted since then."""
        self.searches += 1
        self._check()
        if self.hides_history:
            raise SlackUnavailable("The conversation cannot be read.")
        found = (
            (channel, timestamp)
            for timestamp, report, at in self.reports.get(channel, [])
            if report.key == key and at >= since
        )
        return next(found, None)

    # What tests ask and do.

    def messages(self, slack_user: SlackUserId | None = None) -> list[Message]:
        """Return the messages of one person, or of all, in the order in which they were posted."""
        people = self.conversations if slack_user is None else [slack_user]
        found = [message for person in people for message in self.conversations.get(person, [])]
        return sorted(found, key=lambda message: int(message.timestamp))

    def delete(self, slack_user: SlackUserId) -> None:
        """Delete a person's messages, as they can."""
        self.conversations.pop(slack_user, None)

    def _post(self, letter: Letter, use: Sequence[UseOverTime]) -> Message:
        self._counter += 1
        message = Message(
            channel=f"D{letter.slack_user}",
            timestamp=str(self._counter),
            letter=letter,
            posted_at=self.clock(),
            use=tuple(use),
            said=[letter],
        )
        self.conversations.setdefault(letter.slack_user, []).append(message)
        return message

    def _check(self) -> None:
        if self.is_down:
            raise SlackUnavailable("Slack does not answer.")
        if self.answers_left is not None:
            if self.answers_left == 0:
                raise SlackUnavailable("Slack asks for a rest.")
            self.answers_left -= 1
