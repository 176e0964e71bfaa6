"""Fill one real Nomad agent with deployments as the Dashboard makes them."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import requests

from playground.cluster.papi_jobs import PapiJob, papi_job
from tests.agent.agent import WHY_MISSING, ImageScript, NodeShape, NomadAgent, equipment, wait_until

NAMESPACE = "ai4eosc"
_LABELS = ("api", "monitor", "ide", "custom", "ui")
_ROOM = NodeShape(memory_mb=20_000_000, disk_mb=20_000_000)
_PORTS = 8000
_PATIENCE = timedelta(minutes=10)
_QUIET_FOR = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The deployments on an agent; what is added runs before anything is measured."""

    agent: NomadAgent

    def add(self, owner: str, count: int) -> None:
        """Register so many deployments for an owner."""
        for number in range(1, count + 1):
            self.agent.api.put("jobs", {"Job": _job(owner, title=f"Run {number}")})

    def add_crowd(self, people: int, *, each: int) -> None:
        """Register so many deployments for each of so many other people."""
        for person in range(1, people + 1):
            self.add(f"someone-{person}", each)

    def settle(self) -> int:
        """Wait until everything runs and the agent has nothing left to write down; return how many there are."""
        count = wait_until(self._running, within=_PATIENCE, what="every deployment to run")
        quiet = _Quiet(self.agent)
        wait_until(quiet.has_come, within=_PATIENCE, what="the agent to come to rest")
        return count

    def version(self) -> str:
        """Return the agent's version."""
        return str(self.agent.api.get("agent/self")["config"]["Version"]["Version"])

    def _running(self) -> int | None:
        registered = len(self.agent.api.get("jobs", namespace="*"))
        allocations = self.agent.api.get("allocations", namespace="*", task_states="false")
        states = Counter(allocation["ClientStatus"] for allocation in allocations)
        return registered if states == {"running": registered} else None


class _Quiet:
    """Watches the index of the agent's last change to an allocation."""

    def __init__(self, agent: NomadAgent) -> None:
        self._url = f"{agent.address}/v1/allocations"
        self._index = ""
        self._since = time.monotonic()

    def has_come(self) -> bool:
        """Tell whether nothing has changed for a while."""
        answer = requests.get(self._url, params={"namespace": "*", "per_page": "1"}, timeout=30)
        index, now = answer.headers["X-Nomad-Index"], time.monotonic()
        if index != self._index:
            self._index, self._since = index, now
        return now - self._since > _QUIET_FOR.total_seconds()


@contextmanager
def populated_agent() -> Iterator[Population]:
    """Start an agent with room for more than a thousand deployments; end the program where there is no Nomad."""
    found = equipment()
    if found is None:
        sys.exit(WHY_MISSING)
    with NomadAgent(found, node=_ROOM, name="bench", ports=_PORTS) as agent:
        agent.script_image("*", ImageScript(silent_ports=_LABELS))  # six thousand open ports would measure the kernel
        yield Population(agent=agent)


def email_of(owner: str) -> str:
    """Return the address of an owner."""
    return f"{owner}@example.org"


def _job(owner: str, *, title: str) -> dict[str, Any]:
    """Return the Dashboard's job with its three tasks, which ask for next to no CPU and keep no logs.

    Reserved cores would limit their number, and a node with thousands of cores would make PAPI's calls look slow: it
    reads the node twice for every deployment.
    """
    wanted = PapiJob(
        id=str(uuid4()),
        owner=owner,
        owner_email=email_of(owner),
        owner_name=owner.title(),
        title=title,
        namespace=NAMESPACE,
        service="deepaas",
        provider="nomad",
    )
    job: dict[str, Any] = dict(papi_job(wanted))
    for task in job["TaskGroups"][0]["Tasks"]:
        task["Resources"].pop("Cores", None)
        task["Resources"]["CPU"] = 1
        task["LogConfig"] = {"Disabled": True}
    return job
