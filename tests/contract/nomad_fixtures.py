"""Fixtures of the contract tests: each cluster comes twice, simulated and real."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from playground.cluster import NodeSpec, Pace, SimulatedCluster
from tests.agent.agent import AgentCluster, NomadAgent
from tests.contract.nomad_jobs import A100, T4
from tests.contract.nomad_stage import AgentScripting, SimulatedScripting, Stage, TwoJobs, register_two

ONE_NODE = (NodeSpec(name="agent", site="ifca-ai4eosc", cores=64, gpus={T4: 2, A100: 1}, tags="cpu", consul=""),)
TWO_SITES = (
    NodeSpec(name="ifca-1", site="ifca-ai4eosc", cores=64, gpus={T4: 1}, tags="cpu", consul=""),
    NodeSpec(name="incd-1", site="incd-imagine", cores=64, gpus={A100: 1}, tags="cpu", consul=""),
)
QUICK = Pace(pull=timedelta(milliseconds=20), hook=timedelta(milliseconds=20), stop=timedelta(milliseconds=20))
KINDS = ("simulated", pytest.param("agent", marks=pytest.mark.agent))


@pytest.fixture(params=KINDS)
def nomad(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Return a cluster of one node with two T4 and one A100: the simulated one, then a real one."""
    if request.param == "simulated":
        with SimulatedCluster(nodes=ONE_NODE, pace=QUICK) as cluster:
            yield from _open(Stage(cluster.address, SimulatedScripting(cluster)))
    else:
        agent: NomadAgent = request.getfixturevalue("agent")
        yield from _open(Stage(agent.address, AgentScripting(agent)))


@pytest.fixture(params=KINDS)
def two_sites(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Return a cluster of two sites, a T4 at the first and an A100 at the second: simulated, then real."""
    if request.param == "simulated":
        with SimulatedCluster(nodes=TWO_SITES, pace=QUICK) as cluster:
            yield from _open(Stage(cluster.address, SimulatedScripting(cluster)))
    else:
        agents: AgentCluster = request.getfixturevalue("agent_cluster")
        yield from _open(Stage(agents.address, AgentScripting(agents)))


@pytest.fixture(params=KINDS, scope="module")
def two_jobs(request: pytest.FixtureRequest) -> Iterator[TwoJobs]:
    """Return a cluster with two running jobs that the tests of a module share and do not change."""
    if request.param == "simulated":
        with SimulatedCluster(nodes=ONE_NODE, pace=QUICK) as cluster:
            for stage in _open(Stage(cluster.address, SimulatedScripting(cluster))):
                yield register_two(stage)
    else:
        agent: NomadAgent = request.getfixturevalue("shared_agent")
        for stage in _open(Stage(agent.address, AgentScripting(agent))):
            yield register_two(stage)
        agent.clear()


def _open(stage: Stage) -> Iterator[Stage]:
    try:
        yield stage
    finally:
        stage.close()
