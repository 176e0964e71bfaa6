"""The outbox: what is to be told to whom on which day, written down before it is sent, and what came of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from bot.domain.base import Frozen, SlackUserId
from bot.domain.reminders import Item

NoticeId = NewType("NoticeId", str)


class NoticeState(StrEnum):
    """How far a digest has come.

    SENDING is written before Slack is called: found so later, nobody knows whether it was posted, and only the
    conversation's history can tell. DROPPED ones were not sent because nothing in them held any more, DEAD ones
    because Slack refuses them for good.
    """

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"
    DEAD = "dead"


OPEN_STATES = frozenset({NoticeState.PLANNED, NoticeState.CLAIMED, NoticeState.SENDING})


class Notice(Frozen):
    """One digest for one person and one of their days (`day` by their own clock): at most one of these can exist.

    `claimed_by` and `claimed_until` say which process is at work on it. `channel` and `timestamp` are where it stands
    once it was sent; `file` is the picture that came with it, empty if there is none. `shown` names how its findings
    were settled when it was last written; it is closed once that cannot change any more. Until it is sent, `attempts`
    and `not_before` are those of sending, from then on those of bringing it up to date.
    """

    id: NoticeId
    email: str
    slack_user: SlackUserId
    time_zone: str
    day: date
    items: tuple[Item, ...]
    state: NoticeState = NoticeState.PLANNED
    attempts: int = 0
    not_before: datetime | None = None
    claimed_by: str = ""
    claimed_until: datetime | None = None
    channel: str = ""
    timestamp: str = ""
    file: str = ""
    is_first: bool = False
    shown: str = ""
    is_closed: bool = False
    error: str = ""
    created_at: datetime
    sent_at: datetime | None = None
