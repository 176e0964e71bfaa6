"""Whether a deployment may be stopped without its owner: every condition of rule 21 of the handbook, one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.addressees import Reach
from bot.domain.episodes import Episode
from bot.domain.findings import Judgement, Verdict
from bot.domain.operation import Breaker, Mode
from bot.domain.policy import FOR_ADMINISTRATORS
from bot.domain.reminders import Delivery, Exemption, Keep

NOTICES = 2
APART = timedelta(hours=48)
FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCase:
    """Everything that is known about a finding when somebody asks whether it may end in a stop.

    `judgements` are those of the deployment at this moment, `deliveries` what reached the owner of this very finding.
    `deadline` is what the last notice named; None if it named none. `was_able_to_answer` says whether the owner could:
    a person who was not away or disturbed between the first notice and the deadline; None where nobody knows.
    """

    episode: Episode
    judgements: Sequence[Judgement]
    deliveries: Sequence[Delivery]
    settled: Sequence[Keep | Exemption]
    mode: Mode
    breakers: Sequence[Breaker]
    reach: Reach
    was_able_to_answer: bool | None
    deadline: datetime | None
    is_allowed: bool = False


def may_stop(case: StopCase, *, now: datetime) -> bool:
    """Tell whether every condition holds."""
    return not why_not_stop(case, now=now)


def why_not_stop(case: StopCase, *, now: datetime) -> tuple[str, ...]:
    """Return each condition that does not hold, in words; none if it may be stopped."""
    conditions = (
        (case.is_allowed, "stopping by itself is not allowed for this kind of finding"),
        (case.episode.kind not in FOR_ADMINISTRATORS, "only an operator can act on this kind of finding"),
        (not case.mode.is_silent(now), "reminders are paused, or only shown to administrators"),
        (not case.breakers, "reminders hold themselves back"),
        (case.episode.is_open, "the finding is over"),
        (_are_apart(case.deliveries, now), "its owner has not had two notices at least 48 hours apart"),
        (case.deadline is not None and now >= case.deadline, "the deadline has not passed"),
        (_is_fresh(case, now), "nobody has seen within the last five minutes that it still is so"),
        (not _is_anything_unknown(case), "something about it is not known"),
        (not any(each.covers(case.episode, now) for each in case.settled), "it is kept or exempt"),
        (case.reach is Reach.PERSON, "its owner cannot be told in Slack"),
        (case.was_able_to_answer is True, "its owner was not able to answer, or nobody knows"),
    )
    return tuple(reason for holds, reason in conditions if not holds)


def _are_apart(deliveries: Sequence[Delivery], now: datetime) -> bool:
    told = [each.at for each in deliveries if each.at <= now]
    return len(told) >= NOTICES and max(told) - min(told) >= APART


def _is_fresh(case: StopCase, now: datetime) -> bool:
    episode = case.episode
    said = [
        each
        for each in case.judgements
        if (each.deployment, each.instance, each.kind) == (episode.deployment, episode.instance, episode.kind)
    ]
    is_so = bool(said) and all(each.verdict is Verdict.YES for each in said)
    return is_so and timedelta(0) <= now - episode.last_true_at <= FRESH


def _is_anything_unknown(case: StopCase) -> bool:
    return any(each.verdict is Verdict.UNKNOWN for each in case.judgements)
