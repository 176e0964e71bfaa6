"""Records as Nomad's HTTP API shows them: full objects, list stubs, and what is left out when empty."""

from playground.cluster.shapes.allocations import allocation, allocation_shown, allocation_stub
from playground.cluster.shapes.evaluations import evaluation, rollout
from playground.cluster.shapes.jobs import job, job_stub, summary
from playground.cluster.shapes.moments import nanoseconds, stamp, without_empty
from playground.cluster.shapes.nodes import node, node_stub
from playground.cluster.shapes.tenants import namespace, service, variable

__all__ = [
    "allocation",
    "allocation_shown",
    "allocation_stub",
    "evaluation",
    "job",
    "job_stub",
    "namespace",
    "nanoseconds",
    "node",
    "node_stub",
    "rollout",
    "service",
    "stamp",
    "summary",
    "variable",
    "without_empty",
]
