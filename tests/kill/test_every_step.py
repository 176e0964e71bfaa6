"""Killed at every step between two effects, and started again: one job or none, one message, nothing left behind."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.kill.scenarios import REMOVAL, STOP, SUBMISSION, UPDATE, Scenario, Scene
from tests.kill.stepping import Steps, everywhere, run
from tests.kill.tap import NOWHERE, Point
from tests.kill.town import KillTown
from tests.kill.verdict import Outcome, look


def _named(scenario: Scenario) -> str:
    return scenario.name


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", [SUBMISSION, UPDATE, STOP, REMOVAL], ids=_named)
def test_whatever_step_it_is_killed_at_it_ends_well(town: KillTown, scenario: Scenario) -> None:
    """Nobody lists the steps: they are those that an unharmed run came to. Each way to end is really met."""
    endings = tuple(everywhere(town, scenario, only_needed=True))

    assert [(str(ending.fatal), ending.complaints) for ending in endings if ending.complaints] == []
    assert {ending.outcome for ending in endings} == scenario.legal


@pytest.mark.parametrize("second", [Point("before commit submissions", 1), Point("sent POST /v1/jobs", 1)], ids=str)
def test_a_start_that_is_killed_is_made_up_for_by_the_next(town: KillTown, second: Point) -> None:
    """What the first start after a kill has begun, the second one finishes."""
    ending = run(town, SUBMISSION, Point("before POST /v1/jobs", 1), second=second)

    assert ending.was_killed
    assert (ending.outcome, ending.complaints) == (Outcome.RUNNING, ())


def test_the_tap_misses_no_call(town: KillTown) -> None:
    """Every call that Slack and Nomad have received is a point, from the bot's start to the message that it runs."""
    house = town.house()
    with town.bot(house, fatal=Point("no such point", 1)) as bot:
        bot.ask("listen")
        scene = Scene(town=town, house=house, bot=Steps(town=town, bot=bot, fatal=NOWHERE))
        scene.deploy()
        bot.ask("rest")
    sent = Counter(point.label.split()[1] for point in house.points if point.label.startswith("sent"))

    received = Counter(call.method for call in town.simulated.calls)
    assert sent - received == Counter(POST=len(town.workspace.calls) - 0)  # the rest are Slack's, all of them POST
    assert sum(sent.values()) == len(town.simulated.calls) + len(town.workspace.calls)
    assert len([point for point in house.points if point.label.startswith("committed")]) >= 5


def test_the_judge_is_not_blind(town: KillTown) -> None:
    """Whatever is doubled, missing, open, false or leaked is complained about."""
    house = town.house()
    with town.bot(house) as bot:
        bot.ask("listen")
        Scene(town=town, house=house, bot=Steps(town=town, bot=bot, fatal=NOWHERE)).deploy()
        bot.ask("rest")
    sight = look(town, house)
    false = replace(sight.messages[0], text="Mine is stopped.")
    wrong = {
        "two jobs": replace(sight, jobs=sight.jobs * 2),
        "no job": replace(sight, jobs=()),
        "an unrecorded job": replace(sight, submissions=()),
        "two messages": replace(sight, messages=sight.messages * 2),
        "no message": replace(sight, messages=()),
        "a false message": replace(sight, messages=(false,)),
        "no secret": replace(sight, variables=()),
        "a secret without its job": replace(sight, jobs=(), messages=(), submissions=()),
        "no host name": replace(sight, reserved=""),
        "something open": replace(sight, is_settled=False),
        "a gap in the audit log": replace(sight, audit=sight.audit[1:]),
        "a doubled audit entry": replace(sight, audit=sight.audit * 2),
        "a leak": replace(sight, leaks=("log",)),
    }

    assert sight.complaints() == []
    assert [name for name, each in wrong.items() if not each.complaints()] == []
