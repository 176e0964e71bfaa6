"""Socket Mode of the workspace, frame by frame: tickets, hello, envelopes, acks, retries, disconnects.

Sources: slack.md 6.1 (protocol), 9.2 item 2 (contract), 5.3 j (form of the address).
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import websocket

from playground.clock import Clock
from playground.slack import Outcome, Person, Workspace
from tests.contract.workspace_app import Json, ScriptedApp, connected, open_link, stay_silent

DEADLINE = timedelta(seconds=0.25)


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock(frozen=True)


@pytest.fixture
def workspace(clock: Clock) -> Iterator[Workspace]:
    """Give a workspace with Ada that waits 0.25 s for acks."""
    with Workspace(clock=clock, ack_deadline=DEADLINE, rate_limits=False) as made:
        made.add_user("ada")
        yield made


@pytest.fixture
def ada(workspace: Workspace) -> Person:
    """Give Ada."""
    return workspace.person("ada")


def attempts(app: ScriptedApp) -> list[tuple[int, str]]:
    """Return the retry number and reason of each event that an app got."""
    return [(frame["retry_attempt"], frame["retry_reason"]) for frame in app.frames]


def ack(app: ScriptedApp, frame: Json) -> None:
    """Acknowledge a frame by hand."""
    app.line.send(json.dumps({"envelope_id": frame["envelope_id"]}))


def test_a_link_works_once(workspace: Workspace) -> None:
    """The address has a ticket; a second use is refused in the handshake."""
    link = open_link(workspace)
    first = websocket.create_connection(link, timeout=5)

    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(link, timeout=5)

    assert link.startswith("ws://127.0.0.1:")
    assert "/link/?ticket=" in link
    first.shutdown()  # type: ignore[no-untyped-call]  # the library leaves it untyped


def test_the_first_frame_is_hello(workspace: Workspace) -> None:
    """It tells the app's id, the number of connections and for how long about."""
    with connected(workspace), connected(workspace) as second:
        hello = second.hello

    assert (hello["type"], hello["num_connections"]) == ("hello", 2)
    assert hello["connection_info"] == {"app_id": workspace.app_id}
    assert hello["debug_info"]["approximate_connection_time"] == 18060


def test_an_eleventh_connection_is_sent_away(workspace: Workspace) -> None:
    """It gets disconnect with too_many_websockets instead of hello."""
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(connected(workspace))
        workspace.wait_for_connections(10)

        eleventh = stack.enter_context(connected(workspace))

        assert (eleventh.hello["type"], eleventh.hello["reason"]) == ("disconnect", "too_many_websockets")
        assert workspace.connections == 10


def test_an_envelope_goes_to_exactly_one_connection(workspace: Workspace, ada: Person) -> None:
    """Any one of them; together they got every command once."""
    with connected(workspace) as first, connected(workspace) as second:
        workspace.wait_for_connections(2)
        for _ in range(20):
            ada.command("/ai4os")

    assert len(first.frames) + len(second.frames) == 20
    assert min(len(first.frames), len(second.frames)) > 0


@pytest.mark.parametrize(("kind", "accepts"), [("slash_commands", True), ("events_api", False), ("interactive", False)])
def test_an_envelope_says_whether_it_takes_an_answer(
    workspace: Workspace, ada: Person, kind: str, accepts: object
) -> None:
    """accepts_response_payload as captured; events also carry their retry fields."""
    with connected(workspace) as app:
        ada.command("/ai4os")
        ada.open_home()
        ada.shortcut("deploy")
        workspace.wait_for(lambda: len(app.frames) == 3)

    frame = next(frame for frame in app.frames if frame["type"] == kind)
    assert frame["accepts_response_payload"] is accepts
    assert ("retry_attempt" in frame) is (kind == "events_api")


def test_acks_are_kept_with_their_latency(workspace: Workspace, ada: Person) -> None:
    """Every delivery has a record: what, to whom, how it ended and how long it took."""
    with connected(workspace):
        ada.command("/ai4os")

    record = workspace.acks[0]
    assert (record.kind, record.name, record.user) == ("slash_commands", "/ai4os", ada.id)
    assert record.outcome is Outcome.ACKED
    assert record.latency is not None
    assert timedelta(0) < record.latency < DEADLINE


def test_a_late_ack_is_kept_as_late(workspace: Workspace, ada: Person) -> None:
    """The person has seen operation_timeout by then and nothing changes for them."""
    with connected(workspace, stay_silent) as app:
        reply = ada.command("/ai4os")
        ack(app, app.frames[0])
        workspace.wait_for(lambda: workspace.acks[0].late)

    assert reply.error == "operation_timeout"
    assert workspace.acks[0].outcome is Outcome.TIMEOUT
    assert workspace.acks[0].latency is not None
    assert workspace.acks[0].latency >= DEADLINE


def test_commands_are_not_retried(workspace: Workspace, ada: Person, clock: Clock) -> None:
    """An unacknowledged command is lost; the person has to type again."""
    with connected(workspace, stay_silent) as app:
        ada.command("/ai4os")
        clock.advance(timedelta(hours=1))

    assert len(app.frames) == 1


def test_unacknowledged_events_are_retried(workspace: Workspace, ada: Person, clock: Clock) -> None:
    """At once, after a minute and after five more, with the same event_id and the reason timeout; then never again."""
    with connected(workspace, stay_silent) as app:
        ada.open_home()
        workspace.wait_for(lambda: len(app.frames) == 2)
        workspace.wait_for(lambda: workspace.acks[1].outcome is Outcome.TIMEOUT)
        clock.advance(timedelta(minutes=1))
        workspace.wait_for(lambda: len(app.frames) == 3)
        workspace.wait_for(lambda: workspace.acks[2].outcome is Outcome.TIMEOUT)
        clock.advance(timedelta(minutes=5))
        workspace.wait_for(lambda: len(workspace.acks) == 4 and workspace.acks[3].outcome is Outcome.TIMEOUT)
        clock.advance(timedelta(hours=1))

    assert attempts(app) == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert len({frame["payload"]["event_id"] for frame in app.frames}) == 1
    assert len({frame["envelope_id"] for frame in app.frames}) == 4


def test_an_ack_ends_the_retries(workspace: Workspace, ada: Person, clock: Clock) -> None:
    """The second delivery is acknowledged and no third comes."""
    with connected(workspace, stay_silent) as app:
        ada.open_home()
        workspace.wait_for(lambda: len(app.frames) == 2)
        ack(app, app.frames[1])
        workspace.wait_for(lambda: workspace.acks[1].outcome is Outcome.ACKED)
        clock.advance(timedelta(hours=1))

    assert [record.outcome for record in workspace.acks] == [Outcome.TIMEOUT, Outcome.ACKED]


def test_events_wait_for_a_connection(workspace: Workspace, ada: Person, clock: Clock) -> None:
    """What could not be delivered comes with a retry after the app is back."""
    ada.open_home()
    workspace.wait_for(lambda: len(workspace.acks) == 2 and workspace.acks[1].outcome is Outcome.NO_CONNECTION)

    with connected(workspace) as app:
        workspace.wait_for_connections()
        clock.advance(timedelta(minutes=1))
        workspace.wait_for(lambda: len(app.frames) == 1)

    assert attempts(app) == [(2, "timeout")]


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
def test_a_disconnect_tells_its_reason(workspace: Workspace, reason: str) -> None:
    """A warned connection goes on; the others get nothing more and are closed."""
    with connected(workspace) as app:
        workspace.wait_for_connections()
        workspace.disconnect(reason)
        workspace.wait_for(lambda: workspace.connections == (1 if reason == "warning" else 0))
        workspace.wait_for(lambda: bool(app.frames))

    assert [(frame["type"], frame["reason"]) for frame in app.frames] == [("disconnect", reason)]


def test_sockets_can_be_cut(workspace: Workspace, ada: Person) -> None:
    """Without a frame and without a close; afterwards nobody is there."""
    with connected(workspace) as app:
        workspace.wait_for_connections()
        workspace.close_sockets()
        workspace.wait_for(lambda: workspace.connections == 0)

    assert app.frames == []
    assert ada.command("/ai4os").error == "dispatch_failed"


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        ("nonsense", "bad_frame"),
        ("[]", "bad_frame"),
        ('{"envelope_id": {}}', "bad_frame"),
        ('{"envelope_id": "made-up"}', "unknown_envelope"),
    ],
)
def test_broken_frames_are_noted(workspace: Workspace, frame: str, problem: str) -> None:
    """A frame that acknowledges nothing is recorded and the connection lives on."""
    with connected(workspace) as app:
        app.line.send(frame)
        workspace.wait_for(lambda: len(workspace.problems) == 1)

        assert workspace.connections == 1

    assert workspace.problems[0].kind == problem


def test_a_payload_can_be_delivered_again(workspace: Workspace, ada: Person) -> None:
    """Tests of duplicates repeat a delivery, as it was or changed."""
    with connected(workspace) as app:
        ada.command("/ai4os", "list")
        record = workspace.acks[0]
        foreign: Any = {**record.payload, "team_id": "T0ELSEWHERE"}
        again = workspace.redeliver(record)
        changed = workspace.redeliver(replace(record, payload=foreign))

    assert [frame["payload"]["team_id"] for frame in app.frames] == [workspace.team_id] * 2 + ["T0ELSEWHERE"]
    assert (again.outcome, changed.outcome) == (Outcome.ACKED, Outcome.ACKED)
    assert len({frame["envelope_id"] for frame in app.frames}) == 3


def test_any_event_can_be_sent(workspace: Workspace) -> None:
    """Tests may send events that nobody here causes, with team and app in the envelope."""
    with connected(workspace) as app:
        callback = workspace.send_event({"type": "tokens_revoked", "tokens": {"bot": ["U1"]}})
        workspace.wait_for(lambda: len(app.frames) == 1)

    payload = app.frames[0]["payload"]
    assert payload == callback
    assert (payload["type"], payload["team_id"], payload["api_app_id"]) == (
        "event_callback",
        workspace.team_id,
        workspace.app_id,
    )
