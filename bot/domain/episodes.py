"""Episodes: one unbroken run of one finding, from the check that made it to the one that saw it end."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.domain.base import DeploymentId, Frozen, Namespace
from bot.domain.findings import Evidence, Judgement, Verdict, Watched
from bot.domain.policy import FindingKind

EpisodeId = NewType("EpisodeId", str)

RESTING = frozenset({FindingKind.GPU_NEVER_USED, FindingKind.GPU_IDLE, FindingKind.ONE_GPU_IDLE})
"""Findings that one flicker does not end: a real burst does."""

_RESTING_AGAIN = RESTING - {FindingKind.GPU_NEVER_USED}
"""What a flicker interrupts may hold again. What was used once, be it ever so little, is never again unused."""

ABOUT_USE = RESTING | {FindingKind.CPU_IDLE}
"""Findings about how much something is used: whoever says that it is in use has answered all of them."""
AGAIN_AFTER = timedelta(days=30)
"""So long after its owner has called a finding wrong it may be made again, though its time began before that."""


class Resolution(StrEnum):
    """How an episode ended."""

    RESUMED = "it is used again"
    CLEARED = "it no longer holds"
    RESTARTED = "it was started anew"
    ENDED = "the deployment is gone"
    WRONG = "its owner says that it is in use"


class Episode(Frozen):
    """A finding while it lasts. `number` counts the episodes of one kind in one run of a deployment, from 1.

    `version` is the job's modify index: what a button was about. `last_true_at` is the newest check that said yes.
    """

    id: EpisodeId
    kind: FindingKind
    deployment: DeploymentId
    namespace: Namespace
    instance: str
    version: int
    number: int
    owner_email: str
    title: str
    since: datetime | None
    opened_at: datetime
    last_true_at: datetime
    is_mild: bool = False
    evidence: Evidence | None = None
    policy: str
    resolved_at: datetime | None = None
    resolution: Resolution | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it lasts."""
        return self.resolved_at is None


def advance(
    known: Sequence[Episode],
    judgements: Iterable[Judgement],
    *,
    watched: Mapping[DeploymentId, Watched],
    resumed: frozenset[DeploymentId],
    now: datetime,
) -> tuple[Episode, ...]:
    """Return the episodes that a check opens or changes; those it says nothing about are left out.

    `known` are the episodes of these deployments so far, `watched` every deployment that exists, `resumed` those whose
    GPUs have worked in a real burst. Unknown opens nothing and changes nothing; neither does a window of time in which
    the owner has said that it is in use.
    """
    changed: dict[EpisodeId, Episode] = {}
    for episode in known:
        ended = _ended(episode, watched.get(episode.deployment)) if episode.is_open else None
        if ended is not None:
            changed[episode.id] = _resolved(episode, ended, now)
    for judgement in judgements:
        own = [
            changed.get(each.id, each)
            for each in known
            if (each.deployment, each.instance, each.kind) == (judgement.deployment, judgement.instance, judgement.kind)
        ]
        current = next((each for each in own if each.is_open), None)
        if current is None and is_disputed(judgement, known, now):
            continue
        after = _after(current, len(own), judgement, watched[judgement.deployment], resumed, now)
        if after is not None and after != current:
            changed[after.id] = after
    return tuple(changed.values())


def is_disputed(judgement: Judgement, known: Sequence[Episode], now: datetime) -> bool:
    """Tell whether the owner has called the same finding of this run wrong since the judgement's window began."""
    said = [
        each.resolved_at
        for each in known
        if each.resolution is Resolution.WRONG
        and each.resolved_at is not None
        and (each.deployment, each.instance) == (judgement.deployment, judgement.instance)
        and (each.kind is judgement.kind or {each.kind, judgement.kind} <= ABOUT_USE)
    ]
    begins = judgement.evidence.window_start if judgement.evidence else judgement.since
    return any((begins is None or begins < at) and now - at < AGAIN_AFTER for at in said)


def dispute(episode: Episode, known: Iterable[Episode], now: datetime) -> tuple[Episode, ...]:
    """Return the episode, resolved as wrong, and with it what else is open about the use of the same run."""
    answered = [
        each
        for each in known
        if each.is_open
        and each.id != episode.id
        and (each.deployment, each.instance) == (episode.deployment, episode.instance)
        and {each.kind, episode.kind} <= ABOUT_USE
    ]
    return tuple(_resolved(each, Resolution.WRONG, now) for each in (episode, *answered))


def _ended(episode: Episode, watched: Watched | None) -> Resolution | None:
    if watched is None:
        return Resolution.ENDED
    return Resolution.RESTARTED if watched.instance != episode.instance else None


def _after(
    current: Episode | None,
    earlier: int,
    judgement: Judgement,
    watched: Watched,
    resumed: frozenset[DeploymentId],
    now: datetime,
) -> Episode | None:
    if judgement.verdict is Verdict.YES:
        return _confirmed(current, judgement, now) if current else _opened(judgement, watched, earlier + 1, now)
    if judgement.verdict is Verdict.UNKNOWN or current is None:
        return None
    if judgement.kind in RESTING and judgement.deployment in resumed:
        return _resolved(current, Resolution.RESUMED, now)
    if judgement.kind in _RESTING_AGAIN and watched.is_running:
        return None
    return _resolved(current, Resolution.CLEARED, now)


def _opened(judgement: Judgement, watched: Watched, number: int, now: datetime) -> Episode:
    return Episode(
        id=EpisodeId(f"{judgement.deployment}/{judgement.instance}/{judgement.kind.name.lower()}/{number}"),
        kind=judgement.kind,
        deployment=judgement.deployment,
        namespace=watched.namespace,
        instance=judgement.instance,
        version=watched.version,
        number=number,
        owner_email=watched.owner.email,
        title=watched.title,
        since=judgement.since,
        opened_at=now,
        last_true_at=now,
        is_mild=judgement.is_mild,
        evidence=judgement.evidence,
        policy=judgement.policy,
    )


def _confirmed(current: Episode, judgement: Judgement, now: datetime) -> Episode:
    return current.model_copy(
        update={"last_true_at": now, "evidence": judgement.evidence, "is_mild": judgement.is_mild}
    )


def _resolved(episode: Episode, resolution: Resolution, now: datetime) -> Episode:
    return episode.model_copy(update={"resolved_at": now, "resolution": resolution})
