"""Run the bot, or a bare Python, as a process of its own, and look at how long it takes and what memory it has."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import IO

ROOT = Path(__file__).parents[1]
IMPORTS = (
    "import alembic.command, apscheduler.schedulers.background, nomad, pydantic, slack_bolt, sqlalchemy, structlog, "
    "waitress, websocket, yaml"
)
"""What the bot imports of other people's code: no bot on these libraries can start sooner, or be smaller."""

_SECONDS_TO_START = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BotProcess:
    """The bot as `python app.py`, ready for work after `took`."""

    process: subprocess.Popen[str]
    took: timedelta

    def memory(self) -> float:
        """Return its resident memory in MiB."""
        return resident(self.process.pid)


@contextmanager
def bot_process(environment: Mapping[str, str], *, folder: Path) -> Iterator[BotProcess]:
    """Start the bot in a folder and wait until it says that it is ready; stop it at the end."""
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, str(ROOT / "app.py")],
        cwd=folder,
        env=clean({**environment, "AI4OS_BOT_LOG_FORMAT": "json"}),
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stderr is not None
            _wait_until_ready(process.stderr)
            took = timedelta(seconds=time.perf_counter() - started)
            Thread(target=_drain, args=(process.stderr,), daemon=True).start()
            yield BotProcess(process=process, took=took)
        finally:
            process.terminate()
            process.wait(_SECONDS_TO_START)


def python(code: str) -> tuple[timedelta, str]:
    """Let a Python of its own run some code; return how long that took, and what it printed."""
    started = time.perf_counter()
    outcome = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code], env=clean({}), cwd=ROOT, check=True, capture_output=True, text=True
    )
    return timedelta(seconds=time.perf_counter() - started), outcome.stdout


def resident(process: int) -> float:
    """Return the resident memory of a process in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def bare_memory() -> float:
    """Return the resident memory in MiB of a Python that imports what the bot imports, and does nothing."""
    code = f"{IMPORTS}, os, benchmarks.process; print(benchmarks.process.resident(os.getpid()))"
    _, printed = python(code)
    return float(printed)


def _wait_until_ready(log: IO[str]) -> None:
    lines = []
    for line in log:
        lines.append(line)
        if '"event": "ready"' in line:
            return
    sys.exit("The bot did not start:\n" + "".join(lines))


def _drain(log: IO[str]) -> None:
    for _ in log:
        pass


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with these settings, without proxies and settings of whoever measures."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT)} | dict(environment)
