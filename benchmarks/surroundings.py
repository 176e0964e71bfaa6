"""A local workspace, a cluster and the real bot in this process, connected the real way."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import app
from playground.cluster import SimulatedCluster
from playground.registry import LocalRegistry
from playground.slack import Workspace
from tests.app.town import environment_of, start


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a benchmark of the whole bot holds in its hands; `cluster` is None where a real Nomad takes its place."""

    workspace: Workspace
    cluster: SimulatedCluster | None
    bot: app.Bot
    database: Path


@contextmanager
def bot_at_work(*, nomad: str = "", **settings: str) -> Iterator[Surroundings]:
    """Start the bot as `python app.py` would, on the Nomad at an address or else on a simulated cluster.

    The workspace has no rate limits: those of Slack would decide what a crowd at one moment measures.
    """
    with ExitStack() as stack:
        database = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "bot.sqlite3"
        workspace = stack.enter_context(Workspace(rate_limits=False))
        registry = stack.enter_context(LocalRegistry())
        cluster = None if nomad else stack.enter_context(SimulatedCluster.default(clock=workspace.clock))
        address = nomad or (cluster.address if cluster else "")
        given = {"AI4OS_BOT_FOLLOW_SECONDS": "2", **settings}
        environment = environment_of(workspace, registry, nomad=address, database=database, **given)
        bot = start(environment, clock=workspace.clock)
        stack.callback(bot.stop)
        workspace.wait_for_connections()
        yield Surroundings(workspace=workspace, cluster=cluster, bot=bot, database=database)
