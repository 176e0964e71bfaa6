"""`/ai4os why` and Details: the same facts as the reminder, with what it takes and what comes next."""

import pytest

from bot.domain.deployment import Phase
from bot.domain.facts import Facts
from bot.domain.findings import Verdict
from bot.domain.policy import FindingKind
from handlers.views import evidence
from tests.conftest import Golden
from tests.views.checking import sent_view, texts
from tests.views.examples import HOSTILE
from tests.views.letters import AGAIN, MADRID, episode, exemption, facts, judgement, keep, running, use

IDLE = judgement(FindingKind.GPU_IDLE, Verdict.YES)
NEVER = judgement(FindingKind.GPU_NEVER_USED, Verdict.NO)
LONG = judgement(FindingKind.LONG_RUNNING, Verdict.NO)
BLIND = judgement(FindingKind.GPU_IDLE, Verdict.UNKNOWN, reason="coverage too low")
USE = use(*(None,) * 30, *(37.4, 0.0) * 30, *(0.0,) * 39)
CASES: dict[str, Facts] = {
    "idle": facts(NEVER, IDLE, LONG, episodes=(episode(),), told=1, next_at=AGAIN, use=USE),
    "not_told_yet": facts(NEVER, IDLE, LONG, episodes=(episode(),), next_at=AGAIN),
    "kept": facts(IDLE, episodes=(episode(),), told=2, keeps=(keep(),)),
    "exempt": facts(IDLE, episodes=(episode(),), exemptions=(exemption(),)),
    "in_use": facts(NEVER, judgement(FindingKind.GPU_IDLE, Verdict.NO), LONG, watched=running(gpus=2)),
    "unknown": facts(NEVER, BLIND, LONG),
    "cpu_only": facts(judgement(FindingKind.CPU_IDLE, Verdict.NO), LONG, watched=running(gpus=0, devices=())),
    "queued": facts(
        judgement(FindingKind.QUEUED, Verdict.NO),
        watched=running(phase=Phase.QUEUED, started_at=None, devices=()),
        newest_reading_at=None,
    ),
    "hostile": facts(
        judgement(FindingKind.GPU_IDLE, Verdict.UNKNOWN, reason=HOSTILE),
        watched=running(title=HOSTILE, gpu_model=HOSTILE),
        keeps=(keep(reason=HOSTILE),),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_facts_look_as_they_should(golden: Golden, name: str) -> None:
    """Each state is what its golden file says, and within Slack's limits."""
    golden.check(f"views/why_{name}", sent_view(evidence.render(CASES[name], MADRID)))


def test_the_same_words_as_in_the_reminder() -> None:
    """Whoever asks for the reason reads the observation, its coverage and the next date."""
    shown = texts(sent_view(evidence.render(CASES["idle"], MADRID)))

    assert "No GPU activity has been seen since Tue 9 June, 18:40 CEST, and its CPU was quiet." in shown
    assert "1,372 of 1,440 expected readings" in shown
    assert "I ask on Fri 12 June, if it is still so." in shown


def test_it_says_what_would_be_needed() -> None:
    """The thresholds are those of the policy in force, for this kind of work."""
    shown = texts(sent_view(evidence.render(CASES["in_use"], MADRID)))

    assert "no activity of any GPU for 24 h" in shown
    assert "at least 80 % of the readings" in shown


def test_what_nobody_knows_is_called_so() -> None:
    """Unknown is neither yes nor no."""
    shown = texts(sent_view(evidence.render(CASES["unknown"], MADRID)))

    assert "GPU idle: *not known*, coverage too low" in shown
    assert "I cannot tell whether it rests: coverage too low. So I do not ask." in shown
    assert "There is nothing to ask about it." not in shown
    assert "720 of 1,440 readings in 24 h" in shown


def test_what_is_known_not_to_rest_is_nothing_to_ask_about() -> None:
    """Without a reason in doubt, and whatever nobody knows of things that it does not have."""
    other = judgement(FindingKind.ONE_GPU_IDLE, Verdict.UNKNOWN, reason="too few readings")
    shown = texts(sent_view(evidence.render(facts(judgement(FindingKind.GPU_IDLE, Verdict.NO), other), MADRID)))

    assert "There is nothing to ask about it." in shown


def test_use_is_told_day_by_day() -> None:
    """The highest value of each of the reader's days, and a day of which nothing is known is no day of rest."""
    shown = texts(sent_view(evidence.render(CASES["idle"], MADRID)))

    assert "Sat 6 June: not known · Sun 7 June: 37 %" in shown
    assert "Wed 10 June: 0 % · Thu 11 June: 0 %" in shown
