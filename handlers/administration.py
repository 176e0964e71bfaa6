"""`/ai4os admin …`: the catalogue's state, reading it anew, and reminders, for administrators of a platform."""

from dataclasses import dataclass

import structlog
from slack_bolt import App
from slack_sdk.models.views import View

from bot.domain.admin_commands import parse_admin
from bot.domain.commands import Command
from bot.errors import BotError
from bot.ports import Clock
from bot.services.administration import Administration
from handlers.ids import Action
from handlers.listening import Listening
from handlers.reminder_administration import ReminderAdministration
from handlers.turn import Turn
from handlers.views import administration

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminCommands:
    """Listeners for administrators; the service checks with each that the person is one."""

    administration: Administration
    reminders: ReminderAdministration
    clock: Clock

    def register(self, app: App, listening: Listening) -> None:
        """Attach the listeners."""
        for turning in (Action.ADMIN_PREVIOUS, Action.ADMIN_NEXT):
            app.action(turning.value)(listening.guarded(self.turn_page))
        app.action(Action.ADMIN_REFRESH.value)(listening.guarded(self.refresh_in_view))
        self.reminders.register(app, listening)

    def run(self, turn: Turn, command: Command) -> None:
        """Do what follows `admin`; who asks is checked before how they ask, so that strangers learn nothing."""
        self.administration.admit(turn.person)
        wanted = parse_admin(command)
        if wanted.word == "catalog":
            self.show_catalogue(turn)
        elif wanted.word == "refresh":
            self.refresh(turn, wanted.subject)
        elif not self.reminders.run(turn, wanted):
            turn.reply(administration.help_message())

    def show_catalogue(self, turn: Turn) -> None:
        """Show the state of the catalogue, from memory."""
        view = self._catalogue(turn)
        turn.ack()
        if turn.open(view) is None:
            turn.whisper_error(BotError("Slack was too slow to open a window.", hint="Please try once more."), "")
        turn.later(lambda: self.administration.note_inspection(turn.person), on_error=_not_noted)

    def turn_page(self, turn: Turn) -> None:
        """Show another page of what has to be mended."""
        view = self._catalogue(turn, page=turn.page)
        turn.ack()
        turn.update(view, view_id=turn.view_id)

    def refresh(self, turn: Turn, name: str) -> None:
        """Read the catalogue, or one module of it, anew and tell in a message what has changed."""
        turn.reply(administration.started(name))

        def work() -> None:
            change = self.administration.refresh(turn.person, name)
            turn.whisper(administration.outcome(change, name=name))

        turn.later(work, on_error=turn.whisper_error)

    def refresh_in_view(self, turn: Turn) -> None:
        """Read the catalogue anew and tell in the window what has changed."""
        snapshot = self.administration.inspect(turn.person)
        turn.ack()
        view_id = turn.view_id
        source = self.administration.source
        turn.update(administration.refreshing(snapshot, source=source, now=self.clock()), view_id=view_id)

        def work() -> None:
            change = self.administration.refresh(turn.person)
            current = self.administration.inspect(turn.person)
            turn.update(administration.refreshed(current, change, source=source, now=self.clock()), view_id=view_id)

        def tell(error: BotError, reference: str) -> None:
            current = self.administration.inspect(turn.person)
            view = administration.not_refreshed(current, error, reference, source=source, now=self.clock())
            turn.update(view, view_id=view_id)

        turn.later(work, on_error=tell)

    def _catalogue(self, turn: Turn, *, page: int = 0) -> View:
        snapshot = self.administration.inspect(turn.person)
        return administration.catalogue(snapshot, source=self.administration.source, now=self.clock(), page=page)


def _not_noted(error: BotError, reference: str) -> None:
    log.warning("inspection of the catalogue not noted", reference=reference, reason=str(error))
