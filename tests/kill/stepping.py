"""Kills a scenario at one point after the other, until it gets through; each time the world must end well."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.kill.scenarios import Scenario, Scene
from tests.kill.tap import NOWHERE, Point
from tests.kill.town import House, Killed, KillTown, SteppedBot, has_ended
from tests.kill.verdict import Judged, Outcome

TRIES = 2

MOST_TO_SETTLE = 120
"""A second kill falls within so many points from the next start on, which are two or three rounds."""


@dataclass(slots=True, kw_only=True)
class Steps:
    """A stepped bot as a scenario needs it."""

    town: KillTown
    bot: SteppedBot
    fatal: Point
    word: str = "tick"

    def until(self, is_so: Callable[[], bool]) -> None:
        """Run everything that is due, again and again. Raises Killed."""
        for _ in range(self.town.ground.patience):
            self.bot.ask("rest")
            if is_so():
                return
            self.town.ground.pass_time()
            self.bot.ask(self.word)
        assert is_so(), self.town.workspace.transcript()[-3000:]

    def has_ended(self, seconds: float) -> bool:
        """Wait until the process has ended, at most so long; tell whether it has."""
        return has_ended(self.bot.process, seconds)

    def arm(self) -> None:
        """Count from now on, once nothing is at work any more."""
        self.bot.ask("rest")
        self.bot.ask("arm", self.fatal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended: where it was to be killed and whether it was, the outcome, and what is wrong with it.

    `second` is where the bot that was started again was to be killed, too.
    """

    fatal: Point
    was_killed: bool
    second: Point = NOWHERE
    was_killed_again: bool = False
    outcome: Outcome
    complaints: tuple[str, ...]
    points: tuple[Point, ...]


def run(town: KillTown, scenario: Scenario, fatal: Point, *, second: Point = NOWHERE, database: str = "") -> Ending:
    """Play the scenario, killed at that point, start the bot again, and judge the world.

    With `second`, the bot that is started again is killed at that point, too, and started once more.
    """
    house = town.house(database=database)
    was_killed = _killed(town, house, scenario, fatal)
    points = house.points
    was_killed_again = second != NOWHERE and _killed_again(town, house, scenario, second)
    with town.bot(house) as bot:
        sight = _settled(town, house, scenario, bot)
    complaints = sight.complaints()
    if sight.outcome not in (scenario.legal if was_killed else {scenario.done}):
        complaints.append(f"{scenario.name} must not end so: {sight.outcome}")
    town.clear()
    return Ending(
        fatal=fatal,
        was_killed=was_killed,
        second=second,
        was_killed_again=was_killed_again,
        outcome=sight.outcome,
        complaints=tuple(complaints),
        points=points,
    )


def everywhere(town: KillTown, scenario: Scenario, *, only_needed: bool) -> Iterator[Ending]:
    """Play the scenario unharmed, then once for every point that it came to, killed there.

    Threads may come to their points in another order, or to more of them, the next time: what is new is gone
    through, too, and what did not come is tried again.
    """
    unharmed = run(town, scenario, NOWHERE)
    yield unharmed
    waiting, seen = list(unharmed.points), set(unharmed.points)
    while waiting:
        fatal = waiting.pop(0)
        if only_needed and not fatal.is_needed:
            continue
        tries = (run(town, scenario, fatal) for _ in range(TRIES))
        for ending in tries:
            yield ending
            new = [point for point in ending.points if point not in seen]
            waiting += new
            seen.update(new)
            if ending.was_killed or ending.complaints:
                break


def twice(town: KillTown, scenario: Scenario, *, seed: int, number: int, most: int) -> Ending:
    """Play the scenario, killed at one of its first `most` points, and again while that is being settled.

    The places of a seed and a number are the same every time.
    """
    dice = random.Random(f"{seed}/{scenario.name}/{number}")
    first, second = Point("", dice.randint(1, most)), Point("", dice.randint(1, MOST_TO_SETTLE))
    return run(town, scenario, first, second=second)


def _settled(town: KillTown, house: House, scenario: Scenario, bot: SteppedBot) -> Judged:
    """Let a bot that was started again work until everything is as it must be, and a little longer."""
    for _ in range(town.ground.patience):
        is_well = not scenario.look(town, house).complaints()
        _pass_round(town, scenario, bot)
        if is_well:
            break
    if scenario.afterwards:
        for _ in range(scenario.afterwards):
            town.ground.pass_time()
        _pass_round(town, scenario, bot)
    return scenario.look(town, house)


def _pass_round(town: KillTown, scenario: Scenario, bot: SteppedBot) -> None:
    town.ground.pass_time()
    bot.ask(scenario.word)


def _killed(town: KillTown, house: House, scenario: Scenario, fatal: Point) -> bool:
    with town.bot(house) as bot:
        bot.ask("listen")
        town.workspace.wait_for_connections()
        steps = Steps(town=town, bot=bot, fatal=fatal, word=scenario.word)
        scene = Scene(town=town, house=house, bot=steps)
        scenario.prepare(scene)
        steps.arm()
        try:
            scenario.act(scene)
            bot.ask("disarm")
        except Killed:
            bot.assert_killed()
            return True
    return False


def _killed_again(town: KillTown, house: House, scenario: Scenario, fatal: Point) -> bool:
    try:
        with town.bot(house, fatal=fatal) as bot:
            for _ in range(town.ground.patience):
                _pass_round(town, scenario, bot)
    except Killed:
        return True
    return False
