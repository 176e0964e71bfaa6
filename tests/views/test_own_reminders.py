"""`/ai4os reminders`: open findings with their buttons, what is kept, the hour and a pause."""

from datetime import UTC, datetime

import pytest

from bot.domain.facts import OwnReminders
from bot.domain.letters import Settling
from bot.domain.policy import FindingKind
from handlers.ids import Action
from handlers.views import own_reminders
from tests.conftest import Golden
from tests.views.checking import elements, sent_view, texts
from tests.views.examples import HOSTILE
from tests.views.letters import UUID, episode, keep, line, own, settled

CASES: dict[str, OwnReminders] = {
    "nothing": own(),
    "open": own(line(), line(FindingKind.FAILED, step=0), line(FindingKind.GPU_HEAVY)),
    "kept": own(line(settled=settled(Settling.KEPT)), keeps=(keep(),), hour="14:00"),
    "paused": own(paused_until=datetime(2026, 6, 21, 22, 0, tzinfo=UTC)),
    "shadow": own(line(step=0, next_at=None), is_live=False),
    "worst_case": own(
        *(line(episode=episode(title=HOSTILE)) for _ in range(30)),
        keeps=tuple(keep(reason=HOSTILE) for _ in range(30)),
        titles={UUID: HOSTILE},
        time_zone=HOSTILE,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_window_looks_as_it_should(golden: Golden, name: str) -> None:
    """Each state is what its golden file says, and within Slack's limits."""
    golden.check(f"views/own_reminders_{name}", sent_view(own_reminders.render(CASES[name])))


def test_a_keep_can_be_ended_here() -> None:
    """Its button names the deployment."""
    shown = elements(sent_view(own_reminders.render(CASES["kept"])))

    assert shown[Action.KEEP_END]["value"] == UUID


def test_the_hour_is_the_one_that_was_chosen() -> None:
    """An hour that is not offered is never shown as chosen."""
    chosen = elements(sent_view(own_reminders.render(own(hour="14:00"))))[Action.DIGEST_HOUR]
    strange = elements(sent_view(own_reminders.render(own(hour="03:00"))))[Action.DIGEST_HOUR]

    assert chosen["initial_option"]["value"] == "14:00"
    assert strange["initial_option"]["value"] == "09:30"


def test_a_pause_ends_on_the_last_silent_day() -> None:
    """Monday as the first day back means silence until the end of Sunday."""
    shown = texts(sent_view(own_reminders.render(CASES["paused"])))

    assert "until the end of Sun 21 June" in shown


def test_whoever_is_told_nothing_learns_why() -> None:
    """In a dry run, or while an administrator has paused all reminders."""
    assert "not sent at the moment" in texts(sent_view(own_reminders.render(CASES["shadow"])))
