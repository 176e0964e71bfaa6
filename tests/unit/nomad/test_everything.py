"""Check that reading everybody's deployments takes few calls, and that one odd job hides no other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.base import DeploymentId, Namespace
from bot.domain.catalog import Service
from bot.domain.deployment import Deployment
from bot.errors import ClusterUnavailable
from bot.nomad.client import NomadConnection, connect
from bot.nomad.gateway import NomadCluster
from playground.clock import Clock
from playground.cluster import T4, NodeSpec, PapiJob, SimulatedCluster

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMESPACES = [Namespace("ai4eosc"), Namespace("imagine")]
NODE = NodeSpec(name="one", cores=64, memory=400_000, gpus={T4: 4})
LEARNED_AT_ONCE = 5


@pytest.fixture
def simulated() -> Iterator[SimulatedCluster]:
    """Give one node, on a clock that stands still."""
    with SimulatedCluster(nodes=[NODE], clock=Clock(START, frozen=True)) as cluster:
        yield cluster


@pytest.fixture
def cluster(simulated: SimulatedCluster) -> Iterator[NomadCluster]:
    """Give the adapter on it."""
    client = connect(NomadConnection(address=simulated.address))
    yield NomadCluster(client)
    client.close()


def add(simulated: SimulatedCluster, number: int, *, gpus: int = 0) -> str:
    """Let the Dashboard make a small JupyterLab deployment."""
    wanted = PapiJob(
        id=f"00000000-0000-0000-0000-{number:012}",
        owner="ada",
        owner_email="ada@example.org",
        service="jupyter",
        cpus=1,
        memory=1000,
        disk=1000,
        gpus=gpus,
    )
    return simulated.add_papi_job("ada@example.org", wanted=wanted).id


def crowd(simulated: SimulatedCluster, size: int) -> None:
    """Let many deployments run, the last of them with a GPU."""
    for number in range(size):
        add(simulated, number, gpus=int(number == size - 1))
    simulated.advance(timedelta(minutes=10))


def found(cluster: NomadCluster) -> dict[str, Deployment]:
    """Read everything."""
    return {deployment.id: deployment for deployment in cluster.everything(NAMESPACES)}


def known(cluster: NomadCluster) -> list[str]:
    """Return the deployments of which it is known what they are for."""
    return [identity for identity, each in found(cluster).items() if each.service is Service.JUPYTER]


def test_calls_do_not_grow_with_the_deployments(simulated: SimulatedCluster, cluster: NomadCluster) -> None:
    """Four listings at most, and a few specifications; when all are known and nothing changed, two."""
    crowd(simulated, 12)

    calls = []
    for _ in range(4):
        simulated.reset_calls()
        assert len(found(cluster)) == 12
        calls.append(len(simulated.calls))

    assert calls == [3 + LEARNED_AT_ONCE, 2 + LEARNED_AT_ONCE, 2 + 2, 2]


def test_what_the_dashboard_made_is_learned_bit_by_bit_holders_of_gpus_first(
    simulated: SimulatedCluster, cluster: NomadCluster
) -> None:
    """What a deployment is for stands in its specification alone."""
    crowd(simulated, 8)
    (holder,) = [each.id for each in found(cluster).values() if any(one.gpu_ids for one in each.allocations)]

    assert holder in known(cluster)
    assert len(known(cluster)) == 8


def test_a_specification_that_cannot_be_read_hides_nothing(simulated: SimulatedCluster, cluster: NomadCluster) -> None:
    """All deployments are told; the odd one's turn comes after all others, however often it fails."""
    crowd(simulated, 8)
    odd = "00000000-0000-0000-0000-000000000007"
    simulated.faults.rubbish(b"[]", path=f"/v1/job/{odd}$", times=None)

    rounds = [len(found(cluster)) for _ in range(4)]

    assert rounds == [8] * 4
    assert sorted(known(cluster)) == sorted(found(cluster).keys() - {odd})


def test_what_could_not_be_read_is_forgotten_with_its_deployment(
    simulated: SimulatedCluster, cluster: NomadCluster
) -> None:
    """Nothing is kept of jobs that are gone."""
    crowd(simulated, 2)
    simulated.faults.rubbish(b"[]", path="/v1/job/", times=None)
    found(cluster)
    kept = len(cluster._reader._unread)

    for job in simulated.jobs():
        simulated.stop(job.id, purge=True)
    found(cluster)

    assert (kept, cluster._reader._unread) == (1, {})


def test_a_cluster_that_cannot_be_read_is_not_an_empty_one(simulated: SimulatedCluster, cluster: NomadCluster) -> None:
    """Half of everything would end findings that last."""
    crowd(simulated, 2)
    simulated.faults.error(path="/v1/jobs", times=None)

    with pytest.raises(ClusterUnavailable):
        cluster.everything(NAMESPACES)


def test_an_allocation_that_starts_anew_is_told_with_its_new_start(
    simulated: SimulatedCluster, cluster: NomadCluster
) -> None:
    """What was read before is not believed when its index has changed."""
    identity = DeploymentId(add(simulated, 1, gpus=1))
    simulated.advance(timedelta(minutes=10))
    (before,) = found(cluster)[identity].allocations

    simulated.stop(identity)
    simulated.advance(timedelta(minutes=10))
    (after,) = found(cluster)[identity].allocations

    assert (before.client, after.client) == ("running", "complete")
    assert before.gpu_ids == after.gpu_ids
    assert before.gpu_ids
