"""What the scheduler's answer means for a person: starts now, waits, or can never run here, and why."""

import re
from collections.abc import Sequence
from enum import StrEnum

from bot.domain.base import Frozen
from bot.domain.deployment import Node, PlacementFailure


class Outlook(StrEnum):
    """The three answers of a plan, and the fourth for a cluster that could not be asked."""

    NOW = "starts now"
    NOT_YET = "waits"
    NEVER = "can never run here"
    UNKNOWN = "unknown"


class Plan(Frozen):
    """The scheduler's answer to a request: where it stands and each reason in plain words.

    `gpu_holders` counts the deployments that hold a GPU of the kind asked for; None where nobody knows.
    """

    outlook: Outlook
    reasons: tuple[str, ...] = ()
    gpu_holders: int | None = None


NO_MACHINE_NOW = "no machine takes deployments right now"
_EXHAUSTED = (
    ("devices", "every fitting GPU is taken"),
    ("cores", "no machine has enough free CPU cores"),
    ("numa-cores", "no machine has enough free CPU cores"),
    ("cpu", "no machine has enough free CPU"),
    ("memory", "no machine has enough free memory"),
    ("disk", "no machine has enough free disk"),
    ("network", "no machine has free network ports"),
    ("max allocation exceeded", "the machines run as many deployments as they may"),
)
_DEVICE_MODEL = re.compile(r"\$\{device\.model\}\s*=\s*(?P<model>.+)")
_SITE = re.compile(r"\$\{node\.datacenter\}\s*=\s*(?P<site>.+)")


class Ask(Frozen):
    """What a deployment asks of one machine; None where that is not known. RAM and disk in MB."""

    cpu: int | None = None
    ram_mb: int | None = None
    disk_mb: int | None = None
    gpus: int = 0
    gpu_model: str = ""


def read_plan(failure: PlacementFailure | None, *, ask: Ask, nodes: Sequence[Node]) -> Plan:
    """Read a placement failure (None: it would be placed) as a plan.

    `nodes` are those that serve the namespace, empty if unknown. With them an ask that no machine could fill even if
    it were empty is told from one that waits: Nomad calls both exhausted (measured on 1.11.3; nomad.md 3.4).
    """
    if failure is None:
        return Plan(outlook=Outlook.NOW)
    reasons = reasons_of(failure, gpus=ask.gpus)
    if nodes and not any(_could_fill(node, ask) for node in nodes):
        return Plan(outlook=Outlook.NEVER, reasons=_what_nobody_has(ask, nodes))
    if is_temporary(failure):
        return Plan(outlook=Outlook.NOT_YET, reasons=reasons)
    return Plan(outlook=Outlook.NEVER, reasons=reasons)


def is_temporary(failure: PlacementFailure) -> bool:
    """Tell whether the deployment could be placed once something is free or a machine is back."""
    return failure.nodes_exhausted > 0 or _no_machine_at_all(failure)


def reasons_of(failure: PlacementFailure, *, gpus: int = 0) -> tuple[str, ...]:
    """Say in plain words why nothing could be placed; never empty."""
    if _no_machine_at_all(failure):
        return (NO_MACHINE_NOW,)
    if failure.nodes_exhausted:
        exhausted = [_exhausted(reason) for reason in failure.dimension_exhausted]
        return tuple(dict.fromkeys(exhausted)) or ("the machines are full",)
    told = sorted(failure.constraint_filtered, key=_is_about_every_job)
    filtered = [(reason, text) for reason in told if (text := _filtered(reason, gpus))]
    own = [text for reason, text in filtered if not _is_about_every_job(reason)]
    return tuple(dict.fromkeys(own or [text for _, text in filtered])) or ("no machine fits the request",)


def _is_about_every_job(reason: str) -> bool:
    """Tell whether a constraint is one that every job has; it says little where another one is about this request."""
    return any(f"meta.{name}" in reason for name in ("status", "type", "namespace"))


def _no_machine_at_all(failure: PlacementFailure) -> bool:
    return failure.nodes_evaluated == 0 and not any(failure.nodes_available.values())


def _could_fill(node: Node, ask: Ask) -> bool:
    return (
        _has_gpus(node, ask)
        and _is_enough(node.cores, ask.cpu)
        and _is_enough(node.ram_mb, ask.ram_mb)
        and _is_enough(node.disk_mb, ask.disk_mb)
    )


def _has_gpus(node: Node, ask: Ask) -> bool:
    return not ask.gpus or any(group.count >= ask.gpus and ask.gpu_model in {"", group.model} for group in node.gpus)


def _is_enough(there: int | None, wanted: int | None) -> bool:
    return there is None or wanted is None or there >= wanted


def _what_nobody_has(ask: Ask, nodes: Sequence[Node]) -> tuple[str, ...]:
    lacks = (
        (any(_has_gpus(node, ask) for node in nodes), _gpus_in_words(ask)),
        (any(_is_enough(node.cores, ask.cpu) for node in nodes), f"{ask.cpu} CPU cores"),
        (any(_is_enough(node.ram_mb, ask.ram_mb) for node in nodes), f"{ask.ram_mb} MB of memory"),
        (any(_is_enough(node.disk_mb, ask.disk_mb) for node in nodes), f"{ask.disk_mb} MB of disk"),
    )
    missing = tuple(f"no machine of this platform has {what}" for is_there, what in lacks if not is_there)
    return missing or ("no machine of this platform has all of it together, even when it is empty",)


def _gpus_in_words(ask: Ask) -> str:
    if ask.gpu_model:
        return f"{ask.gpus} × {ask.gpu_model}"
    return f"{ask.gpus} GPUs of one model" if ask.gpus > 1 else "a GPU"


def _exhausted(reason: str) -> str:
    key = reason.casefold()
    return next((text for start, text in _EXHAUSTED if key.startswith(start)), f"not enough free: {reason}")


def _filtered(reason: str, gpus: int) -> str:  # noqa: PLR0911 - one sentence per reason reads best as a list
    if reason == "computed class ineligible":
        return ""
    if reason == "missing devices":
        return "no machine has the GPU that was asked for" if gpus else "no machine has the device"
    if reason == "missing drivers":
        return "no machine can run containers right now (Docker is missing or unhealthy)"
    if "consul.version" in reason:
        return "no machine registers services in Consul, which this platform is set to use"
    if "meta.status" in reason:
        return "the machines have not passed the operators' tests"
    if "meta.namespace" in reason:
        return "no machine serves this platform"
    if "meta.type" in reason:
        return "no machine is meant for such deployments"
    if (model := _DEVICE_MODEL.search(reason)) is not None:
        return f"no machine has a GPU of the model {model['model']}"
    if (site := _SITE.search(reason)) is not None:
        return f"no machine at the site {site['site']} fits"
    return f"no machine meets: {reason}"
