"""Who fits where in the cluster in memory: Nomad's constraints and its counts of GPUs."""

from collections.abc import Iterable, Sequence

from bot.domain.base import Namespace, Site
from bot.domain.deployment import Allocation, Hardware, Node, PlacementFailure


def choose(
    nodes: Sequence[Node], held: Sequence[Allocation], *, namespace: Namespace, wishes: Hardware, site: Site
) -> tuple[Node | None, PlacementFailure | None]:
    """Return a node with room, or why there is none; only nodes that Nomad would look at are counted."""
    candidates = [node for node in nodes if node.is_reachable and node.eligible]
    filtered: dict[str, int] = {}
    exhausted = 0
    for node in candidates:
        reason = _unsuited(node, namespace, wishes, site)
        if reason:
            filtered[reason] = filtered.get(reason, 0) + 1
        elif wishes.gpus and not _has_free(node, held, wishes):
            exhausted += 1
        else:
            return node, None
    return None, PlacementFailure(
        nodes_evaluated=len(candidates),
        nodes_filtered=sum(filtered.values()),
        nodes_exhausted=exhausted,
        nodes_available=_by_site(candidates),
        constraint_filtered=filtered,
        dimension_exhausted={"devices: no devices match request": exhausted} if exhausted else {},
    )


def free_gpus(nodes: Iterable[Node], held: Sequence[Allocation]) -> list[tuple[Node, str]]:
    """Return one entry for each GPU that nobody holds: its node and its model."""
    return [(node, group.model) for node in nodes for group in node.gpus for _ in range(_free(node, held, group.model))]


def gpu_ids(node: Node) -> tuple[str, ...]:
    """Return the ids of a node's GPUs, such as `GPU-node-1-Tesla T4-0`."""
    return tuple(f"GPU-{node.name}-{group.model}-{number}" for group in node.gpus for number in range(group.count))


def free_gpu_ids(node: Node, held: Iterable[Allocation], *, model: str) -> tuple[str, ...]:
    """Return the ids of the GPUs of a model that nobody holds on the node."""
    taken = {identity for each in held if not each.is_over for identity in each.gpu_ids}
    return tuple(each for each in gpu_ids(node) if f"-{model}-" in each and each not in taken)


def holds_gpu(allocation: Allocation, model: str) -> bool:
    """Tell whether an allocation holds a GPU of this model, or any if empty; a stopping one still does."""
    hardware = allocation.hardware
    return not allocation.is_over and hardware is not None and bool(hardware.gpus) and model in {"", hardware.gpu_model}


def _unsuited(node: Node, namespace: Namespace, wishes: Hardware, site: Site) -> str:
    """Return the constraint that rules the node out, in Nomad's words, or an empty text."""
    if not node.ready_by_test:
        return "${meta.status} regexp ready"
    if not node.serves(namespace):
        return f"${{meta.namespace}} regexp {namespace}"
    if site and node.site != site:
        return f"${{node.datacenter}} = {site}"
    suited = [group for group in node.gpus if wishes.gpu_model in {"", group.model} and group.count >= wishes.gpus]
    return "missing devices" if wishes.gpus and not suited else ""


def _has_free(node: Node, held: Sequence[Allocation], wishes: Hardware) -> bool:
    models = [group.model for group in node.gpus if wishes.gpu_model in {"", group.model}]
    return any(_free(node, held, model) >= wishes.gpus for model in models)


def _free(node: Node, held: Sequence[Allocation], model: str) -> int:
    total = sum(group.count for group in node.gpus if group.model == model)
    taken = (
        each.hardware.gpus for each in held if each.node_id == node.id and each.hardware and holds_gpu(each, model)
    )
    return total - sum(taken)


def _by_site(nodes: Iterable[Node]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for node in nodes:
        counted[node.site] = counted.get(node.site, 0) + 1
    return counted
