"""What Slack demands of blocks; only those that every workspace has are allowed."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from handlers.views.complaints import Complaints
from handlers.views.element_rules import IN_ACTIONS, IN_INPUT, check_element
from handlers.views.text_rules import PLAIN, check_text

_BLOCKS = frozenset({"actions", "context", "divider", "header", "image", "input", "rich_text", "section"})
_RICH_TEXT = frozenset({"rich_text_section", "rich_text_preformatted", "rich_text_quote", "rich_text_list"})
_ID, _TEXT, _FIELD, _FIELDS, _HEADER, _LABEL, _URL = 255, 3000, 2000, 10, 150, 2000, 3000
_CONTEXT, _ACTIONS = 10, 25
_FILE_ID = re.compile(r"F[A-Z0-9]{8,}")


def check_block(complaints: Complaints, pointer: str, block: object, *, surface: str) -> None:
    """Check a block and everything in it."""
    if not isinstance(block, Mapping):
        complaints.add(pointer, "must be an object")
        return
    kind = str(block.get("type"))
    if kind not in _BLOCKS:
        complaints.add(pointer, f"unsupported type: {kind}")
        return
    block_id = block.get("block_id")
    is_named = isinstance(block_id, str) and 1 <= len(block_id) <= _ID
    complaints.check(is_named, f"{pointer}/block_id", f"must have 1 to {_ID} characters")
    rule = _BLOCK_RULES.get(kind)
    if rule is not None:
        rule(complaints, pointer, block, surface)
    _check_action_ids(complaints, pointer, block)


def _section(complaints: Complaints, pointer: str, block: Mapping[str, Any], surface: str) -> None:
    complaints.check("text" in block or "fields" in block, pointer, "must define either `text` or `fields`")
    if "text" in block:
        check_text(complaints, f"{pointer}/text", block["text"], longest=_TEXT)
    fields = block.get("fields", [])
    complaints.check(len(fields) <= _FIELDS, f"{pointer}/fields", f"no more than {_FIELDS} items allowed")
    for number, field in enumerate(fields):
        check_text(complaints, f"{pointer}/fields/{number}", field, longest=_FIELD)
    if "accessory" in block:
        check_element(complaints, f"{pointer}/accessory", block["accessory"], surface, IN_ACTIONS | {"image"})


def _header(complaints: Complaints, pointer: str, block: Mapping[str, Any], _surface: str) -> None:
    check_text(complaints, f"{pointer}/text", block.get("text"), longest=_HEADER, kinds=PLAIN)


def _context(complaints: Complaints, pointer: str, block: Mapping[str, Any], _surface: str) -> None:
    elements = block.get("elements", [])
    complaints.check(1 <= len(elements) <= _CONTEXT, f"{pointer}/elements", f"must have 1 to {_CONTEXT} items")
    for number, element in enumerate(elements):
        check_text(complaints, f"{pointer}/elements/{number}", element, longest=_TEXT)


def _actions(complaints: Complaints, pointer: str, block: Mapping[str, Any], surface: str) -> None:
    elements = block.get("elements", [])
    complaints.check(1 <= len(elements) <= _ACTIONS, f"{pointer}/elements", f"must have 1 to {_ACTIONS} items")
    for number, element in enumerate(elements):
        check_element(complaints, f"{pointer}/elements/{number}", element, surface, IN_ACTIONS)


def _input(complaints: Complaints, pointer: str, block: Mapping[str, Any], surface: str) -> None:
    check_text(complaints, f"{pointer}/label", block.get("label"), longest=_LABEL, kinds=PLAIN)
    if "hint" in block:
        check_text(complaints, f"{pointer}/hint", block["hint"], longest=_LABEL, kinds=PLAIN)
    check_element(complaints, f"{pointer}/element", block.get("element"), surface, IN_INPUT)


def _image(complaints: Complaints, pointer: str, block: Mapping[str, Any], _surface: str) -> None:
    has_file = "slack_file" in block
    complaints.check(has_file != ("image_url" in block), pointer, "has either image_url or slack_file")
    if has_file:
        file = block["slack_file"]
        is_file = isinstance(file, Mapping) and _FILE_ID.fullmatch(str(file.get("id"))) is not None
        complaints.check(is_file, f"{pointer}/slack_file", "must have the id of a file")
    for key, longest in (("alt_text", _LABEL), *(() if has_file else (("image_url", _URL),))):
        value = block.get(key)
        is_fine = isinstance(value, str) and 1 <= len(value) <= longest
        complaints.check(is_fine, f"{pointer}/{key}", f"must have 1 to {longest} characters")


def _rich_text(complaints: Complaints, pointer: str, block: Mapping[str, Any], _surface: str) -> None:
    elements = block.get("elements", [])
    complaints.check(bool(elements), f"{pointer}/elements", "must have at least 1 item")
    for number, element in enumerate(elements):
        complaints.check(element.get("type") in _RICH_TEXT, f"{pointer}/elements/{number}", "unsupported type")


def _check_action_ids(complaints: Complaints, pointer: str, block: Mapping[str, Any]) -> None:
    elements = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    ids = [element.get("action_id") for element in elements if isinstance(element, Mapping) and "action_id" in element]
    complaints.check(len(ids) == len(set(ids)), pointer, "an action_id is there twice")


_BLOCK_RULES: dict[str, Callable[[Complaints, str, Mapping[str, Any], str], None]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "rich_text": _rich_text,
}
