"""The driver plays a person as Slack's client would: it sees, refuses, checks and sends the same.

Sources: slack.md 9.2 item 6 (driver), 2.1 (commands), 3.2 and 3.3 (fields), 4.2 (texts), 6.1 (payloads).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from playground.clock import Clock
from playground.slack import AppSettings, Option, Person, Refused, ShownView, TimedOut, Workspace
from tests.contract.workspace_app import (
    SILENCE,
    Api,
    Json,
    actions,
    api_of,
    button,
    connected,
    field_of,
    modal,
    option,
    plain,
    section,
    text_field,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CONFIRM = {"title": plain("Stop it?"), "text": plain("Data is lost."), "confirm": plain("Stop"), "deny": plain("Keep")}
ON_BOTH = {"trigger_actions_on": ["on_enter_pressed", "on_character_entered"]}


class Desk:
    """A scripted app that answers by kind of payload, and the payloads and events it got."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Any] = {}
        self.payloads: list[Json] = []
        self.events: list[Json] = []

    def answer(self, frame: Json) -> Any:
        """Answer by the payload's kind, else with an empty ack."""
        payload = frame["payload"]
        if "event" in payload:
            self.events.append(payload["event"])
            return None
        self.payloads.append(payload)
        return self.by_kind.get(payload.get("type", "command"))

    @property
    def last(self) -> Json:
        """Return the newest payload."""
        return self.payloads[-1]

    @property
    def typed(self) -> list[Any]:
        """Return the values that block_actions brought."""
        return [payload["actions"][0].get("value") for payload in self.payloads if "actions" in payload]


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Give a workspace with Ada, Bob and a channel, at noon UTC, that waits 0.5 s for acks."""
    clock = Clock(NOON, frozen=True)
    with Workspace(clock=clock, rate_limits=False, ack_deadline=timedelta(seconds=0.5)) as made:
        made.add_user("ada", tz="Europe/Madrid")
        made.add_user("bob")
        made.add_channel("general", ["ada", "bob"])
        yield made


@pytest.fixture
def desk(workspace: Workspace) -> Iterator[Desk]:
    """Give a connected app."""
    made = Desk()
    with connected(workspace, made.answer):
        yield made


@pytest.fixture
def api(workspace: Workspace) -> Iterator[Api]:
    """Give a caller with the bot's token."""
    with api_of(workspace) as made:
        yield made


@pytest.fixture
def ada(workspace: Workspace) -> Person:
    """Give Ada."""
    return workspace.person("ada")


@pytest.fixture
def show(api: Api, ada: Person, desk: Desk) -> Callable[..., ShownView]:
    """Give a way to open a modal with these blocks on Ada's screen."""

    def opened(*blocks: Json, **more: Any) -> ShownView:
        ada.command("/ai4os")
        trigger = desk.last["trigger_id"]
        desk.payloads.clear()
        assert api.call("views.open", trigger_id=trigger, view=modal(*blocks, **more)).body["ok"]
        return ada.wait_for_modal()

    return opened


@pytest.fixture
def post(api: Api, ada: Person) -> Callable[..., Any]:
    """Give a way to post blocks to Ada."""

    def posted(*blocks: Json, text: str = "a message") -> Any:
        ts = api.call("chat.postMessage", channel=ada.id, text=text, blocks=list(blocks)).body["ts"]
        return ada.message(ts)

    return posted


# ---- commands


def test_a_command_brings_who_where_and_what(workspace: Workspace, ada: Person, desk: Desk) -> None:
    """All fields of slack.md 2.1; in direct messages the channel's name is directmessage."""
    ada.command("/ai4os", "deploy yolo")

    assert desk.last["command"] == "/ai4os"
    assert desk.last["text"] == "deploy yolo"
    assert (desk.last["user_id"], desk.last["user_name"]) == (ada.id, "ada")
    assert (desk.last["channel_id"], desk.last["channel_name"]) == (ada.dm, "directmessage")
    assert (desk.last["team_id"], desk.last["api_app_id"]) == (workspace.team_id, workspace.app_id)
    assert desk.last["response_url"].startswith("http://127.0.0.1:")


def test_the_ack_may_be_the_answer(ada: Person, desk: Desk) -> None:
    """A text in the ack shows to the person alone, with in_channel to all."""
    desk.by_kind["command"] = {"text": "psst"}
    quiet = ada.command("/ai4os", channel="general")
    desk.by_kind["command"] = {"text": "hear", "response_type": "in_channel"}
    loud = ada.command("/ai4os", channel="general")

    assert quiet.ephemeral is not None
    assert quiet.ephemeral.text == "psst"
    assert (loud.ephemeral, loud.text) == (None, "hear")


def test_texts_are_escaped_on_request(workspace: Workspace, ada: Person, desk: Desk) -> None:
    """should_escape: true turns mentions into ids, links into tokens and three characters into entities."""
    bob = workspace.person("bob").id

    ada.command("/ai4os", "give @bob & <all> https://example.org/x in #general @nobody")

    channel = next(c.id for c in workspace.state.conversations.values() if c.name == "general")
    expected = f"give <@{bob}|bob> &amp; &lt;all&gt; <https://example.org/x> in <#{channel}|general> @nobody"
    assert desk.last["text"] == expected


def test_texts_can_stay_as_typed() -> None:
    """Without should_escape a mention arrives bare."""
    desk = Desk()
    with Workspace(AppSettings(commands={"/raw": False})) as workspace, connected(workspace, desk.answer):
        workspace.add_user("ada").command("/raw", "@bob <x>")

    assert desk.last["text"] == "@bob <x>"


def test_unknown_commands_and_channels_are_refused(ada: Person) -> None:
    """Slack's client knows which commands and channels there are."""
    with pytest.raises(Refused, match="not a valid command"):
        ada.command("/other")
    with pytest.raises(Refused, match="sees no channel"):
        ada.command("/ai4os", channel="nowhere")


@pytest.mark.parametrize(
    ("answer", "error"), [(SILENCE, "operation_timeout"), ({"blocks": [1]}, "invalid_command_response")]
)
def test_a_failed_command_shows_its_error(
    workspace: Workspace, ada: Person, desk: Desk, answer: Any, error: str
) -> None:
    """Late or broken answers show Slack's error to the person and are recorded."""
    desk.by_kind["command"] = answer

    reply = ada.command("/ai4os")

    assert reply.error == error
    assert [problem.kind for problem in workspace.problems] == [error]


def test_a_command_without_the_app(workspace: Workspace, ada: Person) -> None:
    """No connection: dispatch_failed, at once."""
    reply = ada.command("/ai4os")

    assert (reply.error, reply.acked) == ("dispatch_failed", False)
    assert "dispatch_failed" in workspace.transcript()


# ---- seeing


def test_a_modal_reads_like_a_screen(show: Callable[..., ShownView]) -> None:
    """Labels, placeholders, hints, values, choices and buttons are there as text."""
    options = [option("One"), option("Two")]
    view = show(
        {"type": "header", "text": plain("Hardware")},
        section("*Bold* and `code_x` of <https://example.org|the docs>"),
        text_field(placeholder=plain("e.g. yolo"), optional=True),
        field_of({"type": "radio_buttons", "action_id": "r", "options": options}, "radio", label="Pick"),
        field_of(
            {"type": "static_select", "action_id": "s", "options": options, "initial_option": options[1]},
            "menu",
            label="Menu",
            hint=plain("Two is more."),
        ),
        {"type": "divider"},
        actions(button(text="More")),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "_small_ print"}]},
    )

    assert view.text.splitlines() == [
        "== A form ==",
        "# Hardware",
        "Bold and code_x of the docs (https://example.org)",
        "Name (optional): [_e.g. yolo_]",
        "Pick: ( ) One ( ) Two",
        "Menu: [Two v]",
        "  Two is more.",
        "---",
        "[More]",
        "small print",
        "[Cancel] [Go]",
    ]
    assert view.labels == ("Name", "Pick", "Menu")
    assert view.buttons == ("More",)
    assert view.options("Menu") == (Option(text="One", value="one"), Option(text="Two", value="two"))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("<!date^1772452800^{date_short_pretty} at {time}|12:00 UTC>", "today at 1:00 PM"),
        ("<!date^1772366400^{date_pretty}|x>", "yesterday"),
        ("<!date^1767225600^{date} {time_secs}|x>", "January 1st, 2026 1:00:00 AM"),
        ("<!date^1767225600^{date_num} {date_long}|x>", "2026-01-01 Thursday, January 1st, 2026"),
        ("<!date^1772449200^{ago}|x>", "1 hour ago"),
        ("<!date^1772452800^{nonsense}|12:00 UTC>", "12:00 UTC"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("my_job_name and 2*3*4", "my_job_name and 2*3*4"),
        ("*_both_* ~gone~", "both gone"),
        ("`*kept*`", "*kept*"),
        ("<!here> <!subteam^S1|@team>", "@here @team"),
    ],
)
def test_markup_shows_as_a_person_reads_it(post: Callable[..., Any], text: str, seen: str) -> None:
    """Dates in the person's zone, entities, emphasis and code; a wrong token shows its fallback."""
    assert post(section(text)).text == seen


def test_mentions_show_names(workspace: Workspace, post: Callable[..., Any]) -> None:
    """People and channels show by name."""
    bob = workspace.person("bob").id

    assert post(section(f"ask <@{bob}>")).text == "ask @Bob"


def test_without_blocks_the_text_shows(post: Callable[..., Any]) -> None:
    """And with blocks the text is only the notification."""
    with_blocks, without = post(section("shown"), text="told"), post(text="*told*")

    assert (with_blocks.text, with_blocks.notification) == ("shown", "told")
    assert without.text == "told"


# ---- clicking


def test_a_click_brings_the_message_and_a_fresh_trigger(ada: Person, desk: Desk, post: Callable[..., Any]) -> None:
    """block_actions of a message: container, channel, message, state, response_url, and the action itself."""
    message = post(actions(button(value="7"), {"type": "static_select", "action_id": "s", "options": [option("A")]}))
    ada.select(message, "s", "A")

    reply = ada.click(message, "press")

    assert reply.acked
    assert desk.last["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": ada.dm,
        "is_ephemeral": False,
    }
    assert desk.last["message"]["ts"] == message.ts
    assert desk.last["state"]["values"]["acts"]["s"]["selected_option"]["value"] == "a"
    action = desk.last["actions"][0]
    assert (action["action_id"], action["block_id"], action["type"], action["value"]) == (
        "press",
        "acts",
        "button",
        "7",
    )
    assert desk.last["user"]["team_id"] == desk.last["team"]["id"]


def test_what_is_not_there_cannot_be_clicked(ada: Person, api: Api, post: Callable[..., Any]) -> None:
    """The refusal lists what is there; an ambiguous wish is refused, too; edits and deletions count."""
    message = post(actions(button("a", "Stop"), button("b", "Stop")))

    with pytest.raises(Refused, match=r"No element fits action_id='c'\. On the screen: button 'Stop'"):
        ada.click(message, "c")
    with pytest.raises(Refused, match="More than one"):
        ada.click(message, label="Stop")
    api.call("chat.update", channel=ada.dm, ts=message.ts, text="over")
    with pytest.raises(Refused, match="nothing to click"):
        ada.click(message, "a")
    api.call("chat.delete", channel=ada.dm, ts=message.ts)
    with pytest.raises(Refused, match="not there any more"):
        ada.click(message, "a")


def test_a_dialog_has_to_be_answered(ada: Person, desk: Desk, post: Callable[..., Any]) -> None:
    """Without confirm= a click is refused, with False nothing is sent, with True the click goes out."""
    message = post(actions(button(confirm=CONFIRM), button("other", "Other")))

    assert ada.confirmation(message, "press") == "Stop it?\nData is lost."
    with pytest.raises(Refused, match="Data is lost"):
        ada.click(message, "press")
    with pytest.raises(Refused, match="no dialog"):
        ada.click(message, "other", confirm=True)
    assert not ada.click(message, "press", confirm=False).was_sent
    assert desk.payloads == []
    assert ada.click(message, "press", confirm=True).acked


def test_an_impatient_person_clicks_twice(ada: Person, desk: Desk, post: Callable[..., Any]) -> None:
    """Two deliveries at once, each with its own trigger."""
    ada.double_click(post(actions(button())), "press")

    assert len({payload["trigger_id"] for payload in desk.payloads}) == 2


def test_a_modal_covers_the_rest(ada: Person, show: Callable[..., ShownView], post: Callable[..., Any]) -> None:
    """While a modal is open, messages and commands are out of reach."""
    message = post(actions(button()))
    show()

    with pytest.raises(Refused, match="covers the screen"):
        ada.click(message, "press")
    with pytest.raises(Refused, match="covers the screen"):
        ada.command("/ai4os")


def test_an_unanswered_click_in_a_modal_shows_the_banner(
    workspace: Workspace, ada: Person, desk: Desk, show: Callable[..., ShownView]
) -> None:
    """The modal says that the connection had trouble."""
    view = show(actions(button()))
    desk.by_kind["block_actions"] = SILENCE

    reply = ada.click(view, "press")

    assert reply.error == "operation_timeout"
    assert "trouble connecting" in ada.wait_for_modal().text
    assert [problem.kind for problem in workspace.problems] == ["modal_banner"]


def test_a_payload_in_a_clicks_ack_is_noted(workspace: Workspace, ada: Person, desk: Desk, post: Any) -> None:
    """block_actions accept no answer in the ack (slack.md 6.1)."""
    desk.by_kind["block_actions"] = {"text": "ignored"}

    ada.click(post(actions(button())), "press")

    assert [problem.kind for problem in workspace.problems] == ["payload_not_accepted"]


# ---- filling


def test_every_kind_of_field_is_filled(
    ada: Person, desk: Desk, show: Callable[..., ShownView], workspace: Workspace
) -> None:
    """Values arrive in the shapes of slack.md 3.2."""
    options = [option("One"), option("Two")]
    kinds: dict[str, Json] = {
        "static": {"type": "static_select", "options": options},
        "multi": {"type": "multi_static_select", "options": options},
        "radio": {"type": "radio_buttons", "options": options},
        "boxes": {"type": "checkboxes", "options": options},
        "number": {"type": "number_input", "is_decimal_allowed": False},
        "email": {"type": "email_text_input"},
        "url": {"type": "url_text_input"},
        "day": {"type": "datepicker"},
        "hour": {"type": "timepicker"},
        "moment": {"type": "datetimepicker"},
        "who": {"type": "users_select"},
        "where": {"type": "channels_select"},
        "rich": {"type": "rich_text_input"},
    }
    view = show(*[field_of({**element, "action_id": "x"}, name, label=name) for name, element in kinds.items()])
    bob = workspace.person("bob").id
    wanted = {
        "static": "Two",
        "multi": ["One", "two"],
        "radio": "one",
        "boxes": ["Two"],
        "number": 4,
        "email": "a@example.org",
        "url": "https://example.org",
        "day": date(2026, 5, 1),
        "hour": time(9, 30),
        "moment": NOON,
        "who": "bob",
        "where": "#general",
        "rich": "words",
    }

    ada.fill(view, wanted)
    result = ada.submit(view)

    values = {
        block: next(iter(by_action.values())) for block, by_action in desk.last["view"]["state"]["values"].items()
    }
    assert result.accepted
    assert values["static"]["selected_option"]["value"] == "two"
    assert [chosen["value"] for chosen in values["multi"]["selected_options"]] == ["one", "two"]
    assert values["number"]["value"] == "4"
    assert (values["day"]["selected_date"], values["hour"]["selected_time"]) == ("2026-05-01", "09:30")
    assert values["moment"]["selected_date_time"] == int(NOON.timestamp())
    assert values["who"]["selected_user"] == bob
    assert values["rich"]["rich_text_value"]["elements"][0]["elements"][0]["text"] == "words"


@pytest.mark.parametrize(
    ("element", "typed", "error"),
    [
        ({"type": "plain_text_input"}, None, "Please complete this required field."),
        ({"type": "plain_text_input"}, "   ", "Please complete this required field."),
        ({"type": "plain_text_input", "min_length": 9}, "short", "Please enter at least 9 characters."),
        ({"type": "plain_text_input", "max_length": 3}, "long", "Please enter at most 3 characters."),
        ({"type": "number_input", "is_decimal_allowed": False}, "x", "Please enter a number."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a whole number."),
        (
            {"type": "number_input", "is_decimal_allowed": True, "min_value": "1"},
            "0.5",
            "Please enter a number of at least 1.",
        ),
        (
            {"type": "number_input", "is_decimal_allowed": True, "max_value": "8"},
            "8.1",
            "Please enter a number of at most 8.",
        ),
        ({"type": "email_text_input"}, "nobody", "Please enter a valid email address."),
        ({"type": "url_text_input"}, "example", "Please enter a valid URL."),
    ],
)
def test_slacks_client_checks_before_it_sends(
    ada: Person, desk: Desk, show: Callable[..., ShownView], element: Json, typed: str | None, error: str
) -> None:
    """A broken rule shows under the field like an app's error, and nothing is sent (slack.md 9.2 item 6)."""
    view = show(field_of({**element, "action_id": "x"}))
    ada.fill(view, {"Name": typed})

    result = ada.submit(view)

    assert (result.errors, result.by_client) == ({"name": error}, True)
    assert desk.payloads == []
    assert f"  ! {error}" in ada.wait_for_modal().text


def test_optional_fields_may_stay_empty(ada: Person, show: Callable[..., ShownView]) -> None:
    """Only what is typed is checked."""
    view = show(text_field(optional=True, min_length=5))

    assert ada.submit(view).accepted


def test_values_can_be_cleared(ada: Person, show: Callable[..., ShownView]) -> None:
    """None empties a field."""
    view = show(text_field(initial_value="x"))

    ada.fill(view, {"name": None})

    assert ada.wait_for_modal().value("name") is None


def test_a_plain_field_sends_nothing(ada: Person, desk: Desk, show: Callable[..., ShownView]) -> None:
    """Only dispatch_action: true on the input block sends block_actions (vercel/chat#926)."""
    view = show(text_field())

    assert ada.fill(view, {"name": "x"}) == ()
    assert desk.payloads == []


@pytest.mark.parametrize(
    ("config", "options", "sent"),
    [
        ({}, {}, ["abc"]),
        ({}, {"enter": False}, []),
        ({"trigger_actions_on": ["on_character_entered"]}, {}, ["abc"]),
        ({"trigger_actions_on": ["on_character_entered"]}, {"by_character": True}, ["a", "ab", "abc"]),
        (ON_BOTH, {}, ["abc", "abc"]),
    ],
)
def test_dispatching_text_fields(
    ada: Person, desk: Desk, show: Callable[..., ShownView], config: Json, options: dict[str, bool], sent: list[str]
) -> None:
    """On Enter by default, on characters when the element asks for it; the value is in the action."""
    element = {"type": "plain_text_input", "action_id": "t", **({"dispatch_action_config": config} if config else {})}
    view = show(field_of(element, dispatch_action=True))

    ada.fill(view, {"name": "abc"}, **options)

    assert desk.typed == sent


def test_a_dispatching_menu_sends_its_choice_with_the_state(
    ada: Person, desk: Desk, show: Callable[..., ShownView]
) -> None:
    """The payload's view holds the new state, the hash and the metadata."""
    element = {"type": "static_select", "action_id": "s", "options": [option("A"), option("B")]}
    view = show(field_of(element, dispatch_action=True), private_metadata="draft 1")

    reply = ada.select(view, "Name", "B")

    assert reply.acked
    assert desk.last["actions"][0]["selected_option"]["value"] == "b"
    assert desk.last["view"]["state"]["values"]["name"]["s"]["selected_option"]["value"] == "b"
    assert (desk.last["view"]["hash"], desk.last["view"]["private_metadata"]) == (view.hash, "draft 1")


def test_only_offered_options_can_be_chosen(ada: Person, show: Callable[..., ShownView]) -> None:
    """A menu refuses what it does not list, and an overflow menu sends its choice."""
    menu = {"type": "overflow", "action_id": "more", "options": [option("Logs"), option("Restart")]}
    view = show(actions(menu))

    with pytest.raises(Refused, match="but 'Logs', 'Restart'"):
        ada.select(view, "more", "Delete")
    assert ada.select(view, "more", "Logs").acked


# ---- external selects


def test_typing_in_a_select_asks_the_app(ada: Person, desk: Desk, show: Callable[..., ShownView]) -> None:
    """From min_query_length on (3 by default); only what was offered can be chosen."""
    view = show(field_of({"type": "external_select", "action_id": "m"}))
    desk.by_kind["block_suggestion"] = {"options": [option("YOLO", "yolo"), option("Other")]}

    too_short = ada.type_in_select(view, "Name", "yo")
    offered = ada.type_in_select(view, "Name", "yol")

    assert too_short == ()
    assert [choice.text for choice in offered] == ["YOLO", "Other"]
    assert (desk.last["value"], desk.last["action_id"], desk.last["block_id"]) == ("yol", "m", "name")
    assert desk.last["view"]["id"] == view.id
    with pytest.raises(Refused, match="does not offer"):
        ada.choose(view, "Name", "Third")
    ada.choose(view, "Name", "YOLO")
    assert ada.wait_for_modal().value("Name") == "yolo"


def test_filling_an_external_select_searches_for_it(ada: Person, desk: Desk, show: Callable[..., ShownView]) -> None:
    """Groups of options count, too."""
    view = show(field_of({"type": "external_select", "action_id": "m", "min_query_length": 0}))
    desk.by_kind["block_suggestion"] = {"option_groups": [{"label": plain("G"), "options": [option("YOLO")]}]}

    ada.fill(view, {"Name": "YOLO"})

    assert ada.wait_for_modal().value("Name") == "yolo"


@pytest.mark.parametrize(
    "answer",
    [
        SILENCE,
        None,
        {"text": "x"},
        {"options": [option(f"o{n}") for n in range(101)]},
        {"options": [option("o" * 76)]},
        {"option_groups": [{"label": plain("g"), "options": [option("x")]}] * 101},
        {"options": "none"},
    ],
)
def test_bad_suggestions_show_no_results(
    workspace: Workspace, ada: Person, desk: Desk, show: Callable[..., ShownView], answer: Any
) -> None:
    """Late, empty or oversized answers show nothing and are recorded (bolt-python#1083)."""
    view = show(field_of({"type": "external_select", "action_id": "m"}))
    desk.by_kind["block_suggestion"] = answer

    assert ada.type_in_select(view, "Name", "yolo") == ()
    assert [problem.kind for problem in workspace.problems] == ["no_results"]


def test_no_options_are_a_good_answer(
    workspace: Workspace, ada: Person, desk: Desk, show: Callable[..., ShownView]
) -> None:
    """An empty list is no mistake."""
    view = show(field_of({"type": "external_select", "action_id": "m"}))
    desk.by_kind["block_suggestion"] = {"options": []}

    assert ada.type_in_select(view, "Name", "nothing") == ()
    assert workspace.problems == ()


# ---- waiting and telling


def test_waiting_in_vain_tells_the_story(ada: Person, post: Callable[..., Any]) -> None:
    """The exception holds the conversation so far."""
    post(section("hello"))

    with pytest.raises(TimedOut, match=r"(?s)ada waited 0.05 s for a message in vain.*hello"):
        ada.wait_for_message("goodbye", timeout=timedelta(seconds=0.05))


def test_waiting_ends_with_the_change(workspace: Workspace, ada: Person, api: Api) -> None:
    """A waiting person wakes when the message comes."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ada.wait_for_message, "later")
        api.call("chat.postMessage", channel=ada.id, text="later")

        assert waiting.result().text == "later"
    assert workspace.person("bob").messages() == ()


def test_the_transcript_tells_who_saw_what(
    workspace: Workspace, ada: Person, desk: Desk, post: Callable[..., Any]
) -> None:
    """All lines with times and names; a person's own transcript leaves out what others saw alone."""
    desk.by_kind["command"] = {"text": "for ada"}
    ada.command("/ai4os", "list", channel="general")
    ada.click(post(section("hi"), actions(button())), "press")

    story = workspace.transcript()

    assert [line.split(" ", 1)[1] for line in story.splitlines()] == [
        "Ada: /ai4os list",
        "ai4os: (only for you) for ada",
        "ai4os: hi",
        "          [Press]",
        "Ada: clicks [Press]",
    ]
    assert ada.transcript() == story
    assert workspace.person("bob").transcript() == ""


def test_shortcuts_start_globally_and_on_messages(ada: Person, desk: Desk, post: Callable[..., Any]) -> None:
    """Both bring a trigger; the one on a message brings the message and a response_url."""
    ada.shortcut("deploy")
    message = post(section("x"))
    ada.shortcut("inspect", message)

    first, second = desk.payloads[-2], desk.payloads[-1]
    assert (first["type"], first["callback_id"]) == ("shortcut", "deploy")
    assert (second["type"], second["message"]["ts"]) == ("message_action", message.ts)
    assert "response_url" in second


def test_saying_something_sends_an_event(workspace: Workspace, ada: Person, desk: Desk) -> None:
    """A direct message reaches the app as message.im."""
    ada.say("help")
    workspace.wait_for(lambda: len(desk.events) == 1)

    event = desk.events[0]
    assert (event["type"], event["channel_type"], event["text"], event["user"]) == ("message", "im", "help", ada.id)


def test_fifty_people_at_once() -> None:
    """Commands from fifty threads are each answered once."""
    desk = Desk()
    desk.by_kind["command"] = {"text": "yes"}
    with Workspace() as workspace, connected(workspace, desk.answer), ThreadPoolExecutor(50) as pool:
        people = [workspace.add_user(f"user{n}") for n in range(50)]
        replies = list(pool.map(lambda person: person.command("/ai4os"), people))

        assert [reply.text for reply in replies] == ["yes"] * 50
        assert [len(person.messages()) for person in people] == [1] * 50
