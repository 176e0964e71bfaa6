"""Tells an open page what changes, by server-sent events: the screen, the traffic, the cluster and the clock."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from dataclasses import dataclass, field

from playground.page.panel import Panel, Passage
from playground.page.screens import Screens
from playground.page.traffic import Reader
from playground.slack.wire import Json

PULSE = 0.1
"""Seconds between two looks at whether anything has changed."""
CLUSTER_EVERY = 3
"""The cluster and the clock are looked at every so many looks."""
ALIVE_EVERY = 50
"""After so many looks without news the page is told that we are still here."""
RETRY = b"retry: 700\n\n"
"""After a lost line the browser tries again so many milliseconds later."""


@dataclass(slots=True, kw_only=True)
class Stream:
    """The events for one open page, which is that of one person.

    `eyes` are the threads that look at the workspace, `far_eyes` those that look at a cluster, which may take its time.
    """

    person: str
    screens: Screens
    reader: Reader
    panel: Panel | None
    passage: Passage | None
    eyes: Executor
    far_eyes: Executor
    _said: dict[str, str] = field(default_factory=dict)
    _seen: tuple[int, int] | None = None
    _views: list[Json] | None = None

    async def events(self) -> AsyncIterator[bytes]:
        """Yield events, at first everything, then what changes; a comment now and then keeps the line."""
        yield RETRY
        loop = asyncio.get_running_loop()
        silent = look = 0
        far: asyncio.Future[list[bytes]] | None = None
        while True:
            if far is None and look % CLUSTER_EVERY == 0:
                far = loop.run_in_executor(self.far_eyes, self._surroundings)
            found = await loop.run_in_executor(self.eyes, self._talk)
            if far is not None and far.done():
                found, far = found + far.result(), None
            for event in found:
                yield event
            silent = 0 if found else silent + 1
            if silent == ALIVE_EVERY:
                silent = 0
                yield b": still here\n\n"
            look += 1
            await asyncio.sleep(PULSE)

    def _talk(self) -> list[bytes]:
        found, version = [], self.screens.version()
        has_changed, self._seen = version != self._seen, version
        if has_changed:
            found += self._changed("screen", self.screens.screen(self.person))
        views = self.screens.views(self.person) if has_changed else self._views
        news = self.reader.news()
        if news or views != self._views:
            found.append(_frame("traffic", json.dumps({**(news or self.reader.nothing()), "views": views})))
        self._views = views
        return found

    def _surroundings(self) -> list[bytes]:
        cluster = self.panel.snapshot() if self.panel else None
        clock = self.passage.snapshot() if self.passage else None
        return self._changed("cluster", cluster) + self._changed("clock", clock)

    def _changed(self, name: str, value: Json | None) -> list[bytes]:
        text = json.dumps(value)
        if self._said.get(name) == text:
            return []
        self._said[name] = text
        return [_frame(name, text)]


def _frame(name: str, text: str) -> bytes:
    return f"event: {name}\ndata: {text}\n\n".encode()
