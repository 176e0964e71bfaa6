"""What administrators are told: what rests, who does not answer, what holds reminders back, what would be sent."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.addressees import Reach
from bot.domain.base import Frozen
from bot.domain.episodes import Episode
from bot.domain.operation import Breaker, Mode, Run
from bot.domain.reminders import Exemption
from bot.domain.telemetry import NodeHealth


class ReportKind(StrEnum):
    """What a report to the administrators' channel is about."""

    WEEKLY = "weekly"
    PLAN = "plan"
    ALARM = "alarm"


class Unanswered(Frozen):
    """A finding whose owner was told often enough without an answer, or cannot be told at all."""

    episode: Episode
    told: int
    first_told_at: datetime | None
    reach: Reach


class Planned(Frozen):
    """What a person would be told now, or is told by now: how many findings, and the first of them in words."""

    email: str
    reach: Reach
    episodes: tuple[Episode, ...]
    at: datetime | None = None


class Idle(Frozen):
    """A deployment that rests now, and how many GPU-hours it has held while it did."""

    episode: Episode
    gpu_hours: float


class Review(Frozen):
    """The state of everything that administrators look after, at one moment.

    `answers` counts how people answered in the last four weeks; `told` counts the reminders sent in that time.
    """

    at: datetime
    mode: Mode
    breakers: tuple[Breaker, ...] = ()
    idle: tuple[Idle, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    for_operators: tuple[Episode, ...] = ()
    silent_nodes: tuple[NodeHealth, ...] = ()
    planned: tuple[Planned, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    runs: tuple[Run, ...] = ()
    told: int = 0
    answers: dict[str, int] = {}
    watched: int = 0
    gpus_held: int = 0
    gpus_told: int = 0
    longest_wait: timedelta | None = None
    policy: str = ""


class Report(Frozen):
    """A message to the administrators' channel; `key` is the same however often one report is tried."""

    key: str
    kind: ReportKind
    review: Review
