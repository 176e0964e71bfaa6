"""Counts what leaves the bot's process, and ends the process at the point that it was told.

It sits below every library that the bot uses: under requests and slack_sdk in `http.client`, under SQLAlchemy in the
dialect's commit, under Bolt in the web socket's send. So it needs no list of the bot's effects: a call that is added
to the bot tomorrow is a point of its own tomorrow.
"""

import http.client
import os
import re
import signal
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock, local
from typing import Any

import websocket
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

_ID = re.compile(r"(?<=/)[\w-]{20,}")
_WRITTEN = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
_NEEDED = re.compile(r"before (?:(?!GET)[A-Z]+ /|commit|ack)|sent (?!GET)")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Point:
    """The so-and-so-many-th time that the process comes to such a place; without a label, to any place."""

    label: str
    occurrence: int

    @property
    def is_needed(self) -> bool:
        """Tell whether a kill here can end otherwise than one at another point.

        Between two effects nothing outside changes, so that one kill there stands for all of them: the one right
        before the next effect. A request that was sent and not heard of may have had its effect or not.
        """
        return _NEEDED.match(self.label) is not None

    def __str__(self) -> str:
        return f"{self.label} ({self.occurrence})"


NOWHERE = Point("", 0)


@dataclass(slots=True)
class Tap:
    """Counts points from the moment it is armed; at the fatal one the process gets the signal.

    Every point is written to the file `trace` before anything else, so that it outlives the process. Calls to other
    ports of this machine than `ports` are no effects: probes only look.
    """

    trace: Path
    ports: frozenset[int]
    _fatal: Point = NOWHERE
    _number: signal.Signals = signal.SIGKILL
    _is_armed: bool = False
    _seen: Counter[str] = field(default_factory=Counter)
    _lock: RLock = field(default_factory=RLock)
    _file: int = -1

    def __reduce__(self) -> tuple[type["Tap"], tuple[Path, frozenset[int]]]:
        """Travel to another process as what it was when it was new."""
        return Tap, (self.trace, self.ports)

    def arm(self, fatal: Point, number: signal.Signals = signal.SIGKILL) -> None:
        """Begin to count."""
        with self._lock:
            self._fatal, self._number, self._is_armed = fatal, number, True
            self._seen.clear()

    def disarm(self) -> None:
        """Count no further."""
        with self._lock:
            self._is_armed = False

    def point(self, label: str) -> None:
        """Note that the process has come to a point between two effects, and end it if this is the one."""
        with self._lock:
            if not self._is_armed:
                return
            self._seen.update((label, ""))
            if self._file < 0:
                self._file = os.open(self.trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(self._file, f"{label}\n".encode())
            if self._fatal.label in {"", label} and self._seen[self._fatal.label] == self._fatal.occurrence:
                os.kill(os.getpid(), self._number)

    def install(self) -> None:
        """Tap the three ways out of this process, and close every other one."""
        _tap_http(self)
        _tap_commits(self)
        _tap_answers(self)
        _stay_here()


def _tap_http(tap: Tap) -> None:
    """Make three points of a request: before it is sent, sent but not heard of, and answered but not used."""
    line = http.client.HTTPConnection
    asked: Any = line.putrequest
    heard: Any = line.getresponse
    asking = local()

    def putrequest(self: http.client.HTTPConnection, method: str, url: str, *args: Any, **more: Any) -> None:
        asking.label = f"{method} {_ID.sub('ID', url.partition('?')[0])}" if self.port in tap.ports else ""
        if asking.label:
            tap.point(f"before {asking.label}")
        asked(self, method, url, *args, **more)

    def getresponse(self: http.client.HTTPConnection, *args: Any, **more: Any) -> http.client.HTTPResponse:
        label = getattr(asking, "label", "")
        if label:
            tap.point(f"sent {label}")
        answer: http.client.HTTPResponse = heard(self, *args, **more)
        if label:
            tap.point(f"answered {label}")
        return answer

    line.putrequest = putrequest  # type: ignore[method-assign]  # this is the tap
    line.getresponse = getresponse  # type: ignore[method-assign]  # this is the tap


def _tap_commits(tap: Tap) -> None:
    """Make two points of a commit that wrote something."""
    writing = local()
    commit: Any = DefaultDialect.do_commit

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found = _WRITTEN.match(statement)
        if found:
            writing.tables = [*getattr(writing, "tables", []), found[1]]

    def do_commit(self: DefaultDialect, connection: Any) -> None:
        tables = "+".join(dict.fromkeys(getattr(writing, "tables", [])))
        writing.tables = []
        if tables:
            tap.point(f"before commit {tables}")
        commit(self, connection)
        if tables:
            tap.point(f"committed {tables}")

    event.listen(Engine, "before_cursor_execute", note)
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]  # this is the tap


def _tap_answers(tap: Tap) -> None:
    """Make two points of what is said over the web socket, but for its pings."""
    send: Any = websocket.WebSocket.send

    def tapped(self: websocket.WebSocket, payload: bytes | str, opcode: int = websocket.ABNF.OPCODE_TEXT) -> int:
        is_answer = opcode == websocket.ABNF.OPCODE_TEXT
        if is_answer:
            tap.point("before ack")
        length: int = send(self, payload, opcode)
        if is_answer:
            tap.point("acked")
        return length

    websocket.WebSocket.send = tapped  # type: ignore[method-assign]  # this is the tap


def _stay_here() -> None:
    """Know no host but this machine: the addresses of deployments are asked, and must not be looked for outside."""
    look_up: Callable[..., Any] = socket.getaddrinfo

    def getaddrinfo(host: str | None, *args: Any, **more: Any) -> Any:
        if host not in _LOOPBACK:
            raise socket.gaierror(socket.EAI_NONAME, "only this machine is known here")
        return look_up(host, *args, **more)

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]  # its own type is longer than it is
