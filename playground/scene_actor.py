"""Ada at her keyboard: what she does and looks for more than once, and the word for what should be the case."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from playground.scene_stage import Stage
from playground.slack.person import Person
from playground.slack.reply import Reply
from playground.slack.screen import ShownMessage, ShownView

FORM = "deploy.form"
OVER_LIMIT = "deploy.over_limit"
_ON_THE_WAY = frozenset({FORM, "deploy.checking", "deploy.submitting"})
FIRST, ONE, TWO, THREE, BROKEN = "First look", "Training one", "Training two", "Training three", "Old build"
FORGOTTEN = "Plankton notebook"
_PATIENCE = timedelta(seconds=15)
"""For what the bot does by itself; what the cluster does takes the stage's patience."""
SMALL = "--service jupyter --cpu 1 --ram 2000 --disk 1000"


class Unexpected(Exception):
    """The bot did something else than it should; the text says what should have been the case."""


def expect(holds: object, what: str) -> None:
    """Go on if it holds, else end the demo with what should have been the case."""
    if not holds:
        raise Unexpected(f"Expected that {what}.")


@dataclass(frozen=True, slots=True)
class Actor:
    """Plays Ada on a stage; `secrets` collects what must not be printed."""

    stage: Stage
    secrets: set[str]

    @property
    def ada(self) -> Person:
        """Return the person at the keyboard."""
        return self.stage.ada

    def type(self, text: str) -> Reply:
        """Type `/ai4os …`, which must be taken at once."""
        reply = self.ada.command("/ai4os", text)
        expect(reply.error is None, f"/ai4os {text} is answered in time, but Slack shows {reply.error}")
        return reply

    def see(self, callback: str, fits: Callable[[ShownView], bool] = bool) -> ShownView:
        """Wait for a modal of this kind that fits."""
        return self.ada.wait_for_modal(lambda view: view.callback_id == callback and fits(view), timeout=_PATIENCE)

    def open_form(self, options: str) -> ShownView:
        """Open the form by a command, filled in, and wait until it knows the image's tags."""
        self.type(f"deploy demo-app {SMALL} {options}")
        return self.see(FORM, lambda view: view.has("Docker tag"))

    def review(self) -> ShownView:
        """Press Next, which must be accepted, and wait for what comes of it."""
        result = self.ada.submit()
        expect(result.accepted, f"the form is accepted, but it says {dict(result.errors)}")
        return self._outcome()

    def submit(self, review: ShownView) -> None:
        """Press Deploy in the review, and close the last window."""
        expect(review.callback_id == "deploy.review", "the review shows the plan's answer")
        expect(review.submit_label == "Deploy", "the review can be submitted")
        self.ada.submit(review)
        outcome = self._outcome()
        expect(outcome.callback_id == "deploy.submitted", "the form says that it is submitted")
        self.ada.close(outcome)

    def announcement(self, title: str, *says: str) -> ShownMessage:
        """Wait until the direct message of a deployment says one of these, and return it."""

        def fits(message: ShownMessage) -> bool:
            is_it = not message.is_ephemeral and title in message.text
            return is_it and any(text in message.text for text in says)

        return self.ada.wait_for_message(fits, timeout=self.stage.patience)

    def listed(self) -> ShownMessage:
        """Type `/ai4os list` and wait for the answer."""
        return self.type("list").wait_for_message()

    def _outcome(self) -> ShownView:
        return self.ada.wait_for_modal(lambda view: view.callback_id not in _ON_THE_WAY, timeout=self.stage.patience)
