"""The table of jobs: what is done, and how often."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.catalog import is_due
from bot.domain.operation import JobName
from bot.ports import CaseBook, Catalog, Clock, Cluster, Ledger
from bot.services.checking import Checking
from bot.services.deploying import Deploying
from bot.services.deployments import Deployments
from bot.services.following import Following
from bot.services.measuring import Measuring
from bot.services.reminding import Reminding
from bot.services.reviewing import Reviewing
from bot.services.stopping import Stopping
from jobs.leased import RENEW_EVERY, Leased
from jobs.scheduler import Job

KEEP_FOR = timedelta(days=30)
PRUNE_EVERY = timedelta(hours=1)
"""Often enough that a bot that is restarted every few hours comes to it, too."""
DRAFTS_EVERY = timedelta(seconds=5)
"""They are written at once; this is for those that could not be."""
CHECK_EVERY = timedelta(minutes=5)
REMIND_EVERY = timedelta(minutes=1)
STOP_EVERY = timedelta(minutes=5)
REPORT_EVERY = timedelta(minutes=1)
CASES_FOR = timedelta(days=400)
"""How long findings that are over, and what was told and answered about them, are kept."""
STOP = "stop what nobody answered for"
FORGET = "forget old measurements"
LOOK_AT_CATALOG_EVERY = timedelta(minutes=1)
"""How often it is looked whether the catalogue is due, which `bot.domain.catalog.is_due` decides."""


def jobs(  # noqa: PLR0913 - it takes whatever jobs work on
    *,
    deploying: Deploying,
    deployments: Deployments,
    following: Following,
    catalog: Catalog,
    cluster: Cluster,
    ledger: Ledger,
    refresh_groups: Callable[[], None],
    write_drafts: Callable[[], None],
    clock: Clock,
    follow_every: timedelta,
) -> tuple[Job, ...]:
    """Return every job of the bot."""

    def resume() -> None:
        deployments.resume_stops()
        for deployment in following.announce_all(deploying.resume()):
            deploying.told(deployment)

    return (
        Job(name="refresh nodes", every=timedelta(seconds=30), run=cluster.refresh_nodes),
        Job(name="refresh catalogue", every=LOOK_AT_CATALOG_EVERY, run=lambda: look_after(catalog, now=clock())),
        Job(name="follow deployments", every=follow_every, run=following.round),
        Job(name="settle what is open", every=timedelta(seconds=10), run=resume),
        Job(name="write open forms", every=DRAFTS_EVERY, run=write_drafts, at_start=False),
        Job(name="refresh user groups", every=timedelta(minutes=4), run=refresh_groups),
        Job(name="prune", every=PRUNE_EVERY, run=lambda: ledger.prune(before=clock() - KEEP_FOR), at_start=False),
    )


def reminder_jobs(
    *,
    leased: Leased,
    measuring: Measuring,
    checking: Checking,
    reminding: Reminding,
    stopping: Stopping,
    reviewing: Reviewing,
    case_book: CaseBook,
    measure_every: timedelta,
    clock: Clock,
) -> tuple[Job, ...]:
    """Return the jobs of measuring, checking and reminding, each done by one process at a time."""

    def forget() -> dict[str, int]:
        return {"measurements": measuring.prune(), "cases": case_book.prune(before=clock() - CASES_FOR)}

    return (
        leased.job(JobName.MEASURE, every=measure_every, work=measuring.round),
        leased.job(JobName.CHECK, every=CHECK_EVERY, work=checking.round),
        leased.job(JobName.REMIND, every=REMIND_EVERY, work=reminding.round),
        leased.job(STOP, every=STOP_EVERY, work=stopping.round),
        leased.job(JobName.REPORT, every=REPORT_EVERY, work=reviewing.round),
        leased.job(FORGET, every=PRUNE_EVERY, work=forget),
        Job(name="renew leases", every=RENEW_EVERY, run=leased.renew, at_start=False),
    )


def look_after(catalog: Catalog, *, now: datetime) -> None:
    """Read the catalogue if it is due, and keep what was learned, also if reading fails. Raises CatalogUnavailable."""
    try:
        if is_due(catalog.snapshot(), now=now):
            catalog.refresh()
    finally:
        catalog.keep()
