"""The second GPU needs an occasion to be talked about; far more than a fair share is a conversation of its own."""

from datetime import timedelta

import pytest

from bot.domain.base import DeploymentId
from bot.domain.findings import Verdict, Watched
from bot.domain.gpu_shares import GpuHours, find_heavy, judge_etiquette
from bot.domain.people import Owner
from bot.domain.policy import DAY, HOUR, Policy
from tests.unit.domain.usage_samples import MINUTE
from tests.unit.domain.watched import NOW, gpu, watched

POLICY = Policy()


def holder(name: str, *, age: timedelta, is_busy: bool = True) -> Watched:
    """Return a deployment with one GPU that works, or rests."""
    percent = 90.0 if is_busy else 0.0
    return watched(age=age, deployment=DeploymentId(name), devices=(gpu(NOW - age, lambda _at: percent),))


def test_one_gpu_is_nobodys_business() -> None:
    """There is no finding at all."""
    assert judge_etiquette([holder("a", age=DAY)], policy=POLICY, now=NOW, somebody_waits=True) is None


@pytest.mark.parametrize(
    ("is_busy", "somebody_waits", "verdict"),
    [
        (False, False, Verdict.YES),
        (True, True, Verdict.YES),
        (True, False, Verdict.NO),
        (True, None, Verdict.NO),
    ],
)
def test_two_gpus_are_worth_a_word_if_one_rests_or_somebody_waits(
    *, is_busy: bool, somebody_waits: bool | None, verdict: Verdict
) -> None:
    """Two that work while nobody waits harm nobody."""
    own = [holder("a", age=2 * DAY), holder("b", age=DAY, is_busy=is_busy)]

    found = judge_etiquette(own, policy=POLICY, now=NOW, somebody_waits=somebody_waits)

    assert found is not None
    assert (found.verdict, found.deployment) == (verdict, "b")


def test_two_gpus_are_fine_for_a_day() -> None:
    """The day begins with the second one."""
    own = [holder("a", age=9 * DAY), holder("b", age=DAY - MINUTE, is_busy=False)]

    found = judge_etiquette(own, policy=POLICY, now=NOW, somebody_waits=True)

    assert found is not None
    assert found.verdict is Verdict.NO


def test_three_gpus_are_an_anomaly_after_an_hour() -> None:
    """The limits forbid it, so something is wrong: whether they work does not matter."""
    own = [holder("a", age=DAY), holder("b", age=DAY), holder("c", age=HOUR)]

    found = judge_etiquette(own, policy=POLICY, now=NOW, somebody_waits=False)

    assert found is not None
    assert (found.verdict, found.since) == (Verdict.YES, NOW - HOUR)


def test_a_gpu_that_cannot_be_seen_leaves_it_open() -> None:
    """Nobody is told that a GPU rests which nobody has seen."""
    own = [holder("a", age=2 * DAY), watched(age=2 * DAY, deployment=DeploymentId("b"), devices=())]

    found = judge_etiquette(own, policy=POLICY, now=NOW, somebody_waits=False)

    assert found is not None
    assert found.verdict is Verdict.UNKNOWN


def test_heavy_is_more_than_one_gpu_and_a_multiple_of_the_fair_share() -> None:
    """One GPU for four weeks is no excess, and neither is the biggest part of very little."""
    held = [
        GpuHours(owner=Owner(email="heavy@example.org"), hours=1300),
        GpuHours(owner=Owner(email="full-time@example.org"), hours=672),
        *(GpuHours(owner=Owner(email=f"{number}@example.org"), hours=60) for number in range(6)),
        GpuHours(owner=Owner(email="none@example.org"), hours=0),
    ]

    found = find_heavy(held, policy=POLICY)

    assert [(each.owner.email, round(each.fair_share, 3)) for each in found] == [("heavy@example.org", 0.125)]


def test_nobody_is_heavy_where_nobody_holds_anything() -> None:
    """No hours, no shares."""
    assert find_heavy([], policy=POLICY) == ()
