"""Is a GPU in use? Three answers: active, idle, or unknown; never a guess from samples that are not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.policy import IdlePolicy
from bot.domain.usage import BUCKET, Bucket, Coverage, Window, coverage, last_active


class Activity(StrEnum):
    """What the samples of a window say."""

    ACTIVE = "active"
    IDLE = "idle"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with what it rests on: the last activity if there was any, or else how well the window is covered.

    `reason` says why it is unknown.
    """

    activity: Activity
    window: Window
    last_active_at: datetime | None = None
    coverage: Coverage | None = None
    reason: str = ""


def judge(buckets: Sequence[Bucket], *, policy: IdlePolicy, now: datetime) -> Answer:
    """Tell whether a GPU was used in the policy's window before `now`. The buckets are in the order of time.

    One active sample proves activity, however little else is known. Its absence proves nothing unless the window is
    covered: a low mean or a gap is not silence.
    """
    window = Window(start=now - policy.window, end=now)
    seen = last_active(buckets, window)
    if seen is not None:
        return Answer(activity=Activity.ACTIVE, window=window, last_active_at=seen)
    found = coverage(buckets, window, interval=policy.interval)
    reason = why_unknown(found, window, policy)
    activity = Activity.UNKNOWN if reason else Activity.IDLE
    return Answer(activity=activity, window=window, coverage=found, reason=reason)


def why_unknown(found: Coverage, window: Window, policy: IdlePolicy) -> str:
    """Return why the absence of activity in a window proves nothing, or an empty text if it does."""
    if found.first_at is None or found.last_at is None or found.present < policy.min_samples:
        return "too few readings"
    if found.share < policy.min_coverage:
        return "coverage too low"
    if found.first_at - window.start > policy.start_slack:
        return "readings begin too late"
    if window.end - found.last_at > policy.max_age:
        return "newest reading too old"
    if found.largest_hole > policy.max_hole * window.length:
        return "hole too long"
    return ""


def has_resumed(buckets: Sequence[Bucket], *, since: datetime, policy: IdlePolicy) -> bool:
    """Tell whether there was a real burst since then: one flicker does not end an episode of idleness.

    An hour does not tell how near to each other its active samples were; the better is believed.
    """
    active = [bucket for bucket in buckets if bucket.start >= since and bucket.active]
    if any(bucket.length > BUCKET and bucket.active >= policy.resumed_samples for bucket in active):
        return True
    actives = {bucket.start: bucket.active for bucket in active}
    steps = range(round(policy.resumed_within / BUCKET))
    return any(
        sum(actives.get(start + step * BUCKET, 0) for step in steps) >= policy.resumed_samples for start in actives
    )
