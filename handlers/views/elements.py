"""The pieces that views are built from, each within Slack's limits, none with text that is interpreted."""

from collections.abc import Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from handlers.ids import Action, Callback
from handlers.views import mrkdwn

SECTION_LENGTH = 3000
FIELDS = 10
OPTIONS = 100
OPTION_LENGTH = 75
BUTTON_LENGTH = 75
VALUE_LENGTH = 2000


def plain(text: str, limit: int) -> PlainTextObject:
    """Return a text that is shown as it is, without turning colons into emoji."""
    return PlainTextObject(text=mrkdwn.lines(text, limit), emoji=False)


def marked(text: str) -> MarkdownTextObject:
    """Return a text of ours whose foreign parts are escaped already; nothing else in it is interpreted."""
    return MarkdownTextObject(text=text, verbatim=True)


def section(text: str, *, block_id: str, accessory: InteractiveElement | None = None) -> SectionBlock:
    """Return a paragraph."""
    return SectionBlock(block_id=block_id, text=marked(text), accessory=accessory)


def verbatim_section(text: str, *, block_id: str, limit: int = SECTION_LENGTH) -> SectionBlock:
    """Return foreign text as a paragraph in which nothing is interpreted."""
    return SectionBlock(block_id=block_id, text=plain(text, limit))


def facts(pairs: Sequence[tuple[str, str]], *, block_id: str) -> SectionBlock:
    """Return up to ten facts in two columns; the second of each pair is escaped already."""
    return SectionBlock(block_id=block_id, fields=[marked(f"*{label}*\n{value}") for label, value in pairs[:FIELDS]])


def context(text: str, *, block_id: str) -> ContextBlock:
    """Return a remark in small letters."""
    return ContextBlock(block_id=block_id, elements=[marked(text)])


def header(text: str, *, block_id: str) -> HeaderBlock:
    """Return a headline."""
    return HeaderBlock(block_id=block_id, text=plain(text, 150))


def actions(elements: Sequence[InteractiveElement], *, block_id: str) -> ActionsBlock:
    """Return a row of buttons."""
    return ActionsBlock(block_id=block_id, elements=list(elements))


def button(
    text: str,
    action: Action,
    *,
    value: str = "",
    style: str | None = None,
    confirm: ConfirmObject | None = None,
    spoken: str = "",
) -> ButtonElement:
    """Return a button; `spoken` is what a screen reader says instead of its text. Slack refuses an empty value."""
    return ButtonElement(
        text=plain(text, BUTTON_LENGTH),
        action_id=action,
        value=value or None,
        style=style,
        confirm=confirm,
        accessibility_label=mrkdwn.one_line(spoken, BUTTON_LENGTH) if spoken else None,
    )


def option(text: str, value: str, *, description: str = "") -> Option:
    """Return a choice; the caller sees to it that the value fits."""
    shown = plain(description, OPTION_LENGTH) if description.strip() else None
    return Option(text=plain(mrkdwn.one_line(text, OPTION_LENGTH), OPTION_LENGTH), value=value, description=shown)


def fits_option(value: str) -> bool:
    """Tell whether a value can be that of a choice."""
    return 0 < len(value) <= OPTION_LENGTH


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback: Callback,
    submit: str = "",
    close: str = "Close",
    metadata: str = "",
    external_id: str = "",
    notify_on_close: bool | None = None,
    clear_on_close: bool | None = None,
) -> View:
    """Return a modal; its metadata is an opaque id or where somebody is in a list, never a right and never a secret."""
    return View(
        type="modal",
        callback_id=callback,
        title=PlainTextObject(text=title, emoji=False),
        submit=PlainTextObject(text=submit, emoji=False) if submit else None,
        close=PlainTextObject(text=close, emoji=False),
        private_metadata=metadata or None,
        external_id=external_id or None,
        notify_on_close=notify_on_close,
        clear_on_close=clear_on_close,
        blocks=list(blocks),
    )
