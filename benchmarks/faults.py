"""What a collector makes of a life: samples with everything that goes wrong on the way."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from benchmarks.lives import DAY, HOUR, MINUTE, Life, Line
from bot.domain.usage import Bucket, Rest, Sample, fold

IDLE_WATTS = 70.0
_GPU = Rest(idle_watts=IDLE_WATTS)
_CPU = Rest(noise_percent=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How much goes wrong: the mean number of events in thirty days, and the parts of lives with a lasting fault."""

    outages: float = 6.0
    long_outages: float = 0.5
    not_told: float = 4.0
    silent_nodes: float = 0.2
    clock_jumps: float = 1.0
    noisy_counters: float = 0.2
    without_power: float = 0.2
    restarts: float = 1.0


NONE = Faults(
    outages=0,
    long_outages=0,
    not_told=0,
    silent_nodes=0,
    clock_jumps=0,
    noisy_counters=0,
    without_power=0,
    restarts=0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the bot has of a life: buckets of each GPU and of the CPU, and the minutes in which a run began."""

    gpus: tuple[tuple[Bucket, ...], ...]
    cpu: tuple[Bucket, ...]
    runs: tuple[int, ...]


def look_at(life: Life, dice: Random, faults: Faults) -> Seen:
    """Take a sample a minute of a life, as well as the faults allow."""
    lost = _lost_minutes(life.minutes, dice, faults)
    not_told = _spans(life.minutes, dice, rate=faults.not_told, longest=30)
    has_power = dice.random() >= faults.without_power
    noise = dice.random() < faults.noisy_counters and has_power
    shift = _shifts(life.minutes, dice, faults)
    runs = (0, *sorted(dice.randrange(1, life.minutes) for _ in range(_count(dice, faults.restarts, life.minutes))))
    gpus = tuple(
        fold(
            _moved(_gpu_samples(life, line, dice, has_power=has_power, noise=noise), lost | not_told, shift),
            rest=_GPU if has_power else Rest(),
        )
        for line in life.work.gpus
    )
    cpu = [Sample(at=life.start + minute * MINUTE, percent=value) for minute, value in enumerate(life.work.cpu)]
    return Seen(gpus=gpus, cpu=fold(_moved(cpu, lost, shift), rest=_CPU), runs=runs)


def _gpu_samples(life: Life, line: Line, dice: Random, *, has_power: bool, noise: bool) -> list[Sample]:
    samples = []
    for minute, value in enumerate(line):
        shown = value if value or not noise else float(dice.randint(0, 3))
        watts = (55.0 + dice.uniform(0, 10) if not value else 90.0 + value) if has_power else None
        samples.append(
            Sample(
                at=life.start + minute * MINUTE,
                percent=shown if life.work.is_told else None,
                power_watts=watts,
                memory_mib=life.work.memory_mib,
            )
        )
    return samples


def _moved(samples: list[Sample], lost: set[int], shift: dict[int, timedelta]) -> list[Sample]:
    """Leave out what was lost, and date by the collector's clock, which jumps."""
    kept = [
        replace(sample, at=sample.at + shift[minute]) if minute in shift else sample
        for minute, sample in enumerate(samples)
        if minute not in lost
    ]
    kept.sort(key=lambda sample: sample.at)
    return kept


def _lost_minutes(minutes: int, dice: Random, faults: Faults) -> set[int]:
    return (
        _spans(minutes, dice, rate=faults.outages, longest=90)
        | _spans(minutes, dice, rate=faults.long_outages, longest=12 * HOUR)
        | _spans(minutes, dice, rate=faults.silent_nodes, longest=2 * DAY)
    )


def _spans(minutes: int, dice: Random, *, rate: float, longest: int) -> set[int]:
    found: set[int] = set()
    for _ in range(_count(dice, rate, minutes)):
        first = dice.randrange(minutes)
        found.update(range(first, min(minutes, first + dice.randint(1, longest))))
    return found


def _shifts(minutes: int, dice: Random, faults: Faults) -> dict[int, timedelta]:
    """Return by how much the clock was off, for up to two hours at a time."""
    found: dict[int, timedelta] = {}
    for _ in range(_count(dice, faults.clock_jumps, minutes)):
        first, off = dice.randrange(minutes), timedelta(minutes=dice.randint(-20, 20))
        found.update(dict.fromkeys(range(first, min(minutes, first + dice.randint(1, 2 * HOUR))), off))
    return found


def _count(dice: Random, rate: float, minutes: int) -> int:
    """Draw a number of events from their mean in thirty days."""
    mean = rate * minutes / (30 * DAY)
    whole = int(mean)
    return whole + (dice.random() < mean - whole)
