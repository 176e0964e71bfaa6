"""Measure how long the bot takes from the start of its process until it is ready, beside its bare imports."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.machine import go_direct
from benchmarks.page import Table, today, write_section
from benchmarks.process import IMPORTS, bot_process, python
from benchmarks.timing import median_of
from playground.cluster import SimulatedCluster
from playground.registry import LocalRegistry
from playground.slack import Workspace
from tests.app.town import environment_of

ROUNDS = 7

_PAGE = """\
## From start to ready

`python -m benchmarks.start`, {date}

{table}

`python app.py` is started as a process against a local workspace and a simulated cluster; it is ready when Slack has
accepted its token, its socket stands and the log says `ready`. Beside it a Python that only imports the libraries which
the bot is made of. Medians of {rounds} rounds in which all take turns.

- **first**: there is no database yet; its tables are made.
- **again**: the database is there, as at every later start.
"""


def main() -> None:
    """Measure, print, and write the section of the page."""
    go_direct()
    with _surroundings() as environment, tempfile.TemporaryDirectory() as folder:
        taken = _measure(environment, Path(folder))
    bare = median_of(taken["imports"])
    rows = []
    for name in ("first", "again"):
        time = median_of(taken[name])
        rows.append((name, f"{time / bare:.2f}", f"{time.total_seconds():.1f} s", f"{bare.total_seconds():.1f} s"))
    table = Table(headings=("", "start ÷ imports", "start", "imports"), rows=rows)
    print(table.as_text())
    write_section("start", _PAGE.format(date=today(), table=table.as_markdown(), rounds=ROUNDS))


def _measure(environment: Mapping[str, str], folder: Path) -> Mapping[str, list[timedelta]]:
    taken: dict[str, list[timedelta]] = {"imports": [], "first": [], "again": []}
    for number in range(ROUNDS):
        taken["imports"].append(python(IMPORTS)[0])
        there = {**environment, "DATABASE_URL": f"sqlite:///{folder}/bot-{number}.sqlite3"}
        for name in ("first", "again"):
            with bot_process(there, folder=folder) as bot:
                taken[name].append(bot.took)
    return taken


@contextmanager
def _surroundings() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        workspace = stack.enter_context(Workspace())
        registry = stack.enter_context(LocalRegistry())
        cluster = stack.enter_context(SimulatedCluster.default(clock=workspace.clock))
        yield environment_of(workspace, registry, nomad=cluster.address, database=Path("unused"))


if __name__ == "__main__":
    main()
