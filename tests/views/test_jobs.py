"""Compare the jobs that Nomad receives with the golden ones, which the platform's own tools can read."""

from typing import Any

import pytest

from bot.domain.base import Namespace, Site
from bot.domain.catalog import Service
from bot.domain.people import Owner
from bot.domain.platform import DockerOptions, Platform, ServiceProvider
from bot.domain.request import StorageMount
from bot.nomad import jobspec
from bot.ports import NewDeployment
from tests.conftest import Golden
from tests.unit.nomad.samples import HOW_TO, STORAGE, UUID, new, platform

HOSTILE = 'a "b" \'c\' `d`); rm -rf ${HOME} ${attr.kernel.name} {{ env "HOME" }} </x> \x00\x1b[31m\\'
GPU = {"tag": "gpu", "service": Service.JUPYTER, "cpu": 4, "gpus": 1, "ram_mb": 8000, "disk_mb": 10000}
DEV_ENV = {
    "kind": "tool-devenv",
    "module": "ai4os-dev-env",
    "image": "ai4oshub/ai4os-dev-env",
    "tag": "latest",
    "service": Service.VSCODE,
}
CASES: dict[str, tuple[dict[str, Any], Platform]] = {
    "module-deepaas": ({}, platform()),
    "module-jupyter-gpu-model-and-site": (
        {**GPU, "gpu_model": "Tesla T4", "site": Site("ifca-ai4eosc"), "gpu_reason": "two runs to compare"},
        platform(),
    ),
    "module-any-gpu": (GPU, platform(namespace="imagine")),
    "devenv-vscode": (DEV_ENV, platform()),
    "module-with-storage": ({"service": Service.JUPYTER, "storage": STORAGE}, platform()),
    "tutorials": (
        {"cpu": 2, "disk_mb": 500},
        platform(namespace="tutorials", priority=25),
    ),
    "how-to-hostname": ({"hostname": "my-custom-name"}, platform(addresses=HOW_TO)),
    "how-to-without-hostname": ({}, platform(addresses=HOW_TO)),
    "consul": ({}, platform(service_provider=ServiceProvider.CONSUL)),
    "plain-docker-host": (
        {"service": Service.JUPYTER},
        platform(docker=DockerOptions(force_pull=False, storage_quota=False, network_mode="host")),
    ),
    "hostile-texts": (
        {
            "title": HOSTILE,
            "description": HOSTILE * 20,
            "gpu_reason": HOSTILE,
            "storage": StorageMount(url=f"https://x/{HOSTILE}", user=HOSTILE, vendor=HOSTILE),
        },
        platform(),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_job_is_the_golden_one(case: str, golden: Golden) -> None:
    """The job of each kind of deployment is the reviewed one, to the last key."""
    changes, where = CASES[case]
    provider = where.service_provider

    job = jobspec.build(_deployment(**changes), where, provider=provider)

    golden.check(f"jobs/{case}", job)


def test_platform_api_can_list_the_job() -> None:
    """The job has the name, namespace, meta, group and task by which the platform's API and Dashboard find it."""
    job = jobspec.build(_deployment(), platform(), provider=ServiceProvider.CONSUL)

    assert job["ID"] == UUID
    assert job["Name"] == f"module-{UUID}"
    assert job["Namespace"] == Namespace("ai4eosc")
    assert {"owner", "owner_name", "owner_email", "title", "description"} <= job["Meta"].keys()
    [group] = job["TaskGroups"]
    assert group["Name"] == "usergroup"
    assert "main" in [task["Name"] for task in group["Tasks"]]


def _deployment(**changes: Any) -> NewDeployment:
    service = changes.get("service", Service.DEEPAAS)
    owner = Owner(email="ada@example.org", name="Ada", subject="ada-subject")
    return new(owner, identity=UUID, has_password=service.is_ide, **changes)
