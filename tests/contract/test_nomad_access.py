"""Check on a real Nomad with certificates and rights what the bot needs to be let in, and what it says if it is not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.base import DeploymentId, Namespace
from bot.domain.catalog import Service
from bot.errors import ClusterUnavailable, RejectedByCluster
from bot.nomad.client import connect
from bot.nomad.gateway import NomadCluster
from tests.agent.agent import NAMESPACES, Equipment, NomadAgent, wait_until
from tests.contract.nomad_doors import door
from tests.unit.nomad.samples import ADA, AI4EOSC, HOW_TO, new, platform

pytest_plugins = ("tests.agent.fixtures",)
pytestmark = pytest.mark.agent

EVERYWHERE = [Namespace(name) for name in NAMESPACES]
HERE = platform()
SMALLEST_RIGHTS = """
namespace "%s" {
  capabilities = ["list-jobs", "read-job", "submit-job"]
  variables {
    path "nomad/jobs/*" { capabilities = ["read", "write", "destroy"] }
  }
}
"""
READ_NODES = 'node { policy = "read" }'


@pytest.fixture(scope="module")
def guarded(nomad_equipment: Equipment) -> Iterator[NomadAgent]:
    """Start a Nomad that wants a certificate and a token."""
    with NomadAgent(nomad_equipment, name="guarded", acl=True, tls=True) as agent:
        yield agent


@pytest.fixture(scope="module")
def smallest_token(guarded: NomadAgent) -> str:
    """Return a token that may do what the bot needs and nothing else."""
    rules = "".join(SMALLEST_RIGHTS % name for name in NAMESPACES) + READ_NODES
    guarded.api.put("acl/policy/bot", {"Name": "bot", "Rules": rules})
    made = guarded.api.put("acl/token", {"Name": "bot", "Type": "client", "Policies": ["bot"]})
    return str(made["SecretID"])


@contextmanager
def reached(agent: NomadAgent, token: str | None, **changes: Any) -> Iterator[NomadCluster]:
    """Reach the agent with its certificates and this token, and close the connections at the end."""
    client = connect(door(agent, token, **changes))
    try:
        yield NomadCluster(client)
    finally:
        client.close()


def test_smallest_rights_are_enough(guarded: NomadAgent, smallest_token: str) -> None:
    """Everything the bot does works with list-jobs, read-job, submit-job, its Variables and reading nodes."""
    deployment = new(service=Service.JUPYTER, has_password=True)
    with reached(guarded, smallest_token) as cluster:
        cluster.refresh_nodes()
        cluster.plan(deployment, HERE)
        cluster.store_secrets(AI4EOSC, deployment.id, {"jupyterPASSWORD": "secret"})
        cluster.submit(deployment, HERE)
        wait_until(
            lambda: [each for each in cluster.followed(EVERYWHERE) if each.allocations],
            within=timedelta(seconds=40),
            what="the deployment to be placed",
        )

        assert [each.id for each in cluster.deployments_of(ADA, EVERYWHERE)] == [deployment.id]
        assert cluster.deployment(AI4EOSC, deployment.id) is not None
        assert cluster.ide_password(AI4EOSC, deployment.id) == "secret"
        assert cluster.count_gpu_holders(EVERYWHERE, model="") == 0
        assert not cluster.hostname_is_used(platform(addresses=HOW_TO), "leaves")
        assert cluster.is_reachable()
        cluster.delete_secrets(AI4EOSC, deployment.id)
        cluster.stop(AI4EOSC, deployment.id, purge=False)


REFUSED: dict[str, Callable[[NomadCluster], object]] = {
    "list": lambda cluster: cluster.deployments_of(ADA, [AI4EOSC]),
    "nodes": lambda cluster: cluster.refresh_nodes(),
    "secrets": lambda cluster: cluster.secrets(AI4EOSC, DeploymentId("x")),
    "stop": lambda cluster: cluster.stop(AI4EOSC, DeploymentId("x"), purge=False),
}


@pytest.mark.parametrize("call", REFUSED)
def test_wrong_token_is_told(guarded: NomadAgent, call: str) -> None:
    """A token that Nomad does not know is told as such, and is not in the text."""
    with (
        reached(guarded, "00000000-0000-0000-0000-000000000000") as cluster,
        pytest.raises(ClusterUnavailable) as caught,
    ):
        REFUSED[call](cluster)

    assert "token" in str(caught.value)
    assert "0000" not in caught.value.sentence()


def test_missing_right_to_deploy_names_the_namespace(guarded: NomadAgent) -> None:
    """Without the right to submit, a deployment is refused with the namespace's name."""
    with reached(guarded, None) as cluster, pytest.raises(RejectedByCluster, match="ai4eosc"):
        cluster.submit(new(), HERE)


def test_missing_certificate_is_told(guarded: NomadAgent) -> None:
    """A Nomad that wants a certificate and gets none is told apart from one that is down."""
    with (
        reached(guarded, None, client_cert="", client_key="") as cluster,
        pytest.raises(ClusterUnavailable) as caught,
    ):
        cluster.refresh_nodes()

    assert "certificate" in str(caught.value)
