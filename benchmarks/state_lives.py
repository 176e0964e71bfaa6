"""Invented lives of which only the state matters: failed, waiting, alive after a stop, running for long, away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from benchmarks.faults import Faults, count_of, spans
from benchmarks.lives import DAY, HOUR, MINUTE
from bot.domain.deployment import Phase
from bot.domain.policy import Workload

UPDATES = 0.3
"""The mean number of updates of a job in thirty days, each of which begins its run anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A phase for some minutes; `is_stopped` says that the owner stopped it, `holds` that it holds hardware."""

    phase: Phase
    minutes: int
    holds: bool = True
    is_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLife:
    """A deployment as the sequence of its phases, with the minutes in which its machine was away and no check made.

    `updates` are the minutes at which its job was updated, and began anew.
    """

    kind: str
    workload: Workload | None
    gpus: int
    start: datetime
    stays: tuple[Stay, ...]
    away: frozenset[int] = frozenset()
    unchecked: frozenset[int] = frozenset()
    updates: tuple[int, ...] = ()

    @property
    def minutes(self) -> int:
        """Return how long it lives."""
        return sum(stay.minutes for stay in self.stays)


def draw_state(kind: str, dice: Random, *, start: datetime, faults: Faults) -> StateLife:
    """Return a life of this kind with what goes wrong around it."""
    workload, gpus, stays = STATE_KINDS[kind]
    life = StateLife(kind=kind, workload=workload, gpus=gpus, start=start, stays=tuple(stays(dice, start)))
    minutes = life.minutes
    away = spans(minutes, dice, rate=2 * faults.silent_nodes, longest=2 * DAY)
    updates = {dice.randrange(1, minutes) for _ in range(count_of(dice, UPDATES * faults.restarts, minutes))}
    return StateLife(
        kind=kind,
        workload=workload,
        gpus=gpus,
        start=start,
        stays=life.stays,
        away=frozenset(away),
        unchecked=frozenset(spans(minutes, dice, rate=faults.late_checks, longest=90)),
        updates=tuple(sorted(updates)),
    )


def _started(dice: Random) -> list[Stay]:
    return [
        Stay(phase=Phase.SCHEDULING, minutes=dice.randint(1, 3), holds=False),
        Stay(phase=Phase.PULLING, minutes=dice.randint(1, 20)),
    ]


def _running(low: int, high: int) -> Callable[[Random, datetime], Sequence[Stay]]:
    return lambda dice, _start: [*_started(dice), Stay(phase=Phase.RUNNING, minutes=dice.randint(low, high))]


def _failed(dice: Random, _start: datetime) -> Sequence[Stay]:
    """Fail minutes after the start, and stay so."""
    ran, failed = dice.randint(1, 10), dice.randint(DAY, 9 * DAY)
    return [*_started(dice), Stay(phase=Phase.RUNNING, minutes=ran), Stay(phase=Phase.FAILED, minutes=failed)]


def _failed_and_removed(dice: Random, _start: datetime) -> Sequence[Stay]:
    """Fail, and be removed by an owner who looks."""
    return [
        *_started(dice),
        Stay(phase=Phase.RUNNING, minutes=dice.randint(1, DAY)),
        Stay(phase=Phase.FAILED, minutes=dice.randint(5, 58)),
    ]


def _tried_again(dice: Random, _start: datetime) -> Sequence[Stay]:
    """Fail and come back, several times."""
    stays = _started(dice)
    for _ in range(dice.randint(2, 8)):
        stays.append(Stay(phase=Phase.RUNNING, minutes=dice.randint(5, DAY)))
        stays.append(Stay(phase=Phase.RETRYING, minutes=dice.randint(1, 15), holds=False))
    return [*stays, Stay(phase=Phase.RUNNING, minutes=DAY)]


def _queued_for_a_week(dice: Random, start: datetime) -> Sequence[Stay]:
    """Wait for more than a week, and start at three in the night."""
    night = (start + timedelta(days=dice.randint(8, 10))).replace(hour=3, minute=0)
    waits = round((night - start) / MINUTE)
    return [Stay(phase=Phase.QUEUED, minutes=waits, holds=False), Stay(phase=Phase.RUNNING, minutes=2 * DAY)]


def _queued(low: int, high: int, phase: Phase = Phase.QUEUED) -> Callable[[Random, datetime], Sequence[Stay]]:
    return lambda dice, _start: [
        Stay(phase=phase, minutes=dice.randint(low, high), holds=False),
        Stay(phase=Phase.RUNNING, minutes=DAY),
    ]


def _zombie(dice: Random, _start: datetime) -> Sequence[Stay]:
    """Stay alive after its stop."""
    return [
        *_started(dice),
        Stay(phase=Phase.RUNNING, minutes=dice.randint(HOUR, 3 * DAY)),
        Stay(phase=Phase.STOPPING, minutes=dice.randint(3 * HOUR, 4 * DAY), is_stopped=True),
    ]


def _stopped(dice: Random, _start: datetime) -> Sequence[Stay]:
    """Stop within minutes, and be gone."""
    return [
        *_started(dice),
        Stay(phase=Phase.RUNNING, minutes=dice.randint(HOUR, 3 * DAY)),
        Stay(phase=Phase.STOPPING, minutes=dice.randint(1, 14), is_stopped=True),
        Stay(phase=Phase.STOPPED, minutes=DAY, holds=False, is_stopped=True),
    ]


STATE_KINDS: dict[str, tuple[Workload | None, int, Callable[[Random, datetime], Sequence[Stay]]]] = {
    "failed at its start": (Workload.NOTEBOOK, 1, _failed),
    "failed without GPU": (Workload.SERVICE, 0, _failed),
    "failed, and removed": (Workload.NOTEBOOK, 1, _failed_and_removed),
    "tried again and again": (Workload.SERVICE, 1, _tried_again),
    "queued for eight days": (Workload.NOTEBOOK, 1, _queued_for_a_week),
    "queued for some days": (Workload.NOTEBOOK, 2, _queued(26 * HOUR + 10, 4 * DAY)),
    "queued for hours": (Workload.NOTEBOOK, 1, _queued(10, 23 * HOUR)),
    "fits nowhere": (Workload.NOTEBOOK, 1, _queued(2 * DAY, 5 * DAY, Phase.IMPOSSIBLE)),
    "queued without GPU": (Workload.SERVICE, 0, _queued(4 * HOUR, DAY)),
    "queued without GPU, briefly": (Workload.SERVICE, 0, _queued(1, 55)),
    "alive after its stop": (Workload.NOTEBOOK, 1, _zombie),
    "stopped": (Workload.NOTEBOOK, 1, _stopped),
    "runs for weeks": (Workload.NOTEBOOK, 1, _running(5 * DAY, 29 * DAY)),
    "runs for months": (Workload.NOTEBOOK, 1, _running(32 * DAY, 60 * DAY)),
    "runs for months without GPU": (None, 0, _running(60 * DAY, 120 * DAY)),
    "batch work for weeks": (Workload.BATCH, 1, _running(5 * DAY, 30 * DAY)),
}
