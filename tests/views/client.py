"""The state that Slack's client reports for a form nobody has touched."""

from collections.abc import Mapping
from typing import Any

State = dict[str, dict[str, dict[str, Any]]]


def untouched_state(view: Mapping[str, Any]) -> State:
    """Return `state.values` of a freshly opened view."""
    return {
        block["block_id"]: {block["element"]["action_id"]: _reported(block["element"])}
        for block in view["blocks"]
        if block["type"] == "input"
    }


def _reported(element: Mapping[str, Any]) -> dict[str, Any]:
    kind = element["type"]
    if kind == "checkboxes":
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in {"static_select", "external_select", "radio_buttons"}:
        return {"type": kind, "selected_option": element.get("initial_option")}
    return {"type": kind, "value": element.get("initial_value")}
