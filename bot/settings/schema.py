"""Which keys the YAML file may have, read off the values themselves, so that a typo is found and explained."""

from collections.abc import Iterator
from typing import Any

from bot.domain.platform import AddressScheme, DockerOptions, Limits, Range
from bot.settings import reminders
from bot.settings.keys import BY_PATH
from bot.settings.platforms import PlatformEntry, Tree
from bot.settings.problems import Problem, nearest

ANY_KEY = "*"
_RANGES = {name: dict.fromkeys(Range.model_fields) for name in ("cpu", "gpu", "ram", "disk")}
_LIMITS = dict.fromkeys(Limits.model_fields) | _RANGES
_DOCKER = dict.fromkeys(DockerOptions.model_fields)
_PLATFORM: dict[str, Any] = dict.fromkeys(PlatformEntry.model_fields) | {
    "limits": _LIMITS,
    "docker": _DOCKER,
    "addresses": dict.fromkeys(AddressScheme.model_fields),
}
_ONLY_ENVIRONMENT = ("slack", "nomad", "database_url", "config_file")
KNOWN: dict[str, Any] = {path[0]: None for path in BY_PATH if path[0] not in _ONLY_ENVIRONMENT} | {
    "docker": _DOCKER,
    "limits": _LIMITS,
    "owners": {ANY_KEY: None},
    "reminders": reminders.KEYS,
    "platforms": {ANY_KEY: _PLATFORM},
}
"""The keys, nested as in the file; None where a plain value or a list stands."""


def unknown_keys(tree: Tree, *, place: str) -> list[Problem]:
    """Return a problem for each key of the file that nothing reads."""
    return list(_unknown(tree, KNOWN, (), place))


def _unknown(tree: Tree, known: dict[str, Any], path: tuple[str, ...], place: str) -> Iterator[Problem]:
    for key, value in tree.items():
        inside = (*path, str(key))
        if ANY_KEY not in known and key not in known:
            yield Problem(".".join(inside) + place, _mend(str(key), known, path))
            continue
        below = known.get(ANY_KEY, known.get(key))
        if isinstance(value, dict) and below is not None:
            yield from _unknown(value, below, inside, place)


def _mend(key: str, known: dict[str, Any], path: tuple[str, ...]) -> str:
    lower = key.lower()
    if not path and lower.startswith(("slack", "nomad", "database")):
        return "this file does not say how to reach Slack, Nomad or the database. Set it in the environment or in .env."
    return f"there is no such key. {nearest(lower.removeprefix('ai4os_bot_'), sorted(known))}"
