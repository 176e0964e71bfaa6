"""Look after the catalogue, as an administrator of a platform: see how it is, and have it read anew."""

from dataclasses import dataclass, field
from threading import Lock

from bot.domain.base import ModuleName
from bot.domain.catalog import CatalogSnapshot
from bot.domain.catalog_change import CatalogChange, compare
from bot.domain.people import Person
from bot.domain.records import AuditEntry
from bot.errors import Refused
from bot.ports import Catalog, Clock, Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What administrators of a platform may do; each use case checks that the person is one.

    `source` is where the catalogue comes from, as the settings name it.
    """

    catalog: Catalog
    ledger: Ledger
    clock: Clock
    source: str
    _refreshing: Lock = field(default_factory=Lock, repr=False)

    def admit(self, person: Person) -> None:
        """Raise Refused, without saying more, for whoever administers no platform."""
        if not person.administers:
            raise Refused("Only administrators of a platform can do that.")

    def inspect(self, person: Person) -> CatalogSnapshot:
        """Return our copy of the catalogue with all that is wrong in it, from memory."""
        self.admit(person)
        return self.catalog.snapshot()

    def note_inspection(self, person: Person) -> None:
        """Write into the audit log that somebody has looked at the catalogue's state."""
        self._audit(person, "catalogue inspected")

    def refresh(self, person: Person, name: str = "") -> CatalogChange:
        """Read the catalogue, or one module of it, anew and tell what is different now.

        Raises CatalogUnavailable, and NotFound for a module that is not listed; the old copy stays then. Raises Refused
        while somebody else's refresh is under way, so that they do not queue up.
        """
        self.admit(person)
        if not self._refreshing.acquire(blocking=False):
            raise Refused("The catalogue is being read anew already.", hint="Please try again in a minute.")
        try:
            return self._refreshed(person, name)
        finally:
            self._refreshing.release()

    def _refreshed(self, person: Person, name: str) -> CatalogChange:
        self._audit(person, "catalogue refresh requested", name or "all")
        before = self.catalog.snapshot()
        self.catalog.refresh(ModuleName(name) if name else None)
        change = compare(before, self.catalog.snapshot())
        self._audit(person, "catalogue refreshed", f"{name or 'all'}: {change.modules} modules, {change.broken} broken")
        return change

    def _audit(self, person: Person, action: str, detail: str = "") -> None:
        self.ledger.audit(AuditEntry(at=self.clock(), actor=person.slack_user, action=action, detail=detail[:1000]))
