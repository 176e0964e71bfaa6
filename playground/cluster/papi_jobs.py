"""Jobs as the dashboard makes them, for deployments of other people and from before the bot."""

from dataclasses import dataclass, field
from typing import Literal

from playground.cluster.records import JsonObject

Era = Literal["module", "tool", "seed"]
_STORAGE = "registry.cloud.ai4eosc.eu/ai4os/docker-storage:latest"
_MAIL = "registry.cloud.ai4eosc.eu/ai4os/docker-mail:client"
_UI = "registry.cloud.ai4eosc.eu/ai4os/deepaas_ui:latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class PapiJob:
    """What a person chose in the dashboard; memory and disk in MB.

    `era` tells the shapes apart: `module` and `tool` are today's names, `seed` is the oldest one
    (`userjob-…` with a task `usertask`).
    """

    id: str
    owner: str
    owner_email: str
    owner_name: str = ""
    title: str = ""
    description: str = ""
    namespace: str = "ai4eosc"
    era: Era = "module"
    tool: str = "devenv"
    image: str = "ai4oshub/ai4os-demo-app:latest"
    service: Literal["deepaas", "jupyter", "vscode"] = "jupyter"
    cpus: int = 4
    memory: int = 8000
    disk: int = 10000
    gpus: int = 0
    gpu_model: str = ""
    priority: int = 50
    storage: bool = False
    password: str = field(default="not-a-real-password", repr=False)
    base_domain: str = "deployments.cloud.ai4eosc.eu"
    provider: Literal["consul", "nomad"] = "consul"
    site: str = ""


def papi_job(wanted: PapiJob) -> JsonObject:
    """Build the job the dashboard would submit."""
    names = {
        "module": f"module-{wanted.id}",
        "tool": f"tool-{wanted.tool}-{wanted.id}",
        "seed": f"userjob-{wanted.id}",
    }
    return {
        "ID": wanted.id,
        "Name": names[wanted.era],
        "Namespace": wanted.namespace,
        "Type": "service",
        "Region": "global",
        "Priority": wanted.priority,
        "Meta": _meta(wanted),
        "Constraints": _constraints(wanted),
        "Affinities": [
            {"LTarget": "${meta.namespace}", "Operand": "regexp", "RTarget": "ai4eosc", "Weight": -100},
            {"LTarget": "${meta.tags}", "Operand": "regexp", "RTarget": "cpu", "Weight": 100},
        ],
        "TaskGroups": [_group(wanted)],
    }


def _meta(wanted: PapiJob) -> dict[str, str]:
    if wanted.era == "seed":
        return {"owner": wanted.owner, "title": wanted.title, "description": wanted.description}
    return {
        "owner": wanted.owner,
        "owner_name": wanted.owner_name,
        "owner_email": wanted.owner_email,
        "title": wanted.title,
        "description": wanted.description,
    }


def _constraints(wanted: PapiJob) -> list[JsonObject]:
    pinned = [{"LTarget": "${node.datacenter}", "Operand": "=", "RTarget": wanted.site}] if wanted.site else []
    return [
        {"LTarget": "${meta.status}", "Operand": "regexp", "RTarget": "ready"},
        {"LTarget": "${meta.type}", "Operand": "=", "RTarget": "compute"},
        {"LTarget": "${meta.namespace}", "Operand": "regexp", "RTarget": wanted.namespace},
        *pinned,
    ]


def _group(wanted: PapiJob) -> JsonObject:
    ports = {"api": 5000, "monitor": 6006, "ide": 8888, "custom": 80}
    if wanted.service == "deepaas":
        ports["ui"] = 80
    return {
        "Name": "usergroup",
        "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
        "Disconnect": {"LostAfter": 172_800_000_000_000, "Replace": False, "Reconcile": "keep_original"},
        "EphemeralDisk": {"SizeMB": wanted.disk},
        "Networks": [{"DynamicPorts": [{"Label": label, "To": to} for label, to in ports.items()]}],
        "Services": [
            _service(wanted, label) for label in ports if not (label == "ide" and wanted.service == "deepaas")
        ],
        "Tasks": _tasks(wanted),
    }


def _service(wanted: PapiJob, label: str) -> JsonObject:
    name = f"{wanted.id}-{label}"
    host = f"{label}-{wanted.id}.${{meta.domain}}-{wanted.base_domain}"
    rule = f"traefik.http.routers.{name}.rule=Host(`{host}`, `www.{host}`)"
    tags = ["traefik.enable=true", f"traefik.http.routers.{name}.tls=true", rule]
    return {"Name": name, "PortLabel": label, "Provider": wanted.provider, "Tags": tags}


def _tasks(wanted: PapiJob) -> list[JsonObject]:
    tasks = [_storage()] if wanted.storage else []
    tasks += [_mail(wanted), _main(wanted)]
    if wanted.service == "deepaas":
        tasks.append(_ui())
    if wanted.storage:
        tasks.append(_cleanup())
    return [_main(wanted)] if wanted.era == "seed" else tasks


def _storage() -> JsonObject:
    return {
        "Name": "storage_mount",
        "Driver": "docker",
        "Lifecycle": {"Hook": "prestart", "Sidecar": True},
        "Config": {"force_pull": True, "image": _STORAGE, "privileged": True},
        "Env": {"REMOTE_PATH": "rshare:/", "LOCAL_PATH": "/storage"},
        "Resources": {"CPU": 50, "MemoryMB": 2000},
    }


def _mail(wanted: PapiJob) -> JsonObject:
    return {
        "Name": "email-notification",
        "Driver": "docker",
        "Lifecycle": {"Hook": "prestart", "Sidecar": False},
        "Config": {"image": _MAIL},
        "Env": {"NUM_DAYS": "7", "DEST": wanted.owner_email, "SUBJECT": "[AI4OS] Your deployment is ready"},
        "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
        "Resources": {"CPU": 100, "MemoryMB": 100},
    }


def _main(wanted: PapiJob) -> JsonObject:
    device = {"Name": "gpu", "Count": wanted.gpus}
    if wanted.gpu_model:
        device["Constraints"] = [{"LTarget": "${device.model}", "Operand": "=", "RTarget": wanted.gpu_model}]
    environment = {"jupyterPASSWORD": wanted.password}
    if not wanted.gpus:
        environment["NVIDIA_VISIBLE_DEVICES"] = "none"
    return {
        "Name": "usertask" if wanted.era == "seed" else "main",
        "Driver": "docker",
        "Config": {
            "force_pull": True,
            "image": wanted.image,
            "command": "deep-start",
            "args": [f"--{wanted.service}"],
            "ports": ["api", "monitor", "ide", "custom"],
            "shm_size": wanted.memory * 500_000,
            "memory_hard_limit": wanted.memory,
            "storage_opt": {"size": f"{wanted.disk}M"},
        },
        "Env": environment,
        "Resources": {
            "Cores": wanted.cpus,
            "MemoryMB": wanted.memory,
            "MemoryMaxMB": wanted.memory,
            "Devices": [device] if wanted.gpus else None,
        },
    }


def _ui() -> JsonObject:
    return {
        "Name": "ui",
        "Driver": "docker",
        "Lifecycle": {"Hook": "poststart", "Sidecar": True},
        "Config": {"force_pull": True, "image": _UI, "ports": ["ui"], "shm_size": 250_000_000},
        "Env": {"DURATION": "10000d", "UI_PORT": "80"},
        "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
        "Resources": {"CPU": 500, "MemoryMB": 500, "MemoryMaxMB": 500},
    }


def _cleanup() -> JsonObject:
    return {
        "Name": "storage_cleanup",
        "Driver": "raw_exec",
        "Lifecycle": {"Hook": "poststop"},
        "Config": {"command": "/bin/bash", "args": ["-c", "true"]},
    }
