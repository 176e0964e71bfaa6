"""Invented lives: whoever works is not accused, and whoever rests is found, with every fault switched on."""

from random import Random

import pytest

from benchmarks.faults import NONE, Faults, look_at
from benchmarks.lives import KINDS, MINUTE, draw
from benchmarks.synthetic import judge_lives
from bot.domain.policy import FindingKind, Policy
from tests.unit.domain.usage_samples import MONDAY


@pytest.mark.parametrize("faults", [Faults(), NONE], ids=["all faults", "no faults"])
def test_nobody_who_works_is_accused(faults: Faults) -> None:
    """Every kind of life once or more; the long form has its own command."""
    scores, worked = judge_lives(days=60, seed=7, faults=faults, policy=Policy())

    assert worked >= 60
    assert {kind: score.wrong for kind, score in scores.items()} == dict.fromkeys(scores, 0)
    assert scores[FindingKind.GPU_IDLE].claimed > 0


def test_without_faults_every_silence_is_found() -> None:
    """Whatever rests for its window is found within two hours."""
    scores, _ = judge_lives(days=60, seed=8, faults=NONE, policy=Policy())

    assert [(score.found, score.due > 0) for score in scores.values()] == [
        (score.due, True) for score in scores.values()
    ]


def test_a_collector_without_faults_sees_what_happened() -> None:
    """A sample for each minute, in the order of time, active when the GPU was."""
    life = draw("parameter search", Random(3), start=MONDAY, days=2)

    seen = look_at(life, Random(4), NONE)

    (gpu,) = seen.gpus
    assert sum(bucket.present for bucket in gpu) == life.minutes
    assert sum(bucket.active for bucket in gpu) == len([value for value in life.work.gpus[0] if value])
    assert gpu[-1].last_at == life.start + (life.minutes - 1) * MINUTE


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_draws_the_same_life(kind: str) -> None:
    """What was found once can be looked at again."""
    first, second = (draw(kind, Random(5), start=MONDAY, days=3) for _ in range(2))

    assert first == second
