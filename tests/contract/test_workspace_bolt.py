"""The workspace serves the real Bolt through both socket adapters, across disconnects and outages.

Sources: slack.md 5.3 (measured traps of both adapters), 6.2 (regressions to keep), 9.2.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler as BuiltinHandler
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler as WebsocketClientHandler
from slack_sdk import WebClient

from playground.slack import Person, Reply, Workspace
from tests.contract.workspace_app import Json, actions, button, field_of, modal, option, plain, section, text_field

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # both adapters leave sockets when they reconnect
Handler = BuiltinHandler | WebsocketClientHandler
LONG = timedelta(seconds=15)


def form(title: str = "Deploy") -> Json:
    """Return the app's form."""
    module = {"type": "external_select", "action_id": "module", "min_query_length": 0}
    return modal(
        field_of(module, "module", label="Module", dispatch_action=True),
        text_field("title", label="Title"),
        title=plain(title),
    )


def build(workspace: Workspace) -> App:
    """Build a small deploying app."""
    app = App(client=WebClient(token=workspace.bot_token, base_url=workspace.api_url))

    @app.command("/ai4os")
    def on_command(ack: Ack, body: Json, client: WebClient, respond: Respond) -> None:
        ack()
        if body["text"] == "deploy":
            client.views_open(trigger_id=body["trigger_id"], view=form())
        else:
            respond(f"You said {body['text']}.")

    @app.options("module")
    def on_options(ack: Ack, payload: Json) -> None:
        ack(options=[option(name) for name in ("YOLO", "Other") if payload["value"].lower() in name.lower()])

    @app.action("module")
    def on_module(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=form("Deploy YOLO"))

    @app.view("form")
    def on_submit(ack: Ack, body: Json, client: WebClient) -> None:
        title = body["view"]["state"]["values"]["title"]["typed"]["value"]
        if title == "bad":
            ack(response_action="errors", errors={"title": "Choose another title."})
            return
        ack()
        blocks = [section(f"*{title}* is queued"), actions(button("stop", "Stop"))]
        client.chat_postMessage(channel=body["user"]["id"], text=f"{title} is queued", blocks=blocks)

    @app.action("stop")
    def on_stop(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        client.chat_update(**where, text="Stopped.", blocks=[section("Stopped.")])

    @app.event("app_home_opened")
    def on_home(event: Json, client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Nothing runs.")]})

    return app


@contextmanager
def running(workspace: Workspace, handler_type: Callable[..., Handler]) -> Iterator[Handler]:
    """Connect the app through an adapter and close it again."""
    handler = handler_type(build(workspace), app_token=workspace.app_token)
    handler.connect()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    try:
        workspace.wait_for_connections()
        yield handler
    finally:
        handler.close()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped


@pytest.fixture(autouse=True)
def sweep() -> Iterator[None]:
    """Collect what an adapter left behind while its warnings are still ignored."""
    yield
    gc.collect()


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Give a workspace with Ada."""
    with Workspace() as made:
        made.add_user("ada")
        yield made


@pytest.fixture
def ada(workspace: Workspace) -> Person:
    """Give Ada."""
    return workspace.person("ada")


def answered(workspace: Workspace, person: Person, text: str) -> Reply:
    """Type a command until the app acknowledges it; adapters may connect twice before they settle."""
    for _ in range(5):
        workspace.wait_for_connections(timeout=LONG)
        reply = person.command("/ai4os", text)
        if reply.acked:
            return reply
    pytest.fail(workspace.transcript())


EAGER_BUILTIN = partial(BuiltinHandler, ping_interval=0.5)  # it notices a cut line by its pings alone
BOTH = pytest.mark.parametrize("handler_type", [WebsocketClientHandler, EAGER_BUILTIN], ids=["websocket", "builtin"])


@BOTH
def test_a_whole_conversation(workspace: Workspace, ada: Person, handler_type: Any) -> None:
    """Command, form, search, re-rendering, errors, message, button and Home, without a single problem."""
    with running(workspace, handler_type):
        assert ada.command("/ai4os", "hello").wait_for_message().text == "You said hello."

        view = ada.command("/ai4os", "deploy").wait_for_modal()
        ada.fill(view, {"Title": "bad"})
        ada.fill(view, {"Module": "YOLO"})
        view = ada.wait_for_modal(lambda shown: shown.title == "Deploy YOLO")
        assert (view.value("Module"), view.value("Title")) == ("yolo", "bad")
        assert ada.submit(view).errors == {"title": "Choose another title."}
        ada.fill(view, {"Title": "My job"})
        assert ada.submit(view).closed

        message = ada.wait_for_message("My job is queued")
        ada.click(message, label="Stop")
        assert ada.wait_for_message("Stopped.").ts == message.ts
        ada.open_home()
        assert ada.wait_for_home().text == "Nothing runs."

    assert workspace.problems == ()
    assert len(workspace.calls_of("chat.postMessage")) == 1


@BOTH
@pytest.mark.parametrize("trouble", [Workspace.disconnect, Workspace.close_sockets], ids=["refresh", "cut"])
def test_the_app_comes_back(workspace: Workspace, ada: Person, handler_type: Any, trouble: Any) -> None:
    """After a refresh and after a cut line both adapters connect anew and answer (slack.md 5.3 e and g)."""
    with running(workspace, handler_type):
        trouble(workspace)
        workspace.wait_for(lambda: len(workspace.calls_of("apps.connections.open")) > 1, LONG)

        assert answered(workspace, ada, "again").wait_for_message().text == "You said again."


def test_websocket_client_survives_a_restart_of_slack(workspace: Workspace, ada: Person) -> None:
    """The server goes and comes back on its port (slack.md 6.2)."""
    with running(workspace, WebsocketClientHandler):
        with workspace.outage():
            assert workspace.connections == 0

        assert answered(workspace, ada, "back").wait_for_message().text == "You said back."


def test_big_acks_fit_through_websocket_client(workspace: Workspace, ada: Person) -> None:
    """An ack of over 65,535 bytes arrives (slack.md 5.3 f: the builtin adapter loses it)."""
    app = App(client=WebClient(token=workspace.bot_token, base_url=workspace.api_url))
    options = [option(f"{'é' * 70}{n}", f"{'v' * 140}{n}") for n in range(100)]

    @app.options("big")
    def on_options(ack: Ack) -> None:
        ack(option_groups=[{"label": plain(f"g{n}"), "options": options} for n in range(5)])

    @app.command("/ai4os")
    def on_command(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        select = {"type": "external_select", "action_id": "big", "min_query_length": 0}
        client.views_open(trigger_id=body["trigger_id"], view=modal(field_of(select, label="Big")))

    handler = WebsocketClientHandler(app, app_token=workspace.app_token)
    handler.connect()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    try:
        workspace.wait_for_connections()
        view = ada.command("/ai4os").wait_for_modal()

        assert len(ada.type_in_select(view, "Big")) == 500
    finally:
        handler.close()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
