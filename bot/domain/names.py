"""Which deployment a NAME means: a title, an id, or the unambiguous beginning of an id."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from bot.domain.base import DeploymentId

SHORTEST_BEGINNING = 4


class Named(Protocol):
    """What has an id, a name in the cluster, and a title that people see."""

    @property
    def id(self) -> DeploymentId:
        """Return the id."""

    @property
    def name(self) -> str:
        """Return the name in the cluster."""

    @property
    def shown_title(self) -> str:
        """Return the title."""


N = TypeVar("N", bound=Named)


def matching(deployments: Sequence[N], name: str) -> tuple[N, ...]:
    """Return the deployments that a name may mean; the first kind of match that finds any decides.

    In this order: the whole id, the exact title, the title whatever the case, the beginning of an id (four
    characters or more), the beginning of a title.
    """
    wanted = name.strip().strip("`“”\"'")
    if not wanted:
        return ()
    low = wanted.casefold()
    ways = (
        [deployment for deployment in deployments if low in {deployment.id, deployment.name}],
        [deployment for deployment in deployments if deployment.shown_title in {wanted, name.strip()}],
        [deployment for deployment in deployments if deployment.shown_title.casefold() == low],
        [deployment for deployment in deployments if len(low) >= SHORTEST_BEGINNING and deployment.id.startswith(low)],
        [deployment for deployment in deployments if deployment.shown_title.casefold().startswith(low)],
    )
    return next((tuple(found) for found in ways if found), ())
