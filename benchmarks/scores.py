"""How right findings are: what a judge claimed at each look, beside what was so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.intervals import grouped, share_interval
from benchmarks.page import Table
from bot.domain.findings import Verdict
from bot.domain.policy import FindingKind

PATIENCE = timedelta(hours=2)
"""A finding counts as made if it comes so soon after its window closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A finding that ought to be made: since when its cause lasts, and when its window closed."""

    since: datetime
    at: datetime


@dataclass(kw_only=True)
class Score:
    """How right one kind of finding was. A finding is a run of claims without a no; `findings` says which were right.

    `dues` says of each finding that ought to be made whether it was, in time; `delays` how long after the true
    beginning those were made. Both name the life that they belong to.
    """

    looks: int = 0
    unknown: int = 0
    claims: int = 0
    wrong_claims: int = 0
    findings: list[tuple[str, bool]] = field(default_factory=list)
    dues: list[tuple[str, bool]] = field(default_factory=list)
    delays: list[timedelta] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Add what was found in other lives."""
        self.looks += other.looks
        self.unknown += other.unknown
        self.claims += other.claims
        self.wrong_claims += other.wrong_claims
        self.findings += other.findings
        self.dues += other.dues
        self.delays += other.delays

    @property
    def wrong_lives(self) -> tuple[str, ...]:
        """Return the lives of which something was claimed that was not so."""
        return tuple(sorted({life for life, is_right in self.findings if not is_right}))

    @property
    def missed_lives(self) -> tuple[str, ...]:
        """Return the lives in which something was not found in time."""
        return tuple(sorted({life for life, is_found in self.dues if not is_found}))

    @property
    def recall(self) -> float:
        """Return the share of the findings that ought to be made that were made in time; 1 if none ought to."""
        return sum(found for _, found in self.dues) / len(self.dues) if self.dues else 1.0


Scores = dict[FindingKind, Score]


class Tally:
    """Takes the looks at one run of one life for one kind, and adds them to a score."""

    def __init__(self, life: str, score: Score) -> None:
        self._life = life
        self._score = score
        self._times: list[datetime] = []
        self._is_open = False
        self._is_right = True

    def look(self, now: datetime, verdict: Verdict, *, is_so: bool) -> None:
        """Note one look; `is_so` says whether a claim would be right now."""
        self._score.looks += 1
        self._score.unknown += verdict is Verdict.UNKNOWN
        if verdict is Verdict.YES:
            self._score.claims += 1
            self._score.wrong_claims += not is_so
            self._is_right = is_so and (self._is_right or not self._is_open)
            self._is_open = True
            self._times.append(now)
        elif verdict is Verdict.NO:
            self._end()

    def close(self, dues: Iterable[Due]) -> None:
        """End the run, and compare it with what ought to have been found in it."""
        self._end()
        for due in dues:
            found = next((when for when in self._times if due.at <= when <= due.at + PATIENCE), None)
            self._score.dues.append((self._life, found is not None))
            if found is not None:
                self._score.delays.append(found - due.since)

    def _end(self) -> None:
        if self._is_open:
            self._score.findings.append((self._life, self._is_right))
        self._is_open, self._is_right = False, True


def table(scores: Scores) -> Table:
    """Return how right each kind of finding was."""
    return Table(
        headings=("finding", "findings", "wrong", "precision", "due", "found within 2 h", "after", "unknown looks"),
        rows=tuple(
            (
                kind.value,
                f"{len(score.findings):,}",
                str(sum(not is_right for _, is_right in score.findings)),
                _share(score.findings),
                f"{len(score.dues):,}",
                _share(score.dues),
                _delay(score.delays),
                f"{score.unknown / score.looks:.1%}" if score.looks else "–",
            )
            for kind, score in scores.items()
        ),
    )


def _share(answers: Sequence[tuple[str, bool]]) -> str:
    if not answers:
        return "–"
    low, high = share_interval(grouped(answers))
    return f"{sum(answer for _, answer in answers) / len(answers):.1%} ({low:.1%}–{high:.1%})"


def _delay(delays: Sequence[timedelta]) -> str:
    """Return the median, and what nine of ten do not exceed."""
    if not delays:
        return "–"
    ordered = sorted(delays)
    return f"{_span(ordered[len(ordered) // 2])}, {_span(ordered[int(0.9 * (len(ordered) - 1))])}"


def _span(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"  # noqa: PLR2004 - two days
