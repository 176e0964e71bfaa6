"""The tables of a simulated cluster, one lock, and an index that grows with every write."""

import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Literal

from playground.cluster.records import (
    Allocation,
    Evaluation,
    Job,
    Namespace,
    Node,
    Rollout,
    Service,
    Variable,
)

Record = Job | Allocation | Evaluation | Rollout | Node | Service | Variable
"""What the event stream tells about."""


@dataclass(frozen=True, slots=True)
class Change:
    """One record as a write left it; `deleted` if it is gone."""

    topic: str
    type: str
    record: Record
    index: int
    deleted: bool = False


class State:
    """All tables. Reading and writing need `lock`; `changed` wakes those who wait for a newer index."""

    def __init__(self, random: Random) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.jobs: dict[tuple[str, str], Job] = {}
        self.versions: dict[tuple[str, str], list[Job]] = {}
        self.allocations: dict[str, Allocation] = {}
        self.evaluations: dict[str, Evaluation] = {}
        self.rollouts: dict[str, Rollout] = {}
        self.nodes: dict[str, Node] = {}
        self.variables: dict[tuple[str, str], Variable] = {}
        self.namespaces: dict[str, Namespace] = {}
        self.services: dict[str, Service] = {}
        self.table_index: dict[str, int] = defaultdict(lambda: 1)
        self.index = 10
        self.batches: list[tuple[int, tuple[Change, ...]]] = []
        self._random = random
        self._allocations_by_job: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._allocations_by_node: dict[str, dict[str, None]] = defaultdict(dict)
        self._evaluations_by_job: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._rollouts_by_job: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._blocked: dict[str, None] = {}
        self._depth = 0
        self._kind = ""
        self._pending: list[Change] = []
        self._touched: dict[tuple[str, str], bool] = {}

    def new_id(self) -> str:
        """Return a fresh UUID; the same seed gives the same series."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    @contextmanager
    def commit(self, kind: str = "") -> Iterator[int]:
        """Open one write; everything written inside carries the one index it yields. Nested writes join.

        `kind` is what the event stream calls the write, if not each record by itself.
        """
        with self.lock:
            if self._depth == 0:
                self.index += 1
                self._kind = kind
            self._depth += 1
            try:
                yield self.index
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._close_write()

    def _close_write(self) -> None:
        for key, collected in self._touched.items():
            self._refresh_status(key, collected=collected)
        self._touched.clear()
        if self._pending:
            self.batches.append((self.index, tuple(self._pending)))
            del self.batches[:-100]
            self._pending.clear()
        self.changed.notify_all()

    def _refresh_status(self, key: tuple[str, str], *, collected: bool) -> None:
        job = self.jobs.get(key)
        if job is None:
            return
        status = self._job_status(job, collected=collected)
        if status != job.status:
            updated = replace(job, status=status, modify_index=self.index)
            self.jobs[key] = updated
            self._note("jobs", "Job", "JobRegistered", updated)
            self.versions[key] = [updated if old.version == job.version else old for old in self.versions[key]]

    def _job_status(self, job: Job, *, collected: bool) -> Literal["pending", "running", "dead"]:
        """Return the word Nomad derives from allocations first, evaluations second."""
        if any(not allocation.terminal for allocation in self.allocations_of(job.key)):
            return "running"
        evaluations = self.evaluations_of(job.key)
        if any(not evaluation.terminal for evaluation in evaluations):
            return "pending"
        return "dead" if collected or evaluations or job.stop else "pending"

    def _note(self, table: str, topic: str, kind: str, record: Record, *, deleted: bool = False) -> None:
        self.table_index[table] = self.index
        self._pending.append(Change(topic, self._kind or kind, record, self.index, deleted))

    def allocations_of(self, key: tuple[str, str]) -> list[Allocation]:
        """Return the allocations of one job, oldest first."""
        return [self.allocations[id_] for id_ in self._allocations_by_job.get(key, ())]

    def allocations_on(self, node: str) -> list[Allocation]:
        """Return the allocations of one node, oldest first."""
        return [self.allocations[id_] for id_ in self._allocations_by_node.get(node, ())]

    def evaluations_of(self, key: tuple[str, str]) -> list[Evaluation]:
        """Return the evaluations of one job, oldest first."""
        return [self.evaluations[id_] for id_ in self._evaluations_by_job.get(key, ())]

    def latest_rollout(self, key: tuple[str, str]) -> Rollout | None:
        """Return the newest rollout of a job."""
        return max(self.rollouts_of(key), key=lambda rollout: rollout.create_index, default=None)

    def rollouts_of(self, key: tuple[str, str]) -> list[Rollout]:
        """Return the rollouts of one job, oldest first."""
        return [self.rollouts[id_] for id_ in self._rollouts_by_job.get(key, ())]

    def blocked_evaluations(self) -> list[Evaluation]:
        """Return the evaluations that wait for room."""
        return [self.evaluations[id_] for id_ in self._blocked]

    def put_job(self, job: Job, *, kind: str = "JobRegistered") -> Job:
        """Write a job; a new version is kept beside the older ones, at most six in all."""
        versions = [old for old in self.versions.get(job.key, []) if old.version != job.version]
        self.jobs[job.key] = job
        self.versions[job.key] = [job, *versions][:6]
        self._touched.setdefault(job.key, False)
        self.table_index["job_summary"] = self.index
        self._note("jobs", "Job", kind, job)
        return job

    def drop_job(self, job: Job) -> None:
        """Forget a job and its versions."""
        self.jobs.pop(job.key, None)
        self.versions.pop(job.key, None)
        self.table_index["job_summary"] = self.index
        self._note("jobs", "Job", "JobDeregistered", job, deleted=True)

    def put_allocation(self, allocation: Allocation, now: datetime, *, by_client: bool) -> Allocation:
        """Write an allocation with the current index."""
        written = replace(
            allocation,
            create_index=allocation.create_index or self.index,
            modify_index=self.index,
            alloc_modify_index=allocation.alloc_modify_index if by_client else self.index,
            modified=now,
        )
        key = (written.namespace, written.job.id)
        self.allocations[written.id] = written
        self._allocations_by_job[key][written.id] = None
        self._allocations_by_node[written.node][written.id] = None
        self._touched.setdefault(key, False)
        self.table_index["job_summary"] = self.index
        self._note("allocs", "Allocation", "AllocationUpdated" if by_client else "PlanResult", written)
        return written

    def drop_allocation(self, allocation: Allocation) -> None:
        """Forget an allocation; the event stream does not tell."""
        del self.allocations[allocation.id]
        del self._allocations_by_job[(allocation.namespace, allocation.job.id)][allocation.id]
        del self._allocations_by_node[allocation.node][allocation.id]
        self.table_index["allocs"] = self.index

    def put_evaluation(self, evaluation: Evaluation, now: datetime) -> Evaluation:
        """Write an evaluation with the current index."""
        index = evaluation.create_index or self.index
        written = replace(evaluation, create_index=index, modify_index=self.index, modified=now)
        key = (written.namespace, written.job)
        self.evaluations[written.id] = written
        self._evaluations_by_job[key][written.id] = None
        if written.status == "blocked":
            self._blocked[written.id] = None
        else:
            self._blocked.pop(written.id, None)
        self._touched.setdefault(key, False)
        self._note("evals", "Evaluation", "EvaluationUpdated", written)
        return written

    def drop_evaluation(self, evaluation: Evaluation) -> None:
        """Forget an evaluation; the event stream does not tell."""
        key = (evaluation.namespace, evaluation.job)
        del self.evaluations[evaluation.id]
        del self._evaluations_by_job[key][evaluation.id]
        self._touched[key] = True
        self.table_index["evals"] = self.index

    def put_rollout(self, rollout: Rollout, now: datetime) -> Rollout:
        """Write a rollout with the current index."""
        index = rollout.create_index or self.index
        written = replace(rollout, create_index=index, modify_index=self.index, modified=now)
        self.rollouts[written.id] = written
        self._rollouts_by_job[(written.namespace, written.job)][written.id] = None
        self._note("deployment", "Deployment", "DeploymentStatusUpdate", written)
        return written

    def drop_rollouts(self, key: tuple[str, str]) -> None:
        """Forget the rollouts of a job."""
        for id_ in self._rollouts_by_job.pop(key, {}):
            del self.rollouts[id_]
        self.table_index["deployment"] = self.index

    def put_node(self, node: Node, *, kind: str = "NodeEvent") -> Node:
        """Write a node with the current index."""
        written = replace(node, create_index=node.create_index or self.index, modify_index=self.index)
        self.nodes[written.id] = written
        self._note("nodes", "Node", kind, written)
        return written

    def put_service(self, service: Service) -> None:
        """Register a service."""
        index = service.create_index or self.index
        written = replace(service, create_index=index, modify_index=self.index)
        self.services[written.id] = written
        self._note("service_registrations", "Service", "ServiceRegistration", written)

    def drop_service(self, service: Service) -> None:
        """Deregister a service."""
        del self.services[service.id]
        self._note("service_registrations", "Service", "ServiceDeregistration", service, deleted=True)

    def put_variable(self, variable: Variable) -> Variable:
        """Write a variable."""
        self.variables[(variable.namespace, variable.path)] = variable
        self.table_index["variables"] = self.index
        return variable

    def drop_variable(self, variable: Variable) -> None:
        """Forget a variable."""
        del self.variables[(variable.namespace, variable.path)]
        self.table_index["variables"] = self.index

    def put_namespace(self, namespace: Namespace) -> Namespace:
        """Write a namespace with the current index."""
        index = namespace.create_index or self.index
        written = replace(namespace, create_index=index, modify_index=self.index)
        self.namespaces[written.name] = written
        self.table_index["namespaces"] = self.index
        return written

    def drop_namespace(self, name: str) -> None:
        """Forget a namespace."""
        del self.namespaces[name]
        self.table_index["namespaces"] = self.index
