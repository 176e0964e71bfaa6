"""What went between the workspace and the app, for the page's inspector: deliveries with their acks, and calls."""

import json
from collections import deque
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from playground.page.secrecy import without_secrets
from playground.slack.courier import ACK_DEADLINE
from playground.slack.records import AckRecord, Call, Outcome
from playground.slack.state import State
from playground.slack.wire import Json

KEPT = 400
"""So many of the newest requests are shown to who comes later."""
LONGEST = 60_000
"""A body that is longer than this as text is shown cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One request in the order in which they came: its place in the workspace's book, and when it was noted."""

    number: int
    place: int
    is_call: bool
    at: float


@dataclass(slots=True, kw_only=True)
class TrafficBook:
    """Numbers the requests of both directions in the order in which they came; shared by all open pages."""

    state: State
    _noted: deque[Noted] = field(default_factory=lambda: deque(maxlen=KEPT))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _acks: int = 0
    _calls: int = 0

    def note(self) -> None:
        """Note what is new; ask often, since this is when a delivery gets its number and its time."""
        with self.state.lock:
            now = self.state.clock.now().timestamp()
            acks = [(False, place, now) for place in range(self._acks, len(self.state.acks))]
            calls = [(True, place, _at(self.state.calls[place])) for place in range(self._calls, len(self.state.calls))]
            fresh = sorted(acks + calls, key=lambda each: self._turn(each[0], each[1]))
            self._acks, self._calls = len(self.state.acks), len(self.state.calls)
            for is_call, place, at in fresh[-KEPT:]:
                self._noted.append(Noted(number=next(self._numbers), place=place, is_call=is_call, at=at))

    def entries(self, after: int, unsettled: Container[int]) -> list[Json]:
        """Return the requests after a number, and those of `unsettled`, of which more may be known."""
        with self.state.lock:
            wanted = [each for each in self._noted if each.number > after or each.number in unsettled]
            return [self._entry(each) for each in wanted]

    def _turn(self, is_call: bool, place: int) -> int:  # noqa: FBT001  # of a pair
        """Return what comes first of what is found at once: people act, the app calls, Slack tells the app of that."""
        if is_call:
            return 1
        return 2 if self.state.acks[place].kind == "events_api" else 0

    def _entry(self, noted: Noted) -> Json:
        shared: Json = {"number": noted.number, "at": noted.at}
        if noted.is_call:
            return {**shared, **_call(self.state.calls[noted.place], self.state)}
        return {**shared, **_delivery(self.state.acks[noted.place], self.state)}


@dataclass(slots=True, kw_only=True)
class Reader:
    """One open page's place in the book: it gets each request once, and again when more is known of its outcome."""

    book: TrafficBook
    _last: int = 0
    _unsettled: dict[int, tuple[str, bool]] = field(default_factory=dict)

    def news(self) -> Json | None:
        """Return the event with what is new, None when nothing is."""
        self.book.note()
        found = self.book.entries(self._last, self._unsettled)
        told = [
            each for each in found if each["number"] > self._last or _state(each) != self._unsettled[each["number"]]
        ]
        if not told:
            return None
        begin, self._last = self._last, max(self._last, *(each["number"] for each in told))
        self._unsettled = {each["number"]: _state(each) for each in found if _may_change(each)}
        return {"from": begin, "entries": told}

    def nothing(self) -> Json:
        """Return the event without requests, for when only views have changed."""
        return {"from": self._last, "entries": []}


def _state(entry: Json) -> tuple[str, bool]:
    return entry["outcome"], entry["late"]


def _may_change(entry: Json) -> bool:
    """Tell whether an acknowledgement can still come, be it too late."""
    return entry["outcome"] == Outcome.PENDING or (entry["outcome"] == Outcome.TIMEOUT and not entry["late"])


def _delivery(record: AckRecord, state: State) -> Json:
    failed = None if record.outcome in {Outcome.ACKED, Outcome.PENDING} else str(record.outcome)
    return {
        "direction": "to the app",
        "kind": record.kind,
        "name": record.name,
        "user": record.user,
        "ok": failed is None and not record.late,
        "error": failed,
        "status": None,
        "took_ms": None if record.latency is None else round(record.latency.total_seconds() * 1000),
        "outcome": str(record.outcome),
        "late": record.late,
        "limit_ms": round(ACK_DEADLINE.total_seconds() * 1000),
        "attempt": record.attempt,
        "body": _shown(record.payload, state),
        "answer": _shown(record.answer, state),
    }


def _call(call: Call, state: State) -> Json:
    return {
        "direction": "from the app",
        "kind": "response_url" if call.method == "response_url" else "call",
        "name": call.method,
        "user": _whom(call),
        "ok": call.ok,
        "error": call.error,
        "status": call.status,
        "took_ms": None,
        "outcome": "answered",
        "late": False,
        "limit_ms": None,
        "attempt": 0,
        "body": _shown(call.arguments, state),
        "answer": _shown(call.answer, state),
    }


def _at(call: Call) -> float:
    return call.at.timestamp()


def _whom(call: Call) -> str | None:
    """Return whom a call names, if anybody."""
    named = call.arguments.get("user") or call.arguments.get("user_id")
    return None if named is None else str(named)


def _shown(value: Any, state: State) -> Any:
    """Return a body without secrets; one that is too long becomes text, and is cut."""
    shown = without_secrets(value, state.identity)
    text = json.dumps(shown, ensure_ascii=False)
    if len(text) <= LONGEST:
        return shown
    return f"{text[:LONGEST]} … and {len(text) - LONGEST:,} characters more"
