"""A reminder on the page, after days that pass with a click: answered with each of its buttons."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from playground.cluster.papi_jobs import PapiJob
from playground.panel.behaviour import Behaviour
from playground.scene_stage import Stage
from tests.browser.visitor import Visitor

BOB = "bob@example.org"
TITLES = ("Night run", "Old model")


@pytest.fixture
def reminded(stage: Stage, address: str, come_in: Callable[..., Visitor]) -> Visitor:
    """Give Bob after a day in which three deployments of his rested, with the question about them."""
    assert stage.cluster is not None
    assert stage.panel is not None
    for number, title in enumerate(TITLES):
        identity = f"{number:08x}-2fa3-11d2-883f-0016d3cca427"
        wanted = PapiJob(id=identity, owner=BOB, owner_email=BOB, cpus=2, gpus=1, gpu_model="Tesla T4")
        stage.panel.behaviours.set(identity, Behaviour.RESTING)
        stage.cluster.add_papi_job(BOB, title, wanted=wanted)
    bob = come_in(address, "Bob")
    bob.let_pass("+1 day", "+1 h", "+1 h")
    bob.message("Owl calls", *TITLES).is_there()
    return bob


@pytest.mark.timeout(300)
def test_each_button_of_a_reminder_does_what_it_says(reminded: Visitor) -> None:
    """Details explains, Keep asks for how long, In use believes, Stop asks and stops; the message says what became."""
    bob, message = reminded, reminded.message("Owl calls", *TITLES)
    expect(message.place.get_by_role("img")).to_be_visible()

    message.press("Details about Owl calls")
    window = bob.window("Why, or why not")
    window.says("Owl calls", "What was looked at")
    window.press("Close")
    bob.has_no_window()

    message.press("Keep Owl calls")
    window = bob.window("Keep it")
    window.choose("For how long?", "3 days")
    window.press("Keep it")
    window.says("Kept until")
    window.press("Close")
    bob.has_no_window()
    message.says("Kept until")

    message.press("Night run is in use")
    message.says("It is in use, as you said")

    message.press("Stop Old model")
    question = bob.question()
    question.says("Old model", "lost for good")
    question.answer("Stop it")
    message.says("It was stopped")

    for title in ("Owl calls", *TITLES):
        expect(message.place.get_by_role("button", name=f"Stop {title}")).to_have_count(0)
