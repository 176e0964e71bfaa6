"""Nomad's own service discovery: what runs where, under which name and port."""

import re
from datetime import datetime

from playground.cluster.constraints import node_value
from playground.cluster.records import Allocation, JsonObject, Node, Service
from playground.cluster.state import State

_TARGET = re.compile(r"\$\{(?:node|meta|attr)\.[^}]+\}")


class Discovery:
    """Registers the services of allocations. Not thread-safe: the caller holds the cluster's lock."""

    def __init__(self, state: State) -> None:
        self._state = state

    def follow(self, before: Allocation, after: Allocation, now: datetime) -> None:
        """Register services when an allocation or a task starts, deregister them when it is told to end."""
        del now
        if after.terminal:
            self.withdraw(after)
            return
        if not before.tasks and after.tasks:
            self._register(after, "")
        for name, state in after.tasks.items():
            earlier = before.tasks.get(name)
            if state.phase == "running" and (earlier is None or earlier.phase != "running"):
                self._register(after, name)

    def withdraw(self, allocation: Allocation) -> None:
        """Deregister every service of an allocation."""
        own = [service for service in self._state.services.values() if service.allocation == allocation.id]
        for service in own:
            self._state.drop_service(service)

    def _register(self, allocation: Allocation, task: str) -> None:
        group = allocation.job.group(allocation.group) or {}
        listed = [*(group.get("Services") or ())]
        for one in group.get("Tasks") or ():
            listed += one.get("Services") or ()
        node = self._state.nodes[allocation.node]
        for service in listed:
            if service["Provider"] == "nomad" and service["TaskName"] == task:
                self._state.put_service(_record(service, allocation, node, task))


def _record(service: JsonObject, allocation: Allocation, node: Node, task: str) -> Service:
    label = service["PortLabel"]
    owner = task or f"group-{allocation.group}"
    port = next((port.value for port in allocation.grant.ports if port.label == label), 0)
    return Service(
        id=f"_nomad-task-{allocation.id}-{owner}-{service['Name']}-{label}",
        name=_filled(service["Name"], node),
        namespace=allocation.namespace,
        node=node.id,
        site=node.site,
        job=allocation.job.id,
        allocation=allocation.id,
        tags=tuple(_filled(tag, node) for tag in service["Tags"] or ()),
        address=node.address,
        port=port,
    )


def _filled(text: str, node: Node) -> str:
    return _TARGET.sub(lambda match: node_value(node, match[0]) or match[0], text)
