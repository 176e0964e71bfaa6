"""What administrators are told: what rests, who does not answer, what holds reminders back, what would be sent."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.addressees import Reach
from bot.domain.answers import Answer
from bot.domain.base import Frozen
from bot.domain.episodes import Episode
from bot.domain.operation import Breaker, JobName, Mode, Run
from bot.domain.policy import FindingKind
from bot.domain.reminders import Exemption
from bot.domain.telemetry import NodeHealth


class ReportKind(StrEnum):
    """What a report to the administrators' channel is about."""

    WEEKLY = "weekly"
    PLAN = "plan"
    ALARM = "alarm"


class Unanswered(Frozen):
    """A finding whose owner was told often enough without an answer, or cannot be told at all.

    `keeps_in_a_row` counts how often it was kept without any use since; `detail` says why Slack refuses letters.
    """

    episode: Episode
    told: int
    first_told_at: datetime | None
    reach: Reach
    keeps_in_a_row: int = 0
    detail: str = ""


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
    kept_until: datetime | None = None


class Overdue(Frozen):
    """A job that has not done its work for too long: since when not (None if never), and what went wrong last."""

    job: JobName
    since: datetime | None
    detail: str = ""


class Review(Frozen):
    """The state of everything that administrators look after, at one moment.

    Lists of deployments and people are those of the platforms that the reader administers (`covers_all` tells whether
    these are all); counts are of all platforms. `answers` counts how people answered in the last four weeks, `told` the
    findings that they were told in that time. `done` are the newest successful runs, `runs` the newest of any outcome.
    `judged_since` is when the first policy came into force, `stops` the kinds of findings that may end in a stop.
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
    done: tuple[Run, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    told: int = 0
    answers: dict[str, int] = {}
    watched: int = 0
    gpus_held: int = 0
    gpus_told: int = 0
    longest_wait: timedelta | None = None
    policy: str = ""
    judged_since: datetime | None = None
    people_planned: int = 0
    stops: tuple[FindingKind, ...] = ()
    covers_all: bool = True
    channel: str = ""
    channel_trouble: str = ""
    time_zone: str = "UTC"

    @property
    def idle_gpu_hours(self) -> float:
        """Return how many GPU-hours were held by what rests now, while it did."""
        return sum(each.gpu_hours for each in self.idle)

    @property
    def is_held_back(self) -> bool:
        """Tell whether owners are told nothing now."""
        return self.mode.is_silent(self.at) or any(not breaker.released_by for breaker in self.breakers)

    @property
    def wrong_per_hundred(self) -> float | None:
        """Return how many of a hundred findings that were told were called wrong, or None if none was told."""
        return 100 * self.answers.get(Answer.IN_USE, 0) / self.told if self.told else None


class Report(Frozen):
    """A message to the administrators' channel; `key` is the same however often one report is tried.

    An alarm is about one obstacle or one job.
    """

    key: str
    kind: ReportKind
    review: Review
    breaker: Breaker | None = None
    overdue: Overdue | None = None
