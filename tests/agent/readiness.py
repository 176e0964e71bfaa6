"""Bring a fresh agent into the state that tests start from, and back to it."""

import contextlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import requests

from tests.agent.api import AgentAnsweredError, AgentApi
from tests.agent.process import AgentProcess
from tests.agent.scenery import Gpu
from tests.agent.waiting import WaitedInVainError, wait_until

_FIRST_ANSWER = timedelta(seconds=60)
_PATIENCE = timedelta(seconds=60)
_GRACE = timedelta(seconds=5)
_OVER = {"complete", "failed", "lost"}


class AgentEndedError(Exception):
    """The agent ended instead of starting; the text is what it said last."""


def wait_for_leader(api: AgentApi, server: AgentProcess) -> None:
    """Return when the server can take writes of jobs."""

    def leader() -> Any:
        if not server.running():
            raise AgentEndedError(server.last_lines(10))
        return _or_not_yet(lambda: api.get("status/leader"))

    wait_until(leader, within=_FIRST_ANSWER, what="a leader")


def bootstrap(api: AgentApi) -> str:
    """Return the token of a fresh agent that checks tokens; it may do everything."""
    answer = wait_until(
        lambda: _or_not_yet(lambda: api.put("acl/bootstrap")), within=_FIRST_ANSWER, what="the first token"
    )
    return str(answer["SecretID"])


def wait_for_variables(api: AgentApi) -> None:
    """Return when Variables can be written, which is a moment after there is a leader."""
    path = "var/tests/agent/ready"
    body = {"Path": "tests/agent/ready", "Items": {"ready": "yes"}}
    wait_until(lambda: _or_not_yet(lambda: api.put(path, body)), within=_FIRST_ANSWER, what="a Variable to be written")
    api.delete(path)


def make_namespaces(api: AgentApi, names: Iterable[str]) -> None:
    """Create the namespaces."""
    for name in names:
        api.put(f"namespace/{name}", {"Name": name, "Description": f"The platform {name}"})


def wait_for_node(api: AgentApi, name: str, gpus: Iterable[Gpu]) -> str:
    """Return the id of a node once it is ready for docker jobs and has exactly these GPUs."""
    expected = {gpu.id for gpu in gpus}

    def ready() -> str | None:
        nodes = _or_not_yet(lambda: api.get("nodes", resources="true")) or []
        for node in nodes:
            if node["Name"] == name and _takes_docker_jobs(node) and _gpu_ids(node) == expected:
                return str(node["ID"])
        return None

    return wait_until(ready, within=_PATIENCE, what=f"node {name} to be ready with GPUs {sorted(expected)}")


def wait_for_status(api: AgentApi, node_id: str, statuses: set[str]) -> str:
    """Return the status of a node once it is one of these."""

    def status() -> str | None:
        now = str(api.get(f"node/{node_id}")["Status"])
        return now if now in statuses else None

    return wait_until(status, within=_PATIENCE, what=f"node {node_id} to be {' or '.join(sorted(statuses))}")


def remove_everything(api: AgentApi) -> None:
    """Stop every job, purge it with what still runs, and delete every Variable of a job."""
    jobs = api.get("jobs", namespace="*")
    for job in jobs:
        api.delete(f"job/{job['ID']}", namespace=job["Namespace"])
    # What does not end by itself, a poststop task for example, the purge ends.
    with contextlib.suppress(WaitedInVainError):
        wait_until(lambda: _nothing_runs(api), within=_GRACE, what="every task to end")
    for job in jobs:
        api.delete(f"job/{job['ID']}", namespace=job["Namespace"], purge="true")
    wait_until(lambda: _nothing_runs(api), within=_PATIENCE, what="every allocation to be gone")
    for variable in api.get("vars", prefix="nomad/jobs", namespace="*"):
        api.delete(f"var/{variable['Path']}", namespace=variable["Namespace"])
    api.put("system/gc")


def _nothing_runs(api: AgentApi) -> bool:
    allocations = api.get("allocations", namespace="*", task_states="false")
    return all(allocation["ClientStatus"] in _OVER for allocation in allocations)


def _takes_docker_jobs(node: dict[str, Any]) -> bool:
    docker = (node.get("Drivers") or {}).get("docker") or {}
    eligible = node["SchedulingEligibility"] == "eligible"
    return bool(node["Status"] == "ready" and eligible and docker.get("Detected") and docker.get("Healthy"))


def _gpu_ids(node: dict[str, Any]) -> set[str]:
    groups = (node.get("NodeResources") or {}).get("Devices") or []
    return {str(instance["ID"]) for group in groups for instance in group["Instances"]}


def _or_not_yet(ask: Callable[[], Any]) -> Any:
    """Return the answer, None while the agent does not answer or answers that it cannot yet."""
    try:
        return ask()
    except (requests.ConnectionError, requests.Timeout, AgentAnsweredError):
        return None
