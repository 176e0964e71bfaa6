"""Judge the use of GPUs in invented lives: never used, idle, one of two idle, and too little told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from benchmarks.faults import Faults, SeenRun, look_at
from benchmarks.history import Buckets, History
from benchmarks.lives import DAY, KINDS, MINUTE, Life, draw
from benchmarks.scores import PATIENCE, Due, Scores, Tally
from benchmarks.truth import Totals, Truth, silences, totals
from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.findings import Device, Judgement, Watched, WorkingTime
from bot.domain.gpu_use import judge_idle, judge_never_used, judge_one_idle
from bot.domain.office_hours import OfficeHours, next_opening, working_time
from bot.domain.people import Owner
from bot.domain.policy import FindingKind, Policy
from bot.domain.state_findings import judge_telemetry

JUDGED = (
    FindingKind.GPU_NEVER_USED,
    FindingKind.GPU_IDLE,
    FindingKind.ONE_GPU_IDLE,
    FindingKind.TELEMETRY_HOLE,
)
LIFE_DAYS = 10
LOOK_EVERY = timedelta(minutes=30)
ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
SEASONS = (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 10, 5, tzinfo=UTC))
"""Four weeks after each of these, summer time begins or ends in one zone or another."""
HOURS = OfficeHours()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a life, as its owner and the bot know it; minutes are of the life."""

    truth: Truth
    seen: SeenRun
    unseen: Totals
    away: frozenset[int]
    unchecked: frozenset[int]
    told: datetime
    working: WorkingTime

    @property
    def life(self) -> Life:
        """Return the life that it belongs to."""
        return self.truth.life

    @property
    def start(self) -> datetime:
        """Return when it began."""
        return self.life.start + self.seen.first * MINUTE

    @property
    def end(self) -> datetime:
        """Return when it ended."""
        return self.life.start + self.seen.last * MINUTE


def judge_gpu_lives(numbers: range, *, seed: int, faults: Faults, policy: Policy, scores: Scores) -> int:
    """Judge the lives of these numbers; return on how many of their days there was work."""
    return sum(_judge_life(number, seed, faults, policy, scores) for number in numbers)


def _judge_life(number: int, seed: int, faults: Faults, policy: Policy, scores: Scores) -> int:
    dice = Random(f"{seed}/{number}")  # noqa: S311 - invented lives, no secret
    kind = list(KINDS)[number % len(KINDS)]
    start = dice.choice(SEASONS) + timedelta(minutes=dice.randrange(28 * DAY))
    zone = ZoneInfo(dice.choice(ZONES))
    truth = Truth.of(draw(kind, dice, start=start, days=LIFE_DAYS, zone=zone))
    seen = look_at(truth.life, dice, faults)
    unseen = (0, *accumulate(int(minute in seen.silent) for minute in range(truth.life.minutes)))
    for each in seen.runs:
        start = truth.life.start + each.first * MINUTE
        _judge_run(
            f"{kind} {number}",
            Run(
                truth=truth,
                seen=each,
                unseen=unseen,
                away=seen.away,
                unchecked=seen.unchecked,
                told=next_opening(start, HOURS, zone=zone, is_holiday=_never),
                working=lambda since, now: working_time(since, now, HOURS, zone=zone, is_holiday=_never),
            ),
            policy,
            scores,
        )
    return truth.working_days()


def _judge_run(name: str, run: Run, policy: Policy, scores: Scores) -> None:
    gpus, cpu = [History(buckets) for buckets in run.seen.gpus], History(run.seen.cpu)
    tallies = {kind: Tally(name, scores[kind]) for kind in JUDGED}
    window = policy.idle_window(run.life.workload)
    is_so: dict[FindingKind, Callable[[datetime], bool]] = {
        FindingKind.GPU_NEVER_USED: lambda now: not run.truth.is_active(run.start, now),
        FindingKind.GPU_IDLE: lambda now: not run.truth.is_active(now - window, now),
        FindingKind.ONE_GPU_IDLE: lambda now: _one_rests(run, now, policy.one_gpu_idle),
        FindingKind.TELEMETRY_HOLE: lambda now: _share_seen(run, now, policy) < policy.telemetry_coverage + _SLACK,
    }
    dues = {kind: tuple(find(run, policy)) for kind, find in _DUES.items()}
    for number in range(1, int((run.end - run.start) / LOOK_EVERY) + 1):
        now = run.start + number * LOOK_EVERY
        if run.truth.minute(now) in run.unchecked:
            continue
        is_needed = number % _SELDOM == 0 or not _is_settled(run, dues, policy, now)
        watched = _watched(run, [each.until(now) for each in gpus], cpu.until(now), now)
        for judgement in _judgements(watched, run, policy, now) if is_needed else _of_holes(watched, policy, now):
            tallies[judgement.kind].look(now, judgement.verdict, is_so=is_so[judgement.kind](now))
    for kind, tally in tallies.items():
        tally.close(dues[kind])


def _is_settled(run: Run, dues: dict[FindingKind, tuple[Due, ...]], policy: Policy, now: datetime) -> bool:
    """Tell whether nothing can change: long at rest, for a while to come, and nothing about to be due."""
    long = max(policy.idle_window(run.life.workload), policy.one_gpu_idle) + 2 * PATIENCE
    if now - run.start < long or run.truth.is_active(now - long, now + _SELDOM * LOOK_EVERY):
        return False
    return not any(due.at <= now <= due.at + PATIENCE for kind in JUDGED for due in dues[kind])


_SELDOM = 6
"""In lives long at rest every sixth look is at the use of the GPUs; the others are for holes alone."""


OFF = timedelta(minutes=30)
"""By so much, and a bucket, the collector's clock may be wrong."""
_SLACK = 0.35
"""A clock that jumps by twenty minutes dates a third of an hour's readings into another one."""


def _judgements(watched: Watched, run: Run, policy: Policy, now: datetime) -> tuple[Judgement, ...]:
    return (
        judge_never_used(watched, policy=policy, now=now, working=run.working),
        judge_idle(watched, policy=policy, now=now, working=run.working),
        judge_one_idle(watched, policy=policy, now=now, working=run.working),
        *_of_holes(watched, policy, now),
    )


def _of_holes(watched: Watched, policy: Policy, now: datetime) -> tuple[Judgement, ...]:
    return (judge_telemetry(watched, policy=policy, now=now),)


def _never_used_dues(run: Run, policy: Policy) -> Iterator[Due]:
    at = run.told + policy.never_used
    while run.working(run.told, at) < policy.never_used_working:
        at += LOOK_EVERY
    is_empty = not run.life.work.held_from_start
    is_in_view = run.life.work.is_told and is_empty and at + PATIENCE <= run.end
    if is_in_view and not run.truth.is_active(run.start, at + PATIENCE):
        yield Due(since=run.start, at=at)


def _idle_dues(run: Run, policy: Policy) -> Iterator[Due]:
    if not run.life.work.is_told:
        return
    for start, stop in silences(run.truth.any_gpu, run.seen.first, run.seen.last):
        since = run.life.start + start * MINUTE
        at = max(since, run.start + policy.gpu_warm_up) + policy.idle_window(run.life.workload)
        if at + PATIENCE <= run.life.start + stop * MINUTE:
            yield Due(since=since, at=at)


def _one_idle_dues(run: Run, policy: Policy) -> Iterator[Due]:
    """Return when one GPU had rested for its window while another had not, and both stayed so for a while."""
    for number, busy in enumerate(run.truth.gpus):
        others = [each for other, each in enumerate(run.truth.gpus) if other != number]
        for start, stop in silences(busy, run.seen.first, run.seen.last):
            since = run.life.start + start * MINUTE
            at = max(since, run.start + policy.gpu_warm_up) + policy.one_gpu_idle
            first, last = run.truth.minute(at + PATIENCE - policy.one_gpu_idle), run.truth.minute(at)
            if at + PATIENCE <= run.life.start + stop * MINUTE and any(each[last] > each[first] for each in others):
                yield Due(since=since, at=at)


def _hole_dues(run: Run, policy: Policy) -> Iterator[Due]:
    """Return when nothing had been told for the part of an hour that makes a hole, and was not for long after.

    A node that is away is another finding.
    """
    needed = policy.telemetry * (1 - policy.telemetry_coverage)
    told = totals([run.unseen[minute + 1] == run.unseen[minute] or minute in run.away for minute in _all(run)])
    for start, stop in silences(told, run.seen.first, run.seen.last):
        since = run.life.start + start * MINUTE
        at = max(since + needed, run.start + policy.telemetry)
        if at + PATIENCE <= run.life.start + stop * MINUTE:
            yield Due(since=since, at=at)


def _all(run: Run) -> range:
    return range(run.life.minutes)


_DUES: dict[FindingKind, Callable[[Run, Policy], Iterator[Due]]] = {
    FindingKind.GPU_NEVER_USED: _never_used_dues,
    FindingKind.GPU_IDLE: _idle_dues,
    FindingKind.ONE_GPU_IDLE: _one_idle_dues,
    FindingKind.TELEMETRY_HOLE: _hole_dues,
}


def _one_rests(run: Run, now: datetime, window: timedelta) -> bool:
    """Tell whether one GPU rested and another did not, which may have been seen some minutes too late or too early."""
    rests = run.truth.resting(now - window, now)
    return rests > 0 and run.truth.is_active(now - window - OFF, now)


def _share_seen(run: Run, now: datetime, policy: Policy) -> float:
    last, minutes = run.truth.minute(now), round(policy.telemetry / MINUTE)
    return 1 - (run.unseen[last] - run.unseen[max(0, last - minutes)]) / minutes


def _never(_day: object) -> bool:
    return False


def _watched(run: Run, gpus: Sequence[Buckets], cpu: Buckets, now: datetime) -> Watched:
    is_away = run.truth.minute(now) in run.away
    devices = (Device(id=f"gpu-{number}", buckets=buckets) for number, buckets in enumerate(gpus))
    return Watched(
        deployment=DeploymentId(run.life.kind),
        namespace=Namespace("ai4eosc"),
        instance=run.start.isoformat(),
        title=run.life.kind,
        owner=Owner(email="ada@example.org"),
        workload=run.life.workload,
        phase=Phase.UNREACHABLE if is_away else Phase.RUNNING,
        phase_since=run.start,
        started_at=run.start,
        told_at=run.told,
        gpus=len(gpus),
        devices=tuple(devices),
        cpu=cpu,
        holds=True,
        is_node_connected=not is_away,
    )
