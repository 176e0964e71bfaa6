"""A workspace's people in memory: who has an account, where they live, and who rests."""

from datetime import datetime

from bot.domain.addressees import Addressee, Reach
from bot.domain.base import SlackUserId


class FakeAddressees:
    """Knows the people whom a test has added, nobody else."""

    def __init__(self, *people: Addressee) -> None:
        self.people = {person.email.casefold(): person for person in people}
        self.disturbed: set[SlackUserId] = set()
        self.is_down = False
        self.looked_up: list[str] = []

    def add(self, email: str, slack_user: str = "", *, time_zone: str = "Europe/Madrid", name: str = "") -> Addressee:
        """Add a person."""
        person = Addressee(
            email=email, reach=Reach.PERSON, slack_user=SlackUserId(slack_user), time_zone=time_zone, name=name
        )
        self.people[email.casefold()] = person
        return person

    def become(self, email: str, reach: Reach) -> None:
        """Let an account become something else: deactivated, shared, gone."""
        self.people[email.casefold()] = Addressee(email=email, reach=reach)

    def find(self, email: str) -> Addressee:
        """Return who that is in Slack."""
        self.looked_up.append(email)
        if self.is_down:
            return Addressee(email=email, reach=Reach.UNKNOWN)
        return self.people.get(email.casefold()) or Addressee(email=email, reach=Reach.NO_ACCOUNT)

    def is_disturbed(self, slack_user: SlackUserId, *, now: datetime) -> bool | None:  # noqa: ARG002  # the port's
        """Tell whether the person asked not to be disturbed."""
        return None if self.is_down else slack_user in self.disturbed
