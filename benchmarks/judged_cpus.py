"""Judge deployments without GPUs in invented lives: whether their CPU rests for a week."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, pairwise
from random import Random

from benchmarks.faults import Faults, count_of, spans
from benchmarks.history import History
from benchmarks.judged_gpus import SEASONS
from benchmarks.lives import DAY, HOUR, MINUTE, Life, Line, Work
from benchmarks.scores import PATIENCE, Due, Scores, Tally
from benchmarks.truth import Totals, totals
from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.findings import Watched
from bot.domain.gpu_use import judge_cpu_idle
from bot.domain.people import Owner
from bot.domain.policy import FindingKind, Policy, Workload
from bot.domain.usage import Bucket, Rest, Sample, fold

JUDGED = (FindingKind.CPU_IDLE,)
LIFE_DAYS = 18
LOOK_EVERY = HOUR
_BELOW = 0.05
"""A CPU rests in truth if it is above the threshold in at most this part of the minutes: its 95th percentile."""
_MARGIN = 0.01
"""What lies so near to that is for nobody to call right or wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuRun:
    """One run of a life: its buckets, its minutes, and in which of the life's minutes the CPU was busy."""

    life: Life
    first: int
    last: int
    buckets: tuple[Bucket, ...]
    busy: Totals


def judge_cpu_lives(numbers: range, *, seed: int, faults: Faults, policy: Policy, scores: Scores) -> None:
    """Judge the lives of these numbers."""
    for number in numbers:
        dice = Random(f"{seed}/cpu/{number}")  # noqa: S311 - invented lives, no secret
        kind = list(CPU_KINDS)[number % len(CPU_KINDS)]
        start = dice.choice(SEASONS) + timedelta(minutes=dice.randrange(28 * DAY))
        cpu = CPU_KINDS[kind](dice, LIFE_DAYS * DAY)
        life = Life(kind=kind, workload=Workload.SERVICE, start=start, work=Work(gpus=(), cpu=cpu))
        busy = totals([value >= policy.cpu_idle_percent for value in cpu])
        unchecked = spans(life.minutes, dice, rate=faults.late_checks, longest=90)
        for run in _runs(life, busy, dice, faults):
            _judge_run(f"{kind} {number}", run, unchecked, policy, scores)


def _judge_run(name: str, run: CpuRun, unchecked: set[int], policy: Policy, scores: Scores) -> None:
    tally = Tally(name, scores[FindingKind.CPU_IDLE])
    history = History(run.buckets)
    shares = {minute: _share(run, minute, policy) for minute in range(run.first + LOOK_EVERY, run.last, LOOK_EVERY)}
    for minute, share in shares.items():
        if minute in unchecked or abs(share - _BELOW) < _MARGIN:
            continue
        now = run.life.start + minute * MINUTE
        watched = _watched(run, history.until(now))
        tally.look(now, judge_cpu_idle(watched, policy=policy, now=now).verdict, is_so=share < _BELOW)
    tally.close(_dues(run, shares, policy))


def _share(run: CpuRun, minute: int, policy: Policy) -> float:
    """Return in which part of the window before a minute the CPU was busy."""
    window = round(policy.cpu_idle / MINUTE)
    return (run.busy[minute] - run.busy[max(run.first, minute - window)]) / window


def _dues(run: CpuRun, shares: dict[int, float], policy: Policy) -> Iterator[Due]:
    """Return the findings that ought to be made: a window of rest after the warm-up, and a while beyond it."""
    begins = run.first + round((policy.cpu_warm_up + policy.cpu_idle) / MINUTE)
    rests = ((minute, minute >= begins and share < _BELOW - _MARGIN) for minute, share in shares.items())
    for is_so, group in groupby(rests, key=lambda each: each[1]):
        minutes = [minute for minute, _ in group]
        if is_so and (minutes[-1] - minutes[0]) * MINUTE >= PATIENCE + LOOK_EVERY * MINUTE:
            at = run.life.start + minutes[0] * MINUTE
            yield Due(since=at - policy.cpu_idle, at=at)


def _runs(life: Life, busy: Totals, dice: Random, faults: Faults) -> Iterator[CpuRun]:
    lost = (
        spans(life.minutes, dice, rate=faults.outages, longest=90)
        | spans(life.minutes, dice, rate=faults.long_outages, longest=12 * HOUR)
        | spans(life.minutes, dice, rate=faults.silent_nodes, longest=2 * DAY)
    )
    restarts = (dice.randrange(1, life.minutes) for _ in range(count_of(dice, faults.restarts / 2, life.minutes)))
    starts = [0, *sorted(restarts), life.minutes]
    offset = dice.randrange(_EVERY)
    for first, last in pairwise(starts):
        asked = [minute for minute in range(first + offset, last, _EVERY) if minute not in lost]
        samples = [Sample(at=life.start + minute * MINUTE, percent=life.work.cpu[minute]) for minute in asked]
        buckets = fold(samples, rest=_REST, expected=1)
        yield CpuRun(life=life, first=first, last=last, buckets=buckets, busy=busy)


_EVERY = round(Policy().cpu_interval / MINUTE)
"""Deployments without GPUs are asked once in a bucket."""
_REST = Rest(noise_percent=Policy().cpu_idle_percent)


def _line(minutes: int, value: float = 0.5) -> Line:
    return [value] * minutes


def _at_work(dice: Random, minutes: int, *, hours: tuple[int, int]) -> Line:
    line = _line(minutes)
    for day in range(minutes // DAY):
        first = day * DAY + 8 * HOUR + dice.randint(0, 4 * HOUR)
        length = dice.randint(*hours) * HOUR
        line[first : first + length] = [dice.uniform(5, 80) for _ in range(length)]
    return line


def _nightly(dice: Random, minutes: int) -> Line:
    """Work half an hour each night: about 2 % of the time, which is rest by the rule."""
    line = _line(minutes)
    for first in range(dice.randrange(DAY), minutes - HOUR, DAY):
        line[first : first + 30] = [60.0] * 30
    return line


def _left(dice: Random, minutes: int) -> Line:
    """Work for some days, and never again."""
    end = dice.randint(DAY, 8 * DAY)
    return [*_at_work(dice, end, hours=(3, 9)), *_line(minutes - end // DAY * DAY)][:minutes]


def _once_a_week(dice: Random, minutes: int) -> Line:
    """Work one long day a week."""
    line = _line(minutes)
    for first in range(dice.randrange(3 * DAY), minutes - DAY, 7 * DAY):
        line[first : first + 14 * HOUR] = [50.0] * (14 * HOUR)
    return line


CPU_KINDS: dict[str, Callable[[Random, int], Line]] = {
    "CPU by day": lambda dice, minutes: _at_work(dice, minutes, hours=(3, 9)),
    "CPU always": lambda dice, minutes: [dice.uniform(3, 60) for _ in range(minutes)],
    "CPU at rest": lambda _dice, minutes: _line(minutes),
    "CPU just above rest": lambda _dice, minutes: _line(minutes, 2.5),
    "CPU for half an hour a night": _nightly,
    "CPU until a deadline": _left,
    "CPU once a week": _once_a_week,
}


def _watched(run: CpuRun, buckets: tuple[Bucket, ...]) -> Watched:
    start = run.life.start + run.first * MINUTE
    return Watched(
        deployment=DeploymentId(run.life.kind),
        namespace=Namespace("imagine"),
        instance=start.isoformat(),
        title=run.life.kind,
        owner=Owner(email="ada@example.org"),
        workload=run.life.workload,
        phase=Phase.RUNNING,
        phase_since=start,
        started_at=start,
        cpu=buckets,
        holds=True,
        is_node_connected=True,
    )
