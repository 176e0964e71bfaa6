"""Services registered with Nomad's own provider."""

from collections import defaultdict

from playground.cluster import shapes
from playground.cluster.routing import Answer, Request, Route, filtered, page


def _list(request: Request) -> Answer:
    request.need("read-job")
    state = request.engine.state
    tags: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for service in state.services.values():
        if request.sees("read-job", service.namespace):
            tags[service.namespace][service.name] |= set(service.tags)
    shown = [
        {
            "Namespace": namespace,
            "Services": [{"ServiceName": name, "Tags": sorted(found)} for name, found in sorted(names.items())],
        }
        for namespace, names in sorted(tags.items())
    ]
    return Answer(json=shown, index=state.table_index["service_registrations"])


def _read(request: Request) -> Answer:
    request.need("read-job")
    state = request.engine.state
    own = [
        (one.id, shapes.service(one), one)
        for one in state.services.values()
        if one.name == request.parts[0] and one.namespace == request.namespace
    ]
    found, token = page(request, filtered(request, own), key=str)
    shown = [shapes.service(one) for one in found]
    return Answer(json=shown, index=state.table_index["service_registrations"], next_token=token)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/services", _list),
    Route("GET", "/v1/service/:name", _read),
)
