"""Put jobs on an agent and watch what becomes of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests

from tests.agent.api import AgentApi
from tests.agent.papi_job import PapiJob
from tests.agent.waiting import wait_until

PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """One job of an agent."""

    api: AgentApi
    job: PapiJob

    def register(self, password: str = "a password") -> None:
        """Write the job's secret and register the job."""
        path = f"nomad/jobs/{self.job.id}"
        variable = {"Path": path, "Namespace": self.job.namespace, "Items": {"jupyterPASSWORD": password}}
        self.api.put(f"var/{path}", variable, namespace=self.job.namespace, cas="0")
        self.api.put("jobs", self.job.registration(), namespace=self.job.namespace)

    def stop(self) -> None:
        """Stop the job, without purging it."""
        self.api.delete(f"job/{self.job.id}", namespace=self.job.namespace)

    def allocation(self, status: str) -> dict[str, Any]:
        """Return the newest allocation, whole, once it has this client status."""

        def newest() -> dict[str, Any] | None:
            stubs = self.api.get(f"job/{self.job.id}/allocations", namespace=self.job.namespace)
            found = max(stubs, key=_age, default=None)
            if found is None or found["ClientStatus"] != status:
                return None
            whole: dict[str, Any] = self.api.get(f"allocation/{found['ID']}")
            return whole

        return wait_until(newest, within=PATIENCE, what=f"an allocation of {self.job.id} to be {status}")

    def blocked_evaluation(self) -> dict[str, Any]:
        """Return the evaluation that waits for room, once there is one."""

        def blocked() -> dict[str, Any] | None:
            evaluations = self.api.get(f"job/{self.job.id}/evaluations", namespace=self.job.namespace)
            return next((found for found in evaluations if found["Status"] == "blocked"), None)

        return wait_until(blocked, within=PATIENCE, what=f"{self.job.id} to wait for room")

    def address(self, label: str) -> str:
        """Return the address of a port of the running allocation."""
        ports = self.allocation("running")["AllocatedResources"]["Shared"]["Ports"]
        port = next(port for port in ports if port["Label"] == label)
        return f"http://{port['HostIP']}:{port['Value']}"

    def environment(self) -> dict[str, str]:
        """Return the environment that the main task's process sees."""
        answer = requests.get(f"{self.address('api')}/environment", timeout=5)
        seen: dict[str, str] = answer.json()
        return seen


def events(allocation: dict[str, Any], task: str = "main") -> list[dict[str, Any]]:
    """Return the events of a task, oldest first."""
    found: list[dict[str, Any]] = allocation["TaskStates"][task]["Events"]
    return found


def event(allocation: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the first event of a kind."""
    return next(found for found in events(allocation) if found["Type"] == kind)


def tries(allocation: dict[str, Any], task: str = "main") -> int:
    """Return how often a task was started or was to be started."""
    state = (allocation.get("TaskStates") or {}).get(task)
    return 1 + int(state["Restarts"]) if state else 0


def _age(stub: dict[str, Any]) -> int:
    return int(stub["CreateIndex"])
