"""Three ways to list one person's deployments: the bot's, two bare calls, and PAPI's sequence of calls."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import nomad
import requests

from benchmarks.population import NAMESPACE, email_of
from bot.domain.base import PlatformKey, SlackUserId
from bot.domain.people import Owner, Person
from bot.domain.platform import Platforms
from bot.nomad.client import NomadConnection, connect
from bot.nomad.gateway import NomadCluster
from bot.services.deployments import Deployments
from bot.settings import load
from tests.fakes.ledger import MemoryLedger
from tests.fakes.prober import FakeProber

_SETTINGS = {"SLACK_BOT_TOKEN": "xoxb-none", "SLACK_APP_TOKEN": "xapp-none", "AI4OS_BOT_MEMBERS": "everyone"}


class Listing(Protocol):
    """One way to list the deployments of one person on one platform."""

    def run(self) -> int:
        """List them; return how many there are."""

    def calls(self) -> int:
        """Return how many requests were put on the wire so far, repeated ones included."""

    def close(self) -> None:
        """Close the connections."""


class Ours:
    """The bot's whole `Deployments.list`, through NomadCluster."""

    def __init__(self, address: str, owner: str) -> None:
        self._platforms = Platforms(all=load(_SETTINGS, dotenv=None).platforms)
        self._client = connect(NomadConnection(address=address))
        self._person = Person(
            slack_user=SlackUserId("U1"),
            owner=Owner(email=email_of(owner), subject=owner),
            platforms=(PlatformKey(NAMESPACE),),
        )
        self.forget()

    def forget(self) -> None:
        """Be a bot that has just started: the nodes are known, former answers are not."""
        cluster = NomadCluster(self._client)
        cluster.refresh_nodes()
        self._deployments = Deployments(
            platforms=self._platforms, cluster=cluster, ledger=MemoryLedger(), prober=FakeProber(), clock=_utc_now
        )

    def run(self) -> int:
        """List them."""
        return len(self._deployments.list(self._person))

    def calls(self) -> int:
        """Return how many requests were put on the wire so far."""
        return _calls([self._client.session])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class BareCalls:
    """Jobs and allocations, each filtered by owner, with requests alone: asked, decoded, nothing done with them."""

    def __init__(self, address: str, owner: str) -> None:
        self._address = f"{address}/v1"
        self._owner = owner
        self._session = requests.Session()
        self._session.trust_env = False

    def run(self) -> int:
        """List them."""
        allocations = self._get("allocations", filter=f'Job.Meta.owner == "{self._owner}"')
        jobs = self._get("jobs", meta="true", filter=f'Meta.owner == "{self._owner}"')
        assert len(jobs) == len(allocations)
        return len(jobs)

    def calls(self) -> int:
        """Return how many requests were put on the wire so far."""
        return _calls([self._session])

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _get(self, path: str, **parameters: str) -> Any:
        query = {"namespace": NAMESPACE, **parameters}
        return self._session.get(f"{self._address}/{path}", params=query, timeout=30).json()


class PapiCalls:
    """The calls of PAPI's list, one after another, through the client that PAPI uses, with its usual settings.

    One listing of the platform's jobs; then for each of them the job, its allocations, the allocations once more, one
    allocation, and its node twice. Answers are decoded; what PAPI then does with them is left out, to its advantage.
    """

    def __init__(self, address: str, owner: str) -> None:
        where = urlsplit(address)
        self._owner = owner
        self._nomad = nomad.Nomad(host=where.hostname, port=where.port)
        self._asked = (self._nomad.jobs, self._nomad.job, self._nomad.allocation, self._nomad.node)

    def run(self) -> int:
        """List them."""
        wanted = f'Status != "dead" and Name matches "^module" and Meta is not empty and Meta.owner == "{self._owner}"'
        jobs = self._nomad.jobs.get_jobs(namespace=NAMESPACE, filter_=wanted)
        for job in jobs:
            self._read(job["ID"])
        return len(jobs)

    def calls(self) -> int:
        """Return how many requests were put on the wire so far."""
        return _calls(endpoint.session for endpoint in self._asked)

    def close(self) -> None:
        """Close the connections."""
        for endpoint in self._asked:
            endpoint.session.close()

    def _read(self, job: str) -> None:
        self._nomad.job.get_job(job, namespace=NAMESPACE)
        allocations = self._allocations(job)
        self._allocations(job)
        allocation = self._nomad.allocation.get_allocation(allocations[0]["ID"])
        self._nomad.node.get_node(allocation["NodeID"])
        self._nomad.node.get_node(allocation["NodeID"])

    def _allocations(self, job: str) -> Any:
        query = {"namespace": NAMESPACE}
        return self._nomad.job.request(job, "allocations", method="get", params=query).json()


def _utc_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _calls(sessions: Iterable[requests.Session]) -> int:
    """Count the requests that the sessions' connection pools have sent."""
    adapters = {id(adapter): adapter for session in sessions for adapter in session.adapters.values()}
    managers = [adapter.poolmanager for adapter in adapters.values()]  # type: ignore[attr-defined]  # HTTPAdapter's
    return sum(manager.pools[key].num_requests for manager in managers for key in manager.pools.keys())  # noqa: SIM118
