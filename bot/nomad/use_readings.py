"""Read what Nomad's clients tell of GPUs and CPUs; whatever is missing, unknown, odd or old is None, never zero."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.telemetry import CpuReading, GpuReading
from bot.nomad.json_values import JsonObject, fields, items, moment, text
from bot.nomad.specification import GPU, MAIN_TASKS, is_side_task

STALE = timedelta(seconds=60)
"""A reading older than that is what a plugin that died has left behind; one that lives measures every second."""

_MEBI = 1024 * 1024
_MOST_CORES = 4096
_UTILIZATION, _POWER, _MEMORY = ("GPU utilization", "%"), ("Power usage", "W"), ("Memory state", "MiB")

Figure = tuple[str, str]
"""The name of a figure, and the unit it is told in."""


def read_gpus(
    stats: JsonObject, *, now: datetime, machine_now: datetime | None, stale: timedelta = STALE
) -> tuple[GpuReading, ...]:
    """Return the GPUs in a machine's statistics; `machine_now` is the time by its own clock, None if that stands still.

    A slice of a shared GPU has no entry, so it is not among them.
    """
    return tuple(
        _gpu(str(identity), text(group.get("Name")), fields(instance), now=now, age=_age(instance, machine_now, stale))
        for group in items(stats.get("DeviceStats"))
        if group.get("Type") == GPU
        for identity, instance in fields(group.get("InstanceStats")).items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuFigures:
    """What an allocation's main task uses, and when that was measured, by the clock of its machine."""

    told_at: datetime
    percent_of_core: float | None
    memory_mib: int | None

    def reading(self, allocation: str, *, at: datetime) -> CpuReading:
        """Return it as a reading of that time by our clock."""
        return CpuReading(
            allocation=allocation, at=at, percent_of_core=self.percent_of_core, memory_mib=self.memory_mib
        )


def read_cpu(stats: JsonObject) -> CpuFigures | None:
    """Return what the main task uses; of a tool without one, all tasks that serve people together. None if none runs.

    What it is compared with counts the same tasks (`allocations.py`).
    """
    tasks = {str(name): fields(task) for name, task in fields(stats.get("Tasks")).items()}
    main = next((tasks[name] for name in MAIN_TASKS if name in tasks), None)
    counted = [main] if main is not None else [task for name, task in tasks.items() if not is_side_task(name)]
    told = [told_at for task in counted if (told_at := moment(task.get("Timestamp"))) is not None]
    if not counted or len(told) < len(counted):
        return None
    used = [fields(task.get("ResourceUsage")) for task in counted]
    memory = _sum([_memory(fields(each.get("MemoryStats"))) for each in used])
    return CpuFigures(
        told_at=min(told),
        percent_of_core=_sum([_cpu(fields(each.get("CpuStats"))) for each in used]),
        memory_mib=None if memory is None else round(memory),
    )


def _age(instance: Any, machine_now: datetime | None, stale: timedelta) -> timedelta | None:
    """Return how old the figures of a GPU are, None if they are too old or that cannot be told."""
    told_at = moment(fields(instance).get("Timestamp"))
    if told_at is None or machine_now is None or abs(machine_now - told_at) > stale:
        return None
    return max(machine_now - told_at, timedelta(0))


def _gpu(identity: str, model: str, instance: JsonObject, *, now: datetime, age: timedelta | None) -> GpuReading:
    if age is None:
        return GpuReading(device=identity, model=model, at=now)
    told = fields(fields(instance.get("Stats")).get("Attributes"))
    memory = _figure(told, _MEMORY)
    return GpuReading(
        device=identity,
        model=model,
        at=now - age,
        percent=_within(_figure(told, _UTILIZATION), most=100.0),
        watts=_figure(told, _POWER),
        watts_limit=_figure(told, _POWER, part="Denominator"),
        memory_mib=None if memory is None else round(memory),
    )


def _figure(told: JsonObject, figure: Figure, *, part: str = "Numerator") -> float | None:
    """Return a figure that its plugin knows, in the unit that we know; an unknown one comes as a text."""
    name, unit = figure
    value = fields(told.get(name))
    if value.get("Unit", unit) != unit:
        return None
    whole, broken = _number(value.get(f"Int{part}Val")), _number(value.get(f"Float{part}Val"))
    return _within(whole if whole is not None else broken)


def _cpu(stats: JsonObject) -> float | None:
    return _within(_number(stats.get("Percent")), most=100.0 * _MOST_CORES)


def _memory(stats: JsonObject) -> float | None:
    """Return the MiB in use: older Nomads tell no RSS under cgroup v2, but how much of all is the page cache."""
    rss = _within(_number(stats.get("RSS")))
    if rss:
        return rss / _MEBI
    usage = _within(_number(stats.get("Usage")))
    return None if usage is None else max(usage - (_number(stats.get("Cache")) or 0), 0) / _MEBI


def _sum(values: list[float | None]) -> float | None:
    """Return the sum, None if a part of it is unknown."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _within(value: float | None, *, most: float | None = None) -> float | None:
    """Return a figure that can be, None for one that cannot: a driver's mistake is no measurement."""
    return None if value is None or value < 0 or (most is not None and value > most) else value


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if value == value and abs(value) < 2**63 else None  # noqa: PLR0124 - NaN is not equal to itself
