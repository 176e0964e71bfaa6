"""Whatever arrives in the shape of an interaction: it is acknowledged, and nobody reaches what is not theirs."""

import io
import json
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient
from slack_sdk.socket_mode.request import SocketModeRequest

from handlers.socket_line import Adapter, Line
from handlers.views.validator import ack_problems
from tests.app.town import Town, captured_log
from tests.app.town import town as open_town
from tests.fuzz.hostile import anything, changed, found, places, texts
from tests.fuzz.profiles import fuzzed

ACK_SECONDS = 2.0
WHO = {"user", "user_id", "team", "team_id", "type", "command"}
"""Who it is and what kind it is stays: that others are refused is another test's business."""


class Wire(Line):
    """A line to Slack that is never connected: it keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__(app_token="", client=WebClient(), on_end=lambda _reason: None)
        self.sent: list[dict[str, Any]] = []

    def send_message(self, message: str) -> None:
        """Keep an answer."""
        self.sent.append(json.loads(message))


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A town with a deployment of Bob's, and one payload of every kind that Ada has caused."""

    town: Town
    log: io.StringIO
    wire: Wire
    payloads: list[dict[str, Any]]
    bobs: dict[str, str] = field(default_factory=dict)

    def dispatch(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Hand a payload to the bot as the socket does, and return what acknowledges it."""
        self.wire.sent.clear()
        begun = time.monotonic()
        request = SocketModeRequest(type="interactive", envelope_id="E1", payload=deepcopy(payload))
        Adapter(self.town.bot.app, self.wire).handle(self.wire, request)
        assert time.monotonic() - begun < ACK_SECONDS
        (answer,) = self.wire.sent
        assert answer["envelope_id"] == "E1"
        return dict(answer.get("payload") or {})

    def turn_over(self) -> list[dict[str, Any]]:
        """Let the bot finish what it has begun and start anew; return what was logged so far, and forget it."""
        self.town.restart()
        events = [json.loads(line) for line in self.log.getvalue().splitlines()]
        self.log.seek(0)
        self.log.truncate()
        return events

    def assert_bob_is_unharmed(self) -> None:
        """Nobody has stopped Bob's deployment or seen its password."""
        job = next(each for each in self.town.simulated.jobs() if each.id == self.bobs["deployment"])
        assert not job.stop


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Give the stage on which a whole day of Ada's has been played."""
    with captured_log() as log, open_town(tmp_path_factory.mktemp("fuzz"), rate_limits=False) as town:
        town.deploy(town.bob, 'demo-app --service jupyter --title "Bobs"')
        (job,) = town.simulated.jobs()
        town.bob.command("/ai4os", "deploy demo-app")
        draft = town.bob.wait_for_modal().private_metadata
        _play(town)
        kinds = {record.name: record.payload for record in town.workspace.acks if record.user == town.ada.id}
        bobs = {"deployment": job.id, "key": f"{job.namespace}|{job.id}", "draft": draft}
        wire = Wire()
        yield Stage(town=town, log=log, wire=wire, payloads=list(kinds.values()), bobs=bobs)
        wire.close()


def _play(town: Town) -> None:
    """Let Ada do everything once."""
    ada = town.ada
    message = town.deploy(options='demo-app --service jupyter --title "Mine"')
    menu = ada.command("/ai4os").wait_for_message()
    ada.click(menu, "menu.help")
    listed = ada.command("/ai4os", "list").wait_for_message()
    ada.click(listed, "deployment.details")
    ada.wait_for_modal()
    ada.close()
    ada.click(menu, "menu.deploy")
    view = ada.wait_for_modal()
    ada.type_in_select(view, "module", "demo")
    ada.choose(view, "module", "demo-app")
    view = ada.wait_for_modal(lambda each: each.has("cpu"))
    ada.click(view, "deploy.toggle_storage")
    view = ada.wait_for_modal(lambda each: each.has("storage_url"))
    ada.submit()
    ada.dismiss()
    ada.command("/ai4os", "stop Mine")
    ada.wait_for_modal(lambda each: each.submit_label is not None)
    ada.submit()
    ada.dismiss()
    stopped = ada.wait_for_message(lambda each: each.ts == message.ts and "is stopped" in each.text)
    ada.click(stopped, "deployment.again")
    ada.wait_for_modal(lambda each: each.has("cpu"))
    ada.dismiss()


@st.composite
def altered(draw: st.DrawFn, stage: Stage) -> dict[str, Any]:
    """Take a payload and change a few places in it, whatever stands there."""
    payload = draw(st.sampled_from(stage.payloads))
    for _ in range(draw(st.integers(1, 4))):
        ways = [way for way in places(payload) if way[0] not in WHO]
        value = draw(st.one_of(st.sampled_from(tuple(stage.bobs.values())), texts, anything, st.just(...)))
        payload = changed(payload, draw(st.sampled_from(ways)), value)
    return dict(payload)


@st.composite
def retyped(draw: st.DrawFn, stage: Stage) -> dict[str, Any]:
    """Take a payload and put other texts into some places where a text stands."""
    payload = draw(st.sampled_from(stage.payloads))
    for _ in range(draw(st.integers(1, 4))):
        ways = [way for way in places(payload) if way[0] not in WHO and isinstance(found(payload, way), str)]
        value = draw(st.one_of(st.sampled_from(tuple(stage.bobs.values())), texts))
        payload = changed(payload, draw(st.sampled_from(ways)), value)
    return dict(payload)


def test_whatever_is_altered_in_an_interaction_is_acknowledged(stage: Stage) -> None:
    """Missing keys, other types, other people's ids: an answer that Slack takes, in time."""

    @fuzzed(80)
    @given(altered(stage))
    def try_one(payload: dict[str, Any]) -> None:
        assert ack_problems(stage.dispatch(payload)) == []

    try_one()

    stage.assert_bob_is_unharmed()


def test_other_texts_in_an_interaction_surprise_nobody(stage: Stage) -> None:
    """Values, metadata, ids and options of any content are understood or refused; nothing of ours breaks over them."""

    @fuzzed(80)
    @given(retyped(stage))
    def try_one(payload: dict[str, Any]) -> None:
        assert ack_problems(stage.dispatch(payload)) == []

    stage.turn_over()
    try_one()
    told = stage.turn_over()

    assert [event for event in told if "exception" in event] == []
    stage.assert_bob_is_unharmed()
