"""The one tree of errors, each a sentence for the person who meets it."""

NO_CHANGE = "Nothing was changed."
NOT_STARTED = "Nothing was started."


class BotError(Exception):
    """Something a person must be told: what happened, whether anything changed, what to do next.

    `str(error)` is what happened, `hint` is the next step, `changed` tells whether anything was changed on the
    cluster, `field` names the form field at fault, if there is one.
    """

    def __init__(self, message: str, *, hint: str = "", changed: str = NO_CHANGE, field: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        self.changed = changed
        self.field = field

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether something may have changed, or is still to change, on the cluster."""
        return self.changed not in {"", NO_CHANGE, NOT_STARTED}

    def sentence(self) -> str:
        """Return the whole text: what happened, whether anything changed, what to do next."""
        return " ".join(part for part in (str(self), self.changed, self.hint) if part)


class UsageError(BotError):
    """A command was not understood, so that nobody expects anything to have changed."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint, changed="")


class Refused(BotError):
    """A rule does not allow what was asked."""


class NotYours(Refused):
    """The deployment belongs to somebody else."""


class NotAMember(Refused):
    """The person is not a member of the platform, or may not use the bot at all."""


class OverLimit(Refused):
    """The request is over a limit per deployment or per owner."""


class HostnameTaken(Refused):
    """Another deployment has the host name already."""


class NotFound(BotError):
    """There is no such deployment, module or draft (any more)."""


class Ambiguous(BotError):
    """A name fits more than one deployment."""


class Unavailable(BotError):
    """Something the bot depends on does not answer; trying again later may work."""


class ClusterUnavailable(Unavailable):
    """Nomad cannot be reached, is too slow, has no leader or answers rubbish."""


class CatalogUnavailable(Unavailable):
    """The catalogue or the image registry cannot be read."""


class SlackUnavailable(Unavailable):
    """Slack's Web API did not answer, or refused; whether the call took effect may be unknown."""


class MessageUncertain(SlackUnavailable):
    """A message was sent but no answer came: it may or may not have been posted."""


class Undeliverable(BotError):
    """Slack refuses a message to this person or channel for good: trying again does not help."""


class RejectedByCluster(BotError):
    """Nomad understood the request and refuses it."""


class SettingsError(BotError):
    """A setting is wrong: names the key, the bad value (never a secret) and the mend, in one line."""
