"""A simulated Nomad cluster: start it, point a client at its address, script what happens on it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Self

from playground.clock import Clock
from playground.cluster.acl import Token
from playground.cluster.calls import Call
from playground.cluster.desk import Desk
from playground.cluster.engine import Engine
from playground.cluster.faults import Faults
from playground.cluster.http_api import HttpApi
from playground.cluster.papi_jobs import PapiJob, papi_job
from playground.cluster.records import Job, JsonObject, Namespace, Node
from playground.cluster.scripts import ImageScript, Pace
from playground.cluster.statistics import Statistics
from playground.cluster.world import NodeSpec, default_world

NAMESPACES = ("default", "ai4eosc", "imagine", "tutorials")
_PULSE = 0.05


class SimulatedCluster(Statistics):
    """A cluster on 127.0.0.1. Use it in a `with` block; every method may be called from any thread.

    Time is the clock's: with a running clock things happen by themselves, with a frozen one they happen when
    the clock is moved. `settle` brings everything up to date that is due.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        nodes: Iterable[NodeSpec] | None = None,
        namespaces: Iterable[str] = NAMESPACES,
        tokens: Iterable[Token] = (),
        pace: Pace | None = None,
        serve_ports: bool = False,
        seed: int = 1,
    ) -> None:
        self.clock = clock or Clock()
        super().__init__(Engine(self.clock, pace=pace or Pace(), serve_ports=serve_ports, seed=seed))
        for name in namespaces:
            self._engine.add_namespace(Namespace(name=name, description=f"{name} namespace"))
        for spec in default_world() if nodes is None else nodes:
            self._engine.add_node(spec)
        self._desk = Desk(self._engine, {token.secret: token for token in tokens})
        self._ended = threading.Event()
        self._nudge = threading.Event()
        self._api: HttpApi | None = None
        self._pulse: threading.Thread | None = None
        self._unwatch: Callable[[], None] = _nothing

    @classmethod
    def default(cls, *, clock: Clock | None = None, serve_ports: bool = False) -> Self:
        """Return a cluster of three sites with CPU nodes and three GPU models."""
        return cls(clock=clock, serve_ports=serve_ports)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._api = HttpApi(self._desk)
        self._unwatch = self.clock.watch(self._nudge.set)
        self._pulse = threading.Thread(target=self._beat, name="cluster-pulse", daemon=True)
        self._pulse.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every connection, port and thread."""
        self._unwatch()
        self._ended.set()
        self._nudge.set()
        if self._pulse is not None:
            self._pulse.join()
        if self._api is not None:
            self._api.close()
        self._engine.ports.close()

    @property
    def address(self) -> str:
        """Return the base URL, such as `http://127.0.0.1:40123`."""
        if self._api is None:
            raise RuntimeError("The cluster does not serve yet: use it in a `with` block.")
        return self._api.address

    # --- time

    def settle(self) -> None:
        """Bring everything up to date that is due by the clock."""
        self._engine.settle()

    def advance(self, delta: timedelta) -> None:
        """Move the clock and bring everything up to date."""
        self.clock.advance(delta)
        self.settle()

    def wait_for(self, predicate: Callable[[], bool], timeout: timedelta = timedelta(seconds=10)) -> None:
        """Wait in real time until a condition holds; raise `TimeoutError` otherwise."""
        state = self._engine.state
        deadline = time.monotonic() + timeout.total_seconds()
        with state.lock:
            while True:
                self._engine.settle()
                if predicate():
                    return
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"The condition did not hold within {timeout}.")
                state.changed.wait(min(left, _PULSE))

    def _beat(self) -> None:
        while not self._ended.is_set():
            self._engine.settle()
            self._nudge.wait(self._until_due())
            self._nudge.clear()

    def _until_due(self) -> float:
        """Return how long nothing can happen, at most one pulse; short naps keep new plans from being late."""
        with self._engine.state.lock:
            due = self._engine.agenda.next_due()
        if due is None or self.clock.frozen:
            return _PULSE
        return min(max((due - self.clock.now()).total_seconds(), 0.001), _PULSE)

    # --- what happens

    def register(self, job: JsonObject, namespace: str | None = None) -> Job:
        """Register a job as another client would."""
        target = namespace or str(job.get("Namespace") or "default")
        registered, _ = self._engine.register(job, target)
        self.settle()
        return registered

    def stop(self, job: str, *, purge: bool = False) -> None:
        """Stop a job as another client would."""
        found = self.job(job)
        if found is None:
            raise LookupError(f"There is no job {job}.")
        self._engine.deregister(found, purge=purge)
        self.settle()

    def add_papi_job(self, owner_email: str, title: str = "", *, wanted: PapiJob | None = None) -> Job:
        """Register a deployment made in the dashboard; `wanted` says more about it, and keeps its id and owner."""
        with self._engine.state.lock:
            id_ = self._engine.state.new_id()
        base = wanted or PapiJob(id=id_, owner=f"{owner_email.partition('@')[0]}@egi.eu", owner_email=owner_email)
        asked = replace(base, owner_email=owner_email, title=title or base.title)
        return self.register(papi_job(asked), asked.namespace)

    def fill_gpus(
        self, owner_email: str = "somebody@example.org", *, model: str = "", leave: int = 0
    ) -> tuple[Job, ...]:
        """Let one-GPU deployments of somebody else take every free GPU (of one model), but leave some."""
        with self._engine.state.lock:
            self._engine.settle()
            free = self.free_gpus()
            chosen = [name for name, count in free.items() for _ in range(count) if model in {"", name}]
            jobs = []
            for name in chosen[: max(len(chosen) - leave, 0)]:
                wanted = PapiJob(
                    id=self._engine.state.new_id(),
                    owner=owner_email,
                    owner_email=owner_email,
                    cpus=1,
                    memory=2000,
                    disk=1000,
                    gpus=1,
                    gpu_model=name,
                )
                jobs.append(self.add_papi_job(owner_email, f"fills a {name}", wanted=wanted))
            return tuple(jobs)

    def add_node(self, spec: NodeSpec) -> Node:
        """Let a node join; what waits is tried again."""
        node = self._engine.add_node(spec)
        with self._engine.state.lock:
            self._engine.scheduler.unblock(self.clock.now())
        self.settle()
        return node

    def lose_node(self, name: str) -> None:
        """Cut a node off: its allocations become unknown or lost, its tasks go on unheard.

        Calls to its client find no way at once. At a real Nomad they hang for half a minute before: `silence_client`.
        """
        self._engine.lose_node(self.node(name))
        self.settle()

    def restore_node(self, name: str) -> None:
        """Let a node that was cut off report again."""
        self._engine.restore_node(self.node(name))
        self.settle()

    def drop_devices(self, name: str) -> None:
        """Let a node's GPUs vanish, as when the device plugin fails; running tasks stay."""
        with self._engine.state.lock:
            self._engine.change_node(replace(self.node(name), devices=()), self.clock.now())
        self.settle()

    def collect_garbage(self, *, everything: bool = True) -> None:
        """Forget jobs, evaluations and allocations that are over, as `PUT /v1/system/gc` does."""
        with self._engine.state.lock:
            self._engine.collection.collect(self._engine.settle(), everything=everything)

    def script_image(self, image: str, script: ImageScript) -> None:
        """Say what happens to tasks with this image; without a tag it stands for all tags."""
        with self._engine.state.lock:
            self._engine.book.by_image[image] = script

    def hold_after_stop(self, job: str) -> None:
        """Let a job's tasks ignore their stop: they keep their GPU until `release`."""
        with self._engine.state.lock:
            for one in self.allocations(job):
                self._engine.clients.hold(one)

    def release(self, job: str) -> None:
        """Let the tasks of a job that were held end."""
        with self._engine.state.lock, self._engine.state.commit():
            for one in self.allocations(job):
                self._engine.clients.release(one, self.clock.now())
        self.settle()

    # --- what was asked, and what goes wrong

    @property
    def calls(self) -> tuple[Call, ...]:
        """Return every request since the last `reset_calls`, oldest first."""
        return self._desk.calls.all()

    @property
    def call_counts(self) -> Counter[tuple[str, str]]:
        """Return how often each method and path was asked since the last `reset_calls`."""
        return self._desk.calls.counts()

    def reset_calls(self) -> None:
        """Forget the requests so far."""
        self._desk.calls.clear()

    @property
    def faults(self) -> Faults:
        """Return the faults in force, to add or clear some."""
        return self._desk.faults

    def unplug(self) -> None:
        """Refuse connections, until `plug`."""
        if self._api is not None:
            self._api.unplug()

    def plug(self) -> None:
        """Accept connections again on the same address."""
        if self._api is not None:
            self._api.plug()


def _nothing() -> None:
    """Do nothing."""
