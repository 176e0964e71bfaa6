"""What people said to a reminder, how a finding was settled, and what they wish for themselves."""

from datetime import datetime, time
from enum import StrEnum

from bot.domain.base import Frozen, SlackUserId
from bot.domain.episodes import EpisodeId


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


class EpisodeRef(Frozen):
    """The exact thing that a button is about: an episode and the version of the job that it was told of."""

    episode: EpisodeId
    version: int
