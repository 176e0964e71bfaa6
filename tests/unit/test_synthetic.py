"""Invented lives: whoever works is not accused, and whoever rests is found, with every fault switched on."""

from datetime import timedelta
from random import Random

import pytest

from benchmarks.faults import NONE, Faults, look_at
from benchmarks.intervals import grouped, share_interval
from benchmarks.judged_cpus import CPU_KINDS
from benchmarks.lives import KINDS, MINUTE, draw
from benchmarks.scores import Due, Score, Tally, table
from benchmarks.state_lives import STATE_KINDS, draw_state
from benchmarks.synthetic import Proof, Terms, judge_lives
from bot.domain.findings import Verdict
from bot.domain.policy import FindingKind
from tests.unit.domain.usage_samples import MONDAY

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


@pytest.fixture(scope="module")
def with_faults() -> Proof:
    """Return the proof of every kind of life and finding with every fault; the long form has its own command."""
    return judge_lives(Terms(seed=7, faults=Faults().times(3)), days=60)


@pytest.fixture(scope="module")
def without_faults() -> Proof:
    """Return the same without faults."""
    return judge_lives(Terms(seed=8, faults=NONE), days=60)


@pytest.mark.parametrize("name", ["with_faults", "without_faults"])
def test_nobody_who_works_is_accused(name: str, request: pytest.FixtureRequest) -> None:
    """Whatever goes wrong on the way from a GPU to the bot, every finding is right."""
    proof: Proof = request.getfixturevalue(name)

    assert proof.worked >= 60
    assert set(proof.scores) == set(FindingKind)
    assert proof.wrong() == {}


def test_without_faults_everything_is_found(without_faults: Proof) -> None:
    """Whatever lasts for its window is found within two hours, whatever its kind."""
    scores = without_faults.scores

    assert {kind: score.missed_lives for kind, score in scores.items() if score.missed_lives} == {}
    assert {kind for kind, score in scores.items() if not score.dues} <= {FindingKind.LOST_NODE}


def test_only_the_kinds_that_were_asked_for_are_judged() -> None:
    """What concerns states alone needs no GPU."""
    proof = judge_lives(Terms(seed=9, faults=NONE), days=20, kinds=(FindingKind.FAILED,))

    assert (list(proof.scores), proof.worked) == ([FindingKind.FAILED], 0)


def test_the_number_of_processes_changes_nothing() -> None:
    """The same lives are judged, and added up in the same order."""
    terms = Terms(seed=10, faults=Faults())
    kinds = (FindingKind.FAILED, FindingKind.QUEUED)

    one, two = (judge_lives(terms, days=20, kinds=kinds, processes=processes) for processes in (1, 2))

    assert one == two


def test_a_collector_without_faults_sees_what_happened() -> None:
    """A sample for each minute, in the order of time, active when the GPU was."""
    life = draw("parameter search", Random(3), start=MONDAY, days=2)

    (run,) = look_at(life, Random(4), NONE).runs

    (gpu,) = run.gpus
    assert sum(bucket.present for bucket in gpu) == life.minutes
    assert sum(bucket.active for bucket in gpu) == len([value for value in life.work.gpus[0] if value])
    assert gpu[-1].last_at == life.start + (life.minutes - 1) * MINUTE


def test_each_run_is_seen_by_itself() -> None:
    """After an update of the job nothing is left of what was seen before, and the memory of the GPU is empty."""
    life = draw("steady training", Random(3), start=MONDAY, days=20)

    seen = look_at(life, Random(4), Faults(restarts=6))

    assert len(seen.runs) > 1
    assert [run.gpus[0][0].first_at >= life.start + run.first * MINUTE - timedelta(hours=1) for run in seen.runs] == [
        True
    ] * len(seen.runs)
    assert [run.first for run in seen.runs[1:]] == [run.last for run in seen.runs[:-1]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_draws_the_same_life(kind: str) -> None:
    """What was found once can be looked at again."""
    first, second = (draw(kind, Random(5), start=MONDAY, days=3) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("kind", STATE_KINDS)
def test_the_same_seed_draws_the_same_states(kind: str) -> None:
    """Of lives without use as well."""
    first, second = (draw_state(kind, Random(5), start=MONDAY, faults=Faults()) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("kind", CPU_KINDS)
def test_the_same_seed_draws_the_same_cpu(kind: str) -> None:
    """And of those without GPUs."""
    first, second = (CPU_KINDS[kind](Random(5), 30 * 1440) for _ in range(2))

    assert first == second


def test_a_finding_is_wrong_if_one_of_its_claims_is() -> None:
    """Two findings: the first right throughout, the second right when made and wrong later; unknown ends neither."""
    score = Score()
    tally = Tally("life", score)
    looks = [(YES, True), (UNKNOWN, False), (YES, True), (NO, False), (YES, True), (YES, False)]

    for number, (verdict, is_so) in enumerate(looks):
        tally.look(MONDAY + number * MINUTE, verdict, is_so=is_so)
    tally.close([])

    assert score.findings == [("life", True), ("life", False)]
    assert (score.looks, score.unknown, score.claims, score.wrong_claims) == (6, 1, 4, 1)


def test_a_finding_counts_as_made_within_two_hours_only() -> None:
    """One that is late is missed; the delay is from the true beginning."""
    score = Score()
    tally = Tally("life", score)
    tally.look(MONDAY + timedelta(hours=3), YES, is_so=True)

    in_time = Due(since=MONDAY, at=MONDAY + timedelta(hours=1))
    tally.close([in_time, Due(since=MONDAY, at=MONDAY + timedelta(minutes=59))])

    assert score.dues == [("life", True), ("life", False)]
    assert score.delays == [timedelta(hours=3)]
    assert (score.recall, score.missed_lives) == (0.5, ("life",))


def test_the_table_says_what_is_not_known() -> None:
    """A kind that never was due has no recall, and no precision without a finding."""
    (row,) = table({FindingKind.GPU_IDLE: Score(looks=4, unknown=1)}).rows

    assert list(row) == ["GPU idle", "0", "0", "–", "0", "–", "–", "25.0%"]


def test_an_interval_is_by_whole_groups() -> None:
    """A hundred answers of one pod are one answer; all alike leave the doubt that so few groups leave."""
    one_pod, many = ([("a", True)] * 100, [(str(number), True) for number in range(100)])
    mixed = [*one_pod, *(("b", False) for _ in range(100))]

    assert share_interval(grouped(one_pod)) == pytest.approx((0.207, 1.0), abs=0.001)
    assert share_interval(grouped(many)) == pytest.approx((0.963, 1.0), abs=0.001)
    assert share_interval(grouped(mixed)) == (0.0, 1.0)
