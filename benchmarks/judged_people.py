"""Judge what people hold in invented lives: two GPUs and one of them at rest, more than two, more than their share."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from random import Random

from benchmarks.faults import Faults, Seen, look_at, spans
from benchmarks.judged_gpus import OFF, SEASONS
from benchmarks.lives import DAY, HOUR, KINDS, MINUTE, draw
from benchmarks.scores import PATIENCE, Due, Scores, Tally
from benchmarks.truth import Truth
from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.findings import Device, Watched
from bot.domain.gpu_shares import GpuHours, find_heavy, judge_etiquette
from bot.domain.people import Owner
from bot.domain.policy import FindingKind, Policy

JUDGED = (FindingKind.OVER_ETIQUETTE, FindingKind.GPU_HEAVY)
LOOK_EVERY = timedelta(hours=1)
_DAYS = 9
_CROWD = 12
"""How many people share the GPUs whose hours are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One deployment of a person: what it truly did, and what the bot has of it."""

    number: int
    kind: str
    truth: Truth
    seen: Seen

    @property
    def start(self) -> datetime:
        """Return when it began to hold its GPUs."""
        return self.truth.life.start

    @property
    def end(self) -> datetime:
        """Return when it was gone."""
        return self.start + self.truth.life.minutes * MINUTE

    @property
    def gpus(self) -> int:
        """Return how many GPUs it holds."""
        return len(self.truth.gpus)


def judge_people(numbers: range, *, seed: int, faults: Faults, policy: Policy, scores: Scores) -> None:
    """Judge the people of these numbers by their second and third GPU, and a month of a crowd each by its hours."""
    for number in numbers:
        dice = Random(f"{seed}/person/{number}")  # noqa: S311 - invented lives, no secret
        own = _holdings(dice, replace(faults, restarts=0))
        waits = dice.choice((None, False, False, True))
        _judge_etiquette(f"person {number}", own, waits, policy, scores)
        _judge_hours(f"month {number}", Random(f"{seed}/month/{number}"), faults, policy, scores)  # noqa: S311 - as above


def _holdings(dice: Random, faults: Faults) -> list[Holding]:
    start = dice.choice(SEASONS) + timedelta(minutes=dice.randrange(14 * DAY))
    own = []
    for number in range(dice.choice((1, 2, 2, 2, 3))):
        kind = dice.choice(list(KINDS))
        begun = start + dice.randint(0, 4 * DAY if number else 0) * MINUTE
        truth = Truth.of(draw(kind, dice, start=begun, days=dice.randint(2, _DAYS)))
        own.append(Holding(number=number, kind=kind, truth=truth, seen=look_at(truth.life, dice, faults)))
    return own


def _judge_etiquette(name: str, own: list[Holding], waits: bool | None, policy: Policy, scores: Scores) -> None:  # noqa: FBT001 - three answers
    tally = Tally(name, scores[FindingKind.OVER_ETIQUETTE])
    first, last = min(each.start for each in own), max(each.end for each in own)
    looks = [first + number * LOOK_EVERY for number in range(1, int((last - first) / LOOK_EVERY))]
    truths = [_is_over(own, now, waits, policy, off=timedelta(0)) for now in looks]
    for now in looks:
        here = [each for each in own if each.start < now < each.end]
        judgement = judge_etiquette(
            [_watched(each, now) for each in here], policy=policy, now=now, somebody_waits=waits
        )
        if judgement is not None:
            tally.look(now, judgement.verdict, is_so=_is_over(own, now, waits, policy, off=OFF))
    if all(each.truth.life.work.is_told for each in own):
        tally.close(_dues(looks, truths))
    else:
        tally.close(())


def _is_over(own: list[Holding], now: datetime, waits: bool | None, policy: Policy, *, off: timedelta) -> bool:  # noqa: FBT001 - as above
    """Tell whether a word is due in truth; the rest of a GPU may be shorter by what clocks are wrong."""
    here = sorted((each for each in own if each.start < now < each.end), key=lambda each: each.start)
    total, since = 0, {}
    for each in here:
        for held in range(total + 1, total + each.gpus + 1):
            since[held] = each.start
        total += each.gpus
    if total >= policy.anomaly_gpus:
        return now - since[policy.anomaly_gpus] >= policy.anomaly_after
    if total < policy.courtesy_gpus or now - since[policy.courtesy_gpus] < policy.courtesy_after:
        return False
    rests = any(each.truth.resting(now - policy.courtesy_idle + off, now) for each in here)
    return bool(waits) or rests


def _dues(looks: Sequence[datetime], truths: Sequence[bool]) -> Iterator[Due]:
    for is_so, group in groupby(zip(looks, truths, strict=True), key=lambda each: each[1]):
        times = [now for now, _ in group]
        if is_so and times[-1] - times[0] >= PATIENCE:
            yield Due(since=times[0], at=times[0])


def _judge_hours(name: str, dice: Random, faults: Faults, policy: Policy, scores: Scores) -> None:
    """Compare a crowd's hours of a month as counted at the checks with those that they truly held."""
    minutes = round(policy.heavy_window / MINUTE)
    missed = spans(minutes, dice, rate=faults.late_checks, longest=90)
    true, counted = [], []
    for person in range(_CROWD):
        owner = Owner(email=f"person-{person}@example.org")
        held = list(_held(dice, minutes))
        true.append(GpuHours(owner=owner, hours=sum(last - first for first, last in held) / HOUR))
        seen = sum(minute not in missed for first, last in held for minute in range(first, last, 5))
        counted.append(GpuHours(owner=owner, hours=seen * 5 / HOUR))
    heavy, found = ({each.owner.email for each in find_heavy(each_, policy=policy)} for each_ in (true, counted))
    score = scores[FindingKind.GPU_HEAVY]
    score.looks += _CROWD
    score.claims += len(found)
    score.wrong_claims += len(found - heavy)
    score.findings += [(name, email in heavy) for email in sorted(found)]
    score.dues += [(name, email in found) for email in sorted(heavy)]


def _held(dice: Random, minutes: int) -> Iterator[tuple[int, int]]:
    """Return the spans in which a person holds GPUs, one for each GPU: most a little, some two all the time."""
    for _ in range(dice.choice((0, 1, 1, 1, 1, 2))):
        if dice.random() < 0.4:  # noqa: PLR2004 - a part of the people
            yield 0, minutes
        else:
            first = dice.randrange(minutes)
            yield first, min(minutes, first + dice.randint(HOUR, 10 * DAY))


def _watched(holding: Holding, now: datetime) -> Watched:
    (run,) = holding.seen.runs
    devices = (
        Device(id=f"gpu-{number}", buckets=buckets[: bisect_left(buckets, now, key=lambda bucket: bucket.start)])
        for number, buckets in enumerate(run.gpus)
    )
    return Watched(
        deployment=DeploymentId(f"{holding.number}"),
        namespace=Namespace("ai4eosc"),
        instance="1",
        title=holding.kind,
        owner=Owner(email="ada@example.org"),
        workload=holding.truth.life.workload,
        phase=Phase.RUNNING,
        phase_since=holding.start,
        started_at=holding.start,
        gpus=holding.gpus,
        devices=tuple(devices),
        holds=True,
        is_node_connected=True,
    )
