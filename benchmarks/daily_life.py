"""What people do with the bot on a day: look at their lists, open forms and leave them, deploy, look closer, stop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from benchmarks.crowd import COMMAND
from playground.slack import Person, ShownMessage

PATIENCE = timedelta(seconds=60)
_FORM = "demo-app --cpu 1 --ram 2000 --disk 1000"


@dataclass(slots=True)
class Inhabitant:
    """One person and what they have running."""

    person: Person
    running: list[ShownMessage] = field(default_factory=list)

    def do(self, chance: Random) -> str:
        """Do one thing; return what it was."""
        often: list[tuple[Callable[[], None], int]] = [
            (self.list, 30),
            (self.abandon, 20),
            (self.menu, 5),
            (self.browse, 10),
            (self.mistype, 5),
            (self.deploy if not self.running else self.stop, 20),
            (self.look_closer if self.running else self.list, 10),
        ]
        actions, weights = zip(*often, strict=True)
        (action,) = chance.choices(actions, weights)
        action()
        return str(action.__name__)

    def list(self) -> None:
        """Ask for the list."""
        self.person.command(COMMAND, "list").wait_for_message(timeout=PATIENCE)

    def menu(self) -> None:
        """Ask for the menu."""
        self.person.command(COMMAND).wait_for_message(timeout=PATIENCE)

    def browse(self) -> None:
        """Look for a module."""
        self.person.command(COMMAND, "modules demo").wait_for_modal(timeout=PATIENCE)
        self.person.dismiss()

    def mistype(self) -> None:
        """Mistype a command."""
        self.person.command(COMMAND, "depoly demo-app").wait_for_message(timeout=PATIENCE)

    def abandon(self) -> None:
        """Fill in a form with a password, and close it."""
        self._open(f"{_FORM} --service jupyter")
        form = self.person.modal
        assert form is not None
        self.person.fill(form, {"password": "not-a-real-password"})
        self.person.dismiss()

    def deploy(self) -> None:
        """Deploy, and read the message."""
        self._open(_FORM)
        result = self.person.submit()
        assert result.accepted, result.errors
        self.person.wait_for_modal(lambda view: view.callback_id == "deploy.review", timeout=PATIENCE)
        known = {message.ts for message in self.person.messages()}
        self.person.submit()
        self.person.wait_for_modal(lambda view: view.callback_id == "deploy.submitted", timeout=PATIENCE)
        self.person.dismiss()
        about = self.person.wait_for_message(lambda message: message.ts not in known, timeout=PATIENCE)
        self.running = [about]

    def stop(self) -> None:
        """Stop what was deployed, by the button under its message."""
        about = self.person.message(self.running[0].ts)
        self.person.click(about, "deployment.stop", confirm=True)
        self.running = []

    def look_closer(self) -> None:
        """Look at what was deployed."""
        about = self.person.message(self.running[0].ts)
        self.person.click(about, "deployment.details")
        self.person.wait_for_modal(timeout=PATIENCE)
        self.person.dismiss()

    def _open(self, options: str) -> None:
        self.person.command(COMMAND, f"deploy {options}")
        self.person.wait_for_modal(lambda view: view.callback_id == "deploy.form", timeout=PATIENCE)
