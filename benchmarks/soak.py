"""Let five hundred people use the bot for a simulated day, and see whether its memory stays flat."""

import json
import subprocess
import sys
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from benchmarks.daily_life import Inhabitant
from benchmarks.machine import go_direct
from benchmarks.page import Table, today, write_section
from benchmarks.process import ROOT, clean
from playground.cluster import SimulatedCluster
from playground.cluster.world import NodeSpec
from playground.registry import LocalRegistry
from playground.slack import Workspace
from tests.app.town import environment_of

PEOPLE = 500
HOURS = 24
SETTLED = 4
STEP = timedelta(minutes=5)
AT_A_STEP = 12
HANDS = 6
RUSH = 50
MOST_RUNNING = 50
"""So many deployments run at most, so that hours are alike; whoever has one more stops it."""

SHOWN = (1, 4, 8, 12, 16, 20, 24)

_DIRECT = "platforms:\n  ai4eosc:\n    addresses: direct\n"

_PAGE = """\
## A simulated day

`make soak` (`python -m benchmarks.soak`), {date}

{table}

{did}

The bot is a process of its own, against a local workspace and a simulated cluster; its clock and theirs are moved by
five minutes at a time, and what is due by then is done: nodes, catalogue and user groups read anew, deployments
followed, what is open settled, what is old deleted. The figures are after a garbage collection at the end of an hour,
as multiples of those of hour {settled}; **objects** are those that Python's collector counts. Flat means that the last
is near 1.

Before the first hour everybody comes, {rush} at a time, so that threads and people are known from the beginning. A
thousand forms are kept in memory, and it takes until the evening before so many were opened ([bounds.md](bounds.md)).
"""


@dataclass(slots=True)
class Day:
    """What was measured at the end of each hour, and what people did."""

    hours: list[Mapping[str, float]] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Live through a day, or as many hours as the first argument says; a whole day is written to the page."""
    go_direct()
    hours = int(sys.argv[1]) if len(sys.argv) > 1 else HOURS
    started = time.monotonic()
    with _town() as town:
        day = _live(town, hours=hours)
    print(f"{hours} hours in {time.monotonic() - started:.0f} s: {dict(day.did)}")
    table = _table(day.hours)
    print(table.as_text())
    if hours == HOURS:
        text = _PAGE.format(date=today(), table=table.as_markdown(), did=_told(day.did), settled=SETTLED, rush=RUSH)
        write_section("soak", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The workspace, the cluster, and the bot's process on a clock of its own."""

    workspace: Workspace
    cluster: SimulatedCluster
    bot: subprocess.Popen[str]

    def pass_time(self, span: timedelta) -> Mapping[str, float]:
        """Let time go by for everybody; return what the bot says of itself."""
        assert self.bot.stdin is not None
        assert self.bot.stdout is not None
        self.cluster.advance(span)  # the workspace has the same clock
        self.bot.stdin.write(f"{span.total_seconds()}\n")
        self.bot.stdin.flush()
        told: Mapping[str, float] = json.loads(self.bot.stdout.readline())
        return told


def _live(town: Town, *, hours: int) -> Day:
    chance = Random(30)  # noqa: S311 - who does what, the same every time
    people = [Inhabitant(town.workspace.add_user(f"person-{number}")) for number in range(PEOPLE)]
    day = Day()
    town.pass_time(timedelta(0))
    with ThreadPoolExecutor(RUSH) as hands:
        list(hands.map(Inhabitant.list, people))
    with ThreadPoolExecutor(HANDS) as hands:
        for hour in range(1, hours + 1):
            told: Mapping[str, float] = {}
            for _ in range(int(timedelta(hours=1) / STEP)):
                chosen = [(each, Random(chance.random())) for each in chance.sample(people, AT_A_STEP)]  # noqa: S311 - see above
                day.did.update(hands.map(lambda one: one[0].do(one[1]), chosen))
                for each in [each for each in people if each.running][:-MOST_RUNNING]:
                    each.stop()
                    day.did["stop"] += 1
                told = town.pass_time(STEP)
            day.hours.append(told)
            print(f"hour {hour}: {told['memory']:.0f} MiB, {told['objects']:,} objects", flush=True)
    return day


def _told(did: Counter[str]) -> str:
    often = ", ".join(f"{count:,} × {name.replace('_', ' ')}" for name, count in did.most_common())
    return textwrap.fill(f"{PEOPLE} people use the bot for {HOURS} simulated hours: {often}.", width=118)


def _table(hours: list[Mapping[str, float]]) -> Table:
    settled = hours[min(SETTLED, len(hours)) - 1]
    rows = [
        (
            f"hour {hour}",
            *(f"{hours[hour - 1][name] / settled[name]:.3f}" for name in ("memory", "objects")),
            f"{hours[hour - 1]['memory']:.0f} MiB",
        )
        for hour in SHOWN
        if hour <= len(hours)
    ]
    return Table(headings=("", "memory", "objects", "memory"), rows=rows)


@contextmanager
def _town() -> Iterator[Town]:
    nodes = [NodeSpec(name=f"node-{number}", cores=256, memory=4_000_000, disk=8_000_000) for number in range(4)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace(rate_limits=False) as workspace,
        LocalRegistry() as registry,
        SimulatedCluster(clock=workspace.clock, nodes=nodes) as cluster,
    ):
        config = Path(folder) / "config.yaml"
        config.write_text(_DIRECT, encoding="utf-8")
        environment = environment_of(
            workspace,
            registry,
            nomad=cluster.address,
            database=Path(folder) / "bot.sqlite3",
            AI4OS_BOT_FOLLOW_SECONDS="2",
            AI4OS_BOT_CONFIG=str(config),
            AI4OS_BOT_SERVICE_PROVIDER="nomad",
        )
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.clocked_bot"],
            cwd=ROOT,
            env=clean(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as bot:
            workspace.wait_for_connections(timeout=timedelta(seconds=30))
            yield Town(workspace=workspace, cluster=cluster, bot=bot)
            bot.communicate(timeout=60)


if __name__ == "__main__":
    main()
