"""Reading files from the web within limits of time, size and place."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.retry import Retry

from bot.catalog.addresses import host_of, is_loopback, objection
from bot.domain.base import Frozen

_MAX_REDIRECTS = 3
_PIECE = 32 * 1024
_HEADERS = {"User-Agent": "ai4os-bot", "Accept-Encoding": "identity"}


class TimeLimits(Frozen):
    """How long to wait for a connection, for the next piece of an answer, and for everything together."""

    connect: timedelta = timedelta(seconds=2)
    read: timedelta = timedelta(seconds=4)
    whole: timedelta = timedelta(seconds=60)


class Reply(Frozen):
    """What a server answered; of a body that is too large, one byte more than is allowed.

    `etag` names this version of the file, where the server does.
    """

    status: int
    body: bytes = b""
    etag: str = ""


class NotDownloaded(Exception):
    """No usable answer came; the message says why, as the end of a sentence for people."""


class NoAnswer(NotDownloaded):
    """The server did not answer, or broke off."""


class Downloader:
    """Asks servers within one short stay; may be used by several threads at once."""

    def __init__(self, session: requests.Session, *, allows_loopback: bool, max_bytes: int, limits: TimeLimits) -> None:
        self._session = session
        self._allows_loopback = allows_loopback
        self._max_bytes = max_bytes
        self._timeout = (limits.connect.total_seconds(), limits.read.total_seconds())
        self._end = monotonic() + limits.whole.total_seconds()

    def get(self, url: str, *, etag: str = "") -> Reply:
        """Return a server's answer, whatever its status; 304 if the file is still the version that `etag` names."""
        for _ in range(_MAX_REDIRECTS + 1):
            problem = objection(url, allows_loopback=self._allows_loopback)
            if problem:
                raise NotDownloaded(f"the address {url[:200]} {problem}")
            reply, target = self._ask(url, etag)
            if not target:
                return reply
            url = urljoin(url, target)
        raise NotDownloaded(f"{host_of(url)} sends from one address to the next")

    def _ask(self, url: str, etag: str) -> tuple[Reply, str]:
        self._check_time(url)
        headers = {"If-None-Match": etag} if etag else {}
        try:
            with self._session.get(
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=self._timeout,
                proxies={"http": "", "https": "", "all": ""} if is_loopback(urlsplit(url).hostname or "") else None,
            ) as response:
                if response.is_redirect:
                    return Reply(status=response.status_code), response.headers["location"]
                body = self._body(response)
                return Reply(status=response.status_code, body=body, etag=response.headers.get("ETag", "")), ""
        except (requests.Timeout, requests.ConnectionError, ReadTimeoutError) as error:
            raise NoAnswer(f"no answer from {host_of(url)}") from error
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise NoAnswer(f"no usable answer from {host_of(url)}") from error

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        # read1 hands over what has come; read would wait for a full piece, however slowly it drips.
        while len(body) <= self._max_bytes and (piece := response.raw.read1(_PIECE, decode_content=True)):
            body += piece
            self._check_time(response.url)
        return bytes(body[: self._max_bytes + 1])

    def _check_time(self, url: str) -> None:
        if monotonic() > self._end:
            raise NoAnswer(f"no complete answer from {host_of(url)} in time")


@contextmanager
def downloads(
    *,
    allows_loopback: bool,
    max_bytes: int,
    limits: TimeLimits = TimeLimits(),  # noqa: B008 - a frozen value
    retries: int = 0,
    connections: int = 8,
) -> Iterator[Downloader]:
    """Open connections for a while; a reading that fails is tried again that many times."""
    with requests.Session() as session:
        adapter = HTTPAdapter(
            pool_maxsize=connections,
            max_retries=Retry(
                total=retries,
                redirect=0,
                backoff_factor=0.2,
                status_forcelist=(502, 503, 504),
                raise_on_status=False,
                respect_retry_after_header=False,  # it may ask for hours
            ),
        )
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.headers.update(_HEADERS)
        session.auth = _Anonymous()
        yield Downloader(session, allows_loopback=allows_loopback, max_bytes=max_bytes, limits=limits)


class _Anonymous(AuthBase):
    """Keeps requests from looking for a password of ours in a .netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
