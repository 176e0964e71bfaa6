"""How a request is refused: in its acknowledgement where that is shown, else by a message or a window of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import Ack, BoltResponse

from bot.errors import Unavailable
from handlers.answer import answer_at
from handlers.background import Background, Busy
from handlers.clients import Clients
from handlers.slack_errors import FAILURES, code_of
from handlers.told import Told
from handlers.views import failure, mrkdwn

log = structlog.get_logger()

_ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusing:
    """Refuses what no listener has taken. `background` is its own, because it is needed when the others are full."""

    clients: Clients
    background: Background
    may_answer_at: Callable[[str], bool]

    def refuse(self, body: Mapping[str, Any], ack: Ack, told: Told) -> BoltResponse:
        """Acknowledge the request, if that was not done, and tell the person what is wrong."""
        is_told = False
        if ack.response is None:
            is_told = refuse_in_ack(body, ack, told)
        if not is_told and body.get("type") != "event_callback":
            try:
                self.background.start(lambda: self._tell(body, told))
            except Busy as error:
                log.warning("refusal not told", reference=told.reference, reason=str(error))
        return ack.response or ack()

    def _tell(self, body: Mapping[str, Any], told: Told) -> None:
        """Tell under the message that was clicked, or in a window above the one that was."""
        url, trigger = str(body.get("response_url") or ""), str(body.get("trigger_id") or "")
        message = failure.message(told.error, reference=told.reference)
        if url and self.may_answer_at(url) and answer_at(url, message):
            return
        slack = self.clients.interactive
        try:
            if trigger:
                show = slack.views_push if body.get("view") else slack.views_open
                show(trigger_id=trigger, view=failure.modal_view(told.error, reference=told.reference))
        except FAILURES as error:
            log.warning("refusal not told", reference=told.reference, reason=code_of(error))


def refuse_in_ack(body: Mapping[str, Any], ack: Ack, told: Told) -> bool:
    """Acknowledge with the error; False if an acknowledgement of this kind shows nothing to the person."""
    if "command" in body:
        message = failure.message(told.error, reference=told.reference)
        ack(text=message.text, blocks=message.blocks, response_type="ephemeral")
        return True
    match body.get("type"):
        case "view_submission":
            _refuse_submission(body.get("view") or {}, ack, told)
            return True
        case "block_suggestion":
            ack(options=[])
            return True
        case _:
            ack()
            return False


def _refuse_submission(view: Mapping[str, Any], ack: Ack, told: Told) -> None:
    """Show the error in place of the view; of one that can be submitted again in a minute nothing is lost."""
    window = failure.modal_view(told.error, reference=told.reference)
    if not isinstance(told.error, Unavailable):
        ack(response_action="update", view=window)
        return
    inputs = [str(block["block_id"]) for block in view.get("blocks") or () if block.get("type") == "input"]
    if inputs:
        reference = f" Reference for support: {told.reference}" if told.reference else ""
        text = mrkdwn.one_line(f"{told.error.sentence()}{reference}", _ERROR_LENGTH)
        ack(response_action="errors", errors={inputs[0]: text})
    else:
        ack(response_action="push", view=window)
