"""What somebody looks at in the catalogue: a search with its filters and page, what it finds, what a module needs."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field as Constrained
from pydantic import ValidationError

from bot.domain.base import Frozen
from bot.domain.catalog import Capability, CatalogSnapshot, Module, Wanted
from bot.domain.placement import NO_MACHINE_NOW, Outlook, Plan
from bot.domain.platform import Limits, Platform
from bot.domain.search import alike, ranked

PAGE = 8
QUERY_LENGTH = 200
MOST_ALIKE = 4
_MOST_PAGES = 10_000


class Browsing(Frozen):
    """Where somebody is in the catalogue: what they search for, what they leave out, and the page, from 0.

    `revision` grows whenever we change the query ourselves, so that the search field takes over the new one.
    """

    query: str = Constrained(default="", max_length=QUERY_LENGTH)
    filters: tuple[Capability, ...] = Constrained(default=(), max_length=len(Capability))
    page: int = Constrained(default=0, ge=0, le=_MOST_PAGES)
    revision: int = Constrained(default=0, ge=0, le=1_000_000)

    @classmethod
    def of(cls, query: str, filters: Sequence[Capability] = ()) -> "Browsing":
        """Start a search; of a query that is too long the beginning counts, and nothing of it that cannot be seen."""
        readable = "".join(character if character.isprintable() else " " for character in query[: 4 * QUERY_LENGTH])
        plain = " ".join(readable.split())[:QUERY_LENGTH].strip()
        return cls(query=plain, filters=tuple(each for each in Capability if each in filters))

    @classmethod
    def read(cls, text: str) -> "Browsing":
        """Return what was written as this text; for anything else, the beginning of the catalogue."""
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return cls()

    def __str__(self) -> str:
        return self.model_dump_json(exclude_defaults=True)

    def searching(self, query: str, filters: Sequence[Capability]) -> "Browsing":
        """Return the search as the person changed it: from its first page, unless nothing has changed."""
        changed = Browsing.of(query, filters)
        is_same = (changed.query, changed.filters) == (self.query, self.filters)
        return self if is_same else changed.model_copy(update={"revision": self.revision})

    def renewed(self) -> "Browsing":
        """Return the same search in a field of its own, which shows our query instead of what was typed."""
        return self.model_copy(update={"revision": (self.revision + 1) % 1_000_000})

    def at(self, page: int) -> "Browsing":
        """Return the same search on another page."""
        return self.model_copy(update={"page": max(0, min(page, _MOST_PAGES))})


class Shelf(Frozen):
    """One page of what a search finds.

    `found` counts all pages, `total` the catalogue. `unfiltered` counts what the query alone would find, and `alike`
    has modules whose names look like the query; both are filled in only where nothing was found.
    """

    browsing: Browsing
    modules: tuple[Module, ...]
    found: int
    total: int
    unfiltered: int = 0
    alike: tuple[Module, ...] = ()

    @property
    def page(self) -> int:
        """Return the number of the page shown, from 0."""
        return self.browsing.page

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.found // PAGE))


def look(snapshot: CatalogSnapshot, browsing: Browsing) -> Shelf:
    """Return the page of the catalogue that somebody looks at; a page that is not there any more gives the last."""
    fitting = ranked(snapshot.modules, browsing.query)
    found = [module for module in fitting if all(each in module.capabilities for each in browsing.filters)]
    page = min(browsing.page, max(0, len(found) - 1) // PAGE)
    return Shelf(
        browsing=browsing.at(page),
        modules=tuple(found[page * PAGE : (page + 1) * PAGE]),
        found=len(found),
        total=len(snapshot.modules),
        unfiltered=0 if found else len(fitting),
        alike=() if found or fitting else alike(snapshot.modules, browsing.query, limit=MOST_ALIKE),
    )


def named(snapshot: CatalogSnapshot, name: str) -> Module | None:
    """Return the module of that name, or the only one of that title, whatever the case."""
    wanted = " ".join(name.split())
    same_title = [module for module in snapshot.modules if module.title.casefold() == wanted.casefold()]
    return snapshot.module(name) or snapshot.module(wanted) or (same_title[0] if len(same_title) == 1 else None)


def why_missing(snapshot: CatalogSnapshot, name: str) -> str:
    """Say in a sentence or two why there is no module of that name."""
    shown = " ".join(name.split())[:60]
    broken = next((item for item in snapshot.broken if item.name.casefold() == shown.casefold()), None)
    if broken is None:
        return f"There is no module “{shown}” in the catalogue."
    reason = broken.reason.strip()[:300].rstrip(".")
    return f"“{shown}” is in the catalogue, but cannot be deployed until its maintainers mend this: {reason}."


class Room(StrEnum):
    """Whether a platform has the hardware for a module right now, in words that follow the platform's name."""

    NOW = "free now"
    IN_USE = "all in use"
    NOWHERE = "no machine has that"
    TOO_MUCH = "beyond what one deployment may have there"
    UNKNOWN = "not known right now"


class PlatformRoom(Frozen):
    """The room for a module on one platform, and why there is none, in plain words."""

    platform: str
    room: Room
    reason: str = ""


def recommended(module: Module) -> Wanted:
    """Return the hardware that the form starts with, as far as the metadata recommends any."""
    is_training = module.default_service.is_ide and bool(module.training.gpu)
    return module.training if is_training else module.inference


def asked_of(wanted: Wanted, limits: Limits) -> Wanted | None:
    """Return the hardware that a form on this platform would ask for, None if one deployment may not have as much."""
    pairs = (
        (wanted.cpu, limits.cpu),
        (wanted.gpu, limits.gpu),
        (wanted.ram_mb, limits.ram),
        (wanted.disk_mb, limits.disk),
    )
    if any(amount is not None and amount > allowed.maximum for amount, allowed in pairs):
        return None
    cpu, gpu, ram, disk = (allowed.default if amount is None else allowed.clamp(amount) for amount, allowed in pairs)
    return Wanted(cpu=cpu, gpu=gpu, ram_mb=ram, disk_mb=disk)


def room_of(platform: Platform, plan: Plan) -> PlatformRoom:
    """Read a plan as the room on its platform."""
    rooms = {Outlook.NOW: Room.NOW, Outlook.NOT_YET: Room.IN_USE, Outlook.NEVER: Room.NOWHERE}
    room = rooms.get(plan.outlook, Room.UNKNOWN)
    reason = plan.reasons[0] if plan.reasons and room in {Room.IN_USE, Room.NOWHERE} else ""
    if reason == NO_MACHINE_NOW:  # nothing is in use then, and what machines there are is not told
        return PlatformRoom(platform=platform.title, room=Room.UNKNOWN, reason=reason)
    return PlatformRoom(platform=platform.title, room=room, reason=reason)
