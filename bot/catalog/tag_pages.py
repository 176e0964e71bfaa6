"""The part of Docker Hub's API (v2) that lists an image's tags, page by page."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from bot.catalog.addresses import is_loopback
from bot.catalog.download import Downloader, NotDownloaded, Reply, TimeLimits, downloads
from bot.catalog.images import is_tag

_MAX_PAGES = 5
_PAGE_BYTES = 4 * 1024 * 1024
_LIMITS = TimeLimits(whole=timedelta(seconds=6))
_SIGNATURE = re.compile(r"sha256-[0-9a-f]{64}(\.[a-z]+)?")  # what signing tools publish beside an image
_OK, _MISSING = 200, 404


class NotTold(Exception):
    """The registry did not answer, or nothing that makes sense."""


class TagPages:
    """Reads tags from one registry, whose address is `address`, anonymously."""

    def __init__(self, address: str, *, limits: TimeLimits = _LIMITS) -> None:
        self._limits = limits
        self.address = address.rstrip("/")
        self._is_local = is_loopback(urlsplit(address).hostname or "")

    def read(self, image: str, *, fixed_tag: str = "") -> tuple[tuple[str, ...], bool]:
        """Return an image's tags, newest first, and whether these are all; of a fixed tag only whether it exists.

        An image that the registry does not know is no failure: there are no tags, and these are all.
        """
        name = image if "/" in image else f"library/{image}"
        tags = f"{self.address}/v2/repositories/{quote(name)}/tags"
        with downloads(
            allows_loopback=self._is_local, max_bytes=_PAGE_BYTES, limits=self._limits, connections=1
        ) as web:
            try:
                if fixed_tag and _page(web.get(f"{tags}/{quote(fixed_tag)}")) is not None:
                    return (fixed_tag,), True
                found, is_complete = self._all_pages(web, f"{tags}?page_size=100&ordering=last_updated")
            except NotDownloaded as error:
                raise NotTold(str(error)) from error
        if not fixed_tag:
            return found, is_complete
        # A registry that only lists tags says no to the question for one of them, so the list decides.
        if fixed_tag in found:
            return (fixed_tag,), True
        return (() if is_complete else (fixed_tag,)), is_complete

    def _all_pages(self, web: Downloader, url: str) -> tuple[tuple[str, ...], bool]:
        found: list[tuple[str, str]] = []
        for number in range(_MAX_PAGES):
            page = _page(web.get(url))
            if page is None and number == 0:
                return (), True
            if page is None:
                raise NotTold("announced a page that it does not have")
            found += _tags(page)
            following = page.get("next")
            if not following:
                return _newest_first(found), True
            url = urljoin(url, str(following))
            if not self._is_own(url):
                break
        return _newest_first(found), False

    def _is_own(self, url: str) -> bool:
        """Tell whether an address is on the registry itself; a page that leads elsewhere is not followed."""
        own, other = urlsplit(self.address), urlsplit(url)
        return (own.scheme, own.netloc) == (other.scheme, other.netloc)


def _page(reply: Reply) -> Mapping[str, Any] | None:
    """Return a page's content, or None if the registry says that there is no such thing."""
    try:
        page = json.loads(reply.body) if reply.status in {_OK, _MISSING} else None
    except (ValueError, RecursionError):
        page = None
    if not isinstance(page, dict):
        raise NotTold(f"answered {reply.status} without usable content")
    return page if reply.status == _OK else None


def _tags(page: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the names on a page, each with its time; raise NotTold if it is no page of tags."""
    results = page.get("results")
    if not isinstance(results, list):
        raise NotTold("answered without a list of tags")
    tags = []
    for result in results:
        name = result.get("name") if isinstance(result, dict) else None
        if isinstance(name, str) and is_tag(name) and not _SIGNATURE.fullmatch(name):
            tags.append((name, str(result.get("last_updated") or "")))
    return tags


def _newest_first(tags: list[tuple[str, str]]) -> tuple[str, ...]:
    """Sort by time if each tag has one; otherwise the registry's order, which was asked for, is as good."""
    if all(time for _, time in tags):
        tags = sorted(tags, key=lambda tag: tag[1], reverse=True)
    return tuple(dict.fromkeys(name for name, _ in tags))
