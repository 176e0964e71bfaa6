"""What people do on the page goes by the driver: no more than Slack allows, and what fails is told in words."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from playground.slack import AppSettings, Workspace
from tests.contract.page_ground import Page, open_page
from tests.contract.workspace_app import (
    SILENCE,
    Json,
    ScriptedApp,
    actions,
    api_of,
    button,
    connected,
    field_of,
    modal,
    option,
    plain,
    text_field,
)

CONFIRM = {"title": plain("Stop it?"), "text": plain("Data is lost."), "confirm": plain("Stop"), "deny": plain("Keep")}
SEARCH = {"type": "external_select", "action_id": "pick", "min_query_length": 1}
GROUPS = {"option_groups": [{"label": plain("Animals"), "options": [option("Owl"), option("Otter")]}]}


class Answers:
    """What the app acknowledges each kind of payload with; SILENCE for none."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Any] = {}

    def __call__(self, frame: Json) -> Any:
        """Answer by the payload's kind."""
        return self.by_kind.get(frame["payload"].get("type", "command"))


@pytest.fixture
def answers() -> Answers:
    """Return an app's answers, at first empty acks."""
    return Answers()


@pytest.fixture
def page() -> Iterator[Page]:
    """Open a page whose workspace waits a short while for acks."""
    with open_page(ack_deadline=timedelta(seconds=0.4)) as opened:
        yield opened


@pytest.fixture
def app(page: Page, answers: Answers) -> Iterator[ScriptedApp]:
    """Connect an app."""
    with connected(page.workspace, answers) as scripted:
        page.workspace.wait_for_connections()
        yield scripted


def show(page: Page, app: ScriptedApp, *blocks: Json, **more: Any) -> Json:
    """Let Ada type a command, to which the app opens a modal; return where that is."""
    page.act("command", text="/ai4os deploy")
    with api_of(page.workspace) as api:
        opened = api.call("views.open", trigger_id=newest(app)["trigger_id"], view=modal(*blocks, **more))
    return {"view": opened.body["view"]["id"], "hash": opened.body["view"]["hash"]}


def post(workspace: Workspace, channel: str, *blocks: Json) -> Json:
    """Let the app post a message; return where that is."""
    with api_of(workspace) as api:
        posted = api.call("chat.postMessage", channel=channel, text="Hello", blocks=list(blocks))
    return {"ts": posted.body["ts"], "channel": channel}


def newest(app: ScriptedApp) -> Json:
    """Return the newest payload that the app got."""
    payload: Json = [frame for frame in app.frames if "payload" in frame][-1]["payload"]
    return payload


def test_a_command_reaches_the_app_whole(page: Page, app: ScriptedApp) -> None:
    """The line is split into the command and its text, and goes to the conversation in which it was typed."""
    answer = page.act("command", text="/ai4os deploy  my module ", channel=page.ada.dm)

    assert answer["ok"]
    assert answer["took_ms"] < 400
    assert (newest(app)["command"], newest(app)["text"]) == ("/ai4os", "deploy  my module")
    assert newest(app)["user_id"] == page.ada.id


def test_a_command_that_is_not_acknowledged_fails_in_slacks_words(
    page: Page, app: ScriptedApp, answers: Answers
) -> None:
    """The page says which error Slack shows and why, and the problem is told afterwards, too."""
    answers.by_kind["command"] = SILENCE

    answer = page.act("command", text="/ai4os list")

    assert app.hello["type"] == "hello"
    assert not answer["ok"]
    assert answer["error"].startswith("/ai4os failed with the error “operation_timeout”")
    assert page.screen()["problems"][-1]["kind"] == "operation_timeout"
    assert "3 seconds" in page.screen()["problems"][-1]["text"]


def test_without_a_connection_a_command_fails_at_once(page: Page) -> None:
    """The page says that nothing was done, since nobody took the command."""
    answer = page.act("command", text="/ai4os list")

    assert "dispatch_failed" in answer["error"]
    assert "nothing was done" in answer["error"]
    assert page.screen()["sockets"] == 0


def test_an_unknown_command_is_refused(page: Page) -> None:
    """What no app listens to is not sent."""
    assert page.act("command", text="/weather")["error"] == "/weather is not a valid command."


def test_nobody_can_write_to_an_app_whose_manifest_turns_that_off() -> None:
    """The page says so in Slack's words, and nothing is posted."""
    with open_page(AppSettings(messages_read_only=True)) as page:
        answer = page.act("say", text="hello", channel=page.ada.dm)

        assert "has been turned off" in answer["error"]
        assert page.ada.messages() == ()


def test_people_talk_in_channels(page: Page) -> None:
    """A message to a channel is seen by who is in it."""
    channel = page.workspace.add_channel("general", members=[page.ada, page.bob])

    answer = page.act("say", text=" hello <b> ", channel=channel)

    talk = next(each for each in page.screen(page.bob)["conversations"] if each["id"] == channel)
    assert answer["ok"]
    assert talk["messages"][0]["text"] == "hello <b>"
    assert talk["messages"][0]["author"]["name"] == "Ada"


def test_nothing_cannot_be_said(page: Page) -> None:
    """An empty message is not sent."""
    assert page.act("say", text="  ", channel=page.ada.dm)["error"] == "Write something first."


def test_a_click_reaches_the_app(page: Page, app: ScriptedApp) -> None:
    """A button in a message is clicked by its ids."""
    where = post(page.workspace, page.ada.dm, actions(button(value="7")))

    answer = page.act("click", where=where, block_id="acts", action_id="press")

    assert answer["ok"]
    assert newest(app)["actions"][0]["value"] == "7"


def test_a_dialog_is_asked_first(page: Page, app: ScriptedApp) -> None:
    """A click on a button with a dialog returns the dialog, and is sent only once that is confirmed."""
    where = post(page.workspace, page.ada.dm, actions(button(confirm=CONFIRM)))

    asked = page.act("click", where=where, block_id="acts", action_id="press")
    before = len(app.frames)
    denied = page.act("click", where=where, block_id="acts", action_id="press", confirm=False)
    confirmed = page.act("click", where=where, block_id="acts", action_id="press", confirm=True)

    assert (asked["ok"], asked["confirm"]["title"]["text"]) == (False, "Stop it?")
    assert before == 0
    assert (denied["ok"], confirmed["ok"], len(app.frames)) == (True, True, 1)


def test_a_click_that_is_not_acknowledged_is_told(page: Page, app: ScriptedApp, answers: Answers) -> None:
    """In a message Slack's error is named; the message stays."""
    where = post(page.workspace, page.ada.dm, actions(button()))
    answers.by_kind["block_actions"] = SILENCE

    answer = page.act("click", where=where, block_id="acts", action_id="press")

    assert app.hello["type"] == "hello"
    assert "operation_timeout" in answer["error"]


def test_in_a_window_trouble_is_a_banner(page: Page, app: ScriptedApp, answers: Answers) -> None:
    """In a modal Slack says the same whatever happened, in red above the fields."""
    where = show(page, app, actions(button()))
    answers.by_kind["block_actions"] = SILENCE

    answer = page.act("click", where=where, block_id="acts", action_id="press")

    assert answer["error"] == "We had some trouble connecting. Try again?"
    assert page.screen()["modals"][0]["banner"] == "We had some trouble connecting. Try again?"


def test_what_is_gone_cannot_be_clicked(page: Page, app: ScriptedApp) -> None:
    """A click in a window that closed meanwhile is refused in words and sent nowhere."""
    where = show(page, app, actions(button()))
    page.act("dismiss", where=where)

    answer = page.act("click", where=where, block_id="acts", action_id="press")

    assert answer["error"] == "This window is not open any more."


def test_the_page_cannot_reach_behind_a_window(page: Page, app: ScriptedApp) -> None:
    """While a modal is open messages cannot be clicked and commands cannot be typed."""
    where = post(page.workspace, page.ada.dm, actions(button()))
    show(page, app, text_field())

    assert "covers the screen" in page.act("click", where=where, block_id="acts", action_id="press")["error"]
    assert "covers the screen" in page.act("command", text="/ai4os list")["error"]


def test_a_choice_is_kept_and_sent(page: Page, app: ScriptedApp) -> None:
    """A menu takes the value of one of its options and no other."""
    menu = {"type": "static_select", "action_id": "pick", "options": [option("Red"), option("Blue")]}
    where = show(page, app, field_of(menu, "colour", dispatch_action=True))

    taken = page.act("select", where=where, block_id="colour", action_id="pick", value="blue")
    refused = page.act("select", where=where, block_id="colour", action_id="pick", value="green")

    assert taken["ok"]
    assert newest(app)["actions"][0]["selected_option"]["value"] == "blue"
    assert "does not offer" in refused["error"]


def test_several_boxes_are_ticked_at_once(page: Page, app: ScriptedApp) -> None:
    """Checkboxes take the list of all that are ticked."""
    boxes = {"type": "checkboxes", "action_id": "tick", "options": [option("Red"), option("Blue"), option("Grey")]}
    where = show(page, app, field_of(boxes, "colours"))

    page.act("select", where=where, block_id="colours", action_id="tick", value=["red", "grey"])

    state = page.screen()["modals"][0]["values"]["colours"]["tick"]
    assert [each["value"] for each in state["selected_options"]] == ["red", "grey"]


def test_a_dates_field_takes_a_date(page: Page, app: ScriptedApp) -> None:
    """A date goes as its ISO text."""
    where = show(page, app, field_of({"type": "datepicker", "action_id": "day"}, "until"))

    page.act("fill", where=where, block_id="until", action_id="day", value="2026-12-24")

    assert page.screen()["modals"][0]["values"]["until"]["day"]["selected_date"] == "2026-12-24"


def test_a_search_asks_the_app(page: Page, app: ScriptedApp, answers: Answers) -> None:
    """The options that the app offers come in its groups, and one of them can be chosen."""
    answers.by_kind["block_suggestion"] = GROUPS
    where = show(page, app, field_of(SEARCH, "animal"))
    field: Json = {"where": where, "block_id": "animal", "action_id": "pick"}

    found = page.act("search", query="o", **field)
    chosen = page.act("select", value="otter", **field)

    assert found["groups"] == GROUPS["option_groups"]
    assert found["options"] == GROUPS["option_groups"][0]["options"]
    assert chosen["ok"]
    assert page.ada.modals[0].value("animal") == "otter"


def test_options_without_groups_come_as_they_are(page: Page, app: ScriptedApp, answers: Answers) -> None:
    """Options keep what they have, such as descriptions."""
    answers.by_kind["block_suggestion"] = {"options": [{**option("Owl"), "description": plain("flies")}]}
    where = show(page, app, field_of(SEARCH, "animal"))

    found = page.act("search", where=where, block_id="animal", action_id="pick", query="o")

    assert found["options"] == [{**option("Owl"), "description": plain("flies")}]
    assert found["groups"] == []


@pytest.mark.parametrize("said", [SILENCE, {"options": [{"text": "no object"}]}, "nothing"])
def test_a_search_that_is_not_answered_well_finds_nothing(
    page: Page, app: ScriptedApp, answers: Answers, said: Any
) -> None:
    """No answer and a wrong one show no options, and the problem is told."""
    answers.by_kind["block_suggestion"] = said
    where = show(page, app, field_of(SEARCH, "animal"))

    found = page.act("search", where=where, block_id="animal", action_id="pick", query="o")

    assert (found["options"], found["groups"]) == ([], [])
    assert "no_results" in [each["kind"] for each in page.screen()["problems"]]


def test_typing_survives_a_reload(page: Page, app: ScriptedApp) -> None:
    """A page that opens anew in the middle of a form gets the form back with what was typed."""
    where = show(page, app, text_field())
    page.act("fill", where=where, block_id="name", action_id="typed", value="My run", enter=False)

    view = page.screen()["modals"][0]

    assert (view["id"], view["title"], view["submit"]) == (where["view"], "A form", "Go")
    assert view["values"]["name"]["typed"]["value"] == "My run"
    assert view["is_waiting"] is False


def test_a_form_is_submitted_with_what_is_typed(page: Page, app: ScriptedApp) -> None:
    """The submission brings the values, and the window closes."""
    where = show(page, app, text_field())
    page.act("fill", where=where, block_id="name", action_id="typed", value="My run")

    answer = page.act("submit", where=where)

    assert answer["ok"]
    assert newest(app)["view"]["state"]["values"]["name"]["typed"]["value"] == "My run"
    assert page.screen()["modals"] == []


def test_slacks_client_checks_the_form_first(page: Page, app: ScriptedApp) -> None:
    """A field that must be filled is complained of without asking the app."""
    where = show(page, app, text_field())

    answer = page.act("submit", where=where)

    assert not answer["ok"]
    assert list(answer["errors"]) == ["name"]
    assert list(page.screen()["modals"][0]["errors"]) == ["name"]
    assert newest(app).get("type") is None


def test_the_apps_errors_stand_under_the_fields(page: Page, app: ScriptedApp, answers: Answers) -> None:
    """What the app does not accept is told by field."""
    answers.by_kind["view_submission"] = {"response_action": "errors", "errors": {"name": "Too short."}}
    where = show(page, app, text_field())
    page.act("fill", where=where, block_id="name", action_id="typed", value="x")

    answer = page.act("submit", where=where)

    assert answer["errors"] == {"name": "Too short."}
    assert page.screen()["modals"][0]["errors"] == {"name": "Too short."}


def test_a_submission_that_is_not_acknowledged_leaves_a_banner(page: Page, app: ScriptedApp, answers: Answers) -> None:
    """The window stays with Slack's words in red, and the reason is among the problems."""
    answers.by_kind["view_submission"] = SILENCE
    where = show(page, app, text_field(optional=True))

    answer = page.act("submit", where=where)

    assert answer["error"] == "We had some trouble connecting. Try again?"
    assert "not acknowledged" in page.screen()["problems"][-1]["text"]


def test_a_window_is_closed(page: Page, app: ScriptedApp) -> None:
    """The close button takes the window off the screen."""
    where = show(page, app, text_field())

    assert page.act("close", where=where)["ok"]
    assert page.screen()["modals"] == []


def test_the_tabs_of_the_app_are_opened(page: Page, app: ScriptedApp) -> None:
    """The Home tab tells the app that it was opened, and shows what that published."""
    page.act("open_home")
    with api_of(page.workspace) as api:
        home = {"type": "home", "blocks": [actions(button())]}
        api.call("views.publish", user_id=page.ada.id, view=home)

    shown = page.screen()["home"]
    clicked = page.act("click", where={"view": shown["id"], "hash": shown["hash"]}, block_id="acts", action_id="press")

    assert shown["blocks"][0]["block_id"] == "acts"
    assert clicked["ok"]
    assert newest(app)["container"]["view_id"] == shown["id"]
    assert page.act("open_messages")["ok"]


def test_what_slack_refuses_of_the_app_is_told_with_the_reason(page: Page, app: ScriptedApp) -> None:
    """Invalid blocks are among the problems, with what Slack says and what people see of it."""
    with api_of(page.workspace) as api:
        api.call("chat.postMessage", channel=page.ada.dm, text="Hello", blocks=[{"type": "sectionn"}])

    problem = page.screen()["problems"][-1]

    assert app.hello["type"] == "hello"
    assert problem["kind"] == "invalid_blocks"
    assert "Slack refused chat.postMessage: invalid_blocks" in problem["text"]
    assert "as a whole or not at all" in problem["text"]


@pytest.mark.parametrize(
    "body",
    [
        {"do": "say", "text": "hello"},
        {"person": "U0", "do": "say", "text": "hello"},
        {"do": "fly"},
        {"do": "click"},
        {"do": "click", "where": "there"},
        {"do": "click", "where": {"ts": "1"}, "action_id": "press"},
        {"do": "select", "where": {}, "value": 7},
        {"do": "submit", "where": {"view": None}},
        {"do": "command"},
    ],
)
def test_what_cannot_be_read_is_told_and_does_nothing(page: Page, body: Json) -> None:
    """A body that lacks what it needs is answered in words."""
    answer = page.post("act", {"person": page.ada.id, **body} if body != {"do": "say", "text": "hello"} else body)

    assert answer.status_code == 200
    assert answer.json()["ok"] is False
    assert answer.json()["error"]
    assert page.ada.messages() == ()


def test_who_waits_for_an_acknowledgement_keeps_nobody_else_waiting(
    page: Page, app: ScriptedApp, answers: Answers
) -> None:
    """While eight commands of Ada wait for the app, Bob's message goes through and his stream tells of it."""
    answers.by_kind["command"] = SILENCE
    channel = page.workspace.add_channel("general", members=[page.ada, page.bob])

    with page.stream(page.bob) as watching, ThreadPoolExecutor(8) as waiting:
        watching.until("screen")
        slow = [waiting.submit(page.ada.command, "/ai4os", "list") for _ in range(8)]
        page.workspace.wait_for(lambda: len(page.workspace.acks) >= 8)
        quick = page.act("say", by=page.bob, text="quick", channel=channel)
        seen = watching.until("screen", lambda screen: "quick" in str(screen["conversations"]))
        late = [each.result() for each in slow]

    assert app.hello["type"] == "hello"
    assert quick["ok"]
    assert quick["took_ms"] < 300
    assert seen["person"]["id"] == page.bob.id
    assert {each.error for each in late} == {"operation_timeout"}
