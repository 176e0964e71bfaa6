"""Invented weeks of a platform: who lives where, what checks say of whose deployments, and what fails when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from benchmarks.faults import spans
from benchmarks.lives import DAY, HOUR
from bot.domain.addressees import Reach
from bot.domain.base import DeploymentId
from bot.domain.findings import Verdict
from bot.domain.policy import SHOWN_FIRST, FindingKind

ZONES = (
    "Europe/Madrid",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "UTC",
    "America/New_York",
    "Pacific/Kiritimati",
    "Europe/Berlin",
)
KINDS = (*SHOWN_FIRST, FindingKind.ZOMBIE, FindingKind.TELEMETRY_HOLE)
_ODD_REACH = {5: Reach.NO_ACCOUNT, 6: Reach.DEACTIVATED, 7: Reach.SHARED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is true of one deployment, minute by minute: each span is a kind that holds from the first minute on.

    `unknown` are minutes in which nobody can tell, `restarts` those at which a new run begins, `ends` the last one.
    """

    deployment: DeploymentId
    email: str
    spans: tuple[tuple[FindingKind, int, int], ...]
    unknown: frozenset[int]
    restarts: tuple[int, ...]
    ends: int

    def run(self, minute: int) -> int:
        """Return which run of the deployment it is."""
        return sum(each <= minute for each in self.restarts)

    def verdict(self, kind: FindingKind, minute: int) -> Verdict:
        """Return what a check says."""
        if minute in self.unknown:
            return Verdict.UNKNOWN
        holds = any(each is kind and first <= minute < last for each, first, last in self.spans)
        return Verdict.YES if holds else Verdict.NO

    @property
    def kinds(self) -> tuple[FindingKind, ...]:
        """Return the kinds that ever hold."""
        return tuple(dict.fromkeys(kind for kind, _, _ in self.spans))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dweller:
    """An owner with their zone and wishes, and the minutes in which they are not to be disturbed or have left."""

    email: str
    slack_user: str
    zone: str
    reach: Reach
    hour: time | None
    paused_until: datetime | None
    disturbed: frozenset[int]
    leaves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The minutes in which Slack, its history, Nomad, or the bot itself is away, and by how much clocks are off."""

    storms: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    no_cluster: frozenset[int] = frozenset()
    stopped: frozenset[int] = frozenset()
    off: dict[int, int] = field(default_factory=dict)

    def is_calm(self, minute: int) -> bool:
        """Tell whether nothing lasting stands in the way."""
        away = minute in self.storms or minute in self.hidden or minute in self.no_cluster or minute in self.stopped
        return not away and minute not in self.off


def draw_people(dice: Random, *, start: datetime, minutes: int, number: int) -> tuple[Dweller, ...]:
    """Return so many owners: most can be written to, some cannot, and one of them leaves on the way."""
    return tuple(
        Dweller(
            email=f"Person-{each}@example.org",
            slack_user=f"UPERSON{each}",
            zone=ZONES[each % len(ZONES)],
            reach=_ODD_REACH.get(each, Reach.PERSON),
            hour=time(14, 0) if each % 6 == 3 else None,  # noqa: PLR2004 - one in six
            paused_until=start + timedelta(days=10) if each % 6 == 4 else None,  # noqa: PLR2004 - one in six
            disturbed=frozenset(spans(minutes, dice, rate=6, longest=5 * HOUR)),
            leaves=minutes // 2 if each == 1 else minutes,
        )
        for each in range(number)
    )


def draw_plans(dice: Random, people: Sequence[Dweller], *, minutes: int) -> tuple[Plan, ...]:
    """Return one to four deployments of each person, with what checks will say of them."""
    return tuple(
        _plan(dice, f"{number}-{each}", person.email, minutes)
        for number, person in enumerate(people)
        for each in range(dice.randint(1, 4))
    )


def draw_weather(dice: Random, *, minutes: int) -> Weather:
    """Return when what fails: storms of 429, hidden histories, no Nomad, a stopped bot, clocks that jump."""
    off: dict[int, int] = {}
    for _ in range(max(1, minutes // (10 * DAY))):
        first, by = dice.randrange(minutes), dice.randint(-20, 20)
        off.update(dict.fromkeys(range(first, first + dice.randint(5, 3 * HOUR)), by))
    return Weather(
        storms=frozenset(spans(minutes, dice, rate=40, longest=6 * HOUR)),
        hidden=frozenset(spans(minutes, dice, rate=15, longest=6 * HOUR)),
        no_cluster=frozenset(spans(minutes, dice, rate=15, longest=4 * HOUR)),
        stopped=frozenset(spans(minutes, dice, rate=8, longest=30 * HOUR)),
        off=off,
    )


def _plan(dice: Random, name: str, email: str, minutes: int) -> Plan:
    found, kinds = [], dice.sample(KINDS, dice.choice((1, 1, 2)))
    for kind in kinds:
        minute = dice.randint(0, 5 * DAY)
        while minute < minutes:
            length = dice.choice((2 * HOUR, DAY, 4 * DAY, 14 * DAY))
            found.append((kind, minute, minute + dice.randint(length // 2, length)))
            minute = found[-1][2] + dice.randint(HOUR, 5 * DAY)
    return Plan(
        deployment=DeploymentId(name),
        email=email,
        spans=tuple(found),
        unknown=frozenset(spans(minutes, dice, rate=8, longest=12 * HOUR)),
        restarts=tuple(sorted(dice.randrange(minutes) for _ in range(dice.choice((0, 0, 1, 2))))),
        ends=dice.choice((minutes, minutes, dice.randrange(minutes))),
    )


class Died(BaseException):
    """The end of a process: nothing in it can catch that."""


class Troubled:
    """Stands in front of something outside; before and after each call something may happen."""

    def __init__(self, target: object, happening: Callable[[], None]) -> None:
        self._target = target
        self._happening = happening

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a method that passes the call on."""
        method = getattr(self._target, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._happening()
            result = method(*args, **kwargs)
            self._happening()
            return result

        return call


@dataclass(frozen=True, slots=True)
class Weekdays:
    """A calendar with these public holidays."""

    holidays: frozenset[date] = frozenset()

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        return day in self.holidays
