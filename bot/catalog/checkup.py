"""The part of the check-up that looks at the catalogue and the image registry."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.domain.checkup import Area, Check, Finding, listed
from bot.domain.tags import CONVENTIONAL
from bot.errors import CatalogUnavailable
from bot.ports import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogCheckup:
    """Reads a catalogue of its own, which nobody else uses; `address` and `registry` are where it and the tags are."""

    open: Callable[[], Catalog]
    address: str
    registry: str

    def checks(self) -> tuple[Check, ...]:
        """Return the checks in their order."""
        return (
            Check(
                key="catalogue",
                area=Area.CATALOGUE,
                about=f"the catalogue {self.address}",
                otherwise="the catalogue cannot be read",
                run=self._modules,
            ),
            Check(
                key="catalogue.registry",
                area=Area.CATALOGUE,
                about=f"the image registry {self.registry}",
                otherwise="",
                run=self._tags,
            ),
        )

    def _modules(self) -> Iterator[Finding]:
        catalog = self.open()
        try:
            catalog.refresh()
        except CatalogUnavailable as error:
            yield Area.CATALOGUE.problem(
                str(error), "Look whether AI4OS_BOT_CATALOG is right and can be reached from here."
            )
            return
        snapshot = catalog.snapshot()
        if snapshot.broken:
            names = listed((f"{item.name} ({item.reason})" for item in snapshot.broken), most=2)
            yield Area.CATALOGUE.fine(
                f"{self.address}: {len(snapshot.modules)} modules can be deployed, {len(snapshot.broken)} cannot:"
                f" {names}."
            )
        else:
            yield Area.CATALOGUE.fine(f"{self.address}: all {len(snapshot.modules)} modules can be deployed.")

    def _tags(self) -> Iterator[Finding]:
        catalog = self.open()
        image = catalog.snapshot().modules[0].image
        known = catalog.refresh_tags(image)
        if known.certain or known.tags != CONVENTIONAL:
            yield Area.CATALOGUE.fine(f"The image registry answers: {image} has {len(known.tags)} tags.")
        else:
            yield Area.CATALOGUE.warning(
                f"The image registry {self.registry} does not answer; people are offered the usual tags instead.",
                "Look whether AI4OS_BOT_IMAGE_REGISTRY is right and can be reached from here.",
            )
