"""Tells people about their deployments in direct messages: one message each, edited in place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk import WebClient

from bot.domain.base import DeploymentId, SlackUserId
from bot.domain.records import Announcement
from bot.errors import MessageUncertain, SlackUnavailable
from handlers import conversation
from handlers.slack_errors import FAILURES, code_of, details_of, is_trouble, may_have_happened
from handlers.views.message import Message

EVENT_TYPE = "ai4os_deployment"
_LOOK_BACK = 200

log = structlog.get_logger()

Render = Callable[[Announcement], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackNotifier:
    """Implements the notifier. `posting` never repeats a post, `repeating` may repeat an edit."""

    posting: WebClient
    repeating: WebClient
    render: Render

    def post(self, slack_user: SlackUserId, announcement: Announcement) -> tuple[str, str]:
        """Post the message; its metadata names the deployment, so that it can be found after a crash."""
        message = self.render(announcement)
        try:
            return conversation.post(self.posting, slack_user, message, carrying=_about(announcement.deployment))
        except FAILURES as error:
            if may_have_happened(error):
                raise MessageUncertain("Slack did not say whether it posted the message.") from error
            _warn("message refused by Slack", error, announcement.deployment)
            raise SlackUnavailable(f"Slack refuses the message: {code_of(error)}.") from error

    def update(self, channel: str, timestamp: str, announcement: Announcement) -> bool:
        """Edit the message; False if it is not there any more."""
        message = self.render(announcement)
        try:
            return conversation.edit(self.repeating, channel, timestamp, message)
        except FAILURES as error:
            _warn("edit refused by Slack", error, announcement.deployment)
            raise SlackUnavailable(f"Slack does not edit the message: {code_of(error)}.") from error

    def find(self, slack_user: SlackUserId, deployment: DeploymentId) -> tuple[str, str] | None:
        """Look through the newest messages of the conversation for the one about the deployment."""
        try:
            channel = str(self.repeating.conversations_open(users=slack_user)["channel"]["id"])
            history = self.repeating.conversations_history(channel=channel, limit=_LOOK_BACK, include_all_metadata=True)
        except FAILURES as error:
            _warn("cannot look for the message", error, deployment)
            if is_trouble(error):
                raise SlackUnavailable("Slack does not answer.") from error
            return None
        for message in history.get("messages") or []:
            if conversation.carries(message, _about(deployment)):
                return channel, str(message["ts"])
        return None


def _about(deployment: DeploymentId) -> dict[str, Any]:
    return conversation.metadata(EVENT_TYPE, deployment=deployment)


def _warn(event: str, error: Exception, deployment: DeploymentId) -> None:
    log.warning(event, error=code_of(error), detail=details_of(error), deployment=deployment)
