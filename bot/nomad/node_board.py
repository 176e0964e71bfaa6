"""Keep a copy of the cluster's nodes, read anew with one list call and one call per new or changed node."""

from dataclasses import dataclass, field
from threading import Lock

from bot.domain.base import NodeId
from bot.domain.deployment import Node
from bot.nomad import shapes
from bot.nomad.client import NomadClient
from bot.nomad.failures import NomadAnswered
from bot.nomad.json_values import JsonObject, count, text
from bot.nomad.nodes import read_node


@dataclass(slots=True)
class NodeBoard:
    """The nodes as last read; safe to use from several threads."""

    client: NomadClient
    _nodes: tuple[Node, ...] = ()
    _reading: Lock = field(default_factory=Lock)

    def all(self) -> tuple[Node, ...]:
        """Return the nodes as last read, empty before the first reading; never calls."""
        return self._nodes

    def refresh(self) -> None:
        """Read the nodes anew; a heartbeat alone does not make a node changed."""
        with self._reading:
            known = {node.id: node for node in self._nodes}
            stubs = shapes.nodes(self.client.list("nodes"))
            read = (self._node(stub, known.get(NodeId(text(stub.get("ID"))))) for stub in stubs)
            self._nodes = tuple(node for node in read if node is not None)

    def _node(self, stub: JsonObject, known: Node | None) -> Node | None:
        if known is not None and known.modify_index == count(stub.get("ModifyIndex")):
            return known
        try:
            identity = text(stub.get("ID"))
            return read_node(shapes.whole_node(self.client.get(f"node/{identity}"), identity))
        except NomadAnswered as answer:
            if answer.is_not_found:
                return None
            raise
