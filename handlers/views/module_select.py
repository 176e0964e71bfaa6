"""The choice of a module: what a search finds, with trainable, ready and development told apart."""

from collections.abc import Sequence
from difflib import get_close_matches

from slack_sdk.models.blocks import Option, OptionGroup

from bot.domain.catalog import Capability, Module
from handlers.views import mrkdwn
from handlers.views.elements import OPTION_LENGTH, OPTIONS, fits_option, option, plain

_READY_AND_TRAINABLE = "Ready for inference, and trainable on your data"
_READY = "Ready for inference"
_TRAINABLE = "Trainable on your data"
_DEVELOPMENT = "Development environment, to write a new module"
_OTHER = "Other modules"
_SHORTEST_TITLE = 20
_GROUPS = (_DEVELOPMENT, _READY_AND_TRAINABLE, _READY, _TRAINABLE, _OTHER)


def module_options(modules: Sequence[Module], query: str) -> list[OptionGroup]:
    """Return the modules that a search finds, at most a hundred, in groups by what they are good for.

    Empty if there are none: then answer with `options: []`, because Slack takes no empty list of groups.
    """
    found = [module for module in search(modules, query) if fits_option(module.name)]
    shown = found[:OPTIONS]
    by_group = {group: [module for module in shown if group_of(module) == group] for group in _GROUPS}
    filled = [group for group in _GROUPS if by_group[group]]
    left_out = len(found) - len(shown)
    return [
        OptionGroup(
            label=plain(_label(group, left_out if group == filled[-1] else 0), 75),
            options=[module_option(module) for module in by_group[group]],
        )
        for group in filled
    ]


def module_option(module: Module) -> Option:
    """Return the choice of one module: the same wherever it is offered or chosen already."""
    title = mrkdwn.one_line(module.title or module.name, OPTION_LENGTH)
    room = OPTION_LENGTH - len(module.name) - len(" ()")
    is_same = title.casefold() == module.name.casefold()
    text = title if is_same or room < _SHORTEST_TITLE else f"{mrkdwn.cut(title, room)} ({module.name})"
    return option(text, module.name, description=module.summary)


def search(modules: Sequence[Module], query: str) -> list[Module]:
    """Return the modules in which every word of the query occurs, best first; near misses if there are none."""
    words = query.casefold().split()
    found = [module for module in modules if all(word in _everything(module) for word in words)]
    if words and not found:
        by_name = {module.name.casefold(): module for module in modules}
        found = [by_name[near] for near in get_close_matches(query.casefold().strip(), by_name, n=5, cutoff=0.5)]
    return sorted(found, key=lambda module: (_rank(module, words), module.title.casefold(), module.name))


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


def _label(group: str, left_out: int) -> str:
    return f"{group} (and {left_out} more: type to find)" if left_out else group


def _rank(module: Module, words: Sequence[str]) -> int:
    named = f"{module.name} {module.title}".casefold()
    if not words or any(text.startswith(words[0]) for text in (module.name.casefold(), module.title.casefold())):
        return 0
    return 1 if all(word in named for word in words) else 2


def _everything(module: Module) -> str:
    parts = (module.name, module.title, module.summary, *module.tags, *module.categories, *module.tasks)
    more = (*module.data_types, *module.libraries, *map(str, module.capabilities))
    return " ".join((*parts, *more)).casefold()
