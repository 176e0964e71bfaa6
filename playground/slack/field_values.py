"""Turns what a person types or chooses into the state of an element."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from playground.slack.elements import Placed, state_key
from playground.slack.screen import Refused
from playground.slack.state import State
from playground.slack.wire import Json

_MULTI = ("multi_static_select", "multi_external_select", "checkboxes")
_SINGLE = ("static_select", "external_select", "radio_buttons")


def state_for(placed: Placed, wanted: Any, state: State, offered: Sequence[Json] | None = None) -> Json:
    """Return the element's new state; a choice that is not offered is refused.

    `offered` are the options the app gave for an external select.
    """
    key = state_key(placed.kind)
    if key is None:
        raise Refused(f"A {placed.kind} cannot be filled in.")
    return {"type": placed.kind, key: _value(placed, wanted, state, offered)}


def pick(placed: Placed, wanted: str, offered: Sequence[Json] | None = None) -> Json:
    """Return the option with this text or value; the text goes first."""
    options = list(offered) if offered is not None else _own_options(placed.element)
    hits = [o for o in options if o["text"]["text"] == wanted] or [o for o in options if o["value"] == wanted]
    if hits:
        return hits[0]
    there = ", ".join(repr(o["text"]["text"]) for o in options) or "nothing"
    raise Refused(f"{placed.label or placed.action_id!r} does not offer {wanted!r}, but {there}.")


def _value(placed: Placed, wanted: Any, state: State, offered: Sequence[Json] | None) -> Any:  # noqa: PLR0911  # one line per kind of field
    if placed.kind in _MULTI:
        return [pick(placed, str(one), offered) for one in _listed(wanted)]
    if placed.kind in _SINGLE:
        return None if wanted is None else pick(placed, str(wanted), offered)
    if placed.kind.startswith("multi_"):
        return [_id_of(str(one), state) for one in _listed(wanted)]
    if placed.kind in {"users_select", "conversations_select", "channels_select"}:
        return None if wanted is None else _id_of(str(wanted), state)
    if placed.kind == "datetimepicker":
        return int(wanted.timestamp()) if isinstance(wanted, datetime) else wanted
    if placed.kind == "rich_text_input":
        return _rich_text(wanted)
    return _text(wanted)


def _text(wanted: Any) -> str | None:
    if wanted is None or wanted == "":
        return None
    if isinstance(wanted, time):
        return f"{wanted:%H:%M}"
    if isinstance(wanted, date):
        return wanted.isoformat()
    if isinstance(wanted, str | int | float | Decimal) and not isinstance(wanted, bool):
        return str(wanted)
    raise Refused(f"{wanted!r} cannot be typed into a field.")


def _rich_text(wanted: Any) -> Any:
    if not isinstance(wanted, str):
        return wanted
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": wanted}]}
    return {"type": "rich_text", "elements": [section]}


def _listed(wanted: Any) -> Iterable[Any]:
    if wanted is None:
        return []
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _id_of(wanted: str, state: State) -> str:
    known = {account.name: account.id for account in state.accounts.values()}
    known |= {c.name: c.id for c in state.conversations.values() if c.kind != "im"}
    if wanted in known.values():
        return wanted
    if wanted.lstrip("@#") not in known:
        raise Refused(f"Nobody and no channel here is called {wanted!r}.")
    return known[wanted.lstrip("@#")]


def _own_options(element: Json) -> list[Json]:
    groups = [*element.get("option_groups", []), {"options": element.get("options", [])}]
    return [option for group in groups for option in group["options"]]
