"""When reminders hold themselves back: too little is seen, too much happens at once, or the judge has changed.

Rule 23 of the handbook: better silent than wrong to many at once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.base import DeploymentId
from bot.domain.deployment import Phase
from bot.domain.episodes import RESTING, Episode
from bot.domain.findings import Judgement, Verdict, Watched
from bot.domain.policy import FindingKind
from bot.domain.waiting import IN_QUEUE

TOLD_WITHIN = timedelta(minutes=10)
LEAST_TOLD = 0.8
WAVE_SHARE = 0.2
WAVE_LEAST = 5
_WAITS = IN_QUEUE | {Phase.IMPOSSIBLE}
_FAILED = frozenset({Phase.FAILED, Phase.LOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How many GPUs are held on machines that Nomad reaches, and how many of them told their use lately."""

    held: int
    told: int

    @property
    def is_blind(self) -> bool:
        """Tell whether so little is told that nobody should be told anything."""
        return self.told < LEAST_TOLD * self.held

    @property
    def detail(self) -> str:
        """Return the figures in words."""
        return (
            f"{self.told} of {self.held} GPUs have told their use within {TOLD_WITHIN // timedelta(minutes=1)} minutes"
        )


def sight_of(everything: Iterable[Watched], *, now: datetime) -> Sight:
    """Return how much is seen. A deployment is left out until it has run long enough to be asked.

    A GPU that has never told anything since its deployment began is no sign of blindness, as long as others do tell: a
    slice of a shared card never tells. Its silence is a telemetry hole of its own.
    """
    running = [
        each
        for each in everything
        if each.is_running
        and each.is_node_connected
        and each.started_at is not None
        and now - each.started_at > TOLD_WITHIN
    ]
    newest = [device.buckets[-1].last_at for each in running for device in each.devices if device.buckets]
    if not newest:
        return Sight(held=sum(each.gpus for each in running), told=0)
    return Sight(held=len(newest), told=sum(now - at <= TOLD_WITHIN for at in newest))


def newly_idle(judgements: Iterable[Judgement], open_now: Iterable[Episode]) -> frozenset[DeploymentId]:
    """Return the deployments with GPUs at rest of which none had been found at rest before."""
    known = {(each.deployment, each.instance) for each in open_now if each.kind in RESTING and each.is_open}
    found = (each for each in judgements if each.kind in RESTING and each.verdict is Verdict.YES)
    return frozenset(each.deployment for each in found if (each.deployment, each.instance) not in known)


def is_wave(new: Collection[DeploymentId], *, running: int) -> bool:
    """Tell whether too many of the running deployments with GPUs turned idle in one check to believe it."""
    return len(new) >= WAVE_LEAST and len(new) > WAVE_SHARE * running


def disagreements(
    open_now: Iterable[Episode], judgements: Iterable[Judgement], watched: Mapping[DeploymentId, Watched]
) -> tuple[Episode, ...]:
    """Return the open findings that a check denies though nothing has happened that could have ended them."""
    said = {(each.deployment, each.instance, each.kind): each for each in judgements if each.verdict is Verdict.NO}
    denied = (
        (episode, watched.get(episode.deployment))
        for episode in open_now
        if (episode.deployment, episode.instance, episode.kind) in said
    )
    return tuple(episode for episode, one in denied if one is not None and not _may_have_ended(episode, one))


def _may_have_ended(episode: Episode, watched: Watched) -> bool:
    match episode.kind:
        case FindingKind.GPU_NEVER_USED | FindingKind.GPU_IDLE | FindingKind.ONE_GPU_IDLE:
            return not watched.is_running or _active_since(watched, episode.last_true_at)
        case FindingKind.LONG_RUNNING:
            return not watched.is_running
        case FindingKind.FAILED:
            return watched.phase not in _FAILED
        case FindingKind.QUEUED:
            return watched.phase not in _WAITS
        case FindingKind.ZOMBIE:
            return not watched.holds
        case _:
            return True  # what these rest on may have changed without a trace


def _active_since(watched: Watched, moment: datetime) -> bool:
    return any(
        bucket.last_active_at is not None and bucket.last_active_at >= moment - TOLD_WITHIN
        for device in watched.devices
        for bucket in device.buckets
    )


def without_openings(judgements: Iterable[Judgement], open_now: Sequence[Episode]) -> tuple[Judgement, ...]:
    """Return the judgements that open nothing: they confirm or end what is open."""
    known = {(each.deployment, each.instance, each.kind) for each in open_now if each.is_open}
    return tuple(
        each
        for each in judgements
        if each.verdict is not Verdict.YES or (each.deployment, each.instance, each.kind) in known
    )


def without_wave(judgements: Iterable[Judgement], new: Collection[DeploymentId]) -> tuple[Judgement, ...]:
    """Return the judgements without those that say of a wave's deployments that they rest."""
    return tuple(each for each in judgements if each.kind not in RESTING or each.deployment not in new)
