"""Check what the adapter does when Nomad misbehaves, and how many calls it makes, on the simulated cluster."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.base import DeploymentId, Namespace, Site
from bot.domain.catalog import Service
from bot.domain.platform import ServiceProvider
from bot.errors import ClusterUnavailable, RejectedByCluster
from bot.nomad.client import NomadConnection, connect
from bot.nomad.failures import OutcomeUnknown
from bot.nomad.gateway import NomadCluster
from bot.nomad.reading import FEW
from playground.cluster import T4, NodeSpec, SimulatedCluster
from tests.unit.nomad.samples import ADA, AI4EOSC, HOW_TO, dashboard_job, new, platform

HERE = platform()
EVERYWHERE = [AI4EOSC, Namespace("imagine"), Namespace("tutorials")]
NODES = (
    NodeSpec(name="cpu-1", site="ifca-ai4eosc", cores=256, memory=1_000_000, consul=""),
    NodeSpec(name="gpu-1", site="ifca-ai4eosc", gpus={T4: 2}, consul=""),
)
NOWHERE = Site("no-such-site")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The simulated cluster and the adapter on it."""

    simulated: SimulatedCluster
    cluster: NomadCluster

    def paths(self) -> list[str]:
        """Return the path of each call since the last reset."""
        return [call.path for call in self.simulated.calls]

    def submit_some(self, count: int, **changes: Any) -> list[DeploymentId]:
        """Submit that many deployments of Ada's and let them settle."""
        deployments = [new(title=f"number {number}", **changes) for number in range(count)]
        for deployment in deployments:
            self.cluster.submit(deployment, HERE)
        self.simulated.advance(timedelta(minutes=1))  # so that nothing changes by itself any more
        self.simulated.reset_calls()
        return [deployment.id for deployment in deployments]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Give a cluster of two nodes."""
    with SimulatedCluster(nodes=NODES) as simulated:
        client = connect(NomadConnection(address=simulated.address))
        cluster = NomadCluster(client)
        cluster.refresh_nodes()
        simulated.reset_calls()
        yield Desk(simulated=simulated, cluster=cluster)
        client.close()


# Calls.


@pytest.mark.parametrize(("count", "first"), [(1, 2), (FEW, 2), (FEW + 1, 3), (200, 3)])
def test_list_of_running_deployments_takes_two_calls(desk: Desk, count: int, first: int) -> None:
    """A list costs two calls, for one deployment as for two hundred; the first of many also asks which are ill."""
    desk.submit_some(count)

    found = [len(desk.cluster.deployments_of(ADA, EVERYWHERE))]
    asked = desk.paths()
    desk.simulated.reset_calls()
    found.append(len(desk.cluster.deployments_of(ADA, EVERYWHERE)))

    assert found == [count] * 2
    assert asked == ["/v1/jobs", "/v1/allocations", "/v1/allocations"][:first]
    assert desk.paths() == ["/v1/jobs", "/v1/allocations"]


@pytest.mark.parametrize("count", [1, 40, 200])
def test_list_with_waiting_deployments_takes_three_calls(desk: Desk, count: int) -> None:
    """A person's list costs three calls where something waits, and tells the reason of each."""
    desk.submit_some(1)
    desk.submit_some(count, site=NOWHERE)

    found = desk.cluster.deployments_of(ADA, EVERYWHERE)

    assert len([each for each in found if any(tried.failure for tried in each.evaluations or ())]) == count
    assert desk.paths() == ["/v1/jobs", "/v1/allocations", "/v1/evaluations"]


def test_list_with_changed_and_waiting_deployments_takes_three_calls(desk: Desk) -> None:
    """Where some have changed and others wait since the last list, all is told, still in three calls."""
    first, *_ = desk.submit_some(FEW + 1)
    desk.cluster.deployments_of(ADA, EVERYWHERE)
    desk.simulated.stop(first)
    [waiting] = desk.submit_some(1, site=NOWHERE)

    found = {each.id: each for each in desk.cluster.deployments_of(ADA, EVERYWHERE)}

    assert desk.paths() == ["/v1/jobs", "/v1/allocations", "/v1/evaluations"]
    assert any(tried.failure for tried in found[waiting].evaluations or ())
    assert (found[first].is_stopped, found[first].allocations[-1].client) == (True, "complete")


@pytest.mark.parametrize("count", [1, 40, 120])
def test_following_takes_a_constant_number_of_calls(desk: Desk, count: int) -> None:
    """The first round fetches the tasks in one call more, the next ones only those of what changed."""
    first, *_ = desk.submit_some(count)

    desk.cluster.followed(EVERYWHERE)
    first_round = desk.paths()
    desk.simulated.reset_calls()
    desk.cluster.followed(EVERYWHERE)
    quiet_round = desk.paths()
    desk.simulated.reset_calls()
    desk.simulated.stop(first)
    followed = desk.cluster.followed(EVERYWHERE)

    assert first_round == ["/v1/allocations", "/v1/allocations", "/v1/jobs"]
    assert quiet_round == ["/v1/allocations", "/v1/jobs"]
    assert desk.paths() == ["/v1/allocations", "/v1/allocations", "/v1/jobs"]
    assert {each.id for each in followed if each.is_stopped} == {first}


def test_quiet_round_has_the_tasks(desk: Desk) -> None:
    """Task states that did not change are told from memory, also where a list has read the allocations before."""
    desk.submit_some(FEW + 1)
    desk.cluster.deployments_of(ADA, EVERYWHERE)

    first = desk.cluster.followed(EVERYWHERE)
    second = desk.cluster.followed(EVERYWHERE)

    assert first == second
    assert all(each.allocations[-1].main and each.allocations[-1].main.started_at for each in second)


def test_unchanged_nodes_are_not_read_again(desk: Desk) -> None:
    """A refresh costs the list and one call for each node that changed."""
    desk.cluster.refresh_nodes()
    quiet = desk.paths()
    desk.simulated.reset_calls()
    desk.simulated.drop_devices("gpu-1")

    desk.cluster.refresh_nodes()

    assert quiet == ["/v1/nodes"]
    assert len(desk.paths()) == 2
    assert not any(node.gpus for node in desk.cluster.nodes())


def test_one_whole_deployment_takes_three_calls(desk: Desk) -> None:
    """Reading one deployment costs its allocations, its evaluations and its job."""
    [deployment] = desk.submit_some(1)

    desk.cluster.deployment(AI4EOSC, deployment)

    assert desk.paths() == ["/v1/allocations", f"/v1/job/{deployment}/evaluations", f"/v1/job/{deployment}"]


def test_counting_holders_and_looking_for_a_hostname_take_one_call_each(desk: Desk) -> None:
    """The two questions of the form cost one call each."""
    desk.cluster.count_gpu_holders(EVERYWHERE, model="")
    desk.cluster.hostname_is_used(platform(addresses=HOW_TO), "leaves")

    assert desk.paths() == ["/v1/allocations", "/v1/jobs"]


def test_plan_and_submission_take_one_call_each(desk: Desk) -> None:
    """With the nodes known, a plan costs one call and a submission another."""
    deployment = new()

    desk.cluster.plan(deployment, HERE)
    desk.cluster.submit(deployment, HERE)

    assert desk.paths() == [f"/v1/job/{deployment.id}/plan", "/v1/jobs"]


# Answers that do not come.


def test_lost_answer_to_a_submission_is_settled_by_looking(desk: Desk) -> None:
    """A submission whose answer is lost is a success if the deployment is there."""
    deployment = new()
    desk.simulated.faults.unreachable(path="/v1/jobs$", method="POST", after=True)

    desk.cluster.submit(deployment, HERE)

    assert desk.simulated.job(deployment.id) is not None


def test_submission_that_did_not_arrive_is_in_doubt(desk: Desk) -> None:
    """A submission that broke and is not there may still arrive: the outcome is unknown, and trying again is safe."""
    deployment = new()
    desk.simulated.faults.unreachable(path="/v1/jobs$", method="POST")

    with pytest.raises(OutcomeUnknown) as caught:
        desk.cluster.submit(deployment, HERE)
    desk.cluster.submit(deployment, HERE)

    assert "not known" in caught.value.changed
    assert [job.id for job in desk.simulated.jobs()] == [deployment.id]


def test_submission_that_cannot_be_looked_for_is_in_doubt(desk: Desk) -> None:
    """Where neither the answer nor the look come through, the outcome is unknown; again gives one deployment."""
    deployment = new()
    desk.simulated.faults.unreachable(path="/v1/jobs$", method="POST", after=True)
    desk.simulated.faults.unreachable(path=f"/v1/job/{deployment.id}$", times=None)

    with pytest.raises(OutcomeUnknown):
        desk.cluster.submit(deployment, HERE)
    desk.simulated.faults.clear()
    desk.cluster.submit(deployment, HERE)

    assert [job.version for job in desk.simulated.jobs()] == [0]


def test_leader_lost_while_submitting_is_in_doubt(desk: Desk) -> None:
    """An error of the moment is neither success nor refusal."""
    desk.simulated.faults.leaderless(path="/v1/jobs$", method="POST")

    with pytest.raises(OutcomeUnknown, match="leader"):
        desk.cluster.submit(new(), HERE)


def test_concurrent_submissions_give_one_deployment(desk: Desk) -> None:
    """Eight threads that submit the same deployment at once make one, and all of them succeed."""
    deployment = new()

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: desk.cluster.submit(deployment, HERE), range(8)))

    assert results == [None] * 8
    assert [job.version for job in desk.simulated.jobs()] == [0]


def test_id_of_the_dashboard_is_refused(desk: Desk) -> None:
    """An id under which the Dashboard has a job is refused, even if the owner is the same."""
    deployment = new()
    desk.simulated.register(dashboard_job(deployment.id))

    with pytest.raises(RejectedByCluster):
        desk.cluster.submit(deployment, HERE)


@pytest.mark.parametrize("trouble", ["rubbish", "forbidden", "too_many", "leaderless", "error"])
def test_every_reading_tells_trouble_as_unavailability(desk: Desk, trouble: str) -> None:
    """Whatever goes wrong while reading is ClusterUnavailable, and counting holders is unknown."""
    getattr(desk.simulated.faults, trouble)(times=None)
    calls = (
        lambda: desk.cluster.deployments_of(ADA, EVERYWHERE),
        lambda: desk.cluster.followed(EVERYWHERE),
        lambda: desk.cluster.deployment(AI4EOSC, DeploymentId("x")),
        lambda: desk.cluster.secrets(AI4EOSC, DeploymentId("x")),
        lambda: desk.cluster.hostname_is_used(HERE, "leaves"),
        desk.cluster.refresh_nodes,
    )

    for call in calls:
        with pytest.raises(ClusterUnavailable):
            call()

    assert desk.cluster.count_gpu_holders(EVERYWHERE, model="") is None
    assert not desk.cluster.is_reachable()


def test_unplugged_cluster_is_not_reachable_and_comes_back(desk: Desk) -> None:
    """A cluster that refuses connections is told so at once, and is used again when it is back."""
    desk.simulated.unplug()
    with pytest.raises(ClusterUnavailable, match="cannot be reached"):
        desk.cluster.submit(new(), HERE)
    was_reachable = desk.cluster.is_reachable()

    desk.simulated.plug()
    desk.cluster.submit(new(), HERE)

    assert not was_reachable
    assert desk.cluster.is_reachable()


# Odd things on the cluster.


@pytest.mark.parametrize(
    "broken",
    [
        {"TaskGroups": [{"Name": "g", "Tasks": [{"Name": "x", "Driver": "raw_exec", "Config": {"command": "true"}}]}]},
        {"Meta": {"owner": "ada-subject", "hardware": "nonsense", "made_by": "ai4os-bot"}},
        {"Name": "tool-llm-x", "Meta": {"owner": "ada-subject", "title": "\\u0000\\u001b"}},
    ],
)
def test_one_odd_job_does_not_spoil_the_list(desk: Desk, broken: dict[str, Any]) -> None:
    """A job without main task, with nonsense in its meta or of another kind is listed beside the others."""
    [fine] = desk.submit_some(1)
    odd = {**dashboard_job("odd"), **broken}
    desk.simulated.register({key: value for key, value in odd.items() if key not in {"Version", "SubmitTime"}})

    found = {each.id: each for each in desk.cluster.deployments_of(ADA, EVERYWHERE)}
    followed = {each.id for each in desk.cluster.followed(EVERYWHERE)}

    assert found.keys() == {fine, "odd"}
    assert fine in followed


def test_services_register_in_consul_where_a_node_has_it(desk: Desk) -> None:
    """The automatic choice is Nomad on nodes without Consul, and Consul once a node that serves the platform has it."""
    automatic = platform(service_provider=ServiceProvider.AUTO)
    before, after = new(service=Service.JUPYTER), new(service=Service.JUPYTER)
    desk.cluster.submit(before, automatic)
    desk.simulated.add_node(NodeSpec(name="cpu-2", site="ifca-ai4eosc"))
    desk.cluster.refresh_nodes()

    desk.cluster.submit(after, automatic)

    assert _providers(desk, before.id) == {"nomad"}
    assert _providers(desk, after.id) == {"consul"}


def test_automatic_choice_reads_the_nodes_if_need_be() -> None:
    """Before the first reading of the nodes, the automatic choice reads them itself."""
    with SimulatedCluster(nodes=NODES) as simulated:
        client = connect(NomadConnection(address=simulated.address))

        NomadCluster(client).submit(new(), platform(service_provider=ServiceProvider.AUTO))
        client.close()

        assert len(simulated.jobs()) == 1


def _providers(desk: Desk, deployment: DeploymentId) -> set[str]:
    job = desk.simulated.job(deployment)
    assert job is not None
    return {service["Provider"] for service in job.spec["TaskGroups"][0]["Services"]}


@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_answer_that_repeats_the_secret_is_not_passed_on(desk: Desk, status: int) -> None:
    """Whatever Nomad, or something in front of it, says about a secret that it refuses, nobody reads the secret."""
    desk.simulated.faults.error("variable {s3cret-word} refused", status=status, path="/v1/var/", times=None)

    with pytest.raises(ClusterUnavailable) as caught:
        desk.cluster.store_secrets(AI4EOSC, DeploymentId("one"), {"jupyterPASSWORD": "s3cret-word"})

    error = caught.value
    assert (
        "s3cret-word" not in f"{error} {error.hint} {error!r} {vars(error)} {error.__cause__!r} {error.__context__!r}"
    )
    assert str(status) in str(error)
