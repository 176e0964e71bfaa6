"""A workspace with its page, and a browser's requests to that without a browser."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from playground.page import PageServer, Resident, WorldRefused
from playground.slack import AppSettings, Person, Workspace
from tests.contract.workspace_app import Json

MANIFEST = Path(__file__).parents[2] / "app.yaml"
PATIENCE = 15.0
QUIET = AppSettings(events=frozenset())
"""An app that hears nothing by itself: what it gets is what a test does."""


@dataclass(kw_only=True)
class World:
    """A panel and a clock that remember what was asked of them and refuse what is called so."""

    asked: list[Any] = field(default_factory=list)
    shown: Json = field(default_factory=lambda: {"real": False, "sites": []})
    patience: threading.Event = field(default_factory=threading.Event)
    sight: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Have a clear sight at first."""
        self.sight.set()

    def snapshot(self) -> Json:
        """Return what is shown, once `sight` is clear."""
        self.sight.wait(PATIENCE)
        return self.shown

    def do(self, name: str, wanted: Json) -> str:
        """Take a button; "refuse" is refused, and "wait" waits until `patience` is over."""
        if name == "refuse":
            raise WorldRefused("The world will not have it.")
        self.asked.append((name, wanted.get("node")))
        if name == "wait":
            self.patience.wait(PATIENCE)
        return "It is done."

    def speed(self, speed: float) -> None:
        """Take a speed; a negative one is refused."""
        if speed < 0:
            raise WorldRefused("Time does not run backwards.")
        self.asked.append(("speed", speed))

    def pass_time(self, seconds: float) -> None:
        """Take a span."""
        self.asked.append(("pass", seconds))

    def until_working_morning(self) -> None:
        """Take the wish for a morning."""
        self.asked.append("morning")


@dataclass(kw_only=True)
class Event:
    """One server-sent event."""

    name: str
    data: Any


@dataclass(kw_only=True)
class Page:
    """An open page: asks the server what a browser asks."""

    workspace: Workspace
    server: PageServer
    ada: Person
    bob: Person
    world: World
    session: requests.Session

    def get(self, path: str, *, key: bool = True, **headers: str) -> requests.Response:
        """Get something, with the page's key or without."""
        wanted = {**({"X-Playground": self.server.key} if key else {}), **headers}
        return self.session.get(self.server.address + path, headers=wanted, timeout=PATIENCE)

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        """Post JSON with the page's key, or with other headers."""
        wanted = {"X-Playground": self.server.key, "Content-Type": "application/json", **headers}
        text = body if isinstance(body, str) else json.dumps(body)
        return self.session.post(self.server.address + path, data=text, headers=wanted, timeout=PATIENCE)

    def act(self, do: str, *, by: Person | None = None, **more: Any) -> Json:
        """Do something as Ada, or as somebody else, and return the answer."""
        body = {"person": (by or self.ada).id, "do": do, **more}
        answer: Json = self.post("act", body).json()
        return answer

    @contextmanager
    def stream(self, person: Person | None = None) -> Iterator["Watching"]:
        """Open the stream of a person."""
        address = f"{self.server.address}stream?person={(person or self.ada).id}&key={self.server.key}"
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(address, stream=True, timeout=PATIENCE)
            try:
                yield Watching(answer=answer)
            finally:
                answer.close()

    def screen(self, person: Person | None = None) -> Json:
        """Return a person's screen as a page that opens now sees it."""
        with self.stream(person) as watching:
            screen: Json = watching.until("screen")
            return screen


@dataclass(kw_only=True)
class Watching:
    """The events of one open page, in their order."""

    answer: requests.Response
    _events: Iterator[Event] = field(init=False)

    def __post_init__(self) -> None:
        """Begin to read."""
        self._events = self._read()

    def until(self, name: str, holds: Callable[[Any], object] = lambda _data: True) -> Any:
        """Read until an event of this name fits, and return what it says."""
        end = time.monotonic() + PATIENCE
        for event in self._events:
            if event.name == name and holds(event.data):
                return event.data
            assert time.monotonic() < end, f"no {name} came that fits"
        raise AssertionError(f"the stream ended before a {name} came that fits")

    def _read(self) -> Iterator[Event]:
        name = ""
        for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            if line.startswith("data: "):
                yield Event(name=name, data=json.loads(line.removeprefix("data: ")))


@contextmanager
def open_page(settings: AppSettings | None = None, **more: Any) -> Iterator[Page]:
    """Open a workspace with two people and its page."""
    world = World()
    with Workspace(settings or QUIET, **more) as workspace, requests.Session() as session:
        session.trust_env = False
        ada = workspace.add_user("ada", real_name="Ada", tz="Europe/Madrid")
        bob = workspace.add_user("bob", real_name="Bob", tz="America/Lima")
        people = [Resident(person=ada, role="researcher"), Resident(person=bob, role="another researcher")]
        with PageServer(workspace, people=people, panel=world, passage=world, manifest=MANIFEST) as server:
            yield Page(workspace=workspace, server=server, ada=ada, bob=bob, world=world, session=session)
