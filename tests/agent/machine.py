"""Let an agent believe in a machine with many cores and no cgroups."""

import functools
import os
import shutil
import subprocess
from pathlib import Path

_SYSTEM = Path("/sys/devices/system")
_CORE_KHZ = 3_125_000

# Runs in a mount namespace of its own: nothing of it can be seen from outside, and it goes with the agent.
# Without cgroups Nomad does its books on cores but hands none to the kernel, which has fewer.
_ENTER = """
for tree in cpu node; do
  if [ -d "/sys/devices/system/$tree" ]; then mount --bind "$1/$tree" "/sys/devices/system/$tree" || exit 90; fi
done
umount -R -l /sys/fs/cgroup 2>/dev/null
shift
exec "$@"
"""


@functools.cache
def can_pretend() -> bool:
    """Tell whether this process may make mount namespaces; without them agents see the real cores."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or not _SYSTEM.joinpath("cpu").is_dir():
        return False
    probe = [*_in_namespace(), "sh", "-c", 'mount --bind "$1" "$1"', "probe", str(_SYSTEM / "cpu")]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0  # noqa: S603 - a fixed command


def with_cores(command: list[str], *, cores: int, folder: Path) -> list[str]:
    """Return a command that runs the given one on a machine with so many cores, where that can be had."""
    if not can_pretend():
        return command
    _draw(folder, cores)
    return [*_in_namespace(), "sh", "-c", _ENTER, "with-cores", str(folder), *command]


def _in_namespace() -> list[str]:
    return ["unshare", "--mount", "--propagation", "private"]


def _draw(folder: Path, cores: int) -> None:
    """Write what Nomad reads under /sys/devices/system."""
    every = f"0-{cores - 1}\n"
    for core in range(cores):
        home = folder / "cpu" / f"cpu{core}"
        _note(home / "topology" / "physical_package_id", "0\n")
        _note(home / "topology" / "thread_siblings_list", f"{core}\n")
        _note(home / "cpufreq" / "cpuinfo_max_freq", f"{_CORE_KHZ}\n")
    _note(folder / "cpu" / "online", every)
    _note(folder / "node" / "online", "0\n")
    _note(folder / "node" / "node0" / "cpulist", every)
    _note(folder / "node" / "node0" / "distance", "10\n")


def _note(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
