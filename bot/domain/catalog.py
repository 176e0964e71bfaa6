"""What can be deployed: modules and the development environment, and what each lets a person choose."""

from datetime import datetime
from enum import StrEnum

from bot.domain.base import Frozen, ModuleName


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
    """Hardware that a module's metadata recommends; None where it says nothing. MB and GPU memory in MB."""

    cpu: int | None = None
    gpu: int | None = None
    ram_mb: int | None = None
    disk_mb: int | None = None
    gpu_memory_mb: int | None = None


class Module(Frozen):
    """A catalogue item that can be deployed.

    `image` has no tag; `fixed_tag` is set where the metadata itself names one. `kind` follows the job's name prefix:
    `module` or `tool-devenv`.
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
    """Our copy of the catalogue at one time; `read_at` is None before the first reading."""

    modules: tuple[Module, ...] = ()
    broken: tuple[BrokenItem, ...] = ()
    read_at: datetime | None = None

    def module(self, name: str) -> Module | None:
        """Return the module of that name, whatever the case."""
        wanted = name.casefold()
        return next((module for module in self.modules if module.name.casefold() == wanted), None)


class ImageTags(Frozen):
    """The tags of an image; `certain` is False where the registry could not be asked and convention serves."""

    image: str
    tags: tuple[str, ...]
    certain: bool
