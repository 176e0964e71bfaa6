"""Gather what administrators look after: what rests, who does not answer, what is held back, what is planned."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.addressees import Reach
from bot.domain.base import DeploymentId, Namespace
from bot.domain.episodes import RESTING, Episode
from bot.domain.operation import JobName, Run
from bot.domain.platform import Platforms
from bot.domain.policy import FOR_ADMINISTRATORS, SHOWN_FIRST, FindingKind
from bot.domain.reminders import Exemption, Keep, is_escalated, keeps_in_a_row
from bot.domain.reporting import find_overdue
from bot.domain.review import Idle, Overdue, Planned, Review, Unanswered
from bot.domain.telemetry import NodeHealth
from bot.ports import CaseBook, Clock, Measurements
from bot.services.hearing import Known
from bot.services.reminding import Reminding

COUNTED_FOR = timedelta(weeks=4)
"""Answers are counted over so long."""
SILENT_FOR = timedelta(hours=1)
"""A machine that nobody has asked for so long is none that is silent: nothing on it is to be measured."""
_AT_REST = (*(kind for kind in SHOWN_FIRST if kind in RESTING), FindingKind.CPU_IDLE)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReading:
    """Reads the state of everything, for whoever may see the deployments of some namespaces. Raises Unavailable."""

    case_book: CaseBook
    reminding: Reminding
    measurements: Measurements
    platforms: Platforms
    clock: Clock
    channel: str
    time_zone: str

    def read(self, namespaces: Collection[Namespace], *, awake_since: datetime, trouble: str = "") -> Review:
        """Return the review; `trouble` says why the last report could not be posted."""
        now, hearing = self.clock(), self.reminding.hearing
        view = _View(namespaces=frozenset(namespaces), covers_all=self.covers_all(namespaces))
        known = hearing.known(self.case_book.open_episodes())
        planned = self.reminding.planned()
        done = self.case_book.last_done()
        measured = done[JobName.MEASURE].counts if JobName.MEASURE in done else {}
        last = self.case_book.last_runs()
        policies = self.case_book.policies()
        return Review(
            at=now,
            mode=self.case_book.mode(),
            breakers=self.case_book.breakers(),
            idle=_idle(known, view, now),
            unanswered=self._unanswered(known, planned, view, now),
            for_operators=self._for_operators(known, view, now),
            silent_nodes=_silent(self.measurements.health(), now),
            planned=_seen(planned, view),
            exemptions=tuple(each for each in self.case_book.exemptions(now=now) if view.may_see(each)),
            runs=tuple(last.values()),
            done=tuple(done.values()),
            overdue=find_overdue(done, last, awake_since=awake_since, now=now),
            told=len(self.case_book.deliveries_since(now - COUNTED_FOR)),
            answers=dict(Counter(str(each.answer) for each in self.case_book.responses_since(now - COUNTED_FOR))),
            watched=measured.get("deployments", 0),
            gpus_held=measured.get("gpus_held", 0),
            gpus_told=measured.get("gpus_told", 0),
            longest_wait=_longest_wait(known.episodes, now),
            policy=self.reminding.policy().version,
            judged_since=min((each.active_from for each in policies), default=None),
            people_planned=sum(bool(each.episodes) and each.reach is Reach.PERSON for each in planned),
            stops=tuple(kind for kind in FindingKind if kind in self.reminding.stops),
            covers_all=view.covers_all,
            channel=self.channel,
            channel_trouble=trouble,
            time_zone=self.time_zone,
        )

    def overdue(self, *, awake_since: datetime) -> tuple[Overdue, ...]:
        """Return the jobs that have not done their work for too long."""
        done: Mapping[str, Run] = self.case_book.last_done()
        return find_overdue(done, self.case_book.last_runs(), awake_since=awake_since, now=self.clock())

    def covers_all(self, namespaces: Collection[Namespace]) -> bool:
        """Tell whether these are the namespaces of every platform."""
        return {platform.namespace for platform in self.platforms.all} <= set(namespaces)

    def _unanswered(
        self, known: Known, planned: Sequence[Planned], view: "_View", now: datetime
    ) -> tuple[Unanswered, ...]:
        """Return what was told often enough, and what nobody can be told of: one for each deployment."""
        reached = {each.email: each.reach for each in planned}
        shown = {episode.id for episode in known.shown(now)}
        cadences, found = self.reminding.hearing.cadences(), []
        for episode in filter(view.sees, known.episodes):
            if episode.kind in FOR_ADMINISTRATORS or episode.kind not in cadences:
                continue
            told, email = known.told(episode), episode.owner_email.casefold()
            is_told_enough = is_escalated(episode, told, known.settled, cadences[episode.kind], now)
            if not is_told_enough and episode.id not in shown:
                continue
            reach = reached.get(email, Reach.PERSON)
            detail = self.reminding.why_undeliverable(email) if reach is Reach.PERSON else ""
            if is_told_enough or detail or reach not in {Reach.PERSON, Reach.UNKNOWN}:
                found.append(
                    Unanswered(
                        episode=episode,
                        told=len(told),
                        first_told_at=min((each.at for each in told), default=None),
                        reach=reach,
                        keeps_in_a_row=keeps_in_a_row(_keeps(known), episode),
                        detail=detail,
                    )
                )
        return tuple(sorted(found, key=lambda each: (each.first_told_at or each.episode.opened_at, each.episode.id)))

    def _for_operators(self, known: Known, view: "_View", now: datetime) -> tuple[Episode, ...]:
        """Return what only an operator can repair, and whoever holds more GPUs than should be possible."""
        most = self.reminding.policy().anomaly_gpus
        exemptions = [each for each in known.settled if isinstance(each, Exemption)]
        return tuple(
            episode
            for episode in filter(view.sees, known.episodes)
            if (episode.kind in FOR_ADMINISTRATORS or _gpus(episode, FindingKind.OVER_ETIQUETTE) >= most)
            and not any(each.covers(episode, now) for each in exemptions)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What somebody may see: the deployments of some namespaces, and what is of none if that is all of them."""

    namespaces: frozenset[Namespace]
    covers_all: bool

    def sees(self, episode: Episode) -> bool:
        return self.covers_all or episode.namespace in self.namespaces

    def may_see(self, exemption: Exemption) -> bool:
        return self.covers_all or not exemption.namespaces or bool(self.namespaces & set(exemption.namespaces))


def _idle(known: Known, view: _View, now: datetime) -> tuple[Idle, ...]:
    """Return what rests now, one for each deployment, whatever has held the most GPU-hours first."""
    first: dict[DeploymentId, Episode] = {}
    resting = [episode for episode in filter(view.sees, known.episodes) if episode.kind in _AT_REST]
    for episode in sorted(resting, key=lambda each: _AT_REST.index(each.kind)):
        first.setdefault(episode.deployment, episode)
    found = [
        Idle(episode=episode, gpu_hours=_gpu_hours(episode, now), kept_until=_kept_until(known, episode, now))
        for episode in first.values()
    ]
    return tuple(sorted(found, key=lambda each: (-each.gpu_hours, each.episode.opened_at, each.episode.id)))


def _gpu_hours(episode: Episode, now: datetime) -> float:
    since = episode.since or episode.opened_at
    if episode.kind is FindingKind.CPU_IDLE or episode.evidence is None:
        return 0.0
    is_part = episode.kind is FindingKind.ONE_GPU_IDLE
    gpus = episode.evidence.idle_gpus if is_part else episode.evidence.gpus
    return gpus * max(timedelta(0), now - since) / _HOUR


def _kept_until(known: Known, episode: Episode, now: datetime) -> datetime | None:
    return max((each.until for each in known.settled if each.covers(episode, now)), default=None)


def _keeps(known: Known) -> list[Keep]:
    return [each for each in known.settled if isinstance(each, Keep)]


def _gpus(episode: Episode, kind: FindingKind) -> int:
    return episode.evidence.gpus if episode.kind is kind and episode.evidence else 0


def _silent(health: Sequence[NodeHealth], now: datetime) -> tuple[NodeHealth, ...]:
    silent = [each for each in health if each.silent_since is not None and now - each.at <= SILENT_FOR]
    return tuple(sorted(silent, key=lambda each: (each.silent_since or now, each.node)))


def _seen(planned: Sequence[Planned], view: _View) -> tuple[Planned, ...]:
    """Return what is planned, without what the reader may not see; the soonest first, who cannot be told last."""
    own = (each.model_copy(update={"episodes": tuple(filter(view.sees, each.episodes))}) for each in planned)
    return tuple(
        sorted(
            (each for each in own if each.episodes),
            key=lambda each: (each.at is None, each.at.timestamp() if each.at else 0.0, each.email),
        )
    )


def _longest_wait(episodes: Sequence[Episode], now: datetime) -> timedelta | None:
    waits = [now - each.since for each in episodes if each.kind is FindingKind.QUEUED and each.since is not None]
    return max(waits, default=None)
