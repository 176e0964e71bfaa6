"""Small apps for the workspace's own tests: a Web API caller, a raw Socket Mode client and ready-made views."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import requests
import websocket

from playground.slack import Workspace

Json = dict[str, Any]
SILENCE = object()
"""What a scripted app returns when it does not acknowledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    """An HTTP answer of the Web API."""

    status: int
    body: Json
    headers: Mapping[str, str]

    @property
    def error(self) -> str | None:
        """Return Slack's error code."""
        return self.body.get("error")

    @property
    def messages(self) -> list[str]:
        """Return the lines that explain a refusal."""
        lines: list[str] = self.body.get("response_metadata", {}).get("messages", [])
        return lines


class Api:
    """Calls the Web API of any server at `url` as a form, with JSON inside where a value is no string."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, /, **arguments: Any) -> ApiAnswer:
        """Call a method with a form."""
        fields = {k: v if isinstance(v, str) else json.dumps(v) for k, v in arguments.items()}
        return self.send("POST", method, data=fields)

    def call_json(self, method: str, /, **arguments: Any) -> ApiAnswer:
        """Call a method with a JSON body."""
        return self.send("POST", method, json=arguments)

    def send(self, verb: str, method: str, **more: Any) -> ApiAnswer:
        """Send any request with the token."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self._session.request(verb, self.url + method, headers=headers, timeout=10, **more)
        return ApiAnswer(status=answer.status_code, body=answer.json(), headers=answer.headers)

    def post(self, url: str, body: Any) -> tuple[int, str]:
        """Post JSON to any address, such as a response_url."""
        answer = self._session.post(url, json=body, timeout=10)
        return answer.status_code, answer.text

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


@contextmanager
def api_of(workspace: Workspace, token: str | None = None) -> Iterator[Api]:
    """Open a caller with the bot's token or another."""
    api = Api(workspace.api_url, workspace.bot_token if token is None else token)
    try:
        yield api
    finally:
        api.close()


@dataclass(kw_only=True)
class ScriptedApp:
    """An app on one socket that answers each envelope by a function; SILENCE acknowledges nothing."""

    line: websocket.WebSocket
    hello: Json
    answer: Callable[[Json], Any]
    notice: Callable[[], None]
    frames: list[Json] = field(default_factory=list)

    def run(self) -> None:
        """Take frames until the socket ends."""
        try:
            while text := self.line.recv():
                self._take(json.loads(text))
        except (websocket.WebSocketException, OSError):
            return

    def hang_up(self) -> None:
        """End the connection; the reading thread notices at once."""
        with suppress(OSError):
            if self.line.sock is not None:
                self.line.sock.shutdown(socket.SHUT_RDWR)

    def _take(self, frame: Json) -> None:
        self.frames.append(frame)
        self.notice()
        if "envelope_id" not in frame:
            return
        payload = self.answer(frame)
        if payload is not SILENCE:
            ack = {"envelope_id": frame["envelope_id"]}
            self.line.send(json.dumps(ack if payload is None else {**ack, "payload": payload}))


def acknowledge(_frame: Json) -> None:
    """Acknowledge with an empty body."""


def stay_silent(_frame: Json) -> object:
    """Acknowledge nothing."""
    return SILENCE


@contextmanager
def connected(workspace: Workspace, answer: Callable[[Json], Any] = acknowledge) -> Iterator[ScriptedApp]:
    """Connect a scripted app and take it off again."""
    line = websocket.create_connection(open_link(workspace), timeout=20)
    app = ScriptedApp(line=line, hello=json.loads(line.recv()), answer=answer, notice=workspace.state.announce)
    thread = threading.Thread(target=app.run, daemon=True)
    thread.start()
    try:
        yield app
    finally:
        app.hang_up()
        thread.join()
        line.shutdown()  # type: ignore[no-untyped-call]  # the library leaves it untyped


def open_link(workspace: Workspace) -> str:
    """Return a fresh socket address."""
    with api_of(workspace, workspace.app_token) as api:
        return str(api.call("apps.connections.open").body["url"])


def plain(text: str) -> Json:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text}


def option(text: str, value: str | None = None) -> Json:
    """Return an option."""
    return {"text": plain(text), "value": value or text.lower()}


def modal(*blocks: Json, **more: Any) -> Json:
    """Return a modal with a submit button."""
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("A form"),
        "submit": plain("Go"),
        "blocks": list(blocks),
        **more,
    }


def text_field(block_id: str = "name", *, label: str = "Name", optional: bool = False, **more: Any) -> Json:
    """Return an input block with a text field."""
    element = {"type": "plain_text_input", "action_id": "typed", **more}
    return field_of(element, block_id, label=label, optional=optional)


def field_of(element: Json, block_id: str = "name", *, label: str = "Name", **more: Any) -> Json:
    """Return an input block with any element."""
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def button(action_id: str = "press", text: str = "Press", **more: Any) -> Json:
    """Return a button."""
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: Json, block_id: str = "acts") -> Json:
    """Return an actions block."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def section(text: str) -> Json:
    """Return a section with mrkdwn text."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
