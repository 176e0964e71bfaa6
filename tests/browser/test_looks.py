"""Whoever sees little, or uses no mouse, can use the page: names, focus, contrast in light and dark."""

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import expect

from playground.scene_stage import Stage
from tests.browser.readings import FAINT, NAMELESS
from tests.browser.visitor import Visitor

Scheme = Literal["light", "dark"]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    """Give both colour schemes."""
    found: Scheme = request.param
    return found


@pytest.fixture
def looking(address: str, come_in: Callable[..., Visitor], scheme: Scheme) -> Visitor:
    """Give Ada, whose system prefers that scheme."""
    return come_in(address, "Ada", color_scheme=scheme)


def flaws(visitor: Visitor) -> list[str]:
    """Return every control without a name, and every text that is too faint."""
    return [*visitor.page.evaluate(NAMELESS), *visitor.page.evaluate(FAINT)]


def flaws_in(visitor: Visitor, panel: str) -> list[str]:
    """Return the flaws while that part of the panel is seen."""
    visitor.panel(panel)
    return flaws(visitor)


def test_everything_has_a_name_and_can_be_read(looking: Visitor) -> None:
    """Conversation, cluster, tour, inspector, a list, a form with errors, and a question."""
    looking.type("/ai4os deploy demo-app --service jupyter --title Readable")
    form = looking.window("Deploy a module")
    form.fill("IDE password", "short")
    form.press("Show help")
    expect(form.place.get_by_role("button", name="Hide help")).to_be_visible()
    form.press("Next")
    expect(form.error("IDE password")).not_to_be_empty()
    in_the_form = flaws(looking)
    form.fill("IDE password", "correct horse battery")
    form.press("Next")
    looking.window("Before you deploy").press("Deploy")
    looking.window("Submitted")
    in_the_window = flaws(looking)
    looking.window("Submitted").press("Done")
    message = looking.message("Readable", "is running").is_there()
    panels = {name: flaws_in(looking, name) for name in ("Cluster", "Tour", "Inspector")}
    looking.composer.fill("/ai4os ")
    expect(looking.page.get_by_role("listbox", name="Commands")).to_be_visible()
    in_suggestions = flaws(looking)
    looking.composer.fill("")
    message.press("Stop")
    looking.question()

    assert in_the_form == []
    assert in_the_window == []
    assert panels == {"Cluster": [], "Tour": [], "Inspector": []}
    assert in_suggestions == []
    assert flaws(looking) == []


def test_the_page_follows_the_system_and_the_switch(looking: Visitor, scheme: Scheme) -> None:
    """At first as the system prefers, then as the person does, also after a reload."""
    other = "dark" if scheme == "light" else "light"
    root = looking.page.locator("html")
    expect(root).to_have_attribute("data-scheme", scheme)

    looking.page.get_by_role("button", name="Dark", exact=True).click()

    expect(root).to_have_attribute("data-scheme", other)
    looking.reload()
    expect(root).to_have_attribute("data-scheme", other)


def test_the_page_says_that_it_is_not_slack(ada: Visitor) -> None:
    """In words that are always seen."""
    expect(ada.page.get_by_text("It is not Slack and not affiliated with Slack")).to_be_visible()


def test_the_focus_stays_in_a_window_and_comes_back(ada: Visitor) -> None:
    """Tab goes round in it, the page behind is out of reach, Escape closes, and the composer has the focus again."""
    ada.type("/ai4os deploy")
    window = ada.window("Deploy a module")
    expect(window.place.locator(":focus")).to_have_count(1)
    passed = []
    for _ in range(20):
        ada.press("Tab")
        passed.append(ada.focused_name)
        expect(window.place.locator(":focus")).to_have_count(1)

    assert {"Platform", "Module", "Title (optional)", "Cancel", "Next"} <= set(passed)
    ada.press("Escape")
    ada.has_no_window()
    expect(ada.composer).to_be_focused()


def test_the_order_of_the_focus_is_that_of_the_page(ada: Visitor) -> None:
    """From the composer on with Tab, everything that can be used is passed once, people and messages too."""
    seen: list[str] = []
    for _ in range(60):
        ada.press("Tab")
        seen.append(ada.focused_name)

    assert {"Send", "Messages", "Cluster"} <= set(seen)
    assert any(name.startswith("Bob") for name in seen)
    assert "+1 day" in seen


def test_the_panel_can_be_hidden(ada: Visitor) -> None:
    """Whoever only wants to read, reads."""
    ada.page.get_by_role("button", name="Hide panel").click()
    expect(ada.page.get_by_role("tab", name="Inspector")).to_be_hidden()

    ada.page.get_by_role("button", name="Show panel").click()

    expect(ada.page.get_by_role("tab", name="Inspector")).to_be_visible()


def test_a_narrow_window_shows_everything_that_matters(address: str, come_in: Callable[..., Visitor]) -> None:
    """On a small screen nothing has to be scrolled sideways, and a form can be filled in."""
    ada = come_in(address, "Ada", viewport={"width": 700, "height": 800})
    ada.type("/ai4os deploy demo-app")
    ada.window("Deploy a module").says("Title")

    assert ada.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_inspector_shows_what_goes_between_slack_and_the_bot(stage: Stage, ada: Visitor) -> None:
    """The command with its ack and the time it took, the calls it led to, and no token anywhere."""
    ada.type("/ai4os help")
    ada.message("deploy").is_there()

    inspector = ada.panel("Inspector")

    expect(inspector).to_contain_text("/ai4os")
    expect(inspector).to_contain_text("ms")
    for secret in (stage.workspace.bot_token, stage.workspace.app_token):
        assert secret not in ada.page.content()
