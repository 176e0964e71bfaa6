"""A catalogue on the web: its list, then each module's metadata from the module's own repository."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from bot.catalog.addresses import (
    RAW_HOSTS,
    Address,
    catalog_address,
    file_in_folder,
    files_in_repository,
    host_of,
    is_loopback,
)
from bot.catalog.development import NAME as DEVELOPMENT
from bot.catalog.download import Downloader, NoAnswer, NotDownloaded, TimeLimits, downloads
from bot.catalog.gitmodules import MAX_BYTES, Entry, Listing
from bot.catalog.metadata import is_web_page
from bot.catalog.setting_checks import checked_address
from bot.catalog.source import CATALOG_KEY, CATALOG_MEND, Reading, SourceItem, is_wanted, read_listing, unavailable
from bot.catalog.yaml_text import decode

_LIMITS = TimeLimits()
_THREADS = 8
_FAILURES = 3  # after so many a host is not asked again during one reading
_REMEMBERED_BYTES = 64 * 1024
_OK, _NOT_MODIFIED, _MISSING = 200, 304, (404, 410)

Versions = dict[str, tuple[str, bytes]]
"""For an address: which version of the file was read last, and its content."""


class WebSource:
    """A catalogue that is published on the web; files that did not change are not sent again."""

    def __init__(self, address: str, *, raw_hosts: Mapping[str, str] = RAW_HOSTS, limits: TimeLimits = _LIMITS) -> None:
        self._limits = limits
        self._name = address
        self._raw_hosts = raw_hosts
        self._address = catalog_address(address, raw_hosts=raw_hosts)
        self._versions: Versions = {}
        self._is_beside = False  # whether the last whole reading found the files beside the list

    @classmethod
    def from_setting(cls, value: str) -> "WebSource":
        """Return the source at the address that a setting holds; raise SettingsError if it cannot be one."""
        return cls(checked_address(CATALOG_KEY, value, mend=CATALOG_MEND))

    @property
    def name(self) -> str:
        """Return the catalogue's address."""
        return self._name

    def read(self, name: str | None = None) -> Reading:
        """Read the list, then all files, several at once, or one."""
        is_local = is_loopback(urlsplit(self._address.listings[0]).hostname or "")
        with (
            downloads(
                allows_loopback=is_local, max_bytes=MAX_BYTES, limits=self._limits, retries=1, connections=_THREADS
            ) as web,
            ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="catalog") as threads,
        ):
            visit = _Visit(web, self._versions, self._address, self._raw_hosts)
            listing = visit.listing()
            entries = [entry for entry in listing.entries if is_wanted(entry.name, name)]
            items = self._items(visit, threads, entries, learns=name is None)
            development = visit.development() if is_wanted(DEVELOPMENT, name) else None
        # One module's reading asked for few files: the versions of all others still count.
        self._versions = visit.seen if name is None else {**self._versions, **visit.seen}
        broken = tuple(item for item in listing.broken if is_wanted(item.name, name))
        return Reading(items=tuple(items), broken=broken, development=development)

    def _items(
        self, visit: "_Visit", threads: ThreadPoolExecutor, entries: list[Entry], *, learns: bool
    ) -> list[SourceItem]:
        """Read the entries' files from beside the list if any are there, otherwise from their repositories."""
        if self._address.folder:
            items = list(threads.map(visit.in_folder, entries))
            is_there = any(item.content is not None or item.is_unknown for item in items)
            if learns:
                self._is_beside = is_there
            if is_there or self._is_beside:
                return items
        return list(threads.map(visit.in_repository, entries))


class _Visit:
    """One reading: what was seen in it, and which hosts have failed."""

    def __init__(self, web: Downloader, known: Versions, address: Address, raw_hosts: Mapping[str, str]) -> None:
        self.seen: Versions = {}
        self._web = web
        self._known = known
        self._address = address
        self._raw_hosts = raw_hosts
        self._failures: Counter[str] = Counter()

    def listing(self) -> Listing:
        """Return the catalogue's list from the first place that has one."""
        reasons = []
        for url in self._address.listings:
            try:
                content = self._file(url)
            except NotDownloaded as error:
                reasons.append(str(error))
                continue
            listing = read_listing(content)
            if listing.entries:
                return listing
            reasons.append(f"{url} lists no modules" if content is not None else f"there is no {url}")
        raise unavailable(reasons[0])

    def in_folder(self, entry: Entry) -> SourceItem:
        """Look for an entry's metadata beside the list; a page with some error or login means it is not there."""
        url = file_in_folder(self._address, "modules", entry.name)
        return _look(entry, (url,), self._file_or_page, missing=f"there is no {url}")

    def in_repository(self, entry: Entry) -> SourceItem:
        """Look for an entry's metadata in its repository, on its branch and then on the usual ones."""
        urls = files_in_repository(entry, self._address, raw_hosts=self._raw_hosts)
        branches = " or ".join(dict.fromkeys((entry.branch, "main", "master")))
        missing = f"there is no ai4-metadata.yml on branch {branches} of {entry.url}"
        return _look(entry, urls, self._file, missing=missing if urls else "its url in .gitmodules is no web address")

    def development(self) -> SourceItem | None:
        """Return the development environment's metadata if it lies beside the list."""
        url = file_in_folder(self._address, "tools", DEVELOPMENT)
        try:
            content = self._file_or_page(url) if url else None
        except NotDownloaded as error:
            return SourceItem(entry=Entry(name=DEVELOPMENT), reason=f"could not be read: {error}", is_unknown=True)
        return SourceItem(entry=Entry(name=DEVELOPMENT), content=content, place=url) if content is not None else None

    def _file_or_page(self, url: str) -> bytes | None:
        try:
            return self._file(url)
        except _PageSent:
            return None

    def _file(self, url: str) -> bytes | None:
        """Return a file; None if it certainly is not there. Raises NotDownloaded."""
        host = host_of(url)
        if self._failures[host] >= _FAILURES:
            raise NotDownloaded(f"no answer from {host}")
        etag, known = self._known.get(url, ("", b""))
        try:
            reply = self._web.get(url, etag=etag)
        except NoAnswer:
            self._failures[host] += 1
            raise
        if reply.status in _MISSING:
            return None
        is_known = reply.status == _NOT_MODIFIED and bool(etag)
        if not is_known and reply.status != _OK:
            raise NotDownloaded(f"{host} answered {reply.status}")
        content, version = (known, etag) if is_known else (reply.body, reply.etag)
        if is_web_page(decode(content[:1000])):
            raise _PageSent(f"{host} sent a web page instead of the file")
        if version and len(content) <= _REMEMBERED_BYTES:
            self.seen[url] = (version, content)
        return content


class _PageSent(NotDownloaded):
    """A web page came where a file was expected."""


def _look(entry: Entry, urls: tuple[str, ...], fetch: Callable[[str], bytes | None], *, missing: str) -> SourceItem:
    for url in urls:
        try:
            content = fetch(url)
        except NotDownloaded as error:
            return SourceItem(entry=entry, reason=f"could not be read: {error}", is_unknown=True)
        if content is not None:
            return SourceItem(entry=entry, content=content, place=url)
    return SourceItem(entry=entry, reason=f"has no metadata file: {missing}")
