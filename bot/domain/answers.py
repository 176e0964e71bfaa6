"""What people said to a reminder, how a finding was settled, and what they wish for themselves."""

from datetime import datetime, time
from enum import StrEnum

from bot.domain.base import Frozen, SlackUserId
from bot.domain.episodes import EpisodeId
from bot.domain.policy import FindingKind


class Answer(StrEnum):
    """What the buttons of a finding stand for."""

    KEEP = "keep"
    IN_USE = "in use"
    STOP = "stop"


class Response(Frozen):
    """Somebody's answer to a finding; `key` is the same for every delivery of one click, so that it counts once."""

    key: str
    episode: EpisodeId
    answer: Answer
    by: SlackUserId
    reason: str = ""
    until: datetime | None = None
    at: datetime


class Preferences(Frozen):
    """What a person wishes: from which hour of their working day on to hear, and until when not at all."""

    email: str
    hour: time | None = None
    paused_until: datetime | None = None
    first_told_at: datetime | None = None


_OFFERED = (1, 3, 7)
_SELDOM = (30,)
_MOST, _MOST_IF_SELDOM = 14, 30
_KEPT_LONG = frozenset({FindingKind.LONG_RUNNING, FindingKind.CPU_IDLE})


def keep_choices(kind: FindingKind) -> tuple[int, ...]:
    """Return for how many days a finding of this kind is offered to be kept."""
    return _SELDOM if kind in _KEPT_LONG else _OFFERED


def longest_keep(kind: FindingKind) -> int:
    """Return for how many days an owner may keep a finding of this kind at most."""
    return _MOST_IF_SELDOM if kind in _KEPT_LONG else _MOST


def needs_reason(kind: FindingKind, days: int) -> bool:
    """Tell whether a keep takes a written reason: more days than are offered do, and so does more than one's share."""
    return kind is FindingKind.OVER_ETIQUETTE or days > max(keep_choices(kind))


class EpisodeRef(Frozen):
    """The exact thing that a button is about: an episode and the version of the job that it was told of."""

    episode: EpisodeId
    version: int
