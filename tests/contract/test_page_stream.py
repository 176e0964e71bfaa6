"""The page's stream tells everything at first and then what changes, and no secret."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from playground.slack import AppSettings
from tests.contract.page_ground import Page, open_page
from tests.contract.workspace_app import SILENCE, Json, acknowledge, api_of, connected, modal, section, text_field


@pytest.fixture
def page() -> Iterator[Page]:
    """Open a page whose workspace waits a short while for acks."""
    with open_page(ack_deadline=timedelta(seconds=0.4)) as opened:
        yield opened


def typed_secret(page: Page, frames: list[Json], block_id: str) -> None:
    """Let Ada type a secret into a form and submit that."""
    page.act("command", text="/ai4os deploy")
    with api_of(page.workspace) as api:
        view = modal(text_field(block_id), private_metadata="kept")
        opened = api.call("views.open", trigger_id=frames[-1]["payload"]["trigger_id"], view=view)
    where = {"view": opened.body["view"]["id"], "hash": ""}
    page.act("fill", where=where, block_id=block_id, action_id="typed", value="correct horse")
    page.act("submit", where=where)


def test_a_page_that_opens_is_told_everything(page: Page) -> None:
    """Screen, traffic, cluster and clock come at once."""
    with page.stream() as watching:
        screen, traffic = watching.until("screen"), watching.until("traffic")
        cluster, clock = watching.until("cluster"), watching.until("clock")

    assert [each["name"] for each in screen["people"]] == ["ada", "bob"]
    assert screen["person"] == {
        "id": page.ada.id,
        "name": "ada",
        "real_name": "Ada",
        "tz": "Europe/Madrid",
        "role": "researcher",
    }
    assert screen["conversations"][0]["kind"] == "im"
    assert screen["names"]["users"][page.bob.id] == "Bob"
    assert traffic == {"from": 0, "entries": [], "views": []}
    assert cluster == clock == page.world.shown


def test_a_message_is_told_when_it_comes(page: Page) -> None:
    """What the app posts comes through the stream without being asked for."""
    with page.stream() as watching, api_of(page.workspace) as api:
        watching.until("screen")
        api.call("chat.postMessage", channel=page.ada.dm, text="It runs", blocks=[section("It *runs*")])
        screen = watching.until("screen", lambda seen: bool(seen["conversations"][0]["messages"]))

    message = screen["conversations"][0]["messages"][0]
    assert message["author"]["is_app"] is True
    assert (message["text"], message["edited"], message["is_ephemeral"]) == ("It runs", False, False)
    assert message["blocks"][0]["text"]["text"] == "It *runs*"
    assert message["at"] == float(message["ts"])


def test_nobody_sees_what_is_for_others(page: Page) -> None:
    """Direct messages and what only one person may see are on that person's screen alone."""
    channel = page.workspace.add_channel("general", members=[page.ada, page.bob])
    with api_of(page.workspace) as api:
        api.call("chat.postMessage", channel=page.ada.dm, text="for Ada, directly")
        api.call("chat.postEphemeral", channel=channel, user=page.ada.id, text="for Ada, in passing")

    assert json.dumps(page.screen(page.ada)).count("for Ada") == 2
    assert "for Ada" not in json.dumps(page.screen(page.bob))


def test_a_delivery_is_told_when_it_begins_and_when_it_ends(page: Page) -> None:
    """The inspector sees a command wait for its acknowledgement and then run out of time, under one number."""
    with connected(page.workspace, lambda _frame: SILENCE), page.stream() as watching:
        page.workspace.wait_for_connections()
        watching.until("traffic")
        page.act("command", text="/ai4os list")
        ended = watching.until("traffic", lambda told: _commands(told, "timeout"))

    entry = _commands(ended, "timeout")[0]
    assert entry["direction"] == "to the app"
    assert (entry["ok"], entry["took_ms"], entry["limit_ms"]) == (False, None, 3000)
    assert (entry["user"], entry["body"]["text"]) == (page.ada.id, "list")


def test_an_acknowledgement_that_comes_too_late_is_told_as_such(page: Page) -> None:
    """The inspector hears of it although the command had failed already, and how long it took."""
    over = threading.Event()
    with connected(page.workspace, lambda _frame: over.wait(10) and None), page.stream() as watching:
        page.workspace.wait_for_connections()
        page.act("command", text="/ai4os list")
        watching.until("traffic", lambda told: _commands(told, "timeout"))
        over.set()
        told = watching.until("traffic", lambda told: _commands(told, "timeout"))

    entry = _commands(told, "timeout")[0]
    assert (entry["late"], entry["ok"]) == (True, False)
    assert entry["took_ms"] >= 400


def test_an_acknowledgement_has_its_time(page: Page) -> None:
    """What the app acknowledged says how long it took, and what it answered."""
    with connected(page.workspace, lambda _frame: {"text": "Nothing runs."}), page.stream() as watching:
        page.workspace.wait_for_connections()
        page.act("command", text="/ai4os list")
        told = watching.until("traffic", lambda told: _commands(told, "acked"))

    entry = _commands(told, "acked")[0]
    assert entry["ok"]
    assert 0 <= entry["took_ms"] < 400
    assert entry["answer"] == {"text": "Nothing runs."}


def test_requests_come_once_and_in_their_order(page: Page) -> None:
    """Who has heard of a request hears of it again only when its outcome changes; who comes later hears of all."""
    with api_of(page.workspace) as api, page.stream() as watching:
        watching.until("traffic")
        api.call("auth.test")
        first = watching.until("traffic", lambda told: bool(told["entries"]))
        api.call("chat.postMessage", channel=page.ada.dm, text="Hello")
        second = watching.until("traffic", lambda told: bool(told["entries"]))
        with page.stream() as later:
            everything = later.until("traffic")

    assert [each["name"] for each in first["entries"]] == ["auth.test"]
    assert [each["name"] for each in second["entries"]] == ["chat.postMessage"]
    assert second["from"] == first["entries"][0]["number"]
    assert [each["name"] for each in everything["entries"]] == ["auth.test", "chat.postMessage"]
    assert everything["entries"] == first["entries"] + second["entries"]


def test_a_refusal_stands_in_the_traffic(page: Page) -> None:
    """A call that Slack refused is marked, with the code."""
    with api_of(page.workspace) as api, page.stream() as watching:
        api.call("chat.postMessage", channel="C0", text="Hello")
        told = watching.until("traffic", lambda told: bool(told["entries"]))

    assert (told["entries"][0]["ok"], told["entries"][0]["error"]) == (False, "channel_not_found")


def test_views_are_told_as_the_app_gets_them(page: Page) -> None:
    """The inspector gets each open view whole, and what is typed in it."""
    with connected(page.workspace, acknowledge) as app, page.stream() as watching:
        page.workspace.wait_for_connections()
        page.act("command", text="/ai4os deploy")
        trigger = app.frames[-1]["payload"]["trigger_id"]
        with api_of(page.workspace) as api:
            api.call("views.open", trigger_id=trigger, view=modal(text_field(), private_metadata="kept"))
        told = watching.until("traffic", lambda told: bool(told["views"]))

    assert told["views"][0]["title"] == "A form"
    assert told["views"][0]["json"]["private_metadata"] == "kept"
    assert "state" in told["views"][0]["json"]


def test_no_token_is_shown(page: Page) -> None:
    """Tokens, the signing secret, one-time addresses and tickets are cut out of all that the page is told."""
    with connected(page.workspace, acknowledge), page.stream() as watching:
        page.workspace.wait_for_connections()
        page.act("command", text="/ai4os list")
        told = watching.until("traffic", lambda told: _commands(told, "acked"))
        with page.stream() as later:
            everything = json.dumps([later.until("screen"), later.until("traffic")])

    url = _commands(told, "acked")[0]["body"]["response_url"]
    keys = list(page.workspace.state.response_urls)
    ticket = page.workspace.calls_of("apps.connections.open")[0].answer["url"].split("ticket=")[1].split("&")[0]
    hidden = [page.workspace.bot_token, page.workspace.app_token, page.workspace.signing_secret, *keys, ticket]
    hidden.append(page.workspace.state.identity.verification_token)
    assert url.endswith("(not shown)")
    assert [secret for secret in hidden if secret in everything] == []
    assert page.server.key not in everything


@pytest.mark.parametrize("block_id", ["password", "storage_password", "secret"])
def test_no_typed_password_is_in_the_traffic(page: Page, block_id: str) -> None:
    """What is typed into a field that is called after a password is not repeated by the inspector."""
    with connected(page.workspace, acknowledge) as app, page.stream() as watching:
        page.workspace.wait_for_connections()
        typed_secret(page, app.frames, block_id)
        watching.until("traffic", lambda told: "view_submission" in str(told["entries"]))
        with page.stream() as later:
            traffic = json.dumps(later.until("traffic"))

    assert "view_submission" in traffic
    assert "correct horse" not in traffic


def test_a_password_that_a_view_shows_is_not_in_the_traffic(page: Page) -> None:
    """A block that is called after a secret is repeated without what it says."""
    with api_of(page.workspace) as api, page.stream() as watching:
        shown = {**section("correct horse"), "block_id": "secret"}
        api.call("chat.postMessage", channel=page.ada.dm, text="Your password", blocks=[shown])
        told = watching.until("traffic", lambda told: bool(told["entries"]))

    assert "correct horse" not in json.dumps(told)
    assert told["entries"][0]["body"]["blocks"][0]["text"] == "(not shown)"


def test_a_body_that_is_too_long_is_cut(page: Page) -> None:
    """The inspector shows the beginning of what is very long, and says how much more there is."""
    with api_of(page.workspace) as api, page.stream() as watching:
        api.call("auth.test", note="x" * 100_000)
        told = watching.until("traffic", lambda told: bool(told["entries"]))

    assert len(told["entries"][0]["body"]) < 61_000
    assert told["entries"][0]["body"].endswith("characters more")


def test_what_the_cluster_and_the_clock_show_is_told_when_it_changes(page: Page) -> None:
    """A changed picture comes through the stream."""
    with page.stream() as watching:
        watching.until("clock")
        page.world.shown = {"real": False, "sites": [{"name": "here"}]}
        cluster = watching.until("cluster", lambda seen: bool(seen["sites"]))

    assert cluster["sites"][0]["name"] == "here"


def test_a_cluster_that_takes_its_time_keeps_no_message_back(page: Page) -> None:
    """While nobody can look at the cluster, what the app posts is told as ever; the cluster is told later."""
    page.world.sight.clear()
    with page.stream() as watching, api_of(page.workspace) as api:
        watching.until("screen")
        api.call("chat.postMessage", channel=page.ada.dm, text="It runs")
        screen = watching.until("screen", lambda seen: "It runs" in str(seen["conversations"]))
        page.world.sight.set()
        cluster = watching.until("cluster")

    assert screen["conversations"][0]["messages"][0]["text"] == "It runs"
    assert cluster == page.world.shown


def test_the_clock_is_moved_by_the_page(page: Page) -> None:
    """Speed, a span and the next morning go to whoever keeps the time; what cannot be is told in words."""
    answers = [
        page.post("clock", {"do": "speed", "speed": 60}).json(),
        page.post("clock", {"do": "pass", "seconds": 86400}).json(),
        page.post("clock", {"do": "until", "what": "working morning"}).json(),
    ]
    refused = page.post("clock", {"do": "speed", "speed": -1}).json()

    assert [each["ok"] for each in answers] == [True, True, True]
    assert page.world.asked == [("speed", 60), ("pass", 86400), "morning"]
    assert refused == {"ok": False, "error": "Time does not run backwards."}
    assert page.post("clock", {"do": "speed", "speed": "fast"}).json()["ok"] is False
    assert page.post("clock", {"do": "stop"}).json()["error"] == "The clock cannot 'stop'."


def test_the_worlds_buttons_are_pressed_by_the_page(page: Page) -> None:
    """A button goes to the cluster with its choices, and what the cluster says comes back."""
    pressed = page.post("world", {"do": "lose node", "node": "gpu-0"}).json()
    refused = page.post("world", {"do": "refuse"}).json()

    assert pressed == {"ok": True, "told": "It is done."}
    assert page.world.asked == [("lose node", "gpu-0")]
    assert refused == {"ok": False, "error": "The world will not have it."}


def test_the_screen_says_whether_the_app_is_there_and_has_a_home_tab() -> None:
    """The page knows of sockets and of the Home tab as the manifest has it."""
    with open_page(AppSettings(home_tab=False)) as page, page.stream() as watching:
        alone = watching.until("screen")
        with connected(page.workspace):
            together = watching.until("screen", lambda seen: seen["sockets"] == 1)

    assert (alone["sockets"], alone["has_home"]) == (0, False)
    assert together["sockets"] == 1


def _commands(told: Json, outcome: str) -> list[Json]:
    """Return the commands among the requests that have come to this outcome."""
    return [each for each in told["entries"] if each["kind"] == "slash_commands" and each["outcome"] == outcome]
