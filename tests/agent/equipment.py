"""Find the Nomad binary and the plugins that build.py put in place."""

from dataclasses import dataclass
from pathlib import Path

from tests.agent import build

WHY_MISSING = f"no real Nomad here: {build.HOW_TO_GET_ONE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """Everything that an agent is started from."""

    nomad: Path
    gpu_plugin: Path
    docker_plugin: Path


def equipment() -> Equipment | None:
    """Return what is there, None when any part is missing."""
    nomad = build.find_nomad()
    gpu_plugin, docker_plugin = (build.PLUGINS / name for name in build.PLUGIN_NAMES)
    if nomad is None or not gpu_plugin.exists() or not docker_plugin.exists():
        return None
    return Equipment(nomad=Path(nomad).resolve(), gpu_plugin=gpu_plugin, docker_plugin=docker_plugin)
