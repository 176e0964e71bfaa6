"""A loopback HTTP server that answers as told, for what no well-behaved Nomad does."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer: `hangs` sends nothing until the server ends, `breaks` cuts the connection, `drips` never ends."""

    status: int = 200
    body: str = "null"
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    breaks: bool = False
    drips: bool = False
    encoding: str = "utf-8"


@dataclass(slots=True)
class ScriptedServer:
    """Answers each request with the next reply, the last one for ever; keeps what was asked."""

    replies: list[Reply]
    address: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    agents: list[str | None] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def next_reply(self) -> Reply:
        """Return the reply for the next request."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def scripted(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """Serve these replies on a free port of loopback."""
    script = ScriptedServer(list(replies) or [Reply()])
    server = _Server(("127.0.0.1", 0), script)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    script.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        script.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], script: ScriptedServer) -> None:
        super().__init__(address, _Handler)
        self.script = script

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that hang up, as the tests make them do."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _answer(self) -> None:
        script = self.server.script
        script.requests.append((self.command, self.path))
        script.tokens.append(self.headers.get("X-Nomad-Token"))
        script.agents.append(self.headers.get("User-Agent"))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = script.next_reply()
        if reply.hangs:
            script.over.wait(timeout=30)
        if reply.hangs or reply.breaks:
            return
        body = reply.body.encode(reply.encoding)
        length = {"Content-Length": str(len(body) + (10**6 if reply.drips else 0))}
        self.send_response(reply.status)
        for name, value in {**length, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        while reply.drips and not script.over.wait(timeout=0.02):
            self.wfile.write(b" ")

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the names are the base class's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep the test's output clean."""
