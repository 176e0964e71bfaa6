"""Every limit of slack.md 4.4, at its edge: what reaches it is taken, one more is refused; and the places of 4.5."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from playground.slack import Workspace
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

NO_TRIGGER = "1.2.abc"
PICTURE = {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a"}
CELL = {"type": "raw_text", "text": "x"}
Build = Callable[[int], Any]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A number that must not be passed: `build` makes a modal, a Home view or a message of this size."""

    name: str
    edge: int
    build: Build
    step: int = 1


def at_most(name: str, edge: int, build: Build) -> Limit:
    """Return an upper limit."""
    return Limit(name=name, edge=edge, build=build)


def at_least(name: str, edge: int, build: Build) -> Limit:
    """Return a lower limit."""
    return Limit(name=name, edge=edge, build=build, step=-1)


def options(count: int, *, longest: int = 8) -> list[Json]:
    """Return so many options."""
    return [option(f"o{number}"[:longest], f"v{number}") for number in range(count)]


def groups(count: int, size: int = 1, label: str = "g") -> list[Json]:
    """Return so many groups of options."""
    return [
        {"label": plain(label), "options": [option("o", f"{group}.{number}") for number in range(size)]}
        for group in range(count)
    ]


def element(kind: str, **more: Any) -> Json:
    """Return an element."""
    return {"type": kind, "action_id": "pick", **more}


def select(**more: Any) -> Json:
    """Return a modal with a select in a field."""
    return modal(field_of(element("static_select", **more)))


def pressed(**more: Any) -> Json:
    """Return a modal with a button."""
    return modal(actions(button(**more)))


def confirmed(**more: Any) -> Json:
    """Return a modal with a button and its dialog."""
    dialog = {"title": plain("Sure?"), "text": plain("Gone."), "confirm": plain("Yes"), "deny": plain("No"), **more}
    return modal(actions(button(confirm=dialog)))


def titled(name: str) -> Build:
    """Return what makes a modal whose title, submit or close has so many characters."""
    return lambda n: modal(**{name: plain("t" * n)})


def placed(kind: str, name: str, **more: Any) -> Build:
    """Return what makes a modal whose field has a number or the length of a placeholder set."""
    return lambda n: modal(field_of(element(kind, **{name: plain("p" * n) if name == "placeholder" else n}, **more)))


def listed(**more: Any) -> Json:
    """Return a modal with a list in rich text."""
    inner = {"type": "rich_text_list", "style": "bullet", "elements": [], **more}
    return modal({"type": "rich_text", "elements": [inner]})


def home(*blocks: Json) -> Json:
    """Return a Home view."""
    return {"type": "home", "blocks": list(blocks)}


IN_VIEWS = [
    *[at_most(f"{name} of a modal", 24, titled(name)) for name in ("title", "submit", "close")],
    at_most("private_metadata", 3000, lambda n: modal(private_metadata="p" * n)),
    at_most("callback_id", 255, lambda n: modal(callback_id="c" * n)),
    at_most("external_id", 255, lambda n: modal(external_id="e" * n)),
    at_most("blocks of a modal", 100, lambda n: modal(*[section("x")] * n)),
    at_most("block_id", 255, lambda n: modal({**section("x"), "block_id": "b" * n})),
    at_most("action_id", 255, lambda n: modal(actions(button("a" * n)))),
    at_most("text of a section", 3000, lambda n: modal(section("x" * n))),
    at_least("text of a section", 1, lambda n: modal(section("x" * n))),
    at_most("fields", 10, lambda n: modal({"type": "section", "fields": [plain("f")] * n})),
    at_most("text of a field", 2000, lambda n: modal({"type": "section", "fields": [plain("f" * n)]})),
    at_most("header", 150, lambda n: modal({"type": "header", "text": plain("h" * n)})),
    at_most("elements of a context", 10, lambda n: modal({"type": "context", "elements": [plain("c")] * n})),
    at_most("text in a context", 3000, lambda n: modal({"type": "context", "elements": [plain("c" * n)]})),
    at_most("actions", 25, lambda n: modal(actions(*[button(f"b{number}") for number in range(n)]))),
    at_least("actions", 1, lambda n: modal(actions(*[button()] * n))),
    at_most("label", 2000, lambda n: modal(text_field(label="l" * n))),
    at_most("hint", 2000, lambda n: modal({**text_field(), "hint": plain("h" * n)})),
    at_most("image_url", 3000, lambda n: modal({**PICTURE, "image_url": "https://a.b/".ljust(n, "c")})),
    at_most("alt_text", 2000, lambda n: modal({**PICTURE, "alt_text": "a" * n})),
    at_most("title of an image", 2000, lambda n: modal({**PICTURE, "title": plain("t" * n)})),
    at_most("text of a button", 75, lambda n: pressed(text="b" * n)),
    at_most("value of a button", 2000, lambda n: pressed(value="v" * n)),
    at_most("url of a button", 3000, lambda n: pressed(url="https://a.b/".ljust(n, "c"))),
    at_most("accessibility_label", 75, lambda n: pressed(accessibility_label="a" * n)),
    at_most("agent_prompt", 4000, lambda n: pressed(agent_prompt="a" * n)),
    at_most("text of an option", 75, lambda n: select(options=[option("o" * n, "v")])),
    at_most("value of an option", 150, lambda n: select(options=[option("o", "v" * n)])),
    at_most("description of an option", 75, lambda n: select(options=[{**option("o"), "description": plain("d" * n)}])),
    at_most("options", 100, lambda n: select(options=options(n))),
    at_least("options", 1, lambda n: select(options=options(n))),
    at_most("groups", 100, lambda n: select(option_groups=groups(n))),
    at_least("groups", 1, lambda n: select(option_groups=groups(n))),
    at_most("options of a group", 100, lambda n: select(option_groups=groups(1, n))),
    at_least("options of a group", 1, lambda n: select(option_groups=groups(1, n))),
    at_most("label of a group", 75, lambda n: select(option_groups=groups(1, label="g" * n))),
    at_most(
        "options of a multi select", 100, lambda n: modal(field_of(element("multi_static_select", options=options(n))))
    ),
    *[
        at_least(f"max_selected_items of {kind}", 1, placed(kind, "max_selected_items", **more))
        for kind, more in (("multi_static_select", {"options": options(1)}), ("multi_external_select", {}))
    ],
    at_most("checkboxes", 10, lambda n: modal(field_of(element("checkboxes", options=options(n))))),
    at_least("checkboxes", 1, lambda n: modal(field_of(element("checkboxes", options=options(n))))),
    at_most("radio buttons", 10, lambda n: modal(field_of(element("radio_buttons", options=options(n))))),
    at_most("overflow", 5, lambda n: modal(actions(element("overflow", options=options(n))))),
    at_least("overflow", 1, lambda n: modal(actions(element("overflow", options=options(n))))),
    at_most(
        "url in an overflow",
        3000,
        lambda n: modal(actions(element("overflow", options=[{**option("o"), "url": "https://a.b/".ljust(n, "c")}]))),
    ),
    at_most("max_length", 3000, placed("plain_text_input", "max_length")),
    at_least("max_length", 1, placed("plain_text_input", "max_length")),
    at_most("min_length", 3000, placed("plain_text_input", "min_length")),
    at_least("min_length", 0, placed("plain_text_input", "min_length")),
    at_most("placeholder of a text", 150, placed("plain_text_input", "placeholder")),
    at_most("placeholder of an e-mail", 150, placed("email_text_input", "placeholder")),
    at_most("placeholder of a URL", 150, placed("url_text_input", "placeholder")),
    at_most("placeholder of a number", 150, placed("number_input", "placeholder", is_decimal_allowed=True)),
    at_most("placeholder of a select", 150, placed("static_select", "placeholder", options=options(1))),
    at_most("placeholder of a search", 150, placed("external_select", "placeholder")),
    at_most("placeholder of rich text", 150, placed("rich_text_input", "placeholder")),
    at_most("files", 10, placed("file_input", "max_files")),
    at_least("files", 1, placed("file_input", "max_files")),
    at_most("max_lines", 100, placed("rich_text_input", "max_lines")),
    at_least("min_lines", 1, placed("rich_text_input", "min_lines")),
    at_most("title of a dialog", 100, lambda n: confirmed(title=plain("t" * n))),
    at_most("text of a dialog", 300, lambda n: confirmed(text=plain("t" * n))),
    at_most("yes of a dialog", 30, lambda n: confirmed(confirm=plain("y" * n))),
    at_most("no of a dialog", 30, lambda n: confirmed(deny=plain("n" * n))),
    at_most("dispatch triggers", 2, lambda n: dispatching(["on_enter_pressed", "on_character_entered"] * n, n)),
    at_least("dispatch triggers", 1, lambda n: dispatching(["on_enter_pressed"], n)),
    at_most("indent of a list", 8, lambda n: listed(indent=n)),
    at_least("indent of a list", 0, lambda n: listed(indent=n)),
    at_most("border of a list", 1, lambda n: listed(border=n)),
    at_most("alert", 200, lambda n: modal({"type": "alert", "text": plain("a" * n)})),
    at_most("title of a card", 150, lambda n: modal({"type": "card", "title": plain("t" * n)})),
    at_most("subtitle of a card", 150, lambda n: modal({"type": "card", "subtitle": plain("t" * n)})),
    at_most("body of a card", 200, lambda n: modal({"type": "card", "body": plain("t" * n)})),
    at_most(
        "actions of a card",
        3,
        lambda n: modal({"type": "card", "title": plain("t"), "actions": [button(f"b{m}") for m in range(n)]}),
    ),
    at_most("title of a video", 200, lambda n: modal(video(title=plain("t" * n)))),
    at_most("author of a video", 50, lambda n: modal(video(author_name="a" * n))),
    at_most("provider of a video", 50, lambda n: modal(video(provider_name="a" * n))),
    at_most("description of a video", 200, lambda n: modal(video(description=plain("d" * n)))),
]

ON_HOME = [
    at_most("blocks of Home", 100, lambda n: home(*[section("x")] * n)),
    at_most("metadata of Home", 3000, lambda n: {**home(), "private_metadata": "p" * n}),
]

IN_MESSAGES = [
    at_most("blocks of a message", 50, lambda n: [section("x")] * n),
    at_most("all texts", 9_597, lambda n: [*[section("x" * 3000)] * 3, section("x" * (n - 9_000))]),
    at_most("one markdown block", 9_597, lambda n: [{"type": "markdown", "text": "m" * n}]),
    at_most("tables", 1, lambda n: [table([[CELL]])] * n),
    at_most("rows of a table", 100, lambda n: [table([[CELL]] * n)]),
    at_most("columns of a table", 20, lambda n: [table([[CELL] * n])]),
    at_most("settings of columns", 20, lambda n: [{**table([[CELL]]), "column_settings": [{}] * n}]),
    at_most("rows of data", 201, lambda n: [data_table([[CELL]] * n)]),
    at_least("rows of data", 2, lambda n: [data_table([[CELL]] * n)]),
    at_most("columns of data", 20, lambda n: [data_table([[CELL] * n] * 2)]),
    at_most("page of data", 100, lambda n: [{**data_table([[CELL]] * 2), "page_size": n}]),
    at_least("page of data", 1, lambda n: [{**data_table([[CELL]] * 2), "page_size": n}]),
    at_most("charts", 2, lambda n: [{"type": "data_visualization", "title": "Use"}] * n),
    at_most("title of a chart", 50, lambda n: [{"type": "data_visualization", "title": "t" * n}]),
    at_most("cards of a carousel", 10, lambda n: [{"type": "carousel", "elements": [{"type": "card"}] * n}]),
    at_least("cards of a carousel", 1, lambda n: [{"type": "carousel", "elements": [{"type": "card"}] * n}]),
    at_most("children of a container", 10, lambda n: [{"type": "container", "child_blocks": [section("x")] * n}]),
    at_most(
        "title of a container",
        150,
        lambda n: [{"type": "container", "child_blocks": [section("x")], "title": plain("t" * n)}],
    ),
    at_most("tasks of a plan", 50, lambda n: [{"type": "plan", "tasks": [{}] * n}]),
]


def dispatching(triggers: list[str], count: int) -> Json:
    """Return a modal with a field that sends what is typed on so many occasions."""
    config = {"trigger_actions_on": triggers[:count]}
    return modal({**text_field(dispatch_action_config=config), "dispatch_action": True})


def video(**more: Any) -> Json:
    """Return a video block."""
    addresses = {"thumbnail_url": "https://a.b/c.png", "video_url": "https://a.b/c"}
    return {"type": "video", "alt_text": "a", "title": plain("t"), **addresses, **more}


def table(rows: list[list[Json]]) -> Json:
    """Return a table block."""
    return {"type": "table", "rows": rows}


def data_table(rows: list[list[Json]]) -> Json:
    """Return a data table."""
    return {"type": "data_table", "caption": "Use", "rows": rows}


def named(limits: list[Limit]) -> list[Any]:
    """Return the cases, named for what they limit."""
    return [
        pytest.param(limit, id=f"{limit.name} {'over' if limit.step > 0 else 'under'} {limit.edge}") for limit in limits
    ]


@pytest.mark.parametrize("limit", named(IN_VIEWS))
def test_a_modal_may_reach_a_limit_and_not_pass_it(api: Api, limit: Limit) -> None:
    """At the edge views.open looks at the trigger, which is none; one beyond it the view is refused."""
    at_the_edge = api.call("views.open", trigger_id=NO_TRIGGER, view=limit.build(limit.edge))
    beyond = api.call("views.open", trigger_id=NO_TRIGGER, view=limit.build(limit.edge + limit.step))

    assert (at_the_edge.error, at_the_edge.messages) == ("invalid_trigger_id", [])
    assert beyond.error == "invalid_arguments"
    assert any("json-pointer:/view/" in line for line in beyond.messages[1:])


@pytest.mark.parametrize("limit", named(ON_HOME))
def test_home_may_reach_a_limit_and_not_pass_it(api: Api, ada: str, limit: Limit) -> None:
    """views.publish takes what is at the edge and refuses one more."""
    assert api.call("views.publish", user_id=ada, view=limit.build(limit.edge)).error is None
    assert (
        api.call("views.publish", user_id=ada, view=limit.build(limit.edge + limit.step)).error == "invalid_arguments"
    )


@pytest.mark.parametrize("limit", named(IN_MESSAGES))
def test_a_message_may_reach_a_limit_and_not_pass_it(api: Api, ada: str, limit: Limit) -> None:
    """chat.postMessage takes what is at the edge and refuses one more."""
    at_the_edge = api.call_json("chat.postMessage", channel=ada, text="t", blocks=limit.build(limit.edge))
    beyond = api.call_json("chat.postMessage", channel=ada, text="t", blocks=limit.build(limit.edge + limit.step))

    assert (at_the_edge.error, at_the_edge.messages) == (None, [])
    assert beyond.error in {"invalid_blocks", "msg_blocks_too_long"}


def test_the_sum_of_a_data_tables_texts_is_limited(api: Api, ada: str) -> None:
    """20,000 characters, whatever the message's own sum says."""
    rows = [[{"type": "raw_text", "text": "x" * 1000}] * 10] * 2
    more = [*rows, [CELL]]

    answers = [
        api.call_json("chat.postMessage", channel=ada, text="t", blocks=[data_table(each)]) for each in (rows, more)
    ]

    assert [answer.error for answer in answers] == ["msg_blocks_too_long", "invalid_blocks"]
    assert answers[1].messages == ["[ERROR] must be less than 20001 characters [json-pointer:/blocks/0/rows]"]


def test_markdown_is_limited_over_all_its_blocks(api: Api, ada: str) -> None:
    """12,000 characters in all markdown blocks of a message."""
    blocks = [{"type": "markdown", "text": "m" * 4001}] * 3

    assert api.call("chat.postMessage", channel=ada, text="t", blocks=blocks).messages == [
        "[ERROR] must be less than 12001 characters [json-pointer:/blocks]"
    ]


# ---- texts of a message


def test_a_markdown_text_has_its_own_limit_and_stands_alone(api: Api, ada: str) -> None:
    """markdown_text takes 12,000 characters and neither text nor blocks beside it."""
    assert api.call("chat.postMessage", channel=ada, markdown_text="m" * 12_000).error is None
    assert api.call("chat.postMessage", channel=ada, markdown_text="m" * 12_001).error == "msg_too_long"
    conflict = api.call("chat.postMessage", channel=ada, markdown_text="m", blocks=[section("x")])
    assert conflict.error == "markdown_text_conflict"


def test_a_hundred_attachments_are_the_most(api: Api, ada: str) -> None:
    """One more is too_many_attachments."""
    answers = [
        api.call("chat.postMessage", channel=ada, attachments=[{"text": "a"}] * count).error for count in (100, 101)
    ]

    assert answers == [None, "too_many_attachments"]


def test_ids_of_a_message_are_unique(api: Api, ada: str) -> None:
    """A block_id in its message, an action_id in its block; the same action_id may stand in two blocks."""
    twice = [{**section("x"), "block_id": "b"}] * 2
    in_one = [actions(button("a"), button("a"))]
    in_two = [actions(button("a"), block_id="one"), actions(button("a"), block_id="two")]

    answers = [
        api.call("chat.postMessage", channel=ada, text="t", blocks=blocks).error for blocks in (twice, in_one, in_two)
    ]

    assert answers == ["invalid_blocks", "invalid_blocks", None]


# ---- where blocks and elements may stand (slack.md 4.5)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "markdown", "text": "x"},
        {"type": "file", "external_id": "x", "source": "remote"},
        {"type": "plan", "tasks": []},
        {"type": "task_card"},
        {"type": "context_actions", "elements": []},
        {"type": "container", "child_blocks": [section("x")]},
        table([[CELL]]),
    ],
    ids=lambda block: block["type"],
)
def test_blocks_of_messages_alone(api: Api, ada: str, block: Json) -> None:
    """A message takes them, a modal and Home do not."""
    assert api.call("chat.postMessage", channel=ada, text="t", blocks=[block]).error is None
    for answer in (
        api.call("views.open", trigger_id=NO_TRIGGER, view=modal(block)),
        api.call("views.publish", user_id=ada, view=home(block)),
    ):
        assert answer.messages[1:] == [f"[ERROR] unsupported type: {block['type']} [json-pointer:/view/blocks/0/type]"]


@pytest.mark.parametrize(
    "block",
    [data_table([[CELL]] * 2), {"type": "data_visualization", "title": "x"}, {"type": "carousel", "elements": [{}]}],
    ids=lambda block: block["type"],
)
def test_blocks_of_messages_and_home(api: Api, ada: str, block: Json) -> None:
    """A message and Home take them, a modal does not."""
    assert api.call("chat.postMessage", channel=ada, text="t", blocks=[block]).error is None
    assert api.call("views.publish", user_id=ada, view=home(block)).error is None
    assert api.call("views.open", trigger_id=NO_TRIGGER, view=modal(block)).error == "invalid_arguments"


@pytest.mark.parametrize(
    ("kind", "modal_takes", "home_takes", "message_takes"),
    [
        ("number_input", True, False, False),
        ("email_text_input", True, False, False),
        ("file_input", True, False, False),
        ("rich_text_input", True, True, False),
        ("datetimepicker", True, False, True),
        ("plain_text_input", True, True, True),
    ],
)
def test_fields_have_their_surfaces(
    api: Api, ada: str, *, kind: str, modal_takes: bool, home_takes: bool, message_takes: bool
) -> None:
    """Each surface refuses the elements that it has not, by their type."""
    block = field_of(element(kind, **({"is_decimal_allowed": True} if kind == "number_input" else {})))

    in_modal = api.call("views.open", trigger_id=NO_TRIGGER, view=modal(block)).error == "invalid_trigger_id"
    on_home = api.call("views.publish", user_id=ada, view=home(block)).error is None
    in_message = api.call("chat.postMessage", channel=ada, text="t", blocks=[block]).error is None

    assert (in_modal, on_home, in_message) == (modal_takes, home_takes, message_takes)


@pytest.mark.parametrize(
    ("view", "flaw"),
    [
        pytest.param(
            modal(actions(element("multi_static_select", options=options(1)))),
            "unsupported type: multi_static_select [json-pointer:/view/blocks/0/elements/0/type]",
            id="a multi select among actions",
        ),
        pytest.param(
            modal(field_of(button())),
            "unsupported type: button [json-pointer:/view/blocks/0/element/type]",
            id="a button in a field",
        ),
        pytest.param(
            modal(field_of(element("password_text_input"))),
            "unsupported type: password_text_input [json-pointer:/view/blocks/0/element/type]",
            id="a password field, which Slack never had",
        ),
        pytest.param(
            modal(text_field(dispatch_action=True)),
            "invalid additional property: dispatch_action [json-pointer:/view/blocks/0/element]",
            id="dispatch_action on the element instead of the block",
        ),
        pytest.param(
            select(options=[{**option("o"), "url": "https://a.b"}]),
            "invalid additional property: url [json-pointer:/view/blocks/0/element/options/0]",
            id="an address outside an overflow menu",
        ),
        pytest.param(
            modal(field_of(element("datetimepicker", initial_date_time="1"))),
            "must provide an integer [json-pointer:/view/blocks/0/element/initial_date_time]",
            id="a moment that is no number",
        ),
        pytest.param(
            modal({"type": "rich_text", "elements": [{"type": "rich_text_poem", "elements": []}]}),
            "unsupported type: rich_text_poem [json-pointer:/view/blocks/0/elements/0/type]",
            id="unknown rich text",
        ),
        pytest.param(
            modal({"type": "alert", "text": plain("a"), "level": "panic"}),
            "must be one of: default, info, warning, error, success [json-pointer:/view/blocks/0/level]",
            id="an alert's level",
        ),
        pytest.param(
            modal({"type": "marquee"}),
            "unsupported type: marquee [json-pointer:/view/blocks/0/type]",
            id="no such block",
        ),
    ],
)
def test_what_stands_where_it_must_not_is_named(api: Api, view: Json, flaw: str) -> None:
    """The refusal tells the type or property, and its place."""
    assert f"[ERROR] {flaw}" in api.call("views.open", trigger_id=NO_TRIGGER, view=view).messages


@pytest.mark.parametrize("name", ["title", "submit", "close", "clear_on_close", "notify_on_close"])
def test_home_has_nothing_of_a_modal(api: Api, ada: str, name: str) -> None:
    """views.publish refuses what only windows have."""
    view = {**home(), name: True if name.endswith("on_close") else plain("t")}

    assert api.call("views.publish", user_id=ada, view=view).messages[1:] == [
        f"[ERROR] invalid additional property: {name} [json-pointer:/view]"
    ]
