"""What one person may have: GPUs held across deployments, and the refusal that explains itself."""

from collections.abc import Iterable

from bot.domain.deployment import Deployment
from bot.domain.endpoints import current_allocation
from bot.domain.form import HeldGpu
from bot.domain.platform import Limits
from bot.domain.request import DeploymentRequest, Field, Problem
from bot.domain.status import counts_for_limits

COUNTED_KINDS = ("module-", "tool-", "userjob-")


def held_gpus(deployments: Iterable[Deployment]) -> tuple[HeldGpu, ...]:
    """Return the deployments whose GPUs count against the person, those that are over but still hold included.

    Batch, snapshot and try-me jobs have counters of their own on the platform and are left out.
    """
    return tuple(
        HeldGpu(
            deployment=deployment.id,
            title=deployment.shown_title,
            gpus=deployment.hardware.gpus,
            gpu_model=deployment.hardware.gpu_model,
            is_over=not deployment.is_stopped and _is_over(deployment),
            is_ending=deployment.is_stopped,
            namespace=deployment.namespace,
        )
        for deployment in deployments
        if deployment.hardware is not None
        and deployment.hardware.gpus > 0
        and deployment.name.startswith(COUNTED_KINDS)
        and counts_for_limits(deployment)
    )


def _is_over(deployment: Deployment) -> bool:
    allocation = current_allocation(deployment)
    main = allocation.main if allocation else None
    return main is not None and main.state == "dead"


def is_over_gpu_limit(request: DeploymentRequest, held: Iterable[HeldGpu], limits: Limits) -> bool:
    """Tell whether the request would take the person over the GPUs one may hold at all."""
    return request.gpus > 0 and sum(holder.gpus for holder in held) + request.gpus > limits.gpus_per_owner


def missing_reason(request: DeploymentRequest, held: Iterable[HeldGpu], limits: Limits) -> Problem | None:
    """Return the problem of a GPU that needs a reason and has none, or None; no reason helps beyond the limit."""
    holders = tuple(held)
    total = sum(holder.gpus for holder in holders) + request.gpus
    asks = limits.gpus_without_reason < total <= limits.gpus_per_owner
    if request.gpus == 0 or not asks or request.gpu_reason.strip():
        return None
    names = ", ".join(f"“{holder.title}”" for holder in holders)
    already = f"You already hold a GPU with {names}. " if names else ""
    text = f"{already}GPUs are scarce: please say in a few words why a second one is really needed."
    return Problem(field=Field.GPU_REASON, text=text)
