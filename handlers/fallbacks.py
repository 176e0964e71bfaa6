"""Answers for what nothing else knows: old buttons, unknown commands, links that Slack reports as clicks."""

import re

from slack_bolt import App

from bot.errors import NotFound
from handlers.ids import Action
from handlers.listening import Listening
from handlers.turn import Turn

_ANYTHING = re.compile(".*", re.DOTALL)


def register(app: App, listening: Listening) -> None:
    """Attach the fallbacks; they must come last, because Bolt takes the first listener that fits."""
    app.command(_ANYTHING)(listening.guarded(_refuse))
    app.action(_ANYTHING)(listening.guarded(_ignore))
    app.view(_ANYTHING)(listening.guarded(_refuse))
    app.view_closed(_ANYTHING)(listening.guarded(_ignore))
    app.options(_ANYTHING)(listening.guarded(_offer_nothing))
    app.shortcut(_ANYTHING)(listening.guarded(_ignore))
    app.event(_ANYTHING)(_take_note)


def _ignore(turn: Turn) -> None:
    """Take note of a click that needs no answer, such as on a link or an input; tell about a button nobody knows."""
    turn.ack()
    clicked = (turn.body.get("actions") or [{}])[0]
    known = {str(action) for action in Action}
    if clicked.get("type") == "button" and not clicked.get("url") and clicked.get("action_id") not in known:
        is_link = str(clicked.get("action_id", "")).startswith("link")
        if not is_link:
            _refuse(turn)


def _take_note() -> None:
    """Let Bolt acknowledge an event that an app with other settings than ours is sent; else Slack would repeat it."""


def _offer_nothing(turn: Turn) -> None:
    turn.ack(options=[])


def _refuse(_turn: Turn) -> None:
    raise NotFound("I do not know that (any more).", hint="Type `/ai4os help` for what I can do.")
