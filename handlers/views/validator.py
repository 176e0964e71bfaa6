"""Slack's limits on views, messages and answers, checked before anything is sent (slack.md 4.4 and 4.5)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from handlers.views.block_rules import check_block
from handlers.views.complaints import Complaints
from handlers.views.element_rules import check_options
from handlers.views.text_rules import PLAIN, check_text

Surface = Literal["modal", "home", "message"]
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_TEXT = 4000
TEXT_SUM = 9000
VIEW_BYTES, ACK_BYTES = 250_000, 60_000
_SHORT, _ID, _METADATA = 24, 255, 3000


def problems(surface: Surface, payload: Mapping[str, Any]) -> list[str]:
    """Return everything that Slack would refuse in a view, or in a message (`text` and `blocks`); empty if nothing.

    Each problem begins with the JSON pointer of its place. Two rules are our own: every block has an explicit id, and
    marked-up text is verbatim.
    """
    complaints = Complaints()
    blocks = _list(complaints, "/blocks", payload.get("blocks"))
    if surface == "message":
        _check_message(complaints, payload, blocks)
    else:
        _check_view(complaints, surface, payload, blocks)
    for number, block in enumerate(blocks):
        check_block(complaints, f"/blocks/{number}", block, surface=surface)
    _check_unique_ids(complaints, blocks)
    return complaints.found


def ack_problems(body: Mapping[str, Any]) -> list[str]:
    """Return everything that Slack would refuse in the answer to an interaction; an empty answer is fine."""
    complaints = Complaints()
    complaints.check(_size(body) <= ACK_BYTES, "", f"an answer has at most {ACK_BYTES} bytes")
    action = body.get("response_action")
    if action is not None:
        complaints.check(action in {"errors", "update", "push", "clear"}, "/response_action", "is not known")
    if action == "errors":
        _check_errors(complaints, body.get("errors"))
    if action in {"update", "push"}:
        complaints.found += [f"/view{problem}" for problem in problems("modal", body.get("view") or {})]
    if "options" in body or "option_groups" in body:
        check_options(complaints, "", body, may_be_empty=True)
    return complaints.found


def _check_view(complaints: Complaints, surface: Surface, view: Mapping[str, Any], blocks: list[Any]) -> None:
    complaints.check(view.get("type") == surface, "/type", f"must be {surface}")
    complaints.check(1 <= len(blocks) <= VIEW_BLOCKS, "/blocks", f"must have 1 to {VIEW_BLOCKS} items")
    complaints.check(_size(view) <= VIEW_BYTES, "", f"a view has at most {VIEW_BYTES} bytes")
    for key, longest in (("callback_id", _ID), ("external_id", _ID), ("private_metadata", _METADATA)):
        value = view.get(key, "")
        complaints.check(
            isinstance(value, str) and len(value) <= longest, f"/{key}", f"has at most {longest} characters"
        )
    if surface == "home":
        complaints.check("submit" not in view and "close" not in view, "", "a home has neither submit nor close")
        return
    check_text(complaints, "/title", view.get("title"), longest=_SHORT, kinds=PLAIN)
    for key in ("submit", "close"):
        if key in view:
            check_text(complaints, f"/{key}", view[key], longest=_SHORT, kinds=PLAIN)
    has_input = any(isinstance(block, Mapping) and block.get("type") == "input" for block in blocks)
    complaints.check("submit" in view or not has_input, "/submit", "must be there to use an `input` block in modals")
    focused = sum(1 for node in _objects(blocks) if node.get("focus_on_load") is True)
    complaints.check(focused <= 1, "/blocks", "at most one element has the focus")


def _check_message(complaints: Complaints, message: Mapping[str, Any], blocks: list[Any]) -> None:
    text = message.get("text")
    complaints.check(isinstance(text, str) and bool(text.strip()), "/text", "a message has a text that is complete")
    length = len(text) if isinstance(text, str) else 0
    complaints.check(length <= MESSAGE_TEXT, "/text", f"has at most {MESSAGE_TEXT} characters")
    complaints.check(len(blocks) <= MESSAGE_BLOCKS, "/blocks", f"must have at most {MESSAGE_BLOCKS} items")
    total = sum(len(text) for node in _objects(blocks) if isinstance(text := node.get("text"), str))
    complaints.check(total <= TEXT_SUM, "/blocks", f"texts have at most {TEXT_SUM} characters together, not {total}")


def _check_unique_ids(complaints: Complaints, blocks: list[Any]) -> None:
    ids = [block.get("block_id") for block in blocks if isinstance(block, Mapping)]
    for block_id in sorted({str(each) for each in ids if ids.count(each) > 1}):
        complaints.add("/blocks", f"the block_id {block_id} is there twice")


def _check_errors(complaints: Complaints, errors: object) -> None:
    is_map = isinstance(errors, Mapping) and bool(errors)
    complaints.check(is_map, "/errors", "must name at least one block")
    if isinstance(errors, Mapping):
        for block_id, text in errors.items():
            is_said = isinstance(text, str) and bool(text.strip())
            complaints.check(is_said, f"/errors/{block_id}", "must be a text that is not empty")


def _list(complaints: Complaints, pointer: str, value: object) -> list[Any]:
    complaints.check(isinstance(value, list), pointer, "must be a list")
    return value if isinstance(value, list) else []


def _objects(node: object) -> Iterator[Mapping[str, Any]]:
    """Yield every object of a JSON tree."""
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)


def _size(payload: Mapping[str, Any]) -> int:
    return len(json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace"))
