"""Kills a bot that runs by itself at random: while somebody does something, and while it starts again."""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer

from tests.kill.scenarios import SCENARIOS, Scenario, Scene
from tests.kill.tap import Point
from tests.kill.town import FreeBot, House, Killed, KillTown
from tests.kill.verdict import Outcome, Sight, look

MOST_POINTS, LONGEST = 50, 0.5
"""Blows fall within so many points, or so many seconds, which is about as long as an action or a start takes."""

SECONDS_TO_END = 3.0
SECONDS_TO_SETTLE = 25.0
_BIRTH = 0.1
_PAUSE = 0.05
_ANOTHER_ROUND = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """A signal at the so-and-so-many-th point, or after some seconds if `nth` is 0."""

    nth: int = 0
    seconds: float = 0.0
    number: signal.Signals = signal.SIGKILL

    @classmethod
    def at_random(cls, dice: random.Random) -> "Blow":
        """Throw the dice: one blow in six is a SIGTERM, the others kill."""
        number = signal.SIGTERM if dice.random() < 1 / 6 else signal.SIGKILL
        if dice.random() < 1 / 2:
            return cls(nth=dice.randint(1, MOST_POINTS), number=number)
        return cls(seconds=dice.uniform(0, LONGEST), number=number)

    @property
    def statuses(self) -> frozenset[int]:
        """Return the statuses that are right for a process that it has ended.

        A SIGTERM that comes before `app.main` has begun ends it as it ends any program, with nothing done yet.
        """
        if self.number is signal.SIGKILL:
            return frozenset({-signal.SIGKILL})
        is_early = not self.nth and self.seconds < _BIRTH
        return frozenset({0, -signal.SIGTERM}) if is_early else frozenset({0})

    def __str__(self) -> str:
        where = f"at point {self.nth}" if self.nth else f"after {self.seconds:.3f} s"
        return f"{self.number.name} {where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is done, and the blows: the first falls while it is done, the others during the starts that follow."""

    scenario: Scenario
    blows: tuple[Blow, ...]

    @classmethod
    def at_random(cls, seed: int, number: int) -> "Case":
        """Return the case with that number of a seed; it is the same every time."""
        dice = random.Random(f"{seed}/{number}")
        scenario = dice.choice(SCENARIOS)
        (more,) = dice.choices((0, 1, 2), weights=(5, 3, 2))
        return cls(scenario=scenario, blows=tuple(Blow.at_random(dice) for _ in range(1 + more)))

    def __str__(self) -> str:
        return f"{self.scenario.name}: {', '.join(map(str, self.blows))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a case ended: which blows hit by their places, the outcome, and what is wrong with it.

    A SIGKILL misses when what it was meant for is over before.
    """

    case: Case
    hits: tuple[int, ...]
    outcome: Outcome
    complaints: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Watching:
    """A bot that runs by itself, as a scenario needs it; `blow` falls once it is armed."""

    bot: FreeBot
    blow: Blow
    timer: Timer | None = None

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so. Raises Killed."""
        waited = 0.0
        while not is_so():
            if self.bot.has_ended(_PAUSE):
                raise Killed
            waited += _PAUSE
            assert waited < SECONDS_TO_SETTLE, "waited in vain"

    def has_ended(self, seconds: float) -> bool:
        """Wait until the process has ended, at most so long; tell whether it has."""
        return self.bot.has_ended(seconds)

    def arm(self) -> None:
        """Let the blow fall from now on."""
        if self.blow.nth:
            self.bot.arm(Point("", self.blow.nth), self.blow.number)
            return
        self.timer = Timer(self.blow.seconds, self.bot.send, args=(self.blow.number,))
        self.timer.start()


def strike(town: KillTown, case: Case) -> Result:
    """Play the case in a town whose clock runs, start the bot once more, and judge the world."""
    house = town.house()
    hits, complaints = list[int](), list[str]()
    for place, blow in enumerate(case.blows):
        with _under(town, house, blow) as watching:
            act = _acting(town, house, case.scenario, watching) if place == 0 else _starting(watching)
            complaints += _hit(act, watching)
            hits += [place] if watching.bot.has_ended() else []
    with town.free(house) as bot:
        sight = _settled(town, house, bot)
    complaints += sight.complaints()
    if sight.outcome not in (case.scenario.legal if hits else {case.scenario.done}):
        complaints.append(f"{case.scenario.name} must not end so: {sight.outcome}")
    town.clear()
    return Result(case=case, hits=tuple(hits), outcome=sight.outcome, complaints=tuple(complaints))


@contextmanager
def _under(town: KillTown, house: House, blow: Blow) -> Iterator[Watching]:
    with town.free(house) as bot:
        watching = Watching(bot=bot, blow=blow)
        try:
            yield watching
        finally:
            if watching.timer is not None:
                watching.timer.cancel()
                watching.timer.join()


def _acting(town: KillTown, house: House, scenario: Scenario, watching: Watching) -> Callable[[], None]:
    def act() -> None:
        scene = Scene(town=town, house=house, bot=watching)
        town.workspace.wait_for_connections()
        scenario.prepare(scene)
        watching.arm()
        scenario.act(scene)

    return act


def _starting(watching: Watching) -> Callable[[], None]:
    def start() -> None:
        watching.arm()
        watching.bot.has_ended(LONGEST)

    return start


def _hit(act: Callable[[], None], watching: Watching) -> list[str]:
    """Act until the blow falls; return what is wrong with the way in which the process ended."""
    with suppress(Killed):
        act()
    if watching.blow.number is signal.SIGTERM and not watching.bot.has_ended(SECONDS_TO_END):
        watching.bot.send(signal.SIGTERM)  # it has missed, or the bot is too slow; then this one ends it with a status
        watching.bot.has_ended(SECONDS_TO_END)
    if not watching.bot.has_ended():
        return [] if watching.blow.number is signal.SIGKILL else ["it does not end"]
    status = watching.bot.status
    return [] if status in watching.blow.statuses else [f"{watching.blow} ended it with status {status}"]


def _settled(town: KillTown, house: House, bot: FreeBot) -> Sight:
    """Wait until everything is as it must be, and a round of following longer."""
    waited = 0.0
    while look(town, house).complaints() and waited < SECONDS_TO_SETTLE and not bot.has_ended(2 * _PAUSE):
        waited += 2 * _PAUSE
    bot.has_ended(_ANOTHER_ROUND)
    return look(town, house)
