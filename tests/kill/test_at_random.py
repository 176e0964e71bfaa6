"""Killed at random, by SIGKILL and SIGTERM, once or several times in a row: a few of what `make kill` does."""

import signal
from datetime import timedelta

import pytest

from tests.kill.scenarios import SUBMISSION, Scene
from tests.kill.striking import Blow, Case, Watching, strike
from tests.kill.town import KillTown

SEED = 4
QUICK = {"NOMAD_TIMEOUT_SECONDS": "1"}


@pytest.mark.parametrize("number", range(8))
def test_a_bot_that_is_killed_at_random_ends_well(lively_town: KillTown, number: int) -> None:
    """Each case of a seed is the same every time, as far as threads and processes are."""
    result = strike(lively_town, Case.at_random(SEED, number))

    assert result.complaints == (), str(result.case)


@pytest.mark.parametrize("nth", [1, 8, 16, 24, 32])
def test_sigterm_ends_it_properly_anywhere(lively_town: KillTown, nth: int) -> None:
    """It finishes or leaves what the next start finishes, ends within seconds, and its status is 0."""
    case = Case(scenario=SUBMISSION, blows=(Blow(nth=nth, number=signal.SIGTERM),))

    result = strike(lively_town, case)

    assert (result.hits, result.complaints) == ((0,), ())


def test_sigterm_waits_no_longer_for_nomad_than_a_call_may_take(lively_town: KillTown) -> None:
    """A Nomad that hangs in the middle of a submission does not keep the bot from ending in time, with status 0."""
    house = lively_town.house()
    house.environment.update(QUICK)
    with lively_town.free(house) as bot:
        _submit_into_silence(lively_town, Scene(town=lively_town, house=house, bot=Watching(bot=bot, blow=Blow())))
        bot.send(signal.SIGTERM)

        assert bot.has_ended(8)
        assert bot.status == 0


def test_a_second_signal_ends_it_at_once(lively_town: KillTown) -> None:
    """Whoever cannot wait sends another one: what is under way is settled at the next start, as after a kill."""
    house = lively_town.house()
    with lively_town.free(house) as bot:
        _submit_into_silence(lively_town, Scene(town=lively_town, house=house, bot=Watching(bot=bot, blow=Blow())))
        bot.send(signal.SIGTERM)
        is_waiting = not bot.has_ended(0.5)
        bot.send(signal.SIGTERM)

        assert is_waiting
        assert bot.has_ended(2)
        assert bot.status == -signal.SIGTERM


def _submit_into_silence(town: KillTown, scene: Scene) -> None:
    """Submit, while Nomad takes half a minute to answer whether it has taken the job."""
    town.workspace.wait_for_connections()
    scene.review()
    town.simulated.faults.slow(timedelta(seconds=30), path="/v1/jobs", method="POST")
    town.simulated.reset_calls()
    scene.house.ada.submit()
    town.simulated.wait_for(lambda: any(call.method == "PUT" for call in town.simulated.calls))
