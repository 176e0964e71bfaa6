"""The HTTP server of a simulated cluster: connections, tokens, faults, waiting reads and the event stream."""

import contextlib
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from playground.cluster import stream
from playground.cluster.acl import Token
from playground.cluster.calls import Call
from playground.cluster.desk import Desk
from playground.cluster.faults import Fault
from playground.cluster.routes import ROUTES
from playground.cluster.routing import Answer, ApiError, Request, find

_PLAIN = "text/plain; charset=utf-8"
_WAIT = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
_LONGEST_WAIT = 600.0


class HttpApi:
    """Serves one cluster on 127.0.0.1; `unplug` refuses connections until `plug`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._server = _Server(("127.0.0.1", 0), desk)
        self._port = self._server.server_address[1]
        self._thread = self._serve()

    @property
    def address(self) -> str:
        """Return the base URL."""
        return f"http://127.0.0.1:{self._port}"

    def unplug(self) -> None:
        """Refuse connections and drop those that are open."""
        self._server.end(self._thread)

    def plug(self) -> None:
        """Accept connections again, on the same port."""
        self._server = _Server(("127.0.0.1", self._port), self._desk)
        self._thread = self._serve()

    def close(self) -> None:
        """End everything."""
        self._desk.closing.set()
        with self._desk.engine.state.lock:
            self._desk.engine.state.changed.notify_all()
        self._server.end(self._thread)

    def _serve(self) -> threading.Thread:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="cluster-api", daemon=True)
        thread.start()
        return thread


class _Server(ThreadingHTTPServer):
    """A threaded server that knows its open connections, so that it can end them."""

    daemon_threads = True
    block_on_close = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], desk: Desk) -> None:
        self.desk = desk
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Connection)

    def track(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.add(connection)

    def untrack(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.discard(connection)

    def end(self, thread: threading.Thread) -> None:
        self.shutdown()
        thread.join()
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about connections that the other side gave up, and only about these."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    """One connection: reads requests, answers them, keeps the connection open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.track(self.connection)

    def finish(self) -> None:
        self.server.untrack(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        """Print nothing."""

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer()

    def do_PUT(self) -> None:
        """Answer a PUT."""
        self._answer()

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._answer()

    def do_PATCH(self) -> None:
        """Answer a PATCH: no endpoint takes it."""
        self._answer()

    def _answer(self) -> None:
        desk = self.server.desk
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = desk.faults.take(self.command, target.path)
        if fault is not None and not fault.after and not self._suffer(fault):
            self._log(target.query, fault.status if not fault.drop else 0)
            return
        query = parse_qs(target.query, keep_blank_values=True)
        if target.path == "/v1/event/stream":
            self._stream(query)
            return
        answer = self._carry_out(target.path, query, body)
        if fault is not None and fault.after:
            self._log(target.query, 0)
            self._suffer(fault)
            return
        self._log(target.query, answer.status)
        if answer.delay:
            desk.closing.wait(answer.delay.total_seconds())
        self._send(answer)

    def _log(self, query: str, status: int) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.desk.calls.add(Call(method=self.command, path=path, query=query, status=status))

    def _suffer(self, fault: Fault) -> bool:
        """Let a fault happen; tell whether the request goes on after it."""
        if fault.delay:
            self.server.desk.closing.wait(fault.delay.total_seconds())
            return True
        if fault.drop:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return False
        self._write(fault.status, {"Content-Type": fault.content_type}, fault.body)
        return False

    def _carry_out(self, path: str, query: Mapping[str, list[str]], body: bytes) -> Answer:
        """Find the handler and call it under the cluster's lock; reads with an index wait for a newer one."""
        try:
            handler, parts = find(ROUTES, self.command, path)
            token = self.server.desk.token_of(self._secret())
            return self._waited(handler, parts, token, query, body)
        except ApiError as error:
            return Answer(text=str(error), status=error.status, index=error.index, read=error.index is not None)

    def _secret(self) -> str:
        bearer = str(self.headers.get("Authorization") or "").removeprefix("Bearer ")
        return str(self.headers.get("X-Nomad-Token") or bearer)

    def _waited(
        self,
        handler: Callable[[Request], Answer],
        parts: tuple[str, ...],
        token: Token,
        query: Mapping[str, list[str]],
        body: bytes,
    ) -> Answer:
        desk = self.server.desk
        state = desk.engine.state
        known = query.get("index", [""])[0]
        deadline = time.monotonic() + _seconds(query.get("wait", ["5m"])[0])
        with state.lock:
            while True:
                request = Request(
                    method=self.command,
                    path=self.path,
                    query=query,
                    body=body,
                    engine=desk.engine,
                    token=token,
                    now=desk.engine.settle(),
                    secured=desk.secured,
                    parts=tuple(unquote(part) for part in parts),
                )
                answer = handler(request)
                left = deadline - time.monotonic()
                fresh = not known.isdigit() or not int(known) or answer.index is None or answer.index > int(known)
                if fresh or not answer.read or left <= 0 or desk.closing.is_set():
                    return answer
                state.changed.wait(left)

    def _send(self, answer: Answer) -> None:
        headers = {}
        if answer.index is not None:
            headers["X-Nomad-Index"] = str(answer.index)
        if answer.read and answer.index is not None:
            headers |= {"X-Nomad-Knownleader": "true", "X-Nomad-Lastcontact": "0"}
        if answer.next_token:
            headers["X-Nomad-Nexttoken"] = answer.next_token
        if answer.empty:
            self._write(answer.status, headers, b"")
        elif answer.text is not None:
            self._write(answer.status, {**headers, "Content-Type": _PLAIN}, answer.text.encode())
        else:
            kind = "application/json" if answer.status < HTTPStatus.BAD_REQUEST else _PLAIN
            body = json.dumps(answer.json, separators=(",", ":")).encode()
            self._write(answer.status, {**headers, "Content-Type": kind}, body)

    def _write(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != HTTPStatus.NO_CONTENT:
                self.send_header("Content-Length", str(len(body)))
            self._headers_buffer.append(b"\r\n")  # type: ignore[attr-defined]  # one write, one packet
            self._headers_buffer.append(body)  # type: ignore[attr-defined]  # same
            self.flush_headers()

    def _stream(self, query: Mapping[str, list[str]]) -> None:
        """Send events until the other side or the cluster ends it: unframed, as Nomad from 1.11.2 on."""
        desk = self.server.desk
        self.close_connection = True
        self._log(urlsplit(self.path).query, HTTPStatus.OK)
        with contextlib.suppress(OSError, ApiError):
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            token = desk.token_of(self._secret())
            wanted = stream.Subscription.read(query.get("topic", []), query.get("namespace", ["default"])[0])
            if not stream.may_listen(token, wanted):
                return
            stream.send(desk, wanted, int(query.get("index", ["0"])[0] or 0), self.wfile.write)


def _seconds(text: str) -> float:
    found = _WAIT.fullmatch(text)
    if found is None:
        return 300.0
    size = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}[found[2]]
    return min(float(found[1]) * size, _LONGEST_WAIT)
