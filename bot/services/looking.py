"""What telling and answering need of watching and checking: a fresh look at one person's deployments."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.base import DeploymentId, Namespace
from bot.domain.episodes import Episode
from bot.domain.findings import Judgement, Watched
from bot.domain.letters import UseOverTime, Waiting
from bot.domain.people import Owner


class Watch(Protocol):
    """Sees what deployments there are, and how they are used. Raises Unavailable."""

    def of_owner(self, owner: Owner) -> tuple[Watched, ...]:
        """Return a person's deployments as they are now."""

    def one(self, namespace: Namespace, deployment: DeploymentId) -> Watched | None:
        """Return one deployment as it is now, or None if it is gone."""

    def use(self, watched: Watched, *, days: int = 7) -> UseOverTime | None:
        """Return how its GPUs were used in the last days, or None if it has none."""


class WatchAll(Watch, Protocol):
    """Sees everybody's deployments as well. Raises Unavailable."""

    def everything(self) -> tuple[Watched, ...]:
        """Return every deployment of the platforms as it is now."""


class Check(Protocol):
    """Judges deployments by the policy. Raises Unavailable."""

    def recheck(self, owner: Owner) -> tuple[Episode, ...]:
        """Judge a person's deployments anew, record what came of it, and return their open episodes."""

    def judge(self, watched: Watched, *, own: Sequence[Watched]) -> tuple[Judgement, ...]:
        """Return every judgement about a deployment, `own` being all of its owner's, without recording any."""

    def waiting(self, watched: Watched) -> Waiting | None:
        """Return how many people wait for a GPU like its own, or None if nobody does, or nobody knows."""
