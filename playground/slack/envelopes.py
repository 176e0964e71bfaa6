"""Envelopes to the app and the book of their acknowledgements."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from playground.slack.records import AckRecord, Outcome
from playground.slack.state import State
from playground.slack.wire import Json


@dataclass(slots=True, kw_only=True)
class Envelope:
    """One delivery under way; `answer` is the app's payload once it has come."""

    id: str
    kind: str
    name: str
    user: str | None
    payload: Json
    accepts_payload: bool
    attempt: int = 0
    reason: str = ""
    sent_at: float = field(default_factory=time.monotonic)
    outcome: Outcome = Outcome.PENDING
    answer: Any = None
    failure: str = ""
    no_retry: bool = False
    place: int = -1
    settled: Callable[[], object] = field(default=lambda: None, repr=False)


class Transport(Protocol):
    """A way to carry envelopes to the app: Socket Mode or HTTP."""

    def send(self, envelope: Envelope) -> None:
        """Start the delivery from any thread; the outcome is settled in the book later."""
        ...


class AckBook:
    """Envelopes by id and the records of how each ended."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open: dict[str, Envelope] = {}

    def enter(self, envelope: Envelope) -> None:
        """Write a new envelope into the book."""
        with self._state.lock:
            envelope.sent_at = time.monotonic()
            envelope.place = len(self._state.acks)
            self._open[envelope.id] = envelope
            self._state.acks.append(self._record(envelope, None))

    def settle(self, envelope_id: str, outcome: Outcome, answer: Any = None) -> None:
        """Write down how a delivery ended; an answer after the deadline is noted as late and changes nothing."""
        with self._state.lock:
            envelope = self._open.get(envelope_id)
            if envelope is None:
                self._state.complain("unknown_envelope", f"The app acknowledged {envelope_id}, which was never sent.")
                return
            latency = timedelta(seconds=time.monotonic() - envelope.sent_at)
            late = envelope.outcome is not Outcome.PENDING
            if not late:
                envelope.outcome, envelope.answer = outcome, answer
                self._check_payload(envelope)
                envelope.settled()
            if not late or outcome is Outcome.ACKED:
                self._state.acks[envelope.place] = self._record(envelope, latency, late=late)
            self._state.announce()

    def expire(self, envelope: Envelope) -> None:
        """Write down that the deadline passed without an answer."""
        with self._state.lock:
            if envelope.outcome is Outcome.PENDING:
                envelope.outcome = Outcome.TIMEOUT
                self._state.acks[envelope.place] = self._record(envelope, None)
                envelope.settled()
                self._state.announce()

    def _check_payload(self, envelope: Envelope) -> None:
        if envelope.answer and not envelope.accepts_payload:
            self._state.complain(
                "payload_not_accepted",
                f"The app put a payload into the ack of {envelope.name}, where Slack ignores it.",
                envelope.user,
            )
            envelope.answer = None

    @staticmethod
    def _record(envelope: Envelope, latency: timedelta | None, *, late: bool = False) -> AckRecord:
        return AckRecord(
            envelope_id=envelope.id,
            kind=envelope.kind,
            name=envelope.name,
            user=envelope.user,
            outcome=envelope.outcome,
            latency=latency,
            attempt=envelope.attempt,
            payload=envelope.payload,
            answer=envelope.answer,
            late=late,
        )
