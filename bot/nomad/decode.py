"""Read jobs and evaluations as deployments; what is unknown, null, missing or odd never stops it."""

from collections.abc import Iterable

from bot.domain.base import DeploymentId, Namespace
from bot.domain.catalog import Service
from bot.domain.deployment import Allocation, Deployment, Evaluation, Hardware, PlacementFailure
from bot.domain.people import Owner
from bot.nomad import marks
from bot.nomad.allocations import LONG_AGO
from bot.nomad.json_values import JsonObject, count, count_map, fields, moment, text, text_map
from bot.nomad.marks import MADE_BY, MetaKey
from bot.nomad.specification import Specification, read_specification


def read_deployment(
    job: JsonObject,
    *,
    allocations: Iterable[Allocation] = (),
    evaluations: Iterable[Evaluation] | None = None,
    specification: Specification | None = None,
) -> Deployment | None:
    """Return the deployment of a job or a job stub, None if it has no id.

    The specification is read from a whole job; for a stub, from what is given or from the bot's own meta.
    """
    identity = text(job.get("ID"))
    if not identity:
        return None
    meta = text_map(job.get("Meta"))
    known = read_specification(job) if job.get("TaskGroups") else specification or _from_meta(meta)
    placed = tuple(sorted(allocations, key=lambda allocation: allocation.create_index))
    return Deployment(
        id=DeploymentId(identity),
        namespace=Namespace(text(job.get("Namespace"))),
        name=text(job.get("Name")),
        title=meta.get(MetaKey.TITLE, ""),
        description=meta.get(MetaKey.DESCRIPTION, ""),
        owner=_owner(meta),
        made_by_bot=meta.get(MetaKey.MADE_BY) == MADE_BY,
        hostname=meta.get(MetaKey.HOSTNAME, ""),
        gpu_reason=meta.get(MetaKey.GPU_REASON, ""),
        is_stopped=job.get("Stop") is True,
        submitted_at=moment(job.get("SubmitTime")) or LONG_AGO,
        version=count(job.get("Version")),
        job_modify_index=count(job.get("JobModifyIndex")),
        allocations=placed,
        evaluations=None if evaluations is None else tuple(evaluations),
        hardware=_hardware(known, placed),
        image=known.image if known else "",
        service=known.service if known else None,
        labels=known.labels if known else _port_labels(placed),
    )


def read_evaluation(entry: JsonObject) -> Evaluation | None:
    """Return the evaluation, None if it has no id."""
    identity = text(entry.get("ID"))
    if not identity:
        return None
    return Evaluation(
        id=identity,
        status=text(entry.get("Status")),
        triggered_by=text(entry.get("TriggeredBy")),
        create_index=count(entry.get("CreateIndex")),
        wait_until=moment(entry.get("WaitUntil")),
        failure=read_failure(entry.get("FailedTGAllocs")),
    )


def read_failure(by_group: object) -> PlacementFailure | None:
    """Return why nothing was placed, from a plan's or an evaluation's failures by group; None if all was."""
    metric = next((fields(value) for value in fields(by_group).values()), None)
    if metric is None:
        return None
    return PlacementFailure(
        nodes_evaluated=count(metric.get("NodesEvaluated")),
        nodes_filtered=count(metric.get("NodesFiltered")),
        nodes_exhausted=count(metric.get("NodesExhausted")),
        nodes_available=count_map(metric.get("NodesAvailable")),
        constraint_filtered=count_map(metric.get("ConstraintFiltered")),
        dimension_exhausted=count_map(metric.get("DimensionExhausted")),
    )


def _owner(meta: dict[str, str]) -> Owner:
    return Owner(
        email=meta.get(MetaKey.OWNER_EMAIL, ""),
        name=meta.get(MetaKey.OWNER_NAME, ""),
        subject=meta.get(MetaKey.OWNER, ""),
    )


def _from_meta(meta: dict[str, str]) -> Specification | None:
    """Return what the bot wrote into its own job's meta; a foreign job's meta says nothing of the kind."""
    if meta.get(MetaKey.MADE_BY) != MADE_BY:
        return None
    hardware = marks.read_hardware(meta.get(MetaKey.HARDWARE, ""))
    if hardware is None:
        return None
    service = meta.get(MetaKey.SERVICE, "")
    return Specification(
        hardware=hardware,
        image=meta.get(MetaKey.IMAGE, ""),
        service=Service(service) if service in set(Service) else None,
        labels=tuple(label for label in meta.get(MetaKey.LABELS, "").split(",") if label),
    )


def _hardware(known: Specification | None, allocations: tuple[Allocation, ...]) -> Hardware | None:
    """Return what is asked for, with the GPU's model from the placement where none was demanded."""
    held = next((each.hardware for each in reversed(allocations) if each.hardware is not None), None)
    if known is None:
        return held
    if held is None or known.hardware.gpu_model or not known.hardware.gpus:
        return known.hardware
    return known.hardware.model_copy(update={"gpu_model": held.gpu_model})


def _port_labels(allocations: tuple[Allocation, ...]) -> tuple[str, ...]:
    return tuple(port.label for port in allocations[-1].ports) if allocations else ()
