"""What there is on a simulated cluster, for tests and demos that look at it from within."""

from collections import Counter
from collections.abc import Mapping

from playground.cluster.engine import Engine
from playground.cluster.records import Allocation, Evaluation, Job, Node


class Sights:
    """Reads the cluster's state, up to date with its clock. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def nodes(self) -> tuple[Node, ...]:
        """Return all nodes, in the order in which they joined."""
        with self._engine.state.lock:
            self._engine.settle()
            return tuple(self._engine.state.nodes.values())

    def node(self, name: str) -> Node:
        """Return a node by name."""
        return next(node for node in self.nodes() if node.name == name)

    def jobs(self) -> tuple[Job, ...]:
        """Return all jobs, stopped ones included."""
        with self._engine.state.lock:
            self._engine.settle()
            return tuple(self._engine.state.jobs.values())

    def job(self, id_: str, namespace: str | None = None) -> Job | None:
        """Return a job by id."""
        return next((job for job in self.jobs() if job.id == id_ and namespace in {None, job.namespace}), None)

    def allocations(self, job: str = "") -> tuple[Allocation, ...]:
        """Return all allocations, or those of one job, oldest first."""
        with self._engine.state.lock:
            self._engine.settle()
            return tuple(one for one in self._engine.state.allocations.values() if job in {"", one.job.id})

    def allocation(self, job: str) -> Allocation:
        """Return a job's newest allocation."""
        return max(self.allocations(job), key=lambda one: one.create_index)

    def evaluations(self, job: str) -> tuple[Evaluation, ...]:
        """Return a job's evaluations, oldest first."""
        with self._engine.state.lock:
            self._engine.settle()
            return tuple(one for one in self._engine.state.evaluations.values() if one.job == job)

    def variable_items(self, path: str, namespace: str = "default") -> Mapping[str, str] | None:
        """Return what a Variable holds; None if there is none."""
        with self._engine.state.lock:
            found = self._engine.state.variables.get((namespace, path))
            return dict(found.items) if found else None

    def variable_paths(self, namespace: str = "default") -> tuple[str, ...]:
        """Return the paths of all Variables of a namespace."""
        with self._engine.state.lock:
            return tuple(path for where, path in self._engine.state.variables if where == namespace)

    def free_gpus(self) -> Counter[str]:
        """Return how many GPUs of each model nobody holds."""
        with self._engine.state.lock:
            self._engine.settle()
            taken = {
                id_
                for one in self._engine.state.allocations.values()
                if not one.client_terminal
                for task in one.grant.tasks.values()
                for devices in task.devices
                for id_ in devices.ids
            }
            return Counter(
                group.name
                for node in self._engine.state.nodes.values()
                for group in node.devices
                for instance in group.instances
                if instance.healthy and instance.id not in taken
            )
