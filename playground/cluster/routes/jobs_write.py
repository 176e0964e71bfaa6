"""Registering, planning, validating, evaluating and stopping jobs."""

from playground.cluster import shapes
from playground.cluster.canonical import canonical_job, comparable
from playground.cluster.records import Evaluation, Job, JsonObject
from playground.cluster.routing import DEFAULT, Answer, ApiError, Request, Route
from playground.cluster.validation import bundled, errors_of, warnings_of

_ENFORCING = "Enforcing job modify index"
_COUNTED = ("Count", "Priority", "Attempts", "SizeMB", "CPU", "Cores", "MemoryMB", "MemoryMaxMB")
_PLACES = {"Count": "TaskGroup.Job.TaskGroups.Count", "Priority": "Job.Job.Priority"}


def _submitted(request: Request, id_: str = "") -> tuple[JsonObject, JsonObject, str]:
    """Return the body, the job in it and the namespace it goes to: the query's beats the job's own."""
    body = request.json()
    job = body.get("Job")
    if not isinstance(job, dict):
        raise ApiError(400, "Job must be specified")
    if not job.get("ID"):
        raise ApiError(400, "Job ID hasn't been provided")
    if id_ and job["ID"] != id_:
        raise ApiError(400, "Job ID does not match name")
    _check_numbers(job)
    return body, job, request.one("namespace") or str(job.get("Namespace") or DEFAULT)


def _check_numbers(part: object) -> None:
    """Refuse text where Nomad's structures hold a number."""
    if isinstance(part, list):
        for item in part:
            _check_numbers(item)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key in _COUNTED and isinstance(value, str):
                place = _PLACES.get(key, key)
                raise ApiError(400, f"json: cannot unmarshal string into Go struct field {place} of type int")
            if key not in {"Env", "Meta", "Config"}:
                _check_numbers(value)


def _check(request: Request, job: JsonObject, namespace: str) -> None:
    """Raise what Nomad's validation raises."""
    if namespace not in request.engine.state.namespaces:
        raise ApiError(500, bundled([f'job "{job["ID"]}" is in nonexistent namespace "{namespace}"']))
    canonical = canonical_job(job, namespace)
    refused = _refused_drivers(request, canonical, namespace)
    if refused:
        raise ApiError(500, bundled([f'used task driver "{refused[0]}" is not allowed in namespace "{namespace}"']))
    errors = errors_of(canonical)
    if errors:
        raise ApiError(500, bundled(errors))


def _refused_drivers(request: Request, job: JsonObject, namespace: str) -> list[str]:
    rules = request.engine.state.namespaces[namespace]
    drivers = [task["Driver"] for group in job["TaskGroups"] or () for task in group["Tasks"] or ()]
    enabled, disabled = rules.enabled_drivers, rules.disabled_drivers or ()
    return [driver for driver in drivers if (enabled and driver not in enabled) or driver in disabled]


def _check_index(body: JsonObject, existing: Job | None) -> None:
    if not body.get("EnforceIndex"):
        return
    wanted = int(body.get("JobModifyIndex") or 0)
    if existing is None and wanted:
        raise ApiError(500, f"{_ENFORCING} {wanted}: job does not exist")
    if existing is not None and not wanted:
        raise ApiError(500, f"{_ENFORCING} 0: job already exists")
    if existing is not None and wanted != existing.job_modify_index:
        current = existing.job_modify_index
        raise ApiError(500, f"{_ENFORCING} {wanted}: job exists with conflicting job modify index: {current}")


def _register(request: Request) -> Answer:
    return _store(request, "")


def _register_one(request: Request) -> Answer:
    return _store(request, request.parts[0])


def _store(request: Request, id_: str) -> Answer:
    body, submitted, namespace = _submitted(request, id_)
    _check(request, submitted, namespace)
    request.need("submit-job", namespace)
    existing = request.engine.state.jobs.get((namespace, submitted["ID"]))
    _check_index(body, existing)
    kind = submitted.get("Type") or "service"
    if existing is not None and existing.type != kind:
        raise ApiError(500, f'cannot update job from type "{existing.type}" to "{kind}"')
    priority = int(body.get("EvalPriority") or 0)
    job, evaluation = request.engine.register(submitted, namespace, priority=priority)
    warnings = warnings_of(job.spec)
    return _accepted(evaluation, modify_index=job.modify_index, index=request.engine.state.index, warnings=warnings)


def _accepted(evaluation: Evaluation | None, *, modify_index: int, index: int, warnings: str) -> Answer:
    answer = {
        "EvalCreateIndex": evaluation.create_index if evaluation else 0,
        "EvalID": evaluation.id if evaluation else "",
        "Index": index,
        "JobModifyIndex": modify_index,
        "KnownLeader": False,
        "LastContact": 0,
        "NextToken": "",
        "Warnings": warnings,
    }
    return Answer(json=answer, index=index, read=False)


def _plan(request: Request) -> Answer:
    body = request.json()
    if not isinstance(body.get("Job"), dict):
        raise ApiError(400, "Job must be specified")
    submitted = body["Job"]
    if not submitted.get("ID"):
        raise ApiError(400, "Job must have a valid ID")
    if submitted["ID"] != request.parts[0]:
        raise ApiError(400, "Job ID does not match")
    _check_numbers(submitted)
    namespace = request.one("namespace") or str(submitted.get("Namespace") or DEFAULT)
    _check(request, submitted, namespace)
    request.need("submit-job", namespace)
    state = request.engine.state
    existing = state.jobs.get((namespace, submitted["ID"]))
    job = _planned_job(request, canonical_job(submitted, namespace), existing)
    seen = request.engine.scheduler.foresee(job, request.now)
    answer = {
        "Annotations": {"DesiredTGUpdates": dict(seen.updates), "PreemptedAllocs": None},
        "CreatedEvals": [_waiting(request, job, seen.failures, seen.classes)] if seen.failures else None,
        "Diff": None,
        "FailedTGAllocs": dict(seen.failures) or None,
        "Index": existing.job_modify_index if existing else 0,
        "JobModifyIndex": existing.job_modify_index if existing else 0,
        "NextPeriodicLaunch": None,
        "Warnings": warnings_of(job.spec),
    }
    return Answer(json=answer, index=existing.job_modify_index if existing else state.index, read=False)


def _planned_job(request: Request, spec: JsonObject, existing: Job | None) -> Job:
    if existing is not None and not existing.stop and comparable(existing.spec) == comparable(spec):
        return existing
    return Job(
        namespace=spec["Namespace"],
        id=spec["ID"],
        spec=spec,
        version=existing.version + 1 if existing else 0,
        submitted=request.now,
        create_index=existing.create_index if existing else request.engine.state.index + 1,
        modify_index=0,
        job_modify_index=0,
    )


def _waiting(request: Request, job: Job, failures: object, classes: object) -> JsonObject:
    now = shapes.nanoseconds(request.now)
    return {
        "ClassEligibility": classes,
        "CreateTime": now,
        "FailedTGAllocs": failures,
        "ID": request.engine.state.new_id(),
        "JobID": job.id,
        "ModifyTime": now,
        "Namespace": job.namespace,
        "Priority": job.priority,
        "Status": "blocked",
        "StatusDescription": "created to place remaining allocations",
        "TriggeredBy": "queued-allocs",
        "Type": job.type,
    }


def _validate(request: Request) -> Answer:
    body = request.json()
    if not isinstance(body.get("Job"), dict):
        raise ApiError(400, "Job must be specified")
    namespace = request.one("namespace") or str(body["Job"].get("Namespace") or DEFAULT)
    job = canonical_job(body["Job"], namespace)
    errors = errors_of(job)
    answer = {
        "DriverConfigValidated": True,
        "Error": bundled(errors) if errors else "",
        "ValidationErrors": errors or None,
        "Warnings": warnings_of(job),
    }
    return Answer(json=answer, read=False)


def _evaluate(request: Request) -> Answer:
    request.need("read-job")
    job = request.engine.state.jobs.get((request.namespace, request.parts[0]))
    if job is None:
        raise ApiError(500, "job not found")
    evaluation = request.engine.scheduler.enqueue(job, "job-register", request.now)
    index = evaluation.create_index
    return _accepted(evaluation, modify_index=job.modify_index, index=index, warnings="")


def _deregister(request: Request) -> Answer:
    request.need("submit-job")
    purge = request.flag("purge")
    job = request.engine.state.jobs.get((request.namespace, request.parts[0]))
    answer = {
        "EvalCreateIndex": 0,
        "EvalID": "",
        "Index": 0,
        "JobModifyIndex": 0,
        "KnownLeader": False,
        "LastContact": 0,
        "NextToken": "",
        "VolumeEvalID": "",
        "VolumeEvalIndex": 0,
    }
    if job is None:
        return Answer(json=answer, index=0, read=False)
    evaluation, index = request.engine.deregister(job, purge=purge)
    answer |= {"EvalCreateIndex": index, "EvalID": evaluation.id, "Index": index, "JobModifyIndex": index}
    return Answer(json=answer, index=index, read=False)


ROUTES: tuple[Route, ...] = (
    Route("PUT POST", "/v1/jobs", _register),
    Route("PUT POST", "/v1/validate/job", _validate),
    Route("PUT POST", "/v1/job/:id/plan", _plan),
    Route("PUT POST", "/v1/job/:id/evaluate", _evaluate),
    Route("PUT POST", "/v1/job/:id", _register_one),
    Route("DELETE", "/v1/job/:id", _deregister),
)
