"""What GPUs and allocations are said to use, as tests and demos set it."""

from dataclasses import dataclass, field

from playground.cluster.records import DeviceGroup, JsonObject

_IDLE_WATTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuUsage:
    """The use of one GPU: percent, MiB, watts. `None` means the driver says `N/A`; `silent` means no entry at all."""

    utilization: int | None = 0
    memory: int | None = 0
    power: int | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUsage:
    """The use of an allocation's main task: CPU in percent of one core, memory in bytes."""

    cpu_percent: float = 5.0
    memory: int = 200_000_000


BUSY = GpuUsage(utilization=65, memory=6000)


@dataclass(slots=True)
class UsageBook:
    """What is used, by GPU and by allocation; unset GPUs are busy when held and idle when not."""

    gpus: dict[str, GpuUsage] = field(default_factory=dict)
    allocations: dict[str, TaskUsage] = field(default_factory=dict)

    def gpu(self, id_: str, *, held: bool) -> GpuUsage:
        """Return the use of one GPU."""
        return self.gpus.get(id_, BUSY if held else GpuUsage())

    def allocation(self, id_: str) -> TaskUsage:
        """Return the use of one allocation."""
        return self.allocations.get(id_, TaskUsage())


def instance_stats(group: DeviceGroup, usage: GpuUsage, stamp: str) -> JsonObject | None:
    """Return the statistics of one GPU as the nvidia plugin words them; None when it has none."""
    if usage.silent:
        return None
    memory_total = int(group.attributes["memory"][0])
    limit = int(group.attributes["power"][0])
    power = usage.power
    if power is None and usage.utilization is not None:
        power = _IDLE_WATTS + (limit - _IDLE_WATTS) * usage.utilization // 100
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
