"""What a collector makes of a life: samples with everything that goes wrong on the way."""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from random import Random

from benchmarks.lives import DAY, HOUR, MINUTE, Life
from bot.domain.policy import Policy
from bot.domain.usage import Bucket, Rest, Sample, fold

IDLE_WATTS = 70.0
_GPU = Rest(idle_watts=IDLE_WATTS)
_CPU = Rest(noise_percent=Policy().gpu_idle_cpu_percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How much goes wrong: the mean number of events in thirty days, and the parts of lives with a lasting fault.

    Outages of up to 90 minutes, long ones of up to 12 hours and silent nodes of up to two days together make a hole of
    more than five minutes on one day in ten, as the recorded trace has them (8 of its 80 pods on its day).
    """

    outages: float = 2.5
    long_outages: float = 0.5
    not_told: float = 2.0
    silent_nodes: float = 0.2
    clock_jumps: float = 1.0
    noisy_counters: float = 0.2
    without_power: float = 0.2
    restarts: float = 1.0
    late_checks: float = 2.0

    def times(self, factor: float) -> "Faults":
        """Return as many more events; the parts of lives with a lasting fault stay as they are."""
        return replace(
            self,
            outages=factor * self.outages,
            long_outages=factor * self.long_outages,
            not_told=factor * self.not_told,
            silent_nodes=factor * self.silent_nodes,
            clock_jumps=factor * self.clock_jumps,
            restarts=factor * self.restarts,
            late_checks=factor * self.late_checks,
        )


NONE = Faults(
    outages=0,
    long_outages=0,
    not_told=0,
    silent_nodes=0,
    clock_jumps=0,
    noisy_counters=0,
    without_power=0,
    restarts=0,
    late_checks=0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRun:
    """What the bot has of one run: buckets of each GPU and of the CPU, and the minutes of the life that it lasted."""

    first: int
    last: int
    gpus: tuple[tuple[Bucket, ...], ...]
    cpu: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the bot has of a life. Each run is another allocation, as after an update of the job.

    `silent` are the minutes in which nothing at all was told of a GPU, `away` those of them in which its node could not
    be reached at all, `unchecked` those in which no check was made.
    """

    runs: tuple[SeenRun, ...]
    away: frozenset[int]
    silent: frozenset[int]
    unchecked: frozenset[int]


def look_at(life: Life, dice: Random, faults: Faults) -> Seen:
    """Take a sample a minute of a life, as well as the faults allow."""
    minutes = life.minutes
    away = spans(minutes, dice, rate=faults.silent_nodes, longest=2 * DAY)
    lost = away | _outages(minutes, dice, faults)
    not_told = spans(minutes, dice, rate=faults.not_told, longest=30)
    has_power = dice.random() >= faults.without_power
    noise = dice.random() < faults.noisy_counters and has_power
    shift = _shifts(minutes, dice, faults)
    starts = (0, *sorted(dice.randrange(1, minutes) for _ in range(count_of(dice, faults.restarts, minutes))))
    gpus = [
        _gpu_samples(life, gpu, starts, dice, has_power=has_power, noise=noise) for gpu in range(len(life.work.gpus))
    ]
    cpu = [Sample(at=life.start + minute * MINUTE, percent=value) for minute, value in enumerate(life.work.cpu)]
    rest = _GPU if has_power else Rest()
    return Seen(
        runs=tuple(
            SeenRun(
                first=first,
                last=last,
                gpus=tuple(fold(_kept(each, range(first, last), lost | not_told, shift), rest=rest) for each in gpus),
                cpu=fold(_kept(cpu, range(first, last), lost, shift), rest=_CPU),
            )
            for first, last in pairwise([*starts, minutes])
        ),
        away=frozenset(away),
        silent=frozenset(lost | not_told) if life.work.is_told else frozenset(range(minutes)),
        unchecked=frozenset(spans(minutes, dice, rate=faults.late_checks, longest=90)),
    )


def _gpu_samples(
    life: Life, gpu: int, starts: tuple[int, ...], dice: Random, *, has_power: bool, noise: bool
) -> list[Sample]:
    samples, memory = [], life.work.memory(gpu, runs=starts)
    for minute, value in enumerate(life.work.gpus[gpu]):
        shown = value if value or not noise else float(dice.randint(0, 3))
        watts = (55.0 + dice.uniform(0, 10) if not value else 90.0 + value) if has_power else None
        samples.append(
            Sample(
                at=life.start + minute * MINUTE,
                percent=shown if life.work.is_told else None,
                power_watts=watts,
                memory_mib=memory[minute],
            )
        )
    return samples


def _kept(samples: list[Sample], minutes: range, lost: set[int], shift: dict[int, timedelta]) -> list[Sample]:
    """Leave out what was lost, and date by the collector's clock, which jumps."""
    kept = [
        replace(samples[minute], at=samples[minute].at + shift[minute]) if minute in shift else samples[minute]
        for minute in minutes
        if minute not in lost
    ]
    kept.sort(key=lambda sample: sample.at)
    return kept


def _outages(minutes: int, dice: Random, faults: Faults) -> set[int]:
    return spans(minutes, dice, rate=faults.outages, longest=90) | spans(
        minutes, dice, rate=faults.long_outages, longest=12 * HOUR
    )


def spans(minutes: int, dice: Random, *, rate: float, longest: int) -> set[int]:
    """Draw the minutes of events at a rate in thirty days, each up to so many minutes long."""
    found: set[int] = set()
    for _ in range(count_of(dice, rate, minutes)):
        first = dice.randrange(minutes)
        found.update(range(first, min(minutes, first + dice.randint(1, longest))))
    return found


def _shifts(minutes: int, dice: Random, faults: Faults) -> dict[int, timedelta]:
    """Return by how much the clock was off, for up to two hours at a time."""
    found: dict[int, timedelta] = {}
    for _ in range(count_of(dice, faults.clock_jumps, minutes)):
        first, off = dice.randrange(minutes), timedelta(minutes=dice.randint(-20, 20))
        found.update(dict.fromkeys(range(first, min(minutes, first + dice.randint(1, 2 * HOUR))), off))
    return found


def count_of(dice: Random, rate: float, minutes: int) -> int:
    """Draw a number of events from their mean in thirty days."""
    mean = rate * minutes / (30 * DAY)
    whole = int(mean)
    return whole + (dice.random() < mean - whole)
