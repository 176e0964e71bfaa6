"""Whom to remind of what, and when: at most one digest a person and working day, ever more seldom, then no more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from bot.domain.base import DeploymentId, Frozen
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.office_hours import IsHoliday, OfficeHours, is_open, next_opening
from bot.domain.policy import FOR_ADMINISTRATORS, SHOWN_FIRST, Cadence, FindingKind

FRESH = timedelta(minutes=10)
"""A finding is told only if a check said so at most this long ago."""


class Delivery(Frozen):
    """One step of an episode that its owner was told, and when."""

    episode: EpisodeId
    step: int
    at: datetime


class Keep(Frozen):
    """The owner's answer that a deployment is needed until then. It binds the run it was given for, never longer."""

    deployment: DeploymentId
    instance: str
    kind: FindingKind | None
    by: str
    reason: str = ""
    since: datetime
    until: datetime

    def covers(self, episode: Episode, now: datetime) -> bool:
        """Tell whether the episode is settled by this for now."""
        return (
            (self.deployment, self.instance) == (episode.deployment, episode.instance)
            and self.kind in {None, episode.kind}
            and now < self.until
        )


class Exemption(Frozen):
    """An administrator's word that something is not to be reminded of; what is empty in it fits everything."""

    deployment: DeploymentId | None = None
    owner_email: str = ""
    kind: FindingKind | None = None
    by: str
    reason: str
    since: datetime
    until: datetime

    def covers(self, episode: Episode, now: datetime) -> bool:
        """Tell whether the episode is exempt now."""
        return (
            self.deployment in {None, episode.deployment}
            and self.owner_email.casefold() in {"", episode.owner_email.casefold()}
            and self.kind in {None, episode.kind}
            and now < self.until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """When a person can be written to. `paused_until` is what they asked for, `last_digest` when they last heard."""

    email: str
    zone: tzinfo
    is_holiday: IsHoliday
    hours: OfficeHours = field(default_factory=OfficeHours)
    paused_until: datetime | None = None
    last_digest: datetime | None = None
    is_disturbed: bool = False


class Item(Frozen):
    """One finding in a digest; step 1 is the first time that it is told."""

    episode: Episode
    step: int


class Digest(Frozen):
    """What a person is told at once, the most urgent first."""

    email: str
    items: tuple[Item, ...]


def plan_digest(
    episodes: Iterable[Episode],
    recipient: Recipient,
    *,
    deliveries: Mapping[EpisodeId, Sequence[Delivery]],
    settled: Sequence[Keep | Exemption],
    cadences: Mapping[FindingKind, Cadence],
    now: datetime,
) -> Digest | None:
    """Return what to tell a person now, or None. It asks nothing of the world, so planning twice plans the same.

    Only findings that a check has confirmed within the last minutes are told, one for each deployment.
    """
    if not _may_be_told(recipient, now):
        return None
    open_ones = [
        episode
        for episode in episodes
        if episode.owner_email.casefold() == recipient.email.casefold() and _is_tellable(episode, settled, now)
    ]
    items = [
        Item(episode=episode, step=len(deliveries.get(episode.id, ())) + 1)
        for episode in _one_each(open_ones)
        if is_due(episode, deliveries.get(episode.id, ()), cadences[episode.kind], now)
    ]
    ranked = sorted(items, key=lambda item: (_rank(item.episode.kind), item.episode.opened_at, item.episode.id))
    return Digest(email=recipient.email, items=tuple(ranked)) if ranked else None


def is_due(episode: Episode, told: Sequence[Delivery], cadence: Cadence, now: datetime) -> bool:
    """Tell whether the next step of an episode may be told now; after the last one there is no more."""
    due = next_due(episode, told, cadence)
    return due is not None and now >= due


def next_due(episode: Episode, told: Sequence[Delivery], cadence: Cadence) -> datetime | None:
    """Return from when on the next step may be told, or None after the last one."""
    if not told:
        return episode.opened_at
    if len(told) > len(cadence.repeats):
        return None
    return max(delivery.at for delivery in told) + cadence.repeats[len(told) - 1]


def next_slot(
    episode: Episode, told: Sequence[Delivery], recipient: Recipient, cadence: Cadence, now: datetime
) -> datetime | None:
    """Return when the person will hear of it next if nothing changes, or None if they will not."""
    due = next_due(episode, told, cadence)
    if due is None:
        return None
    moment = max(due, now, recipient.paused_until or now)
    return next_opening(moment, recipient.hours, zone=recipient.zone, is_holiday=recipient.is_holiday)


def is_escalated(
    episode: Episode, told: Sequence[Delivery], settled: Sequence[Keep | Exemption], cadence: Cadence, now: datetime
) -> bool:
    """Tell whether the episode is for the administrators' list: told often enough, for long enough, unanswered."""
    if not episode.is_open or any(each.covers(episode, now) for each in settled):
        return False
    if len(told) < cadence.escalates_after:
        return False
    return now - min(delivery.at for delivery in told) >= cadence.escalates_age


def _may_be_told(recipient: Recipient, now: datetime) -> bool:
    if recipient.is_disturbed or (recipient.paused_until is not None and now < recipient.paused_until):
        return False
    last = recipient.last_digest
    today = now.astimezone(recipient.zone).date()
    if last is not None and last.astimezone(recipient.zone).date() >= today:
        return False
    return is_open(now, recipient.hours, zone=recipient.zone, is_holiday=recipient.is_holiday)


def _is_tellable(episode: Episode, settled: Sequence[Keep | Exemption], now: datetime) -> bool:
    return (
        episode.is_open
        and episode.kind not in FOR_ADMINISTRATORS
        and now - episode.last_true_at <= FRESH
        and not any(each.covers(episode, now) for each in settled)
    )


def _one_each(episodes: Sequence[Episode]) -> list[Episode]:
    """Return for each deployment the finding that is shown first."""
    first: dict[DeploymentId, Episode] = {}
    for episode in sorted(episodes, key=lambda each: (_rank(each.kind), each.id)):
        first.setdefault(episode.deployment, episode)
    return list(first.values())


def _rank(kind: FindingKind) -> int:
    return SHOWN_FIRST.index(kind) if kind in SHOWN_FIRST else len(SHOWN_FIRST)
