"""Killed at every step around a reminder: one letter, never two, known and true in the end, and answered once."""

from dataclasses import replace

import pytest

from bot.domain.episodes import Resolution
from bot.domain.notices import NoticeState
from bot.domain.operation import Run
from tests.kill.letter_verdict import LetterSight, look_at_letters
from tests.kill.reminders import KEEP, REMINDER, REMINDERS, STOP_FROM_REMINDER, be_reminded
from tests.kill.scenarios import Scenario, Scene
from tests.kill.stepping import Steps, everywhere, run, twice
from tests.kill.tap import NOWHERE, Point
from tests.kill.town import KillTown
from tests.kill.verdict import Outcome

SEED = 5
POINTS = 40
"""Within so many points every scenario does what it is about."""


def _named(scenario: Scenario) -> str:
    return scenario.name


def _sight(town: KillTown) -> LetterSight:
    """Let somebody be reminded, and nothing be killed."""
    house = town.house()
    with town.bot(house) as bot:
        bot.ask("listen")
        town.workspace.wait_for_connections()
        be_reminded(Scene(town=town, house=house, bot=Steps(town=town, bot=bot, fatal=NOWHERE, word="remind")))
        bot.ask("rest")
    return look_at_letters(town, house)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", REMINDERS, ids=_named)
def test_whatever_step_of_a_reminder_it_is_killed_at_there_is_one_letter(
    reminder_town: KillTown, scenario: Scenario
) -> None:
    """Decided, claimed, looked at again, sent, recorded, answered, edited: the steps are those an unharmed run has."""
    endings = tuple(everywhere(reminder_town, scenario, only_needed=True))

    assert [(str(ending.fatal), ending.complaints) for ending in endings if ending.complaints] == []
    assert {ending.outcome for ending in endings} == scenario.legal


@pytest.mark.parametrize("scenario", [REMINDER, KEEP, STOP_FROM_REMINDER], ids=_named)
def test_a_kill_while_a_kill_is_settled_is_settled_as_well(reminder_town: KillTown, scenario: Scenario) -> None:
    """A few of the pairs of places at random that `make kill` goes through."""
    endings = [twice(reminder_town, scenario, seed=SEED, number=number, most=POINTS) for number in range(3)]

    assert [(str(each.fatal), str(each.second), each.complaints) for each in endings if each.complaints] == []
    assert any(each.was_killed and each.was_killed_again for each in endings)


def test_a_letter_that_nobody_heard_of_is_found_and_not_sent_again(reminder_town: KillTown) -> None:
    """Killed when Slack has posted it and before that was recorded: the conversation tells."""
    ending = run(reminder_town, REMINDER, Point("answered POST /api/chat.postMessage", 1))

    assert ending.was_killed
    assert (ending.outcome, ending.complaints) == (Outcome.REMINDED, ())


def test_the_judge_of_letters_is_not_blind(reminder_town: KillTown) -> None:
    """Whatever is doubled, missing, forgotten, open or false is complained about."""
    sight = _sight(reminder_town)
    (letter,), (notice,), (episode,) = sight.letters, sight.notices, sight.episodes
    ended = episode.model_copy(update={"resolved_at": episode.opened_at, "resolution": Resolution.RESUMED})
    run_left = Run(job="remind owners", due_at=episode.opened_at, started_at=episode.opened_at)
    wrong = {
        "two letters": replace(sight, letters=sight.letters * 2),
        "no letter": replace(sight, letters=()),
        "a false letter": replace(sight, letters=(replace(letter, text="Kept until tomorrow"),)),
        "no buttons": replace(sight, letters=(replace(letter, blocks=()),)),
        "a letter that is lost": replace(sight, letters=(replace(letter, ts="1.000001"),)),
        "sending for ever": replace(sight, notices=(notice.model_copy(update={"state": NoticeState.SENDING}),)),
        "two notices": replace(sight, notices=sight.notices * 2),
        "no more looked after": replace(sight, notices=(notice.model_copy(update={"is_closed": True}),)),
        "told twice": replace(sight, deliveries=sight.deliveries * 2),
        "never told": replace(sight, deliveries=()),
        "two findings": replace(sight, episodes=sight.episodes * 2),
        "ended unseen": replace(sight, episodes=(ended,)),
        "no job": replace(sight, jobs=()),
        "stopped by nobody": replace(sight, jobs=(replace(sight.jobs[0], is_stopped=True),)),
        "a stop is open": replace(sight, is_settled=False),
        "a gap in the audit log": replace(sight, audit=sight.audit[1:]),
        "a doubled audit entry": replace(sight, audit=sight.audit * 2),
        "a run that never ends": replace(sight, runs=(run_left,)),
    }

    assert sight.complaints() == []
    assert [name for name, each in wrong.items() if not each.complaints()] == []
