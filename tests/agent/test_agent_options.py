"""Check what else the test equipment can do: tokens, certificates, and images and GPUs of every temper."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.agent.agent import (
    A100,
    AgentAnsweredError,
    AgentApi,
    AgentCluster,
    Equipment,
    ImageScript,
    NomadAgent,
    wait_until,
)
from tests.agent.certificates import verified_session
from tests.agent.observing import PATIENCE, Observer
from tests.agent.papi_job import PapiJob

pytest_plugins = ("tests.agent.fixtures",)
pytestmark = pytest.mark.agent


def test_agent_with_tokens_refuses_a_stranger(nomad_equipment: Equipment) -> None:
    """An agent that checks tokens hands out the first one and answers nobody else."""
    with NomadAgent(nomad_equipment, acl=True, name="agent-acl") as strict:
        stranger = AgentApi(strict.address)

        with pytest.raises(AgentAnsweredError, match="403: Permission denied"):
            stranger.get("jobs")

        stranger.close()
        assert strict.api.get("acl/token/self")["SecretID"] == strict.token


def test_agent_with_certificates_wants_one(nomad_equipment: Equipment) -> None:
    """An agent that speaks mutual TLS answers whoever shows the certificate and asks for its name, nobody else."""
    with NomadAgent(nomad_equipment, tls=True, name="agent-tls") as guarded:
        assert guarded.tls is not None
        assert guarded.api.get("status/leader")
        with pytest.raises(requests.exceptions.SSLError, match=r"not valid for '127\.0\.0\.1'"):
            requests.get(f"{guarded.address}/v1/status/leader", verify=str(guarded.tls.ca), timeout=5)
        with verified_session(guarded.tls) as stranger:
            stranger.cert = None
            with pytest.raises(requests.ConnectionError):
                stranger.get(f"{guarded.address}/v1/status/leader", timeout=5)


def test_container_answers_as_scripted(agent: NomadAgent) -> None:
    """A port can stay closed, another can answer with an error."""
    agent.script_image("*", ImageScript(http_status=503, silent_ports=("monitor",)))
    deployment = Observer(api=agent.api, job=PapiJob())

    deployment.register()

    assert requests.get(deployment.address("api"), timeout=5).status_code == 503
    with pytest.raises(requests.ConnectionError):
        requests.get(deployment.address("monitor"), timeout=5)


def test_running_container_may_take_time_to_answer(agent: NomadAgent) -> None:
    """A task runs before its service answers."""
    agent.script_image("*", ImageScript(listen_delay=timedelta(seconds=6)))
    deployment = Observer(api=agent.api, job=PapiJob())
    deployment.register()
    address = deployment.address("api")

    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)

    wait_until(lambda: answers(address), within=PATIENCE, what="the service to answer")


def test_output_and_usage_are_those_of_the_script(agent: NomadAgent) -> None:
    """What a container writes and uses shows where Nomad shows it."""
    agent.script_image("*", ImageScript(output="ready\n", cpu_percent=42.5, memory_mb=512))
    deployment = Observer(api=agent.api, job=PapiJob())

    deployment.register()

    allocation = deployment.allocation("running")["ID"]
    usage = wait_until(lambda: usage_of_main(agent.api, allocation), within=PATIENCE, what="the task's usage")
    logs = f"{agent.address}/v1/client/fs/logs/{allocation}?task=main&type=stdout&plain=true"
    assert (usage["CpuStats"]["Percent"], usage["MemoryStats"]["RSS"]) == (42.5, 512 * 1024 * 1024)
    assert requests.get(logs, timeout=5).text == "ready\n"


def test_crashed_gpu_plugin_leaves_old_statistics(agent: NomadAgent) -> None:
    """When the plugin dies the node keeps its GPUs and the figures stand still."""
    agent.crash_gpu_plugin()

    wait_until(
        lambda: age_of_statistics(agent.api) > timedelta(seconds=2.5), within=PATIENCE, what="statistics to grow old"
    )

    assert len(agent.api.get(f"node/{agent.node_id}")["NodeResources"]["Devices"]) == 2


def test_nodes_are_told_apart_by_datacenter(agent_cluster: AgentCluster) -> None:
    """A job that wants a site is placed there, and a GPU model only where there is one."""
    elsewhere = Observer(api=agent_cluster.api, job=PapiJob(gpu_model=A100))

    elsewhere.register()

    node = agent_cluster.api.get(f"node/{elsewhere.allocation('running')['NodeID']}")
    assert (node["Name"], node["Datacenter"]) == ("incd-1", "incd-imagine")


def answers(address: str) -> bool:
    """Tell whether something answers there."""
    try:
        return requests.get(address, timeout=5).ok
    except requests.ConnectionError:
        return False


def usage_of_main(api: AgentApi, allocation: str) -> dict[str, Any] | None:
    """Return what the main task uses, once it was measured."""
    main = api.get(f"client/allocation/{allocation}/stats")["Tasks"].get("main")
    return main["ResourceUsage"] if main else None


def age_of_statistics(api: AgentApi) -> timedelta:
    """Return how much older the GPUs' figures are than the node's own."""
    answer = api.get("client/stats")
    [first, *_] = (one for group in answer["DeviceStats"] for one in group["InstanceStats"].values())
    taken = datetime.fromisoformat(first["Timestamp"][:19] + "+00:00")
    return datetime.fromtimestamp(answer["Timestamp"] / 1e9, UTC) - taken
