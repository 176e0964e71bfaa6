"""Run a Nomad agent as a process and leave nothing of it behind."""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.agent.waiting import wait_until

# Ends the agent when this process is gone without having stopped it: the pipe closes, read returns.
_WATCHDOG = 'read -r _; kill -CONT "$1"; kill -TERM "$1"; sleep 20; kill -KILL "$1"'


@dataclass(slots=True, kw_only=True)
class AgentProcess:
    """One agent, its log and all that it starts; everything it starts names its folder or works in it."""

    command: list[str]
    folder: Path
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _watchdog: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the agent with an environment of its own, so that nothing of ours reaches its tasks."""
        (self.folder / "tmp").mkdir()
        known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment = {**known, "TMPDIR": str(self.folder / "tmp")}
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        guard = ["/bin/sh", "-c", _WATCHDOG, "watchdog", str(self._process.pid)]
        self._watchdog = subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - ours

    def running(self) -> bool:
        """Tell whether the agent is there."""
        return self._process is not None and self._process.poll() is None

    def suspend(self) -> None:
        """Freeze the agent, not its tasks."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen agent go on."""
        self._signal(signal.SIGCONT)

    def stop(self, *, patience: timedelta = timedelta(seconds=30)) -> None:
        """End the agent and whatever it left; return when all of it is gone."""
        self.resume()
        self._signal(signal.SIGTERM)
        if self._process is not None:
            try:
                self._process.wait(patience.total_seconds())
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._dismiss_watchdog()
        _kill_leftovers(self.folder)

    def last_lines(self, count: int = 40) -> str:
        """Return the end of the log."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def show_log(self) -> None:
        """Print where the log is and how it ends."""
        sys.stderr.write(f"--- {self.log} ends with:\n{self.last_lines()}\n")

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _dismiss_watchdog(self) -> None:
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.communicate()


def _kill_leftovers(folder: Path) -> None:
    """Kill plugins, executors and tasks that outlived their agent, and take their mounts away."""

    def none_left() -> bool:
        left = _processes_of(folder)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not left

    wait_until(none_left, within=timedelta(seconds=10), what=f"the processes of {folder} to end")
    for target in _mounts_in(folder):
        subprocess.run(["umount", "-l", target], check=False)  # noqa: S603, S607 - a mount that our agent made


def _processes_of(folder: Path) -> list[int]:
    found = []
    for home in Path("/proc").glob("[0-9]*"):
        try:
            named = str(folder).encode() in (home / "cmdline").read_bytes()
            inside = named or (home / "cwd").readlink().is_relative_to(folder)
        except OSError:
            continue
        if inside:
            found.append(int(home.name))
    return found


def _mounts_in(folder: Path) -> list[str]:
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return []
    targets = [line.split()[1] for line in mounts.read_text().splitlines()]
    return sorted((target for target in targets if Path(target).is_relative_to(folder)), reverse=True)
