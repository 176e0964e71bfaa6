"""What GPUs and CPUs do right now, asked of the machines through Nomad's servers."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar

import requests

from bot.domain.base import NodeId
from bot.domain.telemetry import CpuReading, NodeReadings
from bot.errors import BotError
from bot.nomad import failures
from bot.nomad.breaker import Breaker
from bot.nomad.client import NomadClient, Timeout
from bot.nomad.failures import NomadAnswered, NotInTime
from bot.nomad.json_values import JsonObject, moment
from bot.nomad.machine_clocks import MachineClocks
from bot.nomad.patience import Patience
from bot.nomad.use_readings import STALE, read_cpu, read_gpus
from bot.ports import Clock

PATIENCE: Timeout = (1.0, 3.0)
"""Seconds to connect, and until one machine's answer is there whole."""

ROUND = 6.0
"""Seconds within which everything is asked for; what has no place in them comes first in the next round."""

AT_ONCE = 16

_NOBODY: Mapping[str, NodeId] = MappingProxyType({})
_SERVER_ERROR = 500

K = TypeVar("K", bound=str)
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class NomadTelemetry:
    """Implements the telemetry port on statistics that Nomad's clients hold; close it at the end.

    Give it a client that nobody else uses (it closes it), so that people never wait behind it: it has connections and
    a breaker of its own. `patience` is for each machine, `round_seconds` for all that one call asks for; what is older
    than `stale` does not count.
    """

    client: NomadClient
    clock: Clock
    patience: Timeout = PATIENCE
    round_seconds: float = ROUND
    stale: timedelta = STALE
    _machines: Patience = field(default_factory=Patience, repr=False)
    _clocks: MachineClocks = field(init=False, repr=False)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="telemetry"), repr=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_clocks", MachineClocks(stale=self.stale))
        object.__setattr__(self, "client", replace(self.client, breaker=_EachForItself(most=AT_ONCE)))

    def close(self) -> None:
        """End the threads and close the connections."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.client.close()

    def gpus(self, nodes: Sequence[NodeId]) -> tuple[NodeReadings, ...]:
        """Ask each node once for all of its GPUs, several at a time."""
        found = self._all(nodes, self._gpus_of)
        no_time = "There was no time left to ask it."
        return tuple(found.get(node) or NodeReadings(node=node, trouble=no_time) for node in nodes)

    def cpus(self, allocations: Sequence[str], *, nodes: Mapping[str, NodeId] = _NOBODY) -> tuple[CpuReading, ...]:
        """Ask for the CPU of these allocations' main tasks; those that could not be asked are left out."""
        found = self._all(allocations, lambda allocation: self._cpu_of(allocation, nodes.get(allocation, allocation)))
        return tuple(reading for allocation in allocations if (reading := found.get(allocation)) is not None)

    def _all(self, names: Sequence[K], ask: Callable[[K], V]) -> dict[K, V]:
        """Ask for everything, several at a time, as far as there is time."""
        until = time.monotonic() + self.round_seconds

        def in_time(name: K) -> tuple[K, V] | None:
            if time.monotonic() > until:
                return None
            self._machines.asked(name, now=self.clock())
            return name, ask(name)

        return dict(each for each in self._pool.map(in_time, self._machines.in_turn(names)) if each is not None)

    def _gpus_of(self, node: NodeId) -> NodeReadings:
        try:
            stats = self._ask(node, "client/stats", {"node_id": node})
        except BotError as error:
            if _is_error_of_rpc(error):
                self._machines.note(node, has_answered=False, now=self.clock())
            return NodeReadings(node=node, trouble=_trouble(error))
        now = self.clock()
        told_at = moment(stats.get("Timestamp"))
        stands_still = told_at is not None and self._clocks.is_going(node, told_at, now=now) is False
        machine_now = None if stands_still else told_at or now
        return NodeReadings(node=node, gpus=read_gpus(stats, now=now, machine_now=machine_now, stale=self.stale))

    def _cpu_of(self, allocation: str, machine: str) -> CpuReading | None:
        try:
            figures = read_cpu(self._ask(machine, f"client/allocation/{allocation}/stats", {}))
        except BotError:
            return None
        now = self.clock()
        if figures is None or not self._clocks.is_going(allocation, figures.told_at, now=now):
            return None
        return figures.reading(allocation, at=now)

    def _ask(self, machine: str, path: str, params: Mapping[str, str]) -> JsonObject:
        """Ask one machine, unless it failed too often of late. Raises BotError."""
        if not self._machines.may_ask(machine, now=self.clock()):
            raise failures.often_silent()
        try:
            answer = self.client.get(path, params, timeout=self.patience)
        except BotError as error:
            if _is_its_own(error):
                self._machines.note(machine, has_answered=False, now=self.clock())
            raise
        if not isinstance(answer, dict):
            raise failures.unreadable()
        self._machines.note(machine, has_answered=True, now=self.clock())
        return answer


class _EachForItself(Breaker):
    """Limits how many calls are under way; that one machine is silent says nothing about the others."""

    def went_unanswered(self) -> None:
        """Take no note: whoever asks keeps book of each machine."""


def _is_its_own(error: BotError) -> bool:
    """Tell whether the machine failed, and not Nomad's servers, the network or the token: they would stop all of them.

    That an allocation is gone, or has no figures, is no fault of its machine either.
    """
    if isinstance(error, NomadAnswered):
        return error.is_not_found and "unknown allocation" not in error.text.casefold()
    return isinstance(error, NotInTime)


def _is_error_of_rpc(error: BotError) -> bool:
    """Tell whether a server could not pass the call on to the machine."""
    return isinstance(error, NomadAnswered) and error.status == _SERVER_ERROR and "leader" not in error.text.casefold()


def _trouble(error: BotError) -> str:
    """Say in a few words of our own why a machine told nothing."""
    if isinstance(error, NotInTime):
        return "It did not answer in time."
    if not isinstance(error, NomadAnswered):
        return str(error)
    if error.is_not_found:
        return "Nomad finds no way to it."
    if error.is_forbidden:
        return "Nomad does not let the bot read it (node:read)."
    if error.status == requests.codes.too_many_requests:
        return "Nomad has too many connections from the bot at once."
    return f"Nomad reports an error about it ({error.status})."
