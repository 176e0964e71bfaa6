"""What `/ai4os …` means: the text becomes a command, and the commands explain themselves."""

import re
import shlex
from difflib import get_close_matches
from enum import StrEnum

from bot.domain.base import Frozen
from bot.domain.request import Field
from bot.errors import UsageError


class Verb(StrEnum):
    """What a person can ask for."""

    MENU = "menu"
    HELP = "help"
    DEPLOY = "deploy"
    LIST = "list"
    ACCESS = "access"
    DETAILS = "info"
    STOP = "stop"


class Command(Frozen):
    """A parsed command: the verb, the thing it is about, and the form fields that were given."""

    verb: Verb
    subject: str = ""
    fields: dict[Field, str] = {}


class VerbHelp(Frozen):
    """How a verb is written, what it does, and examples to copy."""

    usage: str
    summary: str
    examples: tuple[str, ...]
    notes: str = ""


class Flag(Frozen):
    """An option of `deploy`: how it is written, which field it fills, and what it is for."""

    name: str
    field: Field
    value: str
    purpose: str


FLAGS = (
    Flag(name="--platform", field=Field.PLATFORM, value="NAME", purpose="the platform, if you belong to several"),
    Flag(name="--service", field=Field.SERVICE, value="deepaas|jupyter|vscode", purpose="what to run"),
    Flag(name="--gpu", field=Field.GPU, value="N", purpose="how many GPUs"),
    Flag(name="--gpu-model", field=Field.GPU_MODEL, value="MODEL", purpose="only if no other model will do"),
    Flag(name="--gpu-reason", field=Field.GPU_REASON, value='"WHY"', purpose="why a second GPU is really needed"),
    Flag(name="--cpu", field=Field.CPU, value="N", purpose="how many CPU cores"),
    Flag(name="--ram", field=Field.RAM, value="MB", purpose="memory in MB"),
    Flag(name="--disk", field=Field.DISK, value="MB", purpose="disk in MB"),
    Flag(name="--tag", field=Field.TAG, value="TAG", purpose="the Docker tag"),
    Flag(name="--title", field=Field.TITLE, value='"TITLE"', purpose="a short name to find it again"),
    Flag(name="--description", field=Field.DESCRIPTION, value='"TEXT"', purpose="what it is for"),
    Flag(name="--site", field=Field.SITE, value="SITE", purpose="where it must run"),
    Flag(name="--hostname", field=Field.HOSTNAME, value="NAME", purpose="a name for its address, where there is one"),
)

HELP: dict[Verb, VerbHelp] = {
    Verb.DEPLOY: VerbHelp(
        usage="deploy [MODULE] " + " ".join(f"[{flag.name} {flag.value}]" for flag in FLAGS),
        summary="Open the form for a new deployment, filled in with what you give.",
        examples=(
            "/ai4os deploy",
            "/ai4os deploy ai4os-demo-app --service jupyter --cpu 4 --ram 8000",
            '/ai4os deploy ai4os-yolo-torch --gpu 1 --title "Plankton run 3"',
        ),
    ),
    Verb.LIST: VerbHelp(
        usage="list",
        summary="Show your deployments on every platform you belong to, those made in the Dashboard included.",
        examples=("/ai4os list",),
    ),
    Verb.ACCESS: VerbHelp(
        usage="access NAME",
        summary="Show the links of a deployment, whether they answer yet, and the IDE password on demand.",
        examples=('/ai4os access "Plankton run 3"', "/ai4os access 1b4e28ba"),
        notes="NAME is a title, an id, or the beginning of an id.",
    ),
    Verb.DETAILS: VerbHelp(
        usage="info NAME",
        summary="Show a deployment's id, hardware, site, image, events and error messages.",
        examples=("/ai4os info 1b4e28ba",),
        notes="NAME is a title, an id, or the beginning of an id.",
    ),
    Verb.STOP: VerbHelp(
        usage="stop NAME",
        summary="Stop a deployment, or remove a failed one. You are asked before anything is lost.",
        examples=('/ai4os stop "Plankton run 3"', "/ai4os stop 1b4e28ba"),
        notes="NAME is a title, an id, or the beginning of an id.",
    ),
    Verb.HELP: VerbHelp(
        usage="help [COMMAND]",
        summary="Show this list, or one command with examples.",
        examples=("/ai4os help", "/ai4os help deploy"),
    ),
}

_ALIASES = {
    "": Verb.MENU,
    "menu": Verb.MENU,
    "start": Verb.MENU,
    "help": Verb.HELP,
    "?": Verb.HELP,
    "--help": Verb.HELP,
    "-h": Verb.HELP,
    "man": Verb.HELP,
    "deploy": Verb.DEPLOY,
    "create": Verb.DEPLOY,
    "new": Verb.DEPLOY,
    "run": Verb.DEPLOY,
    "launch": Verb.DEPLOY,
    "train": Verb.DEPLOY,
    "list": Verb.LIST,
    "ls": Verb.LIST,
    "deployments": Verb.LIST,
    "ps": Verb.LIST,
    "status": Verb.LIST,
    "access": Verb.ACCESS,
    "open": Verb.ACCESS,
    "links": Verb.ACCESS,
    "url": Verb.ACCESS,
    "info": Verb.DETAILS,
    "show": Verb.DETAILS,
    "details": Verb.DETAILS,
    "stop": Verb.STOP,
    "delete": Verb.STOP,
    "remove": Verb.STOP,
    "rm": Verb.STOP,
    "kill": Verb.STOP,
}
_FLAG_ALIASES = {
    "--gpus": "--gpu",
    "--cpus": "--cpu",
    "--memory": "--ram",
    "--mem": "--ram",
    "--name": "--title",
    "--desc": "--description",
    "--host": "--hostname",
    "--vo": "--platform",
    "--docker-tag": "--tag",
    "--model": "--gpu-model",
    "--reason": "--gpu-reason",
}
_TYPOGRAPHIC = str.maketrans(
    {
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2018": "'",
        "\u2019": "'",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
_LONG_DASH = re.compile(r"(?<!\S)[\u2014\u2013\u2212\u2015](?=\w)")
_SLACK_TOKEN = re.compile(r"<(?:[@#!][^>|]*|https?:[^>|]*|mailto:[^>|]*)(?:\|(?P<label>[^>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def parse(text: str) -> Command:
    """Turn the text after `/ai4os` into a command. Raises UsageError naming the word that was not understood."""
    words = _split(text)
    head, rest = (words[0], words[1:]) if words else ("", [])
    verb = _ALIASES.get(head.casefold())
    if verb is None:
        raise UsageError(
            f"`{_shown(head)}` is not something I know.",
            hint=_did_you_mean(head, [str(known) for known in Verb if known is not Verb.MENU])
            or "Type `/ai4os help` for the list.",
        )
    if rest and any(word.casefold() in {"--help", "-h"} for word in rest):
        return Command(verb=Verb.HELP, subject=str(verb))
    if verb is Verb.DEPLOY:
        return _parse_deploy(rest)
    if verb is Verb.HELP:
        return Command(verb=verb, subject=_help_subject(rest))
    return Command(verb=verb, subject=" ".join(rest))


def render(command: Command) -> str:
    """Write a command as text that parses into the same command."""
    by_field = {flag.field: flag.name for flag in FLAGS}
    words = [] if command.verb is Verb.MENU else [str(command.verb)]
    if command.subject:
        words.append(shlex.quote(command.subject))
    for field, value in command.fields.items():
        words += [by_field[field], shlex.quote(value)]
    return " ".join(words)


def _split(text: str) -> list[str]:
    plain = _SLACK_TOKEN.sub(lambda match: match.group("label") or match.group(0), text)
    for entity, character in _ENTITIES:
        plain = plain.replace(entity, character)
    plain = _LONG_DASH.sub("--", plain)
    for attempt in (plain.translate(_TYPOGRAPHIC), _without_apostrophes(plain)):
        try:
            return shlex.split(attempt)
        except ValueError:
            continue
    raise UsageError(
        "A quotation mark is opened but never closed.", hint='Write texts with spaces like this: --title "my run".'
    )


def _without_apostrophes(text: str) -> str:
    """Keep apostrophes inside words (don't) from opening a quotation."""
    return re.sub(r"(?<=\w)'(?=\w)", r"\\'", text.translate(_TYPOGRAPHIC))


def _parse_deploy(words: list[str]) -> Command:
    known = {flag.name: flag for flag in FLAGS}
    fields: dict[Field, str] = {}
    subject: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            subject.append(word)
            continue
        name, given, value = word.partition("=")
        name = _FLAG_ALIASES.get(name.casefold(), name.casefold())
        flag = known.get(name)
        if flag is None:
            raise UsageError(
                f"`{_shown(name)}` is not an option of `deploy`.",
                hint=_did_you_mean(name, list(known)) or "Type `/ai4os help deploy` for the options.",
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
            f"I understood the module `{_shown(subject[0])}`, but not `{_shown(subject[1])}`.",
            hint='Texts with spaces need quotation marks: --title "my run".',
        )
    return Command(verb=Verb.DEPLOY, subject=subject[0] if subject else "", fields=fields)


def _help_subject(words: list[str]) -> str:
    if not words:
        return ""
    verb = _ALIASES.get(words[0].casefold())
    if verb is None or verb is Verb.MENU:
        raise UsageError(
            f"There is no command `{_shown(words[0])}`.",
            hint=_did_you_mean(words[0], [str(known) for known in HELP]) or "Type `/ai4os help` for the list.",
        )
    return str(verb)


def _did_you_mean(word: str, known: list[str]) -> str:
    aliases = [alias for alias in _ALIASES if alias.isalpha()] if not word.startswith("-") else []
    near = get_close_matches(word.casefold(), [*known, *aliases], n=1, cutoff=0.6)
    if not near:
        return ""
    meant = near[0] if near[0] in known else str(_ALIASES[near[0]])
    return f"Did you mean `{meant}`?"


def _shown(word: str) -> str:
    """Cut a word to what can be shown inside a code span."""
    plain = re.sub(r"[`\s]+", " ", word).strip()
    return plain if len(plain) <= 40 else plain[:39] + "…"  # noqa: PLR2004 - enough to recognise a word
