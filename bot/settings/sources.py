"""Where settings come from: the environment, a .env file and the YAML file, each as a tree and with names."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.settings.checks import as_path
from bot.settings.keys import BY_PATH, CONFIG, KEYS, PREFIX
from bot.settings.platforms import Tree
from bot.settings.problems import Problem, nearest

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of settings; `place` is what its names end with, such as ` in .env`."""

    tree: Tree
    place: str = ""
    is_flat: bool = False
    problems: tuple[Problem, ...] = ()

    def name_of(self, path: Place) -> str | None:
        """Return what the source calls the setting at a path, or None if it does not set it."""
        node: Any = self.tree
        for part in path:
            if not isinstance(node, dict) or part not in node:
                return None
            node = node[part]
        key = BY_PATH.get(tuple(str(part) for part in path))
        name = key.name if self.is_flat and key else ".".join(str(part) for part in path)
        return name + self.place


class TreeSource(PydanticBaseSettingsSource):
    """Hands a source's tree to pydantic-settings, which merges the trees in the order of the sources."""

    def __init__(self, settings_class: type[BaseSettings], source: Source) -> None:
        super().__init__(settings_class)
        self.source = source

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - their signature
        """Return a single value; the whole tree is taken at once, so there is never one."""
        return None, field_name, False

    def __call__(self) -> Tree:
        """Return the tree."""
        return self.source.tree


def from_environment(variables: Mapping[str, str], *, place: str = "") -> Source:
    """Read what the variables say; empty ones count as unset, `NAME_FILE` as the content of that file."""
    given = {name: value.strip() for name, value in variables.items() if value.strip()}
    tree: Tree = {}
    problems = [_unknown(name, place) for name in sorted(given) if name.startswith(PREFIX) and name not in _KNOWN]
    for key in KEYS:
        value = given.get(key.name)
        if key.is_secret and key.file_name in given:
            if value is not None:
                problems.append(Problem(key.file_name + place, f"{key.name} is set as well. Set only one of the two."))
            value, problem = _secret_in(given[key.file_name], name=key.file_name + place)
            problems += [problem] if problem else []
        if value:
            _plant(tree, key.path, value)
    return Source(tree=tree, place=place, is_flat=True, problems=tuple(problems))


def from_dotenv(path: Path) -> Source:
    """Read a .env file; one that is not there says nothing."""
    place = f" in {path.name}"
    if not path.exists():
        return Source(tree={}, place=place, is_flat=True)
    try:
        found = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, ValueError):
        problem = Problem(str(path), "the file cannot be read. Make it a text file that the bot may read.")
        return Source(tree={}, place=place, is_flat=True, problems=(problem,))
    return from_environment({name: value for name, value in found.items() if value is not None}, place=place)


def from_yaml(path: Path, *, name: str) -> Source:
    """Read the YAML file; `name` is what the setting that led to it is called."""
    place = f" in {path.name}"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return Source(tree={}, problems=(Problem(name, f"{str(path)!r} cannot be read ({reason}). {_MEND}"),))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        return Source(tree={}, problems=(Problem(name, f"{str(path)!r} is not valid YAML{line}. Mend that line."),))
    if content is None:
        return Source(tree={}, place=place)
    if not isinstance(content, dict):
        return Source(tree={}, problems=(Problem(name, f"{str(path)!r} holds no mapping. {_MEND}"),))
    return Source(tree=_without_empty(content), place=place)


_MEND = BY_PATH["config_file",].mend
_KNOWN = {key.name for key in KEYS} | {key.file_name for key in KEYS if key.is_secret}
_NAMES = sorted(_KNOWN)


def _unknown(name: str, place: str) -> Problem:
    return Problem(name + place, f"there is no such setting. {nearest(name, _NAMES)}")


def _secret_in(path: str, *, name: str) -> tuple[str | None, Problem | None]:
    try:
        return as_path(path).read_text(encoding="utf-8").strip(), None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return None, Problem(
            name, f"{path!r} cannot be read ({reason}). Give the path of a file that holds the secret."
        )


def _plant(tree: Tree, path: tuple[str, ...], value: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value


def _without_empty(tree: dict[Any, Any]) -> Tree:
    """Drop keys without a value, which count as unset like empty variables; a key such as 1 or yes becomes a text."""
    kept = {str(key): _without_empty(value) if isinstance(value, dict) else value for key, value in tree.items()}
    return {key: value for key, value in kept.items() if value is not None and value != ""}


__all__ = ["CONFIG", "Place", "Source", "TreeSource", "from_dotenv", "from_environment", "from_yaml"]
