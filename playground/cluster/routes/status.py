"""Who leads, who I am, is the agent well."""

from playground.cluster.acl import ANONYMOUS, EVERYTHING, Token
from playground.cluster.records import JsonObject
from playground.cluster.routing import Answer, ApiError, Request, Route
from playground.cluster.world import NOMAD_VERSION

_SERVER = "127.0.0.1:4647"


def _leader(request: Request) -> Answer:
    del request
    return Answer(json=_SERVER, read=False)


def _peers(request: Request) -> Answer:
    del request
    return Answer(json=[_SERVER], read=False)


def _regions(request: Request) -> Answer:
    del request
    return Answer(json=["global"], read=False)


def _health(request: Request) -> Answer:
    del request
    return Answer(json={"client": {"message": "ok", "ok": True}, "server": {"message": "ok", "ok": True}}, read=False)


def _self(request: Request) -> Answer:
    request.need("any")
    nodes = sorted(request.engine.state.nodes)
    return Answer(
        json={
            "config": {
                "ACL": {"Enabled": request.secured},
                "Datacenter": "dc1",
                "Region": "global",
                "Version": {"Version": NOMAD_VERSION, "VersionPrerelease": ""},
            },
            "member": {
                "Addr": "127.0.0.1",
                "Name": "simulated.global",
                "Port": 4648,
                "Status": "alive",
                "Tags": {"build": NOMAD_VERSION, "dc": "dc1", "region": "global", "role": "nomad"},
            },
            "stats": {"client": {"node_id": nodes[0] if nodes else ""}, "nomad": {"leader": "true", "server": "true"}},
        },
        read=False,
    )


def _scheduler(request: Request) -> Answer:
    del request
    preemption = dict.fromkeys(("BatchSchedulerEnabled", "ServiceSchedulerEnabled", "SysBatchSchedulerEnabled"), False)
    configuration = {
        "CreateIndex": 5,
        "MemoryOversubscriptionEnabled": False,
        "ModifyIndex": 5,
        "PauseEvalBroker": False,
        "PreemptionConfig": {**preemption, "SystemSchedulerEnabled": True},
        "RejectJobRegistration": False,
        "SchedulerAlgorithm": "binpack",
    }
    return Answer(json={"Index": 5, "SchedulerConfig": configuration}, index=5)


def _own_token(request: Request) -> Answer:
    if request.token is ANONYMOUS:
        raise ApiError(403, "Permission denied")
    return Answer(json=_token(request.token), index=0)


def _token(token: Token) -> JsonObject:
    return {
        "AccessorID": token.accessor,
        "CreateIndex": 0,
        "CreateTime": "0001-01-01T00:00:00Z",
        "ExpirationTTL": "",
        "ExpirationTime": None,
        "Global": False,
        "Hash": None,
        "ModifyIndex": 0,
        "Name": token.name,
        "Policies": list(token.policies) or None,
        "Roles": None,
        "SecretID": token.secret,
        "Type": "management" if token.management and token is not EVERYTHING else "client",
    }


def _collect(request: Request) -> Answer:
    request.need("management")
    request.engine.collection.collect(request.now, everything=True)
    return Answer(empty=True, read=False)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/status/leader", _leader),
    Route("GET", "/v1/status/peers", _peers),
    Route("GET", "/v1/regions", _regions),
    Route("GET", "/v1/agent/health", _health),
    Route("GET", "/v1/agent/self", _self),
    Route("GET", "/v1/operator/scheduler/configuration", _scheduler),
    Route("GET", "/v1/acl/token/self", _own_token),
    Route("PUT POST", "/v1/system/gc", _collect),
)
