"""The first middleware: only full members of the own workspace get in, and everybody else is told why not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt import Ack, BoltContext, BoltResponse

from bot.domain.base import SlackUserId
from bot.domain.people import Person
from bot.errors import NotAMember
from bot.ports import Directory
from handlers import payload
from handlers.listeners import Listeners
from handlers.refusing import Refusing
from handlers.told import explain

PERSON = "person"
"""Under this key the context has the function that returns the person, or raises why they may not use the bot."""

_ANSWERED_IN_THE_ACK = frozenset({"view_submission", "block_suggestion"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Checks team and person before any listener. `team` returns the own team's id, empty while it is not known.

    Where the answer can come later, somebody who is not known yet is acknowledged first, so that nobody waits for Slack
    to say who they are: the listener learns it before it does anything. So is everybody while many wait for a listener.
    """

    team: Callable[[], str]
    directory: Directory
    listeners: Listeners
    refusing: Refusing

    def check(
        self, body: dict[str, Any], ack: Ack, context: BoltContext, next: Callable[[], None]
    ) -> BoltResponse | None:
        """Let the request pass with its person, or answer it here."""
        payload.mend(body)
        if body.get("type") != "event_callback":
            try:
                context[PERSON] = self._finding_out(body, ack)
            except Exception as error:  # noqa: BLE001 - Bolt would leave the person without any answer
                return self.refusing.refuse(body, ack, explain(error))
        next()
        return None

    def _finding_out(self, body: Mapping[str, Any], ack: Ack) -> Callable[[], Person]:
        user = self._user(body)
        is_answered_in_the_ack = body.get("type") in _ANSWERED_IN_THE_ACK
        self.listeners.check_room(is_unanswered=is_answered_in_the_ack)
        if not is_answered_in_the_ack and (self.listeners.is_crowded or self.directory.known(user) is None):
            ack()
            return partial(self.directory.person, user)
        person = self.directory.person(user)
        return lambda: person

    def _user(self, body: Mapping[str, Any]) -> SlackUserId:
        own = self.team()
        for team in _teams(body):
            if own and team and team != own:
                raise NotAMember("People of other workspaces may not use me.")
        user = str((body.get("user") or {}).get("id") or body.get("user_id") or "")
        if not user:
            raise NotAMember("Slack does not say who you are.")
        return SlackUserId(user)


def _teams(body: Mapping[str, Any]) -> tuple[str, ...]:
    user, team = body.get("user"), body.get("team")
    return (
        str(body.get("team_id") or ""),
        str(team.get("id") or "") if isinstance(team, dict) else "",
        str(user.get("team_id") or "") if isinstance(user, dict) else "",
    )
