"""What the deployments of the playground do with their GPUs: nothing, unless somebody lets them train."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zlib import crc32

from playground.cluster import SimulatedCluster
from playground.cluster.usage import GpuUsage, TaskUsage

_HELD_MIB = 9_000
_QUIET = TaskUsage(cpu_percent=1.0)
_BUSY = TaskUsage(cpu_percent=350.0)


class Behaviour(StrEnum):
    """What a deployment does: it was never used, it trains, or it rests with a model in the GPU's memory."""

    UNTOUCHED = "not used yet"
    TRAINING = "training"
    RESTING = "idle"


@dataclass(slots=True, kw_only=True)
class Behaviours:
    """The behaviour of each deployment, which the cluster's statistics follow. Thread-safe."""

    cluster: SimulatedCluster
    _known: dict[str, Behaviour] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attend(self) -> None:
        """Let what is new rest: nobody has done anything with it yet."""
        for job in self.cluster.jobs():
            if job.id not in self._known:
                self.set(job.id, Behaviour.UNTOUCHED)

    def of(self, job: str) -> Behaviour:
        """Return what a deployment does."""
        with self._lock:
            return self._known.get(job, Behaviour.UNTOUCHED)

    def set(self, job: str, behaviour: Behaviour) -> None:
        """Let a deployment do something from now on."""
        with self._lock:
            self._known[job] = behaviour
        self.cluster.script_usage(job, gpu=_gpu(behaviour, job), task=_TASK[behaviour])


def _gpu(behaviour: Behaviour, job: str) -> Callable[[datetime], GpuUsage]:
    """Return what a deployment's GPUs do; those of two trainings are not in step."""
    ahead = crc32(job.encode()) % 1_000
    return (lambda now: _at_work(now, ahead)) if behaviour is Behaviour.TRAINING else lambda _now: _AT_REST[behaviour]


def _at_work(now: datetime, ahead: float) -> GpuUsage:
    """Return a use between 70 and 98 %, as the batches of a training have it."""
    seconds = now.timestamp() + ahead
    wave = math.sin(seconds / 97) + math.sin(seconds / 31)
    return GpuUsage(utilization=round(84 + 7 * wave), memory=12_000)


_AT_REST = {
    Behaviour.UNTOUCHED: GpuUsage(utilization=0, memory=3),
    Behaviour.RESTING: GpuUsage(utilization=0, memory=_HELD_MIB),
}
_TASK: dict[Behaviour, Callable[[datetime], TaskUsage]] = {
    Behaviour.UNTOUCHED: lambda _now: _QUIET,
    Behaviour.TRAINING: lambda _now: _BUSY,
    Behaviour.RESTING: lambda _now: _QUIET,
}
