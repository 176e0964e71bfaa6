"""What a reminder says: findings with all that their words need, and how each was settled since."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.base import DeploymentId, Frozen, SlackUserId
from bot.domain.episodes import Episode
from bot.domain.findings import Holding
from bot.domain.notices import NoticeId

BY_POLICY = "policy"
"""Stands in place of a person where a site lets the policy decide."""


class Settling(StrEnum):
    """How a finding that was told came to rest."""

    KEPT = "kept"
    STOPPED = "stopped"
    IN_USE = "in use"
    EXEMPT = "exempt"
    RESUMED = "used again"
    CLEARED = "cleared"
    RESTARTED = "restarted"
    GONE = "gone"


class Settled(Frozen):
    """How a finding came to rest, when, by whom if by anybody, and until when that holds."""

    how: Settling
    at: datetime
    by: str = ""
    until: datetime | None = None


class Waiting(Frozen):
    """How many people wait for a GPU like this one, and how long the first has."""

    people: int
    longest: timedelta


class Line(Frozen):
    """One finding in a letter. `next_at` is when its owner hears of it again, None if not; `step` counts from 1.

    `may_end_in_stop` says that the site lets what stays unanswered be stopped for this kind, `stops_at` when, None as
    long as no telling has named a day. `holdings` are the GPU deployments of its owner where it is about all of them.
    """

    episode: Episode
    step: int
    next_at: datetime | None = None
    waiting: Waiting | None = None
    keeps_in_a_row: int = 0
    may_end_in_stop: bool = False
    stops_at: datetime | None = None
    holdings: tuple[Holding, ...] = ()
    settled: Settled | None = None


class Letter(Frozen):
    """A digest as its reader gets it; `is_first` is the very first one, which explains itself.

    `stops_some` says that the site lets some kinds of findings end in a stop if nobody answers.
    `time_zone` is an IANA name. `file` is the id of the picture that Slack has, empty if there is none.
    """

    notice: NoticeId
    slack_user: SlackUserId
    time_zone: str
    lines: tuple[Line, ...]
    is_first: bool = False
    stops_some: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseOverTime:
    """The highest utilisation of a deployment's GPUs in each step of time, in per cent; None where nobody knows."""

    deployment: DeploymentId
    title: str
    start: datetime
    step: timedelta
    values: tuple[float | None, ...]
