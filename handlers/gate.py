"""The first middleware: only full members of the own workspace get in, and everybody else is told why not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, BoltContext, BoltResponse

from bot.domain.base import SlackUserId
from bot.domain.people import Person
from bot.errors import BotError, NotAMember
from bot.ports import Directory
from handlers.answer import answer_at
from handlers.turn import explain
from handlers.views import failure

PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Checks team and person before any listener. `team` returns the own team's id, empty while it is not known."""

    team: Callable[[], str]
    directory: Directory
    may_answer_at: Callable[[str], bool]

    def check(
        self, body: dict[str, Any], ack: Ack, context: BoltContext, next: Callable[[], None]
    ) -> BoltResponse | None:
        """Let the request pass with its person, or answer it here."""
        try:
            context[PERSON] = self._person(body)
        except BotError as error:
            return self._refuse(body, ack, error)
        next()
        return None

    def _person(self, body: Mapping[str, Any]) -> Person | None:
        if body.get("type") == "event_callback":
            return None
        own = self.team()
        for team in _teams(body):
            if own and team and team != own:
                raise NotAMember("People of other workspaces may not use me.")
        user = str((body.get("user") or {}).get("id") or body.get("user_id") or "")
        if not user:
            raise NotAMember("Slack does not say who you are.")
        return self.directory.person(SlackUserId(user))

    def _refuse(self, body: Mapping[str, Any], ack: Ack, error: BotError) -> BoltResponse:
        told = explain(error)
        message = failure.message(told.error, reference=told.reference)
        if "command" in body:
            return ack(text=message.text, blocks=message.blocks, response_type="ephemeral")
        match body.get("type"):
            case "view_submission":
                return ack(response_action="update", view=failure.modal_view(told.error, reference=told.reference))
            case "block_suggestion":
                return ack(options=[])
            case _:
                url = str(body.get("response_url") or "")
                if url and self.may_answer_at(url):
                    answer_at(url, message)
                return ack()


def _teams(body: Mapping[str, Any]) -> tuple[str, ...]:
    user, team = body.get("user"), body.get("team")
    return (
        str(body.get("team_id") or ""),
        str(team.get("id") or "") if isinstance(team, dict) else "",
        str(user.get("team_id") or "") if isinstance(user, dict) else "",
    )
