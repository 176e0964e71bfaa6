"""Build the job that Nomad receives, as data and never as HCL text (platform.md section 4).

Whatever people typed occurs only as a value, and only where Nomad neither runs nor interpolates it: titles go into
the meta with `${…}` made harmless, storage addresses and passwords into the deployment's Variable, nothing into
commands, tags, names or constraints unless its characters were checked first.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from bot.domain.catalog import Service
from bot.domain.platform import AddressScheme, Platform, ServiceProvider
from bot.domain.request import DeploymentRequest, Field
from bot.errors import RejectedByCluster
from bot.nomad import side_tasks
from bot.nomad.marks import made_meta
from bot.ports import NewDeployment

GROUP = "usergroup"
MAIN = "main"
DEVELOPMENT = "tool-devenv"
LOST_AFTER_NS = 48 * 3600 * 10**9
HOME_NAMESPACE = "ai4eosc"
"""The namespace whose nodes others should leave free if they can."""

_CONTAINER_PORTS = {"monitor": 6006, "ide": 8888, "custom": 80, "ui": 80}
_INFERENCE_PORT = 5000
_SHARED_MEMORY_BYTES_PER_MB = 500_000
_IMAGE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/-]*[A-Za-z0-9])?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_HOSTNAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PLAIN = re.compile(r"[^\x00-\x1f\x7f$`{}]*")
_IDENTITY = re.compile(r"(?:[^\x00-\x20\x7f$]|\$(?!\{))*")


def build(deployment: NewDeployment, platform: Platform, *, provider: ServiceProvider) -> dict[str, Any]:
    """Return the job for a deployment; `provider` is where its services register, already resolved.

    Raises RejectedByCluster, naming the form's field, for a value that Nomad or Docker would not take as it stands.
    """
    request = deployment.request
    _check(deployment)
    return {
        "ID": deployment.id,
        "Name": f"{request.kind}-{deployment.id}",
        "Type": "service",
        "Namespace": platform.namespace,
        "Priority": platform.priority,
        "Datacenters": ["*"],
        "Meta": made_meta(deployment, labels=tuple(_service_labels(request, platform.addresses))),
        "Constraints": _constraints(request, platform),
        "Affinities": _affinities(request, platform),
        "TaskGroups": [_group(deployment, platform, provider)],
    }


def _check(deployment: NewDeployment) -> None:
    request = deployment.request
    checks = (
        (_ID, deployment.id, None, "The deployment's id"),
        (_IMAGE, request.image, Field.MODULE, "The module's image"),
        (_TAG, request.tag, Field.TAG, "The Docker tag"),
        (_HOSTNAME, request.hostname or "free", Field.HOSTNAME, "The host name"),
        (_PLAIN, request.gpu_model, Field.GPU_MODEL, "The GPU model"),
        (_PLAIN, request.site, Field.SITE, "The site"),
        (_IDENTITY, deployment.owner.email + deployment.owner.subject, None, "The owner's identity"),
    )
    for pattern, value, field, what in checks:
        if not pattern.fullmatch(value):
            raise RejectedByCluster(
                f"{what} holds characters that are not allowed there.", hint="Choose another.", field=field or ""
            )


def _constraints(request: DeploymentRequest, platform: Platform) -> list[dict[str, str]]:
    constraints = [
        _constraint("${meta.status}", "regexp", "ready"),
        _constraint("${meta.type}", "=", "compute"),
        _constraint("${meta.namespace}", "regexp", platform.namespace),
    ]
    if request.kind == DEVELOPMENT:
        constraints.append(_constraint("${meta.type}", "!=", "batch"))
    if request.site:
        constraints.append(_constraint("${node.datacenter}", "=", request.site))
    return constraints


def _constraint(left: str, operand: str, right: str) -> dict[str, str]:
    return {"LTarget": left, "Operand": operand, "RTarget": right}


def _affinities(request: DeploymentRequest, platform: Platform) -> list[dict[str, str | int]]:
    """Prefer CPU nodes for CPU deployments only, and leave AI4EOSC's nodes free only where the guest is another."""
    affinities: list[dict[str, str | int]] = []
    if platform.namespace != HOME_NAMESPACE:
        affinities.append({**_constraint("${meta.namespace}", "regexp", HOME_NAMESPACE), "Weight": -100})
    if not request.gpus:
        affinities.append({**_constraint("${meta.tags}", "regexp", "cpu"), "Weight": 100})
    return affinities


def _group(deployment: NewDeployment, platform: Platform, provider: ServiceProvider) -> dict[str, Any]:
    request = deployment.request
    addresses = platform.addresses
    ports = [*_main_labels(addresses), *(["ui"] if _has_interface(request) else [])]
    return {
        "Name": GROUP,
        "Count": 1,
        "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
        "Disconnect": {"LostAfter": LOST_AFTER_NS, "Replace": False, "Reconcile": "keep_original"},
        "EphemeralDisk": {"SizeMB": request.disk_mb},
        "Networks": [{"DynamicPorts": [_port(label) for label in ports]}],
        "Services": [_service(deployment, label, platform, provider) for label in _service_labels(request, addresses)],
        "Tasks": _tasks(deployment, platform),
    }


def _port(label: str) -> dict[str, str | int]:
    return {"Label": label, "To": _CONTAINER_PORTS.get(label, _INFERENCE_PORT)}


def _main_labels(addresses: AddressScheme) -> list[str]:
    return [addresses.inference_label, "monitor", "ide", "custom"]


def _service_labels(request: DeploymentRequest, addresses: AddressScheme) -> list[str]:
    """Return the labels that get a service: no editor beside DEEPaaS, except in the development environment."""
    labels = _main_labels(addresses)
    if _has_interface(request):
        labels[labels.index("ide")] = "ui"
    return labels


def _has_interface(request: DeploymentRequest) -> bool:
    return request.service is Service.DEEPAAS and request.kind != DEVELOPMENT


def _service(
    deployment: NewDeployment, label: str, platform: Platform, provider: ServiceProvider
) -> dict[str, str | list[str]]:
    name = f"{deployment.id}-{label}"
    return {
        "Name": name,
        "PortLabel": label,
        "Provider": provider.value,
        "Tags": _tags(name, _address(deployment, label, platform)),
    }


def _tags(router: str, address: str) -> list[str]:
    """Return Traefik's tags for an address, none where it leads straight to the node."""
    parts = urlsplit(address)
    if not parts.netloc:
        return []
    secure = [f"traefik.http.routers.{router}.tls=true"] if parts.scheme == "https" else []
    rule = f"Host(`{parts.netloc}`, `www.{parts.netloc}`)"
    return ["traefik.enable=true", *secure, f"traefik.http.routers.{router}.rule={rule}"]


def _address(deployment: NewDeployment, label: str, platform: Platform) -> str:
    """Fill the platform's template with what Nomad's client will put in for the node's domain."""
    template = platform.addresses.template
    if "{address}" in template or "{port}" in template:
        return ""
    return template.format(
        label=label,
        uuid=deployment.id,
        hostname=deployment.request.hostname or deployment.id,
        node_domain="${meta.domain}",
        base_domain=platform.base_domain,
    )


def _tasks(deployment: NewDeployment, platform: Platform) -> list[dict[str, Any]]:
    request = deployment.request
    tasks = [_main(deployment, platform)]
    if _has_interface(request):
        tasks.append(side_tasks.interface(platform.docker))
    if request.storage is None:
        return tasks
    mount = side_tasks.storage_mount(deployment.id, request.storage, platform.docker)
    return [mount, *tasks, side_tasks.storage_cleanup(deployment.id)]


def _main(deployment: NewDeployment, platform: Platform) -> dict[str, Any]:
    request = deployment.request
    storage = request.storage
    env = {} if request.gpus else {"NVIDIA_VISIBLE_DEVICES": "none"}
    task: dict[str, Any] = {
        "Name": MAIN,
        "Driver": "docker",
        "Config": _main_config(deployment, platform),
        "Env": {**env, **(side_tasks.rclone_env(storage) if storage else {})},
        "Resources": {"Cores": request.cpu, "MemoryMB": request.ram_mb, "MemoryMaxMB": request.ram_mb},
    }
    if request.gpus:
        task["Resources"]["Devices"] = [_gpus(request)]
    if deployment.has_password or storage:
        task["Templates"] = [
            side_tasks.main_secrets(deployment.id, password=deployment.has_password, storage=storage is not None)
        ]
    return task


def _main_config(deployment: NewDeployment, platform: Platform) -> dict[str, Any]:
    request, docker = deployment.request, platform.docker
    config: dict[str, Any] = {
        "image": f"{request.image}:{request.tag}",
        "force_pull": docker.force_pull,
        "command": "deep-start",
        "args": [f"--{request.service.value}"],
        "ports": _main_labels(platform.addresses),
        "shm_size": request.ram_mb * _SHARED_MEMORY_BYTES_PER_MB,
        "memory_hard_limit": request.ram_mb,
    }
    if docker.storage_quota:
        config["storage_opt"] = {"size": f"{request.disk_mb}M"}
    if docker.network_mode:
        config["network_mode"] = docker.network_mode
    if request.storage:
        config["volumes"] = [side_tasks.storage_volume(deployment.id)]
    return config


def _gpus(request: DeploymentRequest) -> dict[str, Any]:
    device: dict[str, Any] = {"Name": "gpu", "Count": request.gpus}
    if request.gpu_model:
        device["Constraints"] = [_constraint("${device.model}", "=", request.gpu_model)]
    return device
