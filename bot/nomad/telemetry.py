"""What GPUs and CPUs do right now, asked of the machines through Nomad's servers."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from bot.domain.base import NodeId
from bot.domain.telemetry import CpuReading, GpuReading, NodeReadings
from bot.errors import BotError
from bot.nomad.breaker import Breaker
from bot.nomad.client import NomadClient, Timeout
from bot.nomad.failures import NomadAnswered
from bot.nomad.json_values import JsonObject, fields, items, moment, text
from bot.nomad.specification import GPU, MAIN_TASKS
from bot.ports import Clock

STALE = timedelta(seconds=60)
"""A reading older than that is what a plugin that died has left behind."""

_PATIENCE: Timeout = (1.0, 3.0)
_AT_ONCE = 8
_FAILURES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 60.0, 600.0
_MEBI = 1024 * 1024
_UTILIZATION, _POWER, _MEMORY = "GPU utilization", "Power usage", "Memory state"

K = TypeVar("K")
V = TypeVar("V")


class _EachForItself(Breaker):
    """Limits how many calls are under way; that one machine is silent says nothing about the others."""

    def went_unanswered(self) -> None:
        """Take no note: whoever asks keeps book of each machine."""


@dataclass(slots=True)
class _Pauses:
    """Asks a machine that failed several times in a row more and more seldom; `seconds` is a monotonic clock."""

    seconds: Callable[[], float] = time.monotonic
    _failed: dict[NodeId, tuple[int, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def may_ask(self, node: NodeId) -> bool:
        """Tell whether it is time to ask the machine."""
        with self._lock:
            return self.seconds() >= self._failed.get(node, (0, 0.0))[1]

    def note(self, node: NodeId, *, has_answered: bool) -> None:
        """Note what came of asking."""
        with self._lock:
            if has_answered:
                self._failed.pop(node, None)
                return
            times = self._failed.get(node, (0, 0.0))[0] + 1
            pause = min(_FIRST_PAUSE * 2 ** (times - _FAILURES), _LONGEST_PAUSE) if times >= _FAILURES else 0.0
            self._failed[node] = (times, self.seconds() + pause)

    def keep_only(self, nodes: Sequence[NodeId]) -> None:
        """Forget machines that are asked no more."""
        with self._lock:
            for node in self._failed.keys() - set(nodes):
                del self._failed[node]


@dataclass(frozen=True, slots=True, kw_only=True)
class NomadTelemetry:
    """Implements the telemetry port on statistics that Nomad's clients hold; close it at the end.

    It calls through a client of its own, so that people never wait behind it.
    """

    client: NomadClient
    clock: Clock
    pauses: _Pauses = field(default_factory=_Pauses, repr=False)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="telemetry"), repr=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "client", replace(self.client, breaker=_EachForItself(most=_AT_ONCE)))

    def close(self) -> None:
        """End the threads and close the connections."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.client.close()

    def gpus(self, nodes: Sequence[NodeId]) -> tuple[NodeReadings, ...]:
        """Ask each node once for all of its GPUs, several at a time."""
        self.pauses.keep_only(nodes)
        return tuple(self._pool.map(self._gpus_of, nodes))

    def cpus(self, allocations: Sequence[str]) -> tuple[CpuReading, ...]:
        """Ask for the CPU of these allocations' main tasks; those that could not be asked are left out."""
        found = self._pool.map(self._cpu_of, allocations)
        return tuple(reading for reading in found if reading is not None)

    def _gpus_of(self, node: NodeId) -> NodeReadings:
        if not self.pauses.may_ask(node):
            return NodeReadings(node=node, trouble="it failed to answer several times, and is asked again later")
        try:
            answer = self.client.get("client/stats", {"node_id": node}, timeout=_PATIENCE)
        except BotError as error:
            self.pauses.note(node, has_answered=False)
            return NodeReadings(node=node, trouble=_trouble(error))
        self.pauses.note(node, has_answered=True)
        stats = fields(answer)
        told_at = moment(stats.get("Timestamp"))
        return NodeReadings(node=node, gpus=tuple(read_gpus(stats, now=self.clock(), told_at=told_at)))

    def _cpu_of(self, allocation: str) -> CpuReading | None:
        try:
            answer = self.client.get(f"client/allocation/{allocation}/stats", timeout=_PATIENCE)
        except BotError:
            return None
        return read_cpu(allocation, fields(answer), now=self.clock())


def read_gpus(stats: JsonObject, *, now: datetime, told_at: datetime | None) -> list[GpuReading]:
    """Return the GPUs in a node's statistics; what its driver did not tell, or told long ago, is None.

    Ages are taken by the machine's own clock where it says what time it is, since it may differ from ours.
    """
    machine_now = told_at or now
    return [
        _gpu(str(identity), text(group.get("Name")), fields(instance), machine_now, now)
        for group in items(stats.get("DeviceStats"))
        if group.get("Type") == GPU
        for identity, instance in fields(group.get("InstanceStats")).items()
    ]


def read_cpu(allocation: str, stats: JsonObject, *, now: datetime) -> CpuReading | None:
    """Return the CPU of an allocation's main task, None if it has none that runs."""
    tasks = fields(stats.get("Tasks"))
    task = next((fields(tasks[name]) for name in MAIN_TASKS if name in tasks), None)
    told_at = moment(task.get("Timestamp")) if task is not None else None
    if task is None or told_at is None or now - told_at > STALE:
        return None
    usage = fields(task.get("ResourceUsage"))
    return CpuReading(
        allocation=allocation,
        at=now,
        percent_of_core=_number(fields(usage.get("CpuStats")).get("Percent")),
        memory_mib=_memory(fields(usage.get("MemoryStats"))),
    )


def _gpu(identity: str, model: str, instance: JsonObject, machine_now: datetime, now: datetime) -> GpuReading:
    told_at = moment(instance.get("Timestamp"))
    if told_at is None or machine_now - told_at > STALE:
        return GpuReading(device=identity, model=model, at=now)
    told = fields(fields(instance.get("Stats")).get("Attributes"))
    memory = _figure(told, _MEMORY)
    return GpuReading(
        device=identity,
        model=model,
        at=now - max(machine_now - told_at, timedelta(0)),
        percent=_within(_figure(told, _UTILIZATION), most=100.0),
        watts=_within(_figure(told, _POWER)),
        watts_limit=_within(_figure(told, _POWER, part="Denominator")),
        memory_mib=None if memory is None or memory < 0 else round(memory),
    )


def _figure(told: Mapping[str, Any], name: str, *, part: str = "Numerator") -> float | None:
    value = fields(told.get(name))
    whole, broken = _number(value.get(f"Int{part}Val")), _number(value.get(f"Float{part}Val"))
    return whole if whole is not None else broken


def _within(value: float | None, *, most: float | None = None) -> float | None:
    """Return a figure that can be, None for one that cannot: a driver's mistake is no measurement."""
    return None if value is None or value < 0 or (most is not None and value > most) else value


def _memory(stats: JsonObject) -> int | None:
    """Return the memory in use: older Nomads tell no RSS under cgroup v2, but the page cache is known."""
    rss = _number(stats.get("RSS"))
    if rss:
        return round(rss / _MEBI)
    usage = _number(stats.get("Usage"))
    return None if usage is None else round(max(usage - (_number(stats.get("Cache")) or 0), 0) / _MEBI)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if value == value and abs(value) < 2**63 else None  # noqa: PLR0124 - NaN is not equal to itself


def _trouble(error: BotError) -> str:
    if isinstance(error, NomadAnswered):
        return f"Nomad answers {error.status}"
    return str(error)[:200]
