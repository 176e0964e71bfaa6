"""What lives on when the bot is killed: workspace, cluster, registry, database; and the process that does not."""

import contextlib
import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from bot.store.engine import open_engine
from bot.store.schema import prepare
from playground.clock import Clock
from playground.cluster import SimulatedCluster
from playground.registry import LocalRegistry
from playground.slack.person import Person
from playground.slack.workspace import Workspace
from tests.app.town import environment_of
from tests.kill import bot_process
from tests.kill.ground import QUICKLY, Ground, SimulatedGround
from tests.kill.tap import NOWHERE, Point, Tap

CONFIG = """
platforms:
  ai4eosc:
    addresses: howto
"""

STEP = timedelta(minutes=3)
"""How much time passes from round to round where reminders are killed."""

SELDOM = """
reminders:
  policy:
    samples: {interval: 3m, min_samples: 100}
"""
"""Use is measured once in such a step, so that nothing is missing."""

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ZONE = "UTC"
"""Where everybody lives, so that office hours are those of the clock."""

_migrating = Lock()
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.kill.warm"])


class Killed(Exception):
    """The bot's process has ended, so that nothing more can be asked of it."""


@dataclass(slots=True)
class SteppedBot:
    """A bot that does what is due when it is told to, in a process of its own."""

    process: BaseProcess
    line: Connection
    clock: Clock | None

    def ask(self, word: str, argument: Point = NOWHERE) -> None:
        """Let the process do something and wait until it is done. Raises Killed."""
        try:
            self.line.send((word, argument, self.clock.now() if self.clock else None))
            self.line.recv()
        except (EOFError, OSError):
            raise Killed from None

    def assert_killed(self) -> None:
        """Make sure that it was killed, and did not break."""
        self.process.join()
        assert self.process.exitcode == -signal.SIGKILL, f"the bot ended by itself: {self.process.exitcode}"


@dataclass(slots=True)
class FreeBot:
    """A bot that runs by itself, as in production."""

    process: BaseProcess
    line: Connection

    def arm(self, fatal: Point, number: signal.Signals) -> None:
        """Let the signal come at that point, counted from now on. Raises Killed."""
        try:
            self.line.send((fatal, number))
            self.line.recv()
        except (EOFError, OSError):
            raise Killed from None

    def has_ended(self, seconds: float = 0) -> bool:
        """Wait until the process has ended, at most so long; tell whether it has."""
        return has_ended(self.process, seconds)

    @property
    def status(self) -> int | None:
        """Return the status with which the process has ended, the signal's number below zero if one ended it."""
        self.process.join()
        return self.process.exitcode

    def send(self, number: signal.Signals) -> None:
        """Send the signal, unless the process has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid or 0, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One person with a database of their own, so that runs in one town do not see each other."""

    ada: Person
    email: str
    folder: Path
    environment: dict[str, str]

    @property
    def hostname(self) -> str:
        """Return the host name that the person asks for."""
        return f"host-{self.ada.name}"

    @property
    def secret(self) -> str:
        """Return the password that the person types."""
        return f"very secret {self.ada.name}!"

    @property
    def trace(self) -> Path:
        """Return the file that names the points which the processes have come to."""
        return self.folder / "trace"

    @property
    def points(self) -> tuple[Point, ...]:
        """Return the points that the processes have come to since they were armed."""
        labels = self.trace.read_text(encoding="utf-8").splitlines() if self.trace.exists() else []
        return tuple(Point(label, labels[: place + 1].count(label)) for place, label in enumerate(labels))


@dataclass(frozen=True, slots=True, kw_only=True)
class KillTown:
    """Everything around the bot. With a `clock` nobody has any other; without one the bot has the machine's."""

    workspace: Workspace
    ground: Ground
    registry: LocalRegistry
    folder: Path
    clock: Clock | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def ports(self) -> frozenset[int]:
        """Return the ports of Slack and Nomad, the calls to which are effects."""
        return frozenset(urlsplit(url).port or 0 for url in (self.workspace.api_url, self.ground.address))

    def house(self, *, database: str = "") -> House:
        """Let somebody new move in."""
        number = next(self._numbers)
        folder = self.folder / f"house-{number}"
        folder.mkdir()
        email = f"ada{number}@example.org"
        environment = environment_of(
            self.workspace, self.registry, nomad=self.ground.address, database=folder / "bot.sqlite3"
        )
        environment |= {"AI4OS_BOT_CONFIG": str(self.folder / "config.yaml"), "AI4OS_BOT_SERVICE_PROVIDER": "nomad"}
        if database:
            environment["DATABASE_URL"] = database
        else:
            _copy(self.folder / "empty.sqlite3", folder / "bot.sqlite3")
        ada = self.workspace.add_user(f"ada{number}", email=email, tz=ZONE)
        return House(ada=ada, email=email, folder=folder, environment=environment)

    @contextmanager
    def bot(self, house: House, *, fatal: Point = NOWHERE) -> Iterator[SteppedBot]:
        """Start the stepped bot; it is killed at the end at the latest.

        With `fatal` points are counted from before its start. Raises Killed.
        """
        with self._process(bot_process.stepped, house) as (process, line):
            bot = SteppedBot(process, line, self.clock)
            if fatal != NOWHERE:
                bot.ask("arm", fatal)
            bot.ask("start")
            yield bot

    @contextmanager
    def free(self, house: House) -> Iterator[FreeBot]:
        """Run `app.main` in a process of its own; it is killed at the end at the latest."""
        with self._process(bot_process.free, house) as (process, line):
            yield FreeBot(process, line)

    @property
    def simulated(self) -> SimulatedCluster:
        """Return the simulated cluster of a town that has one."""
        assert isinstance(self.ground, SimulatedGround)
        return self.ground.cluster

    def clear(self) -> None:
        """Take what was deployed away, so that the next run has the whole cluster, and forget what was said."""
        self.ground.clear()
        with self.workspace.state.lock:
            self.workspace.state.calls.clear()

    @contextmanager
    def _process(self, target: Callable[..., None], house: House) -> Iterator[tuple[BaseProcess, Connection]]:
        mine, its = _context.Pipe()
        tap = Tap(house.trace, self.ports)
        given = (house.environment, str(house.folder), its, tap)
        process = _context.Process(target=target, args=given, daemon=True)
        process.start()
        its.close()
        try:
            yield process, mine
        finally:
            process.kill()
            process.join()
            process.close()
            mine.close()
            self.workspace.close_sockets()


def has_ended(process: BaseProcess, seconds: float) -> bool:
    """Wait until the process has ended, at most so long; tell whether it has."""
    return process.exitcode is not None or bool(wait([process.sentinel], seconds))


def _copy(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


@contextmanager
def kill_town(folder: Path, *, is_frozen: bool = True) -> Iterator[KillTown]:
    """Open a town on a simulated cluster; the clock of a frozen one is moved by `pass_time` alone."""
    cluster = SimulatedCluster(clock=Clock(frozen=is_frozen), pace=QUICKLY)
    with cluster, kill_town_on(SimulatedGround(cluster), folder) as town:
        yield town


@contextmanager
def reminder_town(folder: Path) -> Iterator[KillTown]:
    """Open a town on a Monday morning in which everybody has one clock, moved by `pass_time` alone, a step at a time.

    A step is long enough for the lease of a process that was killed to lapse, and short enough for a reading to count.
    """
    clock = Clock(MONDAY, frozen=True)
    cluster = SimulatedCluster(clock=clock, pace=QUICKLY)
    ground = SimulatedGround(cluster, patience=32, moment=STEP)
    with cluster, kill_town_on(ground, folder, clock=clock) as town:
        yield town


@contextmanager
def kill_town_on(ground: Ground, folder: Path, *, clock: Clock | None = None) -> Iterator[KillTown]:
    """Open a town on a cluster; with a clock it is everybody's."""
    (folder / "config.yaml").write_text(CONFIG + (SELDOM if clock else ""), encoding="utf-8")
    engine = open_engine(f"sqlite:///{folder / 'empty.sqlite3'}")
    with _migrating:  # Alembic's context is one for all threads of a process
        prepare(engine)
    engine.dispose()
    with ExitStack() as stack:
        workspace = stack.enter_context(Workspace(clock=clock, rate_limits=False))
        registry = stack.enter_context(LocalRegistry())
        yield KillTown(workspace=workspace, ground=ground, registry=registry, folder=folder, clock=clock)
