"""What can be deployed: modules and the development environment, and what each lets a person choose."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.base import Frozen, ModuleName

READ_EVERY = timedelta(hours=6)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
MAX_NAME_LENGTH = 75
"""How long a module's name may be: it is the value of a choice in Slack, which holds no more for certain."""


class Capability(StrEnum):
    """What a module is good for; the first two do not exclude each other."""

    INFERENCE = "inference-ready"
    TRAINABLE = "trainable"
    DEVELOPMENT = "development environment"


class Service(StrEnum):
    """What `deep-start` runs inside a deployment; never two at once."""

    DEEPAAS = "deepaas"
    JUPYTER = "jupyter"
    VSCODE = "vscode"

    @property
    def is_ide(self) -> bool:
        """Tell whether the service is an editor that asks for a password."""
        return self is not Service.DEEPAAS

    @property
    def label(self) -> str:
        """Return the name people know."""
        return {Service.DEEPAAS: "DEEPaaS", Service.JUPYTER: "JupyterLab", Service.VSCODE: "VSCode"}[self]


class Wanted(Frozen):
    """Hardware that a module's metadata recommends; None where it says nothing.

    Memory of all kinds in MB; `gpu_capability` is NVIDIA's compute capability, such as 7.5.
    """

    cpu: int | None = None
    gpu: int | None = None
    ram_mb: int | None = None
    disk_mb: int | None = None
    gpu_memory_mb: int | None = None
    gpu_capability: float | None = None


class Module(Frozen):
    """A catalogue item that can be deployed.

    `image` has no tag; `fixed_tag` is set where the metadata itself names one. `kind` follows the job's name prefix:
    `module` or `tool-devenv`. `flaws` is what its maintainers should mend in the file, each a sentence without a stop.
    """

    name: ModuleName
    title: str
    summary: str = ""
    description: str = ""
    image: str
    fixed_tag: str = ""
    capabilities: tuple[Capability, ...] = ()
    services: tuple[Service, ...] = (Service.DEEPAAS, Service.JUPYTER)
    kind: str = "module"
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    data_types: tuple[str, ...] = ()
    license: str = ""
    links: tuple[tuple[str, str], ...] = ()
    created: str = ""
    updated: str = ""
    inference: Wanted = Wanted()
    training: Wanted = Wanted()
    flaws: tuple[str, ...] = ()

    @property
    def default_service(self) -> Service:
        """Return what people of this module most likely want to run."""
        if Capability.DEVELOPMENT in self.capabilities:
            return self.services[0]
        if Capability.INFERENCE in self.capabilities or Capability.TRAINABLE not in self.capabilities:
            return Service.DEEPAAS
        return Service.JUPYTER


class BrokenItem(Frozen):
    """A catalogue item that cannot be deployed, with a reason that its maintainer can act on."""

    name: ModuleName
    reason: str


class CatalogSnapshot(Frozen):
    """Our copy of the catalogue at one time.

    `read_at` tells when all of it was last read, None before that. `certain` is False while an earlier run's copy
    serves, or the newest reading failed. `failure` says what failed in the newest reading, `failed_at` when; empty and
    None if nothing did. `failures` counts those in a row.
    """

    modules: tuple[Module, ...] = ()
    broken: tuple[BrokenItem, ...] = ()
    read_at: datetime | None = None
    certain: bool = True
    failure: str = ""
    failed_at: datetime | None = None
    failures: int = 0

    @property
    def flawed(self) -> tuple[Module, ...]:
        """Return the modules that can be deployed although their files should be mended."""
        return tuple(module for module in self.modules if module.flaws)

    def module(self, name: str) -> Module | None:
        """Return the module of that name, whatever the case."""
        wanted = name.casefold()
        return next((module for module in self.modules if module.name.casefold() == wanted), None)


def is_due(snapshot: CatalogSnapshot, *, now: datetime) -> bool:
    """Tell whether the catalogue should be read anew: it is old or uncertain, and was not tried in vain just now."""
    if snapshot.failed_at is not None:
        # A power that would not fit a timedelta is never worked out.
        pause = min(FIRST_PAUSE * (1 << min(snapshot.failures - 1, 10)), LONGEST_PAUSE)
        return now - snapshot.failed_at >= pause
    return not snapshot.certain or snapshot.read_at is None or now - snapshot.read_at >= READ_EVERY


class ImageTags(Frozen):
    """The tags of an image; `certain` is False where the registry could not be asked and convention serves."""

    image: str
    tags: tuple[str, ...]
    certain: bool


class KnownTags(Frozen):
    """What an image registry said about an image: all of its tags or the newest ones, or about one tag of it."""

    image: str
    fixed_tag: str = ""
    tags: tuple[str, ...]
    is_complete: bool
    read_at: datetime
