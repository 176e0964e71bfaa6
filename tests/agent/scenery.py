"""Describe a node's GPUs and how its images behave, in the JSON files that the two plugins read."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

T4 = "Tesla T4"
A100 = "NVIDIA A100-PCIE-40GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One GPU; a figure of None is reported as "N/A", a MIG slice has no statistics at all."""

    id: str
    model: str = T4
    memory_mib: int = 15360
    utilization: int | None = 0
    memory_used_mib: int | None = 0
    power_w: int | None = 10
    power_limit_w: int = 70
    temperature_c: int | None = 35
    driver_version: str = "550.54.15"
    pci_bus_id: str = ""
    healthy: bool = True
    health_text: str = ""
    with_statistics: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScript:
    """How a container of one image behaves; the default runs and answers until it is stopped.

    `pull_error` is the engine's own sentence, to which the driver adds "Failed to pull `image`: ". `exit_after` ends
    every start anew, so that Nomad's restart policy makes it a crash loop. `stop_delay` is lived whatever the kill
    timeout says. `silent_ports` are port labels that stay closed.
    """

    pull_error: str = ""
    pull_error_recoverable: bool = True
    start_delay: timedelta = timedelta(0)
    exit_after: timedelta | None = None
    exit_code: int = 0
    oom_killed: bool = False
    stop_delay: timedelta = timedelta(0)
    stop_exit_code: int = 143
    output: str = ""
    listen_delay: timedelta = timedelta(0)
    silent_ports: tuple[str, ...] = ()
    http_status: int = 200
    cpu_percent: float | None = None
    memory_mb: int | None = None


OUT_OF_MEMORY = ImageScript(exit_after=timedelta(milliseconds=200), exit_code=137, oom_killed=True)
NO_SUCH_TAG = "Error response from daemon: manifest for {image} not found: manifest unknown: manifest unknown"
RUNS_AND_ENDS = ImageScript(exit_after=timedelta(milliseconds=50))

# The platform's own helper images that do one thing before the main task may start.
STANDARD_IMAGES: Mapping[str, ImageScript] = {
    "registry.cloud.ai4eosc.eu/ai4os/docker-zenodo:*": RUNS_AND_ENDS,
    "registry.cloud.ai4eosc.eu/ai4os/docker-mail:*": RUNS_AND_ENDS,
}


class Scenery:
    """The two files of one node, rewritten whole at every change."""

    def __init__(self, folder: Path, gpus: tuple[Gpu, ...]) -> None:
        self.gpus_file = folder / "gpus.json"
        self.images_file = folder / "images.json"
        self._lock = threading.Lock()
        self._first_gpus = gpus
        self._gpus = gpus
        self._images = dict(STANDARD_IMAGES)
        self.reset()

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """The GPUs that the file describes now."""
        return self._gpus

    def reset(self) -> None:
        """Go back to the first GPUs and to images that run until they are stopped."""
        with self._lock:
            self._images = dict(STANDARD_IMAGES)
            self._write_images()
        self.set_gpus(self._first_gpus)

    def set_gpus(self, gpus: tuple[Gpu, ...]) -> None:
        """Let the node have these GPUs and no others."""
        with self._lock:
            self._gpus = gpus
            _write(self.gpus_file, {"gpus": [asdict(gpu) for gpu in gpus]})

    def set_usage(self, gpu_id: str, *, utilization: int | None, memory_mib: int | None, power_w: int | None) -> None:
        """Let one GPU report these figures; None is "N/A"."""

        def after(gpu: Gpu) -> Gpu:
            if gpu.id != gpu_id:
                return gpu
            return replace(gpu, utilization=utilization, memory_used_mib=memory_mib, power_w=power_w)

        if gpu_id not in {gpu.id for gpu in self._gpus}:
            raise KeyError(f"this node has no GPU {gpu_id}")
        self.set_gpus(tuple(after(gpu) for gpu in self._gpus))

    def crash_gpu_plugin(self) -> None:
        """End the device plugin's process again and again until the GPUs are set anew.

        The node keeps its GPUs meanwhile and Nomad goes on showing the last statistics, with their old timestamp.
        """
        with self._lock:
            _write(self.gpus_file, {"crash": True})

    def script_image(self, image: str, script: ImageScript) -> None:
        """Let containers of an image ("repo:tag", "repo:*" or "*") behave so, from their next start on."""
        with self._lock:
            self._images[image] = script
            self._write_images()

    def _write_images(self) -> None:
        _write(self.images_file, {"images": {image: _spelled(script) for image, script in self._images.items()}})


def _spelled(script: ImageScript) -> dict[str, Any]:
    spelled: dict[str, Any] = {}
    for name, value in asdict(script).items():
        if name in {"start_delay", "stop_delay", "listen_delay", "exit_after"}:
            spelled[f"{name}_ms"] = None if value is None else round(value.total_seconds() * 1000)
        else:
            spelled[name] = value
    return spelled


def _write(path: Path, content: dict[str, Any]) -> None:
    """Replace a file in one step, because a plugin may read it at any moment."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content))
    fresh.replace(path)
