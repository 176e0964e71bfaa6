"""Access rules: who may do what, when the cluster asks for tokens at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

READ = frozenset({"list-jobs", "read-job", "parse-job"})
WRITE = READ | {"submit-job", "alloc-lifecycle", "read-logs", "read-fs", "variables-read", "variables-write"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token and its rights: capabilities by namespace (`*` for all), and the right to read nodes."""

    secret: str = field(repr=False)
    accessor: str
    name: str = ""
    management: bool = False
    namespaces: Mapping[str, frozenset[str]] = field(default_factory=dict)
    node_read: bool = False
    policies: tuple[str, ...] = ()

    def allows(self, capability: str, namespace: str) -> bool:
        """Tell whether the token has a capability; `node:read` and `management` need no namespace."""
        if self.management or not capability:
            return True
        if capability in {"node:read", "node:write"}:
            return self.node_read and capability == "node:read"
        if capability in {"management", "any"}:
            return capability == "any"
        if namespace == "*":
            return any(capability in granted for granted in self.namespaces.values())
        return capability in self.namespaces.get(namespace, self.namespaces.get("*", frozenset()))


EVERYTHING = Token(secret="", accessor="acls-disabled", name="ACLs disabled token", management=True)
ANONYMOUS = Token(secret="", accessor="anonymous", name="Anonymous Token")
