"""Socket Mode: one-time tickets, connections, frames and the choice of a connection for each envelope."""

import asyncio
import json
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from playground.slack.envelopes import AckBook, Envelope
from playground.slack.records import Outcome
from playground.slack.state import State
from playground.slack.wire import Json

CONNECTION_LIMIT = 10
APPROXIMATE_CONNECTION_TIME = 18060
DRAIN_SECONDS = 0.5
PARTING_PINGS = 12
PARTING_SECONDS = 0.002


class Connection:
    """One web socket of the app; a draining one gets no more envelopes."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self._request = request
        self.draining = False

    @property
    def ready(self) -> bool:
        """Tell whether envelopes may go here."""
        return not self.draining and not self.socket.closed

    def hang_up(self) -> None:
        """Close the line without a close frame."""
        self.draining = True
        if self._request.transport is not None:
            self._request.transport.close()


class SocketHub:
    """Accept the app's sockets and carry envelopes over them; lives in the server's event loop."""

    def __init__(self, state: State, book: AckBook) -> None:
        self._state = state
        self._book = book
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tickets: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections: list[Connection] = []

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send through this loop from now on."""
        self._loop = loop

    def issue_link(self) -> str:
        """Return a socket address that works once."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        base = self._state.base_url.replace("http://", "ws://")
        return f"{base}/link/?ticket={ticket}&app_id={self._state.identity.app_id}"

    @property
    def count(self) -> int:
        """Return how many connections can take an envelope."""
        return sum(connection.ready for connection in self.connections)

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Serve one web socket from its hello to its end."""
        ticket = request.query.get("ticket", "")
        with self._state.lock:
            if ticket not in self._tickets:
                return web.Response(status=403, text="invalid ticket")
            self._tickets.discard(ticket)
        socket = web.WebSocketResponse(max_msg_size=0, autoping=True, autoclose=False)
        await socket.prepare(request)
        if self.count >= CONNECTION_LIMIT:
            await self._send_frame(socket, self._disconnect_frame("too_many_websockets"))
            await socket.close()
            return socket
        await self._serve(Connection(socket, request))
        return socket

    def send(self, envelope: Envelope) -> None:
        """Give an envelope to one connection, any one."""
        self._in_loop(self._deliver(envelope))

    def disconnect(self, reason: str) -> None:
        """Tell every connection to go; all but a warning also close it shortly after."""
        self._in_loop(self._disconnect(reason))

    def drop(self, most: int | None = None) -> None:
        """Cut every connection without a word, or as many as are given, the oldest first."""
        self._in_loop(self._drop(most))

    async def close(self) -> None:
        """End all connections and pending sends."""
        await self._drop()
        for task in tuple(self._tasks):
            task.cancel()

    async def _serve(self, connection: Connection) -> None:
        await self._send_frame(connection.socket, self._hello())
        with self._state.lock:
            self.connections.append(connection)
            self._state.announce()
        try:
            with suppress(ConnectionError):  # a cut line answers no ping
                await self._listen(connection.socket)
        finally:
            with self._state.lock:
                self.connections.remove(connection)
                self._state.announce()

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        while True:
            frame = await socket.receive()
            if frame.type is WSMsgType.TEXT:
                self._take_ack(frame.data)
            elif frame.type is WSMsgType.CLOSE:
                await _part(socket)
                return
            elif frame.type is not WSMsgType.BINARY:
                return

    def _take_ack(self, text: str) -> None:
        try:
            frame = json.loads(text)
            envelope_id = frame["envelope_id"] + ""  # whatever is no string fails here
        except (ValueError, TypeError, KeyError):
            self._state.complain("bad_frame", f"The app sent a frame that is no acknowledgement: {text[:200]}")
            return
        self._book.settle(envelope_id, Outcome.ACKED, frame.get("payload"))

    async def _deliver(self, envelope: Envelope) -> None:
        ready = [connection for connection in self.connections if connection.ready]
        if not ready:
            self._book.settle(envelope.id, Outcome.NO_CONNECTION)
            return
        frame: Json = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "accepts_response_payload": envelope.accepts_payload,
            "payload": envelope.payload,
        }
        if envelope.kind == "events_api":
            frame |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
        await self._send_frame(secrets.choice(ready).socket, frame)

    async def _disconnect(self, reason: str) -> None:
        leaving = [connection for connection in self.connections if connection.ready]
        for connection in leaving:
            connection.draining = reason != "warning"
            await self._send_frame(connection.socket, self._disconnect_frame(reason))
        if reason == "warning":
            return
        await asyncio.sleep(DRAIN_SECONDS)
        for connection in leaving:
            await connection.socket.close()

    async def _drop(self, most: int | None = None) -> None:
        for connection in tuple(self.connections)[:most]:
            connection.hang_up()

    @staticmethod
    async def _send_frame(socket: web.WebSocketResponse, frame: Json) -> None:
        try:
            await socket.send_str(json.dumps(frame))
        except (ConnectionError, RuntimeError):
            return  # the app has gone; the deadline tells the person

    def _in_loop(self, work: Coroutine[Any, Any, None]) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            work.close()
            return
        loop.call_soon_threadsafe(self._start, work)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "connection_info": {"app_id": self._state.identity.app_id},
            "debug_info": {**self._debug(), "approximate_connection_time": APPROXIMATE_CONNECTION_TIME},
        }

    def _disconnect_frame(self, reason: str) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": self._debug()}

    def _debug(self) -> Json:
        return {"host": "local-workspace", "started": self._state.clock.now().isoformat(), "build_number": 1}


async def _part(socket: web.WebSocketResponse) -> None:
    """Answer the app's close, after some pings.

    websocket-client's reading thread and its closing thread race for the close frame; when the former misses it,
    the app hangs for ten seconds. The pings give it more chances, so that tests end at once.
    """
    try:
        for _ in range(PARTING_PINGS):
            await socket.ping()
            await asyncio.sleep(PARTING_SECONDS)
        await socket.close()
    except (ConnectionError, RuntimeError):
        return  # the app did not wait
