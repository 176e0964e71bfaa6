"""Whom to remind of what, and when: at most one digest a person and working day, ever more seldom, then no more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from bot.domain.base import DeploymentId, Frozen, Namespace
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.findings import Holding
from bot.domain.office_hours import IsHoliday, OfficeHours, closing, day_after, is_open, next_opening
from bot.domain.policy import FOR_ADMINISTRATORS, SHOWN_FIRST, Cadence, FindingKind

FRESH = timedelta(minutes=10)
"""A finding is told only if a check said so at most this long ago."""
FRESH_IF_SLOW = timedelta(minutes=70)
"""The same for what is too costly to be checked more often than once an hour."""
CHECKED_SELDOM = frozenset({FindingKind.CPU_IDLE, FindingKind.GPU_HEAVY})
ASKED_FOR_ITSELF = frozenset({FindingKind.OVER_ETIQUETTE, FindingKind.GPU_HEAVY})
"""Findings that are about a person's share of the GPUs: that one deployment is needed does not answer them."""
KEEPS_IN_A_ROW = 3
"""After so many keeps without use in between, administrators are told of them."""


class Delivery(Frozen):
    """One step of an episode that its owner was told, and when."""

    episode: EpisodeId
    step: int
    at: datetime


class Keep(Frozen):
    """The owner's answer that a deployment is needed until then. It binds the run it was given for, never longer.

    Whoever needs it is not asked the lesser questions about it either; `kind` None answers all of them.
    """

    deployment: DeploymentId
    instance: str
    kind: FindingKind | None
    by: str
    reason: str = ""
    since: datetime
    until: datetime

    def covers(self, episode: Episode, now: datetime) -> bool:
        """Tell whether the episode is settled by this for now."""
        return self.is_about(episode) and now < self.until

    def is_about(self, episode: Episode) -> bool:
        """Tell whether this answers the episode, be it for now or for a time that is over."""
        if (self.deployment, self.instance) != (episode.deployment, episode.instance):
            return False
        return self.kind is None or self.kind is episode.kind or is_lesser(episode.kind, self.kind)


class Exemption(Frozen):
    """An administrator's word that something is not to be reminded of; what is empty in it fits everything.

    `namespaces` are those of the platforms that its giver administers. `title` is the deployment's when it was given.
    """

    deployment: DeploymentId | None = None
    owner_email: str = ""
    kind: FindingKind | None = None
    by: str
    reason: str
    since: datetime
    until: datetime
    namespaces: tuple[Namespace, ...] = ()
    title: str = ""

    def covers(self, episode: Episode, now: datetime) -> bool:
        """Tell whether the episode is exempt now."""
        return (
            (not self.namespaces or episode.namespace in self.namespaces)
            and self.deployment in {None, episode.deployment}
            and self.owner_email.casefold() in {"", episode.owner_email.casefold()}
            and self.kind in {None, episode.kind}
            and now < self.until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """When a person can be written to. `paused_until` is what they asked for, `last_digest` when they last heard.

    `is_disturbed` tells whether they wish not to be disturbed now; None, nobody knows, waits as well.
    """

    email: str
    zone: tzinfo
    is_holiday: IsHoliday
    hours: OfficeHours = field(default_factory=OfficeHours)
    paused_until: datetime | None = None
    last_digest: datetime | None = None
    is_disturbed: bool | None = False


class Item(Frozen):
    """One finding in a digest; step 1 is the first time that it is told.

    `stops_at` is until when its owner is asked to answer, where a site stops what stays unanswered; None elsewhere.
    `holdings` are the GPU deployments of its owner, where a finding is about them all, as they were when it was told.
    """

    episode: Episode
    step: int
    stops_at: datetime | None = None
    holdings: tuple[Holding, ...] = ()


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
    confirmed_since: datetime | None = None,
) -> Digest | None:
    """Return what to tell a person now, or None. It asks nothing of the world, so planning twice plans the same.

    Only findings that a check has confirmed within the last minutes are told, or since a given moment, and one for each
    deployment. Once there is something to tell, what would be due later that day comes with it.
    """
    if not _may_be_told(recipient, now):
        return None
    own = [episode for episode in episodes if episode.owner_email.casefold() == recipient.email.casefold()]
    shown = [episode for episode in shown_of(own, settled, now) if _is_confirmed(episode, now, confirmed_since)]

    def items_due(moment: datetime) -> list[Item]:
        return [
            Item(episode=episode, step=len(deliveries.get(episode.id, ())) + 1)
            for episode in shown
            if is_due(episode, deliveries.get(episode.id, ()), cadences[episode.kind], moment, zone=recipient.zone)
        ]

    if not items_due(now):
        return None
    ranked = sorted(items_due(closing(now, recipient.hours, zone=recipient.zone)), key=_urgency)
    return Digest(email=recipient.email, items=tuple(ranked))


def shown_of(episodes: Iterable[Episode], settled: Sequence[Keep | Exemption], now: datetime) -> tuple[Episode, ...]:
    """Return of open findings that nothing settles the one that is shown for each deployment."""
    tellable = [
        episode
        for episode in episodes
        if episode.is_open
        and episode.kind not in FOR_ADMINISTRATORS
        and not any(each.covers(episode, now) for each in settled)
    ]
    return tuple(_one_each(tellable))


def is_due(episode: Episode, told: Sequence[Delivery], cadence: Cadence, now: datetime, *, zone: tzinfo = UTC) -> bool:
    """Tell whether the next step of an episode may be told now; after the last one there is no more.

    The first one may as soon as there is an episode, even if a clock that was wrong has dated it ahead.
    """
    due = next_due(episode, told, cadence, zone=zone)
    return due is not None and (not told or now >= due)


def next_due(episode: Episode, told: Sequence[Delivery], cadence: Cadence, *, zone: tzinfo = UTC) -> datetime | None:
    """Return from when on the next step may be told, in UTC, or None after the last one.

    Days are those of the reader's zone: a week later it is the same hour by their clock, whatever that did meanwhile.
    """
    if not told:
        return episode.opened_at
    if len(told) > len(cadence.repeats):
        return None
    last = max(delivery.at for delivery in told).astimezone(zone)
    return (last + cadence.repeats[len(told) - 1]).astimezone(UTC)


def next_slot(
    episode: Episode,
    told: Sequence[Delivery],
    recipient: Recipient,
    cadence: Cadence,
    now: datetime,
    *,
    settled: Sequence[Keep | Exemption] = (),
) -> datetime | None:
    """Return when the person will hear of it next if nothing changes, or None if they will not."""
    due = next_due(episode, told, cadence, zone=recipient.zone)
    if due is None:
        return None
    ends = [each.until for each in settled if each.covers(episode, now)]
    moment = max(due if told else now, now, recipient.paused_until or now, *ends)
    if recipient.last_digest is not None:
        moment = max(moment, day_after(recipient.last_digest, recipient.zone))
    return next_opening(moment, recipient.hours, zone=recipient.zone, is_holiday=recipient.is_holiday)


def is_escalated(
    episode: Episode, told: Sequence[Delivery], settled: Sequence[Keep | Exemption], cadence: Cadence, now: datetime
) -> bool:
    """Tell whether the episode is for the administrators' list: told often enough, for long enough, unanswered.

    So is one that is kept time after time without any use; keeps that are over count, too. What was told before the
    last answer is answered.
    """
    if not episode.is_open or any(isinstance(each, Exemption) and each.covers(episode, now) for each in settled):
        return False
    keeps = [each for each in settled if isinstance(each, Keep)]
    if keeps_in_a_row(keeps, episode) >= KEEPS_IN_A_ROW:
        return True
    if any(keep.covers(episode, now) for keep in keeps):
        return False
    answers = [keep.since for keep in keeps if keep.is_about(episode)]
    unanswered = [delivery.at for delivery in told if not answers or delivery.at > max(answers)]
    return len(unanswered) >= max(1, cadence.escalates_after) and now - min(unanswered) >= cadence.escalates_age


def keeps_in_a_row(keeps: Iterable[Keep], episode: Episode) -> int:
    """Return how often the episode was kept, one time after the other; use would have ended it.

    A keep that is given while another one lasts is a change of mind and not one more.
    """
    count, covered_until = 0, episode.opened_at
    asked = {None, episode.kind}
    about = (keep for keep in keeps if keep.is_about(episode) and keep.kind in asked)
    own = (keep for keep in about if keep.since >= episode.opened_at)
    for keep in sorted(own, key=lambda each: (each.since, each.until)):
        count += keep.since >= covered_until
        covered_until = max(covered_until, keep.until)
    return count


def is_lesser(kind: FindingKind, other: FindingKind) -> bool:
    """Tell whether a finding is one that need not be asked about while a deployment is needed in spite of another."""
    apart = ASKED_FOR_ITSELF | FOR_ADMINISTRATORS
    return kind not in apart and other not in apart and _rank(kind) > _rank(other)


def _may_be_told(recipient: Recipient, now: datetime) -> bool:
    if recipient.is_disturbed is not False or (recipient.paused_until is not None and now < recipient.paused_until):
        return False
    last = recipient.last_digest
    today = now.astimezone(recipient.zone).date()
    if last is not None and last.astimezone(recipient.zone).date() >= today:
        return False
    return is_open(now, recipient.hours, zone=recipient.zone, is_holiday=recipient.is_holiday)


def _is_confirmed(episode: Episode, now: datetime, since: datetime | None) -> bool:
    """Tell whether a check has said so lately; one that is dated ahead of the clock is no better than an old one."""
    age = abs(now - episode.last_true_at)
    if episode.kind is FindingKind.GPU_HEAVY or (since is None and episode.kind in CHECKED_SELDOM):
        return age <= FRESH_IF_SLOW
    return age <= FRESH and (since is None or episode.last_true_at >= since)


def _one_each(episodes: Sequence[Episode]) -> list[Episode]:
    """Return for each deployment the finding that is shown first; what is about a person stands for itself."""
    first: dict[tuple[DeploymentId, bool], Episode] = {}
    for episode in sorted(episodes, key=lambda each: (_rank(each.kind), each.id)):
        first.setdefault((episode.deployment, episode.kind is FindingKind.GPU_HEAVY), episode)
    return list(first.values())


def _urgency(item: Item) -> tuple[int, datetime, EpisodeId]:
    return (_rank(item.episode.kind), item.episode.opened_at, item.episode.id)


def _rank(kind: FindingKind) -> int:
    return SHOWN_FIRST.index(kind) if kind in SHOWN_FIRST else len(SHOWN_FIRST)
