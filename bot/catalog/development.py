"""The development environment: a tool that is offered like a module, even when no catalogue can be read."""

import re

from bot.domain.base import ModuleName
from bot.domain.catalog import Capability, Module, Service

NAME = ModuleName("ai4os-dev-env")

DEVELOPMENT_ENVIRONMENT = Module(
    name=NAME,
    title="AI4OS Development Environment",
    summary="An empty workspace with JupyterLab or VSCode for writing new modules.",
    description=(
        "Start here to write a module of your own: JupyterLab or VSCode, a terminal, DEEPaaS and the usual deep "
        "learning libraries are installed, and whatever else you need can be added from the terminal."
    ),
    image="ai4oshub/ai4os-dev-env",
    capabilities=(Capability.DEVELOPMENT,),
    services=(Service.VSCODE, Service.JUPYTER),
    kind="tool-devenv",
    categories=("AI4 tools",),
    tags=("general purpose",),
    license="",
    links=(("Source code", "https://github.com/ai4os/ai4os-dev-env"),),
)
"""What is offered as long as the tool's own metadata has not been read."""

_DIGITS = re.compile(r"(\d+)")


def as_development(described: Module) -> Module:
    """Return the development environment with the texts, links and image of its own metadata file."""
    return described.model_copy(
        update={
            "name": NAME,
            "kind": DEVELOPMENT_ENVIRONMENT.kind,
            "capabilities": DEVELOPMENT_ENVIRONMENT.capabilities,
            "services": DEVELOPMENT_ENVIRONMENT.services,
        }
    )


def natural_order(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Sort tags from Z to A with numbers as numbers; the environment's parallel builds make "newest" meaningless."""
    return tuple(sorted(tags, key=_natural_key, reverse=True))


def _natural_key(tag: str) -> list[tuple[int, int, str]]:
    parts = _DIGITS.split(tag.casefold())
    return [(1, int(part[:18]), "") if part.isascii() and part.isdigit() else (0, 0, part) for part in parts]
