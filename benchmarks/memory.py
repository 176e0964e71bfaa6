"""Measure the bot's memory at rest, and with ten thousand deployments on the cluster, beside its bare imports."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from benchmarks.crowd import COMMAND, Crowd
from benchmarks.crowded_cluster import EACH, FOLLOWED, OTHERS, OWNERS, CrowdedCluster, email_of
from benchmarks.machine import go_direct
from benchmarks.page import Table, today, write_section
from benchmarks.process import BotProcess, bare_memory, bot_process
from playground.cluster import SimulatedCluster
from playground.registry import LocalRegistry
from playground.slack import Person, Workspace
from tests.agent.agent import wait_until
from tests.app.town import environment_of

REST = timedelta(seconds=10)
LISTS = 4
_PATIENCE = timedelta(minutes=3)

_PAGE = """\
## Memory

`python -m benchmarks.memory`, {date}

{table}

The resident memory of `python app.py` as a process of its own, against a local workspace and a simulated cluster in
another one. Beside it, in the first column, a Python that only imports the libraries which the bot is made of.

- **at rest**: ready for {rest} seconds, and nobody has asked anything; catalogue and nodes are read.
- **{all} deployments**: so many run on the cluster, {followed} of them made by the bot and followed with a message
  each, the rest made in the Dashboard; {owners} people have {each} each. All messages are posted and some rounds of
  following have passed.
- **and lists**: after that, fifty people at once have asked for their lists, {lists} times.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Resident memory in MiB."""

    bare: float
    rest: float
    followed: float
    listed: float

    def rows(self) -> list[tuple[str, ...]]:
        """Return the rows of the table."""
        found = (
            ("at rest", self.rest),
            (f"{_all():,} deployments", self.followed),
            ("and lists", self.listed),
        )
        return [(name, f"{each / self.bare:.2f}", f"{each:.0f} MiB", f"{self.bare:.0f} MiB") for name, each in found]


def main() -> None:
    """Measure, print, and write the section of the page."""
    go_direct()
    bare = bare_memory()
    rest = _at_rest()
    print("at rest: measured", flush=True)
    followed, listed = _in_a_crowd()
    measured = Measured(bare=bare, rest=rest, followed=followed, listed=listed)
    table = Table(headings=("", "bot ÷ imports", "bot", "imports"), rows=measured.rows())
    print(table.as_text())
    text = _PAGE.format(
        date=today(),
        table=table.as_markdown(),
        rest=REST.seconds,
        all=f"{_all():,}",
        followed=f"{FOLLOWED:,}",
        owners=OWNERS,
        each=EACH,
        lists=LISTS,
    )
    write_section("memory", text)


def _at_rest() -> float:
    with SimulatedCluster.default() as cluster, Workspace() as workspace, _bot(workspace, cluster) as bot:
        Event().wait(REST.total_seconds())
        return bot.memory()


def _in_a_crowd() -> tuple[float, float]:
    with (
        CrowdedCluster(now=datetime.fromtimestamp(time.time(), UTC)) as crowded,
        Workspace(rate_limits=False) as workspace,
    ):
        people = [workspace.add_user(f"person-{number}", email=email_of(number)) for number in range(OWNERS)]
        print(f"{_all():,} deployments: there", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            database = Path(folder) / "bot.sqlite3"
            crowded.remember(database, [person.id for person in people])
            with _bot(workspace, crowded.cluster, database=database) as bot:
                return _follow_and_list(bot, workspace, people, crowded.cluster)


def _follow_and_list(
    bot: BotProcess, workspace: Workspace, people: list[Person], cluster: SimulatedCluster
) -> tuple[float, float]:
    wait_until(
        lambda: len(workspace.calls_of("chat.postMessage")) >= FOLLOWED or None,
        within=_PATIENCE,
        what="every message to be posted",
    )
    cluster.reset_calls()
    wait_until(lambda: len(cluster.calls) > LISTS * 3 or None, within=_PATIENCE, what="rounds of following to pass")
    followed = bot.memory()
    crowd = Crowd(workspace=workspace, people=tuple(people[:50]))
    for _ in range(LISTS):
        crowd.at_once(_list)
    return followed, bot.memory()


def _list(person: Person) -> None:
    person.command(COMMAND, "list").wait_for_message(timeout=_PATIENCE)


@contextmanager
def _bot(workspace: Workspace, cluster: SimulatedCluster, *, database: Path | None = None) -> Iterator[BotProcess]:
    with tempfile.TemporaryDirectory() as folder, LocalRegistry() as registry:
        environment = environment_of(
            workspace,
            registry,
            nomad=cluster.address,
            database=database or Path(folder) / "bot.sqlite3",
            AI4OS_BOT_FOLLOW_SECONDS="2",
        )
        with bot_process(environment, folder=Path(folder)) as bot:
            yield bot


def _all() -> int:
    return FOLLOWED + OTHERS


if __name__ == "__main__":
    main()
