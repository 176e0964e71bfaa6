"""Check the rules by which a deployment becomes a job."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.base import DeploymentId, Site
from bot.domain.catalog import Service
from bot.domain.people import Owner
from bot.domain.platform import AddressScheme, DockerOptions, ServiceProvider
from bot.domain.request import Field, StorageMount
from bot.errors import RejectedByCluster
from bot.nomad import jobspec
from bot.ports import NewDeployment
from tests.unit.nomad.samples import HOW_TO, STORAGE, UUID, new, platform, request

NOMAD = ServiceProvider.NOMAD
texts = st.text(min_size=1, max_size=1100)


def build(deployment: NewDeployment, **changes: Any) -> dict[str, Any]:
    """Build the job on AI4EOSC."""
    return jobspec.build(deployment, platform(**changes), provider=NOMAD)


def group(job: dict[str, Any]) -> dict[str, Any]:
    """Return the one group of a job."""
    [found] = job["TaskGroups"]
    assert isinstance(found, dict)
    return found


def task(job: dict[str, Any], name: str = "main") -> dict[str, Any]:
    """Return a task of a job."""
    [found] = [each for each in group(job)["Tasks"] if each["Name"] == name]
    assert isinstance(found, dict)
    return found


def strings(value: object) -> Iterator[tuple[str, str]]:
    """Go through all texts of a job with the path at which each stands; a key is a text at the path `key`."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield "key", key
            yield from ((f"{key}.{path}", text) for path, text in strings(item))
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield "", value


def test_cpu_deployment_sees_no_gpu() -> None:
    """A deployment without GPU has no device block and hides the node's GPUs from the container."""
    main = task(build(new()))

    assert "Devices" not in main["Resources"]
    assert main["Env"]["NVIDIA_VISIBLE_DEVICES"] == "none"


def test_chosen_gpu_model_is_a_hard_demand() -> None:
    """A GPU model becomes a constraint on the device; any model leaves the constraint out."""
    chosen = task(build(new(gpus=1, gpu_model="Tesla T4", tag="gpu")))
    any_model = task(build(new(gpus=1, tag="gpu")))

    assert chosen["Resources"]["Devices"] == [
        {
            "Name": "gpu",
            "Count": 1,
            "Constraints": [{"LTarget": "${device.model}", "Operand": "=", "RTarget": "Tesla T4"}],
        }
    ]
    assert any_model["Resources"]["Devices"] == [{"Name": "gpu", "Count": 1}]
    assert "NVIDIA_VISIBLE_DEVICES" not in any_model["Env"]


@pytest.mark.parametrize(
    ("namespace", "gpus", "weights"), [("ai4eosc", 0, [100]), ("ai4eosc", 1, []), ("imagine", 0, [-100, 100])]
)
def test_affinities_help_whom_they_are_meant_for(namespace: str, gpus: int, weights: list[int]) -> None:
    """CPU nodes are preferred by CPU deployments only, and AI4EOSC's nodes are shunned by others only."""
    job = build(new(gpus=gpus), namespace=namespace)

    assert [affinity["Weight"] for affinity in job["Affinities"]] == weights


def test_deepaas_has_an_interface_and_no_editor() -> None:
    """DEEPaaS gets the web interface, and its editor port no service."""
    job = build(new(service=Service.DEEPAAS))

    assert [service["PortLabel"] for service in group(job)["Services"]] == ["api", "monitor", "ui", "custom"]
    assert [each["Name"] for each in group(job)["Tasks"]] == ["main", "ui"]


def test_editor_has_no_interface() -> None:
    """JupyterLab gets the editor's service and no web interface beside it."""
    job = build(new(service=Service.JUPYTER))

    assert [service["PortLabel"] for service in group(job)["Services"]] == ["api", "monitor", "ide", "custom"]
    assert [each["Name"] for each in group(job)["Tasks"]] == ["main"]


def test_development_environment_is_a_tool() -> None:
    """The development environment is named as a tool and stays off batch nodes."""
    job = build(new(identity=UUID, kind="tool-devenv", service=Service.VSCODE))

    assert job["Name"] == f"tool-devenv-{UUID}"
    assert {"LTarget": "${meta.type}", "Operand": "!=", "RTarget": "batch"} in job["Constraints"]
    assert task(job)["Config"]["args"] == ["--vscode"]


def test_site_is_a_constraint_on_the_datacenter() -> None:
    """A chosen site becomes a constraint; without one the whole cluster is open."""
    chosen = {"LTarget": "${node.datacenter}", "Operand": "=", "RTarget": "ifca-ai4eosc"}

    assert chosen in build(new(site=Site("ifca-ai4eosc")))["Constraints"]
    assert not any("datacenter" in each["LTarget"] for each in build(new())["Constraints"])


def test_docker_options_are_honoured() -> None:
    """A node without project quotas, or with images of its own, is served by the platform's options."""
    options = DockerOptions(force_pull=False, storage_quota=False, network_mode="host", side_images="local/images")

    job = build(new(), docker=options)

    config = task(job)["Config"]
    assert not config["force_pull"]
    assert "storage_opt" not in config
    assert config["network_mode"] == "host"
    assert task(job, "ui")["Config"]["image"] == "local/images/deepaas_ui:latest"


def test_failing_interface_does_not_end_the_deployment() -> None:
    """The web interface is retried for ever, since a side task that gives up takes the main one down with it."""
    assert task(build(new()), "ui")["RestartPolicy"]["Mode"] == "delay"


def test_storage_mounts_before_main_and_cleans_up_after_it() -> None:
    """With storage three tasks stand beside each other and share one folder of the node."""
    job = build(new(identity=UUID, storage=STORAGE, service=Service.JUPYTER))

    volume = f"/nomad-storage/{UUID}:/storage:shared"
    assert [each["Name"] for each in group(job)["Tasks"]] == ["storage_mount", "main", "storage_cleanup"]
    assert task(job)["Config"]["volumes"] == task(job, "storage_mount")["Config"]["volumes"] == [volume]
    assert task(job, "storage_cleanup")["Config"]["args"][-1] == f"/nomad-storage/{UUID}"


def test_hostname_is_routed_with_and_without_www() -> None:
    """The how-to's addresses are plain HTTP on the chosen name, each once more with www."""
    job = build(new(identity=UUID, hostname="my-custom-name"), addresses=HOW_TO)

    tags = group(job)["Services"][0]["Tags"]
    host = "deepaas.my-custom-name.deployments.cloud.ai4eosc.eu"
    assert f"traefik.http.routers.{UUID}-deepaas.rule=Host(`{host}`, `www.{host}`)" in tags
    assert not any(".tls=" in tag for tag in tags)


def test_direct_addresses_need_no_router() -> None:
    """Where people go straight to the node's port, no Traefik rule is written."""
    job = build(new(), addresses=AddressScheme(template="http://{address}:{port}"))

    assert all(service["Tags"] == [] for service in group(job)["Services"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hostname": "Evil`) || Host(`x"}, Field.HOSTNAME),
        ({"hostname": "a.b"}, Field.HOSTNAME),
        ({"tag": "${attr.kernel.name}"}, Field.TAG),
        ({"tag": "a b"}, Field.TAG),
        ({"image": "ai4oshub/${env.HOME}"}, Field.MODULE),
        ({"gpu_model": "${attr.kernel.name}", "gpus": 1}, Field.GPU_MODEL),
        ({"site": Site("x${node.unique.id}")}, Field.SITE),
    ],
)
def test_values_that_nomad_would_interpret_are_refused(changes: dict[str, Any], field: Field) -> None:
    """What stands in a rule, an image or a constraint must be plain; the refusal names the form's field."""
    with pytest.raises(RejectedByCluster) as caught:
        build(new(**changes))

    assert caught.value.field == field


@pytest.mark.parametrize("identity", ["a/b", "a?purge=true", "..", "A B", "x" * 64])
def test_odd_ids_are_refused(identity: str) -> None:
    """An id that would change the request's path never gets into a job."""
    deployment = NewDeployment(id=DeploymentId(identity), request=request(), owner=Owner(email="ada@example.org"))

    with pytest.raises(RejectedByCluster):
        build(deployment)


def test_owner_without_subject_is_known_by_email() -> None:
    """The owner field holds the subject where it is known, the e-mail otherwise."""
    job = build(new(Owner(email="ada@example.org", name="Ada")))

    assert job["Meta"]["owner"] == job["Meta"]["owner_email"] == "ada@example.org"


def test_owner_cannot_be_interpolated() -> None:
    """An e-mail that Nomad would interpolate in the task's environment is refused."""
    with pytest.raises(RejectedByCluster):
        build(new(Owner(email="${node.unique.id}@example.org")))


@given(title=texts, description=texts, reason=texts, name=texts)
def test_meta_keeps_to_the_platforms_lengths(title: str, description: str, reason: str, name: str) -> None:
    """Whatever is typed, the meta has at most 45 and 1000 characters and nothing that a task would interpret."""
    deployment = new(Owner(email="ada@example.org", name=name), title=title, description=description, gpu_reason=reason)

    meta = build(deployment)["Meta"]

    assert len(meta["title"]) <= 45
    assert len(meta["description"]) <= 1000
    assert not any("${" in value or "\x00" in value for value in meta.values())


@given(
    title=texts, description=texts, reason=texts, url=texts, user=texts, vendor=texts, service=st.sampled_from(Service)
)
def test_job_is_the_same_json_every_time(
    title: str, description: str, reason: str, url: str, user: str, vendor: str, service: Service
) -> None:
    """A job is built deterministically and can always be written as JSON."""
    storage = StorageMount(url=url, user=user, vendor=vendor)
    deployment = new(title=title, description=description, gpu_reason=reason, storage=storage, service=service)

    job = build(deployment)

    assert json.loads(json.dumps(job)) == json.loads(json.dumps(build(deployment)))


@given(text=st.text(alphabet="äß${}`'\"\\\n;|&<>{{", min_size=3, max_size=30).map(lambda text: f"qQ{text}Qq"))
def test_foreign_text_is_only_ever_a_value_of_the_meta(text: str) -> None:
    """Foreign text occurs as a value of title, description, reason or name, and nowhere else in the job."""
    storage = StorageMount(url=text, user=text, vendor=text)
    deployment = new(
        Owner(email="ada@example.org", name=text), title=text, description=text, gpu_reason=text, storage=storage
    )

    places = {path for path, found in strings(build(deployment)) if "qQ" in found or "Qq" in found}

    assert places <= {"Meta.title.", "Meta.description.", "Meta.gpu_reason.", "Meta.owner_name."}
