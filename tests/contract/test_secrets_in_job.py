"""Check that secrets reach the tasks that need them, and that nobody who reads the job sees one."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests

from bot.domain.base import DeploymentId
from bot.domain.catalog import Service
from bot.domain.deployment import Allocation
from bot.domain.request import Field
from bot.nomad.client import NomadClient, NomadConnection, connect
from bot.nomad.gateway import NomadCluster
from bot.nomad.secret_items import secret_items
from bot.ports import NewDeployment
from playground.cluster import NodeSpec, SimulatedCluster
from tests.agent.agent import NomadAgent, wait_until
from tests.unit.nomad.samples import AI4EOSC, STORAGE, new, platform

pytest_plugins = ("tests.agent.fixtures",)

PATIENCE = timedelta(seconds=40)
PASSWORD = 'it\'s $HOME ${NOMAD_JOB_ID} "quoted" \\ back <x>& {{ x }} ü'
TYPED = {Field.PASSWORD: PASSWORD, Field.STORAGE_PASSWORD: "of-the-storage-share"}
ODD_STORAGE = STORAGE.model_copy(update={"url": "https://share.example.org/${attr.kernel.name}", "user": "ada $x"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A Nomad and the adapter on it."""

    client: NomadClient
    cluster: NomadCluster

    def submit(self, deployment: NewDeployment) -> dict[str, str]:
        """Store what the form's secrets become and submit; return the stored items."""
        items = secret_items(deployment.request, TYPED)
        self.cluster.store_secrets(AI4EOSC, deployment.id, items)
        self.cluster.submit(deployment, platform())
        return items

    def running(self, deployment: DeploymentId) -> Allocation:
        """Return the allocation of a deployment once its main task runs."""

        def found() -> Allocation | None:
            there = self.cluster.deployment(AI4EOSC, deployment)
            allocation = there.allocations[-1] if there and there.allocations else None
            return allocation if allocation and allocation.main and allocation.main.state == "running" else None

        return wait_until(found, within=PATIENCE, what="the main task to run")


@pytest.fixture(params=["simulated", pytest.param("agent", marks=pytest.mark.agent)])
def reach(request: pytest.FixtureRequest) -> Iterator[Reach]:
    """Give the simulated cluster and the real Nomad in turn."""
    if request.param == "simulated":
        with SimulatedCluster(nodes=[NodeSpec(name="node-1", consul="")]) as simulated:
            yield from reached(simulated.address)
    else:
        yield from reached(request.getfixturevalue("agent").address)


@pytest.fixture
def real(agent: NomadAgent) -> Iterator[Reach]:
    """Give the real Nomad alone, for what only a real task shows."""
    yield from reached(agent.address)


def reached(address: str) -> Iterator[Reach]:
    """Reach a Nomad at this address, and close the connections at the end."""
    client = connect(NomadConnection(address=address))
    yield Reach(client=client, cluster=NomadCluster(client))
    client.close()


def environment(allocation: Allocation) -> dict[str, str]:
    """Return what the container sees in its environment, which the stand-in for Docker shows on every port."""
    [port] = [port for port in allocation.ports if port.label == "ide"]
    answer = requests.get(f"http://{port.address}:{port.number}/environment", timeout=5)
    found: dict[str, str] = answer.json()
    return found


ASK: dict[str, Callable[[NewDeployment], str]] = {
    "job": lambda deployment: f"job/{deployment.id}",
    "versions": lambda deployment: f"job/{deployment.id}/versions",
    "allocations": lambda _: "allocations",
    "evaluations": lambda deployment: f"job/{deployment.id}/evaluations",
}


@pytest.mark.parametrize("view", ASK)
def test_nobody_who_reads_nomad_sees_a_secret(reach: Reach, view: str) -> None:
    """Neither the job, nor its versions, nor its allocations hold a password or a storage address."""
    deployment = new(service=Service.JUPYTER, storage=ODD_STORAGE, has_password=True)
    items = reach.submit(deployment)
    reach.running(deployment.id)

    shown: Any = reach.client.get(ASK[view](deployment), {"namespace": AI4EOSC})

    text = json.dumps(shown, ensure_ascii=False) + json.dumps(shown)
    assert [name for name, secret in items.items() if secret in text or json.dumps(secret)[1:-1] in text] == []


@pytest.mark.agent
def test_main_task_gets_every_secret_as_it_was_typed(real: Reach) -> None:
    """Password and storage arrive in the container unchanged, with nothing interpolated, the share's obscured."""
    deployment = new(service=Service.JUPYTER, storage=ODD_STORAGE, has_password=True)
    items = real.submit(deployment)

    seen = environment(real.running(deployment.id))

    assert seen["jupyterPASSWORD"] == PASSWORD
    assert seen["RCLONE_CONFIG_RSHARE_URL"] == ODD_STORAGE.url
    assert seen["RCLONE_CONFIG_RSHARE_USER"] == ODD_STORAGE.user
    assert seen["RCLONE_CONFIG_RSHARE_PASS"] == items["storage_password_obscured"]


@pytest.mark.agent
def test_titles_are_not_interpolated_for_the_task(real: Reach) -> None:
    """A title that names something of Nomad's arrives in the container as text, not as what it names."""
    deployment = new(service=Service.JUPYTER, title="${NOMAD_ALLOC_ID} ${attr.kernel.name}")

    real.cluster.submit(deployment, platform())

    assert environment(real.running(deployment.id))["NOMAD_META_title"] == "$ {NOMAD_ALLOC_ID} $ {attr.kernel.name}"


@pytest.mark.agent
def test_deleted_secrets_leave_the_running_task_alone(real: Reach) -> None:
    """Deleting or replacing the secrets neither restarts the task nor takes what it has."""
    deployment = new(service=Service.JUPYTER, has_password=True)
    real.submit(deployment)
    before = real.running(deployment.id)

    real.cluster.store_secrets(AI4EOSC, deployment.id, {"jupyterPASSWORD": "another"})
    real.cluster.delete_secrets(AI4EOSC, deployment.id)

    after = real.running(deployment.id)
    assert environment(after)["jupyterPASSWORD"] == PASSWORD
    assert before.main is not None
    assert after.main is not None
    assert (after.id, after.main.restarts, after.main.started_at) == (before.id, 0, before.main.started_at)
