"""What is kept of the catalogue between two runs, and what of it may be believed when it is read again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from bot.catalog.development import DEVELOPMENT_ENVIRONMENT
from bot.catalog.gitmodules import MAX_ENTRIES, is_name
from bot.catalog.images import is_image, is_tag
from bot.catalog.metadata import is_link
from bot.domain.catalog import CatalogSnapshot, KnownTags, Module

_MAX_TAGS = 1000
_KINDS = frozenset({"module", "tool-devenv"})


class CopyStore(Protocol):
    """Keeps one copy of each source's catalogue, and images' tags. Every method raises Unavailable when it fails."""

    def load(self, source: str) -> CatalogSnapshot | None:
        """Return the copy that was made of this source, uncertain; None if there is none that can be read."""

    def save(self, source: str, snapshot: CatalogSnapshot) -> None:
        """Keep the copy in place of the one before."""

    def confirm(self, source: str, *, read_at: datetime) -> bool:
        """Note that the copy was found unchanged; False if there is none any more."""

    def load_tags(self, registry: str) -> tuple[KnownTags, ...]:
        """Return what this registry said about images, the newest answers last."""

    def save_tags(self, registry: str, answers: Iterable[KnownTags]) -> None:
        """Keep answers in place of the ones before about the same images."""


class NoCopy:
    """Keeps nothing."""

    def load(self, source: str) -> CatalogSnapshot | None:  # noqa: ARG002 - there is none of any source
        """Return None."""
        return None

    def save(self, source: str, snapshot: CatalogSnapshot) -> None:
        """Do nothing."""

    def confirm(self, source: str, *, read_at: datetime) -> bool:  # noqa: ARG002 - as above
        """Do nothing."""
        return True

    def load_tags(self, registry: str) -> tuple[KnownTags, ...]:  # noqa: ARG002 - as above
        """Return nothing."""
        return ()

    def save_tags(self, registry: str, answers: Iterable[KnownTags]) -> None:
        """Do nothing."""


def believable(copy: CatalogSnapshot) -> CatalogSnapshot:
    """Return a copy with what our own reading could have made: other code, or somebody else, may have written it."""
    modules = tuple(filter(_is_safe, copy.modules[: MAX_ENTRIES + 1]))
    if all(module.name != DEVELOPMENT_ENVIRONMENT.name for module in modules):
        modules = (*modules, DEVELOPMENT_ENVIRONMENT)
    return copy.model_copy(update={"modules": modules, "broken": copy.broken[: 2 * MAX_ENTRIES], "certain": False})


def are_believable(answer: KnownTags) -> bool:
    """Tell whether kept tags may be offered: an image's name and tags in it, and not a hundred thousand of them."""
    return is_image(answer.image) and 0 < len(answer.tags) <= _MAX_TAGS and all(map(is_tag, answer.tags))


def _is_safe(module: Module) -> bool:
    """Tell whether what goes into a job, a choice or a link is as the metadata's reader would have it."""
    return (
        is_name(module.name)
        and module.kind in _KINDS
        and bool(module.services)
        and is_image(module.image)
        and (not module.fixed_tag or is_tag(module.fixed_tag))
        and all(is_link(address) for _, address in module.links)
    )
