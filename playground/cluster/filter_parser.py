"""Reading a filter expression: the part of go-bexpr's language that lists understand."""

import re
from dataclasses import dataclass
from typing import Literal

Operator = Literal["==", "in", "empty", "nil", "matches"]


class FilterError(Exception):
    """An expression that cannot be read, or not be applied to an object; the text is Nomad's."""


@dataclass(frozen=True, slots=True)
class Selector:
    """A path into an object."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        """Write the path as the expression does."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Match:
    """One comparison; `negated` for `!=`, `not in`, `is not empty` and so on."""

    selector: Selector
    operator: Operator
    value: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of an expression."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Both:
    """Two expressions joined by `and` or `or`."""

    joint: Literal["and", "or"]
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Each:
    """`any` or `all` over a list or a map; `names` stand for the index or key and the value, empty where unused."""

    every: bool
    selector: Selector
    names: tuple[str, str]
    inner: "Expression"


Expression = Match | Not | Both | Each

_IDENTIFIER = re.compile(r"[a-zA-Z][a-zA-Z0-9_/]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?=[ \t\r\n)]|$)")
_COLLECTION = re.compile(r"(any|all)[ \t\r\n]+(?=[a-zA-Z][\w/.]*[ \t\r\n]+as[ \t\r\n])")
_BINDING = re.compile(r"(?P<first>[a-zA-Z]\w*|_)(?:[ \t\r\n]*,[ \t\r\n]*(?P<second>[a-zA-Z]\w*|_))?")
_INDEX = re.compile(r"\.(\d+)")
_POINTER = re.compile(r'"((?:/[\w\-.~:|]+)+)"')
_SPACE = re.compile(r"[ \t\r\n]+")
_EQUALITY = (("==", False), ("!=", True))
_WORDS: tuple[tuple[str, Operator, bool], ...] = (
    (r"not\s+contains\s+", "in", True),
    (r"contains\s+", "in", False),
    (r"not\s+matches\s+", "matches", True),
    (r"matches\s+", "matches", False),
)
_ENDINGS: tuple[tuple[str, Operator, bool], ...] = (
    (r"is\s+not\s+empty", "empty", True),
    (r"is\s+empty", "empty", False),
    (r"is\s+not\s+nil", "nil", True),
    (r"is\s+nil", "nil", False),
)


def parse(text: str) -> Expression:
    """Read an expression; raise `FilterError` with the position where it stops making sense."""
    parser = _Parser(text)
    parser.space()
    expression = parser.either()
    parser.space()
    if parser.at < len(text):
        parser.fail('"and", "or", [ \\t\\r\\n] or EOF')
    return expression


class _Parser:
    """A position in the text, moved on by what could be read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, expected: str) -> None:
        place = f"1:{self.at + 1} ({self.at})"
        raise FilterError(f"failed to read filter expression: {place}: no match found, expected: {expected}")

    def refuse(self, rule: str, reason: str) -> None:
        place = f"1:{self.at + 1} ({self.at})"
        raise FilterError(f'failed to read filter expression: {place}: rule "{rule}": {reason}')

    def take(self, pattern: re.Pattern[str] | str) -> re.Match[str] | None:
        found = re.compile(pattern).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def space(self) -> bool:
        return self.take(_SPACE) is not None

    def word(self, word: str) -> bool:
        """Take a word with blanks around it, or nothing."""
        return self.take(rf"[ \t\r\n]+{word}[ \t\r\n]+") is not None

    def either(self) -> Expression:
        if collection := self.take(_COLLECTION):
            return self.each(every=collection[1] == "all")
        left = self.together()
        return Both("or", left, self.either()) if self.word("or") else left

    def each(self, *, every: bool) -> Expression:
        selector = self.selector()
        self.word("as")
        names = self.take(_BINDING)
        if selector is None or names is None or not self.take(r"[ \t\r\n]*\{[ \t\r\n]*"):
            self.fail("collection-identifiers")
            raise AssertionError
        inner = self.either()
        if not self.take(r"[ \t\r\n]*\}"):
            self.fail('"}"')
        index, value = (names["first"], names["second"]) if names["second"] else ("", names["first"])
        return Each(every, selector, (index.strip("_"), value if value != "_" else ""), inner)

    def together(self) -> Expression:
        left = self.negation()
        return Both("and", left, self.together()) if self.word("and") else left

    def negation(self) -> Expression:
        if self.take(r"not[ \t\r\n]+"):
            return Not(self.negation())
        return self.grouped()

    def grouped(self) -> Expression:
        if not self.take(r"\("):
            return self.match()
        self.space()
        inner = self.either()
        self.space()
        if not self.take(r"\)"):
            self.refuse("grouping", "Unmatched parentheses")
        return inner

    def match(self) -> Expression:
        start = self.at
        selector = self.selector()
        if selector is not None:
            found = self.after_selector(selector)
            if found is not None:
                return found
        self.at = start
        value = self.value()
        if value is None:
            self.fail('"(", "-", "0", "\\"", "`", "not", [1-9] or [a-zA-Z]')
        return self.after_value(value or "")

    def after_selector(self, selector: Selector) -> Expression | None:
        start = self.at
        for sign, negated in _EQUALITY:
            if self.take(rf"[ \t\r\n]*{sign}[ \t\r\n]*"):
                return Match(selector, "==", self.needed_value(), negated)
        if self.space():
            for pattern, operator, negated in _WORDS:
                if self.take(pattern):
                    return Match(selector, operator, self.needed_value(), negated)
            for pattern, operator, negated in _ENDINGS:
                if self.take(pattern):
                    return Match(selector, operator, "", negated)
        self.at = start
        return None

    def needed_value(self) -> str:
        value = self.value()
        if value is None:
            self.fail('"-", "0", "\\"", "`", [1-9] or [a-zA-Z]')
        return value or ""

    def after_value(self, value: str) -> Expression:
        negated = self.take(r"[ \t\r\n]+not[ \t\r\n]+in[ \t\r\n]+") is not None
        if not negated and not self.take(r"[ \t\r\n]+in[ \t\r\n]+"):
            spaced = self.space()
            words = '"contains", "in", "is", "matches", "not" or [ \\t\\r\\n]'
            self.fail(f'"!=", "==", {words}' if spaced else '"!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_/]')
        start = self.at
        selector = self.selector()
        if selector is None or (self.text[start] == '"' and not selector.path):
            self.refuse("match", "Invalid selector")
            raise AssertionError
        return Match(selector, "in", value, negated)

    def selector(self) -> Selector | None:
        if pointer := self.take(_POINTER):
            return Selector(tuple(pointer[1].split("/")[1:]))
        first = self.take(_IDENTIFIER)
        if first is None:
            return None
        path = [first[0]]
        while (part := self.next_part()) is not None:
            path.append(part)
        return Selector(tuple(path))

    def next_part(self) -> str | None:
        if index := self.take(_INDEX):
            return index[1]
        if self.text.startswith(".", self.at):
            self.at += 1
            part = self.take(_IDENTIFIER)
            if part is None:
                self.fail("[0-9] or [a-zA-Z]")
                raise AssertionError
            return part[0]
        if not self.take(r"\[[ \t\r\n]*"):
            return None
        text = self.string()
        if text is None:
            self.refuse("index", "Invalid index")
        if not self.take(r"[ \t\r\n]*\]"):
            self.refuse("index", "Unclosed index expression")
        return text

    def value(self) -> str | None:
        selector = None if self.text.startswith('"', self.at) else self.selector()
        if selector is not None:
            return str(selector)
        if number := self.take(_NUMBER):
            return number[0]
        return self.string()

    def string(self) -> str | None:
        quote = self.text[self.at : self.at + 1]
        if quote not in {'"', "`"}:
            return None
        end = self.text.find(quote, self.at + 1)
        if end < 0:
            self.at = len(self.text)
            self.refuse("string", "Unterminated string literal")
        raw = self.text[self.at + 1 : end]
        self.at = end + 1
        if quote == "`":
            return raw
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), raw)
