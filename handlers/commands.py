"""`/ai4os …`: understand what was typed and hand it to whoever does it."""

from dataclasses import dataclass

from slack_bolt import App

from bot.domain.commands import HELP, Command, Verb, parse
from bot.errors import UsageError
from handlers.deploy_form import DeployForm
from handlers.deployment_actions import DeploymentActions
from handlers.ids import Action
from handlers.listening import Listening
from handlers.turn import Turn
from handlers.views import help as help_view
from handlers.views import menu

COMMAND = "/ai4os"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The listener of the slash command and of the menu's buttons."""

    form: DeployForm
    actions: DeploymentActions

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
                turn.reply(help_view.render(Verb(command.subject) if command.subject else None))
            case Verb.DEPLOY:
                self.form.open(turn, command)
            case Verb.LIST:
                self.actions.list(turn)
            case Verb.ACCESS:
                name = _name(command)
                self.actions.show_access(turn, lambda: self.actions.find(turn, name))
            case Verb.DETAILS:
                name = _name(command)
                self.actions.show_details(turn, lambda: self.actions.find(turn, name))
            case Verb.STOP:
                name = _name(command)
                self.actions.ask_to_stop(turn, lambda: self.actions.find(turn, name))

    def help(self, turn: Turn) -> None:
        """Show the list of commands."""
        turn.ack()
        turn.whisper(help_view.render())


def _name(command: Command) -> str:
    if not command.subject:
        usage = HELP[command.verb].usage
        raise UsageError(f"Which deployment? It is `/ai4os {usage}`.", hint="See your deployments with `/ai4os list`.")
    return command.subject
