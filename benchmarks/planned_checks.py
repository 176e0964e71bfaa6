"""Watches and checks that say what a plan says, for telling: the real rules open and end the episodes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.lives import MINUTE
from benchmarks.telling_world import Plan, Weather
from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.episodes import Episode, advance
from bot.domain.findings import Evidence, Judgement, Verdict, Watched
from bot.domain.letters import UseOverTime, Waiting
from bot.domain.people import Owner
from bot.errors import ClusterUnavailable
from bot.ports import CaseBook, Clock


@dataclass
class PlannedChecks:
    """Watches and checks by plans, in the way of the real ones: the same rules open and end the episodes."""

    start: datetime
    plans: tuple[Plan, ...]
    case_book: CaseBook
    clock: Clock
    minute: Callable[[], int]
    weather: Weather

    def of_owner(self, owner: Owner) -> tuple[Watched, ...]:
        """Return a person's deployments."""
        return tuple(self._watched(each) for each in self._there() if each.email.casefold() == owner.email.casefold())

    def one(self, namespace: Namespace, deployment: DeploymentId) -> Watched | None:  # noqa: ARG002 - the port's
        """Return one deployment, or None if it is gone."""
        return next((self._watched(each) for each in self._there() if each.deployment == deployment), None)

    def use(self, watched: Watched, *, days: int = 7) -> UseOverTime | None:  # noqa: ARG002 - the port's
        """Return no picture."""
        return None

    def recheck(self, owner: Owner) -> tuple[Episode, ...]:
        """Judge a person's deployments anew."""
        self._advance([each for each in self.plans if each.email.casefold() == owner.email.casefold()])
        email = owner.email.casefold()
        return tuple(each for each in self.case_book.open_episodes() if each.owner_email.casefold() == email)

    def judge(self, watched: Watched, *, own: Sequence[Watched]) -> tuple[Judgement, ...]:  # noqa: ARG002 - the port's
        """Return what the plan says."""
        plan = next(each for each in self.plans if each.deployment == watched.deployment)
        return self._judgements(plan)

    def waiting(self, watched: Watched) -> Waiting | None:  # noqa: ARG002 - the port's
        """Return that nobody waits."""
        return None

    def round(self) -> None:
        """Check everything."""
        self._advance(self.plans)

    def _there(self) -> list[Plan]:
        minute = self.minute()
        return [each for each in self.plans if minute < each.ends]

    def _advance(self, plans: Sequence[Plan]) -> None:
        if self.minute() in self.weather.no_cluster:
            raise ClusterUnavailable("Nomad cannot be reached.")
        there = [each for each in self._there() if each in plans]
        watched = {each.deployment: self._watched(each) for each in there}
        judgements = [judgement for each in there for judgement in self._judgements(each)]
        resumed = frozenset(each.deployment for each in judgements if each.verdict is Verdict.NO)
        known = self.case_book.episodes_of([each.deployment for each in plans])
        self.case_book.save_episodes(advance(known, judgements, watched=watched, resumed=resumed, now=self.clock()))

    def _judgements(self, plan: Plan) -> tuple[Judgement, ...]:
        now, minute = self.clock(), self.minute()
        return tuple(
            Judgement(
                kind=kind,
                deployment=plan.deployment,
                instance=str(plan.run(minute)),
                verdict=plan.verdict(kind, minute),
                since=now - timedelta(days=1),
                evidence=Evidence(window_start=now - timedelta(days=1), window_end=now),
                policy="p1",
            )
            for kind in plan.kinds
        )

    def _watched(self, plan: Plan) -> Watched:
        run = plan.run(self.minute())
        began = self.start + (0 if run == 0 else plan.restarts[run - 1]) * MINUTE
        return Watched(
            deployment=plan.deployment,
            namespace=Namespace("ai4eosc"),
            instance=str(run),
            title=f"Model {plan.deployment}",
            owner=Owner(email=plan.email),
            workload=None,
            phase=Phase.RUNNING,
            phase_since=began,
            started_at=began,
            gpus=1,
            holds=True,
            version=run,
        )
