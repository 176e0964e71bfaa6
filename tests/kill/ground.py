"""The cluster as a kill test needs it, whichever it is: what is on it, letting it work, and clearing it."""

from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any, Protocol

from playground.cluster import SimulatedCluster
from playground.cluster.scripts import Pace
from tests.agent.agent import NomadAgent

NAMESPACE = "ai4eosc"
A_MOMENT = timedelta(seconds=1)
"""More than everything together that a quick cluster does before it waits for somebody."""

_NOW = timedelta(milliseconds=1)
QUICKLY = Pace(receive=_NOW, setup=_NOW, pull=_NOW, start=_NOW, hook=_NOW, crash=_NOW, stop=_NOW)
_REAL_PAUSE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSight:
    """What of a job is looked at."""

    id: str
    owner_email: str
    is_stopped: bool


class Ground(Protocol):
    """Where deployments run while the bot is killed."""

    @property
    def address(self) -> str:
        """Return the address of Nomad's API."""

    @property
    def patience(self) -> int:
        """Return in how many rounds at most something is done that needs no more of the bot."""

    def jobs(self) -> tuple[JobSight, ...]:
        """Return every job."""

    def secrets(self, deployment: str) -> tuple[str, ...]:
        """Return what the deployment's Variable holds; nothing if there is none."""

    def pass_time(self) -> None:
        """Let the cluster work for a moment."""

    def clear(self) -> None:
        """Take everything away that runs."""


@dataclass(frozen=True, slots=True)
class SimulatedGround:
    """A simulated cluster, whose clock may stand still between the moments."""

    cluster: SimulatedCluster
    patience: int = 8
    moment: timedelta = A_MOMENT

    @property
    def address(self) -> str:
        """Return the address of the simulated Nomad."""
        return self.cluster.address

    def jobs(self) -> tuple[JobSight, ...]:
        """Return every job."""
        return tuple(
            JobSight(id=job.id, owner_email=str(job.spec["Meta"].get("owner_email")), is_stopped=job.stop)
            for job in self.cluster.jobs()
        )

    def secrets(self, deployment: str) -> tuple[str, ...]:
        """Return what the deployment's Variable holds; nothing if there is none."""
        return tuple((self.cluster.variable_items(f"nomad/jobs/{deployment}", NAMESPACE) or {}).values())

    def pass_time(self) -> None:
        """Move the clock."""
        self.cluster.advance(self.moment)

    def clear(self) -> None:
        """Stop every job, and forget them and the calls."""
        for job in self.cluster.jobs():
            self.cluster.stop(job.id)
        self.cluster.advance(A_MOMENT)
        self.cluster.collect_garbage()
        self.cluster.reset_calls()


@dataclass(frozen=True, slots=True)
class AgentGround:
    """A real Nomad, which takes the time that it takes; the test's fixture clears it."""

    agent: NomadAgent
    patience: int = 120

    @property
    def address(self) -> str:
        """Return the address of the agent."""
        return self.agent.address

    def jobs(self) -> tuple[JobSight, ...]:
        """Return every job."""
        found: list[dict[str, Any]] = self.agent.api.get("jobs", namespace="*", meta="true")
        return tuple(
            JobSight(id=job["ID"], owner_email=str((job["Meta"] or {}).get("owner_email")), is_stopped=job["Stop"])
            for job in found
        )

    def secrets(self, deployment: str) -> tuple[str, ...]:
        """Return what the deployment's Variable holds; nothing if there is none."""
        path = f"nomad/jobs/{deployment}"
        if not self.agent.api.get("vars", namespace=NAMESPACE, prefix=path):
            return ()
        return tuple(self.agent.api.get(f"var/{path}", namespace=NAMESPACE)["Items"].values())

    def pass_time(self) -> None:
        """Wait a little."""
        Event().wait(_REAL_PAUSE)

    def clear(self) -> None:
        """Leave it to the fixture."""
