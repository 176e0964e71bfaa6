"""One web socket to Slack: it answers what comes in, says when it is about to end, and ends without losing answers."""

import json
import logging
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore, Event
from typing import Any, ParamSpec, TypeVar

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.socket_mode.interval_runner import IntervalRunner
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.socket_mode.websocket_client import SocketModeClient
from websocket import WebSocket, WebSocketApp, WebSocketConnectionClosedException, WebSocketException

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

CONCURRENCY = 32
MOST_WAITING = 320
"""How many envelopes may wait for a thread: whatever waits longer than the last of these, Slack has given up on."""
_PING_SECONDS, _PONG_SECONDS = 10.0, 5.0
_LONGEST_NOTICE = 2000
_HEIR_SECONDS = 2.0
_SILENT = logging.getLogger("slack_sdk.socket_mode.lines")
_SILENT.setLevel(logging.CRITICAL + 1)  # the library calls every end of a connection an error; we log ends ourselves


class Line(SocketModeClient):
    """A single connection of the library's websocket-client kind; `on_end` is told once, with Slack's reason if any.

    The library, left to itself, closes a connection before the next one stands and sends the answers still due over
    whichever is the newest, so a click in the middle of a refresh goes unanswered. A line never opens another one.
    """

    def __init__(self, *, app_token: str, client: WebClient, on_end: Callable[[str], None]) -> None:
        super().__init__(
            app_token=app_token,
            logger=_SILENT,
            web_client=client,
            auto_reconnect_enabled=False,
            ping_interval=_PING_SECONDS,
            concurrency=CONCURRENCY,
            on_open_listeners=[self._keep_socket],
            on_message_listeners=[self._notice],
            on_close_listeners=[self._note_end],
            on_error_listeners=[self._note_error],
        )
        self.message_workers = Receivers()
        # The library's own looks for a connection only twice a second; `connect` starts another one.
        self.current_session_runner.shutdown()  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped
        self.is_over = False
        self._on_end = on_end
        self._is_greeted = False
        self._settled, self._told, self._has_heir = Event(), Event(), Event()
        self._heir: Line | None = None
        self._retired_at: float | None = None
        self._socket: WebSocket | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether Slack may send something here."""
        return self._is_greeted and not self.is_over

    @property
    def is_ending(self) -> bool:
        """Tell whether this line is over, or Slack has said that it will be soon."""
        return self._told.is_set()

    @property
    def retired_for(self) -> float:
        """Return for how many seconds another line has taken over, 0 while none has."""
        return time.monotonic() - self._retired_at if self._retired_at is not None else 0.0

    def issue_new_wss_url(self) -> str:
        """Ask Slack for the address to connect to, once; who keeps the lines knows when to ask again."""
        return str(self.web_client.apps_connections_open(app_token=self.app_token)["url"])

    def connect(self) -> None:
        """Start to connect."""
        super().connect()
        self.current_session_runner = IntervalRunner(self._run_current_session).start()

    def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Do nothing: the library would open another connection in place of this one."""

    def wait_until_open(self, seconds: float) -> None:
        """Wait for Slack's greeting. Raises TimeoutError when there is none."""
        self._settled.wait(seconds)
        if not self.is_open:
            raise TimeoutError

    def send_message(self, message: str) -> None:
        """Send an answer, over the line that has taken over if this one is cut; a moment is waited for one that does.

        Raises WebSocketException.
        """
        if not self.is_over and self.current_session is not None:
            self.current_session.send(message)
            return
        self._has_heir.wait(_HEIR_SECONDS)
        if self._heir is None:
            raise WebSocketConnectionClosedException
        self._heir.send_message(message)

    def retire(self, heir: "Line") -> None:
        """Let another line take over: this one only sends the answers that are due."""
        self._retired_at = time.monotonic()
        self._heir = heir
        self._told.set()
        self._has_heir.set()

    def close(self) -> None:
        """Send the answers that are due, then end the connection."""
        self.closed = True
        self.message_queue.put(None)  # wakes the thread that waits for messages
        self.message_processor.shutdown()  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped
        self.message_workers.shutdown(wait=True)
        self._told.set()
        self._hang_up()
        super().close()
        if self._socket is not None:
            self._socket.shutdown()  # type: ignore[no-untyped-call]  # websocket-client leaves it untyped

    def _run_current_session(self) -> None:
        if self.current_session is not None:
            self.current_session.run_forever(ping_interval=_PING_SECONDS, ping_timeout=_PONG_SECONDS)

    def _hang_up(self) -> None:
        """Say goodbye and wake the thread that reads, which would otherwise wait for ten seconds for more."""
        self.current_session_runner.event.set()
        if self.current_session is None or self._socket is None or self._socket.sock is None:
            return
        self.current_session.keep_running = False
        try:
            self._socket.send_close()
            self._socket.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, WebSocketException) as error:
            log.debug("the connection was gone already", error=type(error).__name__)

    def _keep_socket(self, session: WebSocketApp) -> None:
        self._socket = session.sock

    def _notice(self, _session: WebSocketApp, text: str) -> None:
        if len(text) > _LONGEST_NOTICE:
            return
        frame: dict[str, Any] = json.loads(text)
        match frame.get("type"):
            case "hello":
                self._is_greeted = True
                self._settled.set()
            case "disconnect":
                self._tell_end(str(frame.get("reason") or ""))
            case _:
                return

    def _note_end(self, _session: WebSocketApp) -> None:
        self.is_over = True
        self.current_session_runner.event.set()
        self._settled.set()
        self._tell_end("closed")

    def _note_error(self, _session: WebSocketApp, error: Exception) -> None:
        log.info("a connection broke", transport="socket", error=type(error).__name__)

    def _tell_end(self, reason: str) -> None:
        if not self._told.is_set():
            self._told.set()
            self._on_end(reason)


class Receivers(ThreadPoolExecutor):
    """The threads that take envelopes; one for which there is no room is left unanswered, which Slack tells about."""

    def __init__(self, threads: int = CONCURRENCY, waiting: int = MOST_WAITING) -> None:
        super().__init__(threads, thread_name_prefix="receiver")
        self._places = BoundedSemaphore(threads + waiting)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Take an envelope soon, or never if too many wait; its future is cancelled then."""
        if not self._places.acquire(blocking=False):
            log.warning("an envelope was left unanswered: too many wait", waiting=MOST_WAITING)
            nothing: Future[T] = Future()
            nothing.cancel()
            return nothing
        try:
            future = super().submit(fn, *args, **kwargs)
        except RuntimeError:
            self._places.release()
            raise
        future.add_done_callback(lambda _: self._places.release())
        return future


class Adapter(SocketModeHandler):
    """Bolt's adapter on one line: hands envelopes to the app and the app's answers to the line."""

    def __init__(self, app: App, line: Line) -> None:
        self.app = app
        self.app_token = line.app_token
        self.client = line
        line.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]  # as Bolt's own adapter does

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as Bolt's
        """Let the app answer an envelope; what goes wrong is logged, since nobody is above us to hear it.

        What Bolt cannot even read is acknowledged, or the person would wait and Slack would send it once more.
        """
        try:
            super().handle(client, req)
        except (OSError, WebSocketException) as error:
            log.warning("an answer did not reach Slack", error=type(error).__name__)
        except Exception:
            log.exception("an envelope could not be answered")
            client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
