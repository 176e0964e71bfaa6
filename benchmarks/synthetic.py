"""Judge invented lives of deployments, of which it is known when they worked, with every fault switched on.

`python -m benchmarks.synthetic [--days 10000] [--seed N] [--write]`
"""

import argparse
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from random import Random

from benchmarks.faults import NONE, Faults, Seen, look_at
from benchmarks.lives import DAY, KINDS, MINUTE, Life, draw
from benchmarks.page import Table
from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.findings import Device, Verdict, Watched
from bot.domain.gpu_use import judge_idle, judge_never_used
from bot.domain.office_hours import OfficeHours, next_opening, working_time
from bot.domain.people import Owner
from bot.domain.policy import FindingKind, Policy

LIFE_DAYS = 10
LOOK_EVERY = timedelta(minutes=30)
PATIENCE = timedelta(hours=2)
"""A finding counts as made if it comes so soon after its window closed."""
SEED = 1
HOURS = OfficeHours()


@dataclass(kw_only=True)
class Score:
    """How right a kind of finding was: looks at which it was claimed, and spans in which it should have been."""

    claimed: int = 0
    wrong: int = 0
    due: int = 0
    found: int = 0
    unknown: int = 0
    looks: int = 0
    wrong_lives: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """When a life really used its GPUs, so that any span of it can be asked about at once."""

    life: Life
    totals: tuple[int, ...]

    @classmethod
    def of(cls, life: Life) -> "Truth":
        """Return the truth about a life."""
        active = (any(values) for values in zip(*life.work.gpus, strict=True))
        return cls(life=life, totals=(0, *accumulate(int(each) for each in active)))

    def is_active(self, start: datetime, end: datetime) -> bool:
        """Tell whether any GPU was used from start until before end."""
        return self.totals[self._minute(end)] > self.totals[self._minute(start)]

    def working_days(self) -> int:
        """Return on how many of its days there was work."""
        last = len(self.totals) - 1
        return sum(self.totals[min(last, first + DAY)] > self.totals[first] for first in range(0, last, DAY))

    def silences(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Return the spans without work between two minutes."""
        active = [minute for minute in range(start, end) if self.totals[minute + 1] > self.totals[minute]]
        for earlier, later in pairwise([start - 1, *active, end]):
            if later - earlier > 1:
                yield earlier + 1, later

    def _minute(self, moment: datetime) -> int:
        return min(max(0, round((moment - self.life.start) / MINUTE)), len(self.totals) - 1)


def judge_lives(*, days: int, seed: int, faults: Faults, policy: Policy) -> tuple[dict[FindingKind, Score], int]:
    """Draw lives until so many days of them had work in them; return the scores and the number of those days."""
    dice = Random(seed)  # noqa: S311 - invented lives, no secret
    scores = {FindingKind.GPU_NEVER_USED: Score(), FindingKind.GPU_IDLE: Score()}
    worked = number = 0
    kinds = list(KINDS)
    while worked < days:
        kind = kinds[number % len(kinds)]
        start = datetime(2026, 3, 23, tzinfo=UTC) + timedelta(minutes=dice.randrange(28 * DAY))
        life = draw(kind, dice, start=start, days=LIFE_DAYS)
        truth = Truth.of(life)
        _judge_life(f"{kind} {number}", truth, look_at(life, dice, faults), policy, scores)
        worked += truth.working_days()
        number += 1
    return scores, worked


def _judge_life(name: str, truth: Truth, seen: Seen, policy: Policy, scores: dict[FindingKind, Score]) -> None:
    life = truth.life
    starts = [[bucket.start for bucket in buckets] for buckets in (*seen.gpus, seen.cpu)]
    yes: dict[FindingKind, list[datetime]] = {kind: [] for kind in scores}
    for first, last in pairwise([*seen.runs, life.minutes]):
        run = life.start + first * MINUTE
        told = next_opening(run, HOURS, zone=UTC, is_holiday=lambda _day: False)
        now = run + LOOK_EVERY
        while now <= life.start + last * MINUTE:
            cut = [bisect_left(each, now) for each in starts]
            watched = _watched(life, seen, cut, run=run, told=told)
            never = judge_never_used(watched, policy=policy, now=now, working=_working)
            idle = judge_idle(watched, policy=policy, now=now)
            for judgement, since in ((never, run), (idle, now - policy.idle_window(life.workload))):
                score = scores[judgement.kind]
                score.looks += 1
                score.unknown += judgement.verdict is Verdict.UNKNOWN
                if judgement.verdict is Verdict.YES:
                    score.claimed += 1
                    yes[judgement.kind].append(now)
                    if truth.is_active(since, now):
                        score.wrong += 1
                        score.wrong_lives.add(name)
            now += LOOK_EVERY
        for kind, due in _due(truth, first, last, policy):
            scores[kind].due += 1
            scores[kind].found += any(due <= when <= due + PATIENCE for when in yes[kind])


def _due(truth: Truth, first: int, last: int, policy: Policy) -> Iterator[tuple[FindingKind, datetime]]:
    """Return when a finding ought to have been made in a run, if its cause lasts long enough to be seen."""
    life = truth.life
    if not life.work.is_told:
        return
    run, end = life.start + first * MINUTE, life.start + last * MINUTE
    window = policy.idle_window(life.workload)
    for start, stop in truth.silences(first, last):
        due = max(life.start + start * MINUTE, run + policy.gpu_warm_up) + window
        if due + PATIENCE <= life.start + stop * MINUTE:
            yield FindingKind.GPU_IDLE, due
    told = next_opening(run, HOURS, zone=UTC, is_holiday=lambda _day: False)
    due = told + policy.never_used
    while _working(told, due) < policy.never_used_working:
        due += LOOK_EVERY
    is_empty = life.work.memory_mib <= policy.never_used_memory_mib
    if is_empty and due + PATIENCE <= end and not truth.is_active(run, due + PATIENCE):
        yield FindingKind.GPU_NEVER_USED, due


def _working(start: datetime, end: datetime) -> timedelta:
    return working_time(start, end, HOURS, zone=UTC, is_holiday=lambda _day: False)


def _watched(life: Life, seen: Seen, cut: Sequence[int], *, run: datetime, told: datetime) -> Watched:
    devices = (Device(id=f"gpu-{number}", buckets=buckets[: cut[number]]) for number, buckets in enumerate(seen.gpus))
    return Watched(
        deployment=DeploymentId(life.kind),
        namespace=Namespace("ai4eosc"),
        instance=run.isoformat(),
        title=life.kind,
        owner=Owner(email="ada@example.org"),
        workload=life.workload,
        phase=Phase.RUNNING,
        phase_since=run,
        started_at=run,
        told_at=told,
        gpus=len(seen.gpus),
        devices=tuple(devices),
        cpu=seen.cpu[: cut[-1]],
        holds=True,
        is_node_connected=True,
    )


def table(results: Sequence[tuple[str, dict[FindingKind, Score]]]) -> Table:
    """Return precision and recall of each kind, with and without faults."""
    return Table(
        headings=("finding", "claims", "wrong", "spans due", "found within 2 h", "unknown looks"),
        rows=tuple(
            (
                f"{kind.value}, {name}",
                str(score.claimed),
                str(score.wrong),
                str(score.due),
                f"{score.found / score.due:.1%}" if score.due else "–",
                f"{score.unknown / score.looks:.1%}",
            )
            for name, scores in results
            for kind, score in scores.items()
        ),
    )


def main() -> None:
    """Print how right the findings are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=10_000, help="deployment-days with work in them")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    results = []
    for name, faults in (("all faults", Faults()), ("no faults", NONE)):
        scores, worked = judge_lives(days=arguments.days, seed=arguments.seed, faults=faults, policy=Policy())
        results.append((name, scores))
        wrong = sorted(set().union(*(score.wrong_lives for score in scores.values())))
        print(f"{name}: {worked} deployment-days with work, seed {arguments.seed}; wrong: {wrong or 'none'}")
    print(table(results).as_text())


if __name__ == "__main__":
    main()
