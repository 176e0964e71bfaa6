"""Deployments, platforms and Nomad's answers as tests need them, with defaults for what does not matter."""

from typing import Any
from uuid import uuid4

from bot.domain.base import DeploymentId, ModuleName, Namespace, PlatformKey
from bot.domain.catalog import Service
from bot.domain.people import Owner
from bot.domain.platform import AddressScheme, Platform, ServiceProvider
from bot.domain.request import DeploymentRequest, StorageMount
from bot.ports import NewDeployment

ADA = Owner(email="ada@example.org", name="Ada", subject="ada-subject")
BERT = Owner(email="bert@example.org", name="Bert", subject="bert-subject")
UUID = "0b8bf6d0-1c2a-11ef-9d3a-0242ac120002"
AI4EOSC = Namespace("ai4eosc")
BASE_DOMAIN = "deployments.cloud.ai4eosc.eu"
HOW_TO = AddressScheme(template="http://{label}.{hostname}.{base_domain}", inference_label="deepaas")
STORAGE = StorageMount(url="https://share.example.org/remote.php/dav/files/ada", user="ada")


def platform(namespace: str = "ai4eosc", **changes: Any) -> Platform:
    """Return a platform."""
    values: dict[str, Any] = {
        "key": PlatformKey(namespace),
        "title": namespace,
        "vo": f"vo.{namespace}.eu",
        "namespace": Namespace(namespace),
        "base_domain": BASE_DOMAIN,
        "service_provider": ServiceProvider.NOMAD,
    }
    return Platform(**{**values, **changes})


def request(**changes: Any) -> DeploymentRequest:
    """Return a request for one core and DEEPaaS."""
    values: dict[str, Any] = {
        "platform": PlatformKey("ai4eosc"),
        "module": ModuleName("ai4os-demo-app"),
        "image": "ai4oshub/ai4os-demo-app",
        "tag": "cpu",
        "service": Service.DEEPAAS,
        "title": "Leaves",
        "cpu": 1,
        "ram_mb": 2000,
        "disk_mb": 1000,
    }
    return DeploymentRequest(**{**values, **changes})


def new(owner: Owner = ADA, *, identity: str = "", has_password: bool = False, **changes: Any) -> NewDeployment:
    """Return a deployment that was not submitted yet, with an id that no other has."""
    return NewDeployment(
        id=DeploymentId(identity or str(uuid4())), request=request(**changes), owner=owner, has_password=has_password
    )


def dashboard_job(identity: str = UUID, **changes: Any) -> dict[str, Any]:
    """Return a whole job as the Dashboard of today makes it, as far as the bot reads it."""
    job: dict[str, Any] = {
        "ID": identity,
        "Name": f"module-{identity}",
        "Namespace": "ai4eosc",
        "Type": "service",
        "Stop": False,
        "SubmitTime": 1795568787184702443,
        "Version": 1,
        "JobModifyIndex": 20,
        "Meta": {
            "owner": "ada-subject",
            "owner_name": "Ada",
            "owner_email": "Ada@example.org",
            "title": "Leaves",
            "description": "Of trees",
        },
        "TaskGroups": [
            {
                "Name": "usergroup",
                "EphemeralDisk": {"SizeMB": 10000},
                "Services": [{"Name": f"{identity}-api", "PortLabel": "api"}, {"PortLabel": "ide"}],
                "Tasks": [
                    {"Name": "storage_mount", "Lifecycle": {"Hook": "prestart", "Sidecar": True}},
                    {
                        "Name": "main",
                        "Driver": "docker",
                        "Config": {
                            "image": "ai4oshub/ai4os-demo-app:gpu",
                            "command": "deep-start",
                            "args": ["--jupyter"],
                        },
                        "Env": {"jupyterPASSWORD": "written in the job"},
                        "Resources": {
                            "Cores": 4,
                            "CPU": 0,
                            "MemoryMB": 8000,
                            "Devices": [
                                {
                                    "Name": "gpu",
                                    "Count": 1,
                                    "Constraints": [
                                        {"LTarget": "${device.model}", "Operand": "=", "RTarget": "Tesla T4"}
                                    ],
                                }
                            ],
                        },
                    },
                ],
            }
        ],
    }
    return {**job, **changes}


def job_of_2023(identity: str = UUID) -> dict[str, Any]:
    """Return a whole job in the shape of mid-2023: cores in the MHz field, one task, an affinity for the GPU."""
    return {
        "ID": identity,
        "Name": f"userjob-{identity}",
        "Namespace": "ai4eosc",
        "Meta": {"owner": "ada-subject", "title": "Old", "description": ""},
        "SubmitTime": 1690000000000000000,
        "TaskGroups": [
            {
                "Name": "usergroup",
                "EphemeralDisk": {"SizeMB": 10000},
                "Tasks": [
                    {
                        "Name": "usertask",
                        "Config": {"image": "deephdc/deep-oc-demo:cpu", "command": "deep-start", "args": ["-d"]},
                        "Services": [{"PortLabel": "deepaas"}, {"PortLabel": "monitor"}],
                        "Resources": {
                            "CPU": 4,
                            "MemoryMB": 8000,
                            "Devices": [
                                {
                                    "Name": "gpu",
                                    "Count": 1,
                                    "Affinities": [{"LTarget": "${device.model}", "RTarget": "NVIDIA Tesla T4"}],
                                }
                            ],
                        },
                    }
                ],
            }
        ],
    }


def allocation_stub(**changes: Any) -> dict[str, Any]:
    """Return a listed allocation with resources and task states."""
    event = {"Type": "Received", "Time": 1795568787197882133, "DisplayMessage": "Task received by client"}
    started = {
        "Type": "Started",
        "Time": 1795568787296454106,
        "DisplayMessage": "Task started by client",
        "Details": {"fails_task": "false"},
    }
    stub: dict[str, Any] = {
        "ID": "e4780ee7-e507-15f5-bed6-9b9fc936a7fb",
        "Namespace": "ai4eosc",
        "JobID": UUID,
        "NodeID": "node-1",
        "NodeName": "gpu-1",
        "CreateIndex": 21,
        "ModifyIndex": 24,
        "CreateTime": 1795568787187441927,
        "ModifyTime": 1795568787309963962,
        "DesiredStatus": "run",
        "ClientStatus": "running",
        "AllocatedResources": {
            "Tasks": {
                "main": {
                    "Cpu": {"CpuShares": 10000, "ReservedCores": [0, 1, 2, 3]},
                    "Memory": {"MemoryMB": 8000, "MemoryMaxMB": 8000},
                    "Devices": [{"Vendor": "nvidia", "Type": "gpu", "Name": "Tesla T4", "DeviceIDs": ["GPU-1"]}],
                },
                "storage_mount": {"Cpu": {"CpuShares": 50}, "Memory": {"MemoryMB": 2000}, "Devices": None},
            },
            "Shared": {
                "DiskMB": 10000,
                "Ports": [{"Label": "api", "Value": 31079, "To": 5000, "HostIP": "192.0.2.7"}],
            },
        },
        "TaskStates": {
            "main": {
                "State": "running",
                "Failed": False,
                "Restarts": 1,
                "StartedAt": "2026-11-25T01:06:27.296467807Z",
                "FinishedAt": None,
                "Events": [started, event],
            }
        },
    }
    return {**stub, **changes}
