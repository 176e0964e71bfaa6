"""Attach listeners to Bolt so that nothing escapes them: Bolt loses the ack of a listener that raises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, BoltContext

from bot.domain.people import Person
from handlers.background import Background
from handlers.clients import Clients
from handlers.gate import PERSON
from handlers.turn import Turn, explain
from handlers.views import failure

Listener = Callable[[Turn], None]
BoltListener = Callable[[Ack, dict[str, Any], BoltContext], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Turns our listeners, which take a Turn, into Bolt's."""

    clients: Clients
    background: Background
    may_answer_at: Callable[[str], bool]

    def guarded(self, listener: Listener) -> BoltListener:
        """Let the listener answer; whatever it raises is acked and told to the person."""

        def run(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
            turn = self._turn(ack, body, context[PERSON])
            try:
                listener(turn)
                if ack.response is None:
                    ack()
            except Exception as error:  # noqa: BLE001 - one of the two places: nothing may escape a listener
                _tell(turn, error)

        return run

    def _turn(self, ack: Ack, body: Mapping[str, Any], person: Person) -> Turn:
        return Turn(
            ack=ack,
            body=body,
            person=person,
            clients=self.clients,
            background=self.background,
            may_answer_at=self.may_answer_at,
        )


def _tell(turn: Turn, error: Exception) -> None:
    told = explain(error)
    if turn.ack.response is not None:
        turn.tell(told.error, told.reference)
        return
    message = failure.message(told.error, reference=told.reference)
    match turn.body.get("type"):
        case "view_submission":
            turn.ack(response_action="update", view=failure.modal_view(told.error, reference=told.reference))
        case "block_suggestion":
            turn.ack(options=[])
        case "block_actions" | "view_closed" | "shortcut":
            turn.ack()
            turn.tell(told.error, told.reference)
        case _:
            turn.ack(text=message.text, blocks=message.blocks, response_type="ephemeral")
