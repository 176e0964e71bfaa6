"""Allocations: listing, reading, stopping."""

from collections.abc import Iterable
from dataclasses import replace

from playground.cluster import shapes
from playground.cluster.records import Allocation, JsonObject
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
    check_prefix(request.one("prefix"), "alloc")
    found, token = page(request, filtered(request, _visible(request)), key=by_index)
    resources = request.flag("resources")
    task_states = "task_states" not in request.query or request.flag("task_states")
    shown = [shapes.allocation_stub(one, resources=resources, task_states=task_states) for one in found]
    return Answer(json=shown, index=request.engine.state.table_index["allocs"], next_token=token)


def _visible(request: Request) -> Iterable[tuple[str, JsonObject, Allocation]]:
    needed = bool(request.one("filter"))
    prefix = request.one("prefix")
    for one in request.engine.state.allocations.values():
        if request.sees("read-job", one.namespace) and one.id.startswith(prefix):
            yield f"{one.create_index}.{one.id}", shapes.allocation(one) if needed else {}, one


def _find(request: Request, text: str = "alloc not found") -> Allocation:
    check_uuid(request.parts[0], "alloc")
    one = request.engine.state.allocations.get(request.parts[0])
    if one is None:
        raise ApiError(404, text, index=request.engine.state.table_index["allocs"])
    return one


def _read(request: Request) -> Answer:
    one = _find(request)
    request.need("read-job", one.namespace)
    return Answer(json=shapes.allocation_shown(one), index=one.modify_index)


def _stop(request: Request) -> Answer:
    one = _find(request, "allocation not found")
    request.need("alloc-lifecycle", one.namespace)
    engine = request.engine
    with engine.state.commit() as index:
        engine.state.put_allocation(replace(one, migrate=True), request.now, by_client=False)
        job = engine.state.jobs.get((one.namespace, one.job.id)) or one.job
        evaluation = engine.scheduler.enqueue(job, "alloc-stop", request.now)
    return Answer(json={"EvalID": evaluation.id, "Index": index}, index=index, read=False)


def _services(request: Request) -> Answer:
    one = _find(request, "allocation not found")
    if one.namespace != request.namespace:
        raise ApiError(404, "allocation not found")
    request.need("read-job")
    state = request.engine.state
    own = [service for service in state.services.values() if service.allocation == one.id]
    shown = [shapes.service(service) for service in sorted(own, key=lambda service: service.id)]
    return Answer(json=shown, index=state.table_index["service_registrations"])


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/allocations", _list),
    Route("PUT POST", "/v1/allocation/:id/stop", _stop),
    Route("GET", "/v1/allocation/:id/services", _services),
    Route("GET", "/v1/allocation/:id", _read),
)
