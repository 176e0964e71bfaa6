"""HTTP delivery of the workspace: signatures, forms, retries and the handshake, against Bolt and a scripted app.

Sources: slack.md 6.4 (HTTP mode), 5.3 l (Bolt's answers to bad signatures), 9.2 item 3 (contract).
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer, ThreadingMixIn
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from slack_bolt import Ack, App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from playground.clock import Clock
from playground.slack import Outcome, Person, Workspace
from tests.contract.workspace_app import Json

SECRET = "someone-elses-secret"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A post as the scripted app got it."""

    body: bytes
    headers: dict[str, str]

    @property
    def form(self) -> dict[str, str]:
        """Return the fields of a form."""
        return {key: values[0] for key, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(kw_only=True)
class Site:
    """A scripted app: answers every post with the next (status, headers, body), 200 and nothing when none is left."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve a scripted app on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            site.requests.append(Request(body=body, headers=dict(self.headers.items())))
            status, headers, text = site.answers.pop(0) if site.answers else (200, {}, "")
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_parts: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}/slack/events"
    with serving_in_thread(server):
        yield site


@contextmanager
def serving_in_thread(server: BaseServer) -> Iterator[None]:
    """Run a server in a thread and stop it again."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Threaded(ThreadingMixIn, WSGIServer):
    """A WSGI server with a thread for each request."""


class Quiet(WSGIRequestHandler):
    """Logs no requests."""

    def log_message(self, *_parts: object) -> None:
        """Say nothing."""


@pytest.fixture
def clock() -> Clock:
    """Give a running clock, because Bolt compares timestamps with the machine's."""
    return Clock()


@pytest.fixture
def site() -> Iterator[Site]:
    """Give a scripted app."""
    with serving(Site()) as made:
        yield made


@pytest.fixture
def workspace(clock: Clock, site: Site) -> Iterator[Workspace]:
    """Give a workspace with Ada that delivers to the scripted app and waits 0.5 s."""
    deadline = timedelta(seconds=0.5)
    with Workspace(clock=clock, delivery="http", request_url=site.url, ack_deadline=deadline) as made:
        made.add_user("ada")
        yield made


@pytest.fixture
def ada(workspace: Workspace) -> Person:
    """Give Ada."""
    return workspace.person("ada")


def test_a_command_is_a_signed_form(workspace: Workspace, ada: Person, site: Site) -> None:
    """All fields are form fields; is_enterprise_install is the string false; the signature is good."""
    ada.command("/ai4os", "list é")

    request = site.requests[0]
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (request.form["command"], request.form["text"]) == ("/ai4os", "list é")
    assert request.form["is_enterprise_install"] == "false"
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert SignatureVerifier(workspace.signing_secret).is_valid_request(request.body, headers)
    assert not SignatureVerifier(SECRET).is_valid_request(request.body, headers)


def test_an_interaction_is_a_payload_field(ada: Person, site: Site) -> None:
    """JSON inside the form field `payload`."""
    ada.shortcut("deploy")

    assert json.loads(site.requests[0].form["payload"])["callback_id"] == "deploy"


@pytest.mark.parametrize(
    ("headers", "body"),
    [({"Content-Type": "application/json"}, '{"text": "hi"}'), ({"Content-Type": "text/plain"}, "hi")],
)
def test_the_body_is_the_answer(ada: Person, site: Site, headers: dict[str, str], body: str) -> None:
    """JSON or plain text in the 200 shows to the person."""
    site.answers = [(200, headers, body)]

    assert ada.command("/ai4os").text == "hi"


@pytest.mark.parametrize("status", [404, 500, 503])
def test_another_status_is_a_failure(workspace: Workspace, ada: Person, site: Site, status: int) -> None:
    """The person sees dispatch_failed, and so without a server."""
    site.answers = [(status, {}, "")]
    refused = ada.command("/ai4os")
    workspace.set_request_url("http://127.0.0.1:9/")
    unreachable = ada.command("/ai4os")

    assert (refused.error, unreachable.error) == ("dispatch_failed", "dispatch_failed")
    assert [record.outcome for record in workspace.acks] == [Outcome.REFUSED, Outcome.NO_CONNECTION]


def test_events_are_json_and_retried(workspace: Workspace, ada: Person, site: Site, clock: Clock) -> None:
    """Three more times with retry headers: nearly at once, after a minute, after five (slack.md 6.4)."""
    site.answers = [(500, {}, "")] * 4

    ada.open_home()
    workspace.wait_for(lambda: len(workspace.acks) == 2 and workspace.acks[1].outcome is Outcome.REFUSED)
    clock.advance(timedelta(minutes=1))
    workspace.wait_for(lambda: len(workspace.acks) == 3 and workspace.acks[2].outcome is Outcome.REFUSED)
    clock.advance(timedelta(minutes=5))
    workspace.wait_for(lambda: len(workspace.acks) == 4 and workspace.acks[3].outcome is Outcome.REFUSED)

    assert json.loads(site.requests[0].body)["event"]["type"] == "app_home_opened"
    assert [request.headers.get("X-Slack-Retry-Num") for request in site.requests] == [None, "1", "2", "3"]
    assert {request.headers.get("X-Slack-Retry-Reason") for request in site.requests[1:]} == {"http_error"}
    assert len({json.loads(request.body)["event_id"] for request in site.requests}) == 1


def test_an_app_can_forbid_retries(workspace: Workspace, ada: Person, site: Site, clock: Clock) -> None:
    """X-Slack-No-Retry: 1 on a failing answer ends it."""
    site.answers = [(500, {"X-Slack-No-Retry": "1"}, "")]

    ada.open_home()
    workspace.wait_for(lambda: [record.outcome for record in workspace.acks] == [Outcome.REFUSED])
    clock.advance(timedelta(hours=1))

    assert len(site.requests) == 1


@contextmanager
def bolt_serving(workspace: Workspace, app: App) -> Iterator[None]:
    """Serve a Bolt app through its WSGI adapter on a threaded server."""
    server = make_server("127.0.0.1", 0, SlackRequestHandler(app), Threaded, Quiet)
    workspace.set_request_url(f"http://127.0.0.1:{server.server_port}/slack/events")
    with serving_in_thread(server):
        yield


@pytest.fixture
def bolt(workspace: Workspace) -> Iterator[App]:
    """Give a Bolt app in HTTP mode."""
    client = WebClient(token=workspace.bot_token, base_url=workspace.api_url)
    app = App(client=client, signing_secret=workspace.signing_secret)

    def answer(ack: Ack, command: Json) -> None:
        ack(f"you said {command['text']}")

    app.command("/ai4os")(answer)
    with bolt_serving(workspace, app):
        yield app


@pytest.mark.usefixtures("bolt")
def test_bolt_answers_over_http(workspace: Workspace, ada: Person) -> None:
    """The signed form passes Bolt's check, and so does the handshake of the request URL."""
    assert ada.command("/ai4os", "hi").text == "you said hi"
    assert workspace.verify_request_url()


@pytest.mark.parametrize(
    "post",
    [
        lambda workspace: workspace.post_signed(b"command=/ai4os", secret=SECRET),
        lambda workspace: workspace.post_signed(b"command=/ai4os", age=timedelta(minutes=6)),
        lambda workspace: workspace.post_signed(b"command=/ai4os", age=-timedelta(minutes=6)),
        lambda workspace: workspace.post_signed(b"command=/ai4os", headers={"X-Slack-Signature": "v0=00"}),
    ],
    ids=["wrong secret", "stale", "from the future", "garbage"],
)
@pytest.mark.usefixtures("bolt")
def test_bolt_refuses_bad_signatures(workspace: Workspace, post: Callable[[Workspace], object]) -> None:
    """401 for a wrong secret and for timestamps over five minutes off (slack.md 5.3 l)."""
    answer = post(workspace)

    assert getattr(answer, "status", None) == 401
