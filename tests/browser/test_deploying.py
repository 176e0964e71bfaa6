"""Deploying on the page: by mouse, by keyboard alone, refused, searched, helped, reloaded, with evil in the title."""

from playwright.sync_api import expect

from tests.browser.visitor import Visitor, Window

EVIL = "<img src=x onerror=alert(1)><b>bold</b>"
PASSWORD = "correct horse battery"


def form_of(ada: Visitor, line: str = "/ai4os deploy demo-app") -> Window:
    """Open the form by a command, and wait until it has its fields."""
    ada.type(line)
    form = ada.window("Deploy a module")
    form.says("Title")
    return form


def test_a_module_is_deployed_with_the_mouse(ada: Visitor) -> None:
    """Form, review, and one message that follows the deployment until it runs, with its links."""
    form = form_of(ada, "/ai4os deploy")
    form.find("Module", "demo")
    form.choose("Service", "JupyterLab")
    form.fill("Title", "My first notebook")
    form.fill("IDE password", PASSWORD)
    form.press("Next")
    review = ada.window("Before you deploy")
    review.says("My first notebook", "JupyterLab", "It starts now")
    review.press("Deploy")
    ada.window("Submitted").press("Done")
    ada.has_no_window()

    message = ada.message("My first notebook", "is running").is_there()

    expect(message.place.get_by_role("link", name="Open IDE")).to_be_visible()
    expect(ada.panel("Cluster").get_by_text("Nothing waits")).to_be_visible()


def test_a_module_is_deployed_by_keyboard_alone(ada: Visitor) -> None:
    """Suggestion, search, choice, text and both windows, without a mouse; the focus comes back to where it was."""
    expect(ada.composer).to_be_focused()
    ada.page.keyboard.type("/ai4os dep")
    ada.press("Tab", "Enter")
    form = ada.window("Deploy a module")
    ada.tab_to("Module")
    ada.page.keyboard.type("demo")
    expect(form.place.get_by_role("listbox", name="Results").get_by_role("option").first).to_be_visible()
    ada.press("Enter")
    form.says("Service")
    ada.tab_to("Title")
    ada.page.keyboard.type("Typed by hand")
    ada.tab_to("Next")
    ada.press("Enter")
    ada.window("Before you deploy").says("Typed by hand")
    ada.tab_to("Deploy")
    ada.press("Enter")
    ada.window("Submitted")
    ada.press("Escape")
    ada.has_no_window()

    ada.message("Typed by hand", "is running").is_there()

    expect(ada.composer).to_be_focused()


def test_a_refused_form_says_all_that_is_wrong(ada: Visitor) -> None:
    """Each error stands under its field and is read with it; what is repaired passes."""
    form = form_of(ada, "/ai4os deploy demo-app --service jupyter")
    form.fill("IDE password", "short")
    form.choose("Docker tag", "gpu")
    form.says("built for GPUs")
    form.press("Next")

    expect(form.error("IDE password")).to_contain_text("at least 9 characters")
    expect(form.error("Docker tag")).not_to_be_empty()
    expect(form.field("IDE password")).to_have_attribute("aria-invalid", "true")
    expect(form.field("IDE password")).to_have_value("short")

    form.fill("IDE password", PASSWORD)
    form.choose("Docker tag", "cpu")
    form.press("Next")
    ada.window("Before you deploy")


def test_slacks_own_rules_are_told_before_anything_is_sent(ada: Visitor) -> None:
    """Letters in a number are refused under the field at once."""
    form = form_of(ada)
    form.fill("CPUs", "many")
    form.press("Next")

    expect(form.error("CPUs")).to_contain_text("number")


def test_modules_are_searched(ada: Visitor) -> None:
    """By name and by what they are about; what nobody has is said to be nowhere."""
    form = form_of(ada, "/ai4os deploy")

    found = form.search("Module", "plankton")

    expect(found).to_have_count(1)
    expect(found).to_contain_text("plankton-classifier")
    form.field("Module").fill("no such thing")
    form.says("No results")
    form.field("Module").fill("")
    form.find("Module", "plank")
    form.says("plankton-classifier")
    expect(form.field("Module")).to_have_value("Plankton classifier (plankton-classifier)")


def test_help_comes_and_goes_and_keeps_what_was_typed(ada: Visitor) -> None:
    """The toggle draws the form anew; nothing that was typed or chosen is lost."""
    form = form_of(ada, "/ai4os deploy demo-app --service jupyter")
    form.fill("Title", "Kept")
    form.fill("IDE password", PASSWORD)
    form.fill("CPUs", "3")
    form.press("Show help")
    expect(form.place.get_by_role("button", name="Hide help")).to_be_visible()

    expect(form.field("Title")).to_have_value("Kept")
    expect(form.field("IDE password")).to_have_value(PASSWORD)
    expect(form.field("CPUs")).to_have_value("3")
    expect(form.place.get_by_role("radio", name="JupyterLab")).to_be_checked()

    form.press("Hide help")
    expect(form.place.get_by_role("button", name="Show help")).to_be_visible()
    expect(form.field("Title")).to_have_value("Kept")


def test_a_reload_in_the_middle_of_a_form_loses_nothing_that_was_sent(ada: Visitor) -> None:
    """The window is the workspace's and not the page's: it is there again, with its values."""
    form = form_of(ada)
    form.fill("Title", "Before the reload")
    form.press("Show help")
    expect(form.place.get_by_role("button", name="Hide help")).to_be_visible()

    ada.reload()

    form = ada.window("Deploy a module")
    expect(form.field("Title")).to_have_value("Before the reload")
    form.press("Next")
    ada.window("Before you deploy").says("Before the reload")


def test_markup_in_a_title_is_text_everywhere(ada: Visitor) -> None:
    """In the review, the message, the list, a dialog, the cluster and the inspector; no image is made of it."""
    form = form_of(ada)
    form.fill("Title", EVIL)
    form.press("Next")
    review = ada.window("Before you deploy")
    review.says(EVIL)
    review.press("Deploy")
    ada.window("Submitted").press("Done")
    ada.message(EVIL, "is running").is_there()
    ada.type("/ai4os list")
    ada.message("Your deployments", EVIL).is_there().press("Stop")
    question = ada.question()
    question.says(EVIL)
    question.answer("Keep it")
    cluster = ada.panel("Cluster")
    expect(cluster.get_by_role("listitem").filter(has_text=EVIL).first).to_be_visible()
    ada.panel("Inspector")

    expect(ada.page.locator("img[src=x]")).to_have_count(0)
    expect(ada.page.locator("b").get_by_text("bold", exact=True)).to_have_count(0)
