"""Read a job's specification, of the bot's, of the Dashboard's or of 2023, as what people asked for."""

from typing import Any

from bot.domain.base import Frozen
from bot.domain.catalog import Service
from bot.domain.deployment import Hardware
from bot.nomad.json_values import JsonObject, count, fields, items, text, texts, whole

MAIN_TASKS = ("main", "usertask")
SIDE_TASKS = frozenset({"storage_mount", "storage_cleanup", "dataset_download", "email-notification", "ui"})
GPU = "gpu"
PASSWORD_VARIABLE = "jupyterPASSWORD"  # noqa: S105 - a variable's name

# In 2023 the number of CPUs was written into the field for MHz; no real task gets by with so few MHz.
_MOST_CPUS_IN_MHZ = 64

_SERVICES = {
    "--deepaas": Service.DEEPAAS,
    "-d": Service.DEEPAAS,
    "--jupyter": Service.JUPYTER,
    "-j": Service.JUPYTER,
    "--vscode": Service.VSCODE,
    "-s": Service.VSCODE,
}


class Specification(Frozen):
    """What a deployment asks for: hardware of its main task, image, service and the labels of its services."""

    hardware: Hardware = Hardware()
    image: str = ""
    service: Service | None = None
    labels: tuple[str, ...] = ()


def read_specification(job: JsonObject) -> Specification:
    """Read the specification of a job's first group; total over any JSON."""
    group = next(items(job.get("TaskGroups")), {})
    task = main_task(group)
    config = fields(task.get("Config"))
    return Specification(
        hardware=_hardware(group, task),
        image=text(config.get("image")),
        service=_service(config),
        labels=_labels(group, task),
    )


def main_task(group: JsonObject) -> JsonObject:
    """Return the task that people care about, or the first that is not there for the others' sake."""
    tasks = list(items(group.get("Tasks")))
    named = {text(task.get("Name")): task for task in reversed(tasks)}
    for name in MAIN_TASKS:
        if name in named:
            return named[name]
    plain = (task for task in tasks if not is_side_task(text(task.get("Name"))) and not task.get("Lifecycle"))
    return next(plain, {})


def is_side_task(name: str) -> bool:
    """Tell whether a task is one of those that stand beside the main one."""
    return name in SIDE_TASKS or name.startswith("dataset_download_")


def is_gpu(device: str) -> bool:
    """Tell whether a device's name, such as `gpu`, `nvidia/gpu` or `nvidia/gpu/Tesla T4`, is a GPU's."""
    return GPU in device.split("/")[:2]


def cpus(cores: int | None, mhz: int | None) -> int | None:
    """Return the number of CPUs from reserved cores, or from the MHz field as it was used in 2023."""
    if cores:
        return cores
    return mhz if mhz and mhz <= _MOST_CPUS_IN_MHZ else None


def _hardware(group: JsonObject, task: JsonObject) -> Hardware:
    resources = fields(task.get("Resources"))
    gpus = [device for device in items(resources.get("Devices")) if is_gpu(text(device.get("Name")))]
    return Hardware(
        cpu=cpus(whole(resources.get("Cores")), whole(resources.get("CPU"))),
        gpus=sum(count(device.get("Count", 1)) for device in gpus),
        gpu_model=next((model for model in map(_model, gpus) if model), ""),
        ram_mb=whole(resources.get("MemoryMB")),
        disk_mb=whole(fields(group.get("EphemeralDisk")).get("SizeMB")),
    )


def _model(device: JsonObject) -> str:
    parts = text(device.get("Name")).split("/", 2)
    if len(parts) > 2:  # noqa: PLR2004 - vendor/type/model
        return parts[2]
    wanted = (
        text(constraint.get("RTarget"))
        for constraint in items(device.get("Constraints"))
        if constraint.get("LTarget") == "${device.model}" and constraint.get("Operand") in {"=", "==", "is", None}
    )
    return next(wanted, "")


def _service(config: JsonObject) -> Service | None:
    words = [*text(config.get("command")).split(), *(word for arg in texts(config.get("args")) for word in arg.split())]
    return next((_SERVICES[word] for word in words if word in _SERVICES), None)


def _labels(group: JsonObject, task: JsonObject) -> tuple[str, ...]:
    """Return the labels of the ports that have a service; a service may stand at the group or, in 2023, at the task."""
    services: list[Any] = [*items(group.get("Services")), *items(task.get("Services"))]
    return tuple(dict.fromkeys(label for service in services if (label := text(service.get("PortLabel")))))
