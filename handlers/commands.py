"""`/ai4os …`: understand what was typed and hand it to whoever does it."""

from dataclasses import dataclass

from slack_bolt import App

from bot.domain.commands import HELP, Command, Verb, parse
from bot.errors import UsageError
from handlers.administration import AdminCommands
from handlers.deploy_form import DeployForm
from handlers.deployment_actions import DeploymentActions
from handlers.ids import Action
from handlers.listening import Listening
from handlers.marketplace import MarketplaceWindow
from handlers.one_line import OneLine
from handlers.reminders import Reminders
from handlers.turn import Turn
from handlers.views import help as help_view
from handlers.views import menu

COMMAND = "/ai4os"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The listener of the slash command and of the menu's buttons."""

    form: DeployForm
    one_line: OneLine
    actions: DeploymentActions
    market: MarketplaceWindow
    admin: AdminCommands
    reminders: Reminders

    def register(self, app: App, listening: Listening) -> None:
        """Attach the listeners."""
        app.command(COMMAND)(listening.guarded(self.run))
        app.action(Action.MENU_HELP.value)(listening.guarded(self.help))

    def run(self, turn: Turn) -> None:
        """Do what the command says."""
        command = parse(str(turn.body.get("text") or ""))
        match command.verb:
            case Verb.MENU:
                turn.reply(menu.render())
            case Verb.HELP:
                self._explain(turn, Verb(command.subject) if command.subject else None)
            case Verb.MODULES | Verb.MODULE:
                self._browse(turn, command)
            case Verb.ADMIN:
                self.admin.run(turn, command)
            case Verb.DEPLOY if command.is_confirmed:
                self.one_line.run(turn, command)
            case Verb.DEPLOY:
                self.form.open(turn, command)
            case Verb.LIST:
                self.actions.list(turn)
            case Verb.REMINDERS:
                self.reminders.show(turn)
            case Verb.ACCESS | Verb.DETAILS | Verb.STOP | Verb.WHY:
                self._look_after(turn, command)

    def help(self, turn: Turn) -> None:
        """Show the list of commands."""
        turn.ack()
        turn.whisper(help_view.render(is_administrator=bool(turn.person.administers)))

    def _browse(self, turn: Turn, command: Command) -> None:
        if command.verb is Verb.MODULE:
            self.market.open_module(turn, command.subject)
        else:
            self.market.open(turn, command)

    def _look_after(self, turn: Turn, command: Command) -> None:
        name = _name(command)
        show = {
            Verb.ACCESS: self.actions.show_access,
            Verb.DETAILS: self.actions.show_details,
            Verb.STOP: self.actions.ask_to_stop,
            Verb.WHY: self.reminders.show_why,
        }[command.verb]
        show(turn, lambda: self.actions.find(turn, name))

    def _explain(self, turn: Turn, verb: Verb | None) -> None:
        if verb is Verb.ADMIN:
            self.admin.administration.admit(turn.person)
        turn.reply(help_view.render(verb, is_administrator=bool(turn.person.administers)))


def _name(command: Command) -> str:
    if not command.subject:
        usage = HELP[command.verb].usage
        raise UsageError(f"Which deployment? It is `/ai4os {usage}`.", hint="See your deployments with `/ai4os list`.")
    return command.subject
