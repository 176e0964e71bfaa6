"""Carries interactions and events to the app, with Slack's deadline and its retries of events."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from playground.slack.envelopes import AckBook, Envelope, Transport
from playground.slack.records import AckRecord, Outcome
from playground.slack.state import State
from playground.slack.timers import ClockTimers
from playground.slack.wire import Json

ACK_DEADLINE = timedelta(seconds=3)
RETRY_DELAYS = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))


def _nothing(_envelope: Envelope) -> None:
    return


class Courier:
    """Deliver to the app: `ask` waits for the answer, `announce` retries until one comes."""

    def __init__(
        self,
        state: State,
        book: AckBook,
        *,
        deadline: timedelta = ACK_DEADLINE,
        retry_delays: Sequence[timedelta] = RETRY_DELAYS,
    ) -> None:
        self._state = state
        self._book = book
        self._deadline = deadline
        self._retry_delays = retry_delays
        self._transport: Transport | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timers: ClockTimers | None = None

    def attach(self, transport: Transport, loop: asyncio.AbstractEventLoop, timers: ClockTimers) -> None:
        """Use this transport, loop and timers from now on."""
        self._transport, self._loop, self._timers = transport, loop, timers

    def ask(
        self,
        kind: str,
        name: str,
        user: str,
        payload: Json,
        *,
        accepts_payload: bool,
        then: Callable[[Envelope], object] = _nothing,
    ) -> Envelope:
        """Deliver a command or an interaction once and wait for the app's answer or the deadline.

        `then` runs under the state's lock the moment the outcome is known, before any later call of the app.
        """
        envelope = self._make(kind, name, user, payload, accepts_payload=accepts_payload)
        envelope.settled = lambda: then(envelope)
        self._book.enter(envelope)
        self._send(envelope)
        self._state.wait_for(lambda: envelope.outcome is not Outcome.PENDING, self._deadline)
        self._book.expire(envelope)
        return envelope

    def repeat(self, record: AckRecord) -> AckRecord:
        """Deliver an old payload once more and return how that ended."""
        accepts = record.kind == "slash_commands" or record.name.startswith(("view_submission", "block_suggestion"))
        envelope = self.ask(record.kind, record.name, record.user or "", record.payload, accepts_payload=accepts)
        with self._state.lock:
            return self._state.acks[envelope.place]

    def announce(self, event: Json, user: str | None = None) -> Json:
        """Deliver an event without waiting; return the whole event_callback."""
        with self._state.lock:
            payload = self._event_callback(event)
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._attempt, payload, user, 0, "")
        return payload

    def _attempt(self, payload: Json, user: str | None, attempt: int, reason: str) -> None:
        name = str(payload["event"]["type"])
        envelope = self._make("events_api", name, user, payload, accepts_payload=False)
        envelope.attempt, envelope.reason = attempt, reason
        self._book.enter(envelope)
        loop = self._loop
        if loop is None:
            return
        alarm = loop.call_later(self._deadline.total_seconds(), self._book.expire, envelope)

        def judge(ended: datetime) -> None:
            alarm.cancel()
            self._judge(envelope, ended)

        envelope.settled = lambda: loop.call_soon_threadsafe(judge, self._state.clock.now())
        self._send(envelope)

    def _judge(self, envelope: Envelope, ended: datetime) -> None:
        if envelope.outcome is Outcome.ACKED or envelope.no_retry or envelope.attempt >= len(self._retry_delays):
            return
        reason = envelope.failure or "timeout"
        payload, user, attempt = envelope.payload, envelope.user, envelope.attempt + 1
        if self._timers is not None:
            due = ended + self._retry_delays[envelope.attempt]
            self._timers.at(due, lambda: self._attempt(payload, user, attempt, reason))

    def _make(self, kind: str, name: str, user: str | None, payload: Json, *, accepts_payload: bool) -> Envelope:
        with self._state.lock:
            envelope_id = self._state.ids.make("envelope-")
        return Envelope(
            id=envelope_id, kind=kind, name=name, user=user, payload=payload, accepts_payload=accepts_payload
        )

    def _send(self, envelope: Envelope) -> None:
        if self._transport is None:
            self._book.settle(envelope.id, Outcome.NO_CONNECTION)
        else:
            self._transport.send(envelope)

    def _event_callback(self, event: Json) -> Json:
        identity = self._state.identity
        return {
            "token": identity.verification_token,
            "team_id": identity.team_id,
            "api_app_id": identity.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": self._state.ids.make("Ev"),
            "event_time": int(self._state.clock.now().timestamp()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": identity.team_id,
                    "user_id": identity.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": self._state.ids.make("context-"),
        }
