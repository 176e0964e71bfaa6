"""Namespaces: the tenants of the cluster."""

import re

from playground.cluster import shapes
from playground.cluster.records import Namespace
from playground.cluster.routing import DEFAULT, Answer, ApiError, Request, Route
from playground.cluster.validation import bundled

_NAME = re.compile(r"[a-zA-Z0-9-]{1,128}")


def _list(request: Request) -> Answer:
    state = request.engine.state
    seen = [
        one
        for one in sorted(state.namespaces.values(), key=lambda one: one.name)
        if one.name.startswith(request.one("prefix")) and _has_rights(request, one.name)
    ]
    return Answer(json=[shapes.namespace(one) for one in seen], index=state.table_index["namespaces"])


def _has_rights(request: Request, name: str) -> bool:
    rights = ("list-jobs", "read-job", "submit-job", "variables-read", "variables-write", "alloc-lifecycle")
    return any(request.token.allows(right, name) for right in rights)


def _read(request: Request) -> Answer:
    state = request.engine.state
    one = state.namespaces.get(request.parts[0])
    if one is None:
        raise ApiError(404, "Namespace not found", index=state.table_index["namespaces"])
    if not _has_rights(request, one.name):
        raise ApiError(403, "Permission denied")
    return Answer(json=shapes.namespace(one), index=one.modify_index)


def _write(request: Request) -> Answer:
    request.need("management")
    body = request.json()
    name = str(body.get("Name", ""))
    if request.parts and name != request.parts[0]:
        raise ApiError(400, "Namespace name does not match request path")
    if not _NAME.fullmatch(name):
        reason = f'invalid name "{name}". Must match regex ^[a-zA-Z0-9-]{{1,128}}$'
        raise ApiError(500, f'Invalid namespace "{name}": {bundled([reason])}')
    rules = body.get("Capabilities") or {}
    request.engine.add_namespace(
        Namespace(
            name=name,
            description=str(body.get("Description", "")),
            meta=dict(body.get("Meta") or {}),
            enabled_drivers=tuple(rules.get("EnabledTaskDrivers") or ()) or None,
            disabled_drivers=tuple(rules.get("DisabledTaskDrivers") or ()) or None,
        )
    )
    return Answer(empty=True, index=request.engine.state.index, read=False)


def _delete(request: Request) -> Answer:
    request.need("management")
    state, name = request.engine.state, request.parts[0]
    if name == DEFAULT:
        raise ApiError(500, "can not delete default namespace")
    if name not in state.namespaces:
        raise ApiError(404, "Namespace not found")
    if any(job.namespace == name and job.status != "dead" for job in state.jobs.values()):
        raise ApiError(500, f'namespace "{name}" has non-terminal jobs in regions: [global]')
    with state.commit() as index:
        state.drop_namespace(name)
    return Answer(empty=True, index=index, read=False)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/namespaces", _list),
    Route("PUT POST", "/v1/namespace", _write),
    Route("GET", "/v1/namespace/:name", _read),
    Route("PUT POST", "/v1/namespace/:name", _write),
    Route("DELETE", "/v1/namespace/:name", _delete),
)
