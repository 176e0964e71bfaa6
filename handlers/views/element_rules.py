"""What Slack demands of buttons, inputs, choices and their options."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from handlers.views.complaints import Complaints
from handlers.views.text_rules import ANY, PLAIN, check_text

EVERYWHERE = frozenset({"modal", "home", "message"})
IN_ACTIONS = frozenset(
    {"button", "static_select", "external_select", "overflow", "checkboxes", "radio_buttons", "datepicker"}
)
IN_INPUT = frozenset(
    {
        "plain_text_input",
        "number_input",
        "static_select",
        "external_select",
        "checkboxes",
        "radio_buttons",
        "email_text_input",
        "url_text_input",
        "datepicker",
        "datetimepicker",
    }
)
_SURFACES = {
    "number_input": frozenset({"modal"}),
    "email_text_input": frozenset({"modal"}),
    "datetimepicker": frozenset({"modal", "message"}),
}
_ID = 255
_BUTTON, _VALUE, _URL = 75, 2000, 3000
_OPTION, _OPTIONS, _CHOICES = 75, 100, 10
_PLACEHOLDER, _INPUT = 150, 3000
_CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
_STYLES = {"primary", "danger"}


def check_element(complaints: Complaints, pointer: str, element: object, surface: str, allowed: frozenset[str]) -> None:
    """Check an element that may stand where only the allowed kinds may."""
    if not isinstance(element, Mapping):
        complaints.add(pointer, "must provide an object")
        return
    kind = str(element.get("type"))
    if kind not in allowed or surface not in _SURFACES.get(kind, EVERYWHERE):
        complaints.add(pointer, f"unsupported type: {kind}")
        return
    action_id = element.get("action_id")
    is_named = isinstance(action_id, str) and 1 <= len(action_id) <= _ID
    complaints.check(is_named, f"{pointer}/action_id", f"must have 1 to {_ID} characters")
    if "placeholder" in element:
        check_text(complaints, f"{pointer}/placeholder", element["placeholder"], longest=_PLACEHOLDER, kinds=PLAIN)
    if "confirm" in element:
        _confirm(complaints, f"{pointer}/confirm", element["confirm"])
    rule = _ELEMENT_RULES.get(kind)
    if rule is not None:
        rule(complaints, pointer, element)


def check_options(
    complaints: Complaints, pointer: str, element: Mapping[str, Any], *, may_be_empty: bool = False
) -> list[Mapping[str, Any]]:
    """Check `options` or `option_groups`, one of which there must be, and return all options."""
    complaints.check(
        ("options" in element) != ("option_groups" in element), pointer, "has either options or option_groups"
    )
    if "option_groups" in element:
        groups = element["option_groups"]
        complaints.check(1 <= len(groups) <= _OPTIONS, f"{pointer}/option_groups", f"must have 1 to {_OPTIONS} items")
        found: list[Mapping[str, Any]] = []
        for number, group in enumerate(groups):
            place = f"{pointer}/option_groups/{number}"
            check_text(complaints, f"{place}/label", group.get("label"), longest=_OPTION, kinds=PLAIN)
            found += _check_list(complaints, f"{place}/options", group.get("options"), most=_OPTIONS)
        return found
    least = 0 if may_be_empty else 1
    return _check_list(complaints, f"{pointer}/options", element.get("options"), most=_OPTIONS, least=least)


def _confirm(complaints: Complaints, pointer: str, dialog: Mapping[str, Any]) -> None:
    for key, longest in _CONFIRM.items():
        kinds = ANY if key == "text" else PLAIN
        check_text(complaints, f"{pointer}/{key}", dialog.get(key), longest=longest, kinds=kinds)
    complaints.check(dialog.get("style", "primary") in _STYLES, f"{pointer}/style", "must be primary or danger")


def _button(complaints: Complaints, pointer: str, element: Mapping[str, Any]) -> None:
    check_text(complaints, f"{pointer}/text", element.get("text"), longest=_BUTTON, kinds=PLAIN)
    for key, longest in (("value", _VALUE), ("url", _URL), ("accessibility_label", _BUTTON)):
        value = element.get(key, "-")
        is_fine = isinstance(value, str) and 1 <= len(value) <= longest
        complaints.check(is_fine, f"{pointer}/{key}", f"must have 1 to {longest} characters")
    complaints.check(element.get("style", "primary") in _STYLES, f"{pointer}/style", "must be primary or danger")


def _select(complaints: Complaints, pointer: str, element: Mapping[str, Any]) -> None:
    _check_initial(complaints, pointer, element, check_options(complaints, pointer, element))


def _external_select(complaints: Complaints, pointer: str, element: Mapping[str, Any]) -> None:
    if "initial_option" in element:
        _option(complaints, f"{pointer}/initial_option", element["initial_option"])
    least = element.get("min_query_length", 3)
    complaints.check(isinstance(least, int) and least >= 0, f"{pointer}/min_query_length", "must be 0 or more")


def _few_options(complaints: Complaints, pointer: str, element: Mapping[str, Any]) -> None:
    options = _check_list(complaints, f"{pointer}/options", element.get("options"), most=_CHOICES)
    _check_initial(complaints, pointer, element, options)
    for initial in element.get("initial_options", []):
        complaints.check(initial in options, f"{pointer}/initial_options", "must be among the options")
    complaints.check(element.get("initial_options") != [], f"{pointer}/initial_options", "must be absent, not empty")


def _text_input(complaints: Complaints, pointer: str, element: Mapping[str, Any]) -> None:
    least, most = element.get("min_length", 0), element.get("max_length", _INPUT)
    complaints.check(0 <= least <= most, f"{pointer}/min_length", "must not be more than max_length")
    complaints.check(1 <= most <= _INPUT, f"{pointer}/max_length", f"must be 1 to {_INPUT}")
    value = element.get("initial_value", "")
    complaints.check(len(value) <= most, f"{pointer}/initial_value", f"must be less than {most + 1} characters")
    is_one_line = element.get("multiline") is True or "\n" not in value
    complaints.check(is_one_line, f"{pointer}/initial_value", "has line breaks in an input of one line")


def _number_input(complaints: Complaints, pointer: str, element: Mapping[str, Any]) -> None:
    complaints.check(isinstance(element.get("is_decimal_allowed"), bool), f"{pointer}/is_decimal_allowed", "is needed")
    bounds = [element.get(key) for key in ("min_value", "initial_value", "max_value")]
    numbers = [number for number in bounds if number is not None]
    complaints.check(all(isinstance(number, str) for number in numbers), pointer, "numbers are given as texts")
    is_ordered = [float(number) for number in numbers] == sorted(float(number) for number in numbers)
    complaints.check(is_ordered, pointer, "min_value, initial_value and max_value must be in this order")


def _check_initial(
    complaints: Complaints, pointer: str, element: Mapping[str, Any], options: Sequence[Mapping[str, Any]]
) -> None:
    if "initial_option" in element:
        is_offered = element["initial_option"] in options
        complaints.check(is_offered, f"{pointer}/initial_option", "must be one of the options")


def _check_list(
    complaints: Complaints, pointer: str, options: object, *, most: int, least: int = 1
) -> list[Mapping[str, Any]]:
    if not isinstance(options, list):
        complaints.add(pointer, "must be a list")
        return []
    complaints.check(least <= len(options) <= most, pointer, f"must have {least} to {most} items")
    for number, option in enumerate(options):
        _option(complaints, f"{pointer}/{number}", option)
    return options


def _option(complaints: Complaints, pointer: str, option: object) -> None:
    if not isinstance(option, Mapping):
        complaints.add(pointer, "must provide an object")
        return
    check_text(complaints, f"{pointer}/text", option.get("text"), longest=_OPTION)
    value = option.get("value")
    is_fine = isinstance(value, str) and 1 <= len(value) <= _OPTION
    complaints.check(is_fine, f"{pointer}/value", f"must have 1 to {_OPTION} characters")
    if "description" in option:
        check_text(complaints, f"{pointer}/description", option["description"], longest=_OPTION)


_ELEMENT_RULES: dict[str, Callable[[Complaints, str, Mapping[str, Any]], None]] = {
    "button": _button,
    "static_select": _select,
    "external_select": _external_select,
    "radio_buttons": _few_options,
    "checkboxes": _few_options,
    "plain_text_input": _text_input,
    "number_input": _number_input,
}
