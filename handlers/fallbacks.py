"""Answers for what nothing else knows: old buttons, unknown commands, links that Slack reports as clicks."""

import json
import re
from typing import Any

from slack_bolt import Ack, App, BoltResponse

from bot.errors import NotFound
from handlers.background import Busy
from handlers.ids import Action
from handlers.listening import Listening
from handlers.told import explain
from handlers.turn import Turn
from handlers.views import failure

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

    def answer_in_vain(error: Exception, body: dict[str, Any], ack: Ack) -> BoltResponse:
        if isinstance(error, Busy):  # there was no listener to be had
            return listening.refusing.refuse(body, ack, explain(error))
        return _answer_unreadable(error, body)

    app.error(answer_in_vain)


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


def _answer_unreadable(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Acknowledge what Bolt itself cannot make sense of; without an answer the person waits and Slack repeats it."""
    told = explain(error)
    text = failure.message(told.error, reference=told.reference).text if "command" in body else ""
    return BoltResponse(status=200, body=json.dumps({"text": text}) if text else "")
