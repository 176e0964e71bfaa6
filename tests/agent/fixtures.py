"""Fixtures with a real Nomad.

A test module asks for them with `pytest_plugins = ("tests.agent.fixtures",)`, so that the whole run shares one agent;
imported by name they would start one per module. PYTEST_DONT_REWRITE: nothing is asserted here.
"""

import os
from collections.abc import Iterator

import pytest

from tests.agent.agent import (
    A100,
    T4,
    WHY_MISSING,
    AgentCluster,
    Equipment,
    Gpu,
    NodeShape,
    NomadAgent,
    equipment,
)

AGENT_GPUS = (
    Gpu(id="GPU-t4-1", model=T4),
    Gpu(id="GPU-t4-2", model=T4),
    Gpu(id="GPU-a100-1", model=A100, memory_mib=40960, power_limit_w=250),
)
CLUSTER_NODES = {
    "ifca-1": NodeShape(datacenter="ifca-ai4eosc", gpus=(Gpu(id="GPU-ifca-1", model=T4),)),
    "incd-1": NodeShape(datacenter="incd-imagine", gpus=(Gpu(id="GPU-incd-1", model=A100, memory_mib=40960),)),
}


@pytest.fixture(scope="session")
def nomad_equipment() -> Equipment:
    """Return the binaries; without them the test is skipped, or fails where REQUIRE_NOMAD=1 says that it must run."""
    found = equipment()
    if found is None and os.environ.get("REQUIRE_NOMAD") == "1":
        pytest.fail(WHY_MISSING, pytrace=False)
    if found is None:
        pytest.skip(WHY_MISSING)
    return found


@pytest.fixture(scope="session")
def shared_agent(nomad_equipment: Equipment, request: pytest.FixtureRequest) -> Iterator[NomadAgent]:
    """Start the one agent of the test run: two T4 and an A100, 64 cores."""
    with NomadAgent(nomad_equipment, node=NodeShape(gpus=AGENT_GPUS)) as started:
        yield started
        if request.session.testsfailed:
            started.process.show_log()


@pytest.fixture(scope="session")
def shared_agent_cluster(nomad_equipment: Equipment, request: pytest.FixtureRequest) -> Iterator[AgentCluster]:
    """Start the one cluster of the test run: two sites with a node each."""
    with AgentCluster(nomad_equipment, CLUSTER_NODES) as started:
        yield started
        if request.session.testsfailed:
            started.show_logs()


@pytest.fixture
def agent(shared_agent: NomadAgent) -> Iterator[NomadAgent]:
    """Return the run's agent without jobs, Variables or scripts; what the test leaves is removed after it."""
    yield shared_agent
    shared_agent.clear()


@pytest.fixture
def agent_cluster(shared_agent_cluster: AgentCluster) -> Iterator[AgentCluster]:
    """Return the run's cluster with every node there and without jobs; what the test leaves is removed after it."""
    yield shared_agent_cluster
    shared_agent_cluster.clear()
