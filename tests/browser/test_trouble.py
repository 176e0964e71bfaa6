"""When something is wrong the page says what Slack would say, and why: no ack, bad blocks, lost lines."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from playground.scene_stage import Stage
from tests.browser.silent_app import SilentApp, silent_app
from tests.browser.visitor import Visitor
from tests.contract.workspace_app import Json, actions, button, modal, plain, section, text_field

TROUBLE = "We had some trouble connecting. Try again?"
TOO_LONG = section("x" * 3001)


@pytest.fixture
def app() -> Iterator[SilentApp]:
    """Give an app that says nothing unless it is told to."""
    with silent_app() as made:
        yield made


@pytest.fixture
def visitor(app: SilentApp, come_in: Callable[..., Visitor]) -> Visitor:
    """Give Ada before that app."""
    return come_in(app.address, "Ada")


def test_a_command_without_an_ack_has_failed(visitor: Visitor) -> None:
    """The words are Slack's, the line stays to be sent again, and the inspector tells what was missed."""
    visitor.type("/ai4os list")

    expect(visitor.trouble).to_contain_text("/ai4os failed with the error")
    expect(visitor.trouble).to_contain_text("operation_timeout")
    expect(visitor.composer).to_have_value("/ai4os list")
    expect(visitor.panel("Inspector")).to_contain_text("no ack in 3 s")


def test_a_command_that_the_app_cannot_be_reached_for(visitor: Visitor, app: SilentApp) -> None:
    """Without a line Slack says dispatch_failed at once."""
    app.hang_up()

    visitor.type("/ai4os list")

    expect(visitor.trouble).to_contain_text("dispatch_failed")


def test_an_ack_that_cannot_be_shown_is_told_with_its_reason(visitor: Visitor, app: SilentApp) -> None:
    """invalid_command_response, and in the inspector which rule was broken."""
    app.by_kind["command"] = {"blocks": [TOO_LONG]}

    visitor.type("/ai4os list")

    expect(visitor.trouble).to_contain_text("invalid_command_response")
    expect(visitor.panel("Inspector")).to_contain_text("invalid_blocks")


def opened(visitor: Visitor, app: SilentApp, view: Json) -> None:
    """Let the app open a window after a command."""
    app.by_kind["command"] = None
    visitor.type("/ai4os deploy")
    expect(visitor.composer).to_have_value("")
    app.opens(view)


def test_a_submission_without_an_ack_shows_the_banner(visitor: Visitor, app: SilentApp) -> None:
    """The window stays, with what was typed; the button works again."""
    opened(visitor, app, modal(text_field()))
    window = visitor.window("A form")
    window.fill("Name", "kept")

    window.press("Go")

    expect(window.place.get_by_role("alert")).to_contain_text(TROUBLE)
    expect(window.field("Name")).to_have_value("kept")
    expect(window.place.get_by_role("button", name="Go", exact=True)).to_be_enabled()


def test_a_submission_answered_with_a_bad_view_shows_the_banner(visitor: Visitor, app: SilentApp) -> None:
    """And the inspector tells which rule the view broke."""
    opened(visitor, app, modal(text_field()))
    window = visitor.window("A form")
    window.fill("Name", "kept")
    app.by_kind["view_submission"] = {"response_action": "update", "view": modal(TOO_LONG)}

    window.press("Go")

    expect(window.place.get_by_role("alert")).to_contain_text(TROUBLE)
    visitor.press("Escape")
    visitor.has_no_window()
    expect(visitor.panel("Inspector")).to_contain_text("must be less than 3001 characters")


def test_a_click_without_an_ack_is_told_where_it_was_clicked(visitor: Visitor, app: SilentApp) -> None:
    """Beside the message, and the button can be pressed again."""
    app.api.call("chat.postMessage", channel=app.person.id, text="t", blocks=[section("Hello"), actions(button())])
    message = visitor.message("Hello").is_there()

    message.press("Press")

    expect(visitor.trouble).to_contain_text("operation_timeout")
    expect(message.place.get_by_role("button", name="Press")).to_be_enabled()


def test_a_refused_call_of_the_app_stands_in_the_inspector(visitor: Visitor, app: SilentApp) -> None:
    """Nobody sees a message that Slack refused; the inspector shows the call, the code and the rule."""
    app.api.call("chat.postMessage", channel=app.person.id, text="t", blocks=[TOO_LONG])

    inspector = visitor.panel("Inspector")

    expect(inspector).to_contain_text("chat.postMessage")
    expect(inspector).to_contain_text("invalid_blocks")
    expect(visitor.page.get_by_role("article")).to_have_count(0)


def test_a_block_that_nobody_knows_is_red_and_not_swallowed(visitor: Visitor, app: SilentApp) -> None:
    """The page cannot draw a plan: it says so by name."""
    app.api.call_json("chat.postMessage", channel=app.person.id, text="t", blocks=[{"type": "plan", "tasks": []}])

    expect(visitor.page.get_by_role("article").get_by_role("alert")).to_contain_text("plan")


def test_a_lost_socket_comes_back_by_itself(stage: Stage, ada: Visitor) -> None:
    """While Slack gives no new line a command has failed; as soon as it does, the bot answers again."""
    ada.play("Cut the socket")
    ada.type("/ai4os help")
    expect(ada.trouble).to_contain_text("dispatch_failed")

    ada.play("Mend the socket")
    stage.workspace.wait_for_connections()
    ada.type("/ai4os help")

    ada.message("deploy", "Only visible to you").is_there()
    expect(ada.trouble).to_be_hidden()


def test_a_refresh_of_the_socket_is_not_noticed(stage: Stage, ada: Visitor) -> None:
    """Slack asks for a new line every few hours; the bot has one, and nobody is told of it."""
    ada.play("Refresh the socket")
    stage.workspace.wait_for_connections()
    ada.type("/ai4os help")

    ada.message("deploy", "Only visible to you").is_there()
    expect(ada.trouble).to_be_hidden()


def test_an_evil_text_of_the_app_is_text(visitor: Visitor, app: SilentApp) -> None:
    """Whatever an app sends: no markup but Slack's."""
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    blocks = [section(evil.replace("<", "&lt;").replace(">", "&gt;")), {"type": "header", "text": plain(evil)}]
    app.api.call("chat.postMessage", channel=app.person.id, text=evil, blocks=blocks)

    visitor.message(evil).is_there()

    expect(visitor.page.locator("article script, article img[src=x]")).to_have_count(0)
