"""The validator finds what Slack refuses, and leaves alone what Slack takes."""

from typing import Any

import pytest

from handlers.views.validator import ack_problems, problems

Json = dict[str, Any]


def _plain(text: str = "x") -> Json:
    return {"type": "plain_text", "text": text}


def _marked(text: str = "x") -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(**other: object) -> Json:
    return {"type": "section", "block_id": "s", "text": _marked(), **other}


def _button(**other: object) -> Json:
    return {"type": "button", "action_id": "b", "text": _plain(), **other}


def _options(number: int = 2, **other: object) -> list[Json]:
    return [{"text": _plain(), "value": str(each), **other} for each in range(number)]


def _input(element: Json, **other: object) -> Json:
    return {"type": "input", "block_id": "i", "label": _plain(), "element": {"action_id": "e", **element}, **other}


def _actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "a", "elements": list(elements)}


def _modal(*blocks: object, **other: object) -> Json:
    return {"type": "modal", "title": _plain(), "submit": _plain(), "blocks": list(blocks) or [_section()], **other}


def _message(*blocks: object, text: str = "x") -> Json:
    return {"text": text, "blocks": list(blocks)}


NUMBER = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"}
TEXT = {"type": "plain_text_input"}
RADIO = {"type": "radio_buttons", "options": _options()}
SELECT = {"type": "static_select", "options": _options()}
GROUPS = {"type": "static_select", "option_groups": [{"label": _plain(), "options": _options()}]}
CHECKBOXES = {"type": "checkboxes", "options": _options()}
CONFIRM = {"title": _plain(), "text": _marked(), "confirm": _plain(), "deny": _plain()}
WITHOUT_SUBMIT = {"type": "modal", "title": _plain(), "blocks": [_input(TEXT)]}


@pytest.mark.parametrize(
    "view",
    [
        _modal(),
        _modal(*[_section(block_id=str(number)) for number in range(100)]),
        _modal(_section(fields=[_marked("x" * 2000)] * 10)),
        _modal(
            _section(text=_marked("x" * 3000), accessory=_button(confirm=CONFIRM, style="danger", value="x" * 2000))
        ),
        _modal(_input({**NUMBER, "initial_value": "1"}, hint=_plain("x" * 2000), optional=True)),
        _modal(_input({**TEXT, "max_length": 3, "initial_value": "abc"})),
        _modal(_input({**TEXT, "multiline": True, "initial_value": "a\nb"})),
        _modal(_input({**SELECT, "options": _options(100), "initial_option": _options()[1]})),
        _modal(_input({**GROUPS, "initial_option": _options()[1]})),
        _modal(_input({**RADIO, "options": _options(10)})),
        _modal(_input({**CHECKBOXES, "initial_options": _options()[:1]})),
        _modal(_input({"type": "external_select", "min_query_length": 0})),
        _modal(_actions(*[_button(action_id=str(number)) for number in range(25)])),
        _modal({"type": "header", "block_id": "h", "text": _plain("x" * 150)}),
        _modal({"type": "context", "block_id": "c", "elements": [_marked()] * 10}),
        _modal({"type": "divider", "block_id": "d"}),
        _modal({"type": "image", "block_id": "p", "image_url": "https://x.example/p.png", "alt_text": "A plant"}),
        _modal({"type": "image", "block_id": "p", "slack_file": {"id": "F0000001AB"}, "alt_text": "x" * 2000}),
        _modal({"type": "rich_text", "block_id": "r", "elements": [{"type": "rich_text_section", "elements": []}]}),
        _modal(title=_plain("x" * 24), private_metadata="x" * 3000, callback_id="x" * 255, external_id="x" * 255),
    ],
)
def test_what_slack_takes_is_fine(view: Json) -> None:
    """Views right up to the limits have no problems."""
    assert problems("modal", view) == []


@pytest.mark.parametrize(
    ("view", "place"),
    [
        (_modal(type="home"), "/type"),
        (_modal(title=_plain("x" * 25)), "/title/text"),
        (_modal(title=_marked()), "/title/type"),
        (_modal(submit=_plain("x" * 25)), "/submit/text"),
        (_modal(close=_plain("")), "/close/text"),
        (_modal(private_metadata="x" * 3001), "/private_metadata"),
        (_modal(callback_id="x" * 256), "/callback_id"),
        (_modal(external_id="x" * 256), "/external_id"),
        (WITHOUT_SUBMIT, "/submit"),
        ({"type": "modal", "title": _plain(), "blocks": []}, "/blocks"),
        ({"type": "modal", "title": _plain()}, "/blocks"),
        (_modal(*[_section(block_id=str(number)) for number in range(101)]), "/blocks"),
        (_modal(_section(), _section()), "/blocks"),
        (_modal("text"), "/blocks/0"),
        (_modal({"type": "alert", "block_id": "x"}), "/blocks/0"),
        (_modal({"type": "markdown", "block_id": "x", "text": "x"}), "/blocks/0"),
        (_modal({"type": "section", "text": _marked()}), "/blocks/0/block_id"),
        (_modal(_section(block_id="x" * 256)), "/blocks/0/block_id"),
        (_modal({"type": "section", "block_id": "s"}), "/blocks/0"),
        (_modal(_section(text=_marked("x" * 3001))), "/blocks/0/text/text"),
        (_modal(_section(text=_marked(" "))), "/blocks/0/text/text"),
        (_modal(_section(text={"type": "mrkdwn", "text": "x"})), "/blocks/0/text/verbatim"),
        (_modal(_section(text={**_marked(), "emoji": True})), "/blocks/0/text/emoji"),
        (_modal(_section(text={**_plain(), "verbatim": True})), "/blocks/0/text/verbatim"),
        (_modal(_section(fields=[_marked()] * 11)), "/blocks/0/fields"),
        (_modal(_section(fields=[_marked("x" * 2001)])), "/blocks/0/fields/0/text"),
        (_modal(_section(accessory={**TEXT, "action_id": "e"})), "/blocks/0/accessory"),
        (_modal({"type": "header", "block_id": "h", "text": _plain("x" * 151)}), "/blocks/0/text/text"),
        (_modal({"type": "header", "block_id": "h", "text": _marked()}), "/blocks/0/text/type"),
        (_modal({"type": "context", "block_id": "c", "elements": [_marked()] * 11}), "/blocks/0/elements"),
        (_modal({"type": "context", "block_id": "c", "elements": []}), "/blocks/0/elements"),
        (_modal({"type": "image", "block_id": "p", "image_url": "x", "alt_text": ""}), "/blocks/0/alt_text"),
        (
            _modal({"type": "image", "block_id": "p", "slack_file": {"id": "1"}, "alt_text": "x"}),
            "/blocks/0/slack_file",
        ),
        (
            _modal({"type": "image", "block_id": "p", "slack_file": "F0000001AB", "alt_text": "x"}),
            "/blocks/0/slack_file",
        ),
        (_modal({"type": "image", "block_id": "p", "alt_text": "x"}), "/blocks/0"),
        (_modal({"type": "rich_text", "block_id": "r", "elements": []}), "/blocks/0/elements"),
        (_modal({"type": "rich_text", "block_id": "r", "elements": [{"type": "text"}]}), "/blocks/0/elements/0"),
        (_modal(_actions()), "/blocks/0/elements"),
        (_modal(_actions(*[_button(action_id=str(number)) for number in range(26)])), "/blocks/0/elements"),
        (_modal(_actions(_button(), _button())), "/blocks/0"),
        (_modal(_actions({**TEXT, "action_id": "e"})), "/blocks/0/elements/0"),
        (_modal(_actions(_button(text=_plain("x" * 76)))), "/blocks/0/elements/0/text/text"),
        (_modal(_actions(_button(value=""))), "/blocks/0/elements/0/value"),
        (_modal(_actions(_button(value="x" * 2001))), "/blocks/0/elements/0/value"),
        (_modal(_actions(_button(url="x" * 3001))), "/blocks/0/elements/0/url"),
        (_modal(_actions(_button(style="loud"))), "/blocks/0/elements/0/style"),
        (_modal(_actions(_button(action_id=""))), "/blocks/0/elements/0/action_id"),
        (
            _modal(_actions(_button(confirm={**CONFIRM, "text": _marked("x" * 301)}))),
            "/blocks/0/elements/0/confirm/text/text",
        ),
        (
            _modal(_actions(_button(confirm={**CONFIRM, "title": _plain("x" * 101)}))),
            "/blocks/0/elements/0/confirm/title/text",
        ),
        (_modal(_input(TEXT, label=_plain("x" * 2001))), "/blocks/0/label/text"),
        (_modal(_input(TEXT, hint=_plain("x" * 2001))), "/blocks/0/hint/text"),
        (_modal(_input({"type": "button"})), "/blocks/0/element"),
        (_modal({"type": "input", "block_id": "i", "label": _plain()}), "/blocks/0/element"),
        (_modal(_input({**TEXT, "placeholder": _plain("x" * 151)})), "/blocks/0/element/placeholder/text"),
        (_modal(_input({**TEXT, "max_length": 3001})), "/blocks/0/element/max_length"),
        (_modal(_input({**TEXT, "min_length": 5, "max_length": 3})), "/blocks/0/element/min_length"),
        (_modal(_input({**TEXT, "max_length": 3, "initial_value": "abcd"})), "/blocks/0/element/initial_value"),
        (_modal(_input({**TEXT, "initial_value": "a\nb"})), "/blocks/0/element/initial_value"),
        (_modal(_input({**NUMBER, "initial_value": "10"})), "/blocks/0/element"),
        (_modal(_input({**NUMBER, "min_value": "10"})), "/blocks/0/element"),
        (_modal(_input({**NUMBER, "min_value": 1})), "/blocks/0/element"),
        (_modal(_input({"type": "number_input"})), "/blocks/0/element/is_decimal_allowed"),
        (_modal(_input({**SELECT, "options": _options(101)})), "/blocks/0/element/options"),
        (_modal(_input({**SELECT, "options": []})), "/blocks/0/element/options"),
        (_modal(_input({**SELECT, "option_groups": []})), "/blocks/0/element"),
        (_modal(_input({"type": "static_select"})), "/blocks/0/element"),
        (_modal(_input({**SELECT, "initial_option": _options(3)[2]})), "/blocks/0/element/initial_option"),
        (_modal(_input({**SELECT, "initial_option": None})), "/blocks/0/element/initial_option"),
        (_modal(_input({**RADIO, "options": _options(11)})), "/blocks/0/element/options"),
        (_modal(_input({**CHECKBOXES, "initial_options": []})), "/blocks/0/element/initial_options"),
        (_modal(_input({**CHECKBOXES, "initial_options": _options(3)[2:]})), "/blocks/0/element/initial_options"),
        (
            _modal(_input({**SELECT, "options": _options(description=_plain("x" * 76))})),
            "/blocks/0/element/options/0/description/text",
        ),
        (_modal(_input({**SELECT, "options": [{"text": _plain(), "value": "x" * 76}]})), "/blocks/0/element/options/0"),
        (_modal(_input({**SELECT, "options": ["x"]})), "/blocks/0/element/options/0"),
        (_modal(_input({"type": "external_select", "min_query_length": -1})), "/blocks/0/element/min_query_length"),
        (_modal(_input({"type": "external_select", "initial_option": None})), "/blocks/0/element/initial_option"),
        (
            _modal(
                _input({**TEXT, "focus_on_load": True}, block_id="1"),
                _input({**TEXT, "focus_on_load": True}, block_id="2"),
            ),
            "/blocks",
        ),
        (_modal(*[_section(block_id=f"{n}", text=_marked("🦠" * 3000)) for n in range(50)]), ""),
    ],
)
def test_what_slack_refuses_in_a_view_is_found(view: Json, place: str) -> None:
    """Each broken rule is reported with the place where it is broken."""
    found = problems("modal", view)
    assert [problem for problem in found if problem.startswith(place)] != []


@pytest.mark.parametrize(
    ("message", "place"),
    [
        (_message(_section(), text=""), "/text"),
        (_message(_section(), text="x" * 4001), "/text"),
        (_message(*[_section(block_id=str(number)) for number in range(51)]), "/blocks"),
        (_message(*[_section(block_id=str(number), text=_marked("x" * 3000)) for number in range(4)]), "/blocks"),
        (_message(_input(NUMBER)), "/blocks/0/element"),
        ({"text": "x"}, "/blocks"),
    ],
)
def test_what_slack_refuses_in_a_message_is_found(message: Json, place: str) -> None:
    """Messages have limits of their own: fewer blocks, a text, a sum of texts, no number inputs."""
    assert [problem for problem in problems("message", message) if problem.startswith(place)] != []


def test_a_message_within_its_limits_is_fine() -> None:
    """Three long paragraphs and a text are taken."""
    blocks = [_section(block_id=str(number), text=_marked("x" * 3000)) for number in range(3)]
    assert problems("message", _message(*blocks, text="x" * 4000)) == []


def test_a_home_has_no_submit() -> None:
    """Submit and close belong to modals."""
    home = {"type": "home", "blocks": [_section()]}
    assert problems("home", home) == []
    assert problems("home", {**home, "submit": _plain()}) != []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "x"},
        {"response_action": "clear"},
        {"response_action": "errors", "errors": {"title": "Too long."}},
        {"response_action": "update", "view": _modal()},
        {"options": []},
        {"option_groups": [{"label": _plain(), "options": _options(100)}]},
    ],
)
def test_answers_that_slack_takes_are_fine(body: Json) -> None:
    """Empty answers, errors, updates and choices are taken."""
    assert ack_problems(body) == []


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"response_action": "ok"}, "/response_action"),
        ({"response_action": "errors"}, "/errors"),
        ({"response_action": "errors", "errors": {}}, "/errors"),
        ({"response_action": "errors", "errors": {"title": " "}}, "/errors/title"),
        ({"response_action": "push"}, "/view"),
        ({"response_action": "update", "view": _modal(type="home")}, "/view/type"),
        ({"options": _options(101)}, "/options"),
        ({"option_groups": []}, "/option_groups"),
        ({"text": "x" * 60_000}, ""),
    ],
)
def test_answers_that_slack_refuses_are_found(body: Json, place: str) -> None:
    """A wrong answer shows people a red banner, so it is found here."""
    assert [problem for problem in ack_problems(body) if problem.startswith(place)] != []
