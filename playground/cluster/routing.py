"""Requests, answers and the table that leads from one to the other."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from playground.cluster.acl import Token
from playground.cluster.engine import Engine
from playground.cluster.filters import Filter, FilterError
from playground.cluster.records import JsonObject

DEFAULT = "default"
_UUID_LENGTH = 36


class ApiError(Exception):
    """An answer that is an error: a status and Nomad's text."""

    def __init__(self, status: int, text: str, *, index: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.index = index


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: JSON, or plain text if `text` is set; `index` becomes X-Nomad-Index.

    It goes only after a delay in real time, for which nobody else waits.
    """

    json: Any = None
    text: str | None = None
    status: int = 200
    index: int | None = None
    read: bool = True
    next_token: str = ""
    empty: bool = False
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request with its decoded parts; `parts` are the variable pieces of the path."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: bytes
    engine: Engine
    token: Token
    now: datetime
    secured: bool
    parts: tuple[str, ...] = ()
    known: Mapping[str, Token] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        return self.query.get(name, [default])[0]

    def flag(self, name: str) -> bool:
        """Return a query parameter read as Go reads booleans."""
        value = self.one(name)
        if value in {"1", "t", "T", "true", "TRUE", "True"}:
            return True
        if value in {"", "0", "f", "F", "false", "FALSE", "False"}:
            return False
        reason = f'strconv.ParseBool: parsing "{value}": invalid syntax'
        raise ApiError(500, f'Failed to parse value of "{name}" ({value}) as a bool: {reason}')

    def number(self, name: str) -> int:
        """Return a query parameter read as a number, 0 if absent."""
        value = self.one(name)
        if value and not value.isdigit():
            raise ApiError(400, f"Expect a number for `{name}` query string parameter")
        return int(value or 0)

    @property
    def namespace(self) -> str:
        """Return the request's namespace."""
        return self.one("namespace") or DEFAULT

    def json(self) -> JsonObject:
        """Return the body as a JSON object; refuse anything else as Nomad does."""
        if not self.body:
            raise ApiError(400, "Request body is empty")
        try:
            decoded = json.loads(self.body)
        except ValueError as error:
            raise ApiError(400, "unexpected EOF" if "Expecting" in str(error) else str(error)) from error
        if not isinstance(decoded, dict):
            raise ApiError(400, f"json: cannot unmarshal {type(decoded).__name__} into Go value")
        return decoded

    def need(self, capability: str, namespace: str | None = None) -> None:
        """Refuse a token that lacks a capability in a namespace, by default the request's."""
        if not self.token.allows(capability, self.namespace if namespace is None else namespace):
            raise ApiError(403, "Permission denied")

    def sees(self, capability: str, namespace: str) -> bool:
        """Tell whether a record of a namespace belongs to the answer."""
        if self.namespace not in {"*", namespace}:
            return False
        return self.token.allows(capability, namespace)


Handler = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A way to a handler: methods, and a path whose `:parts` are handed on."""

    methods: str
    pattern: str
    handler: Handler

    def match(self, path: str) -> tuple[str, ...] | None:
        """Return the variable pieces of a path that fits."""
        found = _expression(self.pattern).fullmatch(path)
        return found.groups() if found else None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """Return what a route's pattern matches; there are some dozens of them, and each request tries most."""
    return re.compile(re.sub(r":rest", "(.+)", re.sub(r":(?!rest)\w+", "([^/]+)", pattern)))


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Handler, tuple[str, ...]]:
    """Return the handler for a request; raise 404 or 405."""
    known = False
    for route in routes:
        parts = route.match(path)
        if parts is None:
            continue
        known = True
        if method in route.methods.split():
            return route.handler, parts
    if known:
        raise ApiError(405, "Invalid method")
    raise ApiError(404, "")


def filtered(request: Request, items: Iterable[tuple[str, JsonObject, Any]]) -> list[tuple[str, Any]]:
    """Apply the request's filter to (position, full object, record) and return (position, record)."""
    text = request.one("filter")
    if not text:
        return [(position, record) for position, _, record in items]
    try:
        wanted = Filter.read(text)
    except FilterError as error:
        raise ApiError(400, f"failed to create result paginator: {error}") from error
    try:
        return [(position, record) for position, full, record in items if wanted.matches(full)]
    except FilterError as error:
        raise ApiError(400, f"failed to read result page: {error}") from error


def page(request: Request, items: list[tuple[str, Any]], *, key: Callable[[str], Any]) -> tuple[list[Any], str]:
    """Sort by position, cut a page out, return its records and the position of the next one."""
    backwards = request.one("reverse") == "true"
    ordered = sorted(items, key=lambda item: key(item[0]), reverse=backwards)
    start = request.one("next_token")
    if start:
        reached = key(start)
        ordered = [item for item in ordered if (key(item[0]) <= reached if backwards else key(item[0]) >= reached)]
    size = request.number("per_page")
    if size and len(ordered) > size:
        return [record for _, record in ordered[:size]], ordered[size][0]
    return [record for _, record in ordered], ""


def by_index(position: str) -> tuple[int, str]:
    """Order positions such as `12.5f42166f-…` by number, then by id."""
    number, _, id_ = position.partition(".")
    return int(number) if number.isdigit() else 0, id_


def check_uuid(text: str, noun: str) -> None:
    """Refuse an id that is no full UUID, as Nomad's tables do."""
    if len(text) != _UUID_LENGTH:
        raise ApiError(500, f"{noun} lookup failed: index error: UUID must be 36 characters")


def check_prefix(text: str, noun: str) -> None:
    """Refuse a prefix that no UUID can begin with."""
    plain = text.replace("-", "")
    if wrong := re.search(r"[^0-9a-fA-F]", plain):
        code = f"U+{ord(wrong[0]):04X} '{wrong[0]}'"
        raise ApiError(500, f"{noun} lookup failed: index error: Invalid UUID: encoding/hex: invalid byte: {code}")
    if len(plain) % 2:
        raise ApiError(500, f"{noun} lookup failed: index error: Input (without hyphens) must be even length")
