"""The bot in a process of its own that can be killed: stepped by the test, or left to run by itself."""

import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Condition, Thread
from typing import Any

import app
from bot import logs
from bot.domain.operation import JobName
from bot.errors import BotError
from handlers import turn
from jobs.scheduler import Job
from tests.kill.tap import Tap

LOG = "log"
"""The file in a process's folder that everything is logged into."""

OFTEN = timedelta(seconds=10)
"""Jobs that run more seldom are run at the start only: what is killed is settled by the others."""

REMINDING = ("refresh nodes", JobName.MEASURE, JobName.CHECK, JobName.REMIND)
"""What is run besides, in this order, where reminders are what is killed."""


@dataclass(slots=True)
class ToldClock:
    """What time it is, as the test said with its last word; None where it leaves the bot its own clock."""

    moment: datetime | None = None

    def now(self) -> datetime:
        """Return that moment."""
        assert self.moment is not None
        return self.moment


class Rest:
    """Knows whether any pool of this process works, but for those whose threads only look."""

    def __init__(self) -> None:
        self._busy = 0
        self._changed = Condition()

    def install(self) -> None:
        """Count what every pool is given and has not finished."""
        submit: Any = ThreadPoolExecutor.submit

        def counted(pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
            if str(getattr(pool, "_thread_name_prefix", "")).startswith("probe"):
                return submit(pool, work, *args, **more)  # type: ignore[no-any-return]  # it is the pool's own
            self._add(1)
            try:
                future: Future[Any] = submit(pool, work, *args, **more)
            except RuntimeError:
                self._add(-1)
                raise
            future.add_done_callback(lambda _future: self._add(-1))
            return future

        ThreadPoolExecutor.submit = counted  # type: ignore[assignment,method-assign]  # the pools' own book-keeping

    def wait(self) -> None:
        """Return once nothing is at work."""
        with self._changed:
            self._changed.wait_for(lambda: self._busy == 0)

    def _add(self, change: int) -> None:
        with self._changed:
            self._busy += change
            self._changed.notify_all()


def stepped(environment: Mapping[str, str], folder: str, line: Connection, tap: Tap) -> None:
    """Run the bot without a clock of its own: its jobs run when the test says so, one after the other.

    Serves the words arm, disarm, start, listen, tick, remind and rest until it is killed; each comes with the time
    that it is, if time is the test's, and is answered when it is done.
    """
    turn._HEAD_START = 0.0  # what an ack shows is on the screen at once in a local workspace
    rest = Rest()
    tap.install()
    rest.install()
    with (Path(folder) / LOG).open("a", encoding="utf-8") as stream:
        settings = app.load(environment, dotenv=None)
        logs.set_up(level=logs.LogLevel.DEBUG, log_format=logs.LogFormat.JSON, secrets=settings.secrets, stream=stream)
        with suppress(EOFError):
            _serve(settings, line, tap, rest)


def _serve(settings: app.Settings, line: Connection, tap: Tap, rest: Rest) -> None:
    bot: app.Bot | None = None
    clock = ToldClock()
    while True:
        word, argument, clock.moment = line.recv()
        match word:
            case "arm":
                tap.arm(argument)
            case "start":
                bot = _started(settings, clock)
            case "listen" if bot and bot.socket:
                bot.socket.connect()
            case "tick" if bot:
                _run([job for job in bot.scheduler.jobs if job.every <= OFTEN])
            case "remind" if bot:
                named = {job.name: job for job in bot.scheduler.jobs}
                _run([job for job in bot.scheduler.jobs if job.every <= OFTEN])
                _run([named[name] for name in REMINDING])
            case "rest":
                rest.wait()
            case "disarm":
                tap.disarm()
            case _:
                raise ValueError(word)
        line.send(word)


def _started(settings: app.Settings, clock: ToldClock) -> app.Bot:
    """Start the bot as `Bot.start` does, but for the scheduler, whose first round is run here, and the socket."""
    bot = app.build(settings, clock=clock.now if clock.moment else None)
    bot.workspace.connect()
    _run([job for job in bot.scheduler.jobs if job.at_start])
    return bot


def _run(jobs: list[Job]) -> None:
    for job in jobs:
        with suppress(BotError):  # the next run tries again; every other failure ends the process, which is noticed
            job.run()


def free(environment: Mapping[str, str], folder: str, line: Connection, tap: Tap) -> None:
    """Run `app.main` as `python app.py` does; the line may arm the tap at any moment."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    os.dup2(os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND), sys.stderr.fileno())
    tap.install()
    Thread(target=_listen, args=(line, tap), daemon=True).start()
    sys.exit(app.main())


def _listen(line: Connection, tap: Tap) -> None:
    with suppress(EOFError):
        while True:
            tap.arm(*line.recv())
            line.send("armed")
