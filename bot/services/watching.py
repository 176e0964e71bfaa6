"""Watch deployments: what the cluster says of each, and how each was used in its present run."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.base import DeploymentId, Namespace, NodeId
from bot.domain.catalog import Service
from bot.domain.deployment import Allocation, Deployment, Node, Phase, Status
from bot.domain.endpoints import current_allocation
from bot.domain.findings import Device, Watched
from bot.domain.letters import UseOverTime
from bot.domain.people import Owner
from bot.domain.platform import Platforms
from bot.domain.policy import Policy, Workload
from bot.domain.status import holds_resources, status_of
from bot.domain.telemetry import Series
from bot.domain.usage import HOUR, Bucket, cut, floor
from bot.domain.waiting import IN_QUEUE
from bot.ports import CaseBook, Clock, Cluster, Ledger, Measurements

FINE_FOR = timedelta(hours=24)
"""So far back a GPU's use is read by five minutes, and by hours before that."""
HOURS_FOR = timedelta(days=400)
"""Hours are kept for so long."""
TOLD_SURELY = timedelta(days=7)
"""A run that was first seen so long ago is not asked any more whether its owner has heard of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A deployment as the cluster has it, with the allocation that counts."""

    deployment: Deployment
    allocation: Allocation | None
    watched: Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Sees deployments and their use. Methods raise Unavailable if the cluster or the database is away."""

    platforms: Platforms
    cluster: Cluster
    ledger: Ledger
    measurements: Measurements
    case_book: CaseBook
    clock: Clock
    policy: Callable[[], Policy] = Policy

    def everything(self) -> tuple[Watched, ...]:
        """Return every deployment as it is now.

        The CPU of those without GPUs is not in it, because it is too much to read each time: `with_cpu` adds it.
        """
        return self._with_told(self._with_gpus(self._seen()))

    def states(self) -> tuple[Watched, ...]:
        """Return every deployment as it is now, without how it was used."""
        return tuple(each.watched for each in self._seen())

    def of_owner(self, owner: Owner) -> tuple[Watched, ...]:
        """Return a person's deployments with all of their use."""
        found = self.cluster.deployments_of(owner, self._namespaces())
        return self.with_cpu(self._with_told(self._with_gpus(self._read(found))))

    def one(self, namespace: Namespace, deployment: DeploymentId) -> Watched | None:
        """Return one deployment with all of its use, or None if it is gone."""
        found = self.cluster.deployment(namespace, deployment)
        seen = self._read([found] if found else [])
        return next(iter(self.with_cpu(self._with_told(self._with_gpus(seen)))), None)

    def with_cpu(self, several: Sequence[Watched]) -> tuple[Watched, ...]:
        """Return the same deployments with the use of their CPU, for those without GPUs."""
        without = [each for each in several if each.is_running and not each.gpus and each.allocation]
        cpus = self._cpus(without, back=self.policy().cpu_idle)
        return tuple(replace(each, cpu=_of_run(cpus, each)) if each in without else each for each in several)

    def use(self, watched: Watched, *, days: int = 7) -> UseOverTime | None:
        """Return how its GPUs were used in each hour of the last days, or None if it has none that can be seen."""
        end = floor(self.clock(), HOUR) + HOUR
        start = end - timedelta(days=days)
        series = _gpu_series(watched)
        if not series:
            return None
        found = self.measurements.buckets(series, since=start, fine_since=floor(self.clock(), HOUR))
        highest: dict[datetime, float] = {}
        for buckets in found.values():
            for bucket in cut(buckets, watched.started_at) if watched.started_at else buckets:
                hour = floor(bucket.start, HOUR)
                highest[hour] = max(highest.get(hour, 0.0), bucket.percent_max)
        return UseOverTime(
            deployment=watched.deployment,
            title=watched.title,
            start=start,
            step=HOUR,
            values=tuple(highest.get(start + number * HOUR) for number in range(24 * days)),
        )

    def _seen(self) -> tuple[_Seen, ...]:
        return self._read(self.cluster.everything(self._namespaces()))

    def _namespaces(self) -> list[Namespace]:
        return [platform.namespace for platform in self.platforms.all]

    def _read(self, deployments: Iterable[Deployment]) -> tuple[_Seen, ...]:
        """Return what the cluster says of them; what was stopped and holds nothing any more is gone."""
        nodes, now = {node.id: node for node in self.cluster.nodes()}, self.clock()
        return tuple(_see(each, nodes, now) for each in deployments if not each.is_stopped or holds_resources(each))

    def _with_gpus(self, several: Sequence[_Seen]) -> tuple[Watched, ...]:
        """Add the use of GPUs, and of the CPU beside them, to those that run."""
        running = [each.watched for each in several if each.watched.gpus and each.watched.is_running]
        now, series = self.clock(), {one for each in running for one in _gpu_series(each)}
        since = max(min((each.started_at or now for each in running), default=now), now - HOURS_FOR)
        fine_since = floor(now - FINE_FOR, HOUR)
        gpus = self.measurements.buckets(series, since=since, fine_since=fine_since) if series else {}
        policy = self.policy()
        longest = max((policy.idle_window(workload) for workload in (None, *Workload)), default=policy.gpu_idle)
        cpus = self._cpus(running, back=longest)
        return tuple(
            replace(each.watched, devices=_devices(each.watched, gpus), cpu=_of_run(cpus, each.watched))
            if each.watched.gpus and each.watched.is_running
            else each.watched
            for each in several
        )

    def _cpus(self, several: Collection[Watched], *, back: timedelta) -> Mapping[Series, tuple[Bucket, ...]]:
        series = {Series(allocation=each.allocation) for each in several if each.allocation}
        now = self.clock()
        if not series:
            return {}
        return self.measurements.buckets(series, since=now - back - HOUR, fine_since=floor(now, HOUR))

    def _with_told(self, several: Sequence[Watched]) -> tuple[Watched, ...]:
        """Add when the owners of GPUs heard that they run: the run was seen, and the bot's own message says so."""
        now = self.clock()
        running = {each.instance for each in several if each.gpus and each.is_running}
        seen = self.case_book.first_seen(running, now=now) if running else {}
        return tuple(
            replace(each, told_at=self._told_at(each, seen[each.instance], now)) if each.instance in seen else each
            for each in several
        )

    def _told_at(self, watched: Watched, first_seen: datetime, now: datetime) -> datetime:
        if not watched.made_by_bot or now - first_seen > TOLD_SURELY:
            return first_seen
        announcement = self.ledger.announcement(watched.deployment)
        is_told = announcement is not None and announcement.phase is Phase.RUNNING and bool(announcement.timestamp)
        return first_seen if is_told else now


def _see(deployment: Deployment, nodes: Mapping[NodeId, Node], now: datetime) -> _Seen:
    allocation = current_allocation(deployment)
    status = status_of(deployment, nodes=nodes, now=now)
    main = allocation.main if allocation else None
    hardware = (allocation.hardware if allocation else None) or deployment.hardware
    watched = Watched(
        deployment=deployment.id,
        namespace=deployment.namespace,
        instance=_instance(deployment, allocation),
        title=deployment.shown_title,
        owner=deployment.owner,
        workload=_workload(deployment),
        phase=status.phase,
        phase_since=_phase_since(deployment, status, is_known=hardware is not None),
        started_at=main.started_at if main else None,
        gpus=max(hardware.gpus if hardware else 0, len(allocation.gpu_ids) if allocation else 0),
        gpu_model=hardware.gpu_model if hardware else "",
        devices=tuple(Device(id=device, buckets=()) for device in allocation.gpu_ids) if allocation else (),
        holds=holds_resources(deployment),
        is_stopped=deployment.is_stopped,
        is_node_connected=_is_connected(deployment, allocation, nodes),
        version=deployment.job_modify_index,
        allocation=allocation.id if allocation else "",
        made_by_bot=deployment.made_by_bot,
    )
    return _Seen(deployment=deployment, allocation=allocation, watched=watched)


def _instance(deployment: Deployment, allocation: Allocation | None) -> str:
    """Return a name for this run: a restart, another allocation or another version of the job has another one."""
    if allocation is None:
        return f"-.{deployment.version}.{deployment.job_modify_index}"
    main = allocation.main
    started = int(main.started_at.timestamp()) if main and main.started_at else 0
    return f"{allocation.id[:8]}.{allocation.job_version}.{started}"


def _workload(deployment: Deployment) -> Workload | None:
    if deployment.name.startswith("batch"):
        return Workload.BATCH
    if deployment.service is None:
        return None
    return Workload.SERVICE if deployment.service is Service.DEEPAAS else Workload.NOTEBOOK


def _phase_since(deployment: Deployment, status: Status, *, is_known: bool) -> datetime | None:
    """Return since when the phase lasts: what waits again after it was placed has not waited since it was made.

    As long as nobody knows what it waits for, nobody knows whether it has waited for too long.
    """
    if status.phase not in IN_QUEUE | {Phase.IMPOSSIBLE} or status.since is None:
        return status.since
    if not is_known:
        return None
    return max([status.since, *(each.modified_at for each in deployment.allocations)])


def _is_connected(deployment: Deployment, allocation: Allocation | None, nodes: Mapping[NodeId, Node]) -> bool | None:
    """Tell whether the machines that hold something of it answer; None if nobody knows."""
    held = [each for each in deployment.allocations if not each.is_over] or ([allocation] if allocation else [])
    found = [nodes.get(each.node_id) for each in held]
    if any(each.client == "unknown" for each in held) or any(node and not node.is_reachable for node in found):
        return False
    return True if found and all(found) else None


def _gpu_series(watched: Watched) -> list[Series]:
    return [Series(allocation=watched.allocation, device=device.id) for device in watched.devices]


def _devices(watched: Watched, found: Mapping[Series, tuple[Bucket, ...]]) -> tuple[Device, ...]:
    return tuple(
        Device(id=device.id, buckets=_since_start(watched, found.get(series, ())))
        for device, series in zip(watched.devices, _gpu_series(watched), strict=True)
    )


def _of_run(found: Mapping[Series, tuple[Bucket, ...]], watched: Watched) -> tuple[Bucket, ...]:
    return _since_start(watched, found.get(Series(allocation=watched.allocation), ()))


def _since_start(watched: Watched, buckets: tuple[Bucket, ...]) -> tuple[Bucket, ...]:
    """Leave out what was before the present run: a new start begins every clock anew."""
    return cut(buckets, watched.started_at) if watched.started_at else ()
