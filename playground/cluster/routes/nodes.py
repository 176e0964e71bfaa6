"""Nodes: listing, reading, taking them out of and back into service."""

from collections.abc import Iterable
from dataclasses import replace

from playground.cluster import shapes
from playground.cluster.records import JsonObject, Node, NodeEvent
from playground.cluster.routing import Answer, ApiError, Request, Route, check_prefix, check_uuid, filtered, page


def _list(request: Request) -> Answer:
    request.need("node:read")
    check_prefix(request.one("prefix"), "node")
    found, token = page(request, filtered(request, _visible(request)), key=str)
    resources, os = request.flag("resources"), request.flag("os")
    shown = [shapes.node_stub(node, resources=resources, os=os) for node in found]
    return Answer(json=shown, index=request.engine.state.table_index["nodes"], next_token=token)


def _visible(request: Request) -> Iterable[tuple[str, JsonObject, Node]]:
    for node in request.engine.state.nodes.values():
        if node.id.startswith(request.one("prefix")):
            yield node.id, shapes.node(node), node


def _find(request: Request) -> Node:
    check_uuid(request.parts[0], "node")
    node = request.engine.state.nodes.get(request.parts[0])
    if node is None:
        raise ApiError(404, "node not found", index=request.engine.state.table_index["nodes"])
    return node


def _read(request: Request) -> Answer:
    request.need("node:read")
    node = _find(request)
    return Answer(json=shapes.node(node), index=node.modify_index)


def _allocations(request: Request) -> Answer:
    request.need("node:read")
    check_uuid(request.parts[0], "node")
    state = request.engine.state
    own = [one for one in state.allocations_on(request.parts[0]) if request.token.allows("read-job", one.namespace)]
    return Answer(json=[shapes.allocation_shown(one) for one in own], index=state.table_index["allocs"])


def _eligibility(request: Request) -> Answer:
    request.need("node:write")
    node = _find(request)
    wanted = str(request.json().get("Eligibility", ""))
    if wanted not in {"eligible", "ineligible"}:
        raise ApiError(500, f'invalid scheduling eligibility "{wanted}"')
    return _changed(request, replace(node, eligible=wanted == "eligible"), f"Node marked as {wanted} for scheduling")


def _drain(request: Request) -> Answer:
    request.need("node:write")
    node = _find(request)
    body = request.json()
    draining = bool(body.get("DrainSpec"))
    eligible = not draining and (node.eligible or bool(body.get("MarkEligible")))
    message = "Node drain strategy set" if draining else "Node drain complete"
    return _changed(request, replace(node, draining=draining, eligible=eligible), message, "Drain")


def _changed(request: Request, node: Node, message: str, subsystem: str = "Cluster") -> Answer:
    engine = request.engine
    with engine.state.commit() as index:
        event = NodeEvent(time=request.now, message=message, subsystem=subsystem, index=index)
        engine.change_node(replace(node, events=(*node.events, event)[-10:]), request.now)
    answer = {"EvalCreateIndex": 0, "EvalIDs": None, "Index": index, "NodeModifyIndex": index}
    return Answer(json=answer, index=index, read=False)


def _pools(request: Request) -> Answer:
    del request
    listed = [{"Description": "Default node pool.", "Name": name} for name in ("all", "default")]
    return Answer(json=listed, index=1)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/nodes", _list),
    Route("GET", "/v1/node/pools", _pools),
    Route("GET", "/v1/node/:id/allocations", _allocations),
    Route("PUT POST", "/v1/node/:id/eligibility", _eligibility),
    Route("PUT POST", "/v1/node/:id/drain", _drain),
    Route("GET", "/v1/node/:id", _read),
)
