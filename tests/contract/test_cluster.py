"""What every cluster must do, checked on the fake, on the adapter with the simulated cluster, and on a real Nomad."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.domain.base import DeploymentId, Namespace, Site
from bot.domain.catalog import Service
from bot.domain.deployment import Allocation, Deployment, Hardware
from bot.domain.people import Owner
from bot.domain.placement import Outlook
from bot.errors import RejectedByCluster
from bot.nomad.client import NomadConnection, connect
from bot.nomad.gateway import NomadCluster
from bot.ports import NewDeployment
from playground.cluster import A100, T4, NodeSpec, SimulatedCluster
from tests.contract.cluster_stages import FOREIGN_PASSWORD, SITE, AgentStage, FakeStage, SimulatedStage, Stage
from tests.unit.nomad.samples import ADA, AI4EOSC, BERT, HOW_TO, new, platform

pytest_plugins = ("tests.agent.fixtures",)

IMAGINE = Namespace("imagine")
EVERYWHERE = [AI4EOSC, IMAGINE, Namespace("tutorials")]
HERE = platform()
NOWHERE = Site("no-such-site")
ON_A100: dict[str, Any] = {"gpus": 1, "gpu_model": A100, "tag": "gpu"}
GPU_NODE = NodeSpec(name="node-1", site=SITE, cores=64, memory=400_000, gpus={T4: 2, A100: 1}, consul="")


@pytest.fixture(params=["fake", "simulated", pytest.param("agent", marks=pytest.mark.agent)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Give each kind of cluster in turn, empty."""
    if request.param == "fake":
        yield FakeStage()
    elif request.param == "simulated":
        with SimulatedCluster(nodes=[GPU_NODE]) as simulated:
            yield from staged(simulated.address, lambda cluster: SimulatedStage(simulated, cluster))
    else:
        agent = request.getfixturevalue("agent")
        yield from staged(agent.address, lambda cluster: AgentStage(agent, cluster))


def staged(address: str, make: Callable[[NomadCluster], Stage]) -> Iterator[Stage]:
    """Put the adapter on a Nomad at this address, and close its connections at the end."""
    client = connect(NomadConnection(address=address))
    cluster = NomadCluster(client)
    cluster.refresh_nodes()
    yield make(cluster)
    client.close()


def running(stage: Stage, deployment: NewDeployment) -> Deployment:
    """Submit a deployment on AI4EOSC and return it once it runs."""
    stage.cluster.submit(deployment, HERE)
    stage.allocation(deployment.id, client="running")
    return there(stage, deployment.id)


def there(stage: Stage, deployment: DeploymentId) -> Deployment:
    """Return a deployment on AI4EOSC."""
    found = stage.cluster.deployment(AI4EOSC, deployment)
    assert found is not None
    return found


def own(stage: Stage, owner: Owner = ADA) -> dict[DeploymentId, Deployment]:
    """Return an owner's deployments everywhere, by id."""
    return {deployment.id: deployment for deployment in stage.cluster.deployments_of(owner, EVERYWHERE)}


def is_over(stage: Stage, deployment: DeploymentId) -> bool:
    """Tell whether nothing of a deployment runs any more."""
    return all(allocation.is_over for allocation in there(stage, deployment).allocations)


# Planning.


def test_plan_of_a_free_place_is_now(stage: Stage) -> None:
    """A request for which there is room would start now, and planning it changes nothing."""
    plan = stage.cluster.plan(new(**ON_A100), HERE)

    assert plan.outlook is Outlook.NOW
    assert own(stage) == {}


def test_plan_of_a_taken_gpu_is_not_yet(stage: Stage) -> None:
    """A request for a GPU that somebody holds would wait, and the reason says for what."""
    running(stage, new(**ON_A100))

    plan = stage.cluster.plan(new(**ON_A100), HERE)

    assert plan.outlook is Outlook.NOT_YET
    assert plan.reasons == ("every fitting GPU is taken",)


@pytest.mark.parametrize("impossible", [{"gpus": 1, "gpu_model": "No such GPU", "tag": "gpu"}, {"site": NOWHERE}])
def test_plan_of_what_no_node_has_is_never(stage: Stage, impossible: dict[str, Any]) -> None:
    """A request for a GPU model or a site that does not exist can never run, and a reason is given."""
    plan = stage.cluster.plan(new(**impossible), HERE)

    assert plan.outlook is Outlook.NEVER
    assert plan.reasons


def test_plan_of_more_gpus_than_one_model_has_is_never(stage: Stage) -> None:
    """Three GPUs of two models on one node are no three GPUs, whatever Nomad's counts say."""
    assert stage.cluster.plan(new(gpus=3, tag="gpu"), HERE).outlook is Outlook.NEVER


def test_unknown_namespace_is_named(stage: Stage) -> None:
    """A platform whose namespace the cluster does not have is refused with its name, planned or submitted."""
    nowhere = platform("nowhere")

    with pytest.raises(RejectedByCluster, match="nowhere"):
        stage.cluster.plan(new(), nowhere)
    with pytest.raises(RejectedByCluster, match="nowhere"):
        stage.cluster.submit(new(), nowhere)


# Submitting.


def test_submitting_twice_gives_one_deployment(stage: Stage) -> None:
    """The same deployment submitted again is a success, and there is one."""
    deployment = new(site=NOWHERE)

    stage.cluster.submit(deployment, HERE)
    stage.cluster.submit(deployment, HERE)

    assert list(own(stage)) == [deployment.id]


def test_id_of_somebody_else_is_refused(stage: Stage) -> None:
    """An id that belongs to another owner's deployment is refused, and theirs stays as it is."""
    deployment = new(BERT, title="Bert's", site=NOWHERE)
    stage.cluster.submit(deployment, HERE)

    with pytest.raises(RejectedByCluster):
        stage.cluster.submit(new(ADA, identity=deployment.id, site=NOWHERE), HERE)

    assert there(stage, deployment.id).title == "Bert's"


def test_submitted_deployment_says_what_it_is(stage: Stage) -> None:
    """A deployment is read back with owner, texts, hardware, image, service, host name and labels."""
    deployment = new(
        title="Leaves",
        description="Of trees",
        hostname="leaves",
        gpu_reason="for two",
        service=Service.JUPYTER,
        cpu=2,
        site=NOWHERE,
    )

    stage.cluster.submit(deployment, platform(addresses=HOW_TO))

    found = there(stage, deployment.id)
    assert found.owner == ADA
    assert (found.title, found.description, found.hostname, found.gpu_reason) == (
        "Leaves",
        "Of trees",
        "leaves",
        "for two",
    )
    assert found.hardware == Hardware(cpu=2, ram_mb=2000, disk_mb=1000)
    assert (found.image, found.service) == ("ai4oshub/ai4os-demo-app:cpu", Service.JUPYTER)
    assert found.labels == ("deepaas", "monitor", "ide", "custom")
    assert found.made_by_bot
    assert not found.is_stopped


def test_hostile_texts_arrive_as_texts(stage: Stage) -> None:
    """Quotes, backticks and template marks in a title are stored as they are."""
    title = "a \"b\" 'c' `d` {{ e }} <f> & ü"
    deployment = new(title=title, site=NOWHERE)

    stage.cluster.submit(deployment, HERE)

    assert there(stage, deployment.id).title == title


# Running, waiting, failing.


def test_running_deployment_has_node_ports_and_start(stage: Stage) -> None:
    """A running deployment tells the node it is on, its ports, what it holds, and when its main task started."""
    found = running(stage, new(**ON_A100))

    [allocation] = found.allocations
    assert allocation.node_id in {node.id for node in stage.cluster.nodes()}
    assert {"api", "monitor", "custom"} <= {port.label for port in allocation.ports}
    assert all(port.number and port.address for port in allocation.ports)
    assert allocation.hardware is not None
    assert (allocation.hardware.gpus, allocation.hardware.gpu_model) == (1, A100)
    assert allocation.main is not None
    assert allocation.main.state == "running"
    assert allocation.main.started_at is not None


def test_waiting_deployment_starts_when_its_gpu_is_released(stage: Stage) -> None:
    """A deployment waits with its reason while the GPU is held, and starts once its holder is stopped."""
    holder, waiting = new(**ON_A100), new(**ON_A100)
    running(stage, holder)
    stage.cluster.submit(waiting, HERE)

    def blocked() -> Deployment | None:
        found = there(stage, waiting.id)
        return found if any(evaluation.failure for evaluation in found.evaluations or ()) else None

    before = stage.until(blocked, "a reason for the waiting")
    stage.cluster.stop(AI4EOSC, holder.id, purge=False)

    assert before.allocations == ()
    assert {each.failure.nodes_exhausted for each in before.evaluations or () if each.failure} == {1}
    assert stage.allocation(waiting.id, client="running").hardware is not None


def test_waiting_deployment_is_listed_with_reason_and_hardware(stage: Stage) -> None:
    """A list shows why a deployment waits and what it asks for, without reading it by itself."""
    running(stage, new(BERT, **ON_A100))
    waiting = new(**ON_A100)
    stage.cluster.submit(waiting, HERE)

    def listed() -> Deployment | None:
        found = own(stage).get(waiting.id)
        return found if found and any(evaluation.failure for evaluation in found.evaluations or ()) else None

    found = stage.until(listed, "a listed reason for the waiting")
    assert found.hardware == Hardware(cpu=1, gpus=1, gpu_model=A100, ram_mb=2000, disk_mb=1000)


def test_failing_deployment_tells_exit_code_and_restarts(stage: Stage) -> None:
    """A container that ends with an error is restarted, and its events tell the exit code."""
    deployment = new(image="ai4oshub/failing")
    stage.let_fail("ai4oshub/failing:cpu")
    stage.cluster.submit(deployment, HERE)

    def restarted() -> list[str] | None:
        allocations = there(stage, deployment.id).allocations
        main = allocations[-1].main if allocations else None
        events = main.events if main else ()
        return (
            [event.details["exit_code"] for event in events if event.kind == "Terminated"]
            if any(event.kind == "Restarting" for event in events)
            else None
        )

    assert stage.until(restarted, "a restart")[0] == "1"


def test_missing_image_fails_with_its_name(stage: Stage) -> None:
    """An image that the registry does not know ends the deployment, and an event names image and tag."""
    deployment = new(image="ai4oshub/missing", tag="no-such-tag")
    stage.let_pull_fail("ai4oshub/missing:no-such-tag")

    stage.cluster.submit(deployment, HERE)

    failed = stage.allocation(deployment.id, client="failed")
    assert failed.main is not None
    assert failed.main.failed
    texts = [event.text for event in failed.main.events if event.kind == "Driver Failure"]
    assert "Failed to pull `ai4oshub/missing:no-such-tag`" in texts[0]


def test_failed_deployment_stays_in_the_list(stage: Stage) -> None:
    """A deployment that failed for good is listed still, not stopped, until it is removed."""
    deployment = new(image="ai4oshub/missing")
    stage.let_pull_fail("ai4oshub/missing:cpu")
    stage.cluster.submit(deployment, HERE)
    stage.allocation(deployment.id, client="failed")

    listed = own(stage)[deployment.id]
    stage.cluster.stop(AI4EOSC, deployment.id, purge=True)

    assert not listed.is_stopped
    assert listed.allocations[-1].client == "failed"
    assert deployment.id not in own(stage)


# Stopping.


def test_stopped_deployment_ends_and_is_remembered(stage: Stage) -> None:
    """A stopped deployment is marked so at once, ends, and is still there; stopping again is fine."""
    deployment = running(stage, new())

    stage.cluster.stop(AI4EOSC, deployment.id, purge=False)
    stage.cluster.stop(AI4EOSC, deployment.id, purge=False)

    assert there(stage, deployment.id).is_stopped
    assert stage.until(lambda: is_over(stage, deployment.id), "the stop to be over")
    assert own(stage)[deployment.id].is_stopped


def test_purged_deployment_is_gone(stage: Stage) -> None:
    """A purged deployment is found nowhere; purging again is fine."""
    deployment = running(stage, new())

    stage.cluster.stop(AI4EOSC, deployment.id, purge=True)
    stage.cluster.stop(AI4EOSC, deployment.id, purge=True)

    assert stage.cluster.deployment(AI4EOSC, deployment.id) is None


def test_purging_while_being_placed_ends_the_deployment(stage: Stage) -> None:
    """A deployment that is purged the moment it was submitted is gone or stopped, and the cluster lives on."""
    deployments = [new() for _ in range(5)]

    for deployment in deployments:
        stage.cluster.submit(deployment, HERE)
        stage.cluster.stop(AI4EOSC, deployment.id, purge=True)

    found = [stage.cluster.deployment(AI4EOSC, deployment.id) for deployment in deployments]
    assert all(each is None or each.is_stopped for each in found)
    assert stage.cluster.is_reachable()


def test_stopping_what_is_not_there_is_fine(stage: Stage) -> None:
    """An unknown deployment can be asked for and stopped without an error."""
    nobody = DeploymentId("00000000-0000-0000-0000-000000000000")

    stage.cluster.stop(AI4EOSC, nobody, purge=True)

    assert stage.cluster.deployment(AI4EOSC, nobody) is None


def test_stopping_deployment_holds_its_gpu_until_it_has_ended(stage: Stage) -> None:
    """A stopped deployment whose container does not end still holds its GPU, and the plan of another says so."""
    stage.let_stop_slowly("ai4oshub/slow:gpu")
    deployment = running(stage, new(image="ai4oshub/slow", **ON_A100))

    stage.cluster.stop(AI4EOSC, deployment.id, purge=False)

    held = there(stage, deployment.id)
    assert held.is_stopped
    assert [(each.client, each.hardware.gpus) for each in held.allocations if each.hardware] == [("running", 1)]
    assert stage.cluster.plan(new(**ON_A100), HERE).outlook is Outlook.NOT_YET
    assert stage.cluster.count_gpu_holders(EVERYWHERE, model=A100) == 1


# Listing.


def test_list_has_own_deployments_of_all_namespaces_only(stage: Stage) -> None:
    """A list has the owner's deployments in every namespace asked for, and nobody else's."""
    mine, elsewhere, theirs = new(site=NOWHERE), new(site=NOWHERE), new(BERT, site=NOWHERE)
    stage.cluster.submit(mine, HERE)
    stage.cluster.submit(elsewhere, platform("imagine"))
    stage.cluster.submit(theirs, HERE)

    assert own(stage).keys() == {mine.id, elsewhere.id}
    assert {each.id for each in stage.cluster.deployments_of(ADA, [AI4EOSC])} == {mine.id}
    assert stage.cluster.deployments_of(ADA, []) == ()


@pytest.mark.parametrize(
    "dashboard_owner",
    [
        Owner(email="Ada@Example.org", name="Ada", subject="another-subject"),
        Owner(email="", subject="ada-subject"),
    ],
)
def test_list_has_the_dashboards_deployments(stage: Stage, dashboard_owner: Owner) -> None:
    """A deployment of the Dashboard is the owner's by e-mail, whatever its case, or by subject where it has none."""
    made = stage.add_foreign(dashboard_owner, waits=True)

    found = stage.until(lambda: own(stage).get(made), "the Dashboard's deployment")

    assert not found.made_by_bot
    assert found.title == "Leaves"
    assert found.hardware is None


def test_specification_that_was_read_is_remembered(stage: Stage) -> None:
    """The hardware of a waiting foreign deployment is listed once the deployment itself was read."""
    made = stage.add_foreign(ADA, waits=True, gpu=True)

    whole = there(stage, made)

    asked = Hardware(cpu=4, gpus=1, gpu_model=T4, ram_mb=8000, disk_mb=10000)
    assert whole.hardware == asked
    assert own(stage)[made].hardware == asked


def test_subject_of_a_deployment_with_anothers_email_does_not_count(stage: Stage) -> None:
    """A deployment with somebody else's e-mail is theirs, even if the subject is the owner's."""
    stage.add_foreign(Owner(email="bert@example.org", subject="ada-subject"), waits=True)

    assert own(stage) == {}


def test_placed_foreign_deployment_is_listed_with_its_hardware(stage: Stage) -> None:
    """A list tells the hardware of a placed deployment that the bot did not make, GPU model included."""
    made = stage.add_foreign(ADA, gpu=True)

    def placed() -> Hardware | None:
        found = own(stage).get(made)
        return found.hardware if found and found.allocations else None

    hardware = stage.until(placed, "the deployment to be placed")
    assert hardware == Hardware(cpu=4, gpus=1, gpu_model=T4, ram_mb=8000, disk_mb=10000)


def test_followed_are_the_bots_own(stage: Stage) -> None:
    """What is followed is what the bot made, for whomever, and nothing of the Dashboard's."""
    mine, theirs = new(site=NOWHERE), new(BERT, site=NOWHERE)
    stage.cluster.submit(mine, HERE)
    stage.cluster.submit(theirs, platform("imagine"))
    stage.add_foreign(ADA, waits=True)

    assert {each.id for each in stage.cluster.followed(EVERYWHERE)} == {mine.id, theirs.id}
    assert stage.cluster.followed([]) == ()


def test_followed_deployment_shows_every_change(stage: Stage) -> None:
    """What is followed is seen queued, running with its tasks, and stopped, round after round."""
    deployment = new()
    stage.cluster.submit(deployment, HERE)

    def main_state() -> str | None:
        [found] = stage.cluster.followed(EVERYWHERE)
        main = found.allocations[-1].main if found.allocations else None
        return main.state if main else None

    stage.until(lambda: main_state() == "running", "the main task to run")
    stage.cluster.stop(AI4EOSC, deployment.id, purge=False)
    [stopped] = stage.cluster.followed(EVERYWHERE)
    stage.until(lambda: main_state() == "dead", "the main task to end")

    assert stopped.is_stopped


def test_followed_waiting_deployment_has_evaluations(stage: Stage) -> None:
    """A followed deployment that is not placed comes with the evaluations that tell why."""
    deployment = new(site=NOWHERE)
    stage.cluster.submit(deployment, HERE)

    def failure() -> object:
        [found] = stage.cluster.followed(EVERYWHERE)
        return next((evaluation.failure for evaluation in found.evaluations or () if evaluation.failure), None)

    assert stage.until(failure, "the reason")


# Everything.


def everything(stage: Stage) -> dict[DeploymentId, Deployment]:
    """Return everybody's deployments everywhere, by id."""
    return {deployment.id: deployment for deployment in stage.cluster.everything(EVERYWHERE)}


def test_everything_is_the_bots_and_the_dashboards_of_everybody(stage: Stage) -> None:
    """Whoever made it and for whom, in the namespaces asked for; whose it is is told."""
    mine, theirs = new(site=NOWHERE), new(BERT, site=NOWHERE)
    stage.cluster.submit(mine, HERE)
    stage.cluster.submit(theirs, platform("imagine"))
    made = stage.add_foreign(BERT, waits=True)

    stage.until(lambda: made in everything(stage), "the Dashboard's deployment")

    assert {each.id: (each.made_by_bot, each.owner.email) for each in everything(stage).values()} == {
        mine.id: (True, ADA.email),
        theirs.id: (True, BERT.email),
        made: (False, BERT.email),
    }
    assert {each.id for each in stage.cluster.everything([AI4EOSC])} == {mine.id, made}
    assert stage.cluster.everything([]) == ()


def test_jobs_that_are_nobodys_deployment_are_not_in_everything(stage: Stage) -> None:
    """The platform's own helpers run in the same namespaces."""
    mine = new(site=NOWHERE)
    stage.cluster.submit(mine, HERE)
    stage.add_helper()

    assert everything(stage).keys() == {mine.id}


def test_running_deployments_in_everything_have_tasks_and_gpus(stage: Stage) -> None:
    """Who holds which GPU since when is told of the bot's and of the Dashboard's; of no two the same GPU."""
    mine = new(**ON_A100)
    stage.cluster.submit(mine, HERE)
    made = stage.add_foreign(BERT, gpu=True)
    without = new()
    stage.cluster.submit(without, HERE)

    def all_run() -> dict[DeploymentId, Allocation] | None:
        placed = {each.id: each.allocations[-1] for each in everything(stage).values() if each.allocations}
        runs = [each for each in placed.values() if each.main and each.main.state == "running"]
        return placed if len(runs) == 3 else None

    placed = stage.until(all_run, "all three to run")

    held = [placed[each].gpu_ids for each in (mine.id, made, without.id)]
    mains = [each.main for each in placed.values()]
    assert [len(each) for each in held] == [1, 1, 0]
    assert len({*held[0], *held[1]}) == 2
    assert all(main and main.started_at for main in mains)
    assert {placed[mine.id].node_id} == {node.id for node in stage.cluster.nodes()}


def test_gpus_of_a_deployment_are_the_same_alone_and_in_everything(stage: Stage) -> None:
    """However it is read."""
    deployment = running(stage, new(gpus=2, gpu_model=T4, tag="gpu"))

    (alone,), (among,) = deployment.allocations, everything(stage)[deployment.id].allocations
    assert alone.gpu_ids == among.gpu_ids
    assert len(set(alone.gpu_ids)) == 2


def test_everything_shows_every_change(stage: Stage) -> None:
    """What waits comes with the reason; what was stopped is there while it holds its GPU."""
    waiting, deployment = new(site=NOWHERE), new(image="ai4oshub/slow", **ON_A100)
    stage.let_stop_slowly("ai4oshub/slow:gpu")
    stage.cluster.submit(waiting, HERE)
    running(stage, deployment)

    def reason() -> object:
        tried = everything(stage)[waiting.id].evaluations or ()
        return next((evaluation.failure for evaluation in tried if evaluation.failure), None)

    assert stage.until(reason, "the reason")
    stage.cluster.stop(AI4EOSC, deployment.id, purge=False)
    stopping = everything(stage)[deployment.id]

    assert stopping.is_stopped
    assert [len(each.gpu_ids) for each in stopping.allocations if not each.is_over] == [1]


# Nodes, GPUs, host names.


def test_nodes_tell_site_purpose_and_gpus(stage: Stage) -> None:
    """A node tells its site, whom it serves, and its GPUs by model with their memory."""
    stage.cluster.refresh_nodes()

    [node] = stage.cluster.nodes()
    assert (node.site, node.kind, node.is_reachable, node.ready_by_test) == (SITE, "compute", True, True)
    assert node.serves(IMAGINE)
    assert {group.model: group.count for group in node.gpus} == {T4: 2, A100: 1}
    assert all(group.memory_mb for group in node.gpus)


def test_gpu_holders_are_counted_by_model(stage: Stage) -> None:
    """Whoever holds a GPU is counted, the Dashboard's deployments included; those without one are not."""
    running(stage, new())
    running(stage, new(**ON_A100))
    made = stage.add_foreign(BERT, gpu=True)
    stage.until(lambda: own(stage, BERT)[made].allocations, "the Dashboard's deployment to be placed")
    stage.until(lambda: stage.cluster.count_gpu_holders(EVERYWHERE, model="") == 2, "both to be listed with their GPUs")

    counts = {model: stage.cluster.count_gpu_holders(EVERYWHERE, model=model) for model in ("", T4, A100, "other")}

    assert counts == {"": 2, T4: 1, A100: 1, "other": 0}


def test_hostname_is_used_while_its_deployment_is_there(stage: Stage) -> None:
    """A host name is used from the submission to the stop, under its base domain only, and only as a whole."""
    how_to = platform(addresses=HOW_TO)
    deployment = new(hostname="many-leaves", site=NOWHERE)
    stage.cluster.submit(deployment, how_to)

    used = {name: stage.cluster.hostname_is_used(how_to, name) for name in ("many-leaves", "leaves", "many-leaves2")}
    elsewhere = stage.cluster.hostname_is_used(
        platform(addresses=HOW_TO, base_domain="deployments.example.org"), "many-leaves"
    )
    stage.cluster.stop(AI4EOSC, deployment.id, purge=False)

    assert used == {"many-leaves": True, "leaves": False, "many-leaves2": False}
    assert not elsewhere
    assert not stage.cluster.hostname_is_used(how_to, "many-leaves")


def test_cluster_that_answers_is_reachable(stage: Stage) -> None:
    """A cluster that answers and has a leader is reachable."""
    assert stage.cluster.is_reachable()


# Secrets.


def test_secrets_are_stored_replaced_and_deleted(stage: Stage) -> None:
    """Secrets are read back as written, replaced as a whole, and gone once deleted; deleting twice is fine."""
    deployment = new()
    items = {"jupyterPASSWORD": 'it\'s $HOME "quoted" \\ ü\n'}
    stage.cluster.store_secrets(AI4EOSC, deployment.id, {"old": "x"})

    stage.cluster.store_secrets(AI4EOSC, deployment.id, items)
    stored = stage.cluster.secrets(AI4EOSC, deployment.id)
    elsewhere = stage.cluster.secrets(IMAGINE, deployment.id)
    stage.cluster.delete_secrets(AI4EOSC, deployment.id)
    stage.cluster.delete_secrets(AI4EOSC, deployment.id)

    assert stored == items
    assert elsewhere is None
    assert stage.cluster.secrets(AI4EOSC, deployment.id) is None


def test_password_is_found_wherever_its_maker_put_it(stage: Stage) -> None:
    """The bot's deployments have their password in a Variable, the Dashboard's in the job; others have none."""
    mine, without = new(service=Service.JUPYTER, has_password=True, site=NOWHERE), new(site=NOWHERE)
    stage.cluster.store_secrets(AI4EOSC, mine.id, {"jupyterPASSWORD": "of the bot"})
    stage.cluster.submit(mine, HERE)
    stage.cluster.submit(without, HERE)
    made = stage.add_foreign(ADA, waits=True)

    assert stage.cluster.ide_password(AI4EOSC, mine.id) == "of the bot"
    assert stage.cluster.ide_password(AI4EOSC, made) == FOREIGN_PASSWORD
    assert stage.cluster.ide_password(AI4EOSC, without.id) is None
