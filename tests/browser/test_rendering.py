"""Block Kit as the page draws it: golden views, each element by keyboard, and nothing of others that becomes markup."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from playground.page import PageServer, Resident
from playground.slack import Workspace
from playground.slack.block_rules import SURFACE_BLOCKS
from playground.slack.element_rules import ELEMENTS
from tests.browser.drawing import Drawing, Json, answer_with_paper

ROOT = Path(__file__).parents[2]
VIEWS = ROOT / "tests" / "data" / "views"
NOT_DRAWN = {"plan", "task_card", "file", "context_actions", "data_visualization"}
_LINK = re.compile(r"<(?:https?|mailto):[^|>]+\|([^>]*)>")
_NAME = re.compile(r":[a-z0-9_+-]+:")
_DATE = re.compile(r"<!date\^[^>]*>")
_HIDDEN = {"options", "option_groups", "confirm"}


def plain(text: str) -> Json:
    """Return a text object without markup."""
    return {"type": "plain_text", "text": text, "emoji": True}


def marked(text: str, **more: Any) -> Json:
    """Return a text object with markup."""
    return {"type": "mrkdwn", "text": text, **more}


def section(text: str = "Text", **more: Any) -> Json:
    """Return a section."""
    return {"type": "section", "block_id": "s", "text": marked(text), **more}


def actions(*elements: Json) -> Json:
    """Return a block of elements."""
    return {"type": "actions", "block_id": "a", "elements": list(elements)}


def button(text: str = "Press", **more: Any) -> Json:
    """Return a button."""
    return {"type": "button", "action_id": "press", "text": plain(text), **more}


def option(text: str, value: str | None = None, **more: Any) -> Json:
    """Return an option."""
    return {"text": plain(text), "value": value or text.lower(), **more}


def field(element: Json, block_id: str = "f", label: str = "Field", **more: Any) -> Json:
    """Return an input block."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "in", **element},
        **more,
    }


def text_field(block_id: str = "f", label: str = "Field", **more: Any) -> Json:
    """Return an input block for a line of text."""
    return field({"type": "plain_text_input", **more}, block_id, label)


def window(*blocks: Json, **more: Any) -> Json:
    """Return a window as the page gets it."""
    return {
        "type": "modal",
        "id": "V",
        "title": "A window",
        "submit": "Go",
        "close": "Leave",
        "blocks": blocks,
        "is_waiting": False,
        **more,
    }


FRUIT = [option(name) for name in ("Apple", "Banana", "Blueberry", "Cherry", "Date")]
HOLD = "() => { window.hold = new Promise((done) => { window.release = done; }); }"
QUESTION = {
    "title": plain("Sure?"),
    "text": marked("It is *gone* then."),
    "confirm": plain("Do it"),
    "deny": plain("No"),
}


@pytest.fixture(scope="module")
def ground() -> Iterator[str]:
    """Give the address of a page server, whose files are used."""
    with Workspace() as workspace:
        people = [Resident(person=workspace.add_user("ada", real_name="Ada"), role="researcher")]
        with PageServer(workspace, people=people, manifest=ROOT / "app.yaml", panel=None, passage=None) as server:
            yield server.address


@pytest.fixture(scope="module")
def paper(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """Give a page for all tests of this file, and what its console complains about."""
    page = chromium.new_page(reduced_motion="reduce", viewport={"width": 800, "height": 900})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None)
    page.route("**/drawing", answer_with_paper)
    yield page, complaints
    page.close()


@pytest.fixture
def drawing(paper: tuple[Page, list[str]], ground: str) -> Iterator[Drawing]:
    """Give an empty page, loaded anew; at its end nothing may have been complained about."""
    page, complaints = paper
    complaints.clear()
    yield Drawing.on(page, ground)
    assert complaints == []


@pytest.fixture(scope="module")
def sheet(paper: tuple[Page, list[str]], ground: str) -> Drawing:
    """Give an empty page on which one thing after the other is drawn, each in the place of the one before."""
    return Drawing.on(paper[0], ground)


def surfaces(node: Any) -> Iterator[Json]:
    """Return every view and message in a golden file."""
    if isinstance(node, dict) and isinstance(node.get("blocks"), list):
        yield node
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from surfaces(child)


def texts(node: Any) -> Iterator[str]:
    """Return the texts of blocks that can be read without opening anything."""
    if isinstance(node, list):
        for child in node:
            yield from texts(child)
    elif isinstance(node, dict):
        hidden = _HIDDEN - ({"options"} if node.get("type") in {"radio_buttons", "checkboxes"} else set())
        hidden |= {"placeholder"} if any(name.startswith("initial_") for name in node) else set()
        if isinstance(node.get("text"), str):
            yield node["text"]
        for name, child in node.items():
            if name not in hidden and not (name == "text" and isinstance(child, str)):
                yield from texts(child)


def parts(text: str) -> list[str]:
    """Return the pieces of a text between its dates, which each reader sees in another form."""
    return _DATE.split(_LINK.sub(r"\1", text))


def squeezed(text: str) -> str:
    """Return the letters and digits of a text, without entities, marks and emoji."""
    words = _NAME.sub(" ", text)
    for entity in ("&lt;", "&gt;", "&amp;"):
        words = words.replace(entity, "")
    return re.sub(r"[\W_\u2139]+", "", words)  # the sign for information counts as a letter


GOLDEN = [path for path in sorted(VIEWS.glob("*.json")) if any(surfaces(json.loads(path.read_text("utf-8"))))]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_golden_view_is_drawn_whole(sheet: Drawing, path: Path) -> None:
    """Nothing in it is unknown, and each of its texts can be read."""
    for number, one in enumerate(surfaces(json.loads(path.read_text("utf-8")))):
        sheet.clear()
        if one.get("type") == "modal":
            sheet.show({**one, "id": f"V{path.stem}{number}", "is_waiting": False})
        else:
            sheet.draw(one["blocks"])

        written = squeezed(sheet.written)
        assert sheet.page.locator(".unknown").all_inner_texts() == []
        shown = [part for text in texts([one.get("title"), one["blocks"]]) for part in parts(text)]
        assert [part for part in shown if squeezed(part) not in written] == []


@pytest.mark.parametrize(
    ("block", "name"),
    [
        pytest.param({"type": "hologram"}, "hologram", id="block"),
        pytest.param({"type": "constructor"}, "constructor", id="block-like-a-word-of-the-language"),
        pytest.param(actions({"type": "lever", "action_id": "x"}), "lever", id="element"),
        pytest.param(section(accessory={"type": "teleport_select", "action_id": "x"}), "teleport_select", id="menu"),
        pytest.param(actions(button(style="loud")), "loud", id="style"),
        pytest.param({"type": "section", "text": {"type": "html", "text": "x"}}, "html", id="text"),
        pytest.param({"type": "alert", "text": plain("x"), "level": "doom"}, "doom", id="level"),
        pytest.param(
            {"type": "rich_text", "elements": [{"type": "rich_text_poem", "elements": []}]}, "rich_text_poem", id="rich"
        ),
        pytest.param({"type": "header"}, "header", id="broken"),
    ],
)
def test_what_is_not_known_is_red_and_told_by_name(drawing: Drawing, block: Json, name: str) -> None:
    """A person cannot overlook it, and what stands beside it is drawn all the same."""
    board = drawing.draw([section("Beside it"), block])

    expect(board.get_by_role("alert")).to_contain_text(name)
    expect(board).to_contain_text("Beside it")


BLOCK_SAMPLES: dict[str, Json] = {
    "actions": {"elements": [button()]},
    "alert": {"text": plain("Sample")},
    "card": {"title": marked("Sample"), "actions": [button()]},
    "carousel": {"elements": [{"type": "card", "title": marked("Sample")}]},
    "container": {"title": plain("Box"), "child_blocks": [section("Sample")]},
    "context": {"elements": [marked("Sample")]},
    "data_table": {
        "caption": "Sample",
        "rows": [[{"type": "raw_text", "text": "A"}], [{"type": "raw_text", "text": "1"}]],
    },
    "divider": {},
    "header": {"text": plain("Sample")},
    "image": {"image_url": "https://example.org/x.png", "alt_text": "Sample"},
    "input": {"label": plain("Sample"), "element": {"type": "plain_text_input", "action_id": "x"}},
    "markdown": {"text": "# Sample"},
    "rich_text": {"elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "Sample"}]}]},
    "section": {"text": marked("Sample")},
    "table": {"rows": [[{"type": "raw_text", "text": "Sample"}]]},
    "video": {"title": plain("Sample"), "alt_text": "A film", "video_url": "https://example.org", "thumbnail_url": "x"},
}


@pytest.mark.parametrize("kind", sorted(frozenset().union(*SURFACE_BLOCKS.values())))
def test_every_block_that_slack_takes_is_drawn_or_red(drawing: Drawing, kind: str) -> None:
    """No kind of block of the workspace's rules is left out in silence."""
    board = drawing.draw([{"type": kind, **BLOCK_SAMPLES.get(kind, {})}])

    expect(drawing.page.locator("#board > .block")).to_have_count(1)
    expect(board.locator(".unknown")).to_have_count(1 if kind in NOT_DRAWN else 0)


ELEMENT_SAMPLES: dict[str, Json] = {
    "button": {"text": plain("Press")},
    "workflow_button": {"text": plain("Press")},
    **{
        kind: {"options": FRUIT}
        for kind in ("overflow", "checkboxes", "radio_buttons", "static_select", "multi_static_select")
    },
}


@pytest.mark.parametrize("kind", sorted(ELEMENTS))
def test_every_element_that_slack_takes_is_drawn_with_a_name(drawing: Drawing, kind: str) -> None:
    """Each can be reached by keyboard or says why not, and is found by its label."""
    element = {"type": kind, "action_id": "in", **ELEMENT_SAMPLES.get(kind, {})}
    is_alone = kind in {"button", "workflow_button", "overflow"}
    board = drawing.draw([actions(element) if is_alone else field(element)])

    expect(board.locator(".unknown")).to_have_count(0)
    names = {"overflow": "More actions", "button": "Press", "workflow_button": "Press"}
    found = board.get_by_role("button", name=names[kind]) if is_alone else board.get_by_label("Field", exact=True)
    expect(found.first).to_be_visible()


EVIL = (
    "<script>window.hurt = 1</script>",
    "<img src=x onerror='window.hurt=1'>",
    "<b>bold</b><svg/onload=window.hurt=1>",
    '"><iframe src=javascript:window.hurt=1>',
    "{{7*7}} ${7*7} <a href='javascript:alert(1)'>click</a>",
    "&lt;script&gt;window.hurt=1&lt;/script&gt;",
    "\u202eabc\u0000def <details open ontoggle=window.hurt=1>",
)
FOREIGN = "img, script, svg, iframe, b, details, a[href^='javascript' i], [onerror], [onload]"


@pytest.mark.parametrize("evil", EVIL)
def test_evil_texts_stay_texts_wherever_they_stand(drawing: Drawing, evil: str) -> None:
    """In every place for a text, of the app and of people, no element is made of them."""
    choices = [option("x", "1", description=plain(evil)), {"text": plain(evil), "value": "2"}]
    rich = [{"type": "text", "text": evil}, {"type": "link", "url": "javascript:window.hurt=1", "text": evil}]
    rich += [{"type": "user", "user_id": evil}, {"type": "emoji", "name": evil}, {"type": "broadcast", "range": evil}]
    blocks: list[Json] = [
        {"type": "header", "text": plain(evil)},
        {"type": "section", "text": marked(evil), "fields": [plain(evil), marked(f"*{evil}* `{evil}` ```{evil}```")]},
        {"type": "section", "text": marked(f"<javascript:window.hurt=1|{evil}> <!date^1^{evil}|{evil}> <@{evil}>")},
        {
            "type": "context",
            "elements": [marked(evil), {"type": "image", "image_url": f"javascript:{evil}", "alt_text": evil}],
        },
        {"type": "markdown", "text": f"# {evil}\n- {evil}\n[x](javascript:window.hurt=1) **{evil}**"},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": rich}]},
        actions(button(evil, accessibility_label=evil)),
        field(
            {"type": "static_select", "options": choices, "initial_option": choices[1]}, "one", evil, hint=plain(evil)
        ),
        field({"type": "checkboxes", "options": choices}, "two", evil),
        text_field("three", evil, initial_value=evil, placeholder=plain(evil)),
        {"type": evil},
    ]
    drawing.show(window(*blocks, title=evil, submit=evil, close=evil, banner=evil, errors={"three": evil}))
    drawing.page.get_by_role("combobox").first.click()

    expect(drawing.page.locator("#modals").locator(FOREIGN)).to_have_count(0)
    assert drawing.page.locator("h2.header").text_content() == evil
    assert drawing.page.evaluate("window.hurt") is None


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _italic_ ~struck~ `code`", "<strong>bold</strong> <em>italic</em> <s>struck</s> <code>code</code>"),
        ("*bold _and italic_*", "<strong>bold <em>and italic</em></strong>"),
        ("*with `code` in it*", "<strong>with <code>code</code> in it</strong>"),
        ("snake_case_name 2*3*4 a~b~c", "snake_case_name 2*3*4 a~b~c"),
        ("* not bold *", "* not bold *"),
        ("`*literal*`", "<code>*literal*</code>"),
        ("```one\n*two*```", '<pre tabindex="0">one\n*two*</pre>'),
        ("&gt; quoted\n&gt; on\nafter", "<blockquote>quoted<br>on</blockquote>after"),
        ("&gt;&gt;&gt; all\nof it", "<blockquote>all<br>of it</blockquote>"),
        ("one\ntwo", "one<br>two"),
        ("a &lt;b&gt; &amp;amp; c", "a &lt;b&gt; &amp;amp; c"),
        (
            "<@U2> <#C1> <!subteam^S1> <!here>",
            "".join(
                f'<span class="mention">{name}</span>{" " * (name != "@here")}'
                for name in ("@Bob", "#general", "@ai4os-admins", "@here")
            ),
        ),
        ("<@UNKNOWN|carol>", '<span class="mention">@carol</span>'),
        (
            "<https://example.org/?a=1&amp;b=2|label>",
            '<a href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">label</a>',
        ),
        (
            "see https://example.org.",
            'see <a href="https://example.org" target="_blank" rel="noopener noreferrer">https://example.org</a>.',
        ),
        (":rocket: :no_such_sign: 12:30:45", "🚀 :no_such_sign: 12:30:45"),
        (
            "*<https://example.org|bold link>*",
            '<strong><a href="https://example.org" target="_blank" rel="noopener noreferrer">bold link</a></strong>',
        ),
    ],
)
def test_mrkdwn_is_drawn_as_slack_draws_it(drawing: Drawing, text: str, html: str) -> None:
    """Marks, code, quotations, mentions, links, entities and emoji; what is none of them stays as it is."""
    board = drawing.draw([section(text)])

    assert board.locator(".text").inner_html() == html


def test_addresses_are_left_alone_when_the_text_is_verbatim(drawing: Drawing) -> None:
    """Foreign text makes no links by itself."""
    board = drawing.draw([{"type": "section", "text": marked("see https://example.org", verbatim=True)}])

    expect(board.get_by_role("link")).to_have_count(0)


@pytest.mark.parametrize(
    ("token", "zone", "written"),
    [
        ("{date_short_pretty} at {time}", "Europe/Madrid", "today at 12:13 PM"),
        ("{date_short_pretty} at {time}", "America/New_York", "today at 6:13 AM"),
        ("{date_num}", "Pacific/Auckland", "2026-06-09"),
        ("{date}", "UTC", "June 9th, 2026"),
        ("{date_short}", "UTC", "Jun 9, 2026"),
        ("{date_long}", "UTC", "Tuesday, June 9th, 2026"),
        ("{time_secs}", "UTC", "10:13:20 AM"),
        ("{ago}", "UTC", "just now"),
        ("{no_such_field}", "UTC", "in words"),
        ("{constructor}", "UTC", "in words"),
    ],
)
def test_dates_are_told_in_the_readers_zone(drawing: Drawing, token: str, zone: str, written: str) -> None:
    """By the workspace's clock; a token that nobody knows shows its words."""
    board = drawing.draw([section(f"<!date^1781000000^{token}|in words>")], tz=zone)

    expect(board.locator(".text")).to_have_text(written)


def test_today_and_tomorrow_follow_the_clock(drawing: Drawing) -> None:
    """The same message says another word when the workspace's day is another."""
    when = [section("<!date^1781000000^{date_pretty}|x>")]
    board = drawing.draw(when, id="m")
    drawing.draw(when, id="m", now=1_781_000_000.0 - 86_400)
    expect(board).to_have_text("tomorrow")

    drawing.draw(when, id="m", now=1_781_000_000.0 + 86_400)

    expect(board).to_have_text("yesterday")


def test_rich_text_has_lists_quotations_code_and_styles(drawing: Drawing) -> None:
    """Each as its own element."""
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": "one", "style": {"bold": True}}]}]
    elements = [
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": items},
        {"type": "rich_text_quote", "elements": [{"type": "user", "user_id": "U2"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code  kept"}]},
    ]
    board = drawing.draw([{"type": "rich_text", "elements": elements}])

    assert board.locator("ol").get_attribute("start") == "3"
    expect(board.locator("ol li strong")).to_have_text("one")
    expect(board.locator("blockquote")).to_have_text("@Bob")
    expect(board.locator("pre")).to_have_text("code  kept")


def test_a_picture_of_slacks_is_shown_with_its_words(drawing: Drawing) -> None:
    """One of another place, or not there yet, is told by its words: the page loads nothing from elsewhere."""
    files = {"F1": {"url": "/static/icon.svg", "alt": "A plot"}}
    blocks: list[Json] = [
        {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "A plot", "title": plain("Use")},
        {"type": "image", "slack_file": {"id": "F2"}, "alt_text": "Not there yet"},
        {"type": "image", "image_url": "https://example.org/x.png", "alt_text": "Elsewhere"},
    ]
    board = drawing.draw(blocks, files=files)

    expect(board.locator("img")).to_have_attribute("alt", "A plot")
    expect(board.get_by_role("img", name="Not there yet")).to_be_visible()
    expect(board.get_by_role("img", name="Elsewhere")).to_be_visible()
    expect(board.locator("figcaption")).to_have_text("Use")


# ---- elements by keyboard


def test_a_menu_by_keyboard(drawing: Drawing) -> None:
    """Arrows, End, Home and first letters mark, Enter chooses; Escape closes the list and not the window."""
    top = drawing.show(window(field({"type": "static_select", "options": FRUIT, "placeholder": plain("Which?")})))
    menu = top.get_by_role("combobox", name="Field")
    drawing.has_focus(menu)
    marks = drawing.page.locator(".marked")

    drawing.press("ArrowDown")
    expect(marks).to_have_text("Apple")
    drawing.press("End")
    expect(marks).to_have_text("Date")
    drawing.press("Home", "ArrowDown")
    expect(marks).to_have_text("Banana")
    drawing.press("b", "l")
    expect(marks).to_have_text("Blueberry")
    drawing.press("Escape")
    expect(menu).to_have_attribute("aria-expanded", "false")
    assert drawing.calls == []
    drawing.press("Enter", "End", "Enter")

    assert drawing.wait_for_calls(1)[0]["payload"] == {"value": "date"}
    expect(menu).to_have_text("Date")
    drawing.has_focus(menu)


def test_a_menu_shows_groups_descriptions_and_what_is_chosen(drawing: Drawing) -> None:
    """Groups have names, options their descriptions, and the list opens at the chosen one."""
    groups = [
        {"label": plain("Near"), "options": [option("Apple", description=plain("red"))]},
        {"label": plain("Far"), "options": [option("Durian")]},
    ]
    chosen = option("Durian")
    board = drawing.draw([field({"type": "static_select", "option_groups": groups, "initial_option": chosen})])
    board.get_by_role("combobox").click()

    expect(board.get_by_role("group", name="Near").get_by_role("option")).to_have_text("Applered")
    expect(board.locator(".marked")).to_have_text("Durian")
    expect(board.get_by_role("option", selected=True)).to_have_text("Durian")


def test_a_search_asks_from_its_least_number_of_letters_on(drawing: Drawing) -> None:
    """Three unless the app says otherwise; groups are shown, arrows and Enter choose."""
    drawing.page.evaluate("window.found = " + json.dumps({"groups": [{"label": plain("Fruit"), "options": FRUIT}]}))
    board = drawing.draw([field({"type": "external_select"})])
    box = board.get_by_role("combobox", name="Field")
    box.press_sequentially("ap")
    expect(board.get_by_role("status")).to_have_text("Type 3 letters to search.")
    box.press_sequentially("p")
    expect(board.get_by_role("group", name="Fruit")).to_be_visible()
    expect(board.locator(".marked")).to_have_text("Apple")

    drawing.press("ArrowDown", "Enter")

    kinds = [(call["kind"], call["payload"]) for call in drawing.wait_for_calls(2)]
    assert kinds == [("search", {"query": "app"}), ("select", {"value": "banana"})]
    expect(box).to_have_value("Banana")


def test_a_search_that_finds_nothing_says_so_and_escape_restores(drawing: Drawing) -> None:
    """What was chosen before stands there again."""
    chosen = option("Apple")
    top = drawing.show(window(field({"type": "external_select", "min_query_length": 1, "initial_option": chosen})))
    box = top.get_by_role("combobox", name="Field")
    box.fill("zzz")
    expect(top.get_by_text("No results")).to_be_visible()

    drawing.press("Escape")

    expect(box).to_have_value("Apple")
    assert [call["kind"] for call in drawing.calls] == ["search"]


def test_several_are_chosen_and_removed_by_keyboard(drawing: Drawing) -> None:
    """No more than the app allows; Backspace takes the last one away."""
    element = {"type": "multi_static_select", "options": FRUIT, "max_selected_items": 2}
    board = drawing.draw([field(element)])
    box = board.get_by_role("combobox", name="Field")
    box.press_sequentially("app")
    expect(board.locator(".marked")).to_have_text("Apple")
    drawing.press("Enter")
    expect(board.get_by_role("button", name="Remove Apple")).to_be_visible()
    box.press_sequentially("che")
    expect(board.locator(".marked")).to_have_text("Cherry")
    drawing.press("Enter")
    box.press_sequentially("dat")
    expect(board.locator(".marked")).to_have_text("Date")
    drawing.press("Enter")
    expect(board.get_by_role("status")).to_have_text("No more than 2 can be chosen.")

    drawing.press("Backspace")

    wanted = [["apple"], ["apple", "cherry"], ["apple"]]
    assert [call["payload"]["value"] for call in drawing.wait_for_calls(3)] == wanted


def test_people_and_channels_are_chosen_by_their_names(drawing: Drawing) -> None:
    """The app gets their ids."""
    board = drawing.draw([actions({"type": "users_select", "action_id": "who", "placeholder": plain("Who?")})])
    board.get_by_role("combobox", name="Who?").click()

    board.get_by_role("option", name="Bob").click()

    assert drawing.wait_for_calls(1)[0]["payload"] == {"value": "U2"}


def test_radio_buttons_and_checkboxes_by_keyboard(drawing: Drawing) -> None:
    """Arrows choose one, the space bar ticks several; each change is told at once."""
    top = drawing.show(
        window(
            field({"type": "radio_buttons", "options": FRUIT[:3], "initial_option": FRUIT[0]}, "r", "One"),
            field({"type": "checkboxes", "options": FRUIT[:3]}, "c", "Some"),
        )
    )
    top.get_by_role("radio", name="Apple").focus()
    drawing.press("ArrowDown", "Tab", "Space", "Tab", "Space", "Enter")

    values = [call["payload"]["value"] for call in drawing.wait_for_calls(3)]
    assert values == ["banana", ["apple"], ["apple", "banana"]]
    expect(top.get_by_role("radiogroup", name="One")).to_be_visible()
    expect(top.get_by_role("group", name="Some")).to_be_visible()


def test_an_overflow_menu_by_keyboard(drawing: Drawing) -> None:
    """Arrows, End and letters go through it, Escape gives the focus back, Enter does it."""
    board = drawing.draw([section(accessory={"type": "overflow", "action_id": "more", "options": FRUIT})])
    dots = board.get_by_role("button", name="More actions")
    dots.focus()
    drawing.press("Enter")
    drawing.has_focus(board.get_by_role("menuitem", name="Apple"))
    drawing.press("End")
    drawing.has_focus(board.get_by_role("menuitem", name="Date"))
    drawing.press("c")
    drawing.has_focus(board.get_by_role("menuitem", name="Cherry"))
    drawing.press("Escape")
    drawing.has_focus(dots)
    expect(board.get_by_role("menu")).to_be_hidden()

    drawing.press("ArrowDown", "ArrowDown", "Enter")

    assert drawing.wait_for_calls(1)[0]["payload"] == {"value": "banana"}


def test_a_dialog_asks_and_gives_the_focus_back(drawing: Drawing) -> None:
    """It starts at the harmless answer, keeps Tab inside, and Escape is a no."""
    board = drawing.draw([actions(button(style="danger", confirm=QUESTION))])
    board.get_by_role("button", name="Press").click()
    dialog = drawing.page.get_by_role("alertdialog", name="Sure?")
    expect(dialog.locator("strong")).to_have_text("gone")
    drawing.has_focus(dialog.get_by_role("button", name="No"))
    drawing.press("Tab")
    drawing.has_focus(dialog.get_by_role("button", name="Do it"))
    drawing.press("Tab")
    drawing.has_focus(dialog.get_by_role("button", name="No"))
    drawing.press("Escape")
    drawing.has_focus(board.get_by_role("button", name="Press"))
    assert drawing.calls == []

    drawing.press("Enter", "Tab", "Enter")

    assert drawing.wait_for_calls(1)[0]["payload"] == {"confirm": True}


def test_a_choice_that_is_not_confirmed_is_taken_back(drawing: Drawing) -> None:
    """The box shows again what the workspace holds, and so does a menu."""
    boxes = {"type": "checkboxes", "action_id": "c", "options": FRUIT[:2], "confirm": QUESTION}
    menu = {
        "type": "static_select",
        "action_id": "m",
        "options": FRUIT,
        "initial_option": FRUIT[0],
        "confirm": QUESTION,
    }
    board = drawing.draw([actions(boxes, menu)])
    board.get_by_role("checkbox", name="Apple").click()
    drawing.page.get_by_role("button", name="No").click()
    board.get_by_role("combobox").click()
    board.get_by_role("option", name="Date").click()
    drawing.page.get_by_role("button", name="No").click()

    expect(board.get_by_role("checkbox", name="Apple")).not_to_be_checked()
    expect(board.get_by_role("combobox")).to_have_text("Apple")
    assert drawing.calls == []


def test_a_button_says_that_it_works_and_is_not_sent_twice(drawing: Drawing) -> None:
    """Also when it is drawn anew before the app has acknowledged."""
    drawing.page.evaluate(HOLD)
    board = drawing.draw([actions(button())], id="m")
    press = board.get_by_role("button", name="Press")
    press.click()
    expect(press).to_have_attribute("aria-busy", "true")
    expect(drawing.page.locator("#status")).to_have_text("Press: working …")
    drawing.draw([actions(button("Press again"))], id="m")
    press.click()
    expect(press).to_have_attribute("aria-busy", "true")

    drawing.page.evaluate("window.release()")

    expect(press).not_to_have_attribute("aria-busy", "true")
    assert [call["kind"] for call in drawing.calls] == ["click"]


def test_typing_is_told_when_the_block_asks_for_it(drawing: Drawing) -> None:
    """On Enter only where that is asked; a plain field's Enter sends its text and no action."""
    drawing.draw(
        [
            field({"type": "plain_text_input"}, "plain", "Plain"),
            field({"type": "plain_text_input"}, "enter", "Enter", dispatch_action=True),
        ]
    )
    drawing.page.get_by_label("Plain").fill("one")
    drawing.press("Enter")
    drawing.wait_for_calls(1)
    drawing.page.get_by_label("Enter").fill("two")
    drawing.press("Enter")

    told = [(call["block"], call["payload"]) for call in drawing.wait_for_calls(2)]
    assert told == [("plain", {"value": "one", "enter": False}), ("enter", {"value": "two", "enter": True})]
    expect(drawing.page.get_by_text("Press Enter to send.")).to_have_count(1)


def test_what_is_typed_arrives_before_a_button_is_pressed(drawing: Drawing) -> None:
    """The app sees the newest state with the click."""
    drawing.show(window(text_field(), actions(button())))
    drawing.page.get_by_label("Field").fill("typed")
    drawing.page.get_by_role("button", name="Press").click()

    assert [call["kind"] for call in drawing.wait_for_calls(2)] == ["fill", "click"]


def test_the_length_is_counted_in_characters_and_nothing_is_cut(drawing: Drawing) -> None:
    """An emoji is one; what is too long stays there to be shortened."""
    board = drawing.draw([text_field(max_length=5)])
    board.get_by_label("Field").fill("🌱🌱🌱")
    expect(board.locator(".count")).to_have_text("2 characters left.")

    board.get_by_label("Field").fill("🌱🌱🌱🌱🌱🌱")

    expect(board.locator(".count")).to_have_text("1 too many: 5 characters at most.")
    expect(board.get_by_label("Field")).to_have_value("🌱🌱🌱🌱🌱🌱")


def test_dates_and_times_are_typed_in_the_persons_zone(drawing: Drawing) -> None:
    """A moment is told as seconds, and shown again in the zone."""
    element = {"type": "datetimepicker", "initial_date_time": 1_781_000_000}
    board = drawing.draw(
        [field(element), field({"type": "datepicker"}, "d", "Day"), field({"type": "timepicker"}, "t", "Time")]
    )
    moment = board.get_by_label("Field", exact=True)
    expect(moment).to_have_value("2026-06-09T12:13")
    moment.fill("2026-12-24T18:00")
    board.get_by_label("Day").fill("2026-12-24")
    board.get_by_label("Time").fill("09:30")
    drawing.press("Tab")

    told = sorted((call["block"], call["payload"]["value"]) for call in drawing.wait_for_calls(3))
    assert told == [("d", "2026-12-24"), ("f", 1_798_131_600), ("t", "09:30")]


# ---- windows


def test_drawing_a_window_anew_disturbs_nobody_who_types(drawing: Drawing) -> None:
    """The field, its caret, what is typed and not sent, and how far one has scrolled stay."""
    fields = [text_field(f"f{number}", f"Field {number}") for number in range(30)]
    top = drawing.show(window(*fields))
    box = top.get_by_label("Field 20")
    box.fill("abcdef")
    drawing.wait_for_calls(1)
    box.evaluate("field => field.setSelectionRange(2, 4)")
    before = top.locator(".modal-body").evaluate("body => body.scrollTop")
    drawing.press("X")

    changed = [section("New above"), *fields[:20], {**fields[20], "hint": plain("A hint")}, *fields[21:]]
    drawing.show(
        window(
            *changed, errors={"f3": "Wrong"}, values={"f20": {"in": {"type": "plain_text_input", "value": "abcdef"}}}
        )
    )
    drawing.show(window(*changed, values={"f20": {"in": {"type": "plain_text_input", "value": "abcdef"}}}))
    box.focus()

    expect(box).to_have_value("abXef")
    assert box.evaluate("field => field.selectionStart") == 3
    assert before > 0
    expect(top.get_by_text("A hint")).to_be_visible()


def test_errors_stand_under_their_fields_and_get_the_focus(drawing: Drawing) -> None:
    """The first wrong field has the focus and is read with its error."""
    blocks = [
        text_field("a", "First"),
        text_field("b", "Second"),
        field({"type": "radio_buttons", "options": FRUIT}, "c", "Third"),
    ]
    drawing.show(window(*blocks))

    top = drawing.show(window(*blocks, errors={"b": "Too short.", "c": "Choose one."}))

    second = top.get_by_label("Second")
    drawing.has_focus(second)
    expect(second).to_have_attribute("aria-invalid", "true")
    expect(top.get_by_role("alert")).to_have_text(["Too short.", "Choose one."])
    expect(second).to_have_accessible_description("Too short.")


def test_the_focus_stays_in_the_window_and_comes_back(drawing: Drawing) -> None:
    """Tab goes round; Escape asks to close; afterwards what opened it has the focus."""
    drawing.page.locator("#opener").focus()
    top = drawing.show(window(text_field("a", "First"), text_field("b", "Second")))
    drawing.has_focus(top.get_by_label("First"))
    drawing.press("Tab", "Tab", "Tab")
    drawing.has_focus(top.get_by_role("button", name="Go"))
    drawing.press("Tab")
    drawing.has_focus(top.get_by_role("button", name="Close the window"))
    drawing.press("Shift+Tab")
    drawing.has_focus(top.get_by_role("button", name="Go"))
    drawing.press("Escape")
    assert drawing.wait_for_calls(1)[0]["kind"] == "close"

    drawing.show()

    drawing.has_focus(drawing.page.locator("#opener"))


def test_a_window_on_top_gives_the_focus_back_to_the_one_below(drawing: Drawing) -> None:
    """To the button that pushed it, with everything typed below still there."""
    below = window(text_field("a", "First"), actions(button("More")), id="V1", title="Below")
    top = drawing.show(below)
    top.get_by_label("First").fill("kept")
    top.get_by_role("button", name="More").click()
    drawing.wait_for_calls(2)
    above = drawing.show(below, window(section("Above"), id="V2", title="Above", submit=None))
    expect(above).to_contain_text("over “Below”")
    drawing.has_focus(above.get_by_role("button", name="Leave"))

    drawing.show({**below, "values": {"a": {"in": {"type": "plain_text_input", "value": "kept"}}}})

    drawing.has_focus(top.get_by_role("button", name="More"))
    expect(top.get_by_label("First")).to_have_value("kept")


def test_the_field_that_the_app_wants_has_the_focus_first(drawing: Drawing) -> None:
    """focus_on_load wins over the first field; a loading window's focus goes to the fields as they come."""
    top = drawing.show(window(section("Loading"), submit=None))
    drawing.has_focus(top.get_by_role("button", name="Leave"))

    drawing.show(window(text_field("a", "First"), text_field("b", "Second", focus_on_load=True)))

    drawing.has_focus(top.get_by_label("Second"))


def test_a_submission_says_that_it_works_and_goes_once(drawing: Drawing) -> None:
    """Ctrl+Enter sends from a field; typed text arrives first; a banner is an alert."""
    drawing.page.evaluate(HOLD)
    top = drawing.show(window(text_field()))
    go = top.get_by_role("button", name="Go")
    drawing.press("Control+Enter")
    expect(go).to_have_attribute("aria-busy", "true")
    drawing.press("Control+Enter")
    drawing.show(window(text_field(), is_waiting=True))
    expect(top.get_by_role("status").first).to_have_text("Working …")
    expect(go).to_have_attribute("aria-busy", "true")

    drawing.page.evaluate("window.release()")
    drawing.show(window(text_field(), banner="We had some trouble connecting. Try again?"))

    expect(go).not_to_have_attribute("aria-busy", "true")
    expect(top.get_by_role("alert")).to_have_text("We had some trouble connecting. Try again?")
    assert [call["kind"] for call in drawing.calls] == ["submit"]


def test_enter_in_a_field_does_not_send_the_window(drawing: Drawing) -> None:
    """Neither in a line of text nor in a box; a form is sent on purpose."""
    top = drawing.show(window(text_field(), field({"type": "checkboxes", "options": FRUIT[:1]}, "c", "Some")))
    top.get_by_label("Field").press("Enter")
    top.get_by_role("checkbox").press("Enter")
    top.get_by_role("button", name="Leave").press("Enter")

    assert [call["kind"] for call in drawing.wait_for_calls(1)] == ["close"]
