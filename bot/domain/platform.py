"""A platform: its virtual organisation, namespace, limits and the addresses of its deployments."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from bot.domain.base import Frozen, Namespace, PlatformKey


class Range(Frozen):
    """A whole number's default and its smallest and largest allowed value."""

    default: int
    minimum: int
    maximum: int

    def allows(self, value: int) -> bool:
        """Tell whether the value lies within the range, both ends included."""
        return self.minimum <= value <= self.maximum

    def clamp(self, value: int) -> int:
        """Return the nearest allowed value."""
        return max(self.minimum, min(self.maximum, value))


class Limits(Frozen):
    """What one deployment and one owner may have.

    CPU in cores, RAM and disk in MB. Figures of the AI4OS platform API (etc/modules/user.yaml, ai4papi/quotas.py);
    `gpus_without_reason` is the how-to's "at most 1 per user", `gpus_per_owner` its "2 if really needed".
    """

    cpu: Range = Range(default=4, minimum=1, maximum=10)
    gpu: Range = Range(default=0, minimum=0, maximum=1)
    ram: Range = Range(default=8000, minimum=2000, maximum=40000)
    disk: Range = Range(default=10000, minimum=1000, maximum=50000)
    gpus_per_owner: int = 2
    gpus_without_reason: int = 1


class AddressScheme(Frozen):
    """How a deployment's services are reached from outside.

    `template` may use {label}, {uuid}, {hostname}, {node_domain}, {base_domain}, {address} and {port}.
    `inference_label` names the DEEPaaS port: `api` today, `deepaas` in the how-to of 2023.
    """

    template: str = "https://{label}-{uuid}.{node_domain}-{base_domain}"
    inference_label: str = "api"

    @property
    def uses_hostname(self) -> bool:
        """Tell whether people may choose a host name."""
        return "{hostname}" in self.template


class ServiceProvider(StrEnum):
    """Where Nomad registers services; `auto` takes Consul where the nodes have it."""

    AUTO = "auto"
    CONSUL = "consul"
    NOMAD = "nomad"


class DockerOptions(Frozen):
    """How containers are started on this platform's nodes.

    `storage_quota` limits the container's disk (needs xfs with project quotas under Docker), `force_pull` fetches the
    image at every start, `network_mode` is Docker's, empty for its default. `side_images` is where the images of the
    tasks beside the main one come from.
    """

    force_pull: bool = True
    storage_quota: bool = True
    network_mode: str = ""
    side_images: str = "registry.cloud.ai4eosc.eu/ai4os"


class Platform(Frozen):
    """One AI4OS platform as the bot serves it."""

    key: PlatformKey
    title: str
    vo: str
    namespace: Namespace
    base_domain: str
    priority: int = Field(default=50, ge=1, le=100)
    limits: Limits = Limits()
    addresses: AddressScheme = AddressScheme()
    service_provider: ServiceProvider = ServiceProvider.AUTO
    docker: DockerOptions = DockerOptions()


class Platforms(Frozen):
    """All platforms that the bot serves, in the order in which they are offered."""

    all: tuple[Platform, ...]

    def get(self, key: str) -> Platform | None:
        """Return the platform of that key, or None if it is not served (any more)."""
        return next((platform for platform in self.all if platform.key == key), None)

    def of_namespace(self, namespace: str) -> Platform | None:
        """Return the platform whose deployments live in the namespace, or None."""
        return next((platform for platform in self.all if platform.namespace == namespace), None)

    def among(self, keys: Iterable[str]) -> tuple[Platform, ...]:
        """Return the platforms with these keys, in the order in which they are offered."""
        wanted = set(keys)
        return tuple(platform for platform in self.all if platform.key in wanted)
