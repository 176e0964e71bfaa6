"""Tells people about their deployments in direct messages: one message each, edited in place."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.base import DeploymentId, SlackUserId
from bot.domain.records import Announcement
from bot.errors import MessageUncertain, SlackUnavailable
from handlers.views.message import Message

EVENT_TYPE = "ai4os_deployment"
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})
_UNANSWERED = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
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
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"deployment": announcement.deployment}}
        try:
            answer = self.posting.chat_postMessage(
                channel=slack_user,
                text=message.text,
                blocks=message.blocks,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackApiError as error:
            code = _code(error)
            if code in _UNANSWERED or error.response.status_code >= 500:  # noqa: PLR2004 - the server may have posted it
                raise MessageUncertain("Slack did not say whether it posted the message.") from error
            log.warning(
                "message refused by Slack", error=code, detail=_detail(error), deployment=announcement.deployment
            )
            raise SlackUnavailable(f"Slack refuses the message: {code}.") from error
        except (SlackClientError, OSError, json.JSONDecodeError) as error:
            raise MessageUncertain("Slack did not say whether it posted the message.") from error
        return str(answer["channel"]), str(answer["ts"])

    def update(self, channel: str, timestamp: str, announcement: Announcement) -> bool:
        """Edit the message; False if it is not there any more."""
        message = self.render(announcement)
        try:
            self.repeating.chat_update(channel=channel, ts=timestamp, text=message.text, blocks=message.blocks)
        except SlackApiError as error:
            code = _code(error)
            if code in _GONE:
                return False
            log.warning("edit refused by Slack", error=code, detail=_detail(error), deployment=announcement.deployment)
            raise SlackUnavailable(f"Slack refuses the edit: {code}.") from error
        except (SlackClientError, OSError, json.JSONDecodeError) as error:
            raise SlackUnavailable("Slack does not answer.") from error
        return True

    def find(self, slack_user: SlackUserId, deployment: DeploymentId) -> tuple[str, str] | None:
        """Look through the newest messages of the conversation for the one about the deployment."""
        try:
            channel = str(self.repeating.conversations_open(users=slack_user)["channel"]["id"])
            history = self.repeating.conversations_history(channel=channel, limit=_LOOK_BACK, include_all_metadata=True)
        except SlackApiError as error:
            log.warning("cannot look for the message", error=_code(error), deployment=deployment)
            return None
        except (SlackClientError, OSError, json.JSONDecodeError) as error:
            raise SlackUnavailable("Slack does not answer.") from error
        for message in history.get("messages") or []:
            metadata = message.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == EVENT_TYPE and payload.get("deployment") == deployment:
                return channel, str(message["ts"])
        return None


def _code(error: SlackApiError) -> str:
    return str(error.response.get("error", "unknown")) if isinstance(error.response.data, dict) else "unreadable"


def _detail(error: SlackApiError) -> list[str]:
    data = error.response.data
    return list((data.get("response_metadata") or {}).get("messages") or []) if isinstance(data, dict) else []
