"""What holds reminders back: a check that sees too little, that finds too much at once, or whose rules have changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.base import DeploymentId
from bot.domain.episodes import Episode
from bot.domain.findings import Judgement, Watched
from bot.domain.holding_back import (
    disagreements,
    is_wave,
    newly_idle,
    sight_of,
    without_openings,
    without_wave,
)
from bot.domain.operation import Breaker, Obstacle, PolicyVersion
from bot.domain.policy import Policy
from bot.domain.records import AuditEntry
from bot.ports import CaseBook

VERSION = "checks/version"
ACTOR = "checks"
_SHADOWS = frozenset({Obstacle.UPGRADE, Obstacle.POLICY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacles:
    """Trips and clears what holds reminders back, and says which judgements may have consequences."""

    case_book: CaseBook

    def adopt(self, current: Policy, version: str, now: datetime) -> tuple[PolicyVersion, ...]:
        """Note a changed policy, or another version of the bot; return the policies that have been in force."""
        known = self.case_book.policies()
        if not known or known[0].version != current.version:
            if known:
                self._trip(Obstacle.POLICY, f"from {known[0].version} to {current.version}", now)
            self.case_book.adopt(PolicyVersion(policy=current, active_from=now))
            known = self.case_book.policies()
        before = self.case_book.remembered(VERSION)
        if before != version:
            if before:
                self._trip(Obstacle.UPGRADE, f"from {before} to {version}", now)
            self.case_book.remember(VERSION, version)
        return known

    def is_changing(self) -> bool:
        """Tell whether no check has agreed with the one before yet."""
        return any(each.obstacle in _SHADOWS for each in self.case_book.breakers())

    def allowed(
        self,
        judgements: Sequence[Judgement],
        open_now: Sequence[Episode],
        watched: Mapping[DeploymentId, Watched],
        now: datetime,
    ) -> Sequence[Judgement]:
        """Return the judgements that may have consequences, after what speaks against any of them."""
        standing = {each.obstacle: each for each in self.case_book.breakers()}
        self._look_for_blindness(watched.values(), standing, now)
        shadows = [each for obstacle, each in standing.items() if obstacle in _SHADOWS]
        if shadows:
            self._compare(shadows, judgements, open_now, watched)
            return without_openings(judgements, open_now)
        return self._without_wave(judgements, open_now, watched, standing.get(Obstacle.WAVE), now)

    def _look_for_blindness(
        self, everything: Iterable[Watched], standing: Mapping[Obstacle, Breaker], now: datetime
    ) -> None:
        sight, known = sight_of(everything, now=now), standing.get(Obstacle.BLIND)
        if sight.is_blind:
            self._trip(Obstacle.BLIND, sight.detail, now, known=known)
        elif known is not None:
            self.case_book.clear(Obstacle.BLIND)

    def _compare(
        self,
        shadows: Iterable[Breaker],
        judgements: Iterable[Judgement],
        open_now: Sequence[Episode],
        watched: Mapping[DeploymentId, Watched],
    ) -> None:
        """End the silence after a change if the new judge agrees; what it denies ends, so that the next one can."""
        denied = disagreements(open_now, judgements, watched)
        for each in shadows:
            if not denied:
                self.case_book.clear(each.obstacle)
            else:
                text = f"{each.detail.partition(';')[0]}; {len(denied)} of {len(open_now)} findings were denied"
                self.case_book.trip(each.model_copy(update={"detail": text}))

    def _without_wave(
        self,
        judgements: Sequence[Judgement],
        open_now: Sequence[Episode],
        watched: Mapping[DeploymentId, Watched],
        known: Breaker | None,
        now: datetime,
    ) -> Sequence[Judgement]:
        new = newly_idle(judgements, open_now)
        running = sum(bool(each.gpus) and each.is_running for each in watched.values())
        if is_wave(new, running=running) and not (known and known.released_by):
            self._trip(Obstacle.WAVE, f"{len(new)} of {running} deployments with GPUs in one check", now, known=known)
            return without_wave(judgements, new)
        if known is not None:
            self.case_book.clear(Obstacle.WAVE)
        return judgements

    def _trip(self, obstacle: Obstacle, detail: str, now: datetime, *, known: Breaker | None = None) -> None:
        if known is not None:
            self.case_book.trip(known.model_copy(update={"detail": detail}))
            return
        entry = AuditEntry(at=now, actor=ACTOR, action="reminders held back", detail=f"{obstacle}: {detail}")
        self.case_book.trip(Breaker(obstacle=obstacle, since=now, detail=detail), noting=entry)
