"""What `/ai4os …` means: the text becomes a command, and a command a text."""

import re
import shlex
from difflib import get_close_matches

from bot.domain.base import Frozen
from bot.domain.catalog import Capability
from bot.domain.command_words import (
    ALIASES,
    CONFIRM,
    CONFIRMING,
    FILTER_ALIASES,
    FILTERS,
    FLAG_ALIASES,
    FLAGS,
    HELP,
    Verb,
    VerbHelp,
)
from bot.domain.request import Field
from bot.domain.typography import readings
from bot.errors import UsageError

__all__ = [
    "CONFIRM",
    "FILTERS",
    "FLAGS",
    "HELP",
    "Command",
    "Verb",
    "VerbHelp",
    "parse",
    "render",
    "shown_word",
]


class Command(Frozen):
    """A parsed command: the verb, the thing it is about, and the form fields or filters that were given.

    `is_confirmed` asks `deploy` to submit without showing the form, if nothing is missing or doubtful.
    """

    verb: Verb
    subject: str = ""
    fields: dict[Field, str] = {}
    filters: tuple[Capability, ...] = ()
    is_confirmed: bool = False


_SLACK_TOKEN = re.compile(r"<(?P<sign>[@#!]?)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def parse(text: str) -> Command:
    """Turn the text after `/ai4os` into a command. Raises UsageError naming the word that was not understood."""
    words = _split(text)
    head, rest = (words[0], words[1:]) if words else ("", [])
    verb = ALIASES.get(head.casefold())
    if verb is None:
        raise UsageError(
            f"`{shown_word(head)}` is not something I know.",
            hint=_did_you_mean(head, [str(known) for known in Verb if known is not Verb.MENU])
            or "Type `/ai4os help` for the list.",
        )
    if rest and any(word.casefold() in {"--help", "-h"} for word in rest):
        return Command(verb=Verb.HELP, subject=str(verb) if verb in HELP else "")
    if verb is Verb.DEPLOY:
        return _parse_deploy(rest)
    if verb is Verb.MODULES:
        return _parse_modules(rest)
    if verb is Verb.HELP:
        return Command(verb=verb, subject=_help_subject(rest))
    return Command(verb=verb, subject=" ".join(rest))


def render(command: Command) -> str:
    """Write a command as text that parses into the same command: as Slack delivers it, its entities escaped."""
    by_field = {flag.field: flag.name for flag in FLAGS}
    words = [] if command.verb is Verb.MENU and not command.subject else [str(command.verb)]
    if command.subject:
        words.append(shlex.quote(command.subject))
    for field, value in command.fields.items():
        between = "=" if value.startswith("-") else " "
        words.append(f"{by_field[field]}{between}{shlex.quote(value)}")
    words += [each.name for each in FILTERS if each.capability in command.filters]
    words += [CONFIRM] if command.is_confirmed else []
    text = " ".join(words)
    for entity, character in reversed(_ENTITIES):
        text = text.replace(character, entity)
    return text


def _split(text: str) -> list[str]:
    plain = _SLACK_TOKEN.sub(_typed, text)
    for entity, character in _ENTITIES:
        plain = plain.replace(entity, character)
    for reading in readings(plain):
        try:
            return shlex.split(reading)
        except ValueError:
            continue
    raise UsageError(
        "A quotation mark is opened but never closed.", hint='Write texts with spaces like this: --title "my run".'
    )


def _typed(token: re.Match[str]) -> str:
    """Return what somebody typed that Slack has turned into a link, or the mention of a person or channel."""
    sign, target, label = token["sign"], token["target"], token["label"]
    if not sign:
        return str(label or target.removeprefix("mailto:"))
    return f"{sign if sign == '#' else '@'}{(label or target).lstrip('@#')}"


def _parse_deploy(words: list[str]) -> Command:
    known = {flag.name: flag for flag in FLAGS}
    fields: dict[Field, str] = {}
    subject: list[str] = []
    is_confirmed = False
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.casefold() in CONFIRMING:
            is_confirmed = True
            continue
        if not word.startswith("--"):
            subject.append(word)
            continue
        name, given, value = word.partition("=")
        name = FLAG_ALIASES.get(name.casefold(), name.casefold())
        flag = known.get(name)
        if name in CONFIRMING:
            raise UsageError(f"`{name}` takes no value.", hint="Write it alone, or leave it out to get the form.")
        if flag is None:
            raise UsageError(
                f"`{shown_word(name)}` is not an option of `deploy`.",
                hint=_did_you_mean(name, [*known, CONFIRM]) or "Type `/ai4os help deploy` for the options.",
            )
        if flag.field in fields:
            raise UsageError(f"`{flag.name}` is given twice.", hint="Give it once.")
        if not given:
            if not rest or rest[0].startswith("--"):
                raise UsageError(f"`{flag.name}` needs a value: {flag.value}.", hint=f"It is {flag.purpose}.")
            value = rest.pop(0)
        fields[flag.field] = value
    if len(subject) > 1:
        raise UsageError(
            f"I understood the module `{shown_word(subject[0])}`, but not `{shown_word(subject[1])}`.",
            hint='Texts with spaces need quotation marks: --title "my run".',
        )
    return Command(verb=Verb.DEPLOY, subject=subject[0] if subject else "", fields=fields, is_confirmed=is_confirmed)


def _parse_modules(words: list[str]) -> Command:
    known = {each.name: each.capability for each in FILTERS}
    wanted: set[Capability] = set()
    subject: list[str] = []
    for word in words:
        if not word.startswith("--"):
            subject.append(word)
            continue
        typed, given, _ = word.partition("=")
        name = FILTER_ALIASES.get(typed.casefold(), typed.casefold())
        if name not in known:
            raise UsageError(
                f"`{shown_word(typed)}` is not an option of `modules`.",
                hint=_did_you_mean(name, [*known, *FILTER_ALIASES]) or "Type `/ai4os help modules` for the options.",
            )
        if given:
            raise UsageError(f"`{name}` takes no value.", hint=f"Write it alone: `/ai4os modules {name}`.")
        wanted.add(known[name])
    filters = tuple(each.capability for each in FILTERS if each.capability in wanted)
    return Command(verb=Verb.MODULES, subject=" ".join(subject), filters=filters)


def _help_subject(words: list[str]) -> str:
    if not words:
        return ""
    verb = ALIASES.get(words[0].casefold())
    if verb is None or verb is Verb.MENU:
        raise UsageError(
            f"There is no command `{shown_word(words[0])}`.",
            hint=_did_you_mean(words[0], [str(known) for known in HELP]) or "Type `/ai4os help` for the list.",
        )
    return str(verb)


def _did_you_mean(word: str, known: list[str]) -> str:
    aliases = [alias for alias in ALIASES if alias.isalpha()] if not word.startswith("-") else []
    near = get_close_matches(word.casefold(), [*known, *aliases], n=1, cutoff=0.6)
    if not near:
        return ""
    meant = near[0] if near[0] in known else str(ALIASES[near[0]])
    return f"Did you mean `{meant}`?"


def shown_word(word: str) -> str:
    """Cut a word to what can be shown inside a code span."""
    plain = re.sub(r"[`\s]+", " ", word).strip()
    return plain if len(plain) <= 40 else plain[:39] + "…"  # noqa: PLR2004 - enough to recognise a word
