"""The endpoints of Nomad's HTTP API that the simulated cluster answers."""

from playground.cluster.routes import (
    allocations,
    clients,
    evaluations,
    jobs,
    jobs_write,
    namespaces,
    nodes,
    services,
    status,
    variables,
)
from playground.cluster.routing import Route

ROUTES: tuple[Route, ...] = (
    *status.ROUTES,
    *jobs_write.ROUTES,
    *jobs.ROUTES,
    *evaluations.ROUTES,
    *clients.ROUTES,
    *allocations.ROUTES,
    *nodes.ROUTES,
    *services.ROUTES,
    *variables.ROUTES,
    *namespaces.ROUTES,
)
