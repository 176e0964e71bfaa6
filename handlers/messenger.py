"""Carries reminders and reports to Slack: each posted once, found again by its metadata, edited in place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Any

import structlog
from slack_sdk import WebClient

from bot.domain.base import SlackUserId
from bot.domain.letters import Letter, UseOverTime
from bot.domain.notices import NoticeId
from bot.domain.review import Report
from bot.errors import MessageUncertain, SlackUnavailable, Undeliverable
from handlers import conversation
from handlers.pictures import Pictures
from handlers.slack_errors import FAILURES, code_of, details_of, is_trouble, may_have_happened
from handlers.views.message import Message

LETTER, REPORT = "ai4os_reminder", "ai4os_report"
_FINAL = frozenset(
    {
        "channel_not_found",
        "users_not_found",
        "user_not_found",
        "user_disabled",
        "account_inactive",
        "not_in_channel",
        "is_archived",
        "messages_tab_disabled",
        "restricted_action",
        "cannot_dm_bot",
        "user_not_visible",
    }
)
_BAD_PICTURE = frozenset({"invalid_blocks", "invalid_attachments", "invalid_arguments"})
ARRIVALS = (0.0, 1.0, 2.0)
"""Pauses in seconds before each try: Slack goes on working on a picture for a moment after it has taken it."""
_PAGE = 200
_MOST_PAGES = 20

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMessenger:
    """Implements the messenger. `posting` never repeats a post, `repeating` may repeat what is harmless."""

    posting: WebClient
    repeating: WebClient
    pictures: Pictures
    render: Callable[[Letter], Message]
    render_report: Callable[[Report], Message]
    arrivals: tuple[float, ...] = ARRIVALS

    def send(self, letter: Letter, use: Sequence[UseOverTime]) -> tuple[str, str, str]:
        """Post a letter with a picture of the use; return its channel, its timestamp and the picture's id."""
        file = self.pictures.upload(use, zone=letter.time_zone)
        for pause in self.arrivals if file else ():
            Event().wait(pause)
            try:
                return *self._post_letter(letter.model_copy(update={"file": file})), file
            except _PictureRefused:
                log.info("picture refused by Slack", notice=letter.notice)
        return *self._post_letter(letter), ""

    def edit(self, channel: str, timestamp: str, letter: Letter) -> bool:
        """Replace a letter's content; False if it is gone."""
        message = self.render(letter)
        try:
            return conversation.edit(self.repeating, channel, timestamp, message)
        except FAILURES as error:
            if letter.file and code_of(error) in _BAD_PICTURE:  # somebody has deleted the picture
                return self.edit(channel, timestamp, letter.model_copy(update={"file": ""}))
            _warn("edit refused by Slack", error, letter.notice)
            raise SlackUnavailable(f"Slack does not edit the message: {code_of(error)}.") from error

    def find(self, slack_user: SlackUserId, notice: NoticeId, *, since: datetime) -> tuple[str, str] | None:
        """Look through the conversation since then for a letter; None if it surely was not posted."""
        try:
            channel = str(self.repeating.conversations_open(users=slack_user)["channel"]["id"])
        except FAILURES as error:
            _warn("cannot look for the reminder", error, notice)
            raise SlackUnavailable("Slack does not show the conversation.") from error
        return self._find(channel, conversation.metadata(LETTER, notice=notice), since)

    def report(self, channel: str, report: Report) -> tuple[str, str]:
        """Post a report to administrators in a channel; return where it stands."""
        return self._post(channel, self.render_report(report), conversation.metadata(REPORT, key=report.key))

    def find_report(self, channel: str, key: str, *, since: datetime) -> tuple[str, str] | None:
        """Look for a report by its key.

        In a channel that takes a right to read everything there, which the app does not ask for: then nobody knows.
        """
        return self._find(channel, conversation.metadata(REPORT, key=key), since)

    def _post_letter(self, letter: Letter) -> tuple[str, str]:
        carrying = conversation.metadata(LETTER, notice=letter.notice)
        return self._post(letter.slack_user, self.render(letter), carrying, has_picture=bool(letter.file))

    def _post(
        self, channel: str, message: Message, carrying: dict[str, Any], *, has_picture: bool = False
    ) -> tuple[str, str]:
        try:
            return conversation.post(self.posting, channel, message, carrying=carrying)
        except FAILURES as error:
            if may_have_happened(error):
                raise MessageUncertain("Slack did not say whether it posted the message.") from error
            if has_picture and code_of(error) in _BAD_PICTURE:
                raise _PictureRefused from error
            _warn("message refused by Slack", error, str(carrying["event_payload"]))
            if code_of(error) in _FINAL:
                raise Undeliverable(f"Slack refuses the message: {code_of(error)}.") from error
            raise SlackUnavailable(f"Slack refuses the message: {code_of(error)}.") from error

    def _find(self, channel: str, wanted: dict[str, Any], since: datetime) -> tuple[str, str] | None:
        try:
            for message in self._history(channel, since):
                if conversation.carries(message, wanted):
                    return channel, str(message["ts"])
        except FAILURES as error:
            _warn("cannot look for the message", error, str(wanted["event_payload"]))
            raise SlackUnavailable(f"Slack does not show the conversation: {code_of(error)}.") from error
        return None

    def _history(self, channel: str, since: datetime) -> Iterator[dict[str, Any]]:
        """Go through a conversation, the newest first. Raises SlackUnavailable if it is too long to tell."""
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = self.repeating.conversations_history(
                channel=channel,
                oldest=f"{since.timestamp():.6f}",
                inclusive=True,
                limit=_PAGE,
                include_all_metadata=True,
                **({"cursor": cursor} if cursor else {}),
            )
            yield from page.get("messages") or []
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
        raise SlackUnavailable("The conversation is too long to look through.")


class _PictureRefused(Exception):
    """Slack does not take a message with this picture."""


def _warn(event: str, error: Exception, about: str) -> None:
    log.warning(event, error=code_of(error), detail=details_of(error), about=about, is_trouble=is_trouble(error))
