"""What each kind of block has to look like, and where it may stand (limits: handbook 4.4, surfaces: 4.5)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from playground.slack.element_rules import CONFIRM
from playground.slack.shapes import Report, Rule, Shape, anything, choice, flag, integer, items, string, text
from playground.slack.wire import Json

MARKDOWN_SUM = 12_000
DATA_TABLE_SUM = 20_000
BLOCK_ID = string(255)
_EVERYWHERE = {"actions", "card", "context", "divider", "header", "image", "input", "rich_text", "section", "video"}
SURFACE_BLOCKS: dict[str, frozenset[str]] = {
    "modal": frozenset(_EVERYWHERE | {"alert"}),
    "home": frozenset(_EVERYWHERE | {"data_table", "data_visualization", "carousel"}),
    "message": frozenset(
        _EVERYWHERE
        | {"markdown", "file", "plan", "task_card", "context_actions", "table", "container"}
        | {"data_table", "data_visualization", "carousel"}
    ),
}


def _image_url(report: Report, value: Any, pointer: str) -> None:
    string(3000)(report, value, pointer)
    if isinstance(value, str) and (urlsplit(value).hostname or "").endswith(".invalid"):
        report.add("downloading image failed", pointer)  # Slack fetches images; nothing answers under .invalid


IMAGE: dict[str, Rule] = {"image_url": _image_url, "slack_file": anything, "alt_text": string(2000)}


def _context_element(report: Report, element: Any, pointer: str) -> None:
    if isinstance(element, dict) and element.get("type") == "image":
        image_rule(report, element, pointer)
    else:
        text(3000, markup=True)(report, element, pointer)


def image_rule(report: Report, image: Json, pointer: str) -> None:
    """Check an image by its address, or of a file in Slack."""
    (_FILE_ELEMENT if "slack_file" in image else _IMAGE_ELEMENT)(report, image, pointer)


def text_or_fields(report: Report, block: Json, pointer: str) -> None:
    """Check that a section says something."""
    if "text" not in block and "fields" not in block:
        report.add("must define either `text` or `fields`", f"{pointer}/type")


def _title(longest: int) -> Rule:
    """Make a rule for a title of which nobody has published whether it is a string or a text object."""

    def check(report: Report, value: Any, pointer: str) -> None:
        (text(longest) if isinstance(value, dict) else string(longest))(report, value, pointer)

    return check


def data_texts(report: Report, block: Json, pointer: str) -> None:
    """Check the sum of a data table's texts."""
    if sum(len(cell) for cell in _strings(block.get("rows"))) > DATA_TABLE_SUM:
        report.add(f"must be less than {DATA_TABLE_SUM + 1} characters", f"{pointer}/rows")


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        node = [child for name, child in node.items() if name != "type"]
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for child in node:
            yield from _strings(child)


_LISTED = items(1000, 0, anything)
_RICH_TEXTS: dict[str, Shape] = {
    "rich_text_section": Shape(rules={"elements": _LISTED}, required=("elements",)),
    "rich_text_preformatted": Shape(
        rules={"elements": _LISTED, "border": integer(0, 1)}, required=("elements",), is_open=True
    ),
    "rich_text_quote": Shape(rules={"elements": _LISTED, "border": integer(0, 1)}, required=("elements",)),
    "rich_text_list": Shape(
        rules={
            "elements": _LISTED,
            "style": choice("bullet", "ordered"),
            "indent": integer(0, 8),
            "border": integer(0, 1),
            "offset": integer(0, 1_000_000),
        },
        required=("elements", "style"),
    ),
}


def _rich_text(report: Report, element: Any, pointer: str) -> None:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind in _RICH_TEXTS:
        _RICH_TEXTS[kind](report, element, pointer)
    elif isinstance(element, dict):
        report.add(f"unsupported type: {kind}", f"{pointer}/type")
    else:
        report.add("must provide an object", pointer)


_IMAGE_ELEMENT = Shape(rules=IMAGE, required=("image_url", "alt_text"))
_FILE_ELEMENT = Shape(rules=IMAGE, required=("slack_file", "alt_text"))
NEWER = frozenset(
    {"video", "alert", "card", "file", "plan", "task_card", "context_actions", "table", "container"}
    | {"data_table", "data_visualization", "carousel"}
)
BLOCKS: dict[str, tuple[tuple[str, ...], dict[str, Rule]]] = {
    "section": (
        (),
        {
            "text": text(3000, markup=True),
            "fields": items(10, 1, text(2000, markup=True)),
            "expand": flag,
        },
    ),
    "header": (("text",), {"text": text(150), "level": anything}),
    "divider": ((), {}),
    "context": (("elements",), {"elements": items(10, 1, _context_element)}),
    "actions": (("elements",), {}),
    "image": (("image_url", "alt_text"), {**IMAGE, "title": text(2000)}),
    "image of a Slack file": (("slack_file", "alt_text"), {**IMAGE, "title": text(2000)}),
    "input": (
        ("label", "element"),
        {"label": text(2000), "hint": text(2000), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": (("elements",), {"elements": items(1000, 0, _rich_text)}),
    "markdown": (("text",), {"text": string(MARKDOWN_SUM, 1)}),
    "alert": (
        ("text",),
        {"text": text(200, markup=True), "level": choice("default", "info", "warning", "error", "success")},
    ),
    "video": (
        ("alt_text", "title", "thumbnail_url", "video_url"),
        {"title": text(200), "author_name": string(50), "provider_name": string(50), "description": text(200)},
    ),
    "card": (
        (),
        {
            "title": text(150, markup=True),
            "subtitle": text(150, markup=True),
            "body": text(200, markup=True),
            "confirm": CONFIRM,
        },
    ),
    "table": (("rows",), {"rows": items(100, 1, items(20, 1, anything)), "column_settings": items(20, 0, anything)}),
    "data_table": (
        ("rows", "caption"),
        {"rows": items(201, 2, items(20, 1, anything)), "page_size": integer(1, 100)},
    ),
    "data_visualization": ((), {"title": _title(50)}),
    "carousel": (("elements",), {"elements": items(10, 1, anything)}),
    "container": (("child_blocks",), {"title": text(150)}),
    "plan": (("tasks",), {"tasks": items(50, 0, anything)}),
}
