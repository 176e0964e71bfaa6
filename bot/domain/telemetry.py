"""What the cluster tells at one moment about use: a reading for each GPU of a machine, and for an allocation's CPU.

Whatever was not told is None. A machine that does not answer is one without readings, never one at rest.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.base import NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What samples belong to: a GPU as one allocation holds it, or an allocation's CPU if `device` is empty."""

    allocation: str
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuReading:
    """One look at a GPU: utilisation in per cent over about the last second, watts, MiB held.

    `at` is when its machine measured it, `watts_limit` the most its model may draw.
    """

    device: str
    model: str
    at: datetime
    percent: float | None = None
    watts: float | None = None
    watts_limit: float | None = None
    memory_mib: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReadings:
    """What a machine told of its GPUs; `trouble` says in a few words why it told nothing, empty if it answered."""

    node: NodeId
    gpus: tuple[GpuReading, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuReading:
    """One look at the CPU of an allocation's main task: per cent of one core; None if it was not told."""

    allocation: str
    at: datetime
    percent_of_core: float | None = None
    memory_mib: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHealth:
    """Whether a machine told its GPUs' use when it was asked last, since when it does not, and why."""

    node: NodeId
    at: datetime
    silent_since: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerBand:
    """The power up to which a GPU of a model is at rest, in watts, and how many samples that was learned from."""

    model: str
    idle_watts: float
    samples: int
    learned_at: datetime
