"""Small rules that compose into checks of Block Kit objects, with Slack's texts and JSON pointers.

Texts marked [seen] in the handbook are Slack's own; those that nobody has published are ours and say so here:
uniqueness, membership of initial options, integer ranges and contradictions between limits.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from playground.slack.wire import Json

NO_SCHEMA = "failed to match all allowed schemas"


class Report:
    """The flaws found so far, in the order in which Slack lists them."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, message: str, pointer: str) -> None:
        """Note a flaw at a place."""
        self.lines.append(f"{message} [json-pointer:{pointer}]")


Rule: TypeAlias = Callable[[Report, Any, str], None]


def string(longest: int, shortest: int = 0) -> Rule:
    """Make a rule for a string's length in code points."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", pointer)
        elif len(value) > longest:
            report.add(f"must be less than {longest + 1} characters", pointer)
        elif len(value) < shortest:
            report.add(f"must be more than {shortest - 1} characters", pointer)

    return check


def choice(*allowed: str) -> Rule:
    """Make a rule for one of several words."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", pointer)
        elif value not in allowed:
            report.add(f"must be one of: {', '.join(allowed)}", pointer)

    return check


def integer(low: int, high: int) -> Rule:
    """Make a rule for a whole number in a range."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("must provide an integer", pointer)
        elif not low <= value <= high:
            report.add(f"must be between {low} and {high}", pointer)

    return check


def flag(report: Report, value: Any, pointer: str) -> None:
    """Check a boolean."""
    if not isinstance(value, bool):
        report.add("must provide a boolean", pointer)


def an_object(report: Report, value: Any, pointer: str) -> None:
    """Check that something is an object at all."""
    if not isinstance(value, dict):
        report.add("must provide an object", pointer)


def anything(_report: Report, _value: Any, _pointer: str) -> None:
    """Accept whatever stands here."""


def items(most: int, least: int, each: Rule) -> Rule:
    """Make a rule for a list: its length and each entry."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, list):
            report.add("must provide an array", pointer)
            return
        if len(value) > most:
            report.add(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            report.add(f"must provide at least {least} items", pointer)
        for index, entry in enumerate(value):
            each(report, entry, f"{pointer}/{index}")

    return check


def wrapped(*rules: Rule) -> Rule:
    """Make a rule that puts Slack's schema line above the flaws of all the ones inside."""

    def check(report: Report, value: Any, pointer: str) -> None:
        inner = Report()
        for rule in rules:
            rule(inner, value, pointer)
        if inner.lines:
            report.add(NO_SCHEMA, pointer)
            report.lines.extend(inner.lines)

    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An object: the keys it may have with their rules, those it must have, and checks across keys."""

    rules: Mapping[str, Rule]
    required: Collection[str] = ()
    across: Collection[Callable[[Report, Json, str], None]] = ()
    is_open: bool = False
    type_key: bool = True

    def __call__(self, report: Report, value: Any, pointer: str) -> None:
        """Check an object."""
        if not isinstance(value, dict):
            report.add("must provide an object", pointer)
            return
        before = len(report.lines)
        for name in self.required:
            if name not in value:
                report.add(f"missing required field: {name}", pointer)
        for name, entry in value.items():
            if name in self.rules:
                self.rules[name](report, entry, f"{pointer}/{name}")
            elif not self.is_open and not (self.type_key and name == "type"):
                report.add(f"invalid additional property: {name}", pointer)
        for check in self.across:
            if len(report.lines) == before:
                check(report, value, pointer)


def text(longest: int, *, markup: bool = False, shortest: int = 1) -> Rule:
    """Make a rule for a text object: plain_text, or with `markup` also mrkdwn, which Slack checks as a union."""
    plain = Shape(
        rules={"text": string(longest, shortest), "emoji": flag, "type": choice("plain_text")},
        required=("type", "text"),
    )
    marked = Shape(
        rules={"text": string(longest, shortest), "verbatim": flag, "type": choice("mrkdwn")},
        required=("type", "text"),
    )
    if not markup:
        return plain

    def check(report: Report, value: Any, pointer: str) -> None:
        is_marked = isinstance(value, dict) and value.get("type") == "mrkdwn"
        (marked if is_marked else plain)(report, value, pointer)

    return wrapped(check)
