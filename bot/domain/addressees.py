"""Who an owner is in Slack: a person who can be written to, nobody, or not known right now."""

from enum import StrEnum

from bot.domain.base import Frozen, SlackUserId


class Reach(StrEnum):
    """Whether somebody can be written to. Nobody's deployments are the administrators' business, never acted upon."""

    PERSON = "a person"
    NO_ACCOUNT = "no Slack account"
    DEACTIVATED = "a deactivated Slack account"
    SHARED = "a shared account"
    UNKNOWN = "unknown"


class Addressee(Frozen):
    """An owner's Slack account; `slack_user` is empty unless it is a person's. `time_zone` is an IANA name."""

    email: str
    reach: Reach
    slack_user: SlackUserId = SlackUserId("")
    time_zone: str = "UTC"
    name: str = ""
