"""YAML that strangers wrote: read within limits, every value as the text that stands in the file.

Nothing is guessed from how a value looks, so an unquoted date stays a date's text and `no` is not a truth value.
"""

import codecs
import re
from collections.abc import Hashable
from typing import Any, NamedTuple, TypeAlias

import yaml

from bot.catalog.markdown import shorten, visible

Yaml: TypeAlias = str | list["Yaml"] | dict[str, "Yaml"]

MAX_BYTES = 64 * 1024  # published files have a few kilobytes, and reading YAML is slow work
NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
"""How YAML writes that there is no value."""
_MAX_DEPTH = 30
_MAX_ALIASES = 50
_MAX_REMARKS = 10
_CONFLICT = re.compile(r"^(?:<<<<<<< |>>>>>>> )", re.MULTILINE)
_HINTS = (  # how PyYAML's problem begins, and what its cause most often is
    ("mapping values are not allowed here", "a value that holds a colon needs quotes"),
    ("could not find expected ':'", "a key needs a colon, a longer text needs to be indented"),
    ("found character '\\t' that cannot start any token", "indent with spaces, not with tabs"),
    ("found character", "a value that begins with this character needs quotes"),
    ("expected alphabetic or numeric character", "a value that begins with * or & needs quotes"),
    ("found undefined alias", "a value that begins with * needs quotes"),
    ("found unexpected end of stream", "a quote is opened and not closed"),
    ("found unknown escape character", "write two backslashes for one, or use single quotes"),
    ("expected ',' or ']'", "a list that is opened with [ is not closed before this place"),
    ("expected ',' or '}'", "a group that is opened with { is not closed before this place"),
    (
        "expected <block end>, but found '<scalar>'",
        "a quote ends within the value: write two of them, or the other kind",
    ),
    ("expected <block end>", "lines of one group must be indented alike"),
    ("expected a comment or a line break", "the text after | or > begins on the next line, indented"),
    ("found unhashable key", "a value that begins with { or [ needs quotes"),
)


class Bare(str):
    """A value that stands in the file without quotes, so that other readers may take it for a number or a date."""

    __slots__ = ()


class Text(NamedTuple):
    """What a text says, and what about its form its writer should know."""

    document: Yaml
    remarks: tuple[str, ...] = ()


class NotYaml(ValueError):
    """A text cannot be read as YAML; the message says where and why, to whoever wrote it."""


def decode(raw: bytes) -> str:
    """Return a file's text: UTF-8, or UTF-16 where its first bytes say so; what is neither is marked, not refused."""
    return raw.decode(_encoding(raw), errors="replace")


def encoding_problem(raw: bytes) -> str:
    """Say where a file's bytes are no text, to whoever saved it; nothing if they are."""
    try:
        raw.decode(_encoding(raw))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return f"line {line} is not in UTF-8: save the file in UTF-8"
    return ""


def parse(text: str) -> Text:
    """Return the first document in a text; raise NotYaml with line and column if there is none."""
    conflict = _CONFLICT.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        raise NotYaml(f"is not valid YAML: line {line}: a merge conflict was left there: keep one of the two versions")
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        raise NotYaml(_character_problem(text, error)) from error
    try:
        document: Yaml = loader.get_data() if loader.check_data() else ""  # type: ignore[no-untyped-call]  # the stubs are partial
        loader.note_what_follows()
    except yaml.YAMLError as error:
        raise NotYaml(_problem(error)) from error
    except (ValueError, OverflowError) as error:  # PyYAML lets escapes of characters that do not exist through
        raise NotYaml("is not valid YAML: it holds an escape of a character that does not exist") from error
    finally:
        loader.dispose()
    return Text(document, tuple(loader.remarks))


class _Loader(yaml.BaseLoader):
    """Builds texts, lists and mappings only, from a bounded number of aliases and levels."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.remarks: list[str] = []
        self._aliases = 0
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Build a node, keeping count."""
        self._aliases += self.check_event(yaml.AliasEvent)
        self._depth += 1
        if self._depth > _MAX_DEPTH or self._aliases > _MAX_ALIASES:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs are partial
            raise yaml.composer.ComposerError(None, None, "too many levels or aliases", mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        """Return a value's text without halves of characters, which no file or message can hold."""
        text = str(super().construct_scalar(node)).encode("utf-8", errors="replace").decode()
        return Bare(text) if node.style is None else text

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the base class's
        """Return keys and values, with those that a merge key (<<) brings in; a key that comes twice is told of."""
        self._note_repeated(node)
        mapping = super().construct_mapping(node, deep=deep)
        merged = mapping.pop("<<", None)
        for more in merged if isinstance(merged, list) else [merged]:
            if isinstance(more, dict):
                mapping = {**more, **mapping}
        return mapping

    def note_what_follows(self) -> None:
        """Tell of a second document, which nobody reads."""
        if self.check_event(yaml.DocumentStartEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]  # the stubs are partial
            self.remarks.append(f"line {line} begins a second document, which is not read: remove what follows it")

    def _note_repeated(self, node: yaml.MappingNode) -> None:
        seen: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            name = key.value if isinstance(key.value, str) else ""
            if name in seen and len(self.remarks) < _MAX_REMARKS:
                shown = shorten(visible(name), 60)
                self.remarks.append(f"{shown} stands in line {seen[name]} and line {line}, of which the last counts")
            seen[name] = line


def _encoding(raw: bytes) -> str:
    return "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _problem(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError):
        return "is not valid YAML"
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    problem = shorten(" ".join(visible(error.problem or error.context or "unreadable").split()), 120)
    hint = next((hint for beginning, hint in _HINTS if problem.startswith(beginning)), "")
    return f"is not valid YAML: {place}{problem}" + (f" ({hint})" if hint else "")


def _character_problem(text: str, error: yaml.reader.ReaderError) -> str:
    position = int(error.position)
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    code = f" U+{error.character:04X}" if isinstance(error.character, int) else ""
    return f"is not valid YAML: line {line}, column {column}: the character{code} is not allowed"
