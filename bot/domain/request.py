"""A deployment request: the validated form, before anything is submitted."""

from enum import StrEnum

from bot.domain.base import Frozen, ModuleName, PlatformKey, Site
from bot.domain.catalog import Service


class Field(StrEnum):
    """The fields of the form; the same words name block ids, command flags' targets and problems."""

    PLATFORM = "platform"
    MODULE = "module"
    SERVICE = "service"
    PASSWORD = "password"  # noqa: S105 - a field's name
    TAG = "tag"
    TAG_CONFIRMED = "tag_confirmed"
    TITLE = "title"
    DESCRIPTION = "description"
    HOSTNAME = "hostname"
    CPU = "cpu"
    GPU = "gpu"
    GPU_MODEL = "gpu_model"
    GPU_REASON = "gpu_reason"
    RAM = "ram"
    DISK = "disk"
    SITE = "site"
    STORAGE_URL = "storage_url"
    STORAGE_USER = "storage_user"
    STORAGE_PASSWORD = "storage_password"  # noqa: S105 - a field's name


SECRET_FIELDS = frozenset({Field.PASSWORD, Field.STORAGE_PASSWORD})


class Problem(Frozen):
    """What is wrong with one field, and how to mend it, in one plain sentence or two."""

    field: Field
    text: str


class StorageMount(Frozen):
    """A Nextcloud directory mounted through rclone; its password travels apart."""

    url: str
    user: str
    vendor: str = "nextcloud"


class DeploymentRequest(Frozen):
    """What a person wants, with every value checked. RAM and disk in MB. Secrets are never part of it."""

    platform: PlatformKey
    module: ModuleName
    kind: str = "module"
    image: str
    tag: str
    service: Service
    title: str = ""
    description: str = ""
    hostname: str = ""
    cpu: int
    gpus: int = 0
    gpu_model: str = ""
    gpu_reason: str = ""
    ram_mb: int
    disk_mb: int
    site: Site = Site("")
    storage: StorageMount | None = None


def values_of(request: DeploymentRequest) -> dict[Field, str]:
    """Return the form's values that make this request; what is empty in it is left out, secrets are not in it."""
    values = {
        Field.PLATFORM: str(request.platform),
        Field.SERVICE: str(request.service),
        Field.TAG: request.tag,
        Field.TITLE: request.title,
        Field.DESCRIPTION: request.description,
        Field.HOSTNAME: request.hostname,
        Field.CPU: str(request.cpu),
        Field.GPU: str(request.gpus),
        Field.GPU_MODEL: request.gpu_model,
        Field.GPU_REASON: request.gpu_reason,
        Field.RAM: str(request.ram_mb),
        Field.DISK: str(request.disk_mb),
        Field.SITE: str(request.site),
        Field.STORAGE_URL: request.storage.url if request.storage else "",
        Field.STORAGE_USER: request.storage.user if request.storage else "",
    }
    return {field: value for field, value in values.items() if value}
