"""The workspace that the bot's token belongs to: who we are, asked until Slack answers."""

from dataclasses import dataclass, field
from threading import Event

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SettingsError, Unavailable

log = structlog.get_logger()

_CONFIGURATION = frozenset({"invalid_auth", "not_authed", "token_revoked", "account_inactive", "token_expired"})
_LONGEST_PAUSE = 60.0


@dataclass(slots=True, kw_only=True)
class Workspace:
    """Our own identity in Slack, known once `connect` has succeeded. `only_team` may restrict it to one team."""

    client: WebClient
    only_team: str = ""
    _result: AuthorizeResult | None = field(default=None, repr=False)  # it has the token
    _stopping: Event = field(default_factory=Event)

    @property
    def team(self) -> str:
        """Return the own team's id. Raises Unavailable while Slack has not told it."""
        if self._result is None or not self._result.team_id:
            raise Unavailable("I am just starting.", hint="Please try again in a few seconds.")
        return self._result.team_id

    @property
    def is_connected(self) -> bool:
        """Tell whether Slack has accepted our token."""
        return self._result is not None

    def authorize(self) -> AuthorizeResult | None:
        """Return what Bolt needs to know about us, without asking Slack at every request."""
        return self._result

    def connect(self) -> None:
        """Ask Slack who we are, again and again with growing pauses. Raises SettingsError if the token is bad."""
        pause = 1.0
        while not self._stopping.is_set():
            try:
                self._result = self._ask()
            except (SlackClientError, OSError) as error:
                self._give_up_if_configured_wrongly(error)
                log.warning("Slack does not answer yet", error=type(error).__name__, next_try_in=pause)
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    def stop(self) -> None:
        """Stop asking."""
        self._stopping.set()

    def _ask(self) -> AuthorizeResult:
        answer = self.client.auth_test()
        team = str(answer.get("team_id") or "")
        if self.only_team and team != self.only_team:
            raise SettingsError(
                f"AI4OS_BOT_TEAM_ID: SLACK_BOT_TOKEN belongs to the team {team}, not to {self.only_team}. "
                "Use the token of that team, or change the key."
            )
        return AuthorizeResult(
            enterprise_id=answer.get("enterprise_id"),
            team_id=team,
            bot_user_id=answer.get("user_id"),
            bot_id=answer.get("bot_id"),
            bot_token=self.client.token,
        )

    def _give_up_if_configured_wrongly(self, error: Exception) -> None:
        code = str(error.response.get("error", "")) if isinstance(error, SlackApiError) else ""
        if code in _CONFIGURATION:
            raise SettingsError(
                f"SLACK_BOT_TOKEN: Slack answers “{code}”. Copy the Bot User OAuth Token from the app's page again."
            ) from error
