"""HTTP mode: Slack's signed requests on a threaded WSGI server, and the two pages for whoever watches the bot."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from waitress.server import create_server

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = structlog.get_logger()

THREADS = 32
_LARGEST_BODY = 1_000_000
_PATHS = {"/slack/events": "POST", "/healthz": "GET", "/readyz": "GET"}


@dataclass(slots=True, kw_only=True)
class HttpServer:
    """Serves `POST /slack/events`, `GET /healthz` and `GET /readyz`; `checks` say what must be reachable."""

    app: App
    host: str
    port: int
    checks: Mapping[str, Callable[[], bool]]
    _server: Any = None
    _thread: Thread | None = field(default=None)

    def start(self) -> int:
        """Start to listen; return the port."""
        handler = SlackRequestHandler(self.app)
        self._server = create_server(
            self._application(handler),
            host=self.host,
            port=self.port,
            threads=THREADS,
            max_request_body_size=_LARGEST_BODY,
            ident="",
        )
        self._thread = Thread(target=self._server.run, name="http", daemon=True)
        self._thread.start()
        port = int(self._server.effective_port)
        log.info("listening", transport="http", host=self.host, port=port)
        return port

    def stop(self) -> None:
        """Stop to listen."""
        if self._server is not None:
            self._server.close()
            self._server.task_dispatcher.shutdown()
        if self._thread is not None:
            self._thread.join(timeout=5)

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
            if not environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "").isdigit():
                return _answer(start_response, "401 Unauthorized", "invalid request")  # Bolt would answer 500
            return slack(environ, start_response)

        return application

    def _readiness(self, start_response: "StartResponse") -> Iterable[bytes]:
        missing = [name for name, is_fine in self.checks.items() if not is_fine()]
        if missing:
            return _answer(start_response, "503 Service Unavailable", f"not reachable: {', '.join(missing)}")
        return _answer(start_response, "200 OK", "ready")


def _answer(start_response: "StartResponse", status: str, text: str) -> Iterable[bytes]:
    body = (text + "\n").encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
