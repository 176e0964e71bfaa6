"""What a person can see: snapshots of messages and views, and the refusals of the driver."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.slack.elements import Placed, placed_elements, state_key
from playground.slack.records import Message, Values, View
from playground.slack.render import message_text, view_text
from playground.slack.state import State
from playground.slack.wire import Json, copy_json


class Refused(Exception):  # what the driver says to a test
    """The person cannot do this on the screen they see; the text says why and what is there."""


class TimedOut(Exception):  # what the driver says to a test
    """What the person waited for did not come; the text holds the conversation so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a menu."""

    text: str
    value: str
    description: str | None = None

    @classmethod
    def read(cls, option: Json) -> "Option":
        """Read an option object."""
        note = option.get("description")
        return cls(
            text=str(option["text"]["text"]),
            value=str(option["value"]),
            description=None if note is None else str(note["text"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message as one person sees it; `notification` is its top-level text."""

    ts: str
    channel: str
    author: str
    text: str
    notification: str
    blocks: tuple[Json, ...] = ()
    metadata: Json | None = None
    thread_ts: str | None = None
    edited_ts: str | None = None
    is_ephemeral: bool = False
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None

    @classmethod
    def of(cls, message: Message, state: State, user: str) -> "ShownMessage":
        """Take a snapshot for a person."""
        return cls(
            ts=message.ts,
            channel=message.channel,
            author=message.author,
            text=message_text(message, state, user),
            notification=message.text,
            blocks=tuple(copy_json(message.blocks)),
            metadata=copy_json(message.metadata),
            thread_ts=message.thread_ts,
            edited_ts=message.edited_ts,
            is_ephemeral=message.only_for is not None,
            unfurl_links=message.unfurl_links,
            unfurl_media=message.unfurl_media,
        )

    @property
    def buttons(self) -> tuple[str, ...]:
        """Return the labels of the buttons."""
        return button_labels(self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownView:
    """A modal or Home tab as its owner sees it, with what is typed in it."""

    id: str
    kind: str
    user: str
    title: str
    text: str
    hash: str
    callback_id: str
    external_id: str
    private_metadata: str
    blocks: tuple[Json, ...]
    values: Values = field(repr=False)
    errors: Mapping[str, str]
    banner: str | None
    submit_label: str | None
    close_label: str | None

    @classmethod
    def of(cls, view: View, state: State) -> "ShownView":
        """Take a snapshot."""
        body = view.body
        return cls(
            id=view.id,
            kind=body["type"],
            user=view.user,
            title=_label(body.get("title")) or "",
            text=view_text(view, state),
            hash=view.hash,
            callback_id=body["callback_id"],
            external_id=body["external_id"],
            private_metadata=body["private_metadata"],
            blocks=tuple(copy_json(body["blocks"])),
            values=copy_json(view.values),
            errors=dict(view.errors),
            banner=view.banner,
            submit_label=_label(body.get("submit")),
            close_label=_label(body.get("close")),
        )

    @property
    def buttons(self) -> tuple[str, ...]:
        """Return the labels of the buttons in the blocks; submit and close are apart."""
        return button_labels(self.blocks)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of the input fields, in order."""
        return tuple(placed.label for placed in placed_elements(self.blocks) if placed.is_input)

    def value(self, key: str) -> Any:
        """Return what a field holds: a string, a list of option values, or None when it is empty.

        `key` is a block_id, an action_id or a label.
        """
        placed = find_placed(self.blocks, key=key)
        name = state_key(placed.kind)
        if name is None:
            raise Refused(f"{key!r} is a {placed.kind} and holds no value.")
        return _bare(self.values.get(placed.block_id, {}).get(placed.action_id, {}).get(name))

    def options(self, key: str) -> tuple[Option, ...]:
        """Return the choices of a field that holds them itself; an external select's come from typing in it."""
        return options_of(find_placed(self.blocks, key=key).element)

    def has(self, key: str) -> bool:
        """Tell whether an element with this block_id, action_id or label is on the view."""
        return bool(matching(self.blocks, key=key))


def options_of(element: Json) -> tuple[Option, ...]:
    """Return the choices that an element lists itself."""
    groups = [*element.get("option_groups", []), {"options": element.get("options", [])}]
    return tuple(Option.read(option) for group in groups for option in group["options"])


def button_labels(blocks: Iterable[Json]) -> tuple[str, ...]:
    """Return the labels of all buttons, in order."""
    return tuple(placed.label for placed in placed_elements(blocks) if placed.kind == "button")


def matching(
    blocks: Iterable[Json],
    *,
    key: str | None = None,
    action_id: str | None = None,
    block_id: str | None = None,
    value: str | None = None,
    label: str | None = None,
) -> list[Placed]:
    """Return the elements that fit everything given.

    `key` is an action_id, else a block_id, else a label, else both ids with a slash between them.
    """
    placed = list(placed_elements(blocks))
    if key is not None:
        named = [[p for p in placed if name(p) == key] for name in _NAMES]
        placed = next((hits for hits in named if hits), [])
    return [
        p
        for p in placed
        if (action_id is None or p.action_id == action_id)
        and (block_id is None or p.block_id == block_id)
        and (value is None or p.element.get("value") == value)
        and (label is None or p.label == label)
    ]


_NAMES: tuple[Callable[[Placed], str], ...] = (
    lambda placed: placed.action_id,
    lambda placed: placed.block_id,
    lambda placed: placed.label,
    lambda placed: f"{placed.block_id}/{placed.action_id}",
)


def find_placed(blocks: Iterable[Json], **wanted: str | None) -> Placed:
    """Return the one element that fits; none or several are refused with a list of what is there."""
    known = list(blocks)
    hits = matching(known, **wanted)
    if len(hits) == 1:
        return hits[0]
    asked = ", ".join(f"{name}={value!r}" for name, value in wanted.items() if value is not None)
    there = ", ".join(_describe(placed) for placed in placed_elements(known)) or "nothing to click or fill"
    raise Refused(f"{'No' if not hits else 'More than one'} element fits {asked}. On the screen: {there}.")


def _describe(placed: Placed) -> str:
    return f"{placed.kind} {placed.label!r} ({placed.block_id}/{placed.action_id})"


def _label(node: Json | None) -> str | None:
    return None if node is None else str(node["text"])


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(one) for one in value]
    return value["value"] if isinstance(value, dict) and "value" in value else value
