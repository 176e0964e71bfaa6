"""Measure how soon the bot acknowledges fifty commands at once, beside an app that does nothing but acknowledge."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from benchmarks.crowd import COMMAND, SIZE, Crowd
from benchmarks.machine import go_direct, leave_alone_what_is_there
from benchmarks.page import Table, today, write_section
from benchmarks.surroundings import bot_at_work
from benchmarks.timing import percentile
from bot import logs
from handlers.listeners import THREADS
from handlers.socket_line import CONCURRENCY
from playground.slack import Workspace

ROUNDS = 200
STRANGER_ROUNDS = 20

_PAGE = """\
## Acknowledgements

`python -m benchmarks.acks`, {date}

{table}

{people} people in one local workspace type `{command}` at the same moment, again and again; the figures are quotients
of the times from the delivery of a command to its acknowledgement. The bot is the real one, over Socket Mode; beside it
a Bolt app with the same adapter and as many threads, in a workspace of its own, acknowledges and does nothing else.
They take turns in one process with both workspaces, so that whatever holds one up holds up the other. Python collects
garbage between the rounds, because most of it is the two workspaces' history.

- **known people**, {rounds} rounds: the answer is the menu, which travels in the acknowledgement. The target for the
  99th percentile is at most 2.
- **strangers**, {stranger_rounds} rounds: people who have not written to the bot for five minutes. It acknowledges
  first, then asks Slack who each of them is, and answers afterwards. The target is the same.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How long acknowledgements took, of the bot and of the plain app."""

    bot: list[timedelta] = field(default_factory=list)
    plain: list[timedelta] = field(default_factory=list)

    def add(self, *, bot: Crowd, plain: Crowd) -> None:
        """Measure one round of both."""
        leave_alone_what_is_there()
        self.plain.extend(plain.type_at_once())
        self.bot.extend(bot.type_at_once())

    def row(self, name: str) -> tuple[str, ...]:
        """Return the percentiles of both in milliseconds, and their ratios."""
        times = [percentile(times, percent) for percent in (50, 99) for times in (self.bot, self.plain)]
        return (name, *(f"{time / timedelta(milliseconds=1):.0f} ms" for time in times), *self.ratios())

    def ratios(self) -> tuple[str, ...]:
        """Return the bot's 50th and 99th percentile in those of the plain app."""
        return tuple(f"{percentile(self.bot, percent) / percentile(self.plain, percent):.2f}" for percent in (50, 99))


def main() -> None:
    """Measure, print, and write the section of the page."""
    go_direct()
    logs.set_up(level=logs.LogLevel.ERROR, log_format=logs.LogFormat.CONSOLE, secrets=())
    measured = _measure()
    headings = ("", "p50", "p50, plain", "p99", "p99, plain", "p50 ratio", "p99 ratio")
    print(Table(headings=headings, rows=[times.row(name) for name, times in measured.items()]).as_text())
    ratios = Table(headings=("", "p50", "p99"), rows=[(name, *times.ratios()) for name, times in measured.items()])
    text = _PAGE.format(
        date=today(),
        table=ratios.as_markdown(),
        people=SIZE,
        command=COMMAND,
        rounds=ROUNDS,
        stranger_rounds=STRANGER_ROUNDS,
    )
    write_section("acks", text)


def _measure() -> Mapping[str, Measured]:
    with bot_at_work() as here, _plain_app() as plain_workspace:
        known, strangers = Measured(), Measured()
        bot, plain = Crowd.of(here.workspace), Crowd.of(plain_workspace)
        bot.type_at_once()
        for _ in range(ROUNDS):
            known.add(bot=bot, plain=plain)
        for _ in range(STRANGER_ROUNDS):
            strangers.add(bot=Crowd.of(here.workspace), plain=Crowd.of(plain_workspace))
    return {"known people": known, "strangers": strangers}


@contextmanager
def _plain_app() -> Iterator[Workspace]:
    """Start a Bolt app that acknowledges at once, with the bot's adapter and numbers of threads."""
    with Workspace() as workspace, ThreadPoolExecutor(THREADS) as listeners:
        client = WebClient(token=workspace.bot_token, base_url=workspace.api_url)
        bolt = App(client=client, listener_executor=listeners)

        @bolt.command(COMMAND)
        def acknowledge(ack: Ack) -> None:
            ack()

        handler = SocketModeHandler(bolt, app_token=workspace.app_token, concurrency=CONCURRENCY)
        handler.connect()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        try:
            workspace.wait_for_connections()
            yield workspace
        finally:
            handler.close()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped


if __name__ == "__main__":
    main()
