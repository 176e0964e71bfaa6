"""What went between the workspace and the app, for the page's inspector: deliveries with their acks, and calls."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from playground.slack.courier import ACK_DEADLINE
from playground.slack.records import AckRecord, Call, Outcome
from playground.slack.state import State
from playground.slack.wire import Json

KEPT = 300
"""So many of the newest entries of each direction are shown to who comes later."""
LONGEST = 20_000
"""A body of more characters than this is cut."""
_SECRET = frozenset({"token", "authorization", "api_key", "client_secret", "password"})
_HIDDEN = "(not shown)"


@dataclass(slots=True, kw_only=True)
class Traffic:
    """Reads the workspace's books for one onlooker, who gets each entry once, and again when its outcome is known."""

    state: State
    _acks: int = 0
    _calls: int = 0
    _open: set[int] = field(default_factory=set)
    _has_begun: bool = False

    def news(self) -> list[Json]:
        """Return the entries that are new or have changed since the last time, each direction in its order."""
        with self.state.lock:
            acks, calls = self.state.acks, self.state.calls
            if not self._has_begun:
                self._acks, self._calls = max(0, len(acks) - KEPT), max(0, len(calls) - KEPT)
                self._has_begun = True
            places = [*sorted(self._open), *range(self._acks, len(acks))]
            entries = [_delivery(place, acks[place]) for place in places]
            self._open = {place for place in places if acks[place].outcome is Outcome.PENDING}
            entries += [_call(place, calls[place]) for place in range(self._calls, len(calls))]
            self._acks, self._calls = len(acks), len(calls)
        return entries

    def has_news(self) -> bool:
        """Tell, without waiting for anything, whether there may be something to tell."""
        return bool(self._open) or self._acks != len(self.state.acks) or self._calls != len(self.state.calls)


def _delivery(place: int, record: AckRecord) -> Json:
    return {
        "id": f"to-{place}",
        "direction": "to the app",
        "kind": record.kind,
        "name": record.name,
        "user": record.user,
        "outcome": str(record.outcome),
        "ok": record.outcome in {Outcome.ACKED, Outcome.PENDING},
        "took_ms": None if record.latency is None else round(record.latency.total_seconds() * 1000),
        "limit_ms": round(ACK_DEADLINE.total_seconds() * 1000),
        "late": record.late,
        "attempt": record.attempt,
        "body": _shown(record.payload),
        "answer": _shown(record.answer),
    }


def _call(place: int, call: Call) -> Json:
    return {
        "id": f"from-{place}",
        "direction": "from the app",
        "kind": "call",
        "name": call.method,
        "at": call.at.timestamp(),
        "ok": call.ok,
        "error": call.error,
        "status": call.status,
        "body": _shown(call.arguments),
        "answer": _shown(call.answer),
    }


def _shown(value: Any) -> str:
    """Return a body as text, without what opens a door: tokens, and the addresses that stand for one."""
    text = json.dumps(_without_secrets(value), indent=2, ensure_ascii=False) if value is not None else ""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… {len(text) - LONGEST:,} more characters"


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _HIDDEN if _is_secret(key, one) else _without_secrets(one) for key, one in value.items()}
    if isinstance(value, str):
        return _unpacked(value)
    if isinstance(value, Sequence):
        return [_without_secrets(one) for one in value]
    return value


def _is_secret(key: object, value: Any) -> bool:
    return str(key).casefold() in _SECRET and isinstance(value, str)


def _unpacked(text: str) -> Any:
    """Return what a form field holds, where that is JSON: so views and blocks can be read."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return _without_secrets(json.loads(text))
    except ValueError:
        return text
