"""What the bot writes into a job's meta, and how it is read again.

The first five keys are the platform's own, which its API and Dashboard read; the others are ours. They tell what a
list of jobs does not: what a waiting deployment asks for, without one more call for each.
"""

import re
import unicodedata
from enum import StrEnum

from bot.domain.deployment import Hardware
from bot.domain.request import DeploymentRequest
from bot.ports import NewDeployment

MADE_BY = "ai4os-bot"
TITLE_LIMIT = 45
DESCRIPTION_LIMIT = 1000
REASON_LIMIT = 500
NAME_LIMIT = 200

_NUMBER = re.compile(r"[0-9]{1,18}")
_INTERPOLATION = re.compile(r"\$(?=\{)")
_KEPT_CONTROLS = frozenset("\n\t")


class MetaKey(StrEnum):
    """The keys of a job's meta."""

    OWNER = "owner"
    OWNER_NAME = "owner_name"
    OWNER_EMAIL = "owner_email"
    TITLE = "title"
    DESCRIPTION = "description"
    MADE_BY = "made_by"
    HOSTNAME = "hostname"
    GPU_REASON = "gpu_reason"
    IMAGE = "image"
    SERVICE = "service"
    LABELS = "labels"
    HARDWARE = "hardware"


_ALWAYS = frozenset({MetaKey.OWNER, MetaKey.OWNER_NAME, MetaKey.OWNER_EMAIL, MetaKey.TITLE, MetaKey.DESCRIPTION})


def made_meta(deployment: NewDeployment, *, labels: tuple[str, ...]) -> dict[str, str]:
    """Return the meta of a deployment's job: the platform's own keys always, ours where they say something."""
    request, owner = deployment.request, deployment.owner
    meta = {
        MetaKey.OWNER: owner.subject or owner.email,
        MetaKey.OWNER_NAME: inert(owner.name, NAME_LIMIT),
        MetaKey.OWNER_EMAIL: owner.email,
        MetaKey.TITLE: inert(request.title, TITLE_LIMIT),
        MetaKey.DESCRIPTION: inert(request.description, DESCRIPTION_LIMIT),
        MetaKey.MADE_BY: MADE_BY,
        MetaKey.HOSTNAME: request.hostname,
        MetaKey.GPU_REASON: inert(request.gpu_reason, REASON_LIMIT),
        MetaKey.IMAGE: f"{request.image}:{request.tag}",
        MetaKey.SERVICE: request.service.value,
        MetaKey.LABELS: ",".join(labels),
        MetaKey.HARDWARE: hardware_text(request),
    }
    return {key.value: value for key, value in meta.items() if value or key in _ALWAYS}


def inert(text: str, limit: int) -> str:
    """Cut a foreign text to a length, and take from it what would act in a task's environment.

    Nomad gives a job's meta to its tasks as variables and interpolates them: `${…}` would be replaced by what it
    names, and a NUL character would keep the container from starting.
    """
    kept = "".join(
        character
        for character in text.strip()
        if character in _KEPT_CONTROLS or unicodedata.category(character) not in {"Cc", "Cs"}
    )
    return _INTERPOLATION.sub("$ ", kept)[:limit].rstrip()


def hardware_text(request: DeploymentRequest) -> str:
    """Write what is asked for in one line, the model last since it may hold any character."""
    return (
        f"cpu={request.cpu};gpus={request.gpus};ram={request.ram_mb};disk={request.disk_mb};model={request.gpu_model}"
    )


def read_hardware(text: str) -> Hardware | None:
    """Read that line again; None if it is not one of ours."""
    head, mark, model = text.partition(";model=")
    parts = dict(part.partition("=")[::2] for part in head.split(";"))
    numbers = {key: int(value) for key, value in parts.items() if _NUMBER.fullmatch(value)}
    if not mark or numbers.keys() != {"cpu", "gpus", "ram", "disk"}:
        return None
    return Hardware(
        cpu=numbers["cpu"],
        gpus=numbers["gpus"],
        gpu_model=model,
        ram_mb=numbers["ram"],
        disk_mb=numbers["disk"],
    )
