"""What a state says by itself, after it has lasted, and never when nobody knows since when."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.deployment import Phase
from bot.domain.findings import Judgement, Verdict, for_administrators, shown
from bot.domain.policy import DAY, HOUR, FindingKind, Policy, Workload
from bot.domain.state_findings import (
    judge_failed,
    judge_long_running,
    judge_lost_node,
    judge_queued,
    judge_telemetry,
    judge_zombie,
)
from tests.unit.domain.usage_samples import MINUTE
from tests.unit.domain.watched import NOW, gpu, watched

POLICY = Policy()
Judge = Callable[..., Judgement]


@pytest.mark.parametrize(
    ("judge", "phase", "window", "more"),
    [
        (judge_failed, Phase.FAILED, HOUR, {}),
        (judge_failed, Phase.LOST, HOUR, {}),
        (judge_queued, Phase.QUEUED, DAY, {}),
        (judge_queued, Phase.IMPOSSIBLE, DAY, {}),
        (judge_queued, Phase.QUEUED, HOUR, {"gpus": 0, "devices": ()}),
        (judge_zombie, Phase.STUCK_STOPPING, timedelta(minutes=15), {"is_stopped": True}),
        (judge_lost_node, Phase.UNREACHABLE, HOUR, {}),
    ],
)
def test_a_state_is_a_finding_once_it_has_lasted(
    judge: Judge, phase: Phase, window: timedelta, more: dict[str, object]
) -> None:
    """A minute earlier nothing is said; where nobody knows since when, nothing either."""
    ages = [window - MINUTE, window]
    verdicts = [judge(watched(age=age, phase=phase, **more), policy=POLICY, now=NOW).verdict for age in ages]
    unknown = judge(watched(age=window, phase=phase, phase_since=None, **more), policy=POLICY, now=NOW).verdict

    assert (verdicts, unknown) == ([Verdict.NO, Verdict.YES], Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("more", "days"),
    [({}, 30), ({"gpus": 0, "devices": ()}, 90), ({"workload": Workload.BATCH}, 14)],
)
def test_what_runs_for_long_is_asked_about(more: dict[str, object], days: int) -> None:
    """Use does not matter here: somebody may have left."""
    ages = [timedelta(days=days) - MINUTE, timedelta(days=days)]
    verdicts = [
        judge_long_running(watched(age=age, **(more | {"cpu": (), "devices": ()})), policy=POLICY, now=NOW).verdict
        for age in ages
    ]

    assert verdicts == [Verdict.NO, Verdict.YES]


def test_a_stopped_deployment_on_a_silent_machine_is_no_zombie() -> None:
    """Nobody can know whether it lives; it is free once the machine is back."""
    away = watched(age=DAY, phase=Phase.STOPPING, is_stopped=True, is_node_connected=None)

    assert judge_zombie(away, policy=POLICY, now=NOW).verdict is Verdict.UNKNOWN


def test_gpus_of_which_little_is_known_are_a_hole_in_the_telemetry() -> None:
    """An operator hears of it; the owner does not."""
    blind = watched(age=DAY, devices=(gpu(NOW - DAY, end=NOW - HOUR),))
    seen = watched(age=DAY)

    verdicts = [judge_telemetry(each, policy=POLICY, now=NOW).verdict for each in (blind, seen)]

    assert verdicts == [Verdict.YES, Verdict.NO]


def test_the_owner_is_shown_one_finding_and_never_an_operators() -> None:
    """The order is the one in which they help most; what only an operator can repair is not among them."""
    one = watched(age=DAY)
    found = [
        Judgement(kind=kind, deployment=one.deployment, instance="first", verdict=Verdict.YES) for kind in FindingKind
    ]

    first = shown(found)

    assert first is not None
    assert first.kind is FindingKind.FAILED
    assert {each.kind for each in for_administrators(found)} == {
        FindingKind.ZOMBIE,
        FindingKind.TELEMETRY_HOLE,
        FindingKind.LOST_NODE,
    }


def test_what_is_unknown_is_not_shown() -> None:
    """Unknown is no finding."""
    one = watched(age=DAY)
    open_one = Judgement(
        kind=FindingKind.GPU_IDLE, deployment=one.deployment, instance="first", verdict=Verdict.UNKNOWN
    )

    assert shown([open_one]) is None
