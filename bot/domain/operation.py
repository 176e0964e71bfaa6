"""How reminders are run: shadow or live, paused or not, what holds them back, which run did what."""

from datetime import datetime
from enum import StrEnum

from bot.domain.base import Frozen
from bot.domain.policy import Policy


class Mode(Frozen):
    """Whether owners hear anything. Until an administrator says otherwise the plan is shown to administrators only."""

    is_live: bool = False
    is_paused: bool = False
    paused_until: datetime | None = None
    by: str = ""
    reason: str = ""
    at: datetime | None = None

    def is_silent(self, now: datetime) -> bool:
        """Tell whether owners are to be told nothing now."""
        return not self.is_live or self.is_on_pause(now)

    def is_on_pause(self, now: datetime) -> bool:
        """Tell whether an administrator has paused reminders, and the pause is not over."""
        return self.is_paused and (self.paused_until is None or now < self.paused_until)


class Obstacle(StrEnum):
    """Why reminders hold themselves back (rule 23 of the platform's handbook)."""

    BLIND = "too little is known of the GPUs"
    WAVE = "too many turned idle at once"
    UPGRADE = "the bot was upgraded, and no check has agreed with the one before yet"
    POLICY = "the policy was changed, and no check has been made by the new one yet"


class Breaker(Frozen):
    """An obstacle with what is known of it; `released_by` is the administrator who said to go on in spite of it."""

    obstacle: Obstacle
    since: datetime
    detail: str = ""
    released_by: str = ""


class PolicyVersion(Frozen):
    """A policy and from when on it is in force: it binds windows of time that begin later."""

    policy: Policy
    active_from: datetime

    @property
    def version(self) -> str:
        """Return the policy's short name."""
        return self.policy.version


class JobName(StrEnum):
    """What the scheduled jobs of checking and reminding are called."""

    MEASURE = "measure use"
    CHECK = "check deployments"
    REMIND = "remind owners"
    REPORT = "report to administrators"


class Outcome(StrEnum):
    """What came of a run of a job."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "another process does it"


class Run(Frozen):
    """One run of a scheduled job: when it was due, when it was made, what came of it, and what it counted."""

    job: str
    due_at: datetime
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    counts: dict[str, int] = {}
    detail: str = ""
