"""Measure how soon fifty people at once are acknowledged while Nomad hangs and the database is locked."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.crowd import COMMAND, SIZE, Crowd, acknowledged
from benchmarks.machine import go_direct, leave_alone_what_is_there
from benchmarks.page import Table, today, write_section
from benchmarks.surroundings import Surroundings, bot_at_work
from bot import logs
from playground.slack import Person, Refused

ALLOWED = timedelta(seconds=1)
_LONGER_THAN_ANYBODY_WAITS = timedelta(minutes=5)

_PAGE = """\
## Acknowledgements while Nomad hangs and the database is locked

`python -m benchmarks.hanging`, {date}

{table}

Nomad takes every request and does not answer it; another process holds the database's write lock. {people} people whom
the bot knows do the same thing at the same moment, one thing after the other, so that what the first still waits for is
in the way of the next. **longest** is the slowest of their acknowledgements as a part of the second that it may take;
Slack itself gives up after three. What comes after the acknowledgement fails, of course, and says so.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How many deliveries there were of one kind, and how long those took that were acknowledged."""

    delivered: int
    taken: list[timedelta]

    def row(self, name: str) -> tuple[str, ...]:
        """Return the row of the table."""
        longest = f"{max(self.taken) / ALLOWED:.2f}" if self.taken else "–"
        return name, f"{len(self.taken)} of {self.delivered}", longest


def main() -> None:
    """Measure, print, and write the section of the page."""
    go_direct()
    logs.set_up(level=logs.LogLevel.ERROR, log_format=logs.LogFormat.CONSOLE, secrets=())
    with bot_at_work() as here:
        measured = _measure(here)
    rows = [found.row(name) for name, found in measured.items() if found.delivered]
    table = Table(headings=("", "acknowledged", "longest"), rows=rows)
    print(table.as_text())
    write_section("hanging", _PAGE.format(date=today(), table=table.as_markdown(), people=SIZE))


def _measure(here: Surroundings) -> Mapping[str, Measured]:
    crowd = Crowd.of(here.workspace)
    crowd.at_once(_open_form)
    leave_alone_what_is_there()
    things: dict[str, Callable[[Person], object]] = {
        "*Next* in the form": lambda person: person.submit(),
        "closing the windows": _close,
        "`/ai4os`": lambda person: _type(person, ""),
        "`/ai4os list`": lambda person: _type(person, "list"),
        "`/ai4os info demo`": lambda person: _type(person, "info demo"),
        "closing what that opened": _close,
        "`/ai4os deploy demo-app`": lambda person: _type(person, "deploy demo-app"),
        "*Next* once more": lambda person: person.submit() if person.modal else None,
    }
    measured = {}
    with _trouble(here):
        for name, do in things.items():
            deliveries = crowd.at_once(do)
            measured[name] = Measured(delivered=len(deliveries), taken=acknowledged(deliveries))
            print(f"{name}: measured", flush=True)
    return measured


def _open_form(person: Person) -> None:
    person.command(COMMAND, "deploy demo-app")
    person.wait_for_modal(lambda view: view.callback_id == "deploy.form")


def _type(person: Person, text: str) -> None:
    """Type a command, out of the way of windows that open late."""
    while True:
        _close(person)
        try:
            person.command(COMMAND, text)
        except Refused:
            continue
        return


def _close(person: Person) -> None:
    if person.modal is not None:
        person.dismiss()


@contextmanager
def _trouble(here: Surroundings) -> Iterator[None]:
    """Let Nomad hang and hold the database's lock."""
    assert here.cluster is not None
    with closing(sqlite3.connect(here.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        here.cluster.faults.slow(_LONGER_THAN_ANYBODY_WAITS, times=None)
        yield
        here.cluster.faults.clear()
        other.execute("ROLLBACK")


if __name__ == "__main__":
    main()
