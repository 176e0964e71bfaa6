"""Who belongs to a platform, as the configuration says it: everybody, or named people and user groups."""

import re
from collections.abc import Collection, Iterable

from bot.domain.base import Frozen, SlackUserId

EVERYONE = "everyone"
_GROUP = "usergroup:"
_EMAIL = re.compile(r"[^@\s,<>]+@[^@\s,<>]+")
_SLACK_USER = re.compile(r"[UW][A-Z0-9]+")
_USERGROUP = re.compile(r"@?[\w.-]+")


class Membership(Frozen):
    """A set of people: every full member of the workspace, or those named by e-mail, Slack user id or user group.

    E-mail addresses and user groups are kept in lower case; a user group is its handle (without @) or its id.
    """

    everyone: bool = False
    emails: frozenset[str] = frozenset()
    slack_users: frozenset[SlackUserId] = frozenset()
    usergroups: frozenset[str] = frozenset()

    def includes(self, *, email: str, slack_user: SlackUserId, usergroups: Collection[str] = ()) -> bool:
        """Tell whether somebody with these identities belongs; `usergroups` are the ids and handles of theirs."""
        return (
            self.everyone
            or slack_user in self.slack_users
            or (bool(email) and email.casefold() in self.emails)
            or any(group.removeprefix("@").casefold() in self.usergroups for group in usergroups)
        )


def parse(words: Iterable[str]) -> Membership:
    """Read a list such as `everyone` or `ada@example.org, U012AB3CD, usergroup:imagine`.

    Raises ValueError with the first word that is none of these.
    """
    emails, slack_users, usergroups, everyone = set(), set(), set(), False
    for word in (word.strip() for word in words):
        group = word[len(_GROUP) :].strip() if word.casefold().startswith(_GROUP) else ""
        if word.casefold() == EVERYONE:
            everyone = True
        elif group and _USERGROUP.fullmatch(group):
            usergroups.add(group.removeprefix("@").casefold())
        elif _EMAIL.fullmatch(word):
            emails.add(word.casefold())
        elif _SLACK_USER.fullmatch(word):
            slack_users.add(SlackUserId(word))
        else:
            raise ValueError(word)
    return Membership(
        everyone=everyone,
        emails=frozenset(emails),
        slack_users=frozenset(slack_users),
        usergroups=frozenset(usergroups),
    )
