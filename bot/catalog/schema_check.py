"""What a metadata file breaks of the published schema, told to who can mend it: the key, the fault, what to write."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from itertools import chain, islice

from bot.catalog import vocabulary
from bot.catalog.markdown import plain_line
from bot.catalog.yaml_text import NOTHING, Bare, Yaml

SCHEMA = "2.3.0"
"""The newest published schema; older ones of the second kind differ by what they lack."""

_MOST = 20  # flaws told of one file
_LISTS: Mapping[str, Sequence[str]] = {
    "tags": (),
    "libraries": vocabulary.LIBRARIES,
    "tasks": vocabulary.TASKS,
    "categories": vocabulary.CATEGORIES,
    "data-type": vocabulary.DATA_TYPES,
}
_NEEDED_LISTS = ("tags", "libraries", "tasks", "categories")
_NEEDED_TEXTS = ("title", "summary", "description")
_MAPPINGS = ("links", "dates", "resources", "provenance")
_KEYS = (*_NEEDED_TEXTS, *_LISTS, *_MAPPINGS, "metadata_version", "doi", "license")
_OF_SCHEMA_1 = {
    "keywords": "tags",
    "sources": "links",
    "dataset_url": "links.dataset",
    "cite_url": "links.citation",
    "date_creation": "dates.created",
    "tosca": "",
}
_LINKS = ("source_code", "documentation", "dataset", "weights", "citation", "base_model")
_AMOUNTS = {"cpu": "", "gpu": "", "memory_MB": "MB", "storage_MB": "MB", "gpu_memory_MB": "MB"}
_OF_RESOURCES = (*_AMOUNTS, "gpu_compute_capability")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VERSION = re.compile(r"2\.\d{1,3}\.\d{1,3}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3})?")
_LEFT_OVER = re.compile(r"https?://add-some-")
_NO_TEXT = re.compile(
    r"[-+]?[0-9][0-9_]*(?:\.[0-9]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|~|null|true|false|yes|no|on|off", re.IGNORECASE
)


def flaws(document: Mapping[str, Yaml]) -> tuple[str, ...]:
    """Return what should be mended in a file that can be read; nothing if it keeps to the schema."""
    keys = {key.strip(): value for key, value in document.items()}
    if not {"links", "categories", "libraries", "tasks"} & keys.keys() and _OF_SCHEMA_1.keys() & keys.keys():
        return (f"is written in metadata schema 1: rewrite it in schema {SCHEMA}",)
    found = chain(
        _versions(keys),
        _texts(keys),
        _lists(keys),
        _mappings(keys),
        _dates(keys.get("dates")),
        _links(keys.get("links")),
        _resources(keys.get("resources")),
        _strangers(keys),
    )
    return tuple(islice(found, _MOST))


def _versions(keys: Mapping[str, Yaml]) -> Iterator[str]:
    version = keys.get("metadata_version")
    if _is_nothing(version):
        yield f"metadata_version is missing: write {SCHEMA}"
    elif not isinstance(version, str) or not _VERSION.fullmatch(version):
        yield f"metadata_version is {_shown(version)}: write {SCHEMA}, the schema that the other keys belong to"


def _texts(keys: Mapping[str, Yaml]) -> Iterator[str]:
    for key in _NEEDED_TEXTS:
        if _is_nothing(keys.get(key)):
            yield f"{key} is missing: write a text"
        elif not isinstance(keys[key], str):
            yield f"{key} is {_kind(keys[key])}: write one text"
        elif _is_taken_for_another(keys[key]):
            yield f"{key} is {_shown(keys[key])} without quotes, which is no text: write '{_shown(keys[key])[1:-1]}'"


def _lists(keys: Mapping[str, Yaml]) -> Iterator[str]:
    for key, words in _LISTS.items():
        value = keys.get(key)
        if key not in keys or value is None:
            if key in _NEEDED_LISTS:
                yield f"{key} is missing: write a list, [] if there is nothing to say"
        elif not isinstance(value, list):
            yield f"{key} is {_kind(value)}: write a list, such as [{_example(words)}]"
        else:
            yield from _words(key, value, words)


def _words(key: str, value: list[Yaml], words: Sequence[str]) -> Iterator[str]:
    for item in value:
        if not isinstance(item, str):
            yield f"{key} holds {_kind(item)}: write a list of plain words"
        elif _is_taken_for_another(item):
            yield f"{key} holds {_shown(item)} without quotes, which is no text: write '{_shown(item)[1:-1]}'"
        elif words and item not in words:
            (meant,) = vocabulary.canonical([item], words)
            near = [meant] if meant in words else get_close_matches(item, words, n=1)
            mend = f"write {near[0]}" if near else f"choose from {', '.join(words)}"
            yield f"{key} holds {_shown(item)}, which the schema does not know: {mend}"


def _mappings(keys: Mapping[str, Yaml]) -> Iterator[str]:
    for key in _MAPPINGS:
        value = keys.get(key)
        if not _is_nothing(value) and not isinstance(value, dict):
            yield f"{key} is {_kind(value)}: write keys with values below it, indented by two spaces"


def _dates(node: Yaml | None) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    days = {}
    for key in ("created", "updated"):
        value = node.get(key)
        if _is_nothing(value):
            yield f"dates.{key} is missing: write a day such as '2025-03-18', in quotes"
        elif not _is_day(value):
            yield f"dates.{key} is {_shown(value)}: write a day such as '2025-03-18', in quotes"
        else:
            days[key] = str(value)
            if isinstance(value, Bare):
                yield f"dates.{key} has no quotes, so that it is no text: write '{value}'"
    if len(days) == 2 and days["updated"] < days["created"]:  # noqa: PLR2004 - both of them
        yield f"dates.updated, {days['updated']}, is before dates.created, {days['created']}: correct one of them"


def _links(node: Yaml | None) -> Iterator[str]:
    given = node if isinstance(node, dict) else {}
    if _is_nothing(given.get("source_code")):
        yield "links.source_code is missing: write the address of the repository"
    for key in _LINKS:
        value = given.get(key)
        if _is_nothing(value):
            continue
        if not isinstance(value, str) or not value.startswith(("http://", "https://")):
            yield f"links.{key} is {_shown(value)}: write one address that begins with https://"
        elif _LEFT_OVER.match(value):
            yield f"links.{key} is the template's example: write your own, or leave the key out"


def _resources(node: Yaml | None) -> Iterator[str]:
    for use, given in (node if isinstance(node, dict) else {}).items():
        if use not in {"inference", "training"}:
            yield f"resources.{_name(use)} is unknown to the schema: it has inference and training"
        elif not isinstance(given, dict):
            yield f"resources.{use} is {_kind(given)}: write keys such as cpu and memory_MB below it"
        else:
            yield from _amounts(f"resources.{use}", given)


def _amounts(place: str, given: Mapping[str, Yaml]) -> Iterator[str]:
    for key, value in given.items():
        if key not in _OF_RESOURCES:
            yield f"{place}.{_name(key)} is unknown to the schema: it has {', '.join(_OF_RESOURCES)}"
        elif key in _AMOUNTS and not _is_amount(value, vocabulary.CEILINGS[key.casefold()]):
            what = f"{_AMOUNTS[key]} without the unit, such as 8000" if _AMOUNTS[key] else "them, such as 2"
            yield f"{place}.{key} is {_shown(value)}: write a whole number of {what}, without quotes"
        elif key not in _AMOUNTS and not _is_capability(value):
            yield f"{place}.{key} is {_shown(value)}: write what a GPU must have at least, such as 7.5"


def _strangers(keys: Mapping[str, Yaml]) -> Iterator[str]:
    for key in keys:
        if key in _OF_SCHEMA_1:
            mend = f"write {_OF_SCHEMA_1[key]}" if _OF_SCHEMA_1[key] else "leave it out"
            yield f"{key} belongs to metadata schema 1: {mend}"
        elif key not in _KEYS:
            near = get_close_matches(key, [known for known in _KEYS if known not in keys], n=1, cutoff=0.75)
            if near:
                yield f"{_name(key)} is unknown to the schema: do you mean {near[0]}?"


def _is_nothing(node: Yaml | None) -> bool:
    return node is None or (isinstance(node, Bare) and node in NOTHING)


def _is_day(node: Yaml | None) -> bool:
    try:
        return isinstance(node, str) and _DAY.fullmatch(node) is not None and bool(date.fromisoformat(node))
    except ValueError:
        return False


def _is_amount(node: Yaml | None, ceiling: int) -> bool:
    return isinstance(node, Bare) and _WHOLE.fullmatch(node) is not None and int(node) <= ceiling


def _is_capability(node: Yaml | None) -> bool:
    return (
        isinstance(node, Bare) and _DECIMAL.fullmatch(node) is not None and float(node) <= vocabulary.HIGHEST_CAPABILITY
    )


def _is_taken_for_another(node: Yaml | None) -> bool:
    """Tell whether other readers take an unquoted text for a number, a truth value, a date or nothing."""
    return isinstance(node, Bare) and _NO_TEXT.fullmatch(node) is not None


def _kind(node: Yaml | None) -> str:
    match node:
        case list():
            return "a list"
        case dict():
            return "a group of keys"
        case _:
            return "a text" if node else "empty"


def _shown(node: Yaml | None) -> str:
    return f"“{_name(node)}”" if isinstance(node, str) else _kind(node)


def _name(text: str) -> str:
    return plain_line(text, limit=60)


def _example(words: Sequence[str]) -> str:
    return ", ".join(words[:2]) or "deep learning"
