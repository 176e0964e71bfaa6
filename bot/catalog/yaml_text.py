"""YAML that strangers wrote: read within limits, every value as the text that stands in the file.

Nothing is guessed from how a value looks, so an unquoted date stays a date's text and `no` is not a truth value.
"""

import codecs
from typing import TypeAlias

import yaml

from bot.catalog.markdown import shorten, visible

Yaml: TypeAlias = str | list["Yaml"] | dict[str, "Yaml"]

MAX_BYTES = 256 * 1024  # published files have a few kilobytes
_MAX_DEPTH = 30
_MAX_ALIASES = 50
_HINTS = {
    "mapping values are not allowed here": "a value that holds a colon needs quotes",
    "could not find expected ':'": "a key needs a colon, a longer text needs to be indented",
    "found character '\\t' that cannot start any token": "indent with spaces, not with tabs",
    "found unexpected end of stream": "a quote is opened and not closed",
}


class NotYaml(ValueError):
    """A text cannot be read as YAML; the message says where and why, to whoever wrote it."""


def decode(raw: bytes) -> str:
    """Return a file's text: UTF-8, or UTF-16 where its first bytes say so; what is neither is marked, not refused."""
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if is_wide else "utf-8-sig", errors="replace")


def parse(text: str) -> Yaml:
    """Return the first document in a text; raise NotYaml with line and column if there is none."""
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        raise NotYaml(_character_problem(text, error)) from error
    try:
        document: Yaml = loader.get_data() if loader.check_data() else ""  # type: ignore[no-untyped-call]  # the stubs are partial
    except yaml.YAMLError as error:
        raise NotYaml(_problem(error)) from error
    except (ValueError, OverflowError) as error:  # PyYAML lets escapes of characters that do not exist through
        raise NotYaml("is not valid YAML: it holds an escape of a character that does not exist") from error
    finally:
        loader.dispose()
    return document


class _Loader(yaml.BaseLoader):
    """Builds texts, lists and mappings only, from a bounded number of aliases and levels."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
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
        return str(super().construct_scalar(node)).encode("utf-8", errors="replace").decode()


def _problem(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError):
        return "is not valid YAML"
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    problem = shorten(" ".join(visible(error.problem or error.context or "unreadable").split()), 120)
    hint = _HINTS.get(problem, "")
    return f"is not valid YAML: {place}{problem}" + (f" ({hint})" if hint else "")


def _character_problem(text: str, error: yaml.reader.ReaderError) -> str:
    position = int(error.position)
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    code = f" U+{error.character:04X}" if isinstance(error.character, int) else ""
    return f"is not valid YAML: line {line}, column {column}: the character{code} is not allowed"
