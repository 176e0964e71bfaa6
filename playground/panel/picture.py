"""The simulated cluster as a picture: sites, nodes, GPUs with who holds them, and what waits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from playground.cluster import SimulatedCluster
from playground.cluster.records import Allocation, DeviceInstance, Job, Node
from playground.cluster.usage import GpuUsage
from playground.panel.behaviour import Behaviours
from playground.panel.words import amount, reason, wants, whose
from playground.slack.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Draws the cluster as it is now; `who` gives the Slack user of an owner's address, or None."""

    cluster: SimulatedCluster
    behaviours: Behaviours
    who: Callable[[str], str | None]

    def draw(self, *, leave_out: frozenset[str] = frozenset()) -> Json:
        """Return sites, queue and deployments; some may be left out of those, by their ids."""
        nodes, allocations = self.cluster.nodes(), self.cluster.allocations()
        live = [one for one in allocations if not one.client_terminal]
        jobs = [job for job in self.cluster.jobs() if not job.stop]
        return {
            "sites": self._sites(nodes, live),
            "queue": [self._waiting(job) for job in jobs if _waits(job, live)],
            "deployments": [self._deployment(job, live) for job in jobs if job.id not in leave_out],
        }

    def _sites(self, nodes: Sequence[Node], live: Sequence[Allocation]) -> list[Json]:
        by_site: dict[str, list[Json]] = {}
        for node in nodes:
            here = [one for one in live if one.node == node.id]
            by_site.setdefault(node.site, []).append(self._node(node, here))
        return [{"name": name, "nodes": found} for name, found in sorted(by_site.items())]

    def _node(self, node: Node, here: Sequence[Allocation]) -> Json:
        use = self.cluster.gpu_use(node.name)
        holders = dict(_holders(here))
        return {
            "name": node.name,
            "status": node.status,
            "cpu": amount(node.cpu, sum(one.grant.cpu for one in here), unit=1 / max(1, node.cpu // node.cores)),
            "ram_mb": amount(node.memory, sum(one.grant.memory for one in here)),
            "gpus": [
                self._gpu(instance, group.name, holders.get(instance.id), use.get(instance.id))
                for group in node.devices
                for instance in group.instances
            ],
        }

    def _gpu(self, instance: DeviceInstance, model: str, holder: Job | None, told: GpuUsage | None) -> Json:
        return {
            "id": instance.id,
            "model": model,
            "healthy": instance.healthy,
            "held_by": self._who(holder) if holder else None,
            "use": told.utilization if told and not told.silent else None,
            "memory_mb": told.memory if told and not told.silent else None,
        }

    def _who(self, job: Job) -> Json:
        found = whose(job.id, job.spec.get("Meta"))
        return {**found, "is_mine_of": self.who(found["owner"])}

    def _waiting(self, job: Job) -> Json:
        newest = reversed(self.cluster.evaluations(job.id))
        failures = [failure for each in newest for failure in each.failures.values()]
        return {
            **self._who(job),
            "wants": wants(job.spec),
            "since": job.submitted.timestamp(),
            "reason": reason(failures),
        }

    def _deployment(self, job: Job, live: Sequence[Allocation]) -> Json:
        own = next((one for one in live if one.job.id == job.id), None)
        return {
            **self._who(job),
            "state": own.client if own else "waiting",
            "node": own.node_name if own else "",
            "gpus": sum(1 for _ in _gpus_of(own)) if own else 0,
            "behaviour": str(self.behaviours.of(job.id)),
        }


def _waits(job: Job, live: Sequence[Allocation]) -> bool:
    return job.status == "pending" and not any(one.job.id == job.id for one in live)


def _holders(here: Iterable[Allocation]) -> Iterable[tuple[str, Job]]:
    return ((id_, one.job) for one in here for id_ in _gpus_of(one))


def _gpus_of(allocation: Allocation) -> Iterable[str]:
    return (id_ for task in allocation.grant.tasks.values() for devices in task.devices for id_ in devices.ids)
