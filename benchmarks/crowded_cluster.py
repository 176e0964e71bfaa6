"""A simulated cluster with ten thousand deployments of five hundred people, and a database that knows the bot's own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from bot.domain.base import DeploymentId, ModuleName, PlatformKey, SlackUserId
from bot.domain.catalog import Service
from bot.domain.people import Owner
from bot.domain.platform import Platform, ServiceProvider
from bot.domain.records import Submission, SubmissionState
from bot.domain.request import DeploymentRequest
from bot.nomad import jobspec
from bot.ports import NewDeployment
from bot.settings import load
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.schema import prepare
from playground.clock import Clock
from playground.cluster import SimulatedCluster
from playground.cluster.papi_jobs import PapiJob, papi_job
from playground.cluster.records import JsonObject
from playground.cluster.world import NodeSpec

OWNERS = 500
EACH = 20
FOLLOWED = 500
OTHERS = OWNERS * EACH - FOLLOWED

_SITES = 100
_LONG_AGO = timedelta(hours=2)
_SETTINGS = {"SLACK_BOT_TOKEN": "xoxb-none", "SLACK_APP_TOKEN": "xapp-none", "AI4OS_BOT_MEMBERS": "everyone"}


@dataclass(slots=True)
class CrowdedCluster:
    """The cluster, in which everything runs since long ago."""

    now: datetime
    cluster: SimulatedCluster = field(init=False)
    _own: list[NewDeployment] = field(default_factory=list)
    _platform: Platform = field(init=False)

    def __post_init__(self) -> None:
        # A site for each few deployments: the simulated scheduler looks at everything on the nodes it may choose from.
        nodes = [
            NodeSpec(name=f"node-{site}", site=f"site-{site}", mhz=1_000_000, memory=10**9, disk=10**9)
            for site in range(_SITES)
        ]
        self.cluster = SimulatedCluster(clock=Clock(self.now - _LONG_AGO, frozen=True), nodes=nodes)
        self._platform = next(each for each in load(_SETTINGS, dotenv=None).platforms if each.key == "ai4eosc")

    def __enter__(self) -> Self:
        """Fill the cluster and let everything start."""
        self.cluster.__enter__()
        for number in range(FOLLOWED + OTHERS):
            job = self._own_job(number) if number < FOLLOWED else _dashboard_job(number)
            self.cluster.register(_slim(job, site=number % _SITES), self._platform.namespace)
        self.cluster.advance(_LONG_AGO - timedelta(minutes=30))
        self.cluster.clock.run()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cluster.__exit__(kind, error, at)

    def remember(self, database: Path, people: Sequence[str]) -> None:
        """Write into a new database that the bot has submitted its own deployments, for people with these ids."""
        engine = open_engine(f"sqlite:///{database}")
        prepare(engine)
        ledger = SqlLedger(engine)
        for number, new in enumerate(self._own):
            ledger.accept(self._submission(new, SlackUserId(people[number % OWNERS])))
        engine.dispose()

    def _own_job(self, number: int) -> JsonObject:
        request = DeploymentRequest(
            platform=PlatformKey("ai4eosc"),
            module=ModuleName("demo-app"),
            image="ai4oshub/demo-app",
            tag="cpu",
            service=Service.DEEPAAS,
            title=f"Run {number}",
            cpu=1,
            ram_mb=2000,
            disk_mb=1000,
        )
        owner = Owner(email=email_of(number % OWNERS), name=f"Person {number % OWNERS}")
        new = NewDeployment(id=DeploymentId(_id(number)), request=request, owner=owner)
        self._own.append(new)
        return jobspec.build(new, self._platform, provider=ServiceProvider.NOMAD)

    def _submission(self, new: NewDeployment, slack_user: SlackUserId) -> Submission:
        return Submission(
            deployment=new.id,
            slack_user=slack_user,
            owner_email=new.owner.email,
            owner_name=new.owner.name,
            platform=self._platform.key,
            namespace=self._platform.namespace,
            base_domain=self._platform.base_domain,
            request=new.request,
            state=SubmissionState.REGISTERED,
            created_at=self.now - _LONG_AGO,
            updated_at=self.now - _LONG_AGO,
        )


def email_of(number: int) -> str:
    """Return the address of the owner of that number."""
    return f"person-{number}@example.org"


def _dashboard_job(number: int) -> JsonObject:
    email = email_of(number % OWNERS)
    return papi_job(PapiJob(id=_id(number), owner=email, owner_email=email, title=f"Run {number}", service="deepaas"))


def _slim(job: JsonObject, *, site: int) -> JsonObject:
    """Let a job ask for next to nothing, and for no port: a cluster has fewer of both than this crowd would need."""
    (group,) = job["TaskGroups"]
    for task in group["Tasks"]:
        task["Resources"] = {"CPU": 1, "MemoryMB": 10}
        task["Config"].pop("ports", None)
        task.pop("Services", None)
    group.pop("Networks", None)
    group.pop("Services", None)
    return {**job, "Datacenters": [f"site-{site}"]}


def _id(number: int) -> str:
    return str(UUID(int=number + (1 << 100)))
