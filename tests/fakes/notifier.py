"""A notifier in memory: keeps the messages of each person, and can lose answers as Slack does."""

from bot.domain.base import DeploymentId, SlackUserId
from bot.domain.records import Announcement
from bot.errors import MessageUncertain, SlackUnavailable


class FakeNotifier:
    """Posts into a list per person; `loses_answer` takes the next post but hides that it did."""

    def __init__(self) -> None:
        self.posted: dict[tuple[str, str], Announcement] = {}
        self.history: list[Announcement] = []
        self.is_down = False
        self.loses_answer = False
        self.loses_answer_to_edit = False
        self.loses_post = False
        self.refuses: set[DeploymentId] = set()
        self.attempts = 0
        self._counter = 0

    def post(self, slack_user: SlackUserId, announcement: Announcement) -> tuple[str, str]:
        """Post a message and return where it stands."""
        self._check_up()
        self.attempts += 1
        if announcement.deployment in self.refuses:
            raise SlackUnavailable("Slack refuses the message.")
        if self.loses_post:
            self.loses_post = False
            raise MessageUncertain("no answer")
        self._counter += 1
        where = (f"D{slack_user}", str(self._counter))
        self.posted[where] = announcement
        self.history.append(announcement)
        if self.loses_answer:
            self.loses_answer = False
            raise MessageUncertain("no answer")
        return where

    def update(self, channel: str, timestamp: str, announcement: Announcement) -> bool:
        """Edit a message; False if somebody deleted it."""
        self._check_up()
        self.attempts += 1
        if announcement.deployment in self.refuses:
            raise SlackUnavailable("Slack refuses the edit.")
        if (channel, timestamp) not in self.posted:
            return False
        self.posted[channel, timestamp] = announcement
        self.history.append(announcement)
        if self.loses_answer_to_edit:
            self.loses_answer_to_edit = False
            raise SlackUnavailable("no answer")
        return True

    def find(self, slack_user: SlackUserId, deployment: DeploymentId) -> tuple[str, str] | None:
        """Return where the message about the deployment stands, or None."""
        self._check_up()
        found = (
            where
            for where, announcement in self.posted.items()
            if announcement.slack_user == slack_user and announcement.deployment == deployment
        )
        return next(found, None)

    def delete_all(self) -> None:
        """Delete every message, as a person can."""
        self.posted.clear()

    def _check_up(self) -> None:
        if self.is_down:
            raise SlackUnavailable("Slack does not answer.")
