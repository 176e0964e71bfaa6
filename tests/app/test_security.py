"""Who cannot do what: forged, replayed and unreadable requests, foreign addresses, people who have become others."""

import io
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from playground.slack.http_delivery import HttpAnswer, signature
from playground.slack.records import AckRecord, Outcome
from tests.app.town import Town, captured_log
from tests.app.town import town as open_town

LONGER_THAN_FRESH = timedelta(minutes=6)
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
RUBBISH = {
    "no text": (b"\xff\xfe\x00", FORM),
    "no JSON": (b"{", JSON),
    "a form without JSON": (b"payload=%7B", FORM),
    "another type": (b"[]", JSON),
    "addresses that are none": (urlencode({"payload": json.dumps({"response_urls": ["x"]})}).encode(), FORM),
    "a type alone": (urlencode({"payload": json.dumps({"type": "block_actions"})}).encode(), FORM),
    "deep nesting": (b"[" * 100_000, JSON),
}
rubbish = pytest.mark.parametrize(("body", "content_type"), RUBBISH.values(), ids=list(RUBBISH))


@pytest.fixture
def http_town(tmp_path: Path) -> Iterator[tuple[Town, io.StringIO]]:
    """Give a town that Slack reaches by HTTP, and its log."""
    with captured_log() as log, open_town(tmp_path, delivery="http") as town:
        yield town, log


def _post(town: Town, payload: dict[str, object], *, at: int) -> HttpAnswer:
    """Post the very bytes that Slack would have signed at a time."""
    body = urlencode(payload).encode()
    headers = {
        "X-Slack-Request-Timestamp": str(at),
        "X-Slack-Signature": signature(town.workspace.signing_secret, str(at), body),
    }
    return town.workspace.post_signed(body, headers=headers)


def _command(town: Town) -> AckRecord:
    """Return a command of Ada's as it was delivered."""
    town.ada.command("/ai4os", "help")
    return town.workspace.acks[-1]


def test_the_same_signed_request_is_taken_once(http_town: tuple[Town, io.StringIO]) -> None:
    """Whoever has recorded a request cannot send it again, even while its time is valid: no second form opens."""
    town, _ = http_town
    payload = {**_command(town).payload, "text": "deploy demo-app"}
    now = int(time.time())

    first, second = _post(town, payload, at=now), _post(town, payload, at=now)

    assert (first.status, second.status) == (200, 409)
    town.ada.wait_for_modal(lambda view: view.has("cpu"))
    assert len(town.workspace.calls_of("views.open")) == 1


@pytest.mark.parametrize("age", [-600, -301, 301, 600])
def test_a_request_of_another_time_is_refused(http_town: tuple[Town, io.StringIO], age: int) -> None:
    """More than five minutes old, or from the future: nothing is read from it."""
    town, _ = http_town
    payload = {**_command(town).payload, "text": "list"}

    assert _post(town, payload, at=int(time.time()) - age).status == 401


@rubbish
def test_rubbish_without_a_signature_is_refused_unread(
    http_town: tuple[Town, io.StringIO], body: bytes, content_type: str
) -> None:
    """Anybody can send it, so it must neither be parsed nor fill the log."""
    town, log = http_town
    before = len(log.getvalue())

    answer = town.workspace.post_signed(body, content_type, secret="guessed")

    assert (answer.status, answer.text.strip()) == (401, "invalid request")
    assert "Traceback" not in log.getvalue()[before:]


@rubbish
def test_rubbish_that_slack_has_signed_is_acknowledged(
    http_town: tuple[Town, io.StringIO], body: bytes, content_type: str
) -> None:
    """Slack would send again what is refused; the next request is answered as ever."""
    town, _ = http_town

    answer = town.workspace.post_signed(body, content_type)

    assert answer.status in {200, 400, 401}
    assert "What you can type" in town.ada.command("/ai4os", "help").text


class _Stranger(HTTPServer):
    """A server that is none of Slack's; it counts who comes."""

    visits = 0

    def get_request(self) -> tuple[socket.socket, Any]:
        """Count a visit."""
        self.visits += 1
        return super().get_request()


@pytest.fixture
def stranger() -> Iterator[_Stranger]:
    """Give a foreign server on this machine."""
    with _Stranger(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_answer_goes_to_slack_or_nowhere(town: Town, stranger: _Stranger) -> None:
    """A request may name any address to answer at; a foreign one is not even connected to."""
    record = _command(town)
    address = f"http://127.0.0.1:{stranger.server_port}/commands"
    payload = {**record.payload, "text": "list", "response_url": address}

    town.workspace.redeliver(replace(record, payload=payload))

    town.ada.wait_for_message(lambda message: "no deployments" in message.text)
    assert stranger.visits == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.slack.com/commands/1",
        "https://hooks.slack.com.example.org/commands/1",
        "https://hooks.slack.com@example.org/commands/1",
        "https://example.org/https://hooks.slack.com/",
        "https://example.org#hooks.slack.com",
        "ftp://hooks.slack.com/x",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:4646/v1/jobs",
        "//hooks.slack.com/x",
        "https://[hooks.slack.com/",
        "x",
    ],
)
def test_an_address_that_only_looks_like_slacks_is_not_answered_at(town: Town, address: str) -> None:
    """The scheme and the whole host decide; the answer comes as a direct message."""
    record = _command(town)

    town.workspace.redeliver(replace(record, payload={**record.payload, "text": "list", "response_url": address}))

    town.ada.wait_for_message(lambda message: "no deployments" in message.text)


def test_somebody_from_another_workspace_in_a_shared_channel_is_refused(town: Town) -> None:
    """With Slack Connect the team is ours and the user's own team is another."""
    menu = town.ada.command("/ai4os").wait_for_message()
    town.ada.click(menu, "menu.list")
    record = town.workspace.acks[-1]
    user = {**record.payload["user"], "team_id": "T0ELSEWHERE"}
    before = len(town.simulated.calls)

    answered = town.workspace.redeliver(replace(record, payload={**record.payload, "user": user}))

    assert answered.outcome is Outcome.ACKED
    town.workspace.wait_for(lambda: "other workspaces" in str([call.arguments for call in town.workspace.calls]))
    assert not [call for call in town.simulated.calls[before:] if "/v1/jobs" in call.path]


def test_an_address_that_passes_to_somebody_else_passes_on_what_it_owns(town: Town) -> None:
    """Who owns what hangs on the e-mail address: that is what the operators must know of a reassigned one."""
    town.submit(town.ada, 'demo-app --title "Adas own"')
    town.workspace.change_user("ada", email="retired@example.org")
    town.workspace.change_user("bob", email="ada@example.org")
    town.workspace.clock.advance(LONGER_THAN_FRESH)

    mine = town.ada.command("/ai4os", "list").wait_for_message()
    theirs = town.bob.command("/ai4os", "list").wait_for_message()

    assert "Adas own" not in mine.text
    assert "Adas own" in theirs.text


def test_an_address_in_another_case_is_the_same_and_a_longer_one_is_not(town: Town) -> None:
    """Owners are compared as whole addresses, never in part."""
    town.submit(town.ada, 'demo-app --title "Adas own"')
    same = town.workspace.add_user("same", email="ADA@Example.ORG")
    longer = [
        town.workspace.add_user(f"n{n}", email=e) for n, e in enumerate(("xada@example.org", "ada@example.org.x"))
    ]

    assert "Adas own" in same.command("/ai4os", "list").wait_for_message().text
    assert not [who for who in longer if "Adas own" in who.command("/ai4os", "list").wait_for_message().text]


@pytest.mark.parametrize(
    "email", ['" or Meta is not empty or "" == "', "ada@example.org\n", "*", "%", "ada@example.or"]
)
def test_an_address_is_never_part_of_a_question(town: Town, email: str) -> None:
    """Whatever somebody's profile says is compared, not put together into a filter that says more."""
    town.submit(town.ada, 'demo-app --title "Adas own"')
    odd = town.workspace.add_user("odd", email=email)

    shown = odd.command("/ai4os", "list").wait_for_message()

    assert "Adas own" not in shown.text
