"""What one has on the page: list, access, stop with its question, the limit of GPUs, and two people at once."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect

from playground.cluster.papi_jobs import PapiJob
from playground.scene_stage import Stage
from tests.browser.visitor import Visitor

ADA = "ada@example.org"


def has(stage: Stage, title: str, number: int, *, gpus: int = 0) -> None:
    """Let Ada have a deployment from the dashboard that runs already."""
    assert stage.cluster is not None
    identity = f"{number:08x}-2fa2-11d2-883f-0016d3cca427"
    wanted = PapiJob(id=identity, owner=ADA, owner_email=ADA, cpus=2, gpus=gpus, service="jupyter")
    stage.cluster.add_papi_job(ADA, title, wanted=wanted)
    stage.workspace.clock.advance(timedelta(minutes=5))
    stage.cluster.settle()


def test_from_the_list_to_the_links_to_the_end(stage: Stage, ada: Visitor) -> None:
    """List, access in a window, stop after a question that names it; the list says that it is gone."""
    has(stage, "Seagrass run", 1)
    ada.type("/ai4os list")
    listed = ada.message("Your deployments", "Seagrass run").is_there()
    expect(listed.place).to_contain_text("Only visible to you")

    listed.press("Access")
    window = ada.window("Access")
    window.says("Seagrass run", "IDE")
    expect(window.place.get_by_role("link", name="Open IDE")).to_be_visible()
    window.press("Close")
    ada.has_no_window()

    listed.press("Stop")
    question = ada.question()
    question.says("Seagrass run", "lost for good")
    question.answer("Keep it")
    expect(listed.place).to_contain_text("Running")

    listed.press("Stop")
    ada.question().answer("Stop")
    expect(ada.page.get_by_role("log")).to_contain_text("stop", ignore_case=True)
    assert stage.cluster is not None
    ada.type("/ai4os list")
    expect(ada.page.get_by_role("article").last).not_to_contain_text("Running")


def test_a_question_can_be_left_by_keyboard(stage: Stage, ada: Visitor) -> None:
    """The careful answer has the focus, Escape is that answer, and the focus goes back to the button."""
    has(stage, "Seagrass run", 1)
    ada.type("/ai4os list")
    button = ada.message("Seagrass run").is_there().place.get_by_role("button", name="Stop")
    button.focus()
    ada.press("Enter")
    ada.question()
    assert ada.focused_name == "Keep it"

    ada.press("Tab", "Tab", "Escape")

    expect(ada.page.get_by_role("alertdialog")).to_have_count(0)
    expect(button).to_be_focused()
    expect(ada.message("Seagrass run").place).to_contain_text("Running")


def test_the_limit_of_gpus_names_who_holds_them(stage: Stage, ada: Visitor) -> None:
    """A third GPU is refused with the two that hold hers; one of them can be stopped there, and then it goes."""
    has(stage, "Run 1", 1, gpus=1)
    has(stage, "Run 2", 2, gpus=1)
    ada.type("/ai4os deploy demo-app --gpus 1")
    form = ada.window("Deploy a module")
    form.says("You hold 2 GPUs already", "stop one first")
    form.press("Next")

    refusal = ada.window("Not deployed")
    refusal.says("Run 1", "Run 2", "one person may hold 2 at most")
    refusal.place.get_by_role("button", name="Stop").first.click()
    ada.question().answer("Stop")
    ada.window("Stop").says("Run 1", "is being stopped")


def test_two_people_at_once_disturb_nobody(ada: Visitor, bob: Visitor) -> None:
    """Each has a form of their own, and sees nothing of the other's."""
    for visitor, title in ((ada, "Ada's own"), (bob, "Bob's own")):
        visitor.type("/ai4os deploy demo-app")
        visitor.window("Deploy a module").fill("Title", title)
    for visitor in (bob, ada):
        visitor.window("Deploy a module").press("Next")
        visitor.window("Before you deploy").press("Deploy")
    for visitor, own, other in ((ada, "Ada's own", "Bob's own"), (bob, "Bob's own", "Ada's own")):
        visitor.window("Submitted").press("Done")
        visitor.message(own, "is running").is_there()
        expect(visitor.page.get_by_role("log")).not_to_contain_text(other)


def test_one_browser_may_be_several_people(ada: Visitor) -> None:
    """One click, and the page is another person's; what the first one had is there again afterwards."""
    ada.type("/ai4os list")
    ada.message("no deployments", "").is_there()
    ada.be("Bob")
    expect(ada.page.get_by_role("article")).to_have_count(0)
    ada.type("/ai4os list")
    ada.message("Owl calls").is_there()

    ada.be("Ada")

    ada.message("no deployments").is_there()
    expect(ada.page.get_by_role("log")).not_to_contain_text("Owl calls")


def test_a_page_of_ones_own_follows_what_is_done_elsewhere(
    stage: Stage, address: str, come_in: Callable[..., Visitor]
) -> None:
    """The same person in two browsers: both show the same, at once."""
    here, there = come_in(address, "Ada"), come_in(address, "Ada")
    has(stage, "Seagrass run", 1)
    here.type("/ai4os list")

    there.message("Seagrass run").is_there()

    there.type("/ai4os deploy")
    here.window("Deploy a module").press("Cancel")
    there.has_no_window()
