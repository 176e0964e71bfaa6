"""Check that the test equipment shows what a real Nomad does with a platform's jobs."""

from datetime import timedelta

import pytest
import requests

from tests.agent.agent import (
    A100,
    NO_SUCH_TAG,
    OUT_OF_MEMORY,
    AgentCluster,
    Gpu,
    ImageScript,
    NomadAgent,
    can_pretend,
    wait_until,
)
from tests.agent.observing import PATIENCE, Observer, event, tries
from tests.agent.papi_job import PapiJob

pytest_plugins = ("tests.agent.fixtures",)
pytestmark = pytest.mark.agent


def test_docker_job_runs_and_answers_on_its_port(agent: NomadAgent) -> None:
    """A docker job of the platform runs unchanged and each of its ports answers over HTTP."""
    deployment = Observer(api=agent.api, job=PapiJob())

    deployment.register()

    answer = requests.get(deployment.address("ide"), timeout=5)
    assert answer.status_code == 200
    assert answer.text == "image=ai4oshub/ai4os-demo-app:cpu task=main port=ide\n"


def test_every_key_of_the_platforms_jobs_is_taken(agent: NomadAgent) -> None:
    """What a node with a docker engine would be told about a container is no hindrance."""
    config = {
        "privileged": True,
        "network_mode": "host",
        "labels": [{"VO": "vo.ai4eosc.eu"}],
        "auth": {"username": "robot", "password": "not-a-real-one"},
        "mounts": [{"type": "bind", "source": "local/batch.sh", "target": "/srv/batch.sh", "readonly": True}],
    }
    deployment = Observer(api=agent.api, job=PapiJob(more_config=config))

    deployment.register()

    deployment.allocation("running")


def test_unknown_key_is_refused_as_by_the_docker_driver(agent: NomadAgent) -> None:
    """A key that Nomad's docker driver does not know fails the task's validation."""
    deployment = Observer(api=agent.api, job=PapiJob(more_config={"gpus": "all"}))

    deployment.register()

    failure = event(deployment.allocation("failed"), "Failed Validation")
    assert 'No argument or block type is named "gpus"' in failure["Details"]["validation_error"]


def test_secret_of_a_variable_reaches_the_environment(agent: NomadAgent) -> None:
    """A password with spaces, quotes and dollars comes through the template as it was written."""
    deployment = Observer(api=agent.api, job=PapiJob())

    deployment.register(password='it\'s $HOME "quoted" \\ back')

    assert deployment.environment()["jupyterPASSWORD"] == 'it\'s $HOME "quoted" \\ back'


def test_services_carry_the_tags_of_the_proxy(agent: NomadAgent) -> None:
    """The tags arrive at the service with the node's domain filled in."""
    deployment = Observer(api=agent.api, job=PapiJob())

    deployment.register()

    deployment.allocation("running")
    name = f"{deployment.job.id}-api"
    [service] = wait_until(
        lambda: agent.api.get(f"service/{name}", namespace="ai4eosc"), within=PATIENCE, what="the service"
    )
    host = f"api-{deployment.job.id}.ifca-deployments.cloud.ai4eosc.eu"
    assert f"traefik.http.routers.{name}.rule=Host(`{host}`, `www.{host}`)" in service["Tags"]


@pytest.mark.skipif(not can_pretend(), reason="only root can show an agent more cores than there are")
def test_cores_are_reserved_by_number(agent: NomadAgent) -> None:
    """Jobs that ask for four cores each get cores of their own, more than the machine may have."""
    deployments = [Observer(api=agent.api, job=PapiJob(cores=4)) for _ in range(3)]

    for deployment in deployments:
        deployment.register()

    cores = [
        core
        for deployment in deployments
        for core in deployment.allocation("running")["AllocatedResources"]["Tasks"]["main"]["Cpu"]["ReservedCores"]
    ]
    assert len(set(cores)) == 12


def test_second_job_waits_for_the_gpu_of_the_first(agent: NomadAgent) -> None:
    """With one GPU of a model the second job is blocked and starts when the first one stops."""
    first = Observer(api=agent.api, job=PapiJob(gpu_model=A100))
    second = Observer(api=agent.api, job=PapiJob(gpu_model=A100))

    first.register()
    first.allocation("running")
    second.register()
    waiting = second.blocked_evaluation()
    first.stop()

    assert waiting["FailedTGAllocs"]["usergroup"]["DimensionExhausted"] == {"devices: no devices match request": 1}
    [device] = second.allocation("running")["AllocatedResources"]["Tasks"]["main"]["Devices"]
    assert (device["Name"], device["DeviceIDs"]) == (A100, ["GPU-a100-1"])
    assert second.environment()["FAKE_VISIBLE_DEVICES"] == "GPU-a100-1"


def test_gpu_statistics_are_those_of_the_script(agent: NomadAgent) -> None:
    """Scripted figures show on the node and on the allocation; an unknown one is a text."""
    deployment = Observer(api=agent.api, job=PapiJob(gpu_model=A100))
    deployment.register()
    allocation = deployment.allocation("running")

    agent.set_usage("GPU-a100-1", utilization=87, memory=None, power=123)

    def shown() -> dict[str, dict[str, object]] | None:
        usage = agent.api.get(f"client/allocation/{allocation['ID']}/stats")["ResourceUsage"]
        for group in usage["DeviceStats"]:
            figures: dict[str, dict[str, object]] = group["InstanceStats"]["GPU-a100-1"]["Stats"]["Attributes"]
            if figures["GPU utilization"]["IntNumeratorVal"] == 87:
                return figures
        return None

    figures = wait_until(shown, within=PATIENCE, what="the scripted figures")
    assert figures["Memory state"]["StringVal"] == "N/A"
    assert (figures["Power usage"]["IntNumeratorVal"], figures["Power usage"]["IntDenominatorVal"]) == (123, 250)


def test_gpu_that_disappears_leaves_the_node(agent: NomadAgent) -> None:
    """A node shows the GPUs that the script has now."""
    agent.set_gpus(Gpu(id="GPU-t4-1"))

    [group] = agent.api.get(f"node/{agent.node_id}")["NodeResources"]["Devices"]
    assert [instance["ID"] for instance in group["Instances"]] == ["GPU-t4-1"]


def test_missing_tag_is_a_driver_failure_with_the_sentence_of_the_engine(agent: NomadAgent) -> None:
    """A tag that does not exist fails the task in the docker driver's words, after Nomad's prefix for any plugin."""
    image = "ai4oshub/ai4os-demo-app:nope"
    agent.script_image(image, ImageScript(pull_error=NO_SUCH_TAG.format(image=image), pull_error_recoverable=False))
    deployment = Observer(api=agent.api, job=PapiJob(image=image))

    deployment.register()

    failed = deployment.allocation("failed")
    assert event(failed, "Driver")["DisplayMessage"] == "Downloading image"
    assert event(failed, "Driver Failure")["Details"]["driver_error"] == (
        f"rpc error: code = FailedPrecondition desc = Failed to pull `{image}`: Error response from daemon: "
        f"manifest for {image} not found: manifest unknown: manifest unknown"
    )


def test_pull_that_may_succeed_later_is_tried_again(agent: NomadAgent) -> None:
    """A pull failure of a passing kind leaves the allocation pending, and a later try succeeds."""
    image = "ai4oshub/ai4os-demo-app:slow"
    agent.script_image(image, ImageScript(pull_error="net/http: TLS handshake timeout"))
    deployment = Observer(api=agent.api, job=PapiJob(image=image, restarts=50))
    deployment.register()
    wait_until(lambda: tries(deployment.allocation("pending")) > 1, within=PATIENCE, what="the second try")

    agent.script_image(image, ImageScript())

    running = deployment.allocation("running")
    assert event(running, "Restarting")["DisplayMessage"].startswith("Task restarting in")


def test_out_of_memory_shows_in_the_events(agent: NomadAgent) -> None:
    """A container that the kernel kills is told apart from one that ends by itself."""
    agent.script_image("ai4oshub/ai4os-demo-app:*", OUT_OF_MEMORY)
    deployment = Observer(api=agent.api, job=PapiJob(restarts=0))

    deployment.register()

    details = event(deployment.allocation("failed"), "Terminated")["Details"]
    assert details["oom_killed"] == "true"
    assert details["exit_code"] == "137"
    assert details["exit_message"] == "OOM Killed"


def test_crash_loop_ends_in_failure_after_the_restarts(agent: NomadAgent) -> None:
    """A container that exits at every start is restarted as often as the job says, then given up."""
    agent.script_image("*", ImageScript(exit_after=timedelta(milliseconds=50), exit_code=1))
    deployment = Observer(api=agent.api, job=PapiJob(restarts=2))

    deployment.register()

    failed = deployment.allocation("failed")
    assert failed["TaskStates"]["main"]["Restarts"] == 2
    assert event(failed, "Terminated")["Details"]["exit_message"] == (
        "Docker container exited with non-zero exit code: 1"
    )
    assert event(failed, "Not Restarting")["Details"]["restart_reason"].startswith("Exceeded allowed attempts 2")


def test_container_that_ignores_the_stop_keeps_its_gpu(agent: NomadAgent) -> None:
    """While a stopped job's container lives on, its allocation runs and the next job for that GPU waits."""
    agent.script_image("*", ImageScript(stop_delay=timedelta(seconds=2)))
    stuck = Observer(api=agent.api, job=PapiJob(gpu_model=A100))
    after = Observer(api=agent.api, job=PapiJob(gpu_model=A100))
    stuck.register()
    stuck.allocation("running")

    stuck.stop()
    after.register()

    after.blocked_evaluation()
    assert stuck.allocation("running")["DesiredStatus"] == "stop"
    assert stuck.allocation("complete")["TaskStates"]["main"]["Failed"] is False
    after.allocation("running")


def test_stopped_container_closes_its_ports(agent: NomadAgent) -> None:
    """After a stop nobody answers any more."""
    deployment = Observer(api=agent.api, job=PapiJob())
    deployment.register()
    address = deployment.address("api")

    deployment.stop()

    deployment.allocation("complete")
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)


def test_lost_node_makes_the_allocation_unknown_until_it_returns(agent_cluster: AgentCluster) -> None:
    """A job on a node that the server lost is unknown, its container still answers, and it runs on afterwards."""
    deployment = Observer(api=agent_cluster.api, job=PapiJob(gpu_model=A100))
    deployment.register()
    address = deployment.address("api")
    before = deployment.allocation("running")

    node_status = agent_cluster.lose_node("incd-1")

    lost = deployment.allocation("unknown")
    assert node_status == "disconnected"
    assert lost["ID"] == before["ID"]
    assert requests.get(address, timeout=5).status_code == 200
    agent_cluster.restore_node("incd-1")
    assert deployment.allocation("running")["ID"] == before["ID"]
