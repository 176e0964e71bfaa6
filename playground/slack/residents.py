"""The people, channels and user groups of the workspace."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from playground.slack.interactions import Interactions
from playground.slack.person import Person
from playground.slack.records import Account, Conversation, Quiet, UserGroup


class Residents:
    """Add and change who and what there is in the workspace."""

    def __init__(self, interactions: Interactions) -> None:
        self._interactions = interactions
        self.state = interactions.state
        self._people: dict[str, Person] = {}
        self._add_bot()

    def add_user(
        self,
        name: str,
        *,
        real_name: str | None = None,
        email: str | None = None,
        tz: str = "Europe/Madrid",
        is_bot: bool = False,
        is_restricted: bool = False,
        is_ultra_restricted: bool = False,
        team_id: str | None = None,
        deleted: bool = False,
    ) -> Person:
        """Add a member (or with `team_id` an outsider) and return the driver that plays them."""
        with self.state.lock:
            account = Account(
                id=self.state.ids.make("U"),
                name=name,
                real_name=real_name or name.replace(".", " ").title(),
                email=email if email is not None or is_bot else f"{name}@example.org",
                tz=tz,
                team_id=team_id or self.state.identity.team_id,
                is_bot=is_bot,
                is_restricted=is_restricted,
                is_ultra_restricted=is_ultra_restricted,
                deleted=deleted,
            )
            self.state.accounts[account.id] = account
            person = Person(account.id, self._interactions)
            self._people[name] = person
            self.state.announce()
        return person

    def change_user(
        self,
        name: str,
        *,
        email: str | None = None,
        tz: str | None = None,
        is_restricted: bool | None = None,
        deleted: bool | None = None,
    ) -> None:
        """Change an account as an administrator would; what is None stays."""
        wanted = {"email": email, "tz": tz, "is_restricted": is_restricted, "deleted": deleted}
        changes = {key: value for key, value in wanted.items() if value is not None}
        with self.state.lock:
            account = self.person(name).account
            self.state.accounts[account.id] = replace(account, **changes)  # type: ignore[arg-type]  # keys as above
            self.state.announce()

    def set_quiet_hours(self, name: str, *, begins: datetime, ends: datetime) -> None:
        """Let a person ask not to be disturbed between two moments."""
        with self.state.lock:
            self.state.quiet[self.person(name).id] = Quiet(begins=begins, ends=ends)

    def end_quiet_hours(self, name: str) -> None:
        """Let a person be disturbed at any time again."""
        with self.state.lock:
            self.state.quiet.pop(self.person(name).id, None)

    def person(self, name: str) -> Person:
        """Return the driver of a member."""
        return self._people[name]

    def add_channel(
        self, name: str, members: Iterable[str | Person] = (), *, is_private: bool = False, with_app: bool = True
    ) -> str:
        """Add a channel with these members (names or persons) and return its id."""
        with self.state.lock:
            inside = {self._id_of(member) for member in members}
            made = Conversation(
                id=self.state.ids.make("C"),
                name=name,
                kind="private" if is_private else "public",
                members=inside | ({self.state.identity.bot_user_id} if with_app else set()),
            )
            self.state.conversations[made.id] = made
        return made.id

    def archive_channel(self, channel: str) -> None:
        """Archive a channel, by id."""
        with self.state.lock:
            self.state.conversations[channel].is_archived = True

    def add_usergroup(self, handle: str, members: Iterable[str | Person], *, is_disabled: bool = False) -> str:
        """Add a user group, or give it new members, and return its id."""
        with self.state.lock:
            known = next((g for g in self.state.usergroups.values() if g.handle == handle), None)
            group = UserGroup(
                id=known.id if known else self.state.ids.make("S"),
                handle=handle,
                name=handle,
                members=tuple(self._id_of(member) for member in members),
                is_disabled=is_disabled,
            )
            self.state.usergroups[group.id] = group
        return group.id

    def _id_of(self, member: str | Person) -> str:
        if isinstance(member, Person):
            return member.id
        return self._people[member].id if member in self._people else member

    def _add_bot(self) -> None:
        identity = self.state.identity
        self.state.accounts[identity.bot_user_id] = Account(
            id=identity.bot_user_id,
            name=self.state.settings.name,
            real_name=self.state.settings.name,
            email=None,
            tz="UTC",
            team_id=identity.team_id,
            is_bot=True,
        )
