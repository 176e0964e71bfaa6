"""Tells an open page what changes, by server-sent events: the screen, the traffic, the cluster and the clock."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from playground.page.panel import Panel, Passage
from playground.page.screens import Screens
from playground.page.traffic import Traffic
from playground.slack.state import State
from playground.slack.wire import Json

PULSE = 0.08
"""Seconds between two looks at whether anything has changed."""
CLUSTER_EVERY = 4
"""The cluster is drawn every so many looks."""
ALIVE_EVERY = 100
"""After so many looks without news the page is told that we are still here."""


@dataclass(slots=True, kw_only=True)
class Stream:
    """The events for one open page, which is that of one person."""

    person: str
    state: State
    screens: Screens
    panel: Panel | None
    passage: Passage | None
    _said: dict[str, str] = field(default_factory=dict)
    _version: int = -1
    _traffic: Traffic = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the newest of what went before."""
        self._traffic = Traffic(state=self.state)

    async def events(self) -> AsyncIterator[bytes]:
        """Yield events, at first everything, then what changes; an empty comment now and then keeps the line."""
        for look in _numbers():
            found = list(self._news())
            if look % CLUSTER_EVERY == 0:
                found += await self._drawn("cluster", self.panel.snapshot if self.panel else None)
                found += await self._drawn("clock", self.passage.snapshot if self.passage else None)
            for event in found:
                yield event
            if look % ALIVE_EVERY == 0:
                yield b": still here\n\n"
            await asyncio.sleep(PULSE)

    def _news(self) -> list[bytes]:
        found = []
        version = self.state.version
        if version != self._version:
            self._version = version
            found += self._changed("screen", self.screens.screen(self.person))
        if self._traffic.has_news() and (entries := self._traffic.news()):
            found.append(_event("traffic", {"entries": entries}))
        return found

    async def _drawn(self, name: str, draw: Callable[[], Json] | None) -> list[bytes]:
        """Draw aside, since a real cluster may take its time."""
        drawn = await asyncio.to_thread(draw) if draw else None
        return self._changed(name, drawn)

    def _changed(self, name: str, value: Json | None) -> list[bytes]:
        text = json.dumps(value)
        if self._said.get(name) == text:
            return []
        self._said[name] = text
        return [_frame(name, text)]


def _event(name: str, value: Json) -> bytes:
    return _frame(name, json.dumps(value))


def _frame(name: str, text: str) -> bytes:
    return f"event: {name}\ndata: {text}\n\n".encode()


def _numbers() -> range:
    return range(2**62)
