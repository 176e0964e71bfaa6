"""Checks views and messages by Slack's limits and answers with Slack's texts (handbook 4.4, 4.5, 7.2)."""

from collections.abc import Collection, Iterator
from typing import Any

from playground.slack.block_rules import (
    BLOCK_ID,
    BLOCKS,
    MARKDOWN_SUM,
    NEWER,
    SURFACE_BLOCKS,
    data_texts,
    image_rule,
    text_or_fields,
)
from playground.slack.element_rules import ELEMENTS, is_allowed
from playground.slack.elements import placed_elements
from playground.slack.shapes import Report, Rule, Shape, an_object, choice, flag, items, string, text, wrapped
from playground.slack.wire import Json

MESSAGE_TEXTS = 9_597  # the longest sum that others measured as accepted; 11,341 was refused
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MOST_OF_A_KIND = {"table": 1, "data_visualization": 2}
TEXT_CUT = 40_000
ATTACHMENTS = 100
VIEW_BYTES = 250_000


def view_flaws(view: Any, surface: str | None, lacking: Collection[str] = ()) -> list[str]:
    """Return what Slack would say about a view, nothing when it is good; `surface` None takes either kind.

    `lacking` names block types that this workspace does not have yet.
    """
    report = Report()
    is_home = isinstance(view, dict) and view.get("type") == "home"
    expected = surface or ("home" if is_home else "modal")
    _view_rule(expected, lacking)(report, view, "/view")
    if report.lines:
        return report.lines
    blocks = view["blocks"]
    _check_submit(report, view)
    _check_unique(report, blocks, "/view/blocks")
    _check_focus(report, blocks, "/view/blocks")
    return report.lines


def message_flaws(blocks: Any, lacking: Collection[str] = ()) -> list[str]:
    """Return what Slack would say about a message's blocks, nothing when they are good."""
    report = Report()
    items(MESSAGE_BLOCKS, 0, _block_rule("message", lacking))(report, blocks, "/blocks")
    if report.lines:
        return report.lines
    _check_unique(report, blocks, "/blocks")
    _check_focus(report, blocks, "/blocks")
    if sum(len(str(b.get("text", ""))) for b in blocks if b["type"] == "markdown") > MARKDOWN_SUM:
        report.add(f"must be less than {MARKDOWN_SUM + 1} characters", "/blocks")
    for kind, most in MOST_OF_A_KIND.items():
        if sum(block["type"] == kind for block in blocks) > most:
            report.add(f"no more than {most} {kind} allowed", "/blocks")
    return report.lines


def text_sum(blocks: list[Json]) -> int:
    """Return the sum of all texts that readers see in the blocks."""
    return sum(len(part) for part in _texts(blocks))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for child in node:
            yield from _texts(child)
    elif isinstance(node, dict):
        for name, child in node.items():
            if name == "text" and isinstance(child, str):
                yield child
            else:
                yield from _texts(child)


def _view_rule(surface: str, lacking: Collection[str]) -> Rule:
    shared: dict[str, Rule] = {
        "type": choice(surface),
        "blocks": items(VIEW_BLOCKS, 0, _block_rule(surface, lacking)),
        "private_metadata": string(3000),
        "callback_id": string(255),
        "external_id": string(255),
    }
    if surface == "home":
        return wrapped(Shape(rules=shared, required=("type", "blocks")))
    modal: dict[str, Rule] = {
        "title": text(24),
        "submit": wrapped(an_object, text(24)),  # Slack tells a null submit twice
        "close": wrapped(an_object, text(24)),
        "clear_on_close": flag,
        "notify_on_close": flag,
    }
    return wrapped(Shape(rules={**shared, **modal}, required=("type", "title", "blocks")))


def _block_rule(surface: str, lacking: Collection[str] = ()) -> Rule:
    def check(report: Report, block: Any, pointer: str) -> None:
        if not isinstance(block, dict):
            report.add("must provide an object", pointer)
            return
        kind = block.get("type")
        if not isinstance(kind, str):
            report.add("missing required field: type", pointer)
        elif kind not in SURFACE_BLOCKS[surface] or kind in lacking:
            report.add(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            _block_shape(_of_file(kind, block), surface)(report, block, pointer)

    return check


def _of_file(kind: str, block: Json) -> str:
    return "image of a Slack file" if kind == "image" and "slack_file" in block else kind


def _block_shape(kind: str, surface: str) -> Shape:
    required, rules = BLOCKS.get(kind, ((), {}))
    across = {"section": (text_or_fields,), "data_table": (data_texts,)}.get(kind, ())
    return Shape(
        rules={"block_id": BLOCK_ID, **rules, **_placed_rules(kind, surface)},
        required=required,
        across=across,
        is_open=kind in NEWER,
    )


def _placed_rules(kind: str, surface: str) -> dict[str, Rule]:
    match kind:
        case "section":
            return {"accessory": _element_rule("accessory", surface)}
        case "input":
            return {"element": _element_rule("input", surface)}
        case "actions":
            return {"elements": items(25, 1, _element_rule("actions", surface))}
        case "container":
            return {"child_blocks": items(10, 1, _block_rule(surface))}
        case "card":
            return {"actions": items(3, 1, _element_rule("actions", surface))}
        case _:
            return {}


def _element_rule(place: str, surface: str) -> Rule:
    def check(report: Report, element: Any, pointer: str) -> None:
        if not isinstance(element, dict):
            report.add("must provide an object", pointer)
            return
        kind = element.get("type")
        if not isinstance(kind, str):
            report.add("missing required field: type", pointer)
        elif not is_allowed(kind, place, surface):
            report.add(f"unsupported type: {kind}", f"{pointer}/type")
        elif kind == "image":
            image_rule(report, element, pointer)
        else:
            ELEMENTS[kind](report, element, pointer)

    return check


def _check_submit(report: Report, view: Json) -> None:
    if view["type"] != "modal" or "submit" in view:
        return
    for index, block in enumerate(view["blocks"]):
        if block["type"] == "input":
            report.add("must define `submit` to use an `input` block in modals", f"/view/blocks/{index}/input")


def _check_unique(report: Report, blocks: list[Json], pointer: str) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            report.add(f"block_id must be unique: {block_id}", f"{pointer}/{index}/block_id")
        seen.add(block_id or "")
        known: set[str] = set()
        for placed in placed_elements([block]):
            if placed.action_id and placed.action_id in known:
                report.add(f"action_id must be unique: {placed.action_id}", f"{pointer}/{index}")
            known.add(placed.action_id)


def _check_focus(report: Report, blocks: list[Json], pointer: str) -> None:
    if sum(bool(placed.element.get("focus_on_load")) for placed in placed_elements(blocks)) > 1:
        report.add("no more than 1 element may have focus_on_load", pointer)
