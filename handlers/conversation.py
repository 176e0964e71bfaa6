"""Messages in a conversation: posted with metadata, edited, and known again by it. Raises FAILURES as they come."""

from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from handlers.slack_errors import FAILURES, code_of
from handlers.views.message import Message

_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})


def metadata(event: str, **payload: str) -> dict[str, Any]:
    """Return what a message carries, so that it can be found after a crash."""
    return {"event_type": event, "event_payload": payload}


def post(client: WebClient, channel: str, message: Message, *, carrying: Mapping[str, Any]) -> tuple[str, str]:
    """Post a message with its metadata; return its channel and timestamp."""
    answer = client.chat_postMessage(channel=channel, metadata=dict(carrying), **message.payload())
    return str(answer["channel"]), str(answer["ts"])


def edit(client: WebClient, channel: str, timestamp: str, message: Message) -> bool:
    """Replace a message's content; False if it is not there any more."""
    try:
        client.chat_update(channel=channel, ts=timestamp, text=message.text, blocks=message.blocks)
    except FAILURES as error:
        if code_of(error) in _GONE:
            return False
        raise
    return True


def carries(message: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether a message of a conversation's history carries this metadata, among whatever else."""
    found = message.get("metadata") or {}
    payload = found.get("event_payload") or {}
    is_event = found.get("event_type") == wanted["event_type"]
    return is_event and all(payload.get(name) == value for name, value in wanted["event_payload"].items())
