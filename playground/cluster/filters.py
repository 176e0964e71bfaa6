"""Applying a filter expression to objects, as Nomad's lists do: to the full object, not to the stub."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playground.cluster.filter_parser import Both, Each, Expression, FilterError, Match, Not, parse
from playground.cluster.go_words import pattern_error
from playground.cluster.records import JsonObject

__all__ = ["Filter", "FilterError"]

_MAPS = frozenset(
    {
        "Attributes",
        "CSIControllerPlugins",
        "CSINodePlugins",
        "ClassEligibility",
        "ClassExhausted",
        "ClassFiltered",
        "Config",
        "ConstraintFiltered",
        "Details",
        "DimensionExhausted",
        "Drivers",
        "Env",
        "FailedTGAllocs",
        "HostNetworks",
        "HostVolumes",
        "Links",
        "Meta",
        "NodesAvailable",
        "QueuedAllocations",
        "ResourcesExhausted",
        "Scores",
        "TaskLifecycles",
        "TaskResources",
        "TaskStates",
        "Tasks",
        "Volumes",
    }
)
"""Fields that hold a map: a key they lack is no error, while a field that a structure lacks is one."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter expression that was read."""

    expression: Expression

    @classmethod
    def read(cls, text: str) -> "Filter":
        """Read an expression; raise `FilterError`."""
        return cls(parse(text))

    def matches(self, datum: JsonObject) -> bool:
        """Tell whether an object fits; raise `FilterError` if the expression does not suit it."""
        return _holds(self.expression, datum)


class _Missing:
    """A key that a map does not have."""


_MISSING = _Missing()


def _holds(expression: Expression, datum: JsonObject) -> bool:
    match expression:
        case Each():
            found = (_holds(expression.inner, inside) for inside in _inside(expression, datum))
            return all(found) if expression.every else any(found)
        case Not(inner):
            return not _holds(inner, datum)
        case Both("and", left, right):
            return _holds(left, datum) and _holds(right, datum)
        case Both(_, left, right):
            return _holds(left, datum) or _holds(right, datum)
        case _:
            return _compare(expression, datum)


def _inside(each: Each, datum: JsonObject) -> Iterator[JsonObject]:
    """Return the object once for each element, with the element's names beside its own fields."""
    found = _find(each.selector.path, datum)
    pairs = found.items() if isinstance(found, Mapping) else enumerate(found) if isinstance(found, list) else ()
    index_name, value_name = each.names
    for key, value in pairs:
        bound = {**({index_name: str(key)} if index_name else {}), **({value_name: value} if value_name else {})}
        yield {**datum, **bound}


def _compare(match: Match, datum: JsonObject) -> bool:
    value = _find(match.selector.path, datum)
    if isinstance(value, _Missing):
        return match.negated is not (match.operator in {"empty", "nil"})
    result = {"==": _equals, "in": _contains, "empty": _is_empty, "nil": _is_nil, "matches": _matches}[match.operator](
        match, value
    )
    return result is not match.negated


def _find(path: tuple[str, ...], datum: JsonObject) -> Any:
    value: Any = datum
    is_map = False
    for number, part in enumerate(path):
        last = number == len(path) - 1
        if isinstance(value, list):
            value = _element(path, number, value)
            is_map = False
            continue
        if value is None and not is_map:
            raise _not_found(path, f": at part {number}, invalid value kind: invalid")
        if not isinstance(value, Mapping) or part not in value:
            if is_map and last:
                return _MISSING
            missing = (
                f'couldn\'t find key "{part}"' if is_map else f'couldn\'t find key: struct field with name "{part}"'
            )
            raise _not_found(path, f" at part {number}: {missing}")
        value = value[part]
        is_map = part in _MAPS and not (is_map and isinstance(value, str))
    return value


def _element(path: tuple[str, ...], number: int, value: list[Any]) -> Any:
    part = path[number]
    if not part.isdigit():
        raise _not_found(path, f' at part {number}: strconv.ParseInt: parsing "{part}": invalid syntax')
    if int(part) >= len(value):
        raise _not_found(path, f" at part {number}: index {part} is out of range (length = {len(value)})")
    return value[int(part)]


def _not_found(path: tuple[str, ...], detail: str) -> FilterError:
    return FilterError(f"error finding value in datum: /{'/'.join(path)}{detail}")


def _equals(match: Match, value: Any) -> bool:
    if isinstance(value, (Mapping, list)) or value is None:
        raise FilterError("unable to find suitable primitive comparison function for matching")
    return bool(_coerced(match.value, value) == value)


def _coerced(text: str, like: Any) -> Any:
    """Turn the expression's text into the kind of value it is compared with."""
    kinds = {"ParseBool": bool, "ParseInt": int, "ParseFloat": float}
    parser = next((name for name, kind in kinds.items() if type(like) is kind), "")
    try:
        match parser:
            case "ParseBool":
                return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
            case "ParseInt":
                return int(text)
            case "ParseFloat":
                return float(text)
            case _:
                return text
    except (KeyError, ValueError) as error:
        reason = f'strconv.{parser}: parsing "{text}": invalid syntax'
        raise FilterError(f"error getting match value in expression: {reason}") from error


def _contains(match: Match, value: Any) -> bool:
    if value is None:
        return False
    if isinstance(value, str):
        return match.value in value
    if isinstance(value, Mapping):
        return match.value in value
    if isinstance(value, list):
        return any(not isinstance(item, (Mapping, list)) and _coerced(match.value, item) == item for item in value)
    raise FilterError(f'cannot perform in/contains operations on type {_kind(value)} for selector: "{match.selector}"')


def _is_empty(match: Match, value: Any) -> bool:
    if value is None or isinstance(value, (Mapping, list, str)):
        return not value
    raise FilterError(f'cannot perform is-empty operations on type {_kind(value)} for selector: "{match.selector}"')


def _is_nil(match: Match, value: Any) -> bool:
    del match
    return value is None


def _matches(match: Match, value: Any) -> bool:
    if not isinstance(value, str):
        raise FilterError(f"value of type {_kind(value)} is not convertible to []byte")
    try:
        return re.search(match.value, value) is not None
    except re.error as error:
        reason = pattern_error(error, match.value)
        raise FilterError(f'failed to compile regular expression "{match.value}": {reason}') from error


def _kind(value: Any) -> str:
    if value is None:
        return "invalid"
    return {bool: "bool", int: "int", float: "float64", dict: "struct", list: "slice"}.get(type(value), "string")
