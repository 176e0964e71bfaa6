"""Check on every kind of cluster what is seen of a deployment whose node is cut off and comes back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.domain.base import DeploymentId, Site
from bot.domain.deployment import Phase
from bot.domain.status import status_of
from bot.nomad.client import NomadConnection, connect
from bot.nomad.gateway import NomadCluster
from bot.ports import Cluster
from playground.cluster import NodeSpec, SimulatedCluster
from tests.agent.agent import wait_until
from tests.fakes.cluster import EPOCH, FakeCluster
from tests.unit.nomad.samples import AI4EOSC, new, platform

pytest_plugins = ("tests.agent.fixtures",)

SITE = "ifca-ai4eosc"
PATIENCE = timedelta(seconds=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A cluster with one node at the site, and the hands to cut it off."""

    cluster: Cluster
    lose: Callable[[], object]
    restore: Callable[[], object]
    start: Callable[[DeploymentId], object] = str


@pytest.fixture(params=["fake", "simulated", pytest.param("agent", marks=pytest.mark.agent)])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Give each kind of cluster in turn."""
    if request.param == "fake":
        fake = FakeCluster()
        node = fake.add_node("ifca-1", site=SITE)
        yield Scene(
            cluster=fake,
            lose=lambda: fake.lose_node(node.id),
            restore=lambda: fake.return_node(node.id),
            start=fake.start,
        )
    elif request.param == "simulated":
        with SimulatedCluster(nodes=[NodeSpec(name="ifca-1", site=SITE, consul="")]) as simulated:
            yield from reached(
                simulated.address, lambda: simulated.lose_node("ifca-1"), lambda: simulated.restore_node("ifca-1")
            )
    else:
        agents = request.getfixturevalue("agent_cluster")
        yield from reached(agents.address, lambda: agents.lose_node("ifca-1"), lambda: agents.restore_node("ifca-1"))


def reached(address: str, lose: Callable[[], object], restore: Callable[[], object]) -> Iterator[Scene]:
    """Reach a Nomad at this address, and close the connections at the end."""
    client = connect(NomadConnection(address=address))
    yield Scene(cluster=NomadCluster(client), lose=lose, restore=restore)
    client.close()


def phase(scene: Scene, deployment: DeploymentId) -> Phase:
    """Return what people are told about a deployment now."""
    scene.cluster.refresh_nodes()
    nodes = {node.id: node for node in scene.cluster.nodes()}
    found = scene.cluster.deployment(AI4EOSC, deployment)
    assert found is not None
    return status_of(found, nodes=nodes, now=EPOCH).phase


def test_deployment_on_a_lost_node_is_unreachable_until_the_node_returns(scene: Scene) -> None:
    """A deployment whose node is cut off is unreachable, not running, and runs again once the node is back."""
    deployment = new(site=Site(SITE))
    scene.cluster.submit(deployment, platform())
    scene.start(deployment.id)
    seen = [Phase.RUNNING, Phase.UNREACHABLE, Phase.RUNNING]

    def becomes(wanted: Phase) -> None:
        wait_until(lambda: phase(scene, deployment.id) is wanted, within=PATIENCE, what=f"it to be {wanted}")

    becomes(seen[0])
    scene.lose()
    becomes(seen[1])
    [listed] = scene.cluster.followed([AI4EOSC])
    scene.restore()
    becomes(seen[2])

    assert listed.allocations[-1].client == "unknown"
    assert listed.allocations[-1].main is not None
