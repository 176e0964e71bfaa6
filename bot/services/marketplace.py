"""Look at the catalogue, at one module, and at whether the platforms have its hardware free."""

from dataclasses import dataclass
from uuid import uuid1

from bot.domain import marketplace
from bot.domain.base import DeploymentId
from bot.domain.catalog import CatalogSnapshot, Module, Wanted
from bot.domain.commands import Command, Verb
from bot.domain.marketplace import Browsing, PlatformRoom, Room, Shelf
from bot.domain.people import Person
from bot.domain.platform import Platform, Platforms
from bot.domain.request import DeploymentRequest, Field
from bot.domain.tags import default_tag
from bot.errors import BotError, ClusterUnavailable
from bot.ports import Catalog, Cluster, NewDeployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketplace:
    """Use cases of those who do not know yet what to deploy. Only `rooms` waits for the network."""

    platforms: Platforms
    cluster: Cluster
    catalog: Catalog

    def snapshot(self) -> CatalogSnapshot:
        """Return our copy of the catalogue."""
        return self.catalog.snapshot()

    def look(self, browsing: Browsing) -> Shelf:
        """Return a page of what a search finds."""
        return marketplace.look(self.catalog.snapshot(), browsing)

    def module(self, name: str) -> Module | None:
        """Return the module that a name or a title means, or None."""
        return marketplace.named(self.catalog.snapshot(), name)

    def why_missing(self, name: str) -> str:
        """Say why there is no module of that name."""
        return marketplace.why_missing(self.catalog.snapshot(), name)

    def deploying(self, person: Person, module: Module) -> Command:
        """Return the command that opens the form for a module, with the GPUs that its metadata recommends."""
        own = self.platforms.among(person.platforms)
        most = own[0].limits.gpu.maximum if own else 0
        gpus = min(marketplace.recommended(module).gpu or 0, most)
        fields = {Field.GPU: str(gpus)} if gpus else {}
        return Command(verb=Verb.DEPLOY, subject=module.name, fields=fields)

    def platforms_for(self, person: Person) -> tuple[Platform, ...]:
        """Return the platforms that matter to a person: their own, or all if they belong to none."""
        return self.platforms.among(person.platforms) or self.platforms.all

    def rooms(self, person: Person, module: Module) -> tuple[PlatformRoom, ...]:
        """Ask the scheduler whether the module's hardware is free on the platforms that matter to a person.

        One plan for each platform at most, none after one that did not answer. Never raises for a cluster in trouble.
        """
        found: list[PlatformRoom] = []
        is_answering = True
        for platform in self.platforms_for(person):
            unknown = PlatformRoom(platform=platform.title, room=Room.UNKNOWN)
            try:
                found.append(self._room(person, module, platform) if is_answering else unknown)
            except BotError as error:
                is_answering = not isinstance(error, ClusterUnavailable)
                found.append(unknown)
        return tuple(found)

    def _room(self, person: Person, module: Module, platform: Platform) -> PlatformRoom:
        asked = marketplace.asked_of(marketplace.recommended(module), platform.limits)
        if asked is None:
            return PlatformRoom(platform=platform.title, room=Room.TOO_MUCH)
        request = self._request(module, platform, asked)
        trial = NewDeployment(id=DeploymentId(str(uuid1())), request=request, owner=person.owner)
        return marketplace.room_of(platform, self.cluster.plan(trial, platform))

    def _request(self, module: Module, platform: Platform, asked: Wanted) -> DeploymentRequest:
        limits = platform.limits
        gpus = limits.gpu.default if asked.gpu is None else asked.gpu
        return DeploymentRequest(
            platform=platform.key,
            module=module.name,
            kind=module.kind,
            image=module.image,
            tag=default_tag(self.catalog.known_tags(module.image), gpus=gpus),
            service=module.default_service,
            title=module.name,
            cpu=limits.cpu.default if asked.cpu is None else asked.cpu,
            gpus=gpus,
            ram_mb=limits.ram.default if asked.ram_mb is None else asked.ram_mb,
            disk_mb=limits.disk.default if asked.disk_mb is None else asked.disk_mb,
        )
