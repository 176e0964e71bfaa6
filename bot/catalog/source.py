"""Where the catalogue's files come from: a folder, or the web."""

from pathlib import Path
from typing import Protocol

from bot.catalog import gitmodules
from bot.catalog.addresses import LISTING_NAMES
from bot.catalog.development import NAME as DEVELOPMENT
from bot.catalog.gitmodules import Entry, Listing
from bot.catalog.markdown import plain_line, shorten
from bot.catalog.setting_checks import wrong_setting
from bot.catalog.yaml_text import decode
from bot.domain.base import Frozen, ModuleName
from bot.domain.catalog import MAX_NAME_LENGTH, BrokenItem
from bot.errors import CatalogUnavailable, NotFound

CATALOG_KEY = "AI4OS_BOT_CATALOG"
DEFAULT_CATALOG = "https://github.com/ai4os-hub/modules-catalog"
CATALOG_MEND = (
    f"Give the address of a published catalogue, such as {DEFAULT_CATALOG}, or a folder that holds .gitmodules (or "
    "gitmodules.txt) and modules/<module>.yml."
)

COPY_SERVES = "The copy that was read last serves until then."
NAMES_ARE_LISTED = "Its maintainers can add it to the catalogue's .gitmodules."


class SourceItem(Frozen):
    """A listed module and its metadata file's content; None if there is none, or if it cannot be told.

    `place` is the file's path or address, for people who look for it.
    """

    entry: Entry
    content: bytes | None = None
    place: str = ""
    reason: str = ""
    is_unknown: bool = False


class Reading(Frozen):
    """All that was found at a source: the listed modules, what is wrong with the list, the development environment.

    `development` is None where it is described by no file of its own.
    """

    items: tuple[SourceItem, ...] = ()
    broken: tuple[BrokenItem, ...] = ()
    development: SourceItem | None = None


class Source(Protocol):
    """A place where a catalogue is published."""

    @property
    def name(self) -> str:
        """Return the place's address, which tells copies of different catalogues apart."""

    def read(self, name: str | None = None) -> Reading:
        """Read everything anew, or only what the list says about one name, whatever its case: nothing, if it says none.

        Raises CatalogUnavailable if the list cannot be read, or is empty.
        """


def is_wanted(name: str, wanted: str | None) -> bool:
    """Tell whether a name is the one that is asked for; None asks for all."""
    return wanted is None or name.casefold() == wanted.casefold()


def unavailable(reason: str) -> CatalogUnavailable:
    """Return the error for a catalogue that cannot be read at all."""
    return CatalogUnavailable(f"The module catalogue cannot be read: {reason}.", hint=COPY_SERVES)


def not_listed(name: str, *, was_known: bool) -> NotFound:
    """Return the error for a name that the list does not have, or has no more."""
    shown = plain_line(name, limit=MAX_NAME_LENGTH)
    if was_known:
        return NotFound(
            f"The catalogue does not list {shown} any more.", changed="It is no longer offered.", hint=NAMES_ARE_LISTED
        )
    return NotFound(f"The catalogue does not list {shown}.", hint=NAMES_ARE_LISTED)


def read_listing(content: bytes | None) -> Listing:
    """Return what a file lists; nothing if it is missing or too large to be a list."""
    if content is None or len(content) > gitmodules.MAX_BYTES:
        return Listing()
    return gitmodules.parse(decode(content))


class FolderSource:
    """A folder that holds `.gitmodules` or `gitmodules.txt`, `modules/<module>.yml` and, maybe, `tools/<tool>.yml`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def from_setting(cls, value: str) -> "FolderSource":
        """Return the folder that a setting names; raise SettingsError if no catalogue can be in it."""
        folder = Path(value.strip()).expanduser()
        problem = _objection(folder)
        if problem:
            raise wrong_setting(CATALOG_KEY, value, problem=problem, mend=CATALOG_MEND)
        return cls(folder)

    @property
    def name(self) -> str:
        """Return the folder's path."""
        return str(self._folder.absolute())

    def read(self, name: str | None = None) -> Reading:
        """Read the list and each file, or one; a file that nobody listed is told of, too."""
        listing = self._listing()
        modules = self._folder / "modules"
        broken = (*listing.broken, *_unlisted(listing, modules))
        development = _item(Entry(name=DEVELOPMENT), self._folder / "tools") if is_wanted(DEVELOPMENT, name) else None
        return Reading(
            items=tuple(_item(entry, modules) for entry in listing.entries if is_wanted(entry.name, name)),
            broken=tuple(item for item in broken if is_wanted(item.name, name)),
            development=development if development and _is_there(development) else None,
        )

    def _listing(self) -> Listing:
        for name in LISTING_NAMES:
            try:
                content = _content(self._folder / name)
            except OSError as error:
                raise unavailable(f"{name} in its folder cannot be read ({error.strerror})") from error
            listing = read_listing(content)
            if listing.entries:
                return listing
        raise unavailable(f"{' and '.join(LISTING_NAMES)} in its folder are missing or list no modules")


def _objection(folder: Path) -> str:
    try:
        if not folder.is_dir():
            return "is neither an http(s) address nor a folder that exists"
        if not any((folder / name).is_file() for name in LISTING_NAMES):
            return f"is a folder without {' and '.join(LISTING_NAMES)}"
        return "" if (folder / "modules").is_dir() else "is a folder without a folder modules in it"
    except (OSError, ValueError):
        return "is not a folder that can be read"


def _item(entry: Entry, modules: Path) -> SourceItem:
    place = f"{modules.name}/{entry.name}.yml"
    try:
        content = _content(modules / f"{entry.name}.yml")
    except OSError as error:
        return SourceItem(entry=entry, reason=f"could not be read: {place}: {error.strerror}", is_unknown=True)
    reason = "" if content is not None else f"has no metadata file: {place} is missing"
    return SourceItem(entry=entry, content=content, place=place, reason=reason)


def _is_there(item: SourceItem) -> bool:
    return item.content is not None or item.is_unknown


def _content(path: Path) -> bytes | None:
    """Return a file's first part, one byte more than is allowed at most; None if there is no such file."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(gitmodules.MAX_BYTES + 1)
    except FileNotFoundError:
        return None


def _unlisted(listing: Listing, modules: Path) -> tuple[BrokenItem, ...]:
    listed = {entry.name for entry in listing.entries} | {item.name for item in listing.broken}
    try:
        names = sorted(path.stem for path in modules.glob("*.yml"))[: gitmodules.MAX_ENTRIES]
    except OSError:
        return ()
    return tuple(_forgotten(shorten(name, MAX_NAME_LENGTH)) for name in names if name not in listed)


def _forgotten(name: str) -> BrokenItem:
    reason = f"has a metadata file, modules/{name}.yml, but is not listed in .gitmodules: list it, or remove the file"
    return BrokenItem(name=ModuleName(name), reason=reason)
