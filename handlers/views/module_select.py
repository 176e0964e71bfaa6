"""The choice of a module: what a search finds, with trainable, ready and development told apart."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Option, OptionGroup

from bot.domain.catalog import Capability, Module
from bot.domain.search import search
from handlers.views import mrkdwn
from handlers.views.elements import OPTION_LENGTH, OPTIONS, fits_option, option, plain

_READY_AND_TRAINABLE = "Ready for inference, and trainable on your data"
_READY = "Ready for inference"
_TRAINABLE = "Trainable on your data"
_DEVELOPMENT = "Development environment, to write a new module"
_OTHER = "Other modules"
_MORE = " (type to find more)"
_SHORTEST_TITLE = 20
_GROUPS = (_DEVELOPMENT, _READY_AND_TRAINABLE, _READY, _TRAINABLE, _OTHER)


def module_options(modules: Sequence[Module], query: str) -> list[OptionGroup]:
    """Return the modules that a search finds, at most a hundred, in groups by what they are good for.

    Empty if there are none: then answer with `options: []`, because Slack takes no empty list of groups.
    """
    fitting = [module for module in modules if fits_option(module.name)]
    found = search(fitting, query, limit=OPTIONS)
    more = _MORE if len(found) == OPTIONS < len(fitting) else ""
    by_group = {group: [module for module in found if group_of(module) == group] for group in _GROUPS}
    return [
        OptionGroup(label=plain(f"{group}{more}", OPTION_LENGTH), options=[module_option(module) for module in members])
        for group, members in by_group.items()
        if members
    ]


def module_option(module: Module) -> Option:
    """Return the choice of one module: the same wherever it is offered or chosen already."""
    title = mrkdwn.one_line(module.title or module.name, OPTION_LENGTH)
    room = OPTION_LENGTH - len(module.name) - len(" ()")
    is_same = title.casefold() == module.name.casefold()
    text = title if is_same or room < _SHORTEST_TITLE else f"{mrkdwn.cut(title, room)} ({module.name})"
    return option(text, module.name, description=module.summary)


def group_of(module: Module) -> str:
    """Return the label of the group that a module belongs to."""
    ready = Capability.INFERENCE in module.capabilities
    trainable = Capability.TRAINABLE in module.capabilities
    if Capability.DEVELOPMENT in module.capabilities:
        return _DEVELOPMENT
    if ready and trainable:
        return _READY_AND_TRAINABLE
    if ready:
        return _READY
    return _TRAINABLE if trainable else _OTHER
