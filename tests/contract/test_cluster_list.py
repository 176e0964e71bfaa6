"""Check that a long list, which reads little, tells the same as each deployment read alone: simulated, then real."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.domain.base import DeploymentId
from bot.domain.deployment import Deployment, Phase
from bot.domain.status import status_of
from bot.nomad.client import NomadConnection, connect
from bot.nomad.gateway import NomadCluster
from bot.nomad.reading import FEW
from playground.cluster import NodeSpec, SimulatedCluster
from tests.contract.cluster_stages import SITE, AgentStage, SimulatedStage, Stage
from tests.unit.nomad.samples import ADA, AI4EOSC, new, platform

pytest_plugins = ("tests.agent.fixtures",)

HERE = platform()
NODE = NodeSpec(name="node-1", site=SITE, cores=64, memory=400_000, consul="")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["simulated", pytest.param("agent", marks=pytest.mark.agent)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Give a cluster on which more deployments run than are listed whole; the adapter has listed them before."""
    if request.param == "simulated":
        with SimulatedCluster(nodes=[NODE]) as simulated:
            yield from _filled(SimulatedStage(simulated, _adapter(simulated.address)))
    else:
        agent = request.getfixturevalue("agent")
        yield from _filled(AgentStage(agent, _adapter(agent.address)))


def _adapter(address: str) -> NomadCluster:
    return NomadCluster(connect(NomadConnection(address=address)))


def _filled(stage: Stage) -> Iterator[Stage]:
    for _ in range(FEW + 1):
        stage.cluster.submit(new(cpu=1, ram_mb=1000), HERE)
    stage.until(lambda: len(_listed(stage)) > FEW and all(map(_runs, _listed(stage).values())), "all of them to run")
    yield stage
    _client_of(stage.cluster).client.close()


def _client_of(cluster: object) -> NomadCluster:
    assert isinstance(cluster, NomadCluster)
    return cluster


def _listed(stage: Stage) -> dict[DeploymentId, Deployment]:
    return {each.id: each for each in stage.cluster.deployments_of(ADA, [AI4EOSC])}


def _runs(deployment: Deployment) -> bool:
    return _phase(deployment) is Phase.RUNNING


def _phase(deployment: Deployment) -> Phase:
    return status_of(deployment, nodes={}, now=NOW).phase


def _reason(deployment: Deployment) -> str:
    return status_of(deployment, nodes={}, now=NOW).reason


def _fresh(stage: Stage) -> dict[DeploymentId, Deployment]:
    """List with an adapter that has just started."""
    cluster = NomadCluster(_client_of(stage.cluster).client)
    return {each.id: each for each in cluster.deployments_of(ADA, [AI4EOSC])}


def test_failure_shows_in_the_next_list_with_its_cause(stage: Stage) -> None:
    """An image that is not there is told by the list as by Info, at the first time and later."""
    deployment = new(image="ai4oshub/missing", cpu=1, ram_mb=1000)
    stage.let_pull_fail("ai4oshub/missing:cpu")
    stage.cluster.submit(deployment, HERE)
    stage.allocation(deployment.id, client="failed")

    again, first = _listed(stage)[deployment.id], _fresh(stage)[deployment.id]

    alone = stage.cluster.deployment(AI4EOSC, deployment.id)
    assert alone is not None
    assert "ai4oshub/missing:cpu" in _reason(alone)
    assert (_phase(again), _reason(again)) == (_phase(alone), _reason(alone))
    assert (_phase(first), _reason(first)) == (_phase(alone), _reason(alone))


def test_restart_shows_in_the_next_list(stage: Stage) -> None:
    """A container that ended and is started again is told so with its exit code, not as one that runs."""
    deployment = new(image="ai4oshub/failing", cpu=1, ram_mb=1000)
    stage.let_fail("ai4oshub/failing:cpu")
    stage.cluster.submit(deployment, HERE)

    def waits_to_restart() -> bool:
        found = stage.cluster.deployment(AI4EOSC, deployment.id)
        return found is not None and _phase(found) is Phase.RESTARTING

    stage.until(waits_to_restart, "a restart")
    again, first = _listed(stage)[deployment.id], _fresh(stage)[deployment.id]

    assert (_phase(again), _phase(first)) == (Phase.RESTARTING, Phase.RESTARTING)
    assert "exit code 1" in _reason(again)
    assert "exit code 1" in _reason(first)


def test_those_that_are_well_are_listed_alike(stage: Stage) -> None:
    """Read for the first time, again, or each alone: they run on the same nodes with the same hardware."""
    again, first = _listed(stage), _fresh(stage)

    alone = {name: stage.cluster.deployment(AI4EOSC, name) for name in again}
    assert _shape(again) == _shape(first) == _shape({name: each for name, each in alone.items() if each})


def _shape(found: dict[DeploymentId, Deployment]) -> dict[DeploymentId, tuple[object, ...]]:
    return {
        name: (_phase(each), each.hardware, each.labels, each.allocations[-1].node_id, each.allocations[-1].ports)
        for name, each in found.items()
    }
