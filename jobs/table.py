"""The table of jobs: what is done, and how often."""

from collections.abc import Callable
from datetime import timedelta

from bot.ports import Catalog, Clock, Cluster, Ledger
from bot.services.deploying import Deploying
from bot.services.deployments import Deployments
from bot.services.following import Following
from jobs.scheduler import Job

KEEP_FOR = timedelta(days=30)
CATALOG_EVERY = timedelta(hours=6)
CATALOG_RETRY = timedelta(minutes=5)


def jobs(
    *,
    deploying: Deploying,
    deployments: Deployments,
    following: Following,
    catalog: Catalog,
    cluster: Cluster,
    ledger: Ledger,
    refresh_groups: Callable[[], None],
    clock: Clock,
    follow_every: timedelta,
) -> tuple[Job, ...]:
    """Return every job of the bot."""

    def resume() -> None:
        for submission in deploying.resume():
            following.announce(submission)
            deploying.told(submission.deployment)
        deployments.resume_stops()

    def refresh_catalog() -> None:
        read_at = catalog.snapshot().read_at
        if read_at is None or clock() - read_at >= CATALOG_EVERY:
            catalog.refresh()

    return (
        Job(name="refresh nodes", every=timedelta(seconds=30), run=cluster.refresh_nodes),
        Job(name="refresh catalogue", every=CATALOG_RETRY, run=refresh_catalog),
        Job(name="follow deployments", every=follow_every, run=following.round),
        Job(name="settle what is open", every=timedelta(seconds=10), run=resume),
        Job(name="refresh user groups", every=timedelta(minutes=4), run=refresh_groups),
        Job(
            name="prune", every=timedelta(hours=6), run=lambda: ledger.prune(before=clock() - KEEP_FOR), at_start=False
        ),
    )
