"""The moving parts of a simulated cluster put together: state, time, scheduler, clients."""

from dataclasses import replace
from datetime import datetime
from random import Random

from playground.clock import Clock
from playground.cluster.agenda import Agenda
from playground.cluster.canonical import canonical_job, comparable
from playground.cluster.collection import Collection
from playground.cluster.discovery import Discovery
from playground.cluster.health import Health
from playground.cluster.lifecycle import Clients
from playground.cluster.ports import Ports
from playground.cluster.records import Allocation, Evaluation, Job, JsonObject, Namespace, Node, NodeEvent
from playground.cluster.scheduler import Scheduler
from playground.cluster.scripts import Pace, ScriptBook
from playground.cluster.state import State
from playground.cluster.usage import UsageBook
from playground.cluster.world import NodeSpec, build_devices, build_node

_HEARTBEAT_MISSED = "Node heartbeat missed"
_REREGISTERED = "Node reregistered by heartbeat"


class Engine:
    """Carries out what the API and the tests ask for. Every method takes the cluster's lock by itself."""

    def __init__(self, clock: Clock, *, pace: Pace, serve_ports: bool, seed: int) -> None:
        random = Random(seed)  # noqa: S311  # repeatable on purpose
        self.clock = clock
        self.state = State(random)
        self.agenda = Agenda()
        self.book = ScriptBook(pace)
        self.usage = UsageBook()
        self.ports = Ports(random, serve=serve_ports)
        self.clients = Clients(self.state, self.agenda, self.book, self._reported)
        self.scheduler = Scheduler(self.state, self.agenda, self.clients, self.ports)
        self.discovery = Discovery(self.state)
        self.health = Health(self.state, self.agenda, self.scheduler)
        self.collection = Collection(self.state, self.agenda, self.clients)
        self.collection.plan(clock.now())

    def settle(self) -> datetime:
        """Carry out everything that is due by now; return now."""
        with self.state.lock:
            now = self.clock.now()
            self.agenda.carry_out(now)
            return now

    def _reported(self, before: Allocation, after: Allocation, now: datetime) -> None:
        """React to what a client reported: services, ports, health, and capacity that became free."""
        self.discovery.follow(before, after, now)
        self.health.follow(before, after, now)
        main_up = any(_is_main(after, name) and task.phase == "running" for name, task in after.tasks.items())
        if main_up and not after.client_terminal:
            self.ports.open(after.id)
        else:
            self.ports.shut(after.id)
        if after.client_terminal and not before.client_terminal:
            self.ports.release(after.id)
            self.scheduler.unblock(now)
            if after.client == "failed" and after.desired == "run":
                self._reschedule(after, now)

    def _reschedule(self, allocation: Allocation, now: datetime) -> None:
        rollout = self.state.rollouts.get(allocation.rollout)
        job = self.state.jobs.get((allocation.namespace, allocation.job.id))
        if job is not None and (rollout is None or not rollout.active):
            policy = (job.group(allocation.group) or {}).get("ReschedulePolicy") or {}
            if policy.get("Unlimited") or policy.get("Attempts"):
                self.scheduler.enqueue(job, "alloc-failure", now)

    def add_node(self, spec: NodeSpec) -> Node:
        """Let a node join."""
        with self.state.lock, self.state.commit():
            now = self.clock.now()
            ids = [self.state.new_id() for _ in range(sum(spec.gpus.values()))]
            devices = build_devices(spec.gpus, ids)
            node = build_node(spec, id_=self.state.new_id(), now=now, devices=devices)
            return self.state.put_node(node, kind="NodeRegistration")

    def change_node(self, node: Node, now: datetime) -> None:
        """Write a changed node, and let its jobs and what waits be looked at again."""
        with self.state.lock, self.state.commit():
            written = self.state.put_node(node)
            self._wake_jobs_on(written, "node-update", now)
            self.scheduler.unblock(now)

    def _wake_jobs_on(self, node: Node, trigger: str, now: datetime) -> list[Evaluation]:
        keys = {(one.namespace, one.job.id) for one in self.state.allocations_on(node.id) if not one.terminal}
        jobs = [self.state.jobs.get(key) or self._last_of(key) for key in sorted(keys)]
        return [self.scheduler.enqueue(job, trigger, now, node=node.id) for job in jobs]

    def _last_of(self, key: tuple[str, str]) -> Job:
        return self.state.allocations_of(key)[-1].job

    def lose_node(self, node: Node) -> None:
        """Cut a node off: its tasks go on, the cluster hears no more of them."""
        with self.state.lock:
            now = self.settle()
            self.clients.cut_off(node.id)
            tolerant = any(_tolerates_absence(one) for one in self.state.allocations_on(node.id) if not one.terminal)
            event = NodeEvent(time=now, message=_HEARTBEAT_MISSED, index=self.state.index)
            lost = replace(
                self.state.nodes[node.id],
                status="disconnected" if tolerant else "down",
                events=(*node.events, event)[-10:],
                updated=now,
            )
            with self.state.commit():
                if lost.status == "down":
                    for allocation in self.state.allocations_on(node.id):
                        self.discovery.withdraw(allocation)
                self.change_node(lost, now)

    def restore_node(self, node: Node) -> None:
        """Let a node that was cut off report again."""
        with self.state.lock:
            now = self.settle()
            event = NodeEvent(time=now, message=_REREGISTERED, index=self.state.index)
            back = replace(self.state.nodes[node.id], status="ready", events=(*node.events, event)[-10:], updated=now)
            with self.state.commit():
                self.state.put_node(back)
                self.clients.reconnect(node.id, now)
            self.change_node(self.state.nodes[node.id], now)

    def register(self, submitted: JsonObject, namespace: str, *, priority: int = 0) -> tuple[Job, Evaluation | None]:
        """Store a job that passed every check; the evaluation is None for periodic and parameterised ones."""
        with self.state.lock, self.state.commit("JobRegistered") as index:
            now = self.clock.now()
            spec = canonical_job(submitted, namespace)
            existing = self.state.jobs.get((namespace, str(spec["ID"])))
            if existing is None or existing.stop or comparable(existing.spec) != comparable(spec):
                job = self.state.put_job(_version(spec, existing, index, now))
            else:
                job = existing
            if spec["Periodic"] or spec["ParameterizedJob"]:
                return job, None
            return job, self.scheduler.enqueue(job, "job-register", now, priority=priority)

    def deregister(self, job: Job, *, purge: bool) -> tuple[Evaluation, int]:
        """Stop a job, and forget it at once if asked to; return the evaluation and the write's index."""
        with self.state.lock, self.state.commit("JobDeregistered") as index:
            now = self.clock.now()
            stopped = replace(
                job, stop=True, version=job.version + 1, submitted=now, modify_index=index, job_modify_index=index
            )
            if purge:
                self._purge(job, now)
            else:
                self.state.put_job(stopped, kind="JobDeregistered")
            return self.scheduler.enqueue(stopped, "job-deregister", now), index

    def _purge(self, job: Job, now: datetime) -> None:
        """Forget a job with its allocations, whether they still run or not, as Nomad does."""
        for evaluation in self.state.evaluations_of(job.key):
            if evaluation.status == "pending":
                text = f"job {job.id} deleted"
                self.state.put_evaluation(replace(evaluation, status="complete", description=text), now)
        for allocation in self.state.allocations_of(job.key):
            self.discovery.withdraw(allocation)
            self.ports.release(allocation.id)
            self.clients.forget(allocation.id)
            self.state.drop_allocation(allocation)
        self.state.drop_rollouts(job.key)
        self.state.drop_job(job)
        self.scheduler.unblock(now)

    def add_namespace(self, namespace: Namespace) -> None:
        """Create or change a namespace."""
        with self.state.lock, self.state.commit():
            self.state.put_namespace(namespace)


def _version(spec: JsonObject, existing: Job | None, index: int, now: datetime) -> Job:
    return Job(
        namespace=spec["Namespace"],
        id=spec["ID"],
        spec=spec,
        version=0 if existing is None else existing.version + 1,
        status="pending" if existing is None else existing.status,
        submitted=now,
        create_index=index if existing is None else existing.create_index,
        modify_index=index,
        job_modify_index=index,
    )


def _is_main(allocation: Allocation, name: str) -> bool:
    group = allocation.job.group(allocation.group) or {"Tasks": []}
    return any(task["Name"] == name and not (task.get("Lifecycle") or {}).get("Hook") for task in group["Tasks"])


def _tolerates_absence(allocation: Allocation) -> bool:
    group = allocation.job.group(allocation.group) or {}
    return bool((group.get("Disconnect") or {}).get("LostAfter"))
