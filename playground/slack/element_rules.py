"""What Slack demands of interactive elements and composition objects (limits: handbook 4.4, places: 4.5)."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from playground.slack.shapes import Report, Rule, Shape, anything, choice, flag, integer, items, string, text, wrapped
from playground.slack.wire import Json

Across = Callable[[Report, Json, str], None]
ACTION_ID = string(255)
OPTION_TEXT = 75
OPTION_VALUE = 150

CONFIRM = Shape(
    rules={
        "title": text(100),
        "text": text(300, markup=True),
        "confirm": text(30),
        "deny": text(30),
        "style": choice("primary", "danger"),
    },
    required=("title", "text", "confirm", "deny"),
    type_key=False,
)
DISPATCH_CONFIG = Shape(
    rules={"trigger_actions_on": items(2, 1, choice("on_enter_pressed", "on_character_entered"))},
    required=("trigger_actions_on",),
    type_key=False,
)


def _option(*, markup: bool = False, url: bool = False) -> Shape:
    rules: dict[str, Rule] = {
        "text": text(OPTION_TEXT, markup=markup) if markup else wrapped(text(OPTION_TEXT)),
        "value": string(OPTION_VALUE),
        "description": text(75, markup=markup),
    }
    if url:
        rules["url"] = string(3000)
    return Shape(rules=rules, required=("text", "value"), type_key=False)


OPTION = _option()
MARKED_OPTION = _option(markup=True)
OPTION_GROUP = Shape(
    rules={"label": text(75), "options": items(100, 1, OPTION)}, required=("label", "options"), type_key=False
)
SUGGESTIONS = Shape(
    rules={"options": items(100, 0, OPTION), "option_groups": items(100, 0, OPTION_GROUP)}, type_key=False
)


def _element(rules: dict[str, Rule], *required: str, across: tuple[Across, ...] = ()) -> Shape:
    return Shape(rules={"action_id": ACTION_ID, **rules}, required=required, across=across)


def _contradicts(low: str, high: str) -> Across:
    def check(report: Report, element: Json, pointer: str) -> None:
        least, most = _number(element.get(low)), _number(element.get(high))
        if least is not None and most is not None and least > most:
            report.add(f"{low} must not be greater than {high}", pointer)

    return check


def _initial_in_range(report: Report, element: Json, pointer: str) -> None:
    value = _number(element.get("initial_value"))
    low, high = _number(element.get("min_value")), _number(element.get("max_value"))
    if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        report.add("initial_value must be between min_value and max_value", f"{pointer}/initial_value")


def _initial_fits_length(report: Report, element: Json, pointer: str) -> None:
    longest = element.get("max_length")
    if longest is not None and len(element.get("initial_value") or "") > longest:
        report.add(f"must be less than {longest + 1} characters", f"{pointer}/initial_value")


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def _one_source(report: Report, element: Json, pointer: str) -> None:
    if ("options" in element) == ("option_groups" in element):
        report.add("must define either `options` or `option_groups`", pointer)


def _initial_is_offered(report: Report, element: Json, pointer: str) -> None:
    groups = [*element.get("option_groups", []), {"options": element.get("options", [])}]
    offered = {(o["text"]["text"], o["value"]) for group in groups for o in group["options"]}
    for name in ("initial_option", "initial_options"):
        initial = element.get(name) or []
        for option in initial if isinstance(initial, list) else [initial]:
            if (option["text"]["text"], option["value"]) not in offered:
                report.add(f"{name} must be among the options", f"{pointer}/{name}")


_COMMON: dict[str, Rule] = {"confirm": CONFIRM, "focus_on_load": flag}
_PLACEHOLDER: dict[str, Rule] = {"placeholder": text(150)}
_TYPED: dict[str, Rule] = {
    **_PLACEHOLDER,
    "focus_on_load": flag,
    "initial_value": string(3000),
    "dispatch_action_config": DISPATCH_CONFIG,
}
_LISTED: dict[str, Rule] = {"options": items(100, 1, OPTION), "option_groups": items(100, 1, OPTION_GROUP)}
_SELECT: dict[str, Rule] = {**_COMMON, **_PLACEHOLDER}
_MULTI: dict[str, Rule] = {**_SELECT, "max_selected_items": integer(1, 1_000_000)}
_ANY_IDS = items(1000, 0, string(255))
_SEARCH: dict[str, Rule] = {"min_query_length": integer(0, 1000)}

ELEMENTS: dict[str, Shape] = {
    "button": _element(
        {
            "text": text(75),
            "value": string(2000),
            "url": string(3000),
            "style": choice("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "agent_prompt": string(4000),
        },
        "text",
    ),
    "workflow_button": Shape(rules={"text": text(75)}, required=("text",), is_open=True),
    "overflow": _element({"options": items(5, 1, _option(url=True)), "confirm": CONFIRM}, "options"),
    "plain_text_input": _element(
        {**_TYPED, "multiline": flag, "min_length": integer(0, 3000), "max_length": integer(1, 3000)},
        across=(_contradicts("min_length", "max_length"), _initial_fits_length),
    ),
    "email_text_input": _element(_TYPED),
    "url_text_input": _element(_TYPED),
    "number_input": _element(
        {**_TYPED, "is_decimal_allowed": flag, "min_value": string(100), "max_value": string(100)},
        "is_decimal_allowed",
        across=(_contradicts("min_value", "max_value"), _initial_in_range),
    ),
    "rich_text_input": _element(
        {**_TYPED, "initial_value": anything, "min_lines": integer(1, 100), "max_lines": integer(1, 100)}
    ),
    "file_input": _element({"filetypes": items(1000, 0, string(255)), "max_files": integer(1, 10)}),
    "checkboxes": _element(
        {**_COMMON, "options": items(10, 1, MARKED_OPTION), "initial_options": items(10, 1, MARKED_OPTION)},
        "options",
        across=(_initial_is_offered,),
    ),
    "radio_buttons": _element(
        {**_COMMON, "options": items(10, 1, MARKED_OPTION), "initial_option": MARKED_OPTION},
        "options",
        across=(_initial_is_offered,),
    ),
    "datepicker": _element({**_SELECT, "initial_date": string(10, 10)}),
    "timepicker": _element({**_SELECT, "initial_time": string(5, 5), "timezone": string(255)}),
    "datetimepicker": _element({**_COMMON, "initial_date_time": integer(0, 9_999_999_999)}),
    "static_select": _element(
        {**_SELECT, **_LISTED, "initial_option": OPTION}, across=(_one_source, _initial_is_offered)
    ),
    "external_select": _element({**_SELECT, **_SEARCH, "initial_option": OPTION}),
    "users_select": _element({**_SELECT, "initial_user": string(255)}),
    "conversations_select": _element(
        {
            **_SELECT,
            "initial_conversation": string(255),
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": anything,
        }
    ),
    "channels_select": _element({**_SELECT, "initial_channel": string(255), "response_url_enabled": flag}),
    "multi_static_select": _element(
        {**_MULTI, **_LISTED, "initial_options": items(100, 1, OPTION)}, across=(_one_source, _initial_is_offered)
    ),
    "multi_external_select": _element({**_MULTI, **_SEARCH, "initial_options": items(100, 1, OPTION)}),
    "multi_users_select": _element({**_MULTI, "initial_users": _ANY_IDS}),
    "multi_conversations_select": _element(
        {
            **_MULTI,
            "initial_conversations": _ANY_IDS,
            "default_to_current_conversation": flag,
            "filter": anything,
        }
    ),
    "multi_channels_select": _element({**_MULTI, "initial_channels": _ANY_IDS}),
}

_SINGLE_SELECTS = frozenset(
    {"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
)
_MULTI_SELECTS = frozenset(f"multi_{name}" for name in _SINGLE_SELECTS)
_PICKERS = frozenset({"datepicker", "timepicker", "radio_buttons", "checkboxes"})
PLACES: dict[str, frozenset[str]] = {
    "actions": _SINGLE_SELECTS
    | _PICKERS
    | {"button", "overflow", "datetimepicker", "workflow_button", "rich_text_input"},
    "accessory": _SINGLE_SELECTS | _MULTI_SELECTS | _PICKERS | {"button", "overflow", "workflow_button", "image"},
    "input": _SINGLE_SELECTS
    | _MULTI_SELECTS
    | _PICKERS
    | {
        "datetimepicker",
        "plain_text_input",
        "number_input",
        "email_text_input",
        "url_text_input",
        "rich_text_input",
        "file_input",
    },
}
SURFACES: dict[str, frozenset[str]] = {
    "number_input": frozenset({"modal"}),
    "email_text_input": frozenset({"modal"}),
    "file_input": frozenset({"modal"}),
    "rich_text_input": frozenset({"modal", "home"}),
    "datetimepicker": frozenset({"modal", "message"}),
}


def is_allowed(kind: str, place: str, surface: str) -> bool:
    """Tell whether an element may stand in this kind of place on this surface."""
    return kind in PLACES[place] and surface in SURFACES.get(kind, {surface})
