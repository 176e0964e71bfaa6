"""What administrators type after `admin`: a word, what it is about, and its options."""

import re
from datetime import date, timedelta
from difflib import get_close_matches

from bot.domain.base import Frozen
from bot.domain.command_words import (
    ADMIN_ALIASES,
    ADMIN_OPTION_ALIASES,
    ADMIN_OPTIONS,
    ADMIN_WORDS,
    HELP,
    Verb,
)
from bot.domain.commands import Command, shown_word
from bot.domain.policy import FindingKind
from bot.errors import UsageError

KIND_WORDS = {kind.name.lower().replace("_", "-"): kind for kind in FindingKind}
"""How findings are written in a command."""
_WITH_SUBJECT = frozenset({"refresh", "exempt", "audit"})
_BARE = frozenset({"--end"})
_DAYS = re.compile(r"(\d{1,4}) ?(?:d|days?)?")


class AdminCommand(Frozen):
    """What follows `admin`: one of ADMIN_WORDS, what it is about, and its options without their dashes."""

    word: str
    subject: str = ""
    options: dict[str, str] = {}


def parse_admin(command: Command) -> AdminCommand:
    """Read what follows `admin`. Raises UsageError naming the word that was not understood."""
    word, rest = _word(command.subject.split())
    subject, options = _options(word, rest)
    if subject and word not in _WITH_SUBJECT:
        raise UsageError(
            f"`admin {word}` takes no name behind it, but there is `{shown_word(subject)}`.",
            hint=_hint_for(word),
        )
    if word == "exempt":
        _check_exempt(subject, options)
    return AdminCommand(word=word, subject=subject, options=options)


def read_day(text: str, *, today: date) -> date:
    """Read a day as it is typed: a date, or a number of days from today on. Raises UsageError."""
    days = _DAYS.fullmatch(text.strip().casefold())
    if days:
        return today + timedelta(days=int(days.group(1)))
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"`{shown_word(text)}` is no day.", hint="Write a date such as 2026-12-31, or a number of days such as 30."
        ) from None


def read_kind(text: str) -> FindingKind:
    """Read the name of a finding. Raises UsageError with a guess."""
    wanted = re.sub(r"[\s_,]+", "-", text.strip().casefold())
    by_value = {re.sub(r"[\s_,]+", "-", kind.value.casefold()): kind for kind in FindingKind}
    found = KIND_WORDS.get(wanted) or by_value.get(wanted)
    if found is None:
        near = get_close_matches(wanted, KIND_WORDS, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(KIND_WORDS)}."
        raise UsageError(f"`{shown_word(text)}` is no kind of finding.", hint=hint)
    return found


def read_number(text: str, *, default: int) -> int:
    """Read how many entries somebody wants. Raises UsageError."""
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or not int(text):  # noqa: PLR2004 - no log is longer
        raise UsageError(f"`{shown_word(text)}` is no number of entries.", hint="Write it like this: `admin audit 50`.")
    return int(text)


def _word(words: list[str]) -> tuple[str, list[str]]:
    """Return which of ADMIN_WORDS the first word, or the first two, stand for, and what follows."""
    first, second = [*(word.casefold() for word in words[:2]), "", ""][:2]
    if f"{first} {second}" in ADMIN_WORDS:
        return f"{first} {second}", words[2:]
    word = ADMIN_ALIASES.get(first, first)
    if word in ADMIN_WORDS:
        return word, words[1:]
    typed = f"{first} {second}" if first == "go" else first
    near = get_close_matches(typed, [*ADMIN_WORDS, *(alias for alias in ADMIN_ALIASES if alias.isalpha())], n=1)
    meant = f"Did you mean `admin {ADMIN_ALIASES.get(near[0], near[0])}`? " if near else ""
    said = shown_word(" ".join(words[:2]) if first == "go" else words[0])
    raise UsageError(
        f"`{said}` is not something administrators can do here.",
        hint=f"{meant}It is `/ai4os {HELP[Verb.ADMIN].usage}`.",
    )


def _options(word: str, words: list[str]) -> tuple[str, dict[str, str]]:
    """Split what follows into what it is about, and options: each goes as far as the next."""
    known = ADMIN_OPTIONS.get(word, ())
    subject: list[str] = []
    values: dict[str, list[str]] = {}
    current = subject
    for typed in words:
        if not typed.startswith("--") or typed == "--":
            current.append(typed)
            continue
        written, given, value = typed.partition("=")
        name = ADMIN_OPTION_ALIASES.get(written.casefold(), written.casefold())
        if name not in known:
            raise UsageError(
                f"`{shown_word(written)}` is not an option of `admin {word}`.", hint=_option_hint(name, known)
            )
        if name in values:
            raise UsageError(f"`{name}` is given twice.", hint="Give it once.")
        values[name] = [value] if given else []
        current = subject if name in _BARE else values[name]
    options = {name.removeprefix("--"): " ".join(parts).strip() for name, parts in values.items()}
    empty = next((name for name, value in options.items() if not value and f"--{name}" not in _BARE), "")
    if empty:
        raise UsageError(f"`--{empty}` needs a value.", hint=_hint_for(word))
    return " ".join(subject), options


def _check_exempt(subject: str, options: dict[str, str]) -> None:
    if bool(subject) == ("owner" in options):
        raise UsageError("Which deployment, or which owner?", hint=_hint_for("exempt"))
    missing = [name for name in ("until", "reason") if name not in options and "end" not in options]
    if missing:
        asked = {"until": "For how long?", "reason": "Why?"}[missing[0]]
        raise UsageError(f"{asked} `--{missing[0]}` is missing.", hint=_hint_for("exempt"))


def _option_hint(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, [*known, *ADMIN_OPTION_ALIASES], n=1) if known else []
    meant = ADMIN_OPTION_ALIASES.get(near[0], near[0]) if near else ""
    if meant in known:
        return f"Did you mean `{meant}`?"
    return f"There are {', '.join(f'`{each}`' for each in known)}." if known else "It takes none."


def _hint_for(word: str) -> str:
    return {
        "exempt": '`/ai4os admin exempt NAME --until 2026-12-31 --reason "WHY"`, or `--owner EMAIL` in place of NAME.',
        "pause": '`/ai4os admin pause --until 2026-12-31 --reason "WHY"`, both of which may be left out.',
        "go live": '`/ai4os admin go live --reason "WHY"`, of which the reason may be left out.',
        "go dry": '`/ai4os admin go dry --reason "WHY"`, of which the reason may be left out.',
        "catalog": "To read one module anew, type `/ai4os admin refresh NAME`.",
    }.get(word, f"It is `/ai4os admin {word}`.")
