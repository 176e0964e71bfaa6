"""Nothing is stopped without its owner unless every condition holds, and each of them is one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.addressees import Reach
from bot.domain.base import DeploymentId, Namespace
from bot.domain.episodes import Episode, EpisodeId, Resolution
from bot.domain.findings import Judgement, Verdict
from bot.domain.operation import Breaker, Mode, Obstacle
from bot.domain.policy import DAY, HOUR, FindingKind
from bot.domain.reminders import Delivery, Exemption, Keep
from bot.domain.stopping import StopCase, may_stop, why_not_stop
from tests.unit.domain.watched import NOW

MINUTE = timedelta(minutes=1)
IDLE = FindingKind.GPU_IDLE
RUN = DeploymentId("run")
EPISODE = Episode(
    id=EpisodeId("run/first/gpu_idle/1"),
    kind=IDLE,
    deployment=RUN,
    namespace=Namespace("ai4eosc"),
    instance="first",
    version=41,
    number=1,
    owner_email="ada@example.org",
    title="Run",
    since=NOW - 12 * DAY,
    opened_at=NOW - 11 * DAY,
    last_true_at=NOW - MINUTE,
    policy="p1",
)


def judgement(kind: FindingKind = IDLE, verdict: Verdict = Verdict.YES, instance: str = "first") -> Judgement:
    """Return what is said of the run at this moment."""
    return Judgement(kind=kind, deployment=RUN, instance=instance, verdict=verdict)


def told(*ago: timedelta) -> tuple[Delivery, ...]:
    """Return notices that reached the owner so long ago."""
    return tuple(Delivery(episode=EPISODE.id, step=number + 1, at=NOW - each) for number, each in enumerate(ago))


CASE = StopCase(
    episode=EPISODE,
    judgements=(judgement(), judgement(FindingKind.FAILED, Verdict.NO)),
    deliveries=told(10 * DAY, 7 * DAY),
    settled=(),
    mode=Mode(is_live=True),
    breakers=(),
    reach=Reach.PERSON,
    was_able_to_answer=True,
    deadline=NOW - HOUR,
    is_allowed=True,
)
KEEP = Keep(deployment=RUN, instance="first", kind=IDLE, by="UADA", since=NOW - DAY, until=NOW + DAY)
EXEMPTION = Exemption(deployment=RUN, by="UGRACE", reason="paper", since=NOW - DAY, until=NOW + DAY)


def test_a_case_in_which_everything_holds_may_be_stopped() -> None:
    """Two notices three days apart, a deadline that passed, and the same again a minute ago."""
    assert may_stop(CASE, now=NOW)
    assert why_not_stop(CASE, now=NOW) == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_allowed": False}, "is not allowed for this kind"),
        (
            {
                "episode": EPISODE.model_copy(update={"kind": FindingKind.ZOMBIE}),
                "judgements": (judgement(FindingKind.ZOMBIE),),
            },
            "only an operator",
        ),
        ({"mode": Mode()}, "paused, or only shown"),
        ({"mode": Mode(is_live=True, is_paused=True)}, "paused, or only shown"),
        ({"breakers": (Breaker(obstacle=Obstacle.BLIND, since=NOW),)}, "hold themselves back"),
        ({"breakers": (Breaker(obstacle=Obstacle.WAVE, since=NOW, released_by="UGRACE"),)}, "hold themselves back"),
        (
            {"episode": EPISODE.model_copy(update={"resolved_at": NOW, "resolution": Resolution.RESUMED})},
            "the finding is over",
        ),
        ({"deliveries": ()}, "two notices"),
        ({"deliveries": told(7 * DAY)}, "two notices"),
        ({"deliveries": told(47 * HOUR, timedelta(0))}, "two notices"),
        ({"deliveries": told(DAY, -2 * DAY)}, "two notices"),
        ({"deadline": None}, "the deadline"),
        ({"deadline": NOW + MINUTE}, "the deadline"),
        ({"episode": EPISODE.model_copy(update={"last_true_at": NOW - 6 * MINUTE})}, "within the last five minutes"),
        ({"episode": EPISODE.model_copy(update={"last_true_at": NOW + MINUTE})}, "within the last five minutes"),
        ({"judgements": ()}, "within the last five minutes"),
        ({"judgements": (judgement(verdict=Verdict.NO),)}, "within the last five minutes"),
        ({"judgements": (judgement(instance="second"),)}, "within the last five minutes"),
        ({"judgements": (judgement(), judgement(FindingKind.QUEUED, Verdict.UNKNOWN))}, "is not known"),
        ({"settled": (KEEP,)}, "kept or exempt"),
        ({"settled": (EXEMPTION,)}, "kept or exempt"),
        ({"reach": Reach.DEACTIVATED}, "cannot be told"),
        ({"reach": Reach.SHARED}, "cannot be told"),
        ({"reach": Reach.UNKNOWN}, "cannot be told"),
        ({"was_able_to_answer": False}, "not able to answer"),
        ({"was_able_to_answer": None}, "not able to answer"),
    ],
)
def test_each_condition_alone_forbids_it(changes: dict[str, Any], reason: str) -> None:
    """Whatever else holds, one that does not is enough, and it is named."""
    (found,) = why_not_stop(replace(CASE, **changes), now=NOW)

    assert reason in found


def test_a_keep_that_is_over_forbids_nothing_by_itself() -> None:
    """Somebody kept it once, and was told of it again since."""
    over = KEEP.model_copy(update={"until": NOW})

    assert may_stop(replace(CASE, settled=(over,)), now=NOW)


def test_an_unknown_verdict_names_both_conditions() -> None:
    """That it rests is not known, so nobody has just seen that it does."""
    case = replace(CASE, judgements=(judgement(verdict=Verdict.UNKNOWN),))

    assert len(why_not_stop(case, now=NOW)) == 2
