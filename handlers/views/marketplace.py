"""The catalogue in one window: a search, filters, a page of modules, and help where nothing is found."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    InputBlock,
    InteractiveElement,
    PlainTextInputElement,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import DispatchActionConfig
from slack_sdk.models.views import View

from bot.domain.catalog import Capability, Module
from bot.domain.marketplace import QUERY_LENGTH, Browsing, Shelf
from handlers.ids import Action, BlockId, Callback
from handlers.views import mrkdwn
from handlers.views.elements import VALUE_LENGTH, actions, button, context, modal, option, plain, section
from handlers.views.form_texts import CAPABILITIES
from handlers.views.message import Message
from handlers.views.wording import counted, listed

TITLE = "Modules"
_FILTERS = {
    Capability.INFERENCE: "Only what is ready for inference",
    Capability.TRAINABLE: "Only what can be trained on your data",
    Capability.DEVELOPMENT: "Only what is for writing new modules",
}
_KINDS = {
    Capability.INFERENCE: "ready for inference",
    Capability.TRAINABLE: "trainable",
    Capability.DEVELOPMENT: "for writing new modules",
}
_SAID_ANYWAY = frozenset({"trainable", "inference", "pre-trained"})
_TITLE, _NAME, _SUMMARY, _TAG, _TAGS = 70, 60, 150, 30, 5
_EXPIRED = "Slack lets a window open only for 3 seconds, and this time it took longer. Nothing was changed."
_UNREAD = "The catalogue has not been read yet, so only the development environment is known. Try again in a minute."


def render(shelf: Shelf, *, read_at: datetime | None, is_certain: bool = True, missing: str = "") -> View:
    """Return the window; `missing` says in plain text why the module that was asked for is not shown.

    `is_certain` is False while the catalogue could not be read anew since `read_at`.
    """
    return modal(
        TITLE,
        [
            _search(shelf.browsing),
            _filters(shelf.browsing),
            *([section(mrkdwn.foreign(missing, 600), block_id=BlockId.NOTE)] if missing else []),
            *(_found(shelf) if shelf.modules else _nothing(shelf, is_said=bool(missing))),
            context(_footer(read_at, is_certain=is_certain), block_id=BlockId.FACTS),
        ],
        callback=Callback.MODULES,
        submit="Search",
        metadata=str(shelf.browsing),
    )


def reopen(browsing: Browsing) -> Message:
    """Return the offer to open the window again after its time had run out."""
    return _offer(button("Open the modules", Action.MENU_MODULES, value=str(browsing), style="primary"))


def reopen_module(name: str) -> Message:
    """Return the offer to open a module's page again after its time had run out."""
    return _offer(button("Open the module", Action.MODULE, value=name[:VALUE_LENGTH], style="primary"))


def chosen_filters(values: Sequence[str]) -> tuple[Capability, ...]:
    """Return the filters that these values of the checkboxes mean, leaving out what is none."""
    return tuple(capability for capability in Capability if capability in values)


def tags_of(module: Module, *, most: int = _TAGS) -> str:
    """Return a module's tags in one escaped line, without those that say what it is good for; empty if it has none."""
    tags = [tag for tag in module.tags if tag.strip() and tag.casefold() not in _SAID_ANYWAY]
    more = [f"{len(tags) - most} more"] if len(tags) > most else []
    return " · ".join([*(mrkdwn.prose(tag, _TAG) for tag in tags[:most]), *more])


def _offer(again: InteractiveElement) -> Message:
    text = f"{_EXPIRED} Press the button to open it again."
    return Message(text, [section(text, block_id=BlockId.TEXT), actions([again], block_id=BlockId.BUTTONS)])


def _search(browsing: Browsing) -> InputBlock:
    """Return the search field; Enter searches at once, and a new revision shows our query instead of the typed one."""
    return InputBlock(
        block_id=BlockId.SEARCH.numbered(browsing.revision),
        label=plain("Search", 200),
        element=PlainTextInputElement(
            action_id=Action.MODULES_SEARCH,
            placeholder="Words or a name, for example: plants",
            initial_value=browsing.query or None,
            max_length=QUERY_LENGTH,
            dispatch_action_config=DispatchActionConfig(trigger_actions_on=["on_enter_pressed"]),
        ),
        optional=True,
        dispatch_action=True,
    )


def _filters(browsing: Browsing) -> Block:
    choices = {capability: option(text, capability) for capability, text in _FILTERS.items()}
    ticked = [choice for capability, choice in choices.items() if capability in browsing.filters]
    boxes = CheckboxesElement(
        action_id=Action.MODULES_FILTER, options=list(choices.values()), initial_options=ticked or None
    )
    return actions([boxes], block_id=BlockId.FILTER.numbered(browsing.revision))


def _found(shelf: Shelf) -> list[Block]:
    pages = f", page {shelf.page + 1} of {shelf.pages}" if shelf.pages > 1 else ""
    is_all = shelf.found == shelf.total
    count = counted(shelf.total, "module") if is_all else f"{shelf.found} of {counted(shelf.total, 'module')}"
    rows = [_row(module, number) for number, module in enumerate(shelf.modules)]
    turning = _turning(shelf)
    return [
        context(f"{count}{pages}", block_id=BlockId.HEAD),
        *rows,
        *([actions(turning, block_id=BlockId.PAGES)] if turning else []),
    ]


def _row(module: Module, number: int) -> SectionBlock:
    title = module.title.strip() or module.name
    kinds = [_KINDS[capability] for capability in module.capabilities]
    facts = " · ".join(part for part in (*kinds, tags_of(module)) if part)
    summary = mrkdwn.prose(module.summary, _SUMMARY) if module.summary.strip() else ""
    head = f"{mrkdwn.name(title, _TITLE)} {mrkdwn.code(module.name, _NAME)}"
    return section(
        "\n".join(part for part in (head, summary, facts) if part),
        block_id=BlockId.ROW.numbered(number),
        accessory=button("More", Action.MODULE, value=module.name[:VALUE_LENGTH], spoken=f"More about {title}"),
    )


def _turning(shelf: Shelf) -> list[InteractiveElement]:
    here, found = shelf.browsing, list[InteractiveElement]()
    if shelf.page > 0:
        found.append(button("Previous", Action.MODULES_PREVIOUS, value=str(here.at(shelf.page - 1))))
    if shelf.page + 1 < shelf.pages:
        found.append(button("Next", Action.MODULES_NEXT, value=str(here.at(shelf.page + 1))))
    return found


def _nothing(shelf: Shelf, *, is_said: bool) -> list[Block]:
    """Say that nothing was found, unless that is said, and offer what is nearest to what was looked for."""
    here = shelf.browsing
    kind = f" that {listed([CAPABILITIES[each] for each in here.filters])}" if here.filters else ""
    said = f"No module{kind} fits “{mrkdwn.prose(here.query, 100)}”." if here.query else f"There is no module{kind}."
    ways: list[InteractiveElement] = []
    if shelf.unfiltered and here.filters:
        what = "filter" if len(here.filters) == 1 else "filters"
        text = f"Show {counted(shelf.unfiltered, 'module')} without the {what}"
        ways.append(button(text, Action.MODULES_UNFILTERED, value=str(Browsing.of(here.query))))
    if shelf.total > shelf.unfiltered or not ways:
        ways.append(
            button("Show all modules" if shelf.total else "Look again", Action.MODULES_ALL, value=str(Browsing()))
        )
    question = "Did you mean one of these?" if shelf.alike else ""
    hint = "Try fewer or other words." if here.query and not shelf.alike and not shelf.unfiltered else ""
    text = " ".join(part for part in ("" if is_said and not here.filters else said, question, hint) if part)
    return [
        *([section(text, block_id=BlockId.TEXT)] if text else []),
        *[_row(module, number) for number, module in enumerate(shelf.alike)],
        actions(ways, block_id=BlockId.BUTTONS),
    ]


def _footer(read_at: datetime | None, *, is_certain: bool) -> str:
    if read_at is None:
        return _UNREAD
    doubt = "" if is_certain else " It could not be read anew since, so the newest modules may be missing."
    return f"The catalogue as it was read {mrkdwn.date(read_at)}.{doubt}"
