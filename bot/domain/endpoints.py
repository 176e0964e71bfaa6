"""The links of a deployment: which there are, where they lead, and on what condition they answer."""

from enum import StrEnum

from bot.domain.base import Frozen
from bot.domain.catalog import Service
from bot.domain.deployment import Allocation, Deployment, Node
from bot.domain.platform import AddressScheme, Platform


class EndpointKind(StrEnum):
    """The links the how-to promises under Access."""

    DEEPAAS = "DEEPaaS"
    IDE = "IDE"
    MONITOR = "Monitor"
    CUSTOM = "Custom"
    INTERFACE = "Web interface"


class Endpoint(Frozen):
    """One link: `url` is empty while it cannot be known, `answers` is None while nobody has asked."""

    kind: EndpointKind
    url: str = ""
    condition: str = ""
    answers: bool | None = None


_KINDS = {
    "api": EndpointKind.DEEPAAS,
    "deepaas": EndpointKind.DEEPAAS,
    "ide": EndpointKind.IDE,
    "monitor": EndpointKind.MONITOR,
    "ui": EndpointKind.INTERFACE,
    "custom": EndpointKind.CUSTOM,
}
_SHOWN = (EndpointKind.DEEPAAS, EndpointKind.IDE, EndpointKind.MONITOR, EndpointKind.INTERFACE)
_SHOWN_FOR_EDITORS = (EndpointKind.IDE, EndpointKind.DEEPAAS, EndpointKind.MONITOR, EndpointKind.INTERFACE)
_MONITOR_CONDITION = "answers only while a training runs, and only if the module is written for it (see its README)"
_BY_HAND_CONDITION = (
    "answers only after you start it yourself: in JupyterLab open New launcher → Others → Terminal and run "
    "`deep-start --deepaas`"
)


def endpoints_of(deployment: Deployment, platform: Platform, *, node: Node | None) -> tuple[Endpoint, ...]:
    """Return the deployment's links, the one that answers by itself first, as far as its service has them.

    An address with {node_domain}, {address} or {port} is unknown, hence empty, until the deployment is placed.
    """
    allocation = current_allocation(deployment)
    by_kind: dict[EndpointKind, Endpoint] = {}
    for label in deployment.labels:
        kind = _KINDS.get(label)
        if kind is None or kind not in _SHOWN or (kind is EndpointKind.IDE and deployment.service is Service.DEEPAAS):
            continue
        url = address(deployment, label, scheme=platform.addresses, platform=platform, allocation=allocation, node=node)
        by_kind[kind] = Endpoint(kind=kind, url=url, condition=_condition(kind, deployment.service))
    order = _SHOWN_FOR_EDITORS if deployment.service and deployment.service.is_ide else _SHOWN
    return tuple(by_kind[kind] for kind in order if kind in by_kind)


def address(
    deployment: Deployment,
    label: str,
    *,
    scheme: AddressScheme,
    platform: Platform,
    allocation: Allocation | None,
    node: Node | None,
) -> str:
    """Fill the platform's address template for one port label; empty if a part is not known yet."""
    port = next((port for port in allocation.ports if port.label == label), None) if allocation else None
    parts = {
        "label": label,
        "uuid": deployment.id,
        "hostname": deployment.hostname or deployment.id,
        "node_domain": node.domain if node else "",
        "base_domain": platform.base_domain,
        "address": port.address if port else "",
        "port": str(port.number) if port else "",
    }
    if any("{" + name + "}" in scheme.template and not value for name, value in parts.items()):
        return ""
    url = scheme.template.format_map(parts)
    return f"{url}/ui" if _KINDS.get(label) is EndpointKind.DEEPAAS else url


def current_allocation(deployment: Deployment) -> Allocation | None:
    """Return the allocation that counts: one that is unknown, else one that runs, else the newest."""
    candidates = [allocation for allocation in deployment.allocations if not allocation.next_allocation]
    if not candidates:
        return None
    rank = {"unknown": 2, "running": 1}
    return max(candidates, key=lambda allocation: (rank.get(allocation.client, 0), allocation.create_index))


def _condition(kind: EndpointKind, service: Service | None) -> str:
    if kind is EndpointKind.MONITOR:
        return _MONITOR_CONDITION
    if kind is EndpointKind.DEEPAAS and service is not None and service.is_ide:
        return _BY_HAND_CONDITION
    return ""
