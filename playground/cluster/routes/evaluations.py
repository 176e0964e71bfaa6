"""Evaluations, and the rolling updates that Nomad calls deployments."""

from collections.abc import Iterable

from playground.cluster import shapes
from playground.cluster.records import Evaluation, JsonObject, Rollout
from playground.cluster.routing import (
    Answer,
    ApiError,
    Request,
    Route,
    by_index,
    check_prefix,
    check_uuid,
    filtered,
    page,
)


def _list(request: Request) -> Answer:
    request.need("read-job")
    if request.one("filter") and (request.one("job") or request.one("status")):
        raise ApiError(400, "Filter expression cannot be used with other filter parameters")
    check_prefix(request.one("prefix"), "eval")
    found, token = page(request, filtered(request, _visible(request)), key=by_index)
    shown = [shapes.without_empty(shapes.evaluation(one)) for one in found]
    return Answer(json=shown, index=request.engine.state.table_index["evals"], next_token=token)


def _visible(request: Request) -> Iterable[tuple[str, JsonObject, Evaluation]]:
    job, status = request.one("job"), request.one("status")
    for one in request.engine.state.evaluations.values():
        wanted = job in {"", one.job} and status in {"", one.status} and one.id.startswith(request.one("prefix"))
        if wanted and request.sees("read-job", one.namespace):
            yield f"{one.create_index}.{one.id}", shapes.evaluation(one), one


def _count(request: Request) -> Answer:
    request.need("read-job")
    found = filtered(request, _visible(request))
    index = request.engine.state.table_index["evals"]
    answer = {"Count": len(found), "Index": index, "KnownLeader": True, "LastContact": 0, "NextToken": ""}
    return Answer(json=answer, index=index)


def _read(request: Request) -> Answer:
    one = _find(request)
    shown = shapes.without_empty(shapes.evaluation(one))
    if request.flag("related"):
        shown["RelatedEvals"] = [shapes.without_empty(shapes.evaluation(other)) for other in _related(request, one)]
    return Answer(json=shown, index=one.modify_index)


def _find(request: Request) -> Evaluation:
    request.need("read-job")
    check_uuid(request.parts[0], "failed to lookup eval: eval")
    one = request.engine.state.evaluations.get(request.parts[0])
    if one is None:
        raise ApiError(404, "eval not found", index=request.engine.state.table_index["evals"])
    request.need("read-job", one.namespace)
    return one


def _related(request: Request, one: Evaluation) -> list[Evaluation]:
    state = request.engine.state
    linked = {one.blocked, one.previous, one.next} - {""}
    return [state.evaluations[id_] for id_ in sorted(linked) if id_ in state.evaluations]


def _allocations(request: Request) -> Answer:
    request.need("read-job")
    state = request.engine.state
    own = [one for one in state.allocations.values() if one.evaluation == request.parts[0]]
    shown = [shapes.allocation_stub(one, resources=False, task_states=True) for one in own]
    return Answer(json=shown, index=state.table_index["allocs"])


def _rollouts(request: Request) -> Answer:
    request.need("read-job")
    check_prefix(request.one("prefix"), "deployment")
    found, token = page(request, filtered(request, _visible_rollouts(request)), key=by_index)
    shown = [_shown(request, one) for one in found]
    return Answer(json=shown, index=request.engine.state.table_index["deployment"], next_token=token)


def _visible_rollouts(request: Request) -> Iterable[tuple[str, JsonObject, Rollout]]:
    for one in request.engine.state.rollouts.values():
        if request.sees("read-job", one.namespace) and one.id.startswith(request.one("prefix")):
            yield f"{one.create_index}.{one.id}", _shown(request, one), one


def _shown(request: Request, one: Rollout) -> JsonObject:
    job = request.engine.state.jobs.get((one.namespace, one.job))
    return shapes.rollout(one, job.spec if job else None)


def _rollout(request: Request) -> Answer:
    request.need("read-job")
    check_uuid(request.parts[0], "deployment")
    one = request.engine.state.rollouts.get(request.parts[0])
    if one is None:
        raise ApiError(404, "deployment not found", index=request.engine.state.table_index["deployment"])
    return Answer(json=_shown(request, one), index=one.modify_index)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/evaluations", _list),
    Route("GET", "/v1/evaluations/count", _count),
    Route("GET", "/v1/evaluation/:id/allocations", _allocations),
    Route("GET", "/v1/evaluation/:id", _read),
    Route("GET", "/v1/deployments", _rollouts),
    Route("GET", "/v1/deployment/:id", _rollout),
)
