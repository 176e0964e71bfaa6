"""The part of the check-up that looks at Slack: tokens, scopes, the way in, and whom the bot can look up."""

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from slack_sdk import WebClient

from bot.domain import skew
from bot.domain.checkup import Area, Check, Finding, listed
from bot.domain.membership import Membership
from bot.ports import Clock
from handlers.checkup_answers import REINSTALL, body_of, failure, headers_of, why
from handlers.checkup_people import PeopleCheckup
from handlers.slack_errors import FAILURES

_PATIENCE = 6
_check = partial(Check.of, Area.SLACK)
_COPY_IT = "Copy the Bot User OAuth Token from the app's page OAuth & Permissions again."
_MAKE_ONE = (
    "Make an app-level token with the scope connections:write on the app's page Basic Information, and switch Socket"
    " Mode on."
)
_SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True, kw_only=True)
class SlackCheckup:
    """Looks at Slack with the tokens of the settings, `manifest` being the file that `scopes` were read from.

    `signing_secret` is None in Socket Mode and `app_token` in HTTP mode; `scopes` is None where they cannot be read.
    """

    bot_token: str = field(repr=False)
    app_token: str | None = field(repr=False)
    signing_secret: str | None = field(repr=False)
    api_url: str
    only_team: str
    scopes: frozenset[str] | None
    manifest: str
    named: tuple[Membership, ...]
    clock: Clock
    _bot: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _granted: frozenset[str] | None = None
    _time: skew.Reading | None = None

    def checks(self) -> tuple[Check, ...]:
        """Return the checks in their order."""
        people = PeopleCheckup(
            client=self._client(),
            bot_user=lambda: str(self._bot.get("user_id") or ""),
            manifest=self.manifest,
            named=self.named,
        )
        way_in = (
            _check("socket", "Socket Mode", self._socket)
            if self.signing_secret is None
            else _check("signing", "the signing secret", self._signing)
        )
        return (
            _check("token", "the bot's token", self._token, otherwise="Slack does not accept the bot's token"),
            _check("scopes", "the scopes", self._check_scopes, "token"),
            way_in,
            _check("people", "looking people up", people.people, "token", otherwise="people cannot be looked up"),
            _check("named", "the people in the settings", people.named_people, "token", "people"),
            _check("groups", "the user groups in the settings", people.groups, "token"),
        )

    def clock_check(self) -> Check:
        """Return the check of Slack's clock, which is told with the others' clocks."""
        signs = self.signing_secret is not None
        return Check(
            key="slack.clock",
            area=Area.CLOCK,
            about="Slack's clock",
            otherwise="",
            run=lambda: [skew.judge("Slack", self._time, checks_signatures=signs)],
            needs=("slack.token",),
        )

    # What each check does.

    def _token(self) -> Iterator[Finding]:
        before = self.clock()
        try:
            answer = self._client().auth_test()
        except FAILURES as error:
            yield failure(error, "SLACK_BOT_TOKEN", _COPY_IT, api_url=self.api_url)
            return
        headers = headers_of(answer)
        self._time = skew.read(headers.get("date", ""), before=before, after=self.clock())
        self._bot = body_of(answer)
        if "x-oauth-scopes" in headers:
            self._granted = frozenset(word.strip() for word in headers["x-oauth-scopes"].split(",") if word.strip())
        team, name = self._bot.get("team_id", ""), self._bot.get("team", "")
        if self.only_team and team != self.only_team:
            yield Area.SLACK.problem(
                f"SLACK_BOT_TOKEN belongs to the team {name} ({team}), and AI4OS_BOT_TEAM_ID is {self.only_team}.",
                "Use the token of that team, or change the key.",
            )
        elif not self._bot.get("bot_id"):
            yield Area.SLACK.problem(
                "SLACK_BOT_TOKEN does not belong to a bot.", "Copy the Bot User OAuth Token, which begins with xoxb-."
            )
        else:
            yield Area.SLACK.fine(f"SLACK_BOT_TOKEN is @{self._bot.get('user')}'s in the team {name} ({team}).")

    def _check_scopes(self) -> Iterator[Finding]:
        if self.scopes is None:
            yield Area.SLACK.unknown(
                f"Which scopes the bot needs: {self.manifest} cannot be read.", "Put it beside app.py again."
            )
        elif self._granted is None:
            yield Area.SLACK.unknown("Slack does not tell which scopes the token has.")
        else:
            yield from self._compare(self.scopes, self._granted)

    def _compare(self, wanted: frozenset[str], granted: frozenset[str]) -> Iterator[Finding]:
        missing, extra = sorted(wanted - granted), sorted(granted - wanted)
        if missing:
            yield Area.SLACK.problem(f"The token lacks {_scopes(missing)}.", REINSTALL.format(self.manifest))
        if extra:
            yield Area.SLACK.warning(
                f"The token has {_scopes(extra)} that the bot does not need; the fewer, the safer.",
                REINSTALL.format(self.manifest),
            )
        if not missing and not extra:
            yield Area.SLACK.fine(f"The token has the {len(wanted)} scopes of {self.manifest} and no others.")

    def _socket(self) -> Iterator[Finding]:
        try:
            answer = self._client().apps_connections_open(app_token=self.app_token or "")
        except FAILURES as error:
            yield failure(error, "SLACK_APP_TOKEN", _MAKE_ONE, api_url=self.api_url)
            return
        # Not entered: a connection that stands is sent a part of people's commands.
        parts = urlsplit(str(body_of(answer).get("url") or ""))
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        try:
            with closing(socket.create_connection((parts.hostname or "", port), timeout=_PATIENCE)):
                yield Area.SLACK.fine(f"Socket Mode: SLACK_APP_TOKEN is accepted, and {parts.hostname} can be reached.")
        except OSError as error:
            yield Area.SLACK.problem(
                f"Socket Mode: {parts.hostname}:{port} cannot be reached ({why(error)}).",
                "Let this machine connect there directly, without a proxy, or use HTTP mode.",
            )

    def _signing(self) -> Iterator[Finding]:
        if _SIGNING_SECRET.fullmatch(self.signing_secret or ""):
            yield Area.SLACK.fine(
                "HTTP mode: SLACK_SIGNING_SECRET looks like one; only a request can tell if it is it."
            )
        else:
            yield Area.SLACK.warning(
                "HTTP mode: SLACK_SIGNING_SECRET does not look like one of Slack's, which have 32 digits from 0 to f.",
                "Copy the Signing Secret from the app's page Basic Information again.",
            )

    def _client(self) -> WebClient:
        """Return a client that asks once: whoever waits for a check-up wants to see the first answer."""
        return WebClient(token=self.bot_token, base_url=self.api_url, timeout=_PATIENCE, retry_handlers=[])


def scopes_in(manifest: Path) -> frozenset[str] | None:
    """Return the scopes that an app's manifest asks for, None if it cannot be read."""
    try:
        wanted = yaml.safe_load(manifest.read_text(encoding="utf-8"))["oauth_config"]["scopes"]["bot"]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return None
    return frozenset(str(scope) for scope in wanted)


def _scopes(names: list[str]) -> str:
    return f"the scope{'s' if names[1:] else ''} {listed(names, most=12)}"
