"""The local workspace: the facade that tests and the demo use."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Self

from playground.clock import Clock
from playground.slack import ids
from playground.slack.courier import ACK_DEADLINE, RETRY_DELAYS
from playground.slack.http_delivery import HttpAnswer
from playground.slack.plant import DeliveryMode, Plant
from playground.slack.records import AckRecord, Call, Problem
from playground.slack.residents import Residents
from playground.slack.screen import TimedOut
from playground.slack.settings import AppSettings
from playground.slack.transcript import transcript
from playground.slack.wire import Json

DEFAULT_WAIT = timedelta(seconds=5)
OUTSIDE_PULSE = timedelta(seconds=0.1)


class Workspace(Residents):
    """A Slack workspace on 127.0.0.1 with one app installed; use it as a context manager.

    `ack_deadline` is real time; trigger ids, response URLs, rate limits and `retry_delays` follow the clock.
    """

    def __init__(
        self,
        settings: AppSettings | None = None,
        *,
        clock: Clock | None = None,
        delivery: DeliveryMode = "socket",
        request_url: str = "",
        ack_deadline: timedelta = ACK_DEADLINE,
        retry_delays: Sequence[timedelta] = RETRY_DELAYS,
        rate_limits: bool = True,
    ) -> None:
        self.clock = clock or Clock()
        self._plant = Plant(
            settings or AppSettings(),
            self.clock,
            delivery=delivery,
            request_url=request_url,
            ack_deadline=ack_deadline,
            retry_delays=retry_delays,
            rate_limits=rate_limits,
        )
        self.faults = self._plant.faults
        self.uploads = self._plant.uploads
        super().__init__(self._plant.interactions)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the server."""
        self._plant.start()

    def close(self) -> None:
        """Stop the server and cut all connections."""
        self._plant.stop()

    @property
    def api_url(self) -> str:
        """Return the address of the Web API, ending in `/api/`."""
        return f"{self.state.base_url}/api/"

    @property
    def bot_token(self) -> str:
        """Return the bot's token."""
        return self.state.identity.bot_token

    @property
    def app_token(self) -> str:
        """Return the app-level token for Socket Mode."""
        return self.state.identity.app_token

    @property
    def signing_secret(self) -> str:
        """Return the secret that signs HTTP deliveries."""
        return self.state.identity.signing_secret

    @property
    def team_id(self) -> str:
        """Return the workspace's id."""
        return self.state.identity.team_id

    @property
    def app_id(self) -> str:
        """Return the app's id."""
        return self.state.identity.app_id

    @property
    def bot_user_id(self) -> str:
        """Return the user id of the app's bot."""
        return self.state.identity.bot_user_id

    @property
    def calls(self) -> tuple[Call, ...]:
        """Return all Web API calls and response_url posts so far."""
        with self.state.lock:
            return tuple(self.state.calls)

    def calls_of(self, method: str) -> tuple[Call, ...]:
        """Return the calls of one method (`response_url` for those posts)."""
        return tuple(call for call in self.calls if call.method == method)

    @property
    def acks(self) -> tuple[AckRecord, ...]:
        """Return every delivery to the app with how it ended."""
        with self.state.lock:
            return tuple(self.state.acks)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what people saw go wrong and the protocol rules that the app broke."""
        with self.state.lock:
            return tuple(self.state.problems)

    def wait_for(
        self, predicate: Callable[[], bool], timeout: timedelta = DEFAULT_WAIT, *, what: str = "a condition"
    ) -> None:
        """Wait until `predicate` holds; it is asked after each change in the workspace.

        It may also look at things outside, which wake nobody: it is asked ten times a second at least.
        """
        if not self.state.wait_for(predicate, timeout, pulse=OUTSIDE_PULSE):
            raise TimedOut(f"Waited {timeout.total_seconds():g} s for {what} in vain.\n{self.transcript()}")

    def transcript(self) -> str:
        """Return the whole conversation as readable text."""
        return transcript(self.state)

    @property
    def connections(self) -> int:
        """Return how many sockets can take an envelope."""
        return self._plant.hub.count

    def wait_for_connections(self, count: int = 1, *, timeout: timedelta = DEFAULT_WAIT) -> None:
        """Wait until at least `count` sockets are there."""
        self.wait_for(lambda: self.connections >= count, timeout, what=f"{count} socket connections")

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Send a disconnect frame on every socket; all reasons but `warning` also close it shortly after."""
        self._plant.hub.disconnect(reason)

    def close_sockets(self, most: int | None = None) -> None:
        """Cut every socket without a word, or as many as are given, the oldest first."""
        self._plant.hub.drop(most)

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Be unreachable for a while: nothing listens, the port and all state stay."""
        self._plant.hang_up()
        try:
            yield
        finally:
            self._plant.listen()

    def revoke_token(self, error: str = "token_revoked") -> None:
        """Refuse the bot token with this code from now on."""
        self._plant.api.revoked = error

    def set_request_url(self, url: str) -> None:
        """Name the address that HTTP deliveries go to."""
        self._plant.http.request_url = url

    def verify_request_url(self) -> bool:
        """Do Slack's url_verification handshake and tell whether the app passed."""
        challenge = ids.token("challenge")
        payload = {"token": self.state.identity.verification_token, "challenge": challenge, "type": "url_verification"}
        answer = self.post_signed(json.dumps(payload).encode(), "application/json")
        return answer.status == HTTPStatus.OK and challenge in answer.text

    def post_signed(
        self,
        body: bytes,
        content_type: str = "application/x-www-form-urlencoded",
        *,
        secret: str = "",
        age: timedelta = timedelta(0),
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Post raw bytes to the request URL, signed with the app's secret or a wrong one, now or `age` ago."""
        http = self._plant.http
        signed = http.headers(body, content_type, secret=secret, age=age)
        return self._plant.run(http.post(body, {**signed, **(headers or {})}))

    def send_event(self, event: Json, user: str | None = None) -> Json:
        """Deliver an event of any kind and return the whole event_callback."""
        return self._plant.courier.announce(event, user)

    def redeliver(self, record: AckRecord) -> AckRecord:
        """Deliver a payload once more (or an altered one, by dataclasses.replace) and return how that ended."""
        return self._plant.courier.repeat(record)
