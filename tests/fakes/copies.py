"""A store of catalogue copies in memory that obeys the rules of `CopyStore`."""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.catalog import CatalogSnapshot, KnownTags
from bot.store.rules import does_not_answer


class MemoryCopies:
    """Keeps copies in dictionaries; a test takes it down by setting `is_down`, and counts what was written."""

    def __init__(self) -> None:
        self.is_down = False
        self.saved = 0
        self.confirmed = 0
        self.copies: dict[str, CatalogSnapshot] = {}
        self.tags: dict[tuple[str, str, str], KnownTags] = {}

    def load(self, source: str) -> CatalogSnapshot | None:
        """Return the copy that was made of this source, uncertain, or None."""
        self._answer()
        return self.copies.get(source)

    def save(self, source: str, snapshot: CatalogSnapshot) -> None:
        """Keep the copy in place of the one before; one that was never read whole is none."""
        self._answer()
        if snapshot.read_at is not None:
            self.saved += 1
            self.copies[source] = CatalogSnapshot(
                modules=snapshot.modules, broken=snapshot.broken, read_at=snapshot.read_at, certain=False
            )

    def confirm(self, source: str, *, read_at: datetime) -> bool:
        """Note that the copy was found unchanged; False if there is none any more."""
        self._answer()
        if source not in self.copies:
            return False
        self.confirmed += 1
        self.copies[source] = self.copies[source].model_copy(update={"read_at": read_at})
        return True

    def load_tags(self, registry: str) -> tuple[KnownTags, ...]:
        """Return what this registry said about images, the newest answers last."""
        self._answer()
        found = [answer for (source, _, _), answer in self.tags.items() if source == registry]
        return tuple(sorted(found, key=lambda answer: answer.read_at))

    def save_tags(self, registry: str, answers: Iterable[KnownTags]) -> None:
        """Keep answers in place of the ones before about the same images."""
        self._answer()
        self.tags |= {(registry, answer.image, answer.fixed_tag): answer for answer in answers}

    def _answer(self) -> None:
        if self.is_down:
            raise does_not_answer()
