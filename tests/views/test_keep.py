"""Keeping a deployment: for how long, and why."""

from typing import Any

import pytest

from bot.domain.letters import Settling
from bot.domain.policy import FindingKind
from handlers.ids import Action, BlockId, read_episode
from handlers.views import keep
from handlers.views.keep import Choice
from tests.conftest import Golden
from tests.views.checking import inputs, sent_view
from tests.views.examples import HOSTILE
from tests.views.letters import MADRID, episode, settled

OFFERED = {
    FindingKind.GPU_IDLE: ["1 day", "3 days", "7 days", "14 days, with a reason"],
    FindingKind.LONG_RUNNING: ["30 days"],
    FindingKind.CPU_IDLE: ["30 days"],
    FindingKind.OVER_ETIQUETTE: [
        "1 day, with a reason",
        "3 days, with a reason",
        "7 days, with a reason",
        "14 days, with a reason",
    ],
}


@pytest.mark.parametrize("kind", OFFERED)
def test_how_long_depends_on_the_kind(golden: Golden, kind: FindingKind) -> None:
    """What is offered, and where a reason is asked for, is what its golden file says."""
    view = sent_view(keep.render(episode(kind)))
    choice = inputs(view)[Action.KEEP_DAYS]["element"]

    golden.check(f"views/keep_{kind.name.lower()}", view)
    assert [option["text"]["text"] for option in choice["options"]] == OFFERED[kind]
    assert choice["initial_option"] in choice["options"]


def test_the_window_knows_what_it_is_about() -> None:
    """Its metadata is the episode and the version, nothing else."""
    ref = read_episode(sent_view(keep.render(episode()))["private_metadata"])

    assert ref is not None
    assert (ref.episode, ref.version) == (episode().id, episode().version)


@pytest.mark.parametrize(
    ("value", "reason", "expected"),
    [
        ("7", "", Choice(days=7, reason="", lacks_reason=False)),
        ("14!", "a review", Choice(days=14, reason="a review", lacks_reason=False)),
        ("14!", "  ", Choice(days=14, reason="", lacks_reason=True)),
        ("soon", "", None),
        ("99999", "", None),
        ("", "", None),
    ],
)
def test_what_was_chosen_is_read(value: str, reason: str, expected: Choice | None) -> None:
    """A reason that is missing is noticed before anything happens; what was made up is no choice."""
    assert keep.read(_sent(value, reason)) == expected


def test_a_view_without_a_choice_is_none() -> None:
    """Nothing is guessed."""
    assert keep.read({}) is None


def test_outcomes(golden: Golden) -> None:
    """What is shown meanwhile, and what came of it."""
    views = [keep.working_view(), keep.done_view(settled(Settling.KEPT), MADRID)]
    golden.check("views/keep_outcomes", [sent_view(view) for view in views])


def test_hostile_titles_stay_texts() -> None:
    """Slack takes the question about a deployment with any title."""
    assert sent_view(keep.render(episode(title=HOSTILE)))


def _sent(value: str, reason: str) -> dict[str, Any]:
    option = {"value": value} if value else None
    return {
        "state": {
            "values": {
                BlockId.DAYS: {Action.KEEP_DAYS: {"selected_option": option}},
                BlockId.REASON: {Action.KEEP_REASON: {"value": reason or None}},
            }
        }
    }
