"""Use of GPUs and CPUs in memory, which obeys the rules of the Telemetry port and is steered by tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.domain.base import NodeId
from bot.domain.telemetry import CpuReading, GpuReading, NodeReadings
from bot.ports import Clock

T4 = "Tesla T4"
_NOBODY: Mapping[str, NodeId] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gpu:
    """What a GPU says from now on."""

    model: str
    percent: float | None
    watts: float | None
    watts_limit: float | None
    memory_mib: int | None


@dataclass(slots=True)
class FakeTelemetry:
    """Says what tests set, until they set something else; machines that were never mentioned are not known."""

    clock: Clock
    asked: list[str] = field(default_factory=list)
    _gpus: dict[NodeId, dict[str, _Gpu]] = field(default_factory=dict)
    _cpus: dict[str, tuple[float | None, int | None]] = field(default_factory=dict)
    _silent: dict[NodeId, str] = field(default_factory=dict)

    # What tests do to it.

    def add_node(self, node: NodeId) -> None:
        """Let a machine answer, if only that it has no GPUs."""
        self._gpus.setdefault(node, {})

    def set_gpu(
        self,
        node: NodeId,
        device: str,
        percent: float | None,
        *,
        watts: float | None = None,
        watts_limit: float | None = 70.0,
        memory_mib: int | None = 0,
        model: str = T4,
    ) -> None:
        """Let a GPU of a machine say this; None is what its driver does not know."""
        self.add_node(node)
        self._gpus[node][device] = _Gpu(
            model=model, percent=percent, watts=watts, watts_limit=watts_limit, memory_mib=memory_mib
        )

    def drop_gpu(self, node: NodeId, device: str) -> None:
        """Let a GPU say nothing any more: its plugin lost it, or it is shared in slices."""
        self._gpus[node].pop(device, None)

    def let_plugin_die(self, node: NodeId) -> None:
        """Let a machine go on saying what its GPUs did last, which is too old to count."""
        self._gpus[node] = {
            device: _Gpu(model=gpu.model, percent=None, watts=None, watts_limit=None, memory_mib=None)
            for device, gpu in self._gpus[node].items()
        }

    def set_cpu(self, allocation: str, percent_of_core: float | None, *, memory_mib: int | None = 200) -> None:
        """Let an allocation's main task use so much; None is what its driver does not know."""
        self._cpus[allocation] = (percent_of_core, memory_mib)

    def drop_cpu(self, allocation: str) -> None:
        """Let an allocation be gone."""
        self._cpus.pop(allocation, None)

    def silence(self, node: NodeId, trouble: str = "It did not answer in time.") -> None:
        """Let a machine not answer, until `answer_again`; nor does what runs there, where the caller says so."""
        self._silent[node] = trouble

    def answer_again(self, node: NodeId) -> None:
        """Let a machine answer again."""
        self._silent.pop(node, None)

    # The port.

    def gpus(self, nodes: Sequence[NodeId]) -> tuple[NodeReadings, ...]:
        """Return what each node says of its GPUs."""
        self.asked.extend(nodes)
        return tuple(self._node(node) for node in nodes)

    def cpus(self, allocations: Sequence[str], *, nodes: Mapping[str, NodeId] = _NOBODY) -> tuple[CpuReading, ...]:
        """Return the CPU of these allocations' main tasks; those that do not answer are left out."""
        self.asked.extend(allocations)
        answering = [each for each in allocations if each in self._cpus and nodes.get(each) not in self._silent]
        return tuple(self._cpu(allocation) for allocation in answering)

    # How it works inside.

    def _node(self, node: NodeId) -> NodeReadings:
        if node in self._silent:
            return NodeReadings(node=node, trouble=self._silent[node])
        if node not in self._gpus:
            return NodeReadings(node=node, trouble="Nomad finds no way to it.")
        return NodeReadings(node=node, gpus=tuple(self._gpu(*each) for each in self._gpus[node].items()))

    def _gpu(self, device: str, gpu: _Gpu) -> GpuReading:
        return GpuReading(
            device=device,
            model=gpu.model,
            at=self.clock(),
            percent=gpu.percent,
            watts=gpu.watts,
            watts_limit=gpu.watts_limit,
            memory_mib=gpu.memory_mib,
        )

    def _cpu(self, allocation: str) -> CpuReading:
        percent, memory = self._cpus[allocation]
        return CpuReading(allocation=allocation, at=self.clock(), percent_of_core=percent, memory_mib=memory)
