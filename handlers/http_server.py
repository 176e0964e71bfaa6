"""HTTP mode: Slack's signed requests on a threaded WSGI server, and the two pages for whoever watches the bot."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier
from waitress import wasyncore
from waitress.server import create_server

from bot.errors import SettingsError
from handlers.replays import Replays

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = structlog.get_logger()

THREADS = 32
_LARGEST_BODY = 1_000_000
_VALID_SECONDS = 5 * 60
_PATHS = {"/slack/events": "POST", "/healthz": "GET", "/readyz": "GET"}


@dataclass(slots=True, kw_only=True)
class HttpServer:
    """Serves `POST /slack/events`, `GET /healthz` and `GET /readyz`; `checks` say what must be reachable.

    A request is compared with its signature before anything is read from it: Bolt parses first, and stumbles over what
    is no form, no JSON or no text at all, which anybody could send.
    """

    app: App
    signing_secret: str = field(repr=False)
    host: str
    port: int
    checks: Mapping[str, Callable[[], bool]]
    _server: Any = None
    _thread: Thread | None = None
    _sockets: dict[int, Any] = field(default_factory=dict)
    _stopping: Event = field(default_factory=Event)
    _replays: Replays = field(default_factory=lambda: Replays(valid_for=2 * _VALID_SECONDS))

    def start(self) -> None:
        """Start to listen. Raises SettingsError when that is not possible at the address."""
        handler = SlackRequestHandler(self.app)
        try:
            self._server = create_server(
                self._application(handler),
                map=self._sockets,
                host=self.host,
                port=self.port,
                threads=THREADS,
                max_request_body_size=_LARGEST_BODY,
                ident="",
            )
        except (OSError, ValueError) as error:
            wasyncore.close_all(self._sockets, ignore_all=True)
            raise SettingsError(
                f"AI4OS_BOT_HTTP_PORT: nobody can listen on {self.host}, port {self.port} ({error}).",
                hint="Choose another port, or another AI4OS_BOT_HTTP_HOST.",
            ) from error
        self._thread = Thread(target=self._serve, name="http", daemon=True)
        self._thread.start()
        log.info("listening", transport="http", host=self.host, port=self.port)

    def stop(self) -> None:
        """Answer what was asked before, then close every connection, also those that are kept for more."""
        if self._server is None or self._thread is None:
            return
        self._server.task_dispatcher.shutdown()
        self._stopping.set()
        next(each for each in list(self._sockets.values()) if hasattr(each, "pull_trigger")).pull_trigger()
        self._thread.join()
        wasyncore.loop(timeout=0, map=self._sockets, count=3, use_poll=True)  # sends what is still to be sent
        wasyncore.close_all(self._sockets, ignore_all=True)

    def _serve(self) -> None:
        """Do what the server's own loop does, but end when told to, not when the last connection is gone."""
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1, map=self._sockets, count=1, use_poll=True)

    def _application(
        self, slack: SlackRequestHandler
    ) -> Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]:
        def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
            if path not in _PATHS:
                return _answer(start_response, "404 Not Found", "not found")
            if method != _PATHS[path]:
                return _answer(start_response, "405 Method Not Allowed", "method not allowed")
            if path == "/healthz":
                return _answer(start_response, "200 OK", "ok")
            if path == "/readyz":
                return self._readiness(start_response)
            return self._take(slack, environ, start_response)

        return application

    def _take(
        self, slack: SlackRequestHandler, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer what Slack has sent, once; everything else is refused unread."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if not self._is_signed(environ, body):
            return _answer(start_response, "401 Unauthorized", "invalid request")
        if not self._replays.is_first(environ["HTTP_X_SLACK_SIGNATURE"], now=time.time()):
            log.warning("a request came twice, and was taken once")
            return _answer(start_response, "409 Conflict", "already taken")
        try:
            return slack({**environ, "wsgi.input": BytesIO(body)}, start_response)
        except Exception:
            log.exception("a request could not be answered")
            return _answer(start_response, "200 OK", "")  # Slack would repeat what is refused, to no avail

    def _is_signed(self, environ: "WSGIEnvironment", body: bytes) -> bool:
        """Tell whether Slack has signed these very bytes within the last five minutes."""
        timestamp, signature = (environ.get(f"HTTP_X_SLACK_{name}", "") for name in ("REQUEST_TIMESTAMP", "SIGNATURE"))
        try:
            return SignatureVerifier(self.signing_secret).is_valid(body, timestamp, signature)
        except (TypeError, ValueError):
            return False  # a time that is no number, letters that are in no signature, bytes that are no text

    def _readiness(self, start_response: "StartResponse") -> Iterable[bytes]:
        missing = [name for name, is_fine in self.checks.items() if not is_fine()]
        if missing:
            return _answer(start_response, "503 Service Unavailable", f"not reachable: {', '.join(missing)}")
        return _answer(start_response, "200 OK", "ready")


def _answer(start_response: "StartResponse", status: str, text: str) -> Iterable[bytes]:
    body = (text + "\n").encode() if text else b""
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
