"""The rules that Slack's client applies to a form before it sends anything."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from playground.slack.elements import Placed, placed_elements, state_key
from playground.slack.records import View

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_URL = re.compile(r"^https?://[^\s/]+\.?[^\s]*$", re.IGNORECASE)
REQUIRED = "Please complete this required field."


def client_errors(view: View) -> dict[str, str]:
    """Return what Slack's client would write under the fields, by block_id."""
    errors = {}
    for placed in placed_elements(view.body["blocks"]):
        if placed.is_input:
            error = field_error(placed, _typed(placed, view))
            if error:
                errors[placed.block_id] = error
    return errors


def field_error(placed: Placed, value: Any) -> str | None:
    """Return what is wrong with one field's value, None when nothing is."""
    if value in (None, "", []):
        return None if placed.block.get("optional") else REQUIRED
    match placed.kind:
        case "plain_text_input":
            return _length_error(placed, str(value))
        case "number_input":
            return _number_error(placed, str(value))
        case "email_text_input":
            return None if _EMAIL.match(str(value)) else "Please enter a valid email address."
        case "url_text_input":
            return None if _URL.match(str(value)) else "Please enter a valid URL."
        case _:
            return _count_error(placed, value)


def _typed(placed: Placed, view: View) -> Any:
    key = state_key(placed.kind)
    return view.values.get(placed.block_id, {}).get(placed.action_id, {}).get(key or "")


def _length_error(placed: Placed, text: str) -> str | None:
    shortest, longest = placed.element.get("min_length", 0), placed.element.get("max_length", 3000)
    if len(text) < shortest:
        return f"Please enter at least {shortest} characters."
    if len(text) > longest:
        return f"Please enter at most {longest} characters."
    if not text.strip() and not placed.block.get("optional"):
        return REQUIRED
    return None


def _number_error(placed: Placed, text: str) -> str | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return "Please enter a number."
    if not number.is_finite():
        return "Please enter a number."
    if not placed.element.get("is_decimal_allowed") and "." in text:
        return "Please enter a whole number."
    low, high = placed.element.get("min_value"), placed.element.get("max_value")
    if low is not None and number < Decimal(low):
        return f"Please enter a number of at least {low}."
    if high is not None and number > Decimal(high):
        return f"Please enter a number of at most {high}."
    return None


def _count_error(placed: Placed, value: Any) -> str | None:
    most = placed.element.get("max_selected_items")
    if most is not None and isinstance(value, list) and len(value) > most:
        return f"Please choose at most {most}."
    return None
