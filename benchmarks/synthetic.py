"""Judge invented lives of deployments, of which it is known what they did, with every fault switched on.

`python -m benchmarks.synthetic [--days 10000] [--seed N] [--kinds "GPU idle, CPU idle"] [--processes 2] [--write]`
"""

import argparse
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
from os import cpu_count
from pathlib import Path

from benchmarks import judged_cpus, judged_gpus, judged_people, judged_states
from benchmarks.faults import NONE, Faults
from benchmarks.lives import KINDS
from benchmarks.page import put_between
from benchmarks.scores import Score, Scores, table
from bot.domain.policy import FindingKind, Policy

SEED = 1
CHUNK = len(KINDS)
"""So many lives are judged in one go: one of each kind."""
OTHERS = 25
"""One life without GPUs, one state and one person are judged for so many days of work on GPUs."""
PAGE = Path(__file__).parents[1] / "docs" / "reminders.md"


@dataclass(kw_only=True)
class Proof:
    """How right the findings of some lives were, and on how many of their days a GPU worked."""

    scores: Scores = field(default_factory=dict)
    worked: int = 0

    def add(self, other: "Proof") -> None:
        """Add what was found in other lives."""
        self.worked += other.worked
        for kind, score in other.scores.items():
            self.scores.setdefault(kind, Score()).add(score)

    def wrong(self) -> dict[FindingKind, tuple[str, ...]]:
        """Return the lives of which something was claimed that was not so."""
        return {kind: score.wrong_lives for kind, score in self.scores.items() if score.wrong_lives}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What lives are drawn from and judged by."""

    seed: int
    faults: Faults
    policy: Policy = field(default_factory=Policy)


_FAULTS = (
    ("every fault, as often as recorded", Faults()),
    ("every fault, three times as often", Faults().times(3)),
    ("no fault", NONE),
)
Part = Callable[[Terms, range], Proof]
"""Judges the lives of some numbers."""


def judge_lives(
    terms: Terms, *, days: int, kinds: Collection[FindingKind] = tuple(FindingKind), processes: int = 1
) -> Proof:
    """Judge lives until a GPU worked on so many of their days, and of the other kinds a number to match.

    The same seed judges the same lives, whatever the number of processes.
    """
    proof = Proof()
    if set(kinds) & set(judged_gpus.JUDGED):
        for part in _judged(_judge_gpus, terms, count(), processes):
            proof.add(part)
            if proof.worked >= days:
                break
    chunks = range(-(-days // (OTHERS * CHUNK)))
    for judged, judge in _OTHERS:
        if set(kinds) & set(judged):
            for part in _judged(judge, terms, iter(chunks), processes):
                proof.add(part)
    proof.scores = {kind: proof.scores[kind] for kind in FindingKind if kind in kinds and kind in proof.scores}
    return proof


def main() -> None:
    """Print how right the findings are."""
    arguments = _arguments()
    days, tables = [], []
    for name, faults in _FAULTS:
        terms = Terms(seed=arguments.seed, faults=faults)
        proof = judge_lives(terms, days=arguments.days, kinds=arguments.kinds, processes=arguments.processes)
        found = table(proof.scores)
        print(f"With {name}: {proof.worked:,} deployment-days with work on a GPU, seed {arguments.seed}.\n")
        print(f"{found.as_text()}\n")
        for kind, lives in proof.wrong().items():
            print(f"wrong, {kind}: {', '.join(lives)}")
        days.append(f"{proof.worked:,} with {name}")
        tables.append(f"With {name}:\n\n{found.as_markdown()}")
    if arguments.write:
        how = f'`make synthetic ARGS="--seed={arguments.seed}"`; deployment-days with work on a GPU: {", ".join(days)}.'
        put_between(PAGE, "synthetic", "\n\n".join((how, *tables)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=10_000, help="deployment-days with work on a GPU")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--kinds", type=_kinds, default=tuple(FindingKind), help="findings, with commas between them")
    parser.add_argument("--processes", type=int, default=cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/reminders.md")
    return parser.parse_args()


def _kinds(text: str) -> tuple[FindingKind, ...]:
    names = {kind.value.casefold(): kind for kind in FindingKind}
    try:
        return tuple(names[word.strip().casefold()] for word in text.split(", "))
    except KeyError as error:
        raise argparse.ArgumentTypeError(f"{error} is none of: {'; '.join(names)}") from error


def _judged(judge: Part, terms: Terms, chunks: Iterator[int], processes: int) -> Iterator[Proof]:
    """Judge one chunk of lives after the other, several at a time if wished, and return them in their order."""
    numbers = (range(chunk * CHUNK, (chunk + 1) * CHUNK) for chunk in chunks)
    if processes == 1:
        yield from map(partial(judge, terms), numbers)
        return
    with ProcessPoolExecutor(processes) as pool:
        while wave := list(islice(numbers, processes)):
            yield from pool.map(partial(judge, terms), wave)


def _judge_gpus(terms: Terms, numbers: range) -> Proof:
    scores = {kind: Score() for kind in judged_gpus.JUDGED}
    worked = judged_gpus.judge_gpu_lives(
        numbers, seed=terms.seed, faults=terms.faults, policy=terms.policy, scores=scores
    )
    return Proof(scores=scores, worked=worked)


def _judge_cpus(terms: Terms, numbers: range) -> Proof:
    scores = {kind: Score() for kind in judged_cpus.JUDGED}
    judged_cpus.judge_cpu_lives(numbers, seed=terms.seed, faults=terms.faults, policy=terms.policy, scores=scores)
    return Proof(scores=scores)


def _judge_states(terms: Terms, numbers: range) -> Proof:
    scores = {kind: Score() for kind in judged_states.JUDGED}
    judged_states.judge_state_lives(numbers, seed=terms.seed, faults=terms.faults, policy=terms.policy, scores=scores)
    return Proof(scores=scores)


def _judge_people(terms: Terms, numbers: range) -> Proof:
    scores = {kind: Score() for kind in judged_people.JUDGED}
    judged_people.judge_people(numbers, seed=terms.seed, faults=terms.faults, policy=terms.policy, scores=scores)
    return Proof(scores=scores)


_OTHERS: tuple[tuple[tuple[FindingKind, ...], Part], ...] = (
    (judged_cpus.JUDGED, _judge_cpus),
    (judged_states.JUDGED, _judge_states),
    (judged_people.JUDGED, _judge_people),
)


if __name__ == "__main__":
    main()
