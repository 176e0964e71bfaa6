"""The catalogue's list of modules: the text of a `.gitmodules` file, which is written in git's configuration syntax."""

import re
from collections.abc import Iterator

from bot.catalog.markdown import plain_line
from bot.domain.base import Frozen, ModuleName
from bot.domain.catalog import MAX_NAME_LENGTH, BrokenItem

DEFAULT_BRANCH = "master"
"""What the platform reads where a module names no branch."""

MAX_ENTRIES = 1000
MAX_BYTES = 256 * 1024

_HEADER = re.compile(r'\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\](.*)', re.DOTALL)
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "b": "", '"': '"', "\\": "\\"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")
_SAME_BRANCH = "."  # git's word for "the branch that the catalogue itself is on"


class Entry(Frozen):
    """A module as the catalogue lists it: where its repository is and which branch counts. Either may be empty."""

    name: ModuleName
    url: str = ""
    branch: str = DEFAULT_BRANCH


class Listing(Frozen):
    """What the catalogue lists, and what of it cannot be used."""

    entries: tuple[Entry, ...] = ()
    broken: tuple[BrokenItem, ...] = ()


def parse(text: str) -> Listing:
    """Read the list; lines that make no sense are skipped, a name that stands there twice is one entry."""
    entries: list[Entry] = []
    broken: list[BrokenItem] = []
    seen: dict[str, str] = {}
    for name, keys in _submodules(text).items():
        reason = _objection(name, keys, seen, count=len(entries))
        seen.setdefault(name.casefold(), name)
        if reason:
            broken.append(BrokenItem(name=ModuleName(plain_line(name, limit=60) or "?"), reason=reason))
        else:
            entries.append(Entry(name=ModuleName(name), url=keys.get("url", ""), branch=_branch(keys)))
    return Listing(entries=tuple(entries), broken=tuple(broken))


def is_name(name: str) -> bool:
    """Tell whether a module may have this name: in a list, as a path and as a choice in Slack."""
    return len(name) <= MAX_NAME_LENGTH and _NAME.fullmatch(name) is not None


def _objection(name: str, keys: dict[str, str], seen: dict[str, str], *, count: int) -> str:
    if len(name) > MAX_NAME_LENGTH:
        return f"has a name of {len(name)} characters in .gitmodules: Slack takes no more than {MAX_NAME_LENGTH}"
    if not _NAME.fullmatch(name):
        return "has a name that .gitmodules may not have here: use letters, digits, dots, hyphens and underscores"
    if name.casefold() in seen:
        return f"has the same name as {seen[name.casefold()]} but for its case: rename one of them in .gitmodules"
    if count >= MAX_ENTRIES:
        return f"comes after the first {MAX_ENTRIES} entries of .gitmodules, which are all that is read"
    branch = _branch(keys)
    if not _BRANCH.fullmatch(branch) or ".." in branch or "//" in branch:
        return "has a branch in .gitmodules that is not a branch's name"
    return ""


def _branch(keys: dict[str, str]) -> str:
    branch = keys.get("branch", "")
    return DEFAULT_BRANCH if branch in {"", _SAME_BRANCH} else branch


def _submodules(text: str) -> dict[str, dict[str, str]]:
    """Return each submodule's keys; as in git, a later value wins and parts of the same name are one."""
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in _logical_lines(text):
        rest = line
        if line.startswith("["):
            header = _HEADER.match(line)
            name = _name_in(header) if header else ""
            current = found.setdefault(name, {}) if name else {}
            rest = header.group(3).strip() if header else ""
        key = _KEY.fullmatch(rest)
        if key:
            current[key.group(1).lower()] = _value(key.group(2) or "")
    return found


def _name_in(header: re.Match[str]) -> str:
    section, name, _ = header.groups()
    if name is not None and section.lower() == "submodule":
        return re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL)
    return ""


def _logical_lines(text: str) -> Iterator[str]:
    """Join lines that end in a backslash; leave out empty ones and comments."""
    whole = ""
    for line in text.lstrip("\ufeff").splitlines():
        whole += line.strip() if not whole else line
        if whole.startswith(("#", ";")) or not whole:
            whole = ""
        elif _is_continued(whole):
            whole = whole[:-1]
        else:
            yield whole
            whole = ""
    if whole:
        yield whole


def _is_continued(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _value(raw: str) -> str:
    """Take quotes, escapes and a comment at the end off a value."""
    kept: list[str] = []
    is_quoted = False
    characters = iter(raw)
    for character in characters:
        if character == "\\":
            kept.append(_ESCAPES.get(next(characters, ""), ""))
        elif character == '"':
            is_quoted = not is_quoted
        elif character in "#;" and not is_quoted:
            break
        else:
            kept.append(character)
    return "".join(kept).strip()
