"""HTTP mode: Slack's signed requests, forged ones, and the two pages for whoever watches the bot."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

import app
from bot.errors import SettingsError
from playground.slack.records import Outcome
from tests.app.town import Town
from tests.app.town import town as open_town

COMMAND = b"command=%2Fai4os&text=help"
SECONDS = 10


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Give a town that Slack reaches by HTTP."""
    with open_town(tmp_path, delivery="http") as found:
        yield found


def _port(town: Town) -> int:
    return int(town.environment["AI4OS_BOT_HTTP_PORT"])


def _get(town: Town, path: str) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{_port(town)}{path}", timeout=SECONDS)


def test_a_deployment_goes_the_whole_way(town: Town) -> None:
    """Command, search, choice, form, review, message, list and stop: all through signed requests."""
    menu = town.ada.command("/ai4os").wait_for_message()
    town.ada.click(menu, "menu.deploy")
    view = town.ada.wait_for_modal()
    town.ada.fill(view, {"module": "demo-app"})
    town.ada.wait_for_modal(lambda each: each.has("cpu"))
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.review")
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.submitted")
    town.ada.close()
    message = town.ada.wait_for_message(lambda each: "is running" in each.text)

    assert "demo-app" in town.ada.command("/ai4os", "list").wait_for_message().text
    town.ada.click(message, "deployment.stop", confirm=True)
    town.ada.wait_for_message(lambda each: "is stopped" in each.text)

    town.workspace.wait_for(lambda: all(record.outcome is Outcome.ACKED for record in town.workspace.acks))
    assert town.workspace.problems == ()


def test_a_delivery_that_slack_repeats_deploys_once(town: Town) -> None:
    """The second delivery is answered and changes nothing."""
    town.review()
    town.ada.submit()

    again = town.workspace.redeliver(town.workspace.acks[-1])

    town.ada.wait_for_message(lambda message: "is running" in message.text)
    assert again.outcome is Outcome.ACKED
    assert len(town.simulated.jobs()) == 1


def test_an_event_that_nobody_waits_for_is_taken_once(town: Town) -> None:
    """Slack would repeat what is not acknowledged."""
    town.ada.open_home()
    town.ada.say("hello")

    town.workspace.wait_for(lambda: [record.outcome for record in town.workspace.acks] == [Outcome.ACKED] * 2)

    assert town.ada.messages()[-1].text == "hello"


def test_slack_can_verify_the_address(town: Town) -> None:
    """The handshake of the app's settings page; a request without a good signature learns nothing from it."""
    challenge = json.dumps({"type": "url_verification", "challenge": "told-to-slack-alone"}).encode()

    assert town.workspace.verify_request_url()
    forged = town.workspace.post_signed(challenge, "application/json", secret="guessed")
    assert (forged.status, "told-to-slack-alone" in forged.text) == (401, False)


def test_forged_and_replayed_requests_are_refused(town: Town) -> None:
    """A wrong secret, an old or future time, a time that is none, and no signature at all: 401 and nothing else."""
    post = town.workspace.post_signed
    headers = [{"X-Slack-Request-Timestamp": "yesterday"}, {"X-Slack-Request-Timestamp": ""}, {"X-Slack-Signature": ""}]

    answers = [
        post(COMMAND, secret="guessed"),
        post(COMMAND, age=timedelta(minutes=6)),
        post(COMMAND, age=timedelta(minutes=-6)),
        *(post(COMMAND, headers=each) for each in headers),
    ]
    bare = requests.post(f"http://127.0.0.1:{_port(town)}/slack/events", data=COMMAND, timeout=SECONDS)

    assert {answer.status for answer in answers} == {401}
    assert bare.status_code == 401
    assert not any("What you can type" in answer.text for answer in answers)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=\xe9\xe9"},
        {"X-Slack-Request-Timestamp": "\xb2\xb3"},
        {"X-Slack-Request-Timestamp": "soon"},
    ],
    ids=["signature", "digits of another script", "word"],
)
def test_headers_that_cannot_be_compared_are_refused(town: Town, headers: dict[str, str]) -> None:
    """They are neither Slack's nor a reason for an error of ours."""
    sent = {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "1", **headers}

    answer = requests.post(
        f"http://127.0.0.1:{_port(town)}/slack/events",
        data=COMMAND,
        headers={name: value.encode("latin-1") for name, value in sent.items()},
        timeout=SECONDS,
    )

    assert answer.status_code == 401


def test_only_what_is_served_is_answered(town: Town) -> None:
    """Other paths and methods are refused, and the answers do not say what software it is."""
    statuses = {path: _get(town, path).status_code for path in ("/", "/slack/events", "/slack/install", "/readyz/x")}
    posted = requests.post(f"http://127.0.0.1:{_port(town)}/healthz", timeout=SECONDS)

    assert statuses == {"/": 404, "/slack/events": 405, "/slack/install": 404, "/readyz/x": 404}
    assert posted.status_code == 405
    assert "Server" not in posted.headers


def test_a_body_that_is_too_large_is_refused(town: Town) -> None:
    """Slack's own are small; nobody fills the memory with a large one."""
    answer = requests.post(f"http://127.0.0.1:{_port(town)}/slack/events", data=b"x" * 1_100_000, timeout=SECONDS)

    assert answer.status_code == 413


def test_the_pages_for_the_watcher_tell_what_is_missing(town: Town) -> None:
    """Alive is not ready: without Nomad the bot is alive and says what it lacks, and recovers by itself."""
    ready = _get(town, "/readyz")
    town.simulated.unplug()
    without = _get(town, "/readyz")
    alive = _get(town, "/healthz")
    town.simulated.plug()
    again = _get(town, "/readyz")

    assert (ready.status_code, ready.text.strip()) == (200, "ready")
    assert without.status_code == 503
    assert "Nomad" in without.text
    assert "Slack" not in without.text
    assert alive.status_code == 200
    assert again.status_code == 200


def test_a_port_that_is_taken_is_named(town: Town) -> None:
    """A second bot with the same setting says in one line which setting it is and what to do."""
    second = app.build(app.load(town.environment, dotenv=None))

    with pytest.raises(SettingsError, match=r"AI4OS_BOT_HTTP_PORT: .*already in use") as caught:
        second.start()
    second.stop()

    assert "Choose another port" in caught.value.hint


def test_it_listens_to_this_machine_alone(town: Town) -> None:
    """Unless told otherwise, nobody else can connect: the port is free on every other address."""
    with socket.create_server(("127.0.0.2", _port(town))) as other:
        taken = other.getsockname()[1]

    assert taken == _port(town)
