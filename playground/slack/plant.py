"""Puts the parts of a workspace together and runs the server."""

from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, Literal, TypeVar

from playground.clock import Clock
from playground.slack import ids
from playground.slack.conversations import Conversations
from playground.slack.courier import Courier
from playground.slack.envelopes import AckBook
from playground.slack.faults import Faults
from playground.slack.http_delivery import HttpDelivery
from playground.slack.interactions import Interactions
from playground.slack.loop_thread import LoopThread
from playground.slack.methods import Rooms
from playground.slack.rate_limits import RateLimits
from playground.slack.response_urls import ResponseUrls
from playground.slack.screens import Screens
from playground.slack.server import HOST, Server
from playground.slack.settings import AppSettings, Identity
from playground.slack.socket_mode import SocketHub
from playground.slack.state import State
from playground.slack.timers import ClockTimers
from playground.slack.uploads import Uploads
from playground.slack.web_api import WebApi
from playground.slack.wire import Json

DeliveryMode = Literal["socket", "http"]
T = TypeVar("T")


class Plant:
    """The machinery of one workspace: state, delivery, Web API and server."""

    def __init__(
        self,
        settings: AppSettings,
        clock: Clock,
        *,
        delivery: DeliveryMode,
        request_url: str,
        ack_deadline: timedelta,
        retry_delays: Sequence[timedelta],
        rate_limits: bool,
    ) -> None:
        source = ids.IdSource(clock)
        self.state = State(clock, source, _identity(source), settings)
        self.faults = Faults()
        self._delivery = delivery
        book = AckBook(self.state)
        self.hub = SocketHub(self.state, book)
        self.http = HttpDelivery(self.state, book, ack_deadline)
        self.http.request_url = request_url
        self.courier = Courier(self.state, book, deadline=ack_deadline, retry_delays=retry_delays)
        talk, screens = Conversations(self.state), Screens(self.state)
        talk.hear = self._hear
        response_urls = ResponseUrls(self.state, talk)
        self.interactions = Interactions(self.state, talk, screens, self.courier, response_urls)
        self.uploads = Uploads(self.state)
        rooms = Rooms(
            state=self.state,
            talk=talk,
            screens=screens,
            hub=self.hub,
            uploads=self.uploads,
            limits=RateLimits(clock, enabled=rate_limits),
        )
        self.api = WebApi(rooms)
        self._server = Server(self.api, rooms, response_urls, self.faults)
        self._thread: LoopThread | None = None
        self._timers: ClockTimers | None = None

    def start(self) -> None:
        """Start the thread, the server and the delivery."""
        self._thread = thread = LoopThread()
        self.hub.attach(thread.loop)
        thread.run(self.http.open(thread.loop))
        self.listen()
        self.state.base_url = f"http://{HOST}:{self._server.port}"
        self._timers = ClockTimers(self.state.clock, thread.loop)
        self.courier.attach(self.hub if self._delivery == "socket" else self.http, thread.loop, self._timers)

    def stop(self) -> None:
        """Cut all connections and end the thread."""
        if self._thread is None:
            return
        if self._timers is not None:
            self._timers.close()
        self.hang_up()
        self.run(self.http.close())
        thread, self._thread = self._thread, None
        thread.close()

    def listen(self) -> None:
        """Listen on the port, a free one the first time."""
        self.run(self._server.listen())

    def hang_up(self) -> None:
        """Stop to listen and cut all connections."""
        self.run(self._server.hang_up())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the server's loop and wait for its result."""
        if self._thread is None:
            work.close()
            raise RuntimeError("The workspace is not running.")
        return self._thread.run(work)

    def _hear(self, event: Json) -> None:
        self.courier.announce(event, event.get("user"))


def _identity(source: ids.IdSource) -> Identity:
    return Identity(
        team_id=source.make("T"),
        team_name="Local Workspace",
        team_domain="local-workspace",
        app_id=source.make("A"),
        bot_id=source.make("B"),
        bot_user_id=source.make("U"),
        bot_token=ids.token("xoxb"),
        app_token=ids.token("xapp-1"),
        signing_secret=ids.signing_secret(),
        verification_token=ids.token("verification"),
    )
