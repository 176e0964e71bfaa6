"""Somebody who looks at the page and uses it, by the words and roles that stand there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.browser.chromium import PATIENCE_MS
from tests.browser.readings import NAME

LONG_MS = 60_000
"""So long days may take to pass."""
_TABS = 80


@dataclass(kw_only=True)
class Visitor:
    """A person with the page open; `name` is whom of the workspace they are."""

    page: Page
    name: str
    console: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def entering(cls, browser: Browser, address: str, name: str, **wishes: Any) -> Iterator[Self]:
        """Open the page in a browser window of one's own, and be somebody."""
        context = browser.new_context(
            **{"viewport": {"width": 1400, "height": 1000}, "reduced_motion": "reduce", "locale": "en-GB", **wishes}
        )
        context.set_default_timeout(PATIENCE_MS)
        visitor = cls(page=context.new_page(), name=name)
        visitor.page.on("console", visitor._hear)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        try:
            visitor.page.goto(address)
            visitor.be(name)
            yield visitor
        finally:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")
        if message.type == "error":
            self.complaints.append(message.text)

    # ---- whom one is, and where

    def be(self, name: str) -> None:
        """Become somebody of the workspace."""
        people = self.page.get_by_role("navigation").get_by_role("button")
        person = people.filter(has=self.page.get_by_text(name, exact=True))
        if person.get_attribute("aria-pressed") != "true":
            person.click()
        expect(person).to_have_attribute("aria-pressed", "true")
        self.name = name

    def reload(self) -> None:
        """Load the page again, as F5 does."""
        self.page.reload()

    # ---- writing and reading

    @property
    def composer(self) -> Locator:
        """Return the line to write in."""
        return self.page.get_by_role("combobox", name="Message or command")

    def type(self, line: str) -> None:
        """Write a line and send it."""
        self.composer.fill(line)
        self.composer.press("Enter")

    def message(self, *words: str | re.Pattern[str]) -> "Message":
        """Return the newest message that holds all these words, wherever it stands."""
        found = self.page.get_by_role("log", name="Messages").get_by_role("article")
        for each in words:
            found = found.filter(has_text=each)
        return Message(place=found.last, page=self.page)

    @property
    def trouble(self) -> Locator:
        """Return what the page says beside the composer when something went wrong."""
        return self.page.get_by_role("main").get_by_role("alert")

    # ---- windows

    def window(self, title: str) -> "Window":
        """Return the window on top with this title, once it is there."""
        place = self.page.get_by_role("dialog", name=title, exact=True)
        expect(place).to_be_visible()
        return Window(place=place, page=self.page)

    def has_no_window(self) -> None:
        """Wait until no window is open."""
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def question(self) -> "Question":
        """Return the dialog that asks before something is done, once it is there."""
        place = self.page.get_by_role("alertdialog")
        expect(place).to_be_visible()
        return Question(place=place, page=self.page)

    # ---- time and the world

    def let_pass(self, *buttons: str) -> None:
        """Press buttons of the clock one after another, each when the time of the one before has passed."""
        clock = self.page.locator("#clock")
        for button in buttons:
            before = clock.get_by_role("time").get_attribute("datetime")
            clock.get_by_role("button", name=button).click()
            expect(clock.get_by_role("time")).not_to_have_attribute("datetime", before or "", timeout=LONG_MS)
            expect(clock.get_by_role("status")).to_have_text("", timeout=LONG_MS)

    def play(self, button: str) -> str:
        """Press a button that plays the world; return what the page says about it."""
        self.panel("Cluster")
        world = self.page.get_by_role("region", name="Play the world")
        said = world.locator(".told")
        before = said.text_content()
        world.get_by_role("button", name=button, exact=True).click()
        expect(said).not_to_have_text(before or "")
        return said.inner_text()

    def panel(self, name: str) -> Locator:
        """Turn to a part of the panel beside the messages, and return it."""
        self.page.get_by_role("tab", name=name, exact=True).click()
        return self.page.get_by_role("tabpanel", name=name)

    # ---- the keyboard alone

    def tab_to(self, name: str) -> Locator:
        """Press Tab until what has this name has the focus, as somebody without a mouse would."""
        passed = []
        for _ in range(_TABS):
            self.page.keyboard.press("Tab")
            passed.append(self.focused_name)
            if passed[-1].removesuffix(" (optional)") == name:
                return self.focused
        raise AssertionError(f"{name!r} was not reached with {_TABS} tabs, but {', '.join(passed)}")

    @property
    def focused_name(self) -> str:
        """Return the accessible name of what has the focus, empty where nothing has."""
        return str(self.focused.evaluate(NAME)) if self.focused.count() else ""

    @property
    def focused(self) -> Locator:
        """Return what has the focus."""
        return self.page.locator("*:focus")

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)


@dataclass(frozen=True, kw_only=True)
class Window:
    """A window of the app's over the page."""

    place: Locator
    page: Page

    def field(self, label: str) -> Locator:
        """Return a field by its label; what stands there in brackets may be left out."""
        return self.place.get_by_label(re.compile(rf"^{re.escape(label)}(\s*\(.*\))*$"))

    def fill(self, label: str, text: str) -> None:
        """Type into a field."""
        self.field(label).fill(text)

    def choose(self, label: str, option: str) -> None:
        """Choose in a menu, or one of several buttons or boxes."""
        field = self.field(label)
        kind = field.get_attribute("role")
        if kind not in {"radiogroup", "group"}:
            field.click()
            self.place.get_by_role("option", name=option, exact=True).click()
            expect(field).to_have_attribute("aria-expanded", "false")
            return
        role: Literal["radio", "checkbox"] = "radio" if kind == "radiogroup" else "checkbox"
        choice = field.get_by_role(role, name=re.compile(rf"^{re.escape(option)}\b"))
        choice.click()
        expect(choice).to_be_checked()

    def search(self, label: str, words: str) -> Locator:
        """Type into a field that searches; return what it finds, once it has found something."""
        self.field(label).press_sequentially(words)
        found = self.place.get_by_role("listbox", name="Results").get_by_role("option")
        expect(found.first).to_be_visible()
        return found

    def find(self, label: str, words: str) -> None:
        """Search for something and take the first that is found."""
        self.search(label, words).first.click()

    def press(self, button: str | re.Pattern[str]) -> None:
        """Press a button."""
        self.place.get_by_role("button", name=button, exact=isinstance(button, str)).click()

    def says(self, *words: str | re.Pattern[str]) -> None:
        """Wait until the window says all of this."""
        for each in words:
            expect(self.place).to_contain_text(each)

    def error(self, label: str) -> Locator:
        """Return the error under a field."""
        identity = self.field(label).get_attribute("aria-describedby") or ""
        return self.place.locator(f'[id="{identity.split()[-1]}"]')


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message in the conversation that is open."""

    place: Locator
    page: Page

    def is_there(self, timeout: float = PATIENCE_MS) -> "Message":
        """Wait until it is there."""
        expect(self.place).to_be_visible(timeout=timeout)
        return self

    def press(self, button: str | re.Pattern[str]) -> None:
        """Press one of its buttons."""
        self.place.get_by_role("button", name=button, exact=isinstance(button, str)).click()

    def says(self, *words: str | re.Pattern[str]) -> None:
        """Wait until it says all of this."""
        for each in words:
            expect(self.place).to_contain_text(each)


@dataclass(frozen=True, kw_only=True)
class Question:
    """The dialog that asks before something is done."""

    place: Locator
    page: Page

    def says(self, *words: str) -> None:
        """Wait until it says all of this."""
        for each in words:
            expect(self.place).to_contain_text(each)

    def answer(self, button: str | re.Pattern[str]) -> None:
        """Answer it."""
        self.place.get_by_role("button", name=button, exact=isinstance(button, str)).click()
        expect(self.place).to_have_count(0)
