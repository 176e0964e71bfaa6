"""Jobs for the contract tests: the smallest there can be, and one in the platform's shape."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

Json = dict[str, Any]
MILLISECOND = 1_000_000
SECOND = 1000 * MILLISECOND
IMAGE = "ai4oshub/ai4os-demo-app:cpu"
T4 = "Tesla T4"
A100 = "NVIDIA A100-PCIE-40GB"


def fresh_id(word: str = "job") -> str:
    """Return an id that no other job has."""
    return f"{word}-{uuid4().hex[:12]}"


def task(name: str = "main", *, image: str = IMAGE, hook: str = "", sidecar: bool = False, **more: Any) -> Json:
    """Return a docker task; `hook` makes it run before, beside or after the main ones."""
    made: Json = {
        "Name": name,
        "Driver": "docker",
        "Config": {"image": image, "force_pull": True},
        "Resources": {"CPU": 100, "MemoryMB": 64},
        "LogConfig": {"Disabled": True},
        **more,
    }
    return {**made, "Lifecycle": {"Hook": hook, "Sidecar": sidecar}} if hook else made


def gpu_task(count: int = 1, model: str = "", **more: Any) -> Json:
    """Return a task that asks for GPUs, of one model if given."""
    device: Json = {"Name": "gpu", "Count": count}
    if model:
        device["Constraints"] = [{"LTarget": "${device.model}", "Operand": "=", "RTarget": model}]
    return task(Resources={"CPU": 100, "MemoryMB": 64, "Devices": [device]}, **more)


def job(*tasks: Json, id_: str = "", restarts: int = 1, group: Mapping[str, Any] | None = None, **more: Any) -> Json:
    """Return a service job of one group that restarts quickly and is never placed anew."""
    made = id_ or fresh_id()
    quick = {"Attempts": restarts, "Delay": 50 * MILLISECOND, "Interval": 1800 * SECOND, "Mode": "fail"}
    return {
        "ID": made,
        "Name": made,
        "Type": "service",
        "TaskGroups": [
            {
                "Name": "usergroup",
                "Tasks": list(tasks) or [task()],
                "RestartPolicy": quick,
                "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
                "EphemeralDisk": {"SizeMB": 300},
                **(group or {}),
            }
        ],
        **more,
    }


def constraint(left: str, operand: str, right: str) -> Json:
    """Return a constraint."""
    return {"LTarget": left, "Operand": operand, "RTarget": right}


def service(name: str, port: str, *tags: str, provider: str = "nomad") -> Json:
    """Return a service of Nomad's own provider."""
    return {"Name": name, "PortLabel": port, "Provider": provider, "Tags": list(tags)}


def dynamic_ports(**ports: int) -> list[Json]:
    """Return a network with dynamic ports, each led to a port inside."""
    return [{"DynamicPorts": [{"Label": label, "To": to} for label, to in ports.items()]}]


STAY_UNKNOWN = {"LostAfter": 48 * 3600 * SECOND, "Replace": False, "Reconcile": "keep_original"}


def platform_job(id_: str = "", *, owner: str = "ada@example.org", **meta: str) -> Json:
    """Return a deployment in the platform's shape, with Nomad's own services so that every agent can run it."""
    made = id_ or str(uuid4())
    host = f"api-{made}.${{meta.domain}}-deployments.cloud.ai4eosc.eu"
    return job(
        task(),
        id_=made,
        Name=f"module-{made}",
        Namespace="ai4eosc",
        Meta={"owner": owner, "owner_email": owner, "owner_name": "Ada", "title": "Leaves", **meta},
        Constraints=[
            constraint("${meta.status}", "regexp", "ready"),
            constraint("${meta.type}", "=", "compute"),
            constraint("${meta.namespace}", "regexp", "ai4eosc"),
        ],
        Affinities=[{**constraint("${meta.tags}", "regexp", "cpu"), "Weight": 100}],
        group={
            "Networks": dynamic_ports(api=5000, ide=8888),
            "Services": [service(f"{made}-api", "api", "traefik.enable=true", f"rule=Host(`{host}`)")],
            "Disconnect": STAY_UNKNOWN,
        },
    )
