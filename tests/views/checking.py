"""Turn views and messages into what is sent, making sure first that Slack would take it."""

from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.models.views import View

from handlers.views.message import Message
from handlers.views.validator import problems


def sent_view(view: View) -> dict[str, Any]:
    """Return the modal as it is sent, which Slack takes."""
    payload: dict[str, Any] = view.to_dict()
    assert problems("modal", payload) == []
    return payload


def sent_message(message: Message) -> dict[str, Any]:
    """Return the message as it is sent, which Slack takes."""
    payload = message.payload()
    assert problems("message", payload) == []
    return payload


def elements(payload: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every element that can be operated, by action id; the last one where several share it."""
    return {each["action_id"]: each for each in _objects(payload.get("blocks")) if "action_id" in each}


def inputs(payload: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the input blocks by the action id of their element."""
    return {block["element"]["action_id"]: block for block in payload["blocks"] if block["type"] == "input"}


def texts(payload: Mapping[str, Any]) -> str:
    """Return everything that can be read, a line for each text."""
    return "\n".join(str(each["text"]) for each in _objects(payload) if isinstance(each.get("text"), str))


def _objects(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)
