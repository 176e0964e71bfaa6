"""Which deployment a NAME means: a title, an id, or the unambiguous beginning of an id."""

from collections.abc import Sequence

from bot.domain.deployment import Deployment

SHORTEST_BEGINNING = 4


def matching(deployments: Sequence[Deployment], name: str) -> tuple[Deployment, ...]:
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
