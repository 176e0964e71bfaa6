"""Measure how every deployment uses its GPUs and its CPU, and keep what was told. What was not told is missing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zlib import crc32

from bot.domain.base import NodeId
from bot.domain.deployment import Allocation, Deployment
from bot.domain.endpoints import current_allocation
from bot.domain.platform import Platforms
from bot.domain.policy import Policy
from bot.domain.power_band import learn
from bot.domain.telemetry import CpuReading, GpuReading, NodeHealth, NodeReadings, PowerBand, Series
from bot.domain.usage import BUCKET, HOUR, Rest, Sample, condense, floor, fold
from bot.ports import Clock, Cluster, Measurements, Telemetry

SAMPLES_FOR = timedelta(hours=48)
BUCKETS_FOR = timedelta(days=45)
HOURS_FOR = timedelta(days=400)
LEARN_EVERY = timedelta(days=1)
CONDENSE_BACK = timedelta(hours=48)
CONDENSED_AT_ONCE = 3
_HUNDRED = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """An allocation that is measured, with the cores of its main task."""

    allocation: Allocation
    cores: int | None

    @property
    def cpu(self) -> Series:
        """Return the series of its CPU."""
        return Series(allocation=self.allocation.id)


@dataclass(slots=True, kw_only=True)
class Measuring:
    """Asks what there is to be told, and keeps it; running it twice keeps the same.

    The CPU of a deployment without GPUs is asked for more seldom, so that not all of them are asked at once.
    """

    platforms: Platforms
    cluster: Cluster
    telemetry: Telemetry
    measurements: Measurements
    policy: Callable[[], Policy]
    clock: Clock
    _limits: dict[str, float] = field(default_factory=dict)
    _at_rest: dict[str, Counter[float]] = field(default_factory=dict)
    _condensed: tuple[datetime, datetime] | None = None

    def round(self) -> dict[str, int]:
        """Measure once; return what was counted. Raises Unavailable if the cluster or the database is away."""
        now = self.clock()
        targets = _targets(self.cluster.everything([platform.namespace for platform in self.platforms.all]))
        readings = self.telemetry.gpus(sorted({each.allocation.node_id for each in targets if _has_gpus(each)}))
        asked = [each for each in targets if self._is_due(each, now)]
        nodes = {each.allocation.id: each.allocation.node_id for each in asked}
        cpus = self.telemetry.cpus(list(nodes), nodes=nodes)
        samples = [*self._gpu_samples(targets, readings), *_cpu_samples(asked, cpus)]
        self.measurements.add(samples)
        self._note_health(readings, now)
        self._fold(targets, now)
        held = [identity for each in targets for identity in each.allocation.gpu_ids]
        told = [sample for series, sample in samples if series.device and sample.percent is not None]
        return {
            "deployments": len(targets),
            "gpus_held": len(held),
            "gpus_told": len(told),
            "cpus_asked": len(asked),
            "cpus_told": len(cpus),
            "nodes_silent": sum(bool(each.trouble) for each in readings),
        }

    def prune(self) -> int:
        """Delete what is kept long enough; return how many rows went."""
        now = self.clock()
        return self.measurements.prune(
            samples_before=now - SAMPLES_FOR, buckets_before=now - BUCKETS_FOR, hours_before=now - HOURS_FOR
        )

    def _is_due(self, target: _Target, now: datetime) -> bool:
        if _has_gpus(target):
            return True
        policy = self.policy()
        turns = max(1, round(policy.cpu_interval / policy.samples.interval))
        turn = int(now.timestamp() // policy.samples.interval.total_seconds())
        return (crc32(target.allocation.id.encode()) + turn) % turns == 0

    def _gpu_samples(
        self, targets: Sequence[_Target], readings: Sequence[NodeReadings]
    ) -> Iterator[tuple[Series, Sample]]:
        told = {(each.node, gpu.device): gpu for each in readings for gpu in each.gpus}
        for target in targets:
            for device in target.allocation.gpu_ids:
                gpu = told.get((target.allocation.node_id, device))
                if gpu is not None:
                    self._note_power(gpu)
                    yield Series(allocation=target.allocation.id, device=device), _sample(gpu)

    def _note_power(self, gpu: GpuReading) -> None:
        """Remember what a model may draw, and how often it drew what while it did nothing."""
        if gpu.watts_limit:
            self._limits[gpu.model] = gpu.watts_limit
        if gpu.percent == 0 and gpu.watts is not None:
            self._at_rest.setdefault(gpu.model, Counter())[round(gpu.watts, 1)] += 1

    def _note_health(self, readings: Sequence[NodeReadings], now: datetime) -> None:
        before = {each.node: each for each in self.measurements.health()}
        self.measurements.note_health([_health(each, before.get(each.node), now) for each in readings])

    def _fold(self, targets: Sequence[_Target], now: datetime) -> None:
        """Fold the newest samples into buckets, and full hours into hours; doing it again changes nothing."""
        first = floor(now, BUCKET) - BUCKET
        recent = self.measurements.samples(since=first, until=now + BUCKET)
        bands = self.measurements.bands()
        rests, expected = self._rests(targets, bands), self._expected(targets)
        folded = {
            series: fold(samples, rest=rests[series], expected=expected[series])
            for series, samples in recent.items()
            if series in rests  # of what is gone by now, the round before has folded everything but the last minute
        }
        self.measurements.put_buckets({series: buckets for series, buckets in folded.items() if buckets})
        self._condense(now)
        self._learn(bands, now)

    def _rests(self, targets: Sequence[_Target], bands: Mapping[str, PowerBand]) -> dict[Series, Rest]:
        policy = self.policy()
        rests: dict[Series, Rest] = {}
        for target in targets:
            hardware = target.allocation.hardware
            band = bands.get(hardware.gpu_model) if hardware else None
            gpu = Rest(idle_watts=band.idle_watts if band else None)
            noise = policy.gpu_idle_cpu_percent if _has_gpus(target) else policy.cpu_idle_percent
            rests[target.cpu] = Rest(noise_percent=noise)
            for device in target.allocation.gpu_ids:
                rests[Series(allocation=target.allocation.id, device=device)] = gpu
        return rests

    def _expected(self, targets: Sequence[_Target]) -> dict[Series, int]:
        policy = self.policy()
        often = max(1, round(BUCKET / policy.samples.interval))
        seldom = max(1, int(BUCKET / policy.cpu_interval))
        expected: dict[Series, int] = {}
        for target in targets:
            expected[target.cpu] = often if _has_gpus(target) else seldom
            for device in target.allocation.gpu_ids:
                expected[Series(allocation=target.allocation.id, device=device)] = often
        return expected

    def _condense(self, now: datetime) -> None:
        """Make the hours that are full, and one that is older: after a pause it may not have been made."""
        end = floor(now - BUCKET, HOUR)
        first, until = self._condensed or (end, end)
        newest = max(until, end - CONDENSED_AT_ONCE * HOUR)
        self._condense_between(newest, end)
        if first > end - CONDENSE_BACK:
            self._condense_between(first - HOUR, first)
            first -= HOUR
        self._condensed = (first, max(until, end))

    def _condense_between(self, start: datetime, end: datetime) -> None:
        if start < end:
            fine = self.measurements.fine(since=start, until=end)
            self.measurements.put_buckets({series: condense(buckets) for series, buckets in fine.items()})

    def _learn(self, bands: Mapping[str, PowerBand], now: datetime) -> None:
        """Learn once a day what each model draws at rest, and as soon as possible where nobody knows it yet."""
        for model, drawn in self._at_rest.items():
            known = bands.get(model)
            if known is not None and timedelta(0) <= now - known.learned_at < LEARN_EVERY:
                continue
            band = learn(model, drawn.elements(), limit=self._limits.get(model), now=now)
            if band is not None:
                self.measurements.save_bands([band])
                drawn.clear()


def _targets(deployments: Iterable[Deployment]) -> list[_Target]:
    """Return the allocations of which something may run: everything else has no use to be measured."""
    found = []
    for deployment in deployments:
        allocation = current_allocation(deployment)
        if allocation is not None and allocation.client == "running":
            hardware = allocation.hardware or deployment.hardware
            found.append(_Target(allocation=allocation, cores=hardware.cpu if hardware else None))
    return found


def _has_gpus(target: _Target) -> bool:
    return bool(target.allocation.gpu_ids)


def _sample(gpu: GpuReading) -> Sample:
    return Sample(at=gpu.at, percent=gpu.percent, power_watts=gpu.watts, memory_mib=gpu.memory_mib)


def _cpu_samples(targets: Sequence[_Target], readings: Sequence[CpuReading]) -> Iterator[tuple[Series, Sample]]:
    """Return the CPU's use in per cent of what was allotted; without knowing that it is not known."""
    by_allocation = {each.allocation.id: each for each in targets}
    for reading in readings:
        target = by_allocation.get(reading.allocation)
        if target is not None and target.cores and reading.percent_of_core is not None:
            percent = min(_HUNDRED, reading.percent_of_core / target.cores)
            yield target.cpu, Sample(at=reading.at, percent=percent, memory_mib=reading.memory_mib)


def _health(readings: NodeReadings, before: NodeHealth | None, now: datetime) -> NodeHealth:
    silent_since = (before.silent_since if before else None) or now if readings.trouble else None
    return NodeHealth(node=NodeId(readings.node), at=now, silent_since=silent_since, trouble=readings.trouble)
