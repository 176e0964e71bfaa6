"""The local workspace: starts the server, holds people and channels, and hands out drivers and records."""

import json
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from playground.clock import Clock
from playground.slack import ids
from playground.slack.conversations import Conversations
from playground.slack.courier import ACK_DEADLINE, RETRY_DELAYS, Courier
from playground.slack.envelopes import AckBook
from playground.slack.faults import Faults
from playground.slack.http_delivery import HttpAnswer, HttpDelivery
from playground.slack.interactions import Interactions
from playground.slack.methods import Rooms
from playground.slack.person import Person
from playground.slack.rate_limits import RateLimits
from playground.slack.records import Account, AckRecord, Call, Conversation, Problem, UserGroup
from playground.slack.response_urls import ResponseUrls
from playground.slack.screen import TimedOut
from playground.slack.screens import Screens
from playground.slack.server import HOST, LoopThread, Server
from playground.slack.settings import AppSettings, Identity
from playground.slack.socket_mode import SocketHub
from playground.slack.state import State
from playground.slack.timers import ClockTimers
from playground.slack.transcript import transcript
from playground.slack.uploads import Uploads
from playground.slack.web_api import WebApi
from playground.slack.wire import Json

DEFAULT_WAIT = timedelta(seconds=5)
T = TypeVar("T")


class Workspace:
    """A Slack workspace on 127.0.0.1 with one app installed; use it as a context manager."""

    def __init__(
        self,
        settings: AppSettings | None = None,
        *,
        clock: Clock | None = None,
        delivery: Literal["socket", "http"] = "socket",
        request_url: str = "",
        ack_deadline: timedelta = ACK_DEADLINE,
        retry_delays: Sequence[timedelta] = RETRY_DELAYS,
        rate_limits: bool = True,
    ) -> None:
        """Prepare the workspace; `ack_deadline` is real time, `retry_delays` are on the clock."""
        self.clock = clock or Clock()
        id_source = ids.IdSource(self.clock)
        identity = _identity(id_source)
        self.state = State(self.clock, id_source, identity, settings or AppSettings())
        self.faults = Faults()
        self.delivery = delivery
        book = AckBook(self.state)
        self._hub = SocketHub(self.state, book)
        self._http = HttpDelivery(self.state, book, ack_deadline)
        self._http.request_url = request_url
        self._talk = Conversations(self.state)
        self._screens = Screens(self.state)
        self._courier = Courier(self.state, book, deadline=ack_deadline, retry_delays=retry_delays)
        self._talk.hear = lambda event: _hear(self._courier, event)
        self._response_urls = ResponseUrls(self.state, self._talk)
        self._interactions = Interactions(self.state, self._talk, self._screens, self._courier, self._response_urls)
        self.uploads = Uploads(self.state)
        rooms = Rooms(
            state=self.state,
            talk=self._talk,
            screens=self._screens,
            hub=self._hub,
            uploads=self.uploads,
            limits=RateLimits(self.clock, enabled=rate_limits),
        )
        self._api = WebApi(rooms)
        self._server = Server(self._api, rooms, self._response_urls, self.faults)
        self._thread: LoopThread | None = None
        self._timers: ClockTimers | None = None
        self._people: dict[str, Person] = {}
        self._add_bot()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the server."""
        thread = LoopThread()
        self._thread = thread
        self._hub.attach(thread.loop)
        thread.run(self._http.open(thread.loop))
        thread.run(self._server.listen())
        self.state.base_url = f"http://{HOST}:{self._server.port}"
        self._timers = ClockTimers(self.clock, thread.loop)
        transport = self._hub if self.delivery == "socket" else self._http
        self._courier.attach(transport, thread.loop, self._timers)

    def close(self) -> None:
        """Stop the server and cut all connections."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self._timers is not None:
            self._timers.close()
        thread.run(self._http.close())
        thread.run(self._server.hang_up())
        thread.close()

    # ---- addresses and secrets

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

    # ---- people and places

    def add_user(  # noqa: PLR0913  # an account has that many sides
        self,
        name: str,
        *,
        real_name: str | None = None,
        email: str | None = None,
        tz: str = "Europe/Madrid",
        is_bot: bool = False,
        is_restricted: bool = False,
        is_ultra_restricted: bool = False,
        team_id: str | None = None,
        deleted: bool = False,
    ) -> Person:
        """Add a member (or with `team_id` an outsider) and return the driver that plays them."""
        with self.state.lock:
            account = Account(
                id=self.state.ids.make("U"),
                name=name,
                real_name=real_name or name.replace(".", " ").title(),
                email=email if email is not None or is_bot else f"{name}@example.org",
                tz=tz,
                team_id=team_id or self.team_id,
                is_bot=is_bot,
                is_restricted=is_restricted,
                is_ultra_restricted=is_ultra_restricted,
                deleted=deleted,
            )
            self.state.accounts[account.id] = account
            person = Person(account.id, self._interactions)
            self._people[name] = person
            self.state.announce()
        return person

    def change_user(self, name: str, **changes: object) -> None:
        """Change fields of an account, as an administrator would: `deleted=True`, `email=…`."""
        with self.state.lock:
            account = self.person(name).account
            self.state.accounts[account.id] = replace(account, **changes)  # type: ignore[arg-type]  # names are checked at run time

    def person(self, name: str) -> Person:
        """Return the driver of a member."""
        return self._people[name]

    def add_channel(
        self, name: str, members: Iterable[str | Person] = (), *, is_private: bool = False, with_app: bool = True
    ) -> str:
        """Add a channel with these members (names or persons) and return its id."""
        with self.state.lock:
            inside = {self._id_of(member) for member in members} | ({self.bot_user_id} if with_app else set())
            made = Conversation(
                id=self.state.ids.make("C"), name=name, kind="private" if is_private else "public", members=inside
            )
            self.state.conversations[made.id] = made
        return made.id

    def add_usergroup(self, handle: str, members: Iterable[str | Person], *, is_disabled: bool = False) -> str:
        """Add a user group, or give it new members, and return its id."""
        with self.state.lock:
            known = next((g for g in self.state.usergroups.values() if g.handle == handle), None)
            group = UserGroup(
                id=known.id if known else self.state.ids.make("S"),
                handle=handle,
                name=handle,
                members=tuple(self._id_of(member) for member in members),
                is_disabled=is_disabled,
            )
            self.state.usergroups[group.id] = group
        return group.id

    # ---- trouble on request

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Send a disconnect frame on every socket; all reasons but `warning` also close it shortly after."""
        self._hub.disconnect(reason)

    def close_sockets(self) -> None:
        """Cut every socket without a word."""
        self._hub.drop()

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Be unreachable for a while: nothing listens, the port and all state stay."""
        self._run(self._server.hang_up())
        try:
            yield
        finally:
            self._run(self._server.listen())

    def revoke_token(self, error: str = "token_revoked") -> None:
        """Refuse the bot token from now on."""
        self._api.revoked = error

    @property
    def connections(self) -> int:
        """Return how many sockets can take an envelope."""
        return self._hub.count

    def wait_for_connections(self, count: int = 1, *, timeout: timedelta = DEFAULT_WAIT) -> None:
        """Wait until at least `count` sockets are there."""
        self.wait_for(lambda: self.connections >= count, timeout=timeout, what=f"{count} socket connections")

    # ---- events and HTTP

    def set_request_url(self, url: str) -> None:
        """Name the address that HTTP deliveries go to."""
        self._http.request_url = url

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
        signed = self._http.headers(body, content_type, secret=secret, age=age)
        return self._run(self._http.post(body, {**signed, **(headers or {})}))

    def send_event(self, event: Json, user: str | None = None) -> Json:
        """Deliver an event of any kind and return the whole event_callback."""
        return self._courier.announce(event, user)

    def redeliver(self, record: AckRecord) -> AckRecord:
        """Deliver a payload once more as Slack's retries and double clicks do, and return the new record."""
        return self._courier.repeat(record)

    # ---- records and waiting

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
        """Wait until `predicate` holds; it is asked after each change in the workspace."""
        if not self.state.wait_for(predicate, timeout):
            raise TimedOut(f"Waited {timeout.total_seconds():g} s for {what} in vain.\n{self.transcript()}")

    def transcript(self) -> str:
        """Return the whole conversation as readable text."""
        return transcript(self.state)

    # ---- inside

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._thread is None:
            work.close()
            raise RuntimeError("The workspace is not running.")
        return self._thread.run(work)

    def _id_of(self, member: str | Person) -> str:
        if isinstance(member, Person):
            return member.id
        return self._people[member].id if member in self._people else member

    def _add_bot(self) -> None:
        identity = self.state.identity
        self.state.accounts[identity.bot_user_id] = Account(
            id=identity.bot_user_id,
            name=self.state.settings.name,
            real_name=self.state.settings.name,
            email=None,
            tz="UTC",
            team_id=identity.team_id,
            is_bot=True,
        )


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
        signing_secret=ids.token("secret"),
        verification_token=ids.token("verification"),
    )


def _hear(courier: Courier, event: Json) -> None:
    courier.announce(event, event.get("user"))
