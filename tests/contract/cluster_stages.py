"""The same small cluster three times: in memory, simulated, and as a real Nomad; with the hands that tests need."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Allocation, Deployment, Hardware
from bot.domain.people import Owner
from bot.nomad.gateway import NomadCluster
from bot.ports import Cluster
from playground.cluster import ImageScript as SimulatedImage
from playground.cluster import SimulatedCluster
from tests.agent.agent import A100, ImageScript, NomadAgent, wait_until
from tests.fakes.cluster import EPOCH, FakeCluster
from tests.unit.nomad.samples import AI4EOSC, dashboard_job

SITE = "ifca-ai4eosc"
PATIENCE = timedelta(seconds=40)
FOREIGN_PASSWORD = "written in the job"
T = TypeVar("T")


class Stage(ABC):
    """One node at one site with two T4 and one A100, and the platform's three namespaces."""

    cluster: Cluster

    def until(self, probe: Callable[[], T | None], what: str) -> T:
        """Return the probe's first answer that is neither None nor False, letting the cluster work meanwhile."""
        return wait_until(lambda: self._after_work(probe), within=PATIENCE, what=what)

    def allocation(self, deployment: DeploymentId, *, client: str) -> Allocation:
        """Return the newest allocation of a deployment on AI4EOSC once it has this client status."""

        def newest() -> Allocation | None:
            found = self.cluster.deployment(AI4EOSC, deployment)
            allocations = found.allocations if found else ()
            return next((each for each in reversed(allocations) if each.client == client), None)

        return self.until(newest, f"an allocation of {deployment} to be {client}")

    def _after_work(self, probe: Callable[[], T | None]) -> T | None:
        self.work()
        return probe()

    @abstractmethod
    def work(self) -> None:
        """Let everything that is due happen."""

    @abstractmethod
    def let_fail(self, image: str) -> None:
        """Let containers of this image end with exit code 1, soon after each start."""

    @abstractmethod
    def let_pull_fail(self, image: str) -> None:
        """Let the registry not know this image."""

    @abstractmethod
    def let_stop_slowly(self, image: str) -> None:
        """Let containers of this image not end for long after they were told to."""

    @abstractmethod
    def add_foreign(self, owner: Owner, *, gpu: bool = False, waits: bool = False) -> DeploymentId:
        """Let the Dashboard make a JupyterLab deployment on AI4EOSC for somebody; no node suits one that waits."""

    @abstractmethod
    def add_helper(self) -> None:
        """Let a job of the platform's own run on AI4EOSC, which is nobody's deployment."""


class FakeStage(Stage):
    """The cluster in memory."""

    def __init__(self) -> None:
        self.fake = FakeCluster()
        self.fake.add_node("node-1", site=SITE, gpus=[("Tesla T4", 2), (A100, 1)])
        self.cluster = self.fake
        self._failing: set[str] = set()
        self._missing: set[str] = set()

    def work(self) -> None:
        """Start what is placed, or let it fail as its image is said to."""
        for deployment in self.fake.followed([Namespace(name) for name in self.fake.namespaces]):
            if not deployment.allocations or deployment.allocations[-1].client != "pending":
                continue
            if deployment.image in self._missing:
                text = f"Failed to pull `{deployment.image}`: manifest unknown"
                self.fake.add_event(deployment.id, "Driver Failure", text)
                self.fake.fail(deployment.id, kind="Driver Failure", text=text, details={})
                continue
            self.fake.start(deployment.id)
            if deployment.image in self._failing:
                self.fake.add_event(deployment.id, "Restarting")
                self.fake.fail(deployment.id)

    def let_fail(self, image: str) -> None:
        """Let containers of this image fail when they are started."""
        self._failing.add(image)

    def let_pull_fail(self, image: str) -> None:
        """Let the registry not know this image."""
        self._missing.add(image)

    def let_stop_slowly(self, image: str) -> None:
        """Let everything stop slowly, whatever its image."""
        del image
        self.fake.stops_slowly = True

    def add_foreign(self, owner: Owner, *, gpu: bool = False, waits: bool = False) -> DeploymentId:
        """Add a deployment with what the Dashboard gives it."""
        identity = DeploymentId(str(uuid4()))
        deployment = Deployment(
            id=identity,
            namespace=AI4EOSC,
            name=f"module-{identity}",
            title="Leaves",
            owner=owner,
            submitted_at=EPOCH,
            evaluations=(),
            labels=("api", "ide"),
        )
        model = "Tesla T4" if gpu else ""
        wishes = Hardware(cpu=4, gpus=int(gpu), gpu_model=model, ram_mb=8000, disk_mb=10000)
        self.fake.add(deployment, wishes=wishes, password=FOREIGN_PASSWORD)
        if not waits:
            self.fake.start(identity)
        return identity

    def add_helper(self) -> None:
        """Do nothing: the cluster in memory holds deployments only."""


class SimulatedStage(Stage):
    """The bot's adapter on the simulated cluster."""

    def __init__(self, simulated: SimulatedCluster, cluster: NomadCluster) -> None:
        self.simulated = simulated
        self.cluster = cluster

    def work(self) -> None:
        """Do nothing: time passes by itself."""

    def let_fail(self, image: str) -> None:
        """Let containers of this image end with exit code 1."""
        self.simulated.script_image(image, SimulatedImage(exit_code=1))

    def let_pull_fail(self, image: str) -> None:
        """Let the registry not know this image."""
        error = f"Error response from daemon: manifest for {image} not found: manifest unknown"
        self.simulated.script_image(image, SimulatedImage(pull_error=error, recoverable=False))

    def let_stop_slowly(self, image: str) -> None:
        """Let containers of this image ignore their stop."""
        self.simulated.script_image(image, SimulatedImage(holds=True))

    def add_foreign(self, owner: Owner, *, gpu: bool = False, waits: bool = False) -> DeploymentId:
        """Register a job as the Dashboard does."""
        identity = str(uuid4())
        self.simulated.register(_foreign_job(identity, owner, gpu=gpu, waits=waits))
        return DeploymentId(identity)

    def add_helper(self) -> None:
        """Register such a job."""
        self.simulated.register(_helper_job())


class AgentStage(Stage):
    """The bot's adapter on a real Nomad."""

    def __init__(self, agent: NomadAgent, cluster: NomadCluster) -> None:
        self.agent = agent
        self.cluster = cluster

    def work(self) -> None:
        """Do nothing: time passes by itself."""

    def let_fail(self, image: str) -> None:
        """Let containers of this image end with exit code 1."""
        self.agent.script_image(image, ImageScript(exit_after=timedelta(milliseconds=50), exit_code=1))

    def let_pull_fail(self, image: str) -> None:
        """Let the registry not know this image."""
        error = f"Error response from daemon: manifest for {image} not found: manifest unknown"
        self.agent.script_image(image, ImageScript(pull_error=error, pull_error_recoverable=False))

    def let_stop_slowly(self, image: str) -> None:
        """Let containers of this image live on for a while after they were told to stop."""
        self.agent.script_image(image, ImageScript(stop_delay=timedelta(seconds=3)))

    def add_foreign(self, owner: Owner, *, gpu: bool = False, waits: bool = False) -> DeploymentId:
        """Register a job as the Dashboard does."""
        identity = str(uuid4())
        self.agent.api.put("jobs", {"Job": _foreign_job(identity, owner, gpu=gpu, waits=waits)})
        return DeploymentId(identity)

    def add_helper(self) -> None:
        """Register such a job."""
        self.agent.api.put("jobs", {"Job": _helper_job()})


def _foreign_job(identity: str, owner: Owner, *, gpu: bool, waits: bool) -> dict[str, object]:
    """Return the Dashboard's job, as Nomad takes it on a node without Consul and host storage."""
    job = dashboard_job(identity)
    job["Meta"] |= {"owner": owner.subject, "owner_name": owner.name, "owner_email": owner.email}
    group = job["TaskGroups"][0]
    group["Networks"] = [{"DynamicPorts": [{"Label": "api", "To": 5000}, {"Label": "ide", "To": 8888}]}]
    for service in group["Services"]:
        service |= {"Name": f"{identity}-{service['PortLabel']}", "Provider": "nomad"}
    group["Tasks"] = [task for task in group["Tasks"] if task["Name"] == "main"]
    if not gpu:
        group["Tasks"][0]["Resources"].pop("Devices")
    if waits:
        job["Constraints"] = [{"LTarget": "${node.datacenter}", "Operand": "=", "RTarget": "no-such-site"}]
    for read_only in ("Version", "SubmitTime", "JobModifyIndex"):
        job.pop(read_only)
    return job


def _helper_job() -> dict[str, object]:
    identity = str(uuid4())
    return {**_foreign_job(identity, Owner(email="operators@example.org"), gpu=False, waits=False), "Name": "cleaner"}


__all__ = ["AgentStage", "FakeStage", "SimulatedStage", "Stage"]
