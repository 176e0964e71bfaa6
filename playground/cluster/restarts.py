"""Whether a task that ended starts again: the restart policy, as Nomad's client keeps it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from playground.cluster.canonical import duration
from playground.cluster.go_words import go_duration
from playground.cluster.records import JsonObject


class Verdict(Enum):
    """What becomes of a task that ended."""

    RESTART = "restart"
    FAIL = "fail"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Tracker:
    """How often a task restarted within the current interval."""

    since: datetime
    count: int = 0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ended: it did not start (`start_error`), or it ran and returned a code."""

    code: int = 0
    start_error: bool = False
    recoverable: bool = True

    @property
    def good(self) -> bool:
        """Tell whether it ran and succeeded."""
        return not self.start_error and self.code == 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows, why, after what delay."""

    verdict: Verdict
    reason: str = ""
    delay: timedelta = timedelta(0)


def restarts_on_success(job_type: str, lifecycle: JsonObject | None) -> bool:
    """Tell whether a task is started again although it succeeded."""
    hook = (lifecycle or {}).get("Hook") or ""
    if hook in {"prestart", "poststart"}:
        return bool((lifecycle or {}).get("Sidecar"))
    return hook != "poststop" and job_type not in {"batch", "sysbatch"}


def decide(
    tracker: Tracker, policy: JsonObject, ending: Ending, now: datetime, *, on_success: bool
) -> tuple[Tracker, Decision]:
    """Apply a restart policy to one ending; return the tracker to keep and what follows."""
    attempts, interval = int(policy["Attempts"]), duration(policy["Interval"])
    if attempts == 0:
        done = ending.good and not on_success
        return tracker, Decision(Verdict.DONE if done else Verdict.FAIL, "Policy allows no restarts")
    if now > tracker.since + interval:
        tracker = Tracker(now)
    tracker = replace(tracker, count=tracker.count + 1)
    if ending.start_error and not ending.recoverable:
        return tracker, Decision(Verdict.FAIL, "Error was unrecoverable")
    if ending.good and not on_success:
        return tracker, Decision(Verdict.DONE)
    if tracker.count <= attempts:
        return tracker, Decision(Verdict.RESTART, "Restart within policy", duration(policy["Delay"]))
    if policy["Mode"] == "fail":
        limit = f'Exceeded allowed attempts {attempts} in interval {go_duration(interval)} and mode is "fail"'
        return tracker, Decision(Verdict.FAIL, limit)
    wait = tracker.since + interval - now
    return tracker, Decision(Verdict.RESTART, "Exceeded allowed attempts, applying a delay", wait)
