"""Finds the Slack account behind an owner's e-mail address, and whether its person wants to be left alone now."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

import structlog
from slack_sdk import WebClient

from bot.domain.addressees import Addressee, Reach
from bot.domain.base import SlackUserId
from bot.domain.zones import zone_of
from bot.errors import Unavailable
from bot.ports import Clock
from handlers.accounts import Account, account_of
from handlers.slack_errors import FAILURES, code_of

FRESH_FOR = timedelta(hours=1)
ABSENT_FOR = timedelta(minutes=10)
"""How long an answer is believed that somebody has no account: it may have been made meanwhile."""
MOST = 5000
_NOBODY = frozenset({"users_not_found", "user_not_found", "user_not_visible"})

log = structlog.get_logger()


class _Known(NamedTuple):
    """Who somebody is, until when that is believed, and the id that their account has, or had when it was active."""

    until: datetime
    addressee: Addressee
    slack_user: SlackUserId


@dataclass(slots=True, kw_only=True)
class SlackAddressees:
    """Implements the addressees on Slack's Web API, from memory where it is fresh.

    `shared` are addresses, in lower case, that belong to a project and not to one person.
    """

    client: WebClient
    team: Callable[[], str]
    shared: frozenset[str]
    clock: Clock
    most: int = MOST
    _known: dict[str, _Known] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def find(self, email: str) -> Addressee:
        """Return who that is in Slack: a person, nobody, or unknown while Slack does not answer; never raises."""
        key, now = email.casefold(), self.clock()
        if not key:
            return Addressee(email=email, reach=Reach.NO_ACCOUNT)
        if key in self.shared:
            return Addressee(email=email, reach=Reach.SHARED)
        known = self._known.get(key)
        if known is not None and now < known.until:
            return known.addressee.model_copy(update={"email": email})
        before = known.slack_user if known is not None else SlackUserId("")
        found = self._ask(email, before)
        if found.reach is not Reach.UNKNOWN:
            until = now + (FRESH_FOR if found.reach is Reach.PERSON else ABSENT_FOR)
            self._keep(key, _Known(until, found, found.slack_user or before))
        return found

    def is_disturbed(self, slack_user: SlackUserId, *, now: datetime) -> bool | None:
        """Tell whether the person asked Slack not to be disturbed now; None if that cannot be told.

        What somebody has snoozed by hand Slack tells to themselves alone, so that counts only where it is in the hours.
        """
        try:
            answer: Any = self.client.dnd_info(user=slack_user).data
        except FAILURES as error:
            log.info("do-not-disturb not told", error=code_of(error))
            return None
        begins, ends = answer.get("next_dnd_start_ts"), answer.get("next_dnd_end_ts")
        return bool(answer.get("dnd_enabled")) and not _is_before(now, begins) and _is_before(now, ends)

    def _ask(self, email: str, before: SlackUserId) -> Addressee:
        try:
            return self._read(email, self._user(email, before))
        except FAILURES as error:
            if code_of(error) in _NOBODY:
                return Addressee(email=email, reach=Reach.NO_ACCOUNT)
            log.info("owner not looked up", error=code_of(error))
        except Unavailable as error:  # who we are ourselves is not known yet
            log.info("owner not looked up", error=str(error))
        return Addressee(email=email, reach=Reach.UNKNOWN)

    def _user(self, email: str, before: SlackUserId) -> Any:
        """Return the account. Slack finds nobody by the address of one that is deactivated, but still by its id."""
        try:
            return self.client.users_lookupByEmail(email=email)["user"]
        except FAILURES as error:
            if code_of(error) not in _NOBODY or not before:
                raise
            found: Any = self.client.users_info(user=before)["user"]
            if not found.get("deleted"):  # somebody else's by now, who has another address
                raise
            return found

    def _read(self, email: str, user: Any) -> Addressee:
        account, home = account_of(user), user.get("team_id")
        is_elsewhere = user.get("is_stranger") or (self.team() and home and home != self.team())
        if account is Account.DEACTIVATED:
            return Addressee(email=email, reach=Reach.DEACTIVATED)
        if account is not Account.FULL or (is_elsewhere and not user.get("enterprise_user")):
            return Addressee(email=email, reach=Reach.NO_ACCOUNT)
        return Addressee(
            email=email,
            reach=Reach.PERSON,
            slack_user=SlackUserId(str(user.get("id") or "")),
            time_zone=zone_of(str(user.get("tz") or "")).key,
            name=str((user.get("profile") or {}).get("real_name") or user.get("real_name") or ""),
        )

    def _keep(self, key: str, known: _Known) -> None:
        with self._lock:
            if key not in self._known and len(self._known) >= self.most:
                self._known.pop(min(self._known, key=lambda each: self._known[each].until), None)
            self._known[key] = known


def _is_before(now: datetime, seconds: Any) -> bool:
    return isinstance(seconds, int | float) and now < datetime.fromtimestamp(seconds, tz=UTC)
