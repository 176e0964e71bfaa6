"""Build the python-nomad client and speak to Nomad through it: one shared session, timeouts, plain words for errors."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from nomad.api.base import Requester
from nomad.api.exceptions import BaseNomadException
from pydantic import SecretStr
from pydantic_core import from_json
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ReadTimeoutError

from bot.domain.base import Frozen
from bot.errors import RejectedByCluster
from bot.nomad import failures
from bot.nomad.body import MOST_BYTES, BoundedBody
from bot.nomad.breaker import MOST_AT_ONCE, Breaker, left
from bot.nomad.failures import NomadAnswered, OutcomeUnknown

Timeout = tuple[float, float]
Params = Mapping[str, str]

QUICK: Timeout = (1.0, 2.0)
"""Seconds to connect, and until the answer is there whole, where a person waits with a form open."""

PAGE_SIZE = 1000
MOST_PAGES = 50
MOST_BYTES_OF_LISTING = 4 * MOST_BYTES

_SEGMENT = re.compile(r"(?!\.+$)[A-Za-z0-9._-]{1,128}")
_RETRIES = 2
_TO_CONNECT = 3.0
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


class NomadConnection(Frozen):
    """Where Nomad is and how to be let in; the environment adds nothing to it.

    `cacert` is the file with the authority to trust instead of the usual ones, `tls_server_name` the name that Nomad's
    certificate bears where it is not that of the address (such as `server.global.nomad`). `timeout` is how long Nomad
    may take for what a person asks, with all calls that this needs.
    """

    address: str
    token: SecretStr | None = None
    cacert: str = ""
    client_cert: str = ""
    client_key: str = ""
    tls_server_name: str = ""
    timeout: timedelta = timedelta(seconds=8)
    most_bytes: int = MOST_BYTES


class Endpoint(Requester):  # type: ignore[misc]  # python-nomad is published without types
    """One endpoint of Nomad's API, such as `job`; its settings are ours alone, never the environment's."""

    def __init__(self, path: str, **settings: Any) -> None:
        super().__init__(**settings)
        self.ENDPOINT = path

    def __repr__(self) -> str:
        return f"Endpoint({self.ENDPOINT!r})"  # the library's own shows the token

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Answer:
    """What Nomad answered: the decoded body, its size, and where its next page begins."""

    body: Any
    size: int = 0
    next_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NomadClient:
    """Calls Nomad. Raises ClusterUnavailable, or its child NomadAnswered for an error that Nomad itself reported."""

    session: requests.Session = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    usual: Timeout
    breaker: Breaker = field(default_factory=Breaker, repr=False)

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def get(self, path: str, params: Params | None = None, *, timeout: Timeout | None = None) -> Any:
        """Return the decoded answer of a read."""
        return self._call("get", path, params, timeout=timeout).body

    def list(self, path: str, params: Params | None = None, *, timeout: Timeout | None = None) -> list[dict[str, Any]]:
        """Return a whole listing, page by page."""
        return [item for page in self._pages(path, params or {}, timeout) for item in page]

    def post(self, path: str, json: Any, params: Params | None = None, *, timeout: Timeout | None = None) -> Any:
        """Send, once. Raises failures.OutcomeUnknown if it is not known whether Nomad received it."""
        return self._call("post", path, params, json=json, timeout=timeout).body

    def put(self, path: str, json: Any, params: Params | None = None, *, timeout: Timeout | None = None) -> Any:
        """Write, once, as `post`."""
        return self._call("put", path, params, json=json, timeout=timeout).body

    def delete(self, path: str, params: Params | None = None, *, timeout: Timeout | None = None) -> Any:
        """Delete, once, as `post`."""
        return self._call("delete", path, params, timeout=timeout).body

    def _pages(self, path: str, params: Params, timeout: Timeout | None) -> Iterator[Any]:
        token, size = "", 0
        for _ in range(MOST_PAGES):
            paging = {"per_page": str(PAGE_SIZE), **({"next_token": token} if token else {})}
            answer = self._call("get", path, {**params, **paging}, timeout=timeout)
            size += answer.size
            if size > MOST_BYTES_OF_LISTING:
                raise failures.too_large()
            if not isinstance(answer.body, list) or not all(isinstance(item, dict) for item in answer.body):
                raise failures.unreadable()
            yield answer.body
            token = answer.next_token
            if not token:
                return
        raise failures.too_large()

    def _call(
        self, method: str, path: str, params: Params | None, *, timeout: Timeout | None, json: Any = None
    ) -> Answer:
        endpoint, *segments = _checked(path)
        requester = Endpoint(endpoint, **self.settings)
        with self.breaker.call():
            connecting, reading = timeout or self.usual
            within = (left(connecting), left(reading))
            started = time.monotonic()
            try:
                response = requester.request(
                    *segments, method=method, params=dict(params or {}), json=json, timeout=within
                )
            except BaseNomadException as error:
                self._note(error, waited=time.monotonic() - started)
                # The library's frames hold the token: they must not travel with the error into a log.
                raise failures.explain(error, is_write=method != "get") from None
            except OSError:  # requests' own complaint about a certificate file, which python-nomad lets pass
                raise failures.no_certificate() from None
            self.breaker.was_answered()
        if response.status_code >= requests.codes.multiple_choices:  # python-nomad takes redirects for success
            raise failures.redirected()
        return Answer(
            body=_decoded(response, is_write=method != "get"),
            size=len(response.content),
            next_token=response.headers.get("X-Nomad-NextToken", ""),
        )

    def _note(self, error: BaseNomadException, *, waited: float) -> None:
        """Tell the breaker about a failure; a short wait that ended without an answer says nothing."""
        if not isinstance(error.nomad_resp, requests.Timeout):
            self.breaker.was_answered()
        elif waited >= self.usual[0]:
            self.breaker.went_unanswered()


def connect(connection: NomadConnection) -> NomadClient:
    """Return a client for the connection; nothing is sent yet."""
    session = requests.Session()
    session.trust_env = False  # neither proxies nor .netrc nor REQUESTS_CA_BUNDLE: Nomad is reached as configured
    session.max_redirects = 0  # the token must not follow a redirect to another host
    session.headers["User-Agent"] = "ai4os-bot"
    if urlsplit(connection.address).hostname in _THIS_MACHINE:
        session.headers["Accept-Encoding"] = "identity"  # to pack an answer takes longer than to hand it over as it is
    adapter = _Adapter(connection.tls_server_name, connection.most_bytes)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    seconds = connection.timeout.total_seconds()
    usual: Timeout = (min(_TO_CONNECT, seconds), seconds)
    has_certificate = connection.client_cert and connection.client_key
    settings = {
        "address": connection.address.rstrip("/"),
        "token": connection.token.get_secret_value() if connection.token else None,
        "verify": connection.cacert or True,
        "cert": (connection.client_cert, connection.client_key) if has_certificate else (),
        "timeout": usual,
        "session": session,
    }
    breaker = Breaker(pause=usual[1] / 4, longest_wait=usual[1] / 2)
    return NomadClient(session=session, settings=settings, usual=usual, breaker=breaker)


class _GetRetry(Retry):
    """Retries reads whose connection was refused or broke, but does not wait twice for what is slow."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Count one failure, giving up at once on a slow answer or way."""
        if isinstance(error, ReadTimeoutError):
            raise error
        if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError) and _pool is not None:
            raise MaxRetryError(_pool, url or "", error)
        return super().increment(method, url, response, error, _pool, _stacktrace)


class _Adapter(HTTPAdapter):
    """Keeps a connection for each call under way, bounds answers, and asks for another name's certificate if told."""

    def __init__(self, server_name: str, most_bytes: int) -> None:
        self._server_name = server_name
        self._most_bytes = most_bytes
        retry = _GetRetry(
            total=_RETRIES,
            status=0,
            other=0,
            backoff_factor=0.1,
            allowed_methods=frozenset({"GET"}),
            respect_retry_after_header=False,
        )
        super().__init__(pool_connections=4, pool_maxsize=MOST_AT_ONCE, max_retries=retry)

    def send(self, request: requests.PreparedRequest, *args: Any, **settings: Any) -> requests.Response:
        """Send, and let the body be read only as far as it is small enough and in time."""
        _, reading = settings["timeout"]
        until = time.monotonic() + reading
        response = super().send(request, *args, **settings)
        response.raw = BoundedBody(response.raw, most=self._most_bytes, until=until)
        return response

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        if self._server_name:
            settings |= {"server_hostname": self._server_name, "assert_hostname": self._server_name}
        super().init_poolmanager(*args, **settings)


def _checked(path: str) -> list[str]:
    """Split a path, refusing segments that would change the request: the library does not escape them."""
    segments = path.split("/")
    if not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise RejectedByCluster("That is not a name that Nomad knows.", hint="Choose the deployment from the list.")
    return segments


def _decoded(response: requests.Response, *, is_write: bool) -> Any:
    if not response.content:
        return None
    try:
        return from_json(response.content)  # in two thirds of the time
    except ValueError:
        pass
    try:
        return response.json()  # forgives what is not quite UTF-8
    except (ValueError, RecursionError):
        error = failures.unreadable()
        raise (OutcomeUnknown(str(error)) if is_write else error) from None


__all__ = [
    "QUICK",
    "Answer",
    "Endpoint",
    "NomadAnswered",
    "NomadClient",
    "NomadConnection",
    "Params",
    "Timeout",
    "connect",
]
