"""The workspace refuses views and messages by Slack's limits, with Slack's texts and pointers.

Sources of the limits: slack.md 4.4 (cross-checked there between Slack's own models); of the surfaces: 4.5;
of the texts: the list under 7.2. Rules without a published text (uniqueness, initial options, ranges) are ours.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from playground.slack import AppSettings, Workspace
from tests.contract.workspace_app import (
    Api,
    Json,
    actions,
    api_of,
    button,
    field_of,
    modal,
    option,
    plain,
    section,
    text_field,
)

NO_SCHEMA = "[ERROR] failed to match all allowed schemas [json-pointer:/view]"
NO_TRIGGER = "1.2.abc"


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    """Give a workspace without rate limits."""
    with Workspace(rate_limits=False) as made:
        made.add_user("ada")
        yield made


@pytest.fixture(scope="module")
def api(workspace: Workspace) -> Iterator[Api]:
    """Give a caller of the Web API; another server's address would do here."""
    with api_of(workspace) as made:
        yield made


@pytest.fixture(scope="module")
def ada(workspace: Workspace) -> str:
    """Give the id of a user."""
    return workspace.person("ada").id


def static_select(*options: Json, **more: Any) -> Json:
    """Return a select."""
    return {"type": "static_select", "action_id": "pick", "options": list(options), **more}


def number(**more: Any) -> Json:
    """Return a number field."""
    return {"type": "number_input", "action_id": "pick", "is_decimal_allowed": False, **more}


def choices(kind: str, count: int, **more: Any) -> Json:
    """Return a group of choices."""
    return {"type": kind, "action_id": "pick", "options": [option(f"o{n}") for n in range(count)], **more}


def confirm(**more: Any) -> Json:
    """Return a confirm dialog."""
    return {"title": plain("Sure?"), "text": plain("Gone."), "confirm": plain("Yes"), "deny": plain("No"), **more}


def on_home(*blocks: Json) -> Json:
    """Return a Home view."""
    return {"type": "home", "blocks": list(blocks)}


FLAWED_VIEWS: list[tuple[str, Any, list[str]]] = [
    ("title of 25", modal(title=plain("t" * 25)), ["must be less than 25 characters [json-pointer:/view/title/text]"]),
    ("no title", {"type": "modal", "blocks": []}, ["missing required field: title [json-pointer:/view]"]),
    (
        "submit of 25",
        modal(submit=plain("s" * 25)),
        [
            "failed to match all allowed schemas [json-pointer:/view/submit]",
            "must be less than 25 characters [json-pointer:/view/submit/text]",
        ],
    ),
    (
        "submit null",
        modal(submit=None),
        [
            "failed to match all allowed schemas [json-pointer:/view/submit]",
            "must provide an object [json-pointer:/view/submit]",
            "must provide an object [json-pointer:/view/submit]",
        ],
    ),
    (
        "private_metadata of 3001",
        modal(private_metadata="p" * 3001),
        ["must be less than 3001 characters [json-pointer:/view/private_metadata]"],
    ),
    (
        "callback_id of 256",
        modal(callback_id="c" * 256),
        ["must be less than 256 characters [json-pointer:/view/callback_id]"],
    ),
    (
        "external_id of 256",
        modal(external_id="e" * 256),
        ["must be less than 256 characters [json-pointer:/view/external_id]"],
    ),
    ("101 blocks", modal(*[section("x")] * 101), ["no more than 100 items allowed [json-pointer:/view/blocks]"]),
    (
        "submit_disabled, thread nicklambourne/slackblocks#36",
        modal(submit_disabled=True),
        ["invalid additional property: submit_disabled [json-pointer:/view]"],
    ),
    (
        "an echoed view, slack.md 3.1",
        modal(hash="1.a"),
        ["invalid additional property: hash [json-pointer:/view]"],
    ),
    (
        "block_id of 256",
        modal({**section("x"), "block_id": "b" * 256}),
        ["must be less than 256 characters [json-pointer:/view/blocks/0/block_id]"],
    ),
    (
        "empty text",
        modal(section("")),
        [
            "failed to match all allowed schemas [json-pointer:/view/blocks/0/text]",
            "must be more than 0 characters [json-pointer:/view/blocks/0/text/text]",
        ],
    ),
    (
        "section of 3001",
        modal(section("x" * 3001)),
        [
            "failed to match all allowed schemas [json-pointer:/view/blocks/0/text]",
            "must be less than 3001 characters [json-pointer:/view/blocks/0/text/text]",
        ],
    ),
    (
        "section without text and fields",
        modal({"type": "section"}),
        ["must define either `text` or `fields` [json-pointer:/view/blocks/0/type]"],
    ),
    (
        "11 fields",
        modal({"type": "section", "fields": [plain("f")] * 11}),
        ["no more than 10 items allowed [json-pointer:/view/blocks/0/fields]"],
    ),
    (
        "header in mrkdwn",
        modal({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}),
        ["must be one of: plain_text [json-pointer:/view/blocks/0/text/type]"],
    ),
    (
        "header of 151",
        modal({"type": "header", "text": plain("h" * 151)}),
        ["must be less than 151 characters [json-pointer:/view/blocks/0/text/text]"],
    ),
    (
        "11 elements of context",
        modal({"type": "context", "elements": [plain("c")] * 11}),
        ["no more than 10 items allowed [json-pointer:/view/blocks/0/elements]"],
    ),
    (
        "no actions",
        modal(actions()),
        ["must provide at least 1 items [json-pointer:/view/blocks/0/elements]"],
    ),
    (
        "26 actions",
        modal(actions(*[button(f"b{n}") for n in range(26)])),
        ["no more than 25 items allowed [json-pointer:/view/blocks/0/elements]"],
    ),
    (
        "image without text",
        modal({"type": "image", "image_url": "https://example.org/a.png"}),
        ["missing required field: alt_text [json-pointer:/view/blocks/0]"],
    ),
    (
        "image nobody serves",
        modal({"type": "image", "image_url": "https://nobody.invalid/a.png", "alt_text": "a"}),
        ["downloading image failed [json-pointer:/view/blocks/0/image_url]"],
    ),
    (
        "button text of 76",
        modal(actions(button(text="b" * 76))),
        ["must be less than 76 characters [json-pointer:/view/blocks/0/elements/0/text/text]"],
    ),
    (
        "button value of 2001",
        modal(actions(button(value="v" * 2001))),
        ["must be less than 2001 characters [json-pointer:/view/blocks/0/elements/0/value]"],
    ),
    (
        "button style null",
        modal(actions(button(style=None))),
        ["must provide a string [json-pointer:/view/blocks/0/elements/0/style]"],
    ),
    (
        "button style unknown",
        modal(actions(button(style="loud"))),
        ["must be one of: primary, danger [json-pointer:/view/blocks/0/elements/0/style]"],
    ),
    (
        "option text of 76",
        modal(field_of(static_select(option("o" * 76, "v")))),
        [
            "failed to match all allowed schemas [json-pointer:/view/blocks/0/element/options/0/text]",
            "must be less than 76 characters [json-pointer:/view/blocks/0/element/options/0/text/text]",
        ],
    ),
    (
        "option value of 151",
        modal(field_of(static_select(option("o", "v" * 151)))),
        ["must be less than 151 characters [json-pointer:/view/blocks/0/element/options/0/value]"],
    ),
    (
        "no options",
        modal(field_of(static_select())),
        ["must provide at least 1 items [json-pointer:/view/blocks/0/element/options]"],
    ),
    (
        "101 options",
        modal(field_of(choices("static_select", 101))),
        ["no more than 100 items allowed [json-pointer:/view/blocks/0/element/options]"],
    ),
    (
        "initial option null",
        modal(field_of(static_select(option("a"), initial_option=None))),
        ["must provide an object [json-pointer:/view/blocks/0/element/initial_option]"],
    ),
    (
        "initial option not offered",
        modal(field_of(static_select(option("a"), initial_option=option("b")))),
        ["initial_option must be among the options [json-pointer:/view/blocks/0/element/initial_option]"],
    ),
    (
        "options and groups",
        modal(field_of(static_select(option("a"), option_groups=[{"label": plain("g"), "options": [option("b")]}]))),
        ["must define either `options` or `option_groups` [json-pointer:/view/blocks/0/element]"],
    ),
    (
        "placeholder of 151",
        modal(text_field(placeholder=plain("p" * 151))),
        ["must be less than 151 characters [json-pointer:/view/blocks/0/element/placeholder/text]"],
    ),
    (
        "11 radio buttons",
        modal(field_of(choices("radio_buttons", 11))),
        ["no more than 10 items allowed [json-pointer:/view/blocks/0/element/options]"],
    ),
    (
        "6 in an overflow menu",
        modal(actions(choices("overflow", 6))),
        ["no more than 5 items allowed [json-pointer:/view/blocks/0/elements/0/options]"],
    ),
    (
        "label of 2001",
        modal(text_field(label="l" * 2001)),
        ["must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]"],
    ),
    (
        "max_length of 3001",
        modal(text_field(max_length=3001)),
        ["must be between 1 and 3000 [json-pointer:/view/blocks/0/element/max_length]"],
    ),
    (
        "min above max",
        modal(text_field(min_length=5, max_length=4)),
        ["min_length must not be greater than max_length [json-pointer:/view/blocks/0/element]"],
    ),
    (
        "initial value too long",
        modal(text_field(max_length=2, initial_value="abc")),
        ["must be less than 3 characters [json-pointer:/view/blocks/0/element/initial_value]"],
    ),
    (
        "number without is_decimal_allowed",
        modal(field_of({"type": "number_input", "action_id": "n"})),
        ["missing required field: is_decimal_allowed [json-pointer:/view/blocks/0/element]"],
    ),
    (
        "number limit that is no string",
        modal(field_of(number(min_value=1))),
        ["must provide a string [json-pointer:/view/blocks/0/element/min_value]"],
    ),
    (
        "number min above max",
        modal(field_of(number(min_value="5", max_value="4"))),
        ["min_value must not be greater than max_value [json-pointer:/view/blocks/0/element]"],
    ),
    (
        "number initial below min",
        modal(field_of(number(min_value="5", initial_value="4"))),
        ["initial_value must be between min_value and max_value [json-pointer:/view/blocks/0/element/initial_value]"],
    ),
    (
        "confirm title of 101",
        modal(actions(button(confirm=confirm(title=plain("t" * 101))))),
        ["must be less than 101 characters [json-pointer:/view/blocks/0/elements/0/confirm/title/text]"],
    ),
    (
        "type on a confirm object, thread CopilotKit/CopilotKit#6454",
        modal(actions(button(confirm=confirm(type="confirm")))),
        ["invalid additional property: type [json-pointer:/view/blocks/0/elements/0/confirm]"],
    ),
    (
        "text field among actions",
        modal(actions({"type": "plain_text_input", "action_id": "t"})),
        ["unsupported type: plain_text_input [json-pointer:/view/blocks/0/elements/0/type]"],
    ),
    (
        "markdown in a modal",
        modal({"type": "markdown", "text": "x"}),
        ["unsupported type: markdown [json-pointer:/view/blocks/0/type]"],
    ),
    (
        "table in a modal",
        modal({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}),
        ["unsupported type: table [json-pointer:/view/blocks/0/type]"],
    ),
    (
        "alert of 201",
        modal({"type": "alert", "text": plain("a" * 201)}),
        [
            "failed to match all allowed schemas [json-pointer:/view/blocks/0/text]",
            "must be less than 201 characters [json-pointer:/view/blocks/0/text/text]",
        ],
    ),
    ("a block that is no object", modal("x"), ["must provide an object [json-pointer:/view/blocks/0]"]),  # type: ignore[arg-type]  # on purpose
    ("a view that is no object", "[]", ["must provide an object [json-pointer:/view]"]),
]

WITHOUT_SCHEMA_LINE: list[tuple[str, Json, list[str]]] = [
    (
        "input without submit",
        {"type": "modal", "title": plain("t"), "blocks": [text_field()]},
        ["[ERROR] must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]"],
    ),
    (
        "block_id twice",
        modal({**section("x"), "block_id": "b"}, {**section("y"), "block_id": "b"}),
        ["[ERROR] block_id must be unique: b [json-pointer:/view/blocks/1/block_id]"],
    ),
    (
        "action_id twice in a block",
        modal(actions(button("a"), button("a"))),
        ["[ERROR] action_id must be unique: a [json-pointer:/view/blocks/0]"],
    ),
    (
        "two fields want the focus",
        modal(text_field("a", focus_on_load=True), text_field("b", focus_on_load=True)),
        ["[ERROR] no more than 1 element may have focus_on_load [json-pointer:/view/blocks]"],
    ),
]

FLAWED_HOMES: list[tuple[str, Json, str]] = [
    (
        "number field",
        on_home(field_of(number())),
        "unsupported type: number_input [json-pointer:/view/blocks/0/element/type]",
    ),
    (
        "date and time",
        on_home(actions({"type": "datetimepicker", "action_id": "d"})),
        "unsupported type: datetimepicker [json-pointer:/view/blocks/0/elements/0/type]",
    ),
    (
        "alert",
        on_home({"type": "alert", "text": plain("a")}),
        "unsupported type: alert [json-pointer:/view/blocks/0/type]",
    ),
    ("title", {**on_home(), "title": plain("t")}, "invalid additional property: title [json-pointer:/view]"),
]

FLAWED_MESSAGES: list[tuple[str, list[Any], list[str]]] = [
    ("51 blocks", [section("x")] * 51, ["no more than 50 items allowed [json-pointer:/blocks]"]),
    (
        "section of 3001",
        [section("x" * 3001)],
        [
            "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ],
    ),
    (
        "neither text nor fields",
        [{"type": "section"}],
        ["must define either `text` or `fields` [json-pointer:/blocks/0/type]"],
    ),
    ("alert", [{"type": "alert", "text": plain("a")}], ["unsupported type: alert [json-pointer:/blocks/0/type]"]),
    (
        "number field",
        [field_of(number())],
        ["unsupported type: number_input [json-pointer:/blocks/0/element/type]"],
    ),
    (
        "two tables",
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2,
        ["no more than 1 table allowed [json-pointer:/blocks]"],
    ),
]

GOOD_VIEWS: list[tuple[str, Json]] = [
    ("no blocks", modal()),
    ("all limits reached", modal(title=plain("t" * 24), private_metadata="p" * 3000, callback_id="c" * 255)),
    ("100 blocks", modal(*[section("x" * 3000)] * 70, *[section("y")] * 30)),
    ("25 buttons", modal(actions(*[button(f"b{n}", "b" * 75, value="v" * 2000) for n in range(25)]))),
    ("100 options", modal(field_of(choices("static_select", 100, initial_option=option("o99"))))),
    (
        "100 groups",
        modal(
            field_of(
                {
                    "type": "static_select",
                    "action_id": "a",
                    "option_groups": [{"label": plain("g"), "options": [option("x", f"v{n}")]} for n in range(100)],
                }
            )
        ),
    ),
    ("10 of each", modal(field_of(choices("radio_buttons", 10)), field_of(choices("checkboxes", 10), "other"))),
    ("5 in an overflow menu", modal(actions(choices("overflow", 5)))),
    ("number with limits", modal(field_of(number(min_value="1", max_value="9", initial_value="5")))),
    ("code points count, not bytes", modal(title=plain("é" * 24))),
    ("alert", modal({"type": "alert", "text": plain("a" * 200), "level": "info"})),
    ("confirm", modal(actions(button(confirm=confirm(style="danger"))))),
    ("missing ids", modal({"type": "actions", "elements": [{"type": "button", "text": plain("b")}] * 2})),
    ("rich text", modal({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]})),
]


@pytest.mark.parametrize(("view", "flaws"), [pytest.param(v, f, id=name) for name, v, f in FLAWED_VIEWS])
def test_a_flawed_modal_is_refused_with_slacks_text(api: Api, view: Any, flaws: list[str]) -> None:
    """views.open answers invalid_arguments; the view's own line stands above the causes, each with its pointer."""
    answer = api.call("views.open", trigger_id=NO_TRIGGER, view=view)

    assert answer.status == 200
    assert answer.error == "invalid_arguments"
    assert answer.messages == [NO_SCHEMA, *[f"[ERROR] {flaw}" for flaw in flaws]]


@pytest.mark.parametrize(("view", "messages"), [pytest.param(v, f, id=name) for name, v, f in WITHOUT_SCHEMA_LINE])
def test_rules_across_blocks_have_no_schema_line(api: Api, view: Json, messages: list[str]) -> None:
    """What only shows in the view as a whole is told alone, as real Slack does for the missing submit [seen]."""
    assert api.call("views.open", trigger_id=NO_TRIGGER, view=view).messages == messages


@pytest.mark.parametrize(("view", "flaw"), [pytest.param(v, f, id=name) for name, v, f in FLAWED_HOMES])
def test_a_flawed_home_is_refused(api: Api, ada: str, view: Json, flaw: str) -> None:
    """views.publish knows which elements and blocks Home has not."""
    assert api.call("views.publish", user_id=ada, view=view).messages == [NO_SCHEMA, f"[ERROR] {flaw}"]


@pytest.mark.parametrize(("blocks", "flaws"), [pytest.param(b, f, id=name) for name, b, f in FLAWED_MESSAGES])
def test_flawed_blocks_of_a_message_are_refused(api: Api, ada: str, blocks: list[Any], flaws: list[str]) -> None:
    """chat.postMessage answers invalid_blocks: `errors` without the prefix, `messages` with it (slack.md 7.2)."""
    answer = api.call("chat.postMessage", channel=ada, text="t", blocks=blocks)

    assert answer.error == "invalid_blocks"
    assert answer.body["errors"] == flaws
    assert answer.messages == [f"[ERROR] {flaw}" for flaw in flaws]


@pytest.mark.parametrize("view", [pytest.param(view, id=name) for name, view in GOOD_VIEWS])
def test_what_is_within_the_limits_is_taken(api: Api, view: Json) -> None:
    """A legal view passes the check and only then the trigger is looked at."""
    assert api.call("views.open", trigger_id=NO_TRIGGER, view=view).error == "invalid_trigger_id"


def test_all_flaws_are_told_together(api: Api) -> None:
    """Every cause has its line, in the order of the view."""
    flawed = modal(section(""), actions(button(style=None)))

    assert len(api.call("views.open", trigger_id=NO_TRIGGER, view=flawed).messages) == 4


def test_the_sum_of_texts_is_limited(api: Api, ada: str) -> None:
    """A message over the measured sum answers msg_blocks_too_long without a detail (bolt-js#2867)."""
    answer = api.call("chat.postMessage", channel=ada, text="t", blocks=[section("x" * 2900)] * 4)

    assert answer.body == {"ok": False, "error": "msg_blocks_too_long"}


def test_blocks_that_are_no_json_have_their_own_code(api: Api, ada: str) -> None:
    """invalid_blocks_format, of chat.postMessage's own list of errors."""
    assert api.call("chat.postMessage", channel=ada, text="t", blocks="{[").error == "invalid_blocks_format"
    assert api.call("chat.postMessage", channel=ada, text="t", blocks={"a": 1}).error == "invalid_blocks_format"


def test_a_view_over_250_kilobytes_is_too_large(api: Api) -> None:
    """view_too_large, of views.open's own list of errors."""
    sections = [{"type": "section", "fields": [plain("x" * 2000)] * 2} for _ in range(70)]

    assert api.call("views.open", trigger_id=NO_TRIGGER, view=modal(*sections)).error == "view_too_large"


def test_a_workspace_may_lack_newer_blocks() -> None:
    """Blocks reach workspaces one by one; the refusal names the type (slack.md 4.5)."""
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    settings = AppSettings(lacking_blocks=frozenset({"table"}))
    with Workspace(settings) as workspace, api_of(workspace) as api:
        ada = workspace.add_user("ada")

        answer = api.call("chat.postMessage", channel=ada.id, text="t", blocks=[table])

        assert answer.body["errors"] == ["unsupported type: table [json-pointer:/blocks/0/type]"]
