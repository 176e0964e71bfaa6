"""The stage of the contract tests: a simulated cluster or a real Nomad, asked and scripted in the same words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import requests

from playground.cluster import GpuUsage, ImageScript, SimulatedCluster, TaskUsage
from tests.agent.agent import AgentCluster, NomadAgent, wait_until
from tests.agent.agent import ImageScript as AgentScript
from tests.contract.nomad_jobs import Json, fresh_id, job, platform_job

PATIENCE = timedelta(seconds=30)
SOON = timedelta(milliseconds=50)
T = TypeVar("T")


class Scripting(Protocol):
    """What a test can say about the machines."""

    def pull_fails(self, image: str, error: str, *, for_good: bool) -> None:
        """Let the image not be pulled."""

    def exits(self, image: str, code: int, *, oom: bool = False) -> None:
        """Let containers of the image end soon after each start."""

    def lasts(self, image: str) -> None:
        """Let containers of the image run until they are stopped, whatever they are for."""

    def ends_slowly(self, image: str, delay: timedelta) -> None:
        """Let containers of the image take their time when stopped."""

    def gpu_usage(self, id_: str, *, utilization: int | None, memory: int | None, power: int | None) -> None:
        """Let a GPU say this; None is `N/A`."""

    def gpu_is_shared(self, id_: str) -> None:
        """Let a GPU be one that is shared in slices, which has no statistics."""

    def gpu_plugin_dies(self) -> None:
        """Let the plugin that tells the GPUs' use end."""

    def cpu_usage(self, job: Json, percent: float, *, memory: int) -> None:
        """Let the main task of a job that will be registered use per cent of a core, and MiB."""

    def lose_node(self, name: str) -> None:
        """Cut a node off."""

    def restore_node(self, name: str) -> None:
        """Let a node come back."""


class Stage:
    """A cluster under test: raw HTTP, conditions to wait for, and scripts."""

    def __init__(self, address: str, scripting: Scripting) -> None:
        self.address = address
        self.script = scripting
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Wait until nothing is being scheduled, because a purge meanwhile can crash a real Nomad; then hang up."""
        try:
            self.until(self._is_calm, "every evaluation to be carried out")
        finally:
            self._session.close()

    def _is_calm(self) -> bool:
        pending = self.get("evaluations", namespace="*", status="pending")
        return all(one.get("WaitUntil") for one in pending)

    def ask(self, method: str, path: str, body: object = None, **query: Any) -> requests.Response:
        """Return the raw answer; the path is given without /v1."""
        return self._session.request(method, f"{self.address}/v1/{path}", json=body, params=query, timeout=30)

    def get(self, path: str, **query: Any) -> Any:
        """Return the decoded answer of a GET that must succeed."""
        answer = self.ask("GET", path, **query)
        assert answer.ok, answer.text
        return answer.json()

    def put(self, path: str, body: object = None, **query: Any) -> Any:
        """Return the decoded answer of a POST that must succeed."""
        answer = self.ask("POST", path, body, **query)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def register(self, job: Json, **more: Any) -> Json:
        """Register a job that must be accepted."""
        answer: Json = self.put("jobs", {"Job": job, **more})
        return answer

    def plan(self, job: Json) -> Json:
        """Plan a job that must be accepted."""
        answer: Json = self.put(f"job/{job['ID']}/plan", {"Job": job})
        return answer

    def stop(self, job: Json, **query: Any) -> Json:
        """Stop a job."""
        answer = self.ask("DELETE", f"job/{job['ID']}", namespace=job.get("Namespace", "default"), **query)
        assert answer.ok, answer.text
        stopped: Json = answer.json()
        return stopped

    def job(self, job: Json) -> Json:
        """Return a job as the cluster has it."""
        found: Json = self.get(f"job/{job['ID']}", namespace=job.get("Namespace", "default"))
        return found

    def allocations(self, job: Json) -> list[Json]:
        """Return a job's allocations, oldest first."""
        found: list[Json] = self.get(f"job/{job['ID']}/allocations", namespace=job.get("Namespace", "default"))
        return sorted(found, key=lambda one: one["CreateIndex"])

    def evaluations(self, job: Json) -> list[Json]:
        """Return a job's evaluations, oldest first."""
        found: list[Json] = self.get(f"job/{job['ID']}/evaluations", namespace=job.get("Namespace", "default"))
        return sorted(found, key=lambda one: one["CreateIndex"])

    def until(self, probe: Callable[[], T | None], what: str) -> T:
        """Return the probe's first answer that is neither None nor False."""
        return wait_until(probe, within=PATIENCE, what=what)

    def allocation(self, job: Json, status: str = "running") -> Json:
        """Return a job's newest allocation in full, once it has this client status."""

        def found() -> Json | None:
            newest = (self.allocations(job) or [{}])[-1]
            if newest.get("ClientStatus") != status:
                return None
            whole: Json = self.get(f"allocation/{newest['ID']}")
            return whole if whole["ClientStatus"] == status else None

        return self.until(found, f"an allocation of {job['ID']} to be {status}")

    def task_state(self, job: Json, phase: str, task: str = "main") -> Json:
        """Return the state of a task of the newest allocation, once it is in this phase."""

        def found() -> Json | None:
            states = (self.allocations(job) or [{}])[-1].get("TaskStates") or {}
            state: Json = states.get(task, {})
            return state if state.get("State") == phase else None

        return self.until(found, f"task {task} of {job['ID']} to be {phase}")

    def evaluated(self, job: Json, status: str) -> Json:
        """Return a job's newest evaluation with this status, once there is one."""

        def found() -> Json | None:
            return next((one for one in reversed(self.evaluations(job)) if one["Status"] == status), None)

        return self.until(found, f"an evaluation of {job['ID']} to be {status}")

    def has_status(self, job: Json, status: str) -> Json:
        """Return a job once its status word is this."""

        def found() -> Json | None:
            current = self.job(job)
            return current if current["Status"] == status else None

        return self.until(found, f"{job['ID']} to be {status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoJobs:
    """A cluster with two running jobs: a deployment in the platform's shape, and a plain job without metadata."""

    nomad: Stage
    deployment: str
    plain: str


def register_two(nomad: Stage) -> TwoJobs:
    """Register the two jobs and wait until they run."""
    deployment, plain = platform_job(note="it's \\ `odd`"), job(id_=fresh_id("plain"))
    nomad.register(deployment)
    nomad.register(plain)
    nomad.allocation(deployment)
    nomad.allocation(plain)
    return TwoJobs(nomad=nomad, deployment=deployment["ID"], plain=plain["ID"])


def kinds(state: Json) -> list[str]:
    """Return the types of a task's events, oldest first, without those about a rollout's health."""
    return [event["Type"] for event in state["Events"] if event["Type"] != "Alloc Unhealthy"]


def event(state: Json, kind: str) -> Json:
    """Return a task's first event of a kind."""
    found: Json = next(event for event in state["Events"] if event["Type"] == kind)
    return found


class SimulatedScripting:
    """Scripts for the simulated cluster."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self._cluster = cluster

    def pull_fails(self, image: str, error: str, *, for_good: bool) -> None:
        """Let the image not be pulled."""
        self._cluster.script_image(image, ImageScript(pull_error=error, recoverable=not for_good, pull_time=SOON))

    def exits(self, image: str, code: int, *, oom: bool = False) -> None:
        """Let containers of the image end soon after each start."""
        self._cluster.script_image(image, ImageScript(exit_code=code, oom=oom, run_for=SOON))

    def lasts(self, image: str) -> None:
        """Let containers of the image run until they are stopped, whatever they are for."""
        self._cluster.script_image(image, ImageScript(run_for=timedelta(days=1)))

    def ends_slowly(self, image: str, delay: timedelta) -> None:
        """Let containers of the image take their time when stopped."""
        self._cluster.script_image(image, ImageScript(stop_time=delay))

    def gpu_usage(self, id_: str, *, utilization: int | None, memory: int | None, power: int | None) -> None:
        """Let a GPU say this; None is `N/A`."""
        self._cluster.set_usage(gpu=id_, gpu_usage=GpuUsage(utilization=utilization, memory=memory, power=power))

    def gpu_is_shared(self, id_: str) -> None:
        """Let a GPU be one that is shared in slices, which has no statistics."""
        self._cluster.set_usage(gpu=id_, gpu_usage=GpuUsage(silent=True))

    def gpu_plugin_dies(self) -> None:
        """Let the plugin that tells the GPUs' use end."""
        for node in self._cluster.nodes():
            self._cluster.freeze_plugin(node.name)

    def cpu_usage(self, job: Json, percent: float, *, memory: int) -> None:
        """Let the main task of a job that will be registered use per cent of a core, and MiB."""
        used = TaskUsage(cpu_percent=percent, memory=memory * 2**20)
        self._cluster.script_usage(job["ID"], task=lambda _now: used)

    def lose_node(self, name: str) -> None:
        """Cut a node off."""
        self._cluster.lose_node(name)

    def restore_node(self, name: str) -> None:
        """Let a node come back."""
        self._cluster.restore_node(name)


class AgentScripting:
    """Scripts for a real Nomad."""

    def __init__(self, agent: NomadAgent | AgentCluster) -> None:
        self._agent = agent

    def pull_fails(self, image: str, error: str, *, for_good: bool) -> None:
        """Let the image not be pulled."""
        self._agent.script_image(image, AgentScript(pull_error=error, pull_error_recoverable=not for_good))

    def exits(self, image: str, code: int, *, oom: bool = False) -> None:
        """Let containers of the image end soon after each start."""
        self._agent.script_image(image, AgentScript(exit_after=SOON, exit_code=code, oom_killed=oom))

    def lasts(self, image: str) -> None:
        """Let containers of the image run until they are stopped, whatever they are for."""
        self._agent.script_image(image, AgentScript())

    def ends_slowly(self, image: str, delay: timedelta) -> None:
        """Let containers of the image take their time when stopped."""
        self._agent.script_image(image, AgentScript(stop_delay=delay))

    def gpu_usage(self, id_: str, *, utilization: int | None, memory: int | None, power: int | None) -> None:
        """Let a GPU say this; None is `N/A`."""
        assert isinstance(self._agent, NomadAgent)
        self._agent.set_usage(id_, utilization=utilization, memory=memory, power=power)

    def gpu_is_shared(self, id_: str) -> None:
        """Let a GPU be one that is shared in slices, which has no statistics."""
        assert isinstance(self._agent, NomadAgent)
        gpus = self._agent.scenery.gpus
        self._agent.set_gpus(*(replace(gpu, with_statistics=gpu.id != id_) for gpu in gpus))

    def gpu_plugin_dies(self) -> None:
        """Let the plugin that tells the GPUs' use end."""
        assert isinstance(self._agent, NomadAgent)
        self._agent.crash_gpu_plugin()

    def cpu_usage(self, job: Json, percent: float, *, memory: int) -> None:
        """Let the main task of a job that will be registered use per cent of a core, and MiB."""
        image = job["TaskGroups"][0]["Tasks"][0]["Config"]["image"]
        self._agent.script_image(image, AgentScript(cpu_percent=percent, memory_mb=memory))

    def lose_node(self, name: str) -> None:
        """Cut a node off."""
        assert isinstance(self._agent, AgentCluster)
        self._agent.lose_node(name)

    def restore_node(self, name: str) -> None:
        """Let a node come back."""
        assert isinstance(self._agent, AgentCluster)
        self._agent.restore_node(name)
