"""The part of the check-up that looks people and user groups up in Slack."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient

from bot.domain.checkup import Area, Finding, listed
from bot.domain.membership import Membership
from handlers.accounts import Account, account_of
from handlers.checkup_answers import REINSTALL, body_of, failure
from handlers.slack_errors import FAILURES, code_of

MOST_PEOPLE = 20
"""How many of the people whom the settings name are looked up."""

_SAMPLE = 200
_OBJECTIONS = {
    Account.FULL: "",
    Account.DEACTIVATED: "is deactivated in Slack",
    Account.BOT: "is a bot",
    Account.GUEST: "is a guest, and guests are refused",
}
"""Why the bot refuses whom the settings name."""
_NOBODY = frozenset({"users_not_found", "user_not_found", "user_not_visible"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleCheckup:
    """Looks at what the directory asks Slack for; `named` are the members and administrators of the settings."""

    client: WebClient = field(repr=False)
    bot_user: Callable[[], str]
    manifest: str
    named: tuple[Membership, ...]

    def people(self) -> Iterator[Finding]:
        """Look whether people are found by id and by e-mail, and whether members' addresses can be seen."""
        try:
            self.client.users_info(user=self.bot_user())
            found = body_of(self.client.users_list(limit=_SAMPLE)).get("members") or []
            members = [user for user in found if _is_full_member(user)]
            addresses = [address for user in members if (address := _address(user))]
            if addresses:
                self.client.users_lookupByEmail(email=addresses[0])
        except FAILURES as error:
            yield self._failure(error, "Looking people up", REINSTALL.format(self.manifest))
        else:
            yield self._visibility(members, addresses)

    def named_people(self) -> Iterator[Finding]:
        """Look up whom the settings name, twenty at most."""
        emails = sorted({email for each in self.named for email in each.emails})
        users = sorted({user for each in self.named for user in each.slack_users})
        names = [*emails, *users]
        if not names:
            yield Area.SLACK.fine("The settings name nobody by e-mail or Slack id.")
            return
        found = []
        for name in names[:MOST_PEOPLE]:
            try:
                complaint = self._complaint(name)
            except FAILURES as error:
                yield self._failure(error, f"Looking up {name}", "Try again later.")
                return
            if complaint:
                found.append(f"{name}, whom the settings name, {complaint}.")
        yield from (Area.SLACK.warning(text, "Correct members or administrators.") for text in found)
        if not found:
            rest = f"; {len(names) - MOST_PEOPLE} more were not looked up" if len(names) > MOST_PEOPLE else ""
            yield Area.SLACK.fine(f"Whom the settings name is a member: {listed(names[:MOST_PEOPLE])}{rest}.")

    def groups(self) -> Iterator[Finding]:
        """Look whether the user groups that the settings name are there."""
        wanted = sorted({group for each in self.named for group in each.usergroups})
        if not wanted:
            yield Area.SLACK.fine("The settings name no user groups.")
            return
        try:
            found = body_of(self.client.usergroups_list(include_disabled=True, include_users=True))
        except FAILURES as error:
            yield self._failure(error, "Reading user groups", REINSTALL.format(self.manifest))
            return
        groups = {
            str(group.get(key, "")).casefold(): group
            for group in found.get("usergroups") or []
            for key in ("id", "handle")
        }
        complaints = {name: _group_objection(groups.get(name)) for name in wanted}
        for name, complaint in complaints.items():
            if complaint:
                yield Area.SLACK.problem(
                    f"The user group {name}, which the settings name, {complaint}: nobody belongs through it.",
                    "Make it in Slack, or correct members or administrators.",
                )
        right = [name for name, complaint in complaints.items() if not complaint]
        if right:
            yield Area.SLACK.fine(f"The user groups of the settings are there: {listed(right)}.")

    def _visibility(self, members: list[Any], addresses: list[str]) -> Finding:
        if not members:
            return Area.SLACK.unknown("Whether the bot sees addresses: the workspace has no full members.")
        if not addresses:
            return Area.SLACK.problem(
                f"Slack tells no e-mail address of {len(members)} members, so nobody's deployments can be found.",
                "The app needs the scope users:read.email, and the workspace must let apps see addresses:"
                f" {REINSTALL.format(self.manifest)}",
            )
        if len(addresses) < len(members):
            return Area.SLACK.warning(
                f"{len(members) - len(addresses)} of {len(members)} members looked at have no address that the bot"
                " can see; they are refused.",
                "They can add one to their Slack profile.",
            )
        return Area.SLACK.fine(
            f"People are found by id and by e-mail; members looked at that have an address: {len(members)} of"
            f" {len(members)}."
        )

    def _complaint(self, name: str) -> str:
        """Return why somebody is refused, empty if they are not. Raises what a call to Slack raises."""
        try:
            by_address = "@" in name
            found = self.client.users_lookupByEmail(email=name) if by_address else self.client.users_info(user=name)
        except FAILURES as error:
            if code_of(error) in _NOBODY:
                return "is nobody in this workspace"
            raise
        return _OBJECTIONS[account_of(body_of(found).get("user") or {})]

    def _failure(self, error: Exception, what: str, mend: str) -> Finding:
        return failure(error, what, mend, api_url=self.client.base_url)


def _is_full_member(user: Mapping[str, Any]) -> bool:
    return account_of(user) is Account.FULL and user.get("id") != "USLACKBOT"


def _address(user: Mapping[str, Any]) -> str:
    return str((user.get("profile") or {}).get("email") or "")


def _group_objection(group: Mapping[str, Any] | None) -> str:
    if group is None:
        return "is not there"
    if group.get("date_delete"):
        return "is disabled"
    return "" if group.get("users") else "is empty"
