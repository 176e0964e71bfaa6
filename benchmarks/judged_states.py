"""Judge what a deployment's state says by itself: failed, queued, alive after its stop, long-running, lost node."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from random import Random

from benchmarks.faults import Faults
from benchmarks.judged_gpus import SEASONS
from benchmarks.lives import DAY, MINUTE
from benchmarks.scores import PATIENCE, Due, Scores, Tally
from benchmarks.state_lives import STATE_KINDS, StateLife, Stay, draw_state
from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.findings import Judgement, Watched
from bot.domain.people import Owner
from bot.domain.policy import FindingKind, Policy, Workload
from bot.domain.state_findings import judge_failed, judge_long_running, judge_lost_node, judge_queued, judge_zombie

_JUDGES: dict[FindingKind, Callable[..., Judgement]] = {
    FindingKind.FAILED: judge_failed,
    FindingKind.QUEUED: judge_queued,
    FindingKind.ZOMBIE: judge_zombie,
    FindingKind.LONG_RUNNING: judge_long_running,
    FindingKind.LOST_NODE: judge_lost_node,
}
JUDGED = tuple(_JUDGES)
LOOK_EVERY = 15
SELDOM = 60
"""Minutes between two looks at a life of up to, and of more than, two weeks."""
_WAITING = frozenset({Phase.QUEUED, Phase.IMPOSSIBLE, Phase.SCHEDULING, Phase.RETRYING})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Minute:
    """What is so in one minute: the phase with the minute in which it began, and the start of the present run."""

    stay: Stay
    since: int
    run: int | None
    version: int
    away_since: int | None


def judge_state_lives(numbers: range, *, seed: int, faults: Faults, policy: Policy, scores: Scores) -> None:
    """Judge the lives of these numbers."""
    for number in numbers:
        dice = Random(f"{seed}/state/{number}")  # noqa: S311 - invented lives, no secret
        kind = list(STATE_KINDS)[number % len(STATE_KINDS)]
        start = dice.choice(SEASONS) + timedelta(minutes=dice.randrange(28 * DAY))
        life = draw_state(kind, dice, start=start, faults=faults)
        _judge_life(f"{kind} {number}", life, policy, scores)


def _judge_life(name: str, life: StateLife, policy: Policy, scores: Scores) -> None:
    minutes = list(_minutes(life))
    truths = {kind: [_since(kind, minute) for minute in minutes] for kind in JUDGED}
    windows = {kind: _window(kind, life, policy) for kind in JUDGED}
    tallies = {kind: Tally(name, scores[kind]) for kind in JUDGED}
    version = 0
    for number in range(0, life.minutes, LOOK_EVERY if life.minutes <= 14 * DAY else SELDOM):
        if number in life.unchecked:
            continue
        now = life.start + number * MINUTE
        watched = _watched(life, minutes[number])
        if minutes[number].version != version:  # another version of the job: whatever was found of the last is over
            version = minutes[number].version
            for tally in tallies.values():
                tally.close(())
        for kind, judge in _JUDGES.items():
            since = truths[kind][number]
            is_so = since is not None and (number - since) * MINUTE >= windows[kind]
            tallies[kind].look(now, judge(watched, policy=policy, now=now).verdict, is_so=is_so)
    for kind, tally in tallies.items():
        tally.close(_dues(life, truths[kind], windows[kind]))


def _minutes(life: StateLife) -> Iterator[_Minute]:
    first, run, away_since, version = 0, None, None, 0
    for stay in life.stays:
        run = first if stay.phase is Phase.RUNNING else run
        since = first
        for minute in range(first, first + stay.minutes):
            if minute in life.updates:
                version += 1
                run, since = (minute if run is not None else None), minute
            away_since = (away_since if away_since is not None else minute) if minute in life.away else None
            yield _Minute(stay=stay, since=since, run=run, version=version, away_since=away_since)
        first += stay.minutes


def _since(kind: FindingKind, minute: _Minute) -> int | None:
    """Return since when the condition of a kind has truly lasted, or None if it is not so."""
    stay = minute.stay
    if kind is FindingKind.FAILED:
        return minute.since if stay.phase is Phase.FAILED else None
    if kind is FindingKind.QUEUED:
        return minute.since if stay.phase in _WAITING else None
    if kind is FindingKind.ZOMBIE:
        return minute.since if stay.is_stopped and stay.holds else None
    if kind is FindingKind.LONG_RUNNING:
        return minute.run if stay.phase is Phase.RUNNING else None
    return minute.away_since if stay.phase is Phase.RUNNING else None


def _window(kind: FindingKind, life: StateLife, policy: Policy) -> timedelta:
    return {
        FindingKind.FAILED: policy.failed,
        FindingKind.QUEUED: policy.queued_gpu if life.gpus else policy.queued_cpu,
        FindingKind.ZOMBIE: policy.zombie,
        FindingKind.LONG_RUNNING: _longest(life, policy),
        FindingKind.LOST_NODE: policy.telemetry,
    }[kind]


def _longest(life: StateLife, policy: Policy) -> timedelta:
    if life.workload is Workload.BATCH:
        return policy.long_batch
    return policy.long_gpu if life.gpus else policy.long_cpu


def _dues(life: StateLife, truth: list[int | None], window: timedelta) -> Iterator[Due]:
    """Return the findings that ought to be made: conditions that last for their window, and a while after it."""
    number = 0
    for since, group in groupby(truth):
        number += len(list(group))
        if since is not None and (number - since) * MINUTE >= window + PATIENCE:
            begun = life.start + since * MINUTE
            yield Due(since=begun, at=begun + window)


def _watched(life: StateLife, minute: _Minute) -> Watched:
    """Return what the cluster tells: of a machine that is away, that it is."""
    stay = minute.stay
    is_away = minute.away_since is not None
    unreachable = is_away and stay.phase is Phase.RUNNING
    since = minute.away_since if unreachable and minute.away_since is not None else minute.since
    return Watched(
        deployment=DeploymentId(life.kind),
        namespace=Namespace("ai4eosc"),
        instance=f"{minute.version}.{minute.run}",
        title=life.kind,
        owner=Owner(email="ada@example.org"),
        workload=life.workload,
        phase=Phase.UNREACHABLE if unreachable else stay.phase,
        phase_since=life.start + since * MINUTE,
        started_at=None if minute.run is None else life.start + minute.run * MINUTE,
        gpus=life.gpus,
        holds=stay.holds,
        is_stopped=stay.is_stopped,
        is_node_connected=not is_away,
        version=minute.version,
    )
