"""Who somebody is: a Slack user, the owner of deployments, and the platforms they belong to."""

from bot.domain.base import Frozen, PlatformKey, SlackUserId


class Owner(Frozen):
    """The platform identity that owns deployments.

    `subject` is the OIDC subject in a job's `owner` field, empty while it is not known; `email` joins it to Slack.
    """

    email: str
    name: str = ""
    subject: str = ""

    def owns(self, *, email: str, subject: str) -> bool:
        """Tell whether a deployment with these owner fields is this person's."""
        if email:
            return email.casefold() == self.email.casefold()
        return bool(subject) and subject in {self.subject, self.email}


class Person(Frozen):
    """A Slack user as the bot may act for them: who they own as, where they belong, where they administer."""

    slack_user: SlackUserId
    owner: Owner
    time_zone: str = "UTC"
    platforms: tuple[PlatformKey, ...] = ()
    administers: tuple[PlatformKey, ...] = ()
