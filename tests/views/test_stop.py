"""Stopping a deployment: the question before and the outcome after."""

import pytest

from bot.domain.deployment import Phase
from bot.domain.overview import Row
from handlers.ids import DeploymentKey
from handlers.views import stop
from tests.conftest import Golden
from tests.views.checking import sent_message, sent_view, texts
from tests.views.examples import HOSTILE, hostile_row, row


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("running", row()),
        ("queued", row(Phase.QUEUED, reason="every fitting GPU is taken")),
        ("failed", row(Phase.FAILED, reason="it ran out of memory")),
        ("worst_case", hostile_row()),
    ],
)
def test_question_looks_as_it_should(golden: Golden, name: str, subject: Row) -> None:
    """The question names the deployment and what is lost."""
    view = sent_view(stop.confirm(subject))
    golden.check(f"views/stop_{name}", view)
    assert view["private_metadata"] == str(DeploymentKey(subject.namespace, subject.deployment))


@pytest.mark.parametrize(("phase", "word"), [(Phase.RUNNING, "Stop"), (Phase.QUEUED, "Stop"), (Phase.FAILED, "Remove")])
def test_what_is_over_is_removed(phase: Phase, word: str) -> None:
    """A deployment that is over cannot be stopped any more."""
    assert sent_view(stop.confirm(row(phase)))["submit"]["text"] == word


def test_a_gpu_that_is_still_held_becomes_free() -> None:
    """Removing a failed deployment frees what it holds, and only then says so."""
    holding = texts(sent_view(stop.confirm(row(Phase.FAILED))))
    done = texts(sent_view(stop.confirm(row(Phase.FAILED, holds_resources=False))))
    assert "GPU becomes free" in holding
    assert "becomes free" not in done


@pytest.mark.parametrize(
    ("phase", "text"),
    [
        (Phase.STOPPING, "is being stopped"),
        (Phase.STOPPED, "is stopped. It holds nothing."),
        (Phase.GONE, "is removed"),
    ],
)
def test_outcome_says_what_came_of_it(phase: Phase, text: str) -> None:
    """Being stopped, stopped and removed are told apart, in a modal and in a message alike."""
    assert text in texts(sent_view(stop.outcome_view("Plankton run", phase)))
    assert text in sent_message(stop.outcome_message("Plankton run", phase))["text"]


def test_outcome_views(golden: Golden) -> None:
    """The working view and the outcome are what their golden file says."""
    views = [stop.working_view("Plankton run"), stop.outcome_view("Plankton run", Phase.STOPPING)]
    golden.check("views/stop_outcomes", [sent_view(view) for view in views])


def test_hostile_titles_stay_texts() -> None:
    """Slack takes the outcome of a deployment with any title."""
    assert "<!channel>" not in texts(sent_view(stop.outcome_view(HOSTILE, Phase.STOPPING)))
