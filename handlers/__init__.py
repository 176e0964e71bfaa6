"""What faces Slack, in both directions."""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltResponse

from handlers import fallbacks
from handlers.commands import Commands
from handlers.gate import Gate
from handlers.listening import Listening


def register(app: App, *, gate: Gate, listening: Listening, commands: Commands) -> None:
    """Attach everything that the bot answers to, the gate before all of it."""

    def check(  # a function of its own, because Bolt injects arguments by name and trips over bound methods
        body: dict[str, Any], ack: Ack, context: BoltContext, next: Callable[[], None]
    ) -> BoltResponse | None:
        return gate.check(body, ack, context, next)

    app.use(check)
    commands.register(app, listening)
    commands.form.register(app, listening)
    commands.actions.register(app, listening)
    commands.market.register(app, listening)
    commands.admin.register(app, listening)
    commands.reminders.register(app, listening)
    fallbacks.register(app, listening)
