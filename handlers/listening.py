"""Attach listeners to Bolt so that nothing escapes them: Bolt loses the ack of a listener that raises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, BoltContext

from bot.domain.people import Person
from handlers.background import Background
from handlers.clients import Clients
from handlers.gate import PERSON
from handlers.refusing import Refusing, refuse_in_ack
from handlers.told import explain
from handlers.turn import Turn

Listener = Callable[[Turn], None]
BoltListener = Callable[[Ack, dict[str, Any], BoltContext], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Turns our listeners, which take a Turn, into Bolt's."""

    clients: Clients
    background: Background
    refusing: Refusing
    may_answer_at: Callable[[str], bool]

    def guarded(self, listener: Listener) -> BoltListener:
        """Let the listener answer; whatever it raises is acked and told to the person."""

        def run(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
            try:
                turn = self._turn(ack, body, context[PERSON]())
            except Exception as error:  # noqa: BLE001 - one of the two places: nothing may escape a listener
                self.refusing.refuse(body, ack, explain(error))
                return
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
    if turn.ack.response is not None or not refuse_in_ack(turn.body, turn.ack, told):
        turn.tell(told.error, told.reference)
