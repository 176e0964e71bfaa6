"""What is wrong with the settings, each problem as one line: the key, the bad value and the mend."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from pydantic_core import ErrorDetails

from bot.errors import SettingsError
from bot.logs import redact
from bot.settings.checks import Unsuitable
from bot.settings.keys import BY_PATH, FILE_MENDS, Key

Place = tuple[str | int, ...]
_LONGEST = 80


class Problem(NamedTuple):
    """One wrong setting: what it is called, and the sentences about it."""

    name: str
    text: str


class WrongSettings(SettingsError):
    """Settings that are wrong: the text tells the first one, `lines` all of them."""

    def __init__(self, message: str, *, lines: Sequence[str]) -> None:
        super().__init__(message, changed="")
        self.lines = tuple(lines)


def as_error(problems: Sequence[Problem]) -> WrongSettings:
    """Return the error that tells the first problem and counts the others."""
    by_name = {problem.name: problem for problem in reversed(problems)}
    first = problems[0]
    more = f" (and {len(by_name) - 1} more)" if len(by_name) > 1 else ""
    lines = dict.fromkeys(_one_line(f"{problem.name}: {problem.text}") for problem in problems)
    return WrongSettings(_one_line(f"{first.name}: {first.text}{more}"), lines=list(lines))


def describe(details: Iterable[ErrorDetails], *, name_of: Callable[[Place], str]) -> list[Problem]:
    """Put pydantic's findings into our own sentences."""
    return [_describe(detail, name_of) for detail in details]


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, or name them all if there are few."""
    names = list(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6) or get_close_matches(word.upper(), names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known are {', '.join(names)}." if len(names) <= 12 else "The README lists them all."  # noqa: PLR2004 - one line


def _describe(detail: ErrorDetails, name_of: Callable[[Place], str]) -> Problem:
    path = detail["loc"]
    name = name_of(path)
    own = detail.get("ctx", {}).get("error")
    if isinstance(own, ValueError) and not isinstance(own, Unsuitable):
        return Problem(name, str(own))
    if detail["type"] == "extra_forbidden":
        return Problem(name, "there is no such key. config.example.yaml shows those there are.")
    key = _key_of(path)
    noun, mend = (key.noun, key.mend) if key else _file_mend(path)
    if detail["type"] == "missing":
        return Problem(name, f"it is not set. {mend}")
    shown = "the value" if key and key.hides(detail["input"]) else _shown(detail["input"])
    return Problem(name, f"{shown} is not {noun}. {mend}")


def _key_of(path: Place) -> Key | None:
    """Return the environment's key for a path; a platform's own settings are mended like the general ones."""
    plain = tuple(str(part) for part in path)
    inside = plain[2:] if plain[:1] == ("platforms",) else plain
    return BY_PATH.get(plain) or BY_PATH.get(inside)


def _file_mend(path: Place) -> tuple[str, str]:
    known = (FILE_MENDS[str(part)] for part in reversed(path) if str(part) in FILE_MENDS)
    return next(known, ("what belongs here", "config.example.yaml shows what does."))


def _shown(value: object) -> str:
    text = redact(repr(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
