"""Reading jobs, and all that hangs on one job."""

from collections.abc import Iterable

from playground.cluster import shapes
from playground.cluster.records import Allocation, Job, JsonObject, Rollout
from playground.cluster.routing import DEFAULT, Answer, ApiError, Request, Route, filtered, page


def _position(position: str) -> tuple[str, ...]:
    namespace, _, id_ = position.partition(".")
    return namespace, id_


def _summary(request: Request, job: Job) -> JsonObject:
    state = request.engine.state
    return shapes.summary(job, state.allocations_of(job.key), state.evaluations_of(job.key))


def _visible(request: Request) -> Iterable[tuple[str, JsonObject, Job]]:
    prefix = request.one("prefix")
    for job in request.engine.state.jobs.values():
        if request.sees("list-jobs", job.namespace) and job.id.startswith(prefix):
            yield f"{job.namespace}.{job.id}", shapes.job(job), job


def _list(request: Request) -> Answer:
    request.need("list-jobs")
    jobs, token = page(request, filtered(request, _visible(request)), key=_position)
    meta = request.flag("meta")
    stubs = [shapes.job_stub(job, _summary(request, job), meta=meta) for job in jobs]
    table = request.engine.state.table_index
    return Answer(json=stubs, index=max(table["jobs"], table["job_summary"]), next_token=token)


def _statuses(request: Request) -> Answer:
    request.need("list-jobs")
    listed = _visible(request) if request.method == "GET" else _named(request)
    newest = [(str(job.modify_index), full, job) for _, full, job in listed]
    try:
        jobs, token = page(request, filtered(request, newest), key=lambda position: -int(position))
    except ApiError as error:
        raise ApiError(500, str(error)) from error
    index = max((_status_index(request, job) for job in jobs), default=request.engine.state.index)
    return Answer(json=[_status(request, job) for job in jobs], index=index, next_token=token)


def _named(request: Request) -> Iterable[tuple[str, JsonObject, Job]]:
    asked = request.json().get("Jobs") or []
    if not asked:
        raise ApiError(400, "no jobs in request")
    keys = [(str(one.get("Namespace") or DEFAULT), str(one.get("ID", ""))) for one in asked]
    found = [request.engine.state.jobs[key] for key in keys if key in request.engine.state.jobs]
    return [(f"{job.namespace}.{job.id}", shapes.job(job), job) for job in found if _may_list(request, job)]


def _may_list(request: Request, job: Job) -> bool:
    return request.token.allows("list-jobs", job.namespace)


def _status_index(request: Request, job: Job) -> int:
    own = request.engine.state.allocations_of(job.key)
    return max([job.modify_index, *(allocation.modify_index for allocation in own)])


def _status(request: Request, job: Job) -> JsonObject:
    state = request.engine.state
    rollout = state.latest_rollout(job.key)
    stub = shapes.job_stub(job, {}, meta=False)
    kept = ("Datacenters", "ID", "ModifyIndex", "Name", "Namespace", "NodePool", "ParentID", "Priority")
    return {
        **{key: stub[key] for key in kept},
        "Allocs": [
            _status_allocation(one) for one in state.allocations_of(job.key) if one.job.create_index == job.create_index
        ],
        "ChildStatuses": None,
        "GroupCountSum": sum(int(group["Count"]) for group in job.groups),
        "IsPack": False,
        "LatestDeployment": _latest(rollout) if rollout else None,
        "Status": job.status,
        "Stop": job.stop,
        "SubmitTime": stub["SubmitTime"],
        "Type": job.type,
        "Version": job.version,
    }


def _latest(rollout: Rollout) -> JsonObject:
    return {
        "AllAutoPromote": False,
        "ID": rollout.id,
        "IsActive": rollout.active,
        "JobVersion": rollout.job_version,
        "RequiresPromotion": False,
        "Status": rollout.status,
        "StatusDescription": rollout.description,
    }


def _status_allocation(allocation: Allocation) -> JsonObject:
    return {
        "ClientStatus": allocation.client,
        "DeploymentStatus": {"Canary": False, "Healthy": allocation.healthy},
        "FollowupEvalID": allocation.followup,
        "Group": allocation.group,
        "HasPausedTask": False,
        "ID": allocation.id,
        "JobVersion": allocation.job.version,
        "NodeID": allocation.node,
    }


def _find(request: Request) -> Job:
    request.need("read-job")
    job = request.engine.state.jobs.get((request.namespace, request.parts[0]))
    if job is None:
        raise ApiError(404, "job not found", index=request.engine.state.table_index["jobs"])
    return job


def _read(request: Request) -> Answer:
    job = _find(request)
    return Answer(json=shapes.job(job), index=job.modify_index)


def _read_summary(request: Request) -> Answer:
    summary = _summary(request, _find(request))
    return Answer(json=summary, index=summary["ModifyIndex"])


def _allocations(request: Request) -> Answer:
    request.need("read-job")
    key = (request.namespace, request.parts[0])
    state = request.engine.state
    job = state.jobs.get(key)
    everything = request.flag("all") or job is None
    own = [
        shapes.allocation_stub(one, resources=False, task_states=True)
        for one in state.allocations_of(key)
        if everything or (job is not None and one.job.create_index == job.create_index)
    ]
    return Answer(json=own, index=state.table_index["allocs"])


def _evaluations(request: Request) -> Answer:
    request.need("read-job")
    state = request.engine.state
    own = sorted(state.evaluations_of((request.namespace, request.parts[0])), key=lambda one: (one.status, one.id))
    shown = [shapes.without_empty(shapes.evaluation(one)) for one in own]
    return Answer(json=shown, index=state.table_index["evals"])


def _rollouts(request: Request) -> Answer:
    request.need("read-job")
    state = request.engine.state
    key = (request.namespace, request.parts[0])
    job = state.jobs.get(key)
    shown = [shapes.rollout(one, job.spec if job else None) for one in state.rollouts_of(key)]
    return Answer(json=shown, index=state.table_index["deployment"])


def _latest_rollout(request: Request) -> Answer:
    request.need("read-job")
    state = request.engine.state
    key = (request.namespace, request.parts[0])
    job, rollout = state.jobs.get(key), state.latest_rollout(key)
    shown = shapes.rollout(rollout, job.spec if job else None) if rollout else None
    return Answer(json=shown, index=rollout.modify_index if rollout else state.table_index["deployment"])


def _versions(request: Request) -> Answer:
    request.need("read-job")
    state = request.engine.state
    versions = state.versions.get((request.namespace, request.parts[0]))
    if not versions:
        raise ApiError(404, "job versions not found", index=state.table_index["jobs"])
    index = versions[0].modify_index
    shown = [shapes.job(version) for version in versions]
    head = {"Diffs": None, "Index": index, "KnownLeader": True, "LastContact": 0, "NextToken": ""}
    return Answer(json={**head, "Versions": shown}, index=index)


def _services(request: Request) -> Answer:
    job = _find(request)
    state = request.engine.state
    own = [one for one in state.services.values() if (one.namespace, one.job) == job.key]
    shown = [shapes.service(one) for one in sorted(own, key=lambda one: one.id)]
    return Answer(json=shown, index=state.table_index["service_registrations"])


def _submission(request: Request) -> Answer:
    _find(request)
    raise ApiError(404, "job source not found")


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/jobs", _list),
    Route("GET POST PUT", "/v1/jobs/statuses", _statuses),
    Route("GET", "/v1/job/:id/summary", _read_summary),
    Route("GET", "/v1/job/:id/allocations", _allocations),
    Route("GET", "/v1/job/:id/evaluations", _evaluations),
    Route("GET", "/v1/job/:id/deployments", _rollouts),
    Route("GET", "/v1/job/:id/deployment", _latest_rollout),
    Route("GET", "/v1/job/:id/versions", _versions),
    Route("GET", "/v1/job/:id/services", _services),
    Route("GET", "/v1/job/:id/submission", _submission),
    Route("GET", "/v1/job/:id", _read),
)
