"""Reading files from the web within limits of time, size and place."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util.retry import Retry

from bot.catalog.addresses import host_of, is_loopback, objection
from bot.domain.base import Frozen

_CONNECT_SECONDS = 2.0
_READ_SECONDS = 4.0
_MAX_REDIRECTS = 3
_PIECE = 32 * 1024
_HEADERS = {"User-Agent": "ai4os-bot", "Accept-Encoding": "identity"}


class Reply(Frozen):
    """What a server answered. `etag` names this version of the file, where the server does."""

    status: int
    body: bytes = b""
    etag: str = ""


class NotDownloaded(Exception):
    """No usable answer came; the message says why, as the end of a sentence for people."""


class Downloader:
    """Asks servers within one short stay; may be used by several threads at once."""

    def __init__(self, session: requests.Session, *, allows_loopback: bool, max_bytes: int, limit: timedelta) -> None:
        self._session = session
        self._allows_loopback = allows_loopback
        self._max_bytes = max_bytes
        self._limit = limit

    def get(self, url: str, *, etag: str = "") -> Reply:
        """Return a server's answer, whatever its status; 304 if the file is still the version that `etag` names."""
        end = monotonic() + self._limit.total_seconds()
        for _ in range(_MAX_REDIRECTS + 1):
            problem = objection(url, allows_loopback=self._allows_loopback)
            if problem:
                raise NotDownloaded(f"the address {url[:200]} {problem}")
            reply, target = self._ask(url, etag, end)
            if not target:
                return reply
            url = urljoin(url, target)
        raise NotDownloaded(f"{host_of(url)} sends from one address to the next")

    def _ask(self, url: str, etag: str, end: float) -> tuple[Reply, str]:
        headers = {"If-None-Match": etag} if etag else {}
        try:
            with self._session.get(
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                proxies={"http": "", "https": "", "all": ""} if is_loopback(urlsplit(url).hostname or "") else None,
            ) as response:
                if response.is_redirect:
                    return Reply(status=response.status_code), response.headers["location"]
                body = self._body(response, end)
                return Reply(status=response.status_code, body=body, etag=response.headers.get("ETag", "")), ""
        except requests.Timeout as error:
            raise NotDownloaded(f"no answer from {host_of(url)} in time") from error
        except (requests.RequestException, OSError, ValueError) as error:
            raise NotDownloaded(f"no usable answer from {host_of(url)}") from error

    def _body(self, response: requests.Response, end: float) -> bytes:
        body = bytearray()
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > self._max_bytes:
                raise NotDownloaded(f"the answer of {host_of(response.url)} is larger than {self._max_bytes} bytes")
            if monotonic() > end:
                raise NotDownloaded(f"no complete answer from {host_of(response.url)} in time")
        return bytes(body)


@contextmanager
def downloads(
    *,
    allows_loopback: bool,
    max_bytes: int,
    limit: timedelta = timedelta(seconds=10),
    retries: int = 0,
    connections: int = 8,
) -> Iterator[Downloader]:
    """Open connections for a while; a reading that fails is tried again that many times."""
    with requests.Session() as session:
        adapter = HTTPAdapter(
            pool_maxsize=connections,
            max_retries=Retry(
                total=retries, redirect=0, backoff_factor=0.2, status_forcelist=(502, 503, 504), raise_on_status=False
            ),
        )
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.headers.update(_HEADERS)
        session.auth = _Anonymous()
        yield Downloader(session, allows_loopback=allows_loopback, max_bytes=max_bytes, limit=limit)


class _Anonymous(AuthBase):
    """Keeps requests from looking for a password of ours in a .netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
