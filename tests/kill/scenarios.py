"""What somebody is doing when the bot is killed: submitting, stopping, removing, or only being told."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread
from typing import Protocol

from playground.cluster.scripts import ImageScript
from playground.slack.screen import ShownMessage
from tests.kill.town import House, KillTown
from tests.kill.verdict import Judged, Outcome, look

IMAGE = "ai4oshub/demo-app"
UNTIL_IT_FAILS = timedelta(minutes=3)
"""Longer than Nomad tries a task that ends with an error."""

_GLANCE = 0.01


class RunningBot(Protocol):
    """A bot whose process may end at any moment; then every method raises Killed."""

    def until(self, is_so: Callable[[], bool]) -> None:
        """Let time pass until something is the case."""

    def has_ended(self, seconds: float) -> bool:
        """Wait until the process has ended, at most so long; tell whether it has."""

    def arm(self) -> None:
        """Let what was prepared come to rest; from now on it may be killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One person in a town, and what they type."""

    town: KillTown
    house: House
    bot: RunningBot

    def during(self, act: Callable[[], object]) -> None:
        """Let the person act; once the process has ended, its answer is waited for no longer, as it cannot come."""
        acted: Future[object] = Future()

        def run() -> None:
            try:
                acted.set_result(act())
            except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
                acted.set_exception(error)

        Thread(target=run, daemon=True).start()
        while not acted.done():
            if self.bot.has_ended(_GLANCE):
                return
        acted.result()

    def says(self, words: str) -> bool:
        """Tell whether the one message says so."""
        return any(words in message.text for message in self.house.ada.messages())

    def message(self) -> ShownMessage:
        """Return the message about the deployment."""
        return next(message for message in self.house.ada.messages() if message.metadata)

    def review(self) -> None:
        """Fill in the form and go on to the review."""
        ada = self.house.ada
        self.bot.until(self.has_whole_form)
        ada.fill(ada.wait_for_modal(), {"password": self.house.secret})
        result = ada.submit()
        assert result.accepted, result.errors
        ada.wait_for_modal(lambda view: view.callback_id not in {"deploy.form", "deploy.checking"})

    def has_whole_form(self) -> bool:
        """Open the form, and close it again if the bot has not read the catalogue yet."""
        ada = self.house.ada
        ada.command("/ai4os", f"deploy demo-app --service jupyter --hostname {self.house.hostname} --title Mine")
        form = ada.wait_for_modal(lambda view: view.callback_id == "deploy.form")
        if "IDE password" in form.text:
            return True
        ada.dismiss()
        return False

    def submit(self) -> None:
        """Fill in the form, submit it and its review, and wait until there is the message."""
        self.review()
        self.house.ada.submit()
        self.bot.until(lambda: any(message.metadata for message in self.house.ada.messages()))
        self.house.ada.dismiss()

    def deploy(self) -> None:
        """Do the same, and wait until it runs."""
        self.submit()
        self.bot.until(lambda: self.says("is running"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is done: `prepare` goes before, `act` is what is killed; `done` is its outcome when nothing kills it.

    `undone` is how it may end otherwise. `look` is the judge, `word` what lets a stepped bot do what is due, and
    after `afterwards` steps of time more everything must still be as it has to be.
    """

    name: str
    prepare: Callable[[Scene], None]
    act: Callable[[Scene], None]
    done: Outcome
    undone: frozenset[Outcome]
    look: Callable[[KillTown, House], Judged] = look
    word: str = "tick"
    afterwards: int = 0

    @property
    def legal(self) -> frozenset[Outcome]:
        """Return every outcome that is right."""
        return self.undone | {self.done}


def _submit(scene: Scene) -> None:
    scene.during(scene.house.ada.submit)
    scene.bot.until(lambda: scene.says("is running"))


def _wait_for_catalogue(scene: Scene) -> None:
    scene.bot.until(scene.has_whole_form)
    scene.house.ada.dismiss()


def _submit_one_line(scene: Scene) -> None:
    line = f"deploy demo-app --platform ai4eosc --service jupyter --hostname {scene.house.hostname} --title Mine --yes"
    scene.during(lambda: scene.house.ada.command("/ai4os", line))
    scene.bot.until(lambda: scene.says("is running"))


def _follow(scene: Scene) -> None:
    scene.bot.until(lambda: scene.says("is running"))


def _fail(scene: Scene) -> None:
    scene.town.simulated.script_image(IMAGE, ImageScript(exit_code=1))
    try:
        scene.submit()
        scene.town.simulated.advance(UNTIL_IT_FAILS)
        scene.bot.until(lambda: scene.says("failed"))
    finally:
        scene.town.simulated.script_image(IMAGE, ImageScript())


def _stop_by_button(scene: Scene) -> None:
    scene.during(lambda: scene.house.ada.click(scene.message(), "deployment.stop", confirm=True))
    scene.bot.until(lambda: scene.says("is stopped"))


def _ask_to_stop(scene: Scene) -> None:
    scene.deploy()
    scene.house.ada.command("/ai4os", "stop Mine")
    scene.house.ada.wait_for_modal(lambda view: view.callback_id == "deployment.stop" and "Mine" in view.text)


def _stop_in_window(scene: Scene) -> None:
    scene.during(scene.house.ada.submit)
    scene.bot.until(lambda: scene.says("is stopped"))


def _remove(scene: Scene) -> None:
    scene.during(lambda: scene.house.ada.click(scene.message(), "deployment.stop", confirm=True))
    scene.bot.until(lambda: scene.says("is no longer on the cluster"))


SUBMISSION = Scenario(
    name="submission",
    prepare=Scene.review,
    act=_submit,
    done=Outcome.RUNNING,
    undone=frozenset({Outcome.NOTHING, Outcome.UNSUBMITTED}),
)
UPDATE = Scenario(name="message update", prepare=Scene.submit, act=_follow, done=Outcome.RUNNING, undone=frozenset())
STOP = Scenario(
    name="stop by its button",
    prepare=Scene.deploy,
    act=_stop_by_button,
    done=Outcome.STOPPED,
    undone=frozenset({Outcome.RUNNING}),
)
STOP_IN_WINDOW = Scenario(
    name="stop in a window",
    prepare=_ask_to_stop,
    act=_stop_in_window,
    done=Outcome.STOPPED,
    undone=frozenset({Outcome.RUNNING}),
)
REMOVAL = Scenario(name="removal", prepare=_fail, act=_remove, done=Outcome.REMOVED, undone=frozenset({Outcome.FAILED}))
ONE_LINE = Scenario(
    name="one line",
    prepare=_wait_for_catalogue,
    act=_submit_one_line,
    done=Outcome.RUNNING,
    undone=frozenset({Outcome.NOTHING, Outcome.UNSUBMITTED}),
)
SCENARIOS = (SUBMISSION, ONE_LINE, UPDATE, STOP, STOP_IN_WINDOW, REMOVAL)
