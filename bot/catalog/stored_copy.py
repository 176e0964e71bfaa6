"""The last good copy of the catalogue, kept in a file so that a restart without network still has modules."""

import os
import tempfile
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from bot.catalog.images import is_image, is_tag
from bot.domain.base import Frozen
from bot.domain.catalog import CatalogSnapshot, Module

_MAX_BYTES = 64 * 1024 * 1024


class CopyStore(Protocol):
    """Keeps one copy of the catalogue; failing is never worse than having none."""

    def load(self, source: str) -> CatalogSnapshot | None:
        """Return the copy that was made of this source, or None."""

    def save(self, source: str, snapshot: CatalogSnapshot) -> None:
        """Keep the copy in place of the one before. May raise OSError."""


class NoCopy:
    """Keeps nothing."""

    def load(self, source: str) -> CatalogSnapshot | None:  # noqa: ARG002 - there is none of any source
        """Return None."""
        return None

    def save(self, source: str, snapshot: CatalogSnapshot) -> None:
        """Do nothing."""


class CopyFile:
    """A JSON file; a reader sees the old one whole or the new one whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, source: str) -> CatalogSnapshot | None:
        """Return the copy if the file is there, is ours, and was made of this source."""
        try:
            with self._path.open("rb") as file:
                text = file.read(_MAX_BYTES)
            copy = _Copy.model_validate_json(text)
        except (OSError, ValidationError):
            return None
        if copy.source != source:
            return None
        return copy.snapshot.model_copy(update={"modules": tuple(filter(_is_safe, copy.snapshot.modules))})

    def save(self, source: str, snapshot: CatalogSnapshot) -> None:
        """Write a new file beside the old one, then put it in its place."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = _Copy(source=source, snapshot=snapshot).model_dump_json(indent=1)
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


class _Copy(Frozen):
    """What the file holds."""

    source: str
    snapshot: CatalogSnapshot


def _is_safe(module: Module) -> bool:
    """Tell whether a module's image may go into a job, in case somebody else wrote the file."""
    return is_image(module.image) and (not module.fixed_tag or is_tag(module.fixed_tag))
