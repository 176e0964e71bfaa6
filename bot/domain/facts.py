"""What is known of a deployment's use and of its findings: the same facts for a reminder, its details, and `why`."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.episodes import Episode
from bot.domain.findings import Judgement, Watched
from bot.domain.letters import Line, UseOverTime
from bot.domain.policy import Policy
from bot.domain.reminders import Exemption, Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything about one deployment that reminders rest on, at one moment.

    `episodes` are those that are open, `keeps` and `exemptions` those that hold now. `newest_reading_at` is None where
    nothing was ever measured. `thresholds` are those of `policy`, the policy in force.
    """

    watched: Watched
    judgements: tuple[Judgement, ...]
    episodes: tuple[Episode, ...] = ()
    told: int = 0
    next_at: datetime | None = None
    keeps: tuple[Keep, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    use: UseOverTime | None = None
    newest_reading_at: datetime | None = None
    policy: str = ""
    thresholds: Policy | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReminders:
    """What `/ai4os reminders` shows a person: open findings, keeps that hold, and their wishes."""

    lines: tuple[Line, ...]
    keeps: tuple[Keep, ...]
    titles: dict[str, str]
    hour: str
    paused_until: datetime | None
    is_live: bool
    time_zone: str
