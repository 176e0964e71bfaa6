"""The first middleware: only full members of the own workspace get in, and everybody else is told why not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import Ack, BoltContext, BoltResponse

from bot.domain.base import SlackUserId
from bot.domain.people import Person
from bot.errors import NotAMember
from bot.ports import Directory
from handlers.answer import answer_at
from handlers.background import Background, Busy
from handlers.clients import Clients
from handlers.slack_errors import FAILURES, code_of
from handlers.turn import Told, explain
from handlers.views import failure

log = structlog.get_logger()

PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Checks team and person before any listener. `team` returns the own team's id, empty while it is not known."""

    team: Callable[[], str]
    directory: Directory
    clients: Clients
    background: Background
    may_answer_at: Callable[[str], bool]

    def check(
        self, body: dict[str, Any], ack: Ack, context: BoltContext, next: Callable[[], None]
    ) -> BoltResponse | None:
        """Let the request pass with its person, or answer it here."""
        try:
            context[PERSON] = self._person(body)
        except Exception as error:  # noqa: BLE001 - Bolt would leave the person without any answer
            return self._refuse(body, ack, explain(error))
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

    def _refuse(self, body: Mapping[str, Any], ack: Ack, told: Told) -> BoltResponse:
        message = failure.message(told.error, reference=told.reference)
        if "command" in body:
            return ack(text=message.text, blocks=message.blocks, response_type="ephemeral")
        match body.get("type"):
            case "view_submission":
                return ack(response_action="update", view=failure.modal_view(told.error, reference=told.reference))
            case "block_suggestion":
                return ack(options=[])
            case _:
                try:
                    self.background.start(lambda: self._tell(body, told))
                except Busy as error:
                    log.warning("refusal not told", reference=told.reference, reason=str(error))
                return ack()

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


def _teams(body: Mapping[str, Any]) -> tuple[str, ...]:
    user, team = body.get("user"), body.get("team")
    return (
        str(body.get("team_id") or ""),
        str(team.get("id") or "") if isinstance(team, dict) else "",
        str(user.get("team_id") or "") if isinstance(user, dict) else "",
    )
