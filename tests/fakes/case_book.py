"""What checks and reminders remember, in memory; obeys the rules of the case book, as the contract test proves."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import RLock
from typing import TypeVar

from bot.domain.answers import Preferences, Response
from bot.domain.base import DeploymentId
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.notices import OPEN_STATES, Notice, NoticeId, NoticeState
from bot.domain.operation import Breaker, Mode, Obstacle, Outcome, PolicyVersion, Run
from bot.domain.records import AuditEntry
from bot.domain.reminders import Delivery, Exemption, Keep

K = TypeVar("K")
V = TypeVar("V")

_CLAIMED = {NoticeState.PLANNED, NoticeState.CLAIMED}


@dataclass(slots=True)
class MemoryCaseBook:
    """Implements the case book; `audited` is what was noted together with something else, oldest first."""

    audited: list[AuditEntry] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    _leases: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _episodes: dict[EpisodeId, Episode] = field(default_factory=dict)
    _deliveries: list[Delivery] = field(default_factory=list)
    _seen: dict[str, datetime] = field(default_factory=dict)
    _asked: dict[str, datetime] = field(default_factory=dict)
    _notices: dict[NoticeId, Notice] = field(default_factory=dict)
    _responses: dict[str, Response] = field(default_factory=dict)
    _keeps: list[Keep] = field(default_factory=list)
    _exemptions: list[Exemption] = field(default_factory=list)
    _preferences: dict[str, Preferences] = field(default_factory=dict)
    _mode: Mode = field(default_factory=Mode)
    _policies: dict[str, PolicyVersion] = field(default_factory=dict)
    _breakers: dict[Obstacle, Breaker] = field(default_factory=dict)
    _facts: dict[str, str] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def lease(self, job: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take or renew the right to do a job until then; False while somebody else has it."""
        with self._lock:
            known = self._leases.get(job)
            if known is not None and known[0] != holder and now < known[1]:
                return False
            self._leases[job] = (holder, until)
            return True

    def release(self, job: str, holder: str) -> None:
        """Give the right back; it is fine if it is somebody else's by now."""
        with self._lock:
            if self._leases.get(job, ("",))[0] == holder:
                del self._leases[job]

    def begin_run(self, run: Run) -> None:
        """Record that a run has begun; the last one of the same job that never ended is closed as failed."""
        closing = {"outcome": Outcome.FAILED, "ended_at": run.started_at, "detail": "it never ended"}
        with self._lock:
            self.runs = [
                each.model_copy(update=closing) if each.job == run.job and each.outcome is Outcome.RUNNING else each
                for each in self.runs
            ]
            self.runs.append(run)

    def end_run(self, run: Run) -> None:
        """Record what came of it."""
        with self._lock:
            others = [each for each in self.runs if (each.job, each.started_at) != (run.job, run.started_at)]
            self.runs = [*others, run]

    def last_runs(self) -> Mapping[str, Run]:
        """Return the newest ended run of each job that was not left to another process."""
        ended = [run for run in self.runs if run.ended_at is not None and run.outcome is not Outcome.SKIPPED]
        return {run.job: run for run in sorted(ended, key=lambda run: run.started_at)}

    def last_done(self) -> Mapping[str, Run]:
        """Return the newest run of each job that did what it was for."""
        done = [run for run in self.runs if run.outcome is Outcome.DONE]
        return {run.job: run for run in sorted(done, key=lambda run: run.started_at)}

    def open_episodes(self) -> tuple[Episode, ...]:
        """Return every episode that lasts."""
        return _by_age(each for each in self._episodes.values() if each.is_open)

    def episodes_of(self, deployments: Collection[DeploymentId]) -> tuple[Episode, ...]:
        """Return the episodes of these deployments, also those that ended."""
        wanted = set(deployments)
        return _by_age(each for each in self._episodes.values() if each.deployment in wanted)

    def episode(self, episode: EpisodeId) -> Episode | None:
        """Return an episode, or None."""
        return self._episodes.get(episode)

    def save_episodes(self, episodes: Iterable[Episode]) -> None:
        """Insert or replace episodes, all or none; one that ended stays as it ended."""
        with self._lock:
            given = {each.id: each for each in episodes}
            ended = {each.id: each for each in self._episodes.values() if not each.is_open}
            self._episodes |= given | {each: ended[each] for each in given.keys() & ended.keys()}

    def deliveries(self, episodes: Collection[EpisodeId]) -> Mapping[EpisodeId, tuple[Delivery, ...]]:
        """Return what was told of each of these episodes, oldest first; those never told are left out."""
        wanted = set(episodes)
        found: dict[EpisodeId, list[Delivery]] = {}
        for each in sorted(self._deliveries, key=lambda each: (each.at, each.step)):
            if each.episode in wanted:
                found.setdefault(each.episode, []).append(each)
        return {episode: tuple(told) for episode, told in found.items()}

    def deliveries_since(self, since: datetime) -> tuple[Delivery, ...]:
        """Return everything that was told from then on, oldest first."""
        told = (each for each in self._deliveries if each.at >= since)
        return tuple(sorted(told, key=lambda each: (each.at, each.episode, each.step)))

    def first_seen(self, instances: Collection[str], *, now: datetime) -> Mapping[str, datetime]:
        """Return when each run of a deployment was first seen, which is `now` for those that are new."""
        with self._lock:
            self._asked |= dict.fromkeys(instances, now)
            return {each: self._seen.setdefault(each, now) for each in instances}

    def plan_notice(self, notice: Notice) -> bool:
        """Insert a notice, or replace a dropped one; False if there is another of the same e-mail and day already."""
        with self._lock:
            known = self.notice_of(notice.email, notice.day)
            if known is not None and known.state is not NoticeState.DROPPED:
                return False
            if known is not None:
                del self._notices[known.id]
            self._notices[notice.id] = notice
            return True

    def claim_notice(self, notice: NoticeId, *, by: str, now: datetime, until: datetime) -> Notice | None:
        """Claim a notice that is planned, or whose claim has lapsed, for one process; None if it cannot be had."""
        with self._lock:
            known = self._notices.get(notice)
            if known is None or known.state not in OPEN_STATES:
                return None
            is_taken = known.state is not NoticeState.PLANNED and known.claimed_until and now < known.claimed_until
            if is_taken:
                return None
            state = NoticeState.CLAIMED if known.state in _CLAIMED else known.state
            claimed = known.model_copy(update={"state": state, "claimed_by": by, "claimed_until": until})
            self._notices[notice] = claimed
            return claimed

    def save_notice(
        self,
        notice: Notice,
        *,
        by: str = "",
        deliveries: Iterable[Delivery] = (),
        noting: AuditEntry | None = None,
    ) -> bool:
        """Replace a notice and record what it told, if it still is claimed by that process."""
        with self._lock:
            known = self._notices.get(notice.id)
            if known is None or known.claimed_by != by:
                return False
            self._notices[notice.id] = notice
            for each in deliveries:
                if (each.episode, each.step) not in {(told.episode, told.step) for told in self._deliveries}:
                    self._deliveries.append(each)
            self._note(noting)
            return True

    def open_notices(self) -> tuple[Notice, ...]:
        """Return the notices that are planned, claimed or being sent, oldest first."""
        return self._sorted(each for each in self._notices.values() if each.state in OPEN_STATES)

    def standing_notices(self) -> tuple[Notice, ...]:
        """Return the notices that were sent and are not closed yet, oldest first."""
        return self._sorted(
            each for each in self._notices.values() if each.state is NoticeState.SENT and not each.is_closed
        )

    def notices_with(self, episode: EpisodeId) -> tuple[Notice, ...]:
        """Return the notices that were sent about an episode, oldest first."""
        return self._sorted(
            each
            for each in self._notices.values()
            if each.state is NoticeState.SENT and any(item.episode.id == episode for item in each.items)
        )

    def notice_of(self, email: str, day: date) -> Notice | None:
        """Return the notice of a person's day, or None."""
        wanted = (email.casefold(), day)
        return next((each for each in self._notices.values() if (each.email.casefold(), each.day) == wanted), None)

    def last_told(self, email: str) -> datetime | None:
        """Return when the person was sent a digest last, or None."""
        sent = (each.sent_at for each in self._notices.values() if each.email.casefold() == email.casefold())
        return max((at for at in sent if at is not None), default=None)

    def respond(self, response: Response, *, keep: Keep | None = None, noting: AuditEntry | None = None) -> bool:
        """Record an answer with the keep that it stands for; False if the same click was recorded before."""
        with self._lock:
            if response.key in self._responses:
                return False
            self._responses[response.key] = response
            if keep is not None:
                self._keeps.append(keep)
            self._note(noting)
            return True

    def responses(self, episodes: Collection[EpisodeId]) -> tuple[Response, ...]:
        """Return the answers to these episodes, oldest first."""
        wanted = set(episodes)
        found = (each for each in self._responses.values() if each.episode in wanted)
        return tuple(sorted(found, key=lambda each: (each.at, each.key)))

    def responses_since(self, since: datetime) -> tuple[Response, ...]:
        """Return all answers from then on, oldest first."""
        found = (each for each in self._responses.values() if each.at >= since)
        return tuple(sorted(found, key=lambda each: (each.at, each.key)))

    def keeps(self, deployments: Collection[DeploymentId]) -> tuple[Keep, ...]:
        """Return every keep of these deployments, oldest first, also those that are over."""
        wanted = set(deployments)
        return tuple(sorted((each for each in self._keeps if each.deployment in wanted), key=lambda each: each.since))

    def end_keep(self, keep: Keep, *, now: datetime, noting: AuditEntry) -> None:
        """End a keep early."""
        with self._lock:
            self._keeps = [each.model_copy(update={"until": now}) if each == keep else each for each in self._keeps]
            self._note(noting)

    def exemptions(self, *, now: datetime) -> tuple[Exemption, ...]:
        """Return the exemptions that hold now."""
        return tuple(sorted((each for each in self._exemptions if now < each.until), key=lambda each: each.since))

    def exempt(self, exemption: Exemption, *, noting: AuditEntry) -> None:
        """Record an exemption; one of the same scope is replaced."""
        with self._lock:
            self._exemptions = [each for each in self._exemptions if _scope(each) != _scope(exemption)]
            self._exemptions.append(exemption)
            self._note(noting)

    def preferences(self, email: str) -> Preferences:
        """Return what a person wishes; the defaults if they never said."""
        return self._preferences.get(email.casefold(), Preferences(email=email))

    def save_preferences(self, preferences: Preferences) -> None:
        """Replace what a person wishes."""
        self._preferences[preferences.email.casefold()] = preferences

    def mode(self) -> Mode:
        """Return how reminders are run; the default of a new installation is the shadow mode."""
        return self._mode

    def save_mode(self, mode: Mode, *, noting: AuditEntry) -> None:
        """Replace how reminders are run."""
        with self._lock:
            self._mode = mode
            self._note(noting)

    def policies(self) -> tuple[PolicyVersion, ...]:
        """Return the policies that have been in force, newest first."""
        return tuple(sorted(self._policies.values(), key=lambda each: each.active_from, reverse=True))

    def adopt(self, policy: PolicyVersion) -> None:
        """Record that a policy is in force from then on."""
        with self._lock:
            self._policies[policy.active_from.isoformat()] = policy

    def breakers(self) -> tuple[Breaker, ...]:
        """Return what holds reminders back."""
        return tuple(sorted(self._breakers.values(), key=lambda each: each.since))

    def trip(self, breaker: Breaker, *, noting: AuditEntry | None = None) -> None:
        """Insert or replace an obstacle."""
        with self._lock:
            self._breakers[breaker.obstacle] = breaker
            self._note(noting)

    def clear(self, obstacle: Obstacle) -> None:
        """Remove an obstacle; it is fine if there is none."""
        self._breakers.pop(obstacle, None)

    def remembered(self, key: str) -> str:
        """Return a small fact under a name, empty if there is none."""
        return self._facts.get(key, "")

    def remember(self, key: str, value: str) -> None:
        """Replace a small fact."""
        self._facts[key] = value

    def prune(self, *, before: datetime) -> int:
        """Delete what ended before then, and what was about it; return how many rows went."""
        with self._lock:
            there = self._rows()
            _drop(self._episodes, lambda each: each.resolved_at is not None and each.resolved_at < before)
            _drop(self._notices, lambda each: each.created_at < before and each.state not in OPEN_STATES)
            _drop(self._responses, lambda each: each.at < before and each.episode not in self._episodes)
            _drop(self._asked, lambda asked_at: asked_at < before)
            self._seen = {each: at for each, at in self._seen.items() if each in self._asked}
            self._deliveries = [
                each for each in self._deliveries if each.at >= before or each.episode in self._episodes
            ]
            self._keeps = [each for each in self._keeps if each.until >= before]
            self._exemptions = [each for each in self._exemptions if each.until >= before]
            self.runs = [each for each in self.runs if each.ended_at is None or each.ended_at >= before]
            return there - self._rows()

    def _rows(self) -> int:
        told = sum(len({item.episode.id for item in each.items}) for each in self._notices.values())
        kept = (self._episodes, self._notices, self._responses, self._seen, self._deliveries, self._keeps)
        return told + sum(len(each) for each in kept) + len(self._exemptions) + len(self.runs)

    def _note(self, entry: AuditEntry | None) -> None:
        if entry is not None:
            self.audited.append(entry)

    def _sorted(self, notices: Iterable[Notice]) -> tuple[Notice, ...]:
        return tuple(sorted(notices, key=lambda each: (each.created_at, each.id)))


def _drop(kept: dict[K, V], is_old: Callable[[V], bool]) -> None:
    for key in [key for key, value in kept.items() if is_old(value)]:
        del kept[key]


def _by_age(episodes: Iterable[Episode]) -> tuple[Episode, ...]:
    return tuple(sorted(episodes, key=lambda each: (each.opened_at, each.id)))


def _scope(exemption: Exemption) -> tuple[object, ...]:
    return exemption.deployment, exemption.owner_email.casefold(), exemption.kind
