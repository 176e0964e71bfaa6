"""Who the people in the workspace are: Slack's user data and user groups, joined with the configured memberships."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

import structlog
from slack_sdk import WebClient

from bot.domain.base import PlatformKey, SlackUserId
from bot.domain.membership import Membership
from bot.domain.people import Owner, Person
from bot.errors import NotAMember, SlackUnavailable, Unavailable
from bot.ports import Clock
from handlers.accounts import Account, account_of
from handlers.slack_errors import FAILURES, code_of, is_trouble

FRESH_FOR = timedelta(minutes=5)
STALE_FOR = timedelta(hours=1)
PROVISIONAL_FOR = timedelta(seconds=10)
"""How long a person is believed whose OIDC subject could not be looked up."""
MOST_PEOPLE = 5000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformMembers:
    """Who belongs to a platform and who administers it."""

    platform: PlatformKey
    members: Membership
    administrators: Membership


class _Known(NamedTuple):
    """A person as Slack described them, when that was, and for how long it is taken as it is."""

    at: datetime
    person: Person
    fresh_for: timedelta


@dataclass(slots=True, kw_only=True)
class SlackDirectory:
    """Implements the directory on Slack's Web API, from memory where it is fresh.

    `subject_of` looks up an OIDC subject while people wait: it must give up early, and may raise Unavailable.
    """

    client: WebClient
    team: Callable[[], str]
    memberships: tuple[PlatformMembers, ...]
    subjects: Mapping[str, str]
    subject_of: Callable[[str], str]
    clock: Clock
    most: int = MOST_PEOPLE
    _people: dict[SlackUserId, _Known] = field(default_factory=dict)
    _groups: tuple[datetime, dict[str, frozenset[str]]] | None = None
    _lock: Lock = field(default_factory=Lock)

    def known(self, slack_user: SlackUserId) -> Person | None:
        """Return the person if Slack has described them a short time ago."""
        known = self._people.get(slack_user)
        return known.person if known is not None and self.clock() - known.at < known.fresh_for else None

    def person(self, slack_user: SlackUserId) -> Person:
        """Return the person; when Slack does not answer, as they were within the last hour."""
        now = self.clock()
        fresh = self.known(slack_user)
        if fresh is not None:
            return fresh
        known = self._people.get(slack_user)
        try:
            found = self._read(slack_user, known.person if known else None)
        except SlackUnavailable:
            if known is not None and now - known.at < STALE_FOR:
                return known.person
            raise
        except NotAMember:
            self._people.pop(slack_user, None)
            raise
        with self._lock:
            if slack_user not in self._people and len(self._people) >= self.most:
                self._people.pop(min(self._people, key=lambda each: self._people[each].at), None)
            self._people[slack_user] = found._replace(at=now)
        return found.person

    def refresh_groups(self) -> None:
        """Read the members of the user groups that the configuration names. Raises SlackUnavailable."""
        wanted = self._named_groups()
        if not wanted:
            return
        answer = self._call("usergroups.list", self.client.usergroups_list)
        members: dict[str, frozenset[str]] = {}
        for group in answer.get("usergroups") or []:
            names = {str(group.get("id", "")).casefold(), str(group.get("handle", "")).casefold()}
            if names & wanted:
                members_of = partial(self.client.usergroups_users_list, usergroup=group["id"])
                users = self._call("usergroups.users.list", members_of)
                for name in names & wanted:
                    members[name] = frozenset(users.get("users") or [])
        self._groups = (self.clock(), members)

    def _read(self, slack_user: SlackUserId, before: Person | None) -> _Known:
        user = self._call("users.info", lambda: self.client.users_info(user=slack_user)).get("user") or {}
        _refuse_strangers(user, self.team())
        profile = user.get("profile") or {}
        email = str(profile.get("email") or "")
        if not email:
            raise NotAMember(
                "Slack does not tell me your e-mail address, so I cannot know which deployments are yours.",
                hint="Ask the operators: the app needs the scope users:read.email, and your profile an address.",
            )
        name = str(profile.get("real_name") or user.get("real_name") or user.get("name") or "")
        subject, fresh_for = self._subject(email, before)
        groups = self._groups_of(slack_user)
        belongs = {
            each.platform: (
                each.members.includes(email=email, slack_user=slack_user, usergroups=groups),
                each.administrators.includes(email=email, slack_user=slack_user, usergroups=groups),
            )
            for each in self.memberships
        }
        person = Person(
            slack_user=slack_user,
            owner=Owner(email=email, name=name, subject=subject),
            time_zone=str(user.get("tz") or "UTC"),
            platforms=tuple(platform for platform, (is_member, is_admin) in belongs.items() if is_member or is_admin),
            administers=tuple(platform for platform, (_, is_admin) in belongs.items() if is_admin),
        )
        return _Known(self.clock(), person, fresh_for)

    def _subject(self, email: str, before: Person | None) -> tuple[str, timedelta]:
        """Return the OIDC subject and how long to believe it; a database that is away keeps nobody out."""
        configured = self.subjects.get(email.casefold())
        if configured:
            return configured, FRESH_FOR
        try:
            return self.subject_of(email), FRESH_FOR
        except Unavailable as error:
            log.warning("OIDC subject not looked up", reason=str(error))
            is_same = before is not None and before.owner.email.casefold() == email.casefold()
            return before.owner.subject if before and is_same else "", PROVISIONAL_FOR

    def _groups_of(self, slack_user: SlackUserId) -> frozenset[str]:
        if not self._named_groups():
            return frozenset()
        if self._groups is None or self.clock() - self._groups[0] > FRESH_FOR:
            try:
                self.refresh_groups()
            except SlackUnavailable:
                if self._groups is None or self.clock() - self._groups[0] > STALE_FOR:
                    raise
        groups = self._groups[1] if self._groups else {}
        return frozenset(name for name, users in groups.items() if slack_user in users)

    def _named_groups(self) -> frozenset[str]:
        return frozenset().union(
            *(each.members.usergroups | each.administrators.usergroups for each in self.memberships)
        )

    def _call(self, method: str, call: Callable[[], Any]) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = call().data
        except FAILURES as error:
            code = code_of(error)
            if code in {"user_not_found", "user_not_visible"}:
                raise NotAMember("You are not a member of this workspace.") from error
            if is_trouble(error):
                raise SlackUnavailable(
                    "I cannot check who you are: Slack does not answer.", hint="Try again in a minute."
                ) from error
            raise SlackUnavailable(
                f"I cannot check who you are: Slack answers “{code}” to {method}.",
                hint="Try again in a minute. If it stays so, tell the operators.",
            ) from error
        return answer


def _refuse_strangers(user: Mapping[str, Any], team: str) -> None:
    match account_of(user):
        case Account.DEACTIVATED:
            raise NotAMember("This Slack account is deactivated.")
        case Account.BOT:
            raise NotAMember("Bots may not use me.")
        case Account.GUEST:
            raise NotAMember(
                "Guests of this workspace may not use me.", hint="Ask the operators if you should be a full member."
            )
        case Account.FULL:
            pass
    home = user.get("team_id")
    if user.get("is_stranger") or (team and home and home != team and not user.get("enterprise_user")):
        raise NotAMember("People of other workspaces may not use me.")
