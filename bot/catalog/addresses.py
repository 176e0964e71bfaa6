"""Where on the web the catalogue's files are: pure rules about addresses."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import quote, urljoin, urlsplit

from bot.catalog.gitmodules import Entry
from bot.catalog.metadata import FILE_NAME
from bot.domain.base import Frozen

LISTING_NAMES = (".gitmodules", "gitmodules.txt")
RAW_HOSTS: Mapping[str, str] = {"github.com": "https://raw.githubusercontent.com"}
"""Forges that serve files from a host of their own, as <host>/<owner>/<repository>/<branch>/<path>."""

_BRANCHES = ("main", "master")
_MAX_LENGTH = 500


class Address(Frozen):
    """A catalogue on the web.

    `listings` are the places where its list may be, the likeliest first; `folder` is where metadata files may lie as
    they do in a catalogue folder (empty if they don't); `repository` is what relative addresses in the list refer to.
    """

    listings: tuple[str, ...]
    folder: str = ""
    repository: str = ""


def catalog_address(text: str, *, raw_hosts: Mapping[str, str] = RAW_HOSTS) -> Address:
    """Return where to look for a catalogue: the text is the address of its list, its repository, or its folder."""
    bare = urlsplit(text)._replace(query="", fragment="").geturl().rstrip("/").removesuffix(".git")
    if _raw_host(bare, raw_hosts):
        return _on_forge(bare, raw_hosts)
    folder, _, name = bare.rpartition("/")
    if "gitmodules" in name:
        repository = _repository_of_raw(bare, raw_hosts)
        return Address(listings=(bare,), folder="" if repository else folder, repository=repository or folder)
    places = [f"{bare}/{name}" for name in LISTING_NAMES]
    for branch in reversed(_BRANCHES):
        places += raw_files(bare, branch, LISTING_NAMES[0])
    return Address(listings=tuple(places), folder=bare, repository=bare)


def file_in_folder(address: Address, kind: str, name: str) -> str:
    """Return where an item's metadata is if the catalogue is a folder on the web; kind is `modules` or `tools`."""
    return f"{address.folder}/{kind}/{quote(name)}.yml" if address.folder else ""


def files_in_repository(entry: Entry, address: Address, *, raw_hosts: Mapping[str, str] = RAW_HOSTS) -> tuple[str, ...]:
    """Return where an entry's metadata may be in its own repository, the likeliest first; empty if it has none."""
    repository = repository_address(entry.url, address)
    if not repository:
        return ()
    places: list[str] = []
    for branch in dict.fromkeys((entry.branch, *_BRANCHES)):
        places += raw_files(repository, branch, FILE_NAME, raw_hosts=raw_hosts)
    return tuple(places)


def repository_address(url: str, address: Address) -> str:
    """Return a repository's web address, whatever git syntax the list uses; empty if it has none."""
    if url.startswith(("./", "../")):
        url = urljoin(f"{address.repository}/", url)
    for prefix in ("ssh://git@", "git@"):
        if url.startswith(prefix):
            url = "https://" + url.removeprefix(prefix).replace(":", "/", 1)
    bare = url.rstrip("/").removesuffix(".git")
    return "" if objection(bare, allows_loopback=True) else bare


def raw_files(repository: str, branch: str, path: str, *, raw_hosts: Mapping[str, str] = RAW_HOSTS) -> tuple[str, ...]:
    """Return where a file's bare text may be: one place on a known forge, the two usual ones elsewhere."""
    raw = _raw_host(repository, raw_hosts)
    if raw:
        return (f"{raw}{quote(urlsplit(repository).path, safe='/%')}/{quote(branch)}/{path}",)
    return (f"{repository}/raw/{quote(branch)}/{path}", f"{repository}/{quote(branch)}/{path}")


def objection(url: str, *, allows_loopback: bool) -> str:
    """Say why an address must not be asked: only https may, and this machine itself only where that is meant."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address that can be read"
    if not host or len(url) > _MAX_LENGTH or parts.scheme not in {"http", "https"}:
        return "is not an http or https address"
    if parts.username or parts.password:
        return "holds a user name or password"
    if is_loopback(host):
        return "" if allows_loopback else "points to the bot's own machine"
    return "" if parts.scheme == "https" else "must begin with https"


def is_loopback(host: str) -> bool:
    """Tell whether a host name or number stands for this machine itself."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def host_of(url: str) -> str:
    """Return the host that an address names, for people to read."""
    return urlsplit(url).hostname or url


def _on_forge(bare: str, raw_hosts: Mapping[str, str]) -> Address:
    """Read an address of a forge's pages: a repository, a branch of it, or a file in it."""
    parts = urlsplit(bare)
    home, files = bare, [(branch, LISTING_NAMES[0]) for branch in reversed(_BRANCHES)]
    match parts.path.strip("/").split("/"):
        case [owner, repository, "blob" | "raw", branch, *rest] if rest:
            home, files = f"/{owner}/{repository}", [(branch, "/".join(rest))]
        case [owner, repository, "tree", *branch] if branch:
            home, files = f"/{owner}/{repository}", [("/".join(branch), LISTING_NAMES[0])]
    home = parts._replace(path=urlsplit(home).path).geturl()
    listings = [place for branch, path in files for place in raw_files(home, branch, path, raw_hosts=raw_hosts)]
    return Address(listings=tuple(listings), repository=home)


def _raw_host(url: str, raw_hosts: Mapping[str, str]) -> str:
    return raw_hosts.get((urlsplit(url).hostname or "").removeprefix("www."), "")


def _repository_of_raw(listing: str, raw_hosts: Mapping[str, str]) -> str:
    """Return the repository of a list that is given by the address of its bare text."""
    for forge, raw in raw_hosts.items():
        if listing.startswith(f"{raw}/"):
            owner, _, rest = listing.removeprefix(f"{raw}/").partition("/")
            return f"https://{forge}/{owner}/{rest.partition('/')[0]}"
    return ""
