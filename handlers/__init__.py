"""What faces Slack, in both directions."""

from slack_bolt import App

from handlers import fallbacks
from handlers.commands import Commands
from handlers.gate import Gate
from handlers.listening import Listening


def register(app: App, *, gate: Gate, listening: Listening, commands: Commands) -> None:
    """Attach everything that the bot answers to, the gate before all of it."""
    app.use(gate)
    commands.register(app, listening)
    commands.form.register(app, listening)
    commands.actions.register(app, listening)
    fallbacks.register(app, listening)
