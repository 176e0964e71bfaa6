"""Constraint operators as Nomad's scheduler applies them to nodes and to devices."""

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from playground.cluster.records import DeviceGroup, JsonObject, Node

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_SCALED = {"W": 1.0, "mW": 0.001, "kW": 1000.0, "MHz": 1.0, "GHz": 1000.0, "%": 1.0}


def text_of(constraint: JsonObject) -> str:
    """Write a constraint as Nomad does in its reasons."""
    return f"{constraint.get('LTarget', '')} {constraint.get('Operand', '')} {constraint.get('RTarget', '')}"


def meets(node: Node, constraint: JsonObject) -> bool:
    """Tell whether a node meets a constraint of a job, a group or a task."""
    left = node_value(node, str(constraint.get("LTarget", "")))
    right = node_value(node, str(constraint.get("RTarget", "")))
    return _compare(str(constraint.get("Operand", "")), left, right)


def escapes_class(constraint: JsonObject) -> bool:
    """Tell whether a constraint looks at what is unique to a node, so that its class does not answer it."""
    targets = f"{constraint.get('LTarget', '')} {constraint.get('RTarget', '')}"
    return any(marker in targets for marker in ("${node.unique.", "${attr.unique.", "${meta.unique."))


def node_value(node: Node, target: str) -> str | None:
    """Resolve a target against a node; plain text stands for itself."""
    if not target.startswith("${"):
        return target
    name = target.removeprefix("${").removesuffix("}")
    plain = {
        "node.unique.id": node.id,
        "node.unique.name": node.name,
        "node.datacenter": node.site,
        "node.class": node.node_class,
        "node.pool": node.pool,
    }
    if name in plain:
        return plain[name]
    if name.startswith("attr."):
        return node.attributes.get(name.removeprefix("attr."))
    return node.meta.get(name.removeprefix("meta.")) if name.startswith("meta.") else None


def _compare(operand: str, left: str | None, right: str | None) -> bool:
    if operand in {"distinct_hosts", "distinct_property"}:
        return True
    if operand in {"!=", "not"}:
        return left != right
    if operand == "is_set":
        return left is not None
    if operand == "is_not_set":
        return left is None
    return left is not None and right is not None and _compare_found(operand, left, right)


def _compare_found(operand: str, left: str, right: str) -> bool:
    if operand in _ORDER:
        return _ordered(operand, left, right)
    rule = _RULES.get(operand)
    return rule is not None and rule(left, right)


def _members(text: str) -> set[str]:
    return {part.strip() for part in text.split(",")}


def _searches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def _ordered(operand: str, left: str, right: str) -> bool:
    compare = _ORDER[operand]
    for kind in (int, float):
        try:
            return compare(kind(left), kind(right))
        except ValueError:
            continue
    return compare(left, right)


def version_matches(version: str, wanted: str) -> bool:
    """Tell whether a version meets every clause of a list such as `>= 1.8.0, < 2`."""
    found = _version(version)
    clauses = [re.fullmatch(r"\s*(>=|<=|!=|~>|=|>|<|)\s*v?([0-9][\w.+-]*)\s*", clause) for clause in wanted.split(",")]
    if found is None or not all(clauses):
        return False
    return all(_clause_holds(found, match[1] or "=", match[2]) for match in clauses if match)


def _clause_holds(found: tuple[tuple[int, ...], str], sign: str, wanted_text: str) -> bool:
    wanted = _version(wanted_text)
    if wanted is None:
        return False
    (numbers, suffix), (other, other_suffix) = found, wanted
    key = (numbers, suffix == "", suffix)
    other_key = (other, other_suffix == "", other_suffix)
    if sign == "~>":
        fixed = max(len(wanted_text.split("-", maxsplit=1)[0].split(".")) - 1, 1)
        return key >= other_key and numbers[:fixed] == other[:fixed]
    if sign in {"=", "!="}:
        return (key == other_key) is (sign == "=")
    return _ORDER[sign](key, other_key)


def _version(text: str) -> tuple[tuple[int, ...], str] | None:
    match = re.fullmatch(r"v?(\d+(?:\.\d+)*)(?:-([\w.-]+))?(?:\+[\w.-]+)?", text.strip())
    if match is None:
        return None
    numbers = tuple(int(part) for part in match[1].split("."))
    return numbers + (0,) * (3 - len(numbers)), match[2] or ""


_RULES: dict[str, Callable[[str, str], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "is": operator.eq,
    "version": version_matches,
    "semver": version_matches,
    "regexp": lambda left, right: _searches(right, left),
    "set_contains": lambda left, right: _members(right) <= _members(left),
    "set_contains_all": lambda left, right: _members(right) <= _members(left),
    "set_contains_any": lambda left, right: bool(_members(right) & _members(left)),
}


def device_matches(group: DeviceGroup, request: JsonObject) -> bool:
    """Tell whether a device group fits a request by name and constraints, whatever the count."""
    return _name_matches(group, str(request.get("Name", ""))) and all(
        _device_meets(group, constraint) for constraint in request.get("Constraints") or ()
    )


def device_affinity(group: DeviceGroup, affinities: Iterable[JsonObject]) -> float:
    """Return how well a device group suits, from -1 to 1."""
    weights = [(int(affinity.get("Weight", 50)), _device_meets(group, affinity)) for affinity in affinities]
    total = sum(abs(weight) for weight, _ in weights)
    return sum(weight for weight, met in weights if met) / total if total else 0.0


def _name_matches(group: DeviceGroup, name: str) -> bool:
    parts = name.split("/", 2)
    wanted = {1: (group.type,), 2: (group.vendor, group.type), 3: (group.vendor, group.type, group.name)}
    return tuple(parts) == wanted[len(parts)]


def _device_meets(group: DeviceGroup, constraint: JsonObject) -> bool:
    operand = str(constraint.get("Operand", "="))
    left = _device_value(group, str(constraint.get("LTarget", "")))
    right = _device_value(group, str(constraint.get("RTarget", "")))
    if operand in {"=", "==", "is", "!=", "not", *_ORDER} and left is not None and right is not None:
        return _compare_measures(operand, left, right)
    return _compare(operand, left, right)


def _device_value(group: DeviceGroup, target: str) -> str | None:
    if not target.startswith("${"):
        return target
    name = target.removeprefix("${").removesuffix("}")
    plain = {
        "device.ids": ",".join(instance.id for instance in group.instances),
        "device.model": group.name,
        "device.vendor": group.vendor,
        "device.type": group.type,
    }
    if name in plain:
        return plain[name]
    found = group.attributes.get(name.removeprefix("device.attr."))
    return None if found is None else f"{found[0]} {found[1]}".strip()


def _compare_measures(operand: str, left: str, right: str) -> bool:
    first, second = _measure(left), _measure(right)
    if first is None or second is None:
        equal = left == right
        return not equal if operand in {"!=", "not"} else equal and operand in {"=", "==", "is"}
    if first[1] != second[1]:
        return False
    if operand in _ORDER:
        return _ORDER[operand](first[0], second[0])
    return (first[0] == second[0]) is (operand in {"=", "==", "is"})


def _measure(text: str) -> tuple[float, str] | None:
    """Read a number with a unit; figures of one kind come out in one unit."""
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*([A-Za-z%/]*)", text)
    if match is None:
        return None
    number, unit = float(match[1]), match[2]
    if unit in _UNITS:
        return number * _UNITS[unit], "bytes"
    return number * _SCALED.get(unit, 1.0), unit.removeprefix("k").removeprefix("m").removeprefix("G")
