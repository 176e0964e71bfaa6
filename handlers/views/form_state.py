"""What a form holds: Slack's view state turned into field values, secrets apart."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.domain.form import field_of
from bot.domain.request import SECRET_FIELDS, Field


class FormState(NamedTuple):
    """The values of the fields that are in the form, and apart from them the secrets that were typed."""

    values: dict[Field, str]
    secrets: dict[Field, str]


def read(state: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> FormState:
    """Read `view["state"]["values"]`: an emptied field has an empty text, a field that is not shown is left out."""
    found: dict[Field, str] = {}
    for block_id, elements in state.items():
        field = field_of(block_id)
        if field is not None and field in elements:
            found[field] = _value(elements[field])
    values = {field: value for field, value in found.items() if field not in SECRET_FIELDS}
    secrets = {field: value for field, value in found.items() if field in SECRET_FIELDS and value}
    return FormState(values, secrets)


def _value(element: Mapping[str, Any]) -> str:
    """Return the one value of an element; a ticked checkbox has the value of its option."""
    if "selected_options" in element:
        chosen = [str(option["value"]) for option in element["selected_options"] or ()]
        return chosen[0] if chosen else ""
    if "selected_option" in element:
        option = element["selected_option"]
        return str(option["value"]) if option else ""
    value = element.get("value")
    return "" if value is None else str(value)
