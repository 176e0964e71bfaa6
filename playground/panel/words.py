"""What a job asks for, why it waits and whose it is, in words; of jobs and evaluations in Nomad's JSON."""

from collections.abc import Iterable

from playground.cluster.records import JsonObject
from playground.slack.wire import Json

_LACKING = {
    "cpu": "CPU",
    "cores": "CPUs",
    "memory": "memory",
    "disk": "disk space",
    "devices": "GPUs",
    "network: port collision": "ports",
}


def whose(id_: str, meta: JsonObject | None) -> Json:
    """Return the deployment, its title and its owner's address, as a job's metadata has them."""
    told = meta or {}
    return {
        "deployment": id_,
        "title": str(told.get("title") or id_[:8]),
        "owner": str(told.get("owner_email") or told.get("owner") or ""),
    }


def wants(spec: JsonObject) -> str:
    """Return what a job asks for."""
    tasks = [task for group in spec.get("TaskGroups") or [] for task in group.get("Tasks") or []]
    resources = [task.get("Resources") or {} for task in tasks]
    gpus = sum(int(device.get("Count") or 1) for each in resources for device in each.get("Devices") or [])
    cores = sum(int(each.get("Cores") or 0) for each in resources)
    parts = [f"{gpus} GPU{'s' if gpus > 1 else ''}" if gpus else "", f"{cores} CPUs" if cores else ""]
    return ", ".join(part for part in parts if part) or "a place"


def reason(failures: Iterable[JsonObject]) -> str:
    """Return why a job waits, by what the scheduler found lacking, the newest first."""
    found = [failure.get("DimensionExhausted") or {} for failure in failures]
    exhausted: JsonObject = next((each for each in found if each), JsonObject())
    lacking = list(dict.fromkeys(_LACKING.get(name.partition(":")[0], name) for name in exhausted))
    return f"no free {' and '.join(lacking)} now" if lacking else "no machine fits yet"


def amount(total: float, used: float, *, unit: float = 1) -> Json:
    """Return how much there is, and how much of it is free; never less than nothing."""
    return {"total": round(total * unit), "free": max(0, round((total - used) * unit))}
