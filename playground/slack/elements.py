"""Where interactive elements stand in blocks, and the state they carry in `state.values`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from playground.slack.records import Values
from playground.slack.wire import Json, copy_json

_TEXT_FIELDS = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
_STATE_KEYS = {
    **dict.fromkeys(_TEXT_FIELDS, ("value", "initial_value")),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),
}
_LISTS = ("selected_options", "selected_users", "selected_conversations", "selected_channels", "files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An interactive element with the block that holds it."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        """Return the block's id."""
        return str(self.block.get("block_id", ""))

    @property
    def action_id(self) -> str:
        """Return the element's action id."""
        return str(self.element.get("action_id", ""))

    @property
    def kind(self) -> str:
        """Return the element's type."""
        return str(self.element.get("type", ""))

    @property
    def is_input(self) -> bool:
        """Tell whether the element is the field of an input block."""
        return self.block.get("type") == "input"

    @property
    def label(self) -> str:
        """Return the label a person reads: of the input block, or on the button."""
        if self.is_input:
            return str(self.block["label"]["text"])
        return str((self.element.get("text") or {}).get("text", ""))


def placed_elements(blocks: Iterable[Json]) -> Iterator[Placed]:
    """Yield every interactive element of the blocks, in reading order."""
    for block in blocks:
        for element in _elements_of(block):
            if "action_id" in element or element.get("type") == "button":
                yield Placed(block=block, element=element)
        yield from placed_elements(block.get("child_blocks", []))


def state_key(kind: str) -> str | None:
    """Return the key that holds an element type's value in `state.values`; None for buttons and menus."""
    keys = _STATE_KEYS.get(kind)
    return keys[0] if keys else None


def initial_state(element: Json) -> Json | None:
    """Return the state of an untouched element; None when its type keeps none."""
    kind = str(element.get("type", ""))
    if kind not in _STATE_KEYS:
        return None
    key, initial_key = _STATE_KEYS[kind]
    empty: list[Json] | None = [] if key in _LISTS else None
    return {"type": kind, key: copy_json(element.get(initial_key, empty))}


def carry_values(blocks: Iterable[Json], kept: Values) -> Values:
    """Return the values of a new set of blocks: what was typed stays while block_id and action_id stay."""
    values: Values = {}
    for placed in placed_elements(blocks):
        fresh = initial_state(placed.element)
        if fresh is None:
            continue
        old = kept.get(placed.block_id, {}).get(placed.action_id)
        value = old if old is not None and old["type"] == placed.kind else fresh
        values.setdefault(placed.block_id, {})[placed.action_id] = value
    return values


def _elements_of(block: Json) -> list[Json]:
    match block.get("type"):
        case "input":
            return [block["element"]]
        case "section":
            return [block["accessory"]] if isinstance(block.get("accessory"), dict) else []
        case "actions" | "context_actions" | "card":
            elements: list[Json] = block.get("elements") or block.get("actions") or []
            return elements
        case _:
            return []
