"""Writes views and messages as the text a person sees on the screen."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from playground.slack.elements import initial_state
from playground.slack.mrkdwn import Reader, plain
from playground.slack.records import Message, Values, View
from playground.slack.state import State
from playground.slack.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What to write: for whom, with which typed values and errors."""

    reader: Reader
    values: Values = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def reader_for(state: State, user: str | None) -> Reader:
    """Return how a person reads texts; without one, in UTC."""
    account = state.accounts.get(user or "")
    names = {a.id: a.real_name for a in state.accounts.values()}
    names |= {c.id: c.name for c in state.conversations.values()}
    return Reader(zone=account.tz if account else "UTC", now=state.clock.now(), names=names)


def message_text(message: Message, state: State, user: str | None) -> str:
    """Return a message as a person sees it: its blocks, or its text when it has none."""
    reader = reader_for(state, user)
    values = message.values.get(user or "", {})
    lines = block_lines(message.blocks, Sheet(reader=reader, values=values))
    if not message.blocks:
        lines = [plain(message.text, reader)]
    lines += [plain(str(a.get("text") or a.get("fallback") or ""), reader) for a in message.attachments]
    lines += [f"[file {entry['title']}]" for entry in message.files]
    return "\n".join(line for line in lines if line)


def view_text(view: View, state: State) -> str:
    """Return a modal or Home tab as its owner sees it."""
    sheet = Sheet(reader=reader_for(state, view.user), values=view.values, errors=view.errors)
    body = view.body
    lines = [f"== {body['title']['text']} =="] if body.get("title") else []
    lines += [f"(!) {view.banner}"] if view.banner else []
    lines += block_lines(body["blocks"], sheet)
    buttons = [f"[{body[name]['text']}]" for name in ("close", "submit") if body.get(name)]
    if body["type"] == "modal" and not body.get("close"):
        buttons.insert(0, "[Cancel]")
    lines += [" ".join(buttons)] if buttons else []
    return "\n".join(lines)


def block_lines(blocks: Iterable[Json], sheet: Sheet) -> list[str]:
    """Return the lines that blocks take on the screen."""
    return [line for block in blocks for line in _block(block, sheet)]


def _block(block: Json, sheet: Sheet) -> list[str]:  # noqa: PLR0911  # one line per kind of block
    match block.get("type"):
        case "input":
            return _input(block, sheet)
        case "section":
            return _section(block, sheet)
        case "actions" | "context_actions":
            return [" ".join(_element(block, element, sheet) for element in block.get("elements", []))]
        case "header":
            return [f"# {_text(block.get('text'), sheet)}"]
        case "divider":
            return ["---"]
        case "context":
            return [" ".join(_element(block, element, sheet) for element in block.get("elements", []))]
        case "image":
            return [f"[image: {block.get('alt_text', '')}]"]
        case "rich_text":
            return [_rich(block, sheet)]
        case _:
            return _newer_block(block, sheet)


def _newer_block(block: Json, sheet: Sheet) -> list[str]:
    match block.get("type"):
        case "alert" | "markdown":
            text = block.get("text")
            return [_text(text, sheet) if isinstance(text, dict) else str(text)]
        case "table" | "data_table":
            return [" | ".join(_cell(cell, sheet) for cell in row) for row in block.get("rows", [])]
        case "container":
            title = [_text(block.get("title"), sheet)] if block.get("title") else []
            return title + block_lines(block.get("child_blocks", []), sheet)
        case "card":
            texts = [_text(block.get(name), sheet) for name in ("title", "subtitle", "body") if block.get(name)]
            return [*texts, " ".join(_element(block, element, sheet) for element in block.get("actions", []))]
        case _:
            return [f"[{block.get('type')}]"]


def _cell(cell: Any, sheet: Sheet) -> str:
    return _rich(cell, sheet) if cell.get("type") == "rich_text" else str(cell.get("text", ""))


def _section(block: Json, sheet: Sheet) -> list[str]:
    lines = [_text(block["text"], sheet)] if block.get("text") else []
    lines += [_text(entry, sheet) for entry in block.get("fields", [])]
    if block.get("accessory"):
        lines.append(_element(block, block["accessory"], sheet))
    return lines


def _input(block: Json, sheet: Sheet) -> list[str]:
    label = _text(block["label"], sheet)
    mark = " (optional)" if block.get("optional") else ""
    lines = [f"{label}{mark}: {_element(block, block['element'], sheet)}"]
    if block.get("hint"):
        lines.append(f"  {_text(block['hint'], sheet)}")
    error = sheet.errors.get(str(block.get("block_id")))
    return [*lines, f"  ! {error}"] if error else lines


def _element(block: Json, element: Json, sheet: Sheet) -> str:
    kind = element.get("type")
    if kind in {"mrkdwn", "plain_text"}:
        return _text(element, sheet)
    if kind == "image":
        return f"[image: {element.get('alt_text', '')}]"
    if kind in {"button", "workflow_button", "icon_button", "feedback_buttons"}:
        return f"[{_text(element.get('text'), sheet)}]"
    if kind == "overflow":
        return "[... " + " | ".join(_text(o["text"], sheet) for o in element.get("options", [])) + "]"
    return _stateful(block, element, sheet)


def _stateful(block: Json, element: Json, sheet: Sheet) -> str:
    typed = sheet.values.get(str(block.get("block_id")), {}).get(str(element.get("action_id")))
    state = typed or initial_state(element) or {}
    value = next((v for key, v in state.items() if key != "type"), None)
    if element["type"] in {"radio_buttons", "checkboxes"}:
        return " ".join(_choice(element, option, value, sheet) for option in element["options"])
    shown = _value(value, sheet)
    placeholder = _text(element.get("placeholder"), sheet)
    if element["type"].endswith("_input"):
        return f"[{shown}]" if shown else f"[_{placeholder}_]"
    return f"[{shown} v]" if shown else f"[_{placeholder}_ v]"


def _choice(element: Json, option: Json, value: Any, sheet: Sheet) -> str:
    chosen = value if isinstance(value, list) else [value]
    is_on = any(one and one["value"] == option["value"] for one in chosen)
    left, right = ("(", ")") if element["type"] == "radio_buttons" else ("[", "]")
    note = f" - {_text(option['description'], sheet)}" if option.get("description") else ""
    return f"{left}{'x' if is_on else ' '}{right} {_text(option['text'], sheet)}{note}"


def _value(value: Any, sheet: Sheet) -> str:
    if isinstance(value, list):
        return ", ".join(_value(one, sheet) for one in value)
    if isinstance(value, dict):
        return _text(value.get("text"), sheet) if "text" in value else _rich(value, sheet)
    return "" if value is None else sheet.reader.names.get(str(value), str(value))


def _text(node: Any, sheet: Sheet) -> str:
    if not isinstance(node, dict):
        return "" if node is None else str(node)
    text = str(node.get("text", ""))
    return plain(text, sheet.reader) if node.get("type") == "mrkdwn" else text


def _rich(node: Json, sheet: Sheet) -> str:
    kind = node.get("type")
    if kind == "link":
        return f"{node['text']} ({node['url']})" if node.get("text") else str(node["url"])
    if kind == "user":
        return f"@{sheet.reader.names.get(node['user_id'], node['user_id'])}"
    if kind == "emoji":
        return f":{node['name']}:"
    if "elements" not in node:
        return str(node.get("text", ""))
    parts = [_rich(child, sheet) for child in node["elements"]]
    if kind == "rich_text_list":
        return "\n".join(f"- {part}" for part in parts)
    return ("\n" if kind == "rich_text" else "").join(parts)
