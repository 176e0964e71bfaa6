"""The platforms: the three of the how-to, built in, and what a site changes, adds or removes."""

from typing import Annotated, Any, Literal

from pydantic import Field

from bot.domain.base import Frozen, Namespace, PlatformKey
from bot.domain.membership import Membership
from bot.domain.platform import AddressScheme, DockerOptions, Limits, Platform, Range, ServiceProvider
from bot.settings.checks import Addresses, NamedPeople, People, SoundLimits

Tree = dict[str, Any]
"""Settings before they are checked, nested as in the YAML file."""

# Names, namespaces and base domains: platform.md section 8.1; the Tutorials' limits and priority: section 3.2.
BUILT_IN: Tree = {
    "ai4eosc": {
        "title": "AI4EOSC",
        "vo": "vo.ai4eosc.eu",
        "base_domain": "deployments.cloud.ai4eosc.eu",
    },
    "imagine": {
        "title": "iMagine",
        "vo": "vo.imagine-ai.eu",
        "base_domain": "deployments.cloud.imagine-ai.eu",
    },
    "tutorials": {
        "title": "Tutorials",
        "vo": "tutorials",
        "base_domain": "deployments.cloud.ai4eosc.eu",
        "priority": 25,
        "limits": {
            "cpu": Range(default=2, minimum=2, maximum=4).model_dump(),
            "gpu": Range(default=0, minimum=0, maximum=0).model_dump(),
            "ram": Range(default=2000, minimum=2000, maximum=4000).model_dump(),
            "disk": Range(default=500, minimum=300, maximum=1000).model_dump(),
        },
    },
}
GENERAL = ("members", "administrators", "service_provider", "docker", "limits")
"""Keys that stand at the top of the file for all platforms, and under a platform for that one alone."""


class PlatformEntry(Frozen):
    """One platform as the configuration describes it, with the people who belong to it."""

    enabled: Literal[True] = True
    title: Annotated[str, Field(min_length=1, max_length=40)]
    vo: Annotated[str, Field(min_length=1, pattern=r"^\S+$")]
    namespace: Annotated[Namespace, Field(pattern=r"^[A-Za-z0-9-]{1,128}$")]
    base_domain: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")]
    priority: Annotated[int, Field(ge=1, le=100)] = 50
    limits: SoundLimits = Limits()
    addresses: Addresses = AddressScheme()
    service_provider: ServiceProvider = ServiceProvider.AUTO
    docker: DockerOptions = DockerOptions()
    members: People = Membership(everyone=True)
    administrators: NamedPeople = Membership()

    def platform(self, key: PlatformKey) -> Platform:
        """Return the platform without the people."""
        return Platform(key=key, **{name: getattr(self, name) for name in Platform.model_fields if name != "key"})


def merge(below: Tree, above: Tree) -> Tree:
    """Lay one tree over another: mappings are merged key by key, everything else is replaced."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = merge(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def complete(tree: Tree) -> Tree:
    """Give each platform what stands at the top for all of them, and drop those that are not enabled."""
    platforms = tree.get("platforms")
    if not isinstance(platforms, dict):
        return tree
    general = {key: tree[key] for key in GENERAL if tree.get(key) is not None}
    entries = {
        key: merge({"title": str(key), "namespace": str(key)} | general, entry) if isinstance(entry, dict) else entry
        for key, entry in platforms.items()
        if not (isinstance(entry, dict) and entry.get("enabled") is False)
    }
    return tree | {"platforms": entries}
