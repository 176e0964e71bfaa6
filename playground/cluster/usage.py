"""What GPUs and allocations are said to use, as tests and demos set it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from playground.cluster.records import DeviceGroup, JsonObject

_IDLE_WATTS = 12
AS_UTILIZED = -1
"""Stands for the watts that fit the utilization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuUsage:
    """The use of one GPU: percent, MiB, watts. `None` means the driver says `N/A`; `silent` means no entry at all."""

    utilization: int | None = 0
    memory: int | None = 0
    power: int | None = AS_UTILIZED
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUsage:
    """The use of an allocation's main task: CPU in percent of one core, memory in bytes."""

    cpu_percent: float = 5.0
    memory: int = 200_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTrouble:
    """What is wrong with a node's client: it answers only after a while (in real time), or with an error's text."""

    delay: timedelta = timedelta(0)
    error: str = ""


BUSY = GpuUsage(utilization=65, memory=6000)

GpuScript = Callable[[datetime], GpuUsage | Sequence[GpuUsage]]
"""Says what a job's GPUs do at a moment: all of them the same, or each what stands in its place."""

TaskScript = Callable[[datetime], TaskUsage]
"""Says what a job's main task uses at a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a GPU: the job, and which of its GPUs it is."""

    job: str
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What the statistics of a node's GPUs were when its plugin died."""

    at: datetime
    gpus: Mapping[str, GpuUsage]


@dataclass(slots=True)
class UsageBook:
    """What is used, by GPU and by allocation, or by job as a script over time; the caller holds the lock.

    What was set goes before what a script says; other GPUs are busy when held and idle when not.
    """

    gpus: dict[str, GpuUsage] = field(default_factory=dict)
    allocations: dict[str, TaskUsage] = field(default_factory=dict)
    gpu_scripts: dict[str, GpuScript] = field(default_factory=dict)
    task_scripts: dict[str, TaskScript] = field(default_factory=dict)
    frozen: dict[str, Frozen] = field(default_factory=dict)
    troubles: dict[str, ClientTrouble] = field(default_factory=dict)

    def gpu(self, id_: str, *, holder: Holder | None, now: datetime) -> GpuUsage:
        """Return the use of one GPU."""
        if id_ in self.gpus:
            return self.gpus[id_]
        if holder is None:
            return GpuUsage()
        script = self.gpu_scripts.get(holder.job)
        if script is None:
            return BUSY
        said = script(now)
        return said if isinstance(said, GpuUsage) else said[holder.place]

    def allocation(self, id_: str, job: str, *, now: datetime) -> TaskUsage:
        """Return the use of one allocation's main task."""
        if id_ in self.allocations:
            return self.allocations[id_]
        script = self.task_scripts.get(job)
        return script(now) if script else TaskUsage()


def instance_stats(group: DeviceGroup, usage: GpuUsage, stamp: str) -> JsonObject | None:
    """Return the statistics of one GPU as the nvidia plugin words them; None when it has none."""
    if usage.silent:
        return None
    memory_total = int(group.attributes["memory"][0])
    limit = int(group.attributes["power"][0])
    power = usage.power
    if power == AS_UTILIZED and usage.utilization is not None:
        power = _IDLE_WATTS + (limit - _IDLE_WATTS) * usage.utilization // 100
    elif power == AS_UTILIZED:
        power = None
    memory = _ratio(usage.memory, memory_total, "MiB", "UsedMemory / TotalMemory")
    return {
        "Stats": {
            "Attributes": {
                "GPU utilization": _figure(usage.utilization, "%", "Percent of time over the past sample period"),
                "Memory state": memory,
                "Power usage": _ratio(power, limit, "W", "Power usage for this GPU in watts and its maximum"),
                "Temperature": _figure(41, "C", "Temperature of the Unit"),
            },
            "Nested": None,
        },
        "Summary": memory,
        "Timestamp": stamp,
    }


def _figure(value: int | None, unit: str, description: str) -> JsonObject:
    if value is None:
        return _value(unit, description, text="N/A")
    return _value(unit, description, numerator=value)


def _ratio(value: int | None, total: int, unit: str, description: str) -> JsonObject:
    if value is None:
        return _value(unit, description, text="N/A")
    return _value(unit, description, numerator=value, denominator=total)


def _value(
    unit: str,
    description: str,
    *,
    numerator: int | None = None,
    denominator: int | None = None,
    text: str | None = None,
) -> JsonObject:
    known = {"IntNumeratorVal": numerator, "IntDenominatorVal": denominator, "StringVal": text}
    return {
        "Desc": description,
        "Unit": unit,
        **{name: value for name, value in known.items() if value is not None},
    }
