"""Completes what the app sent the way Slack's server does: ids of blocks and elements, defaults of text objects."""

from typing import Any

from playground.slack.ids import IdSource
from playground.slack.wire import Json, copy_json

_INTERACTIVE_SUFFIXES = ("_select", "_input", "picker", "button", "buttons", "checkboxes", "overflow")


def complete_blocks(blocks: list[Json], ids: IdSource) -> list[Json]:
    """Return a copy of the blocks with every missing id and default filled in."""
    completed: list[Json] = copy_json(blocks)
    for block in completed:
        if not block.get("block_id"):
            block["block_id"] = ids.make("b")
        if block.get("type") == "input":
            block.setdefault("optional", False)
            block.setdefault("dispatch_action", False)
        _complete(block, ids)
    return completed


def complete_view(view: Json, ids: IdSource) -> Json:
    """Return a copy of a view's own fields with defaults filled in."""
    completed: Json = {
        "type": view["type"],
        "blocks": complete_blocks(view["blocks"], ids),
        "private_metadata": view.get("private_metadata") or "",
        "callback_id": view.get("callback_id") or "",
        "external_id": view.get("external_id") or "",
        "clear_on_close": bool(view.get("clear_on_close", False)),
        "notify_on_close": bool(view.get("notify_on_close", False)),
        "title": view.get("title"),
        "close": view.get("close"),
        "submit": view.get("submit"),
    }
    for name in ("title", "close", "submit"):
        if completed[name] is not None:
            completed[name] = {"emoji": True, **completed[name]}
    return completed


def _complete(node: Any, ids: IdSource) -> None:
    if isinstance(node, list):
        for child in node:
            _complete(child, ids)
    if not isinstance(node, dict):
        return
    kind = str(node.get("type", ""))
    if kind == "plain_text":
        node.setdefault("emoji", True)
    elif kind == "mrkdwn":
        node.setdefault("verbatim", False)
    elif kind.endswith(_INTERACTIVE_SUFFIXES) and not node.get("action_id"):
        node["action_id"] = ids.make("a")
    for child in node.values():
        _complete(child, ids)
