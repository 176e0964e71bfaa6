"""Variables: secrets under paths, written with compare-and-set."""

import re
from collections.abc import Iterable

from playground.cluster import shapes
from playground.cluster.records import JsonObject, Variable
from playground.cluster.routing import Answer, ApiError, Request, Route, filtered, page

_PATH = re.compile(r"[a-zA-Z0-9\-_~/]{1,128}")
_MOST = 64 * 1024


def _list(request: Request) -> Answer:
    request.need("variables-read")
    found, token = page(request, filtered(request, _visible(request)), key=_position)
    shown = [shapes.variable(one, with_items=False) for one in found]
    return Answer(json=shown, index=request.engine.state.table_index["variables"], next_token=token)


def _position(position: str) -> tuple[str, str]:
    namespace, _, path = position.partition(".")
    return namespace, path


def _visible(request: Request) -> Iterable[tuple[str, JsonObject, Variable]]:
    for one in request.engine.state.variables.values():
        if request.sees("variables-read", one.namespace) and one.path.startswith(request.one("prefix")):
            yield f"{one.namespace}.{one.path}", shapes.variable(one, with_items=False), one


def _read(request: Request) -> Answer:
    request.need("variables-read")
    state = request.engine.state
    one = state.variables.get((request.namespace, request.parts[0]))
    if one is None:
        raise ApiError(404, "variable not found", index=state.table_index["variables"])
    return Answer(json=shapes.variable(one, with_items=True), index=one.modify_index)


def _write(request: Request) -> Answer:
    body, path = request.json(), request.parts[0]
    namespace = str(body.get("Namespace") or request.namespace)
    request.need("variables-write", namespace)
    items = body.get("Items")
    if not items:
        raise ApiError(400, "variable missing required Items object")
    cas = _cas(request)
    _check_path(path)
    if sum(len(key.encode()) + len(str(value).encode()) for key, value in items.items()) > _MOST:
        raise ApiError(400, "RPC Error:: 400,variables are limited to 64KiB in total size", index=0)
    state = request.engine.state
    existing = state.variables.get((namespace, path))
    if (conflict := _conflict(namespace, path, existing, cas)) is not None:
        return conflict
    with state.commit() as index:
        written = state.put_variable(
            Variable(
                namespace=namespace,
                path=path,
                items={str(key): str(value) for key, value in items.items()},
                create_index=existing.create_index if existing else index,
                modify_index=index,
                created=existing.created if existing else request.now,
                modified=request.now,
            )
        )
    return Answer(json=shapes.variable(written, with_items=True), index=index, read=False)


def _delete(request: Request) -> Answer:
    request.need("variables-write")
    path, cas = request.parts[0], _cas(request)
    state = request.engine.state
    existing = state.variables.get((request.namespace, path))
    if (conflict := _conflict(request.namespace, path, existing, cas)) is not None:
        return conflict
    with state.commit() as index:
        if existing is not None:
            state.drop_variable(existing)
    return Answer(status=204, index=index, read=False, empty=True)


def _missing_path(request: Request) -> Answer:
    del request
    raise ApiError(400, "missing variable path")


def _cas(request: Request) -> int | None:
    text = request.one("cas")
    if "cas" not in request.query:
        return None
    if not text.isdigit():
        raise ApiError(400, f'can not parse cas: strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text)


def _conflict(namespace: str, path: str, existing: Variable | None, cas: int | None) -> Answer | None:
    """Return the answer to a write that expected another state: 409 with what there is."""
    current = existing.modify_index if existing else 0
    if cas is None or cas == current:
        return None
    if existing is None:
        nothing = {"CreateIndex": 0, "CreateTime": 0, "ModifyIndex": 0, "ModifyTime": 0}
        shown: JsonObject = {**nothing, "Namespace": namespace, "Path": path}
    else:
        shown = shapes.variable(existing, with_items=True)
    return Answer(json=shown, status=409, index=current, read=False)


def _check_path(path: str) -> None:
    if not _PATH.fullmatch(path):
        raise ApiError(400, f'RPC Error:: 400,invalid path "{path}"', index=0)
    top, _, below = path.partition("/")
    if top == "nomad" and below.partition("/")[0] not in {"jobs", "job-templates"}:
        text = (
            'only paths at "nomad/jobs" or "nomad/job-templates" and below are valid paths under the top-level '
            '"nomad" directory'
        )
        raise ApiError(400, f"RPC Error:: 400,{text}", index=0)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/vars", _list),
    Route("GET", "/v1/var/:rest", _read),
    Route("PUT POST", "/v1/var/:rest", _write),
    Route("DELETE", "/v1/var/:rest", _delete),
    Route("GET PUT POST DELETE", "/v1/var/", _missing_path),
)
