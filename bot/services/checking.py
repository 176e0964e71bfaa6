"""Check all deployments: judge them, see whether anything speaks against it, and open, confirm or end findings."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from bot.domain.base import DeploymentId
from bot.domain.episodes import RESTING, Episode, EpisodeId, advance
from bot.domain.findings import Judgement, Verdict, Watched
from bot.domain.holding_back import without_openings
from bot.domain.idleness import has_resumed
from bot.domain.letters import Waiting
from bot.domain.operation import PolicyVersion
from bot.domain.people import Owner
from bot.domain.policy import FindingKind, Policy
from bot.domain.waiting import waiting_for
from bot.errors import BotError
from bot.ports import Addressees, Calendars, CaseBook, Clock, Measurements
from bot.services.heavy_use import HeavyUse
from bot.services.judging import Judging, OwnersHours
from bot.services.obstacles import Obstacles
from bot.services.watching import Watching

CPU_EVERY = timedelta(minutes=55)
"""After so long the CPU of a deployment without GPUs is due to be looked at again; a check comes every five minutes."""
CPU_ROUNDS = 6
"""So many checks share the CPUs that are due, so that none of them has all the work."""
HEAVY_EVERY = timedelta(minutes=55)
QUEUE_FOR = timedelta(minutes=10)
GONE_AFTER = 2
"""A deployment is gone when so many lists in a row lack it: one of them may have been incomplete."""
_HOUR = timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class Checking:
    """Judges deployments. Methods raise Unavailable if the cluster or the database is away.

    What is kept in memory only spares work: a process that begins anew, or another one, comes to the same findings.
    """

    watching: Watching
    case_book: CaseBook
    measurements: Measurements
    addressees: Addressees
    calendars: Calendars
    policy: Callable[[], Policy]
    version: str
    clock: Clock
    _cpu_judged: dict[DeploymentId, datetime] = field(default_factory=dict)
    _missing: dict[DeploymentId, int] = field(default_factory=dict)
    _queue: tuple[datetime, tuple[Watched, ...]] | None = None
    _heavy_at: datetime | None = None

    def round(self) -> dict[str, int]:
        """Check everything once; return what was counted."""
        obstacles = Obstacles(case_book=self.case_book)
        policies = obstacles.adopt(self.policy(), self.version, self.clock())
        everything = self._with_some_cpu(self.watching.everything())
        now = self.clock()
        self._queue = (now, tuple(each for each in everything if not each.is_running))
        judgements = self._judge_all(everything, policies, now)
        open_now = [each for each in self.case_book.open_episodes() if each.deployment]
        watched = {each.deployment: each for each in everything}
        self._note_missing(watched, open_now)
        allowed = obstacles.allowed(judgements, open_now, watched, now)
        changed = self._advance(allowed, watched, open_now, now)
        self.case_book.save_episodes(changed)
        self._judge_people(everything, policies, now)
        return _counts(everything, judgements, open_now, changed)

    def recheck(self, owner: Owner) -> tuple[Episode, ...]:
        """Judge a person's deployments anew, record what came of it, and return their open episodes.

        It confirms and ends findings; only a check of everybody, which sees a wave, opens any.
        """
        own = self.watching.of_owner(owner)
        now, email = self.clock(), owner.email.casefold()
        judging = self._judging(self.case_book.policies(), now)
        judgements = [judgement for each in own for judgement in judging.of(each)]
        judgements += judging.of_share(own)
        watched = {each.deployment: each for each in own}
        open_now = [each for each in self.case_book.open_episodes() if each.deployment in watched]
        allowed = without_openings(judgements, open_now)
        self.case_book.save_episodes(self._advance(allowed, watched, open_now, now))
        return tuple(each for each in self.case_book.open_episodes() if each.owner_email.casefold() == email)

    def judge(self, watched: Watched, *, own: Sequence[Watched]) -> tuple[Judgement, ...]:
        """Return every judgement about a deployment, `own` being all of its owner's, without recording any."""
        judging = self._judging(self.case_book.policies(), self.clock())
        shared = [each for each in judging.of_share(own) if each.deployment == watched.deployment]
        return (*judging.of(watched), *shared)

    def waiting(self, watched: Watched) -> Waiting | None:
        """Return how many other people wait for a GPU like its own, or None if nobody does, or nobody knows."""
        now = self.clock()
        queue = self._known_queue(now)
        return waiting_for(watched, queue, now=now) if queue is not None else None

    def _with_some_cpu(self, everything: Sequence[Watched]) -> tuple[Watched, ...]:
        """Add the CPU of some that are due, those looked at longest ago first."""
        now = self.clock()
        running = {each.deployment: each for each in everything if each.is_running and not each.gpus}
        self._cpu_judged = {each: at for each, at in self._cpu_judged.items() if each in running}
        due = [each for each in running if now - self._cpu_judged.get(each, now - _HOUR) >= CPU_EVERY]
        due.sort(key=lambda each: (self._cpu_judged.get(each, now - 2 * _HOUR), each))
        chosen = due[: -(-len(running) // CPU_ROUNDS)]
        self._cpu_judged.update(dict.fromkeys(chosen, now))
        with_cpu = {each.deployment: each for each in self.watching.with_cpu([running[each] for each in chosen])}
        return tuple(with_cpu.get(each.deployment, each) for each in everything)

    def _judge_all(
        self, everything: Sequence[Watched], policies: Sequence[PolicyVersion], now: datetime
    ) -> list[Judgement]:
        judging = self._judging(policies, now)
        with_cpu = {each for each, at in self._cpu_judged.items() if now - at < timedelta(minutes=1)}
        judgements = [
            judgement
            for each in everything
            for judgement in judging.of(each, with_cpu=bool(each.cpu) or each.deployment in with_cpu)
        ]
        by_owner = sorted(everything, key=_owner)
        return judgements + [
            judgement for _, own in groupby(by_owner, key=_owner) for judgement in judging.of_share(own)
        ]

    def _judging(self, policies: Sequence[PolicyVersion], now: datetime) -> Judging:
        hours = OwnersHours(addressees=self.addressees, calendars=self.calendars)
        known = policies or (PolicyVersion(policy=self.policy(), active_from=now),)
        return Judging(policies=known, hours=hours, now=now, queue=self._known_queue(now))

    def _known_queue(self, now: datetime) -> Sequence[Watched] | None:
        """Return what waits, as it was some minutes ago at most; None if nobody knows."""
        if self._queue is None or not timedelta(0) <= now - self._queue[0] <= QUEUE_FOR:
            try:
                self._queue = (now, tuple(each for each in self.watching.states() if not each.is_running))
            except BotError:
                return None
        return self._queue[1]

    def _note_missing(self, watched: Mapping[DeploymentId, Watched], open_now: Iterable[Episode]) -> None:
        lacking = {each.deployment for each in open_now} - watched.keys()
        self._missing = {each: self._missing.get(each, 0) + 1 for each in lacking}

    def _advance(
        self,
        judgements: Iterable[Judgement],
        watched: Mapping[DeploymentId, Watched],
        open_now: Sequence[Episode],
        now: datetime,
    ) -> tuple[Episode, ...]:
        """Return the findings that change. One of several GPUs is in use again only when all of them are."""
        wanted = {*watched, *(each.deployment for each in open_now)}
        known = [each for each in self.case_book.episodes_of(sorted(wanted)) if not self._is_doubtful(each, watched)]
        resting = [each for each in known if each.is_open and each.kind in RESTING and each.deployment in watched]
        relevant = _relevant(judgements, known)
        of_one = [each for each in relevant if each.kind is FindingKind.ONE_GPU_IDLE]
        others = [each for each in relevant if each.kind is not FindingKind.ONE_GPU_IDLE]
        changed: dict[EpisodeId, Episode] = {}
        for group, of_all in ((others, False), (of_one, True)):
            resumed = frozenset(
                each.deployment
                for each in resting
                if self._has_resumed(watched[each.deployment], since=each.opened_at, of_all=of_all)
            )
            found = advance(known, group, watched=watched, resumed=resumed, now=now)
            changed |= {each.id: each for each in found}
        return tuple(changed.values())

    def _has_resumed(self, watched: Watched, *, since: datetime, of_all: bool) -> bool:
        rules = self.policy().samples
        bursts = [has_resumed(device.buckets, since=since, policy=rules) for device in watched.devices]
        return bool(bursts) and (all(bursts) if of_all else any(bursts))

    def _is_doubtful(self, episode: Episode, watched: Mapping[DeploymentId, Watched]) -> bool:
        """Tell whether an open finding is about a deployment of which nobody knows yet whether it is gone."""
        is_there = episode.deployment in watched
        return episode.is_open and not is_there and self._missing.get(episode.deployment, 0) < GONE_AFTER

    def _judge_people(self, everything: Sequence[Watched], policies: Sequence[PolicyVersion], now: datetime) -> None:
        heavy = HeavyUse(case_book=self.case_book)
        heavy.count(everything, now)
        if self._heavy_at is not None and timedelta(0) <= now - self._heavy_at < HEAVY_EVERY:
            return
        self._heavy_at = now
        bound = (each.policy for each in policies if now - each.policy.heavy_window >= each.active_from)
        policy = next(bound, policies[-1].policy)
        may_open = not Obstacles(case_book=self.case_book).is_changing()
        self.case_book.save_episodes(heavy.judge(policy, now, may_open=may_open))


def _owner(watched: Watched) -> str:
    return watched.owner.email.casefold() or watched.owner.subject


def _relevant(judgements: Iterable[Judgement], known: Iterable[Episode]) -> list[Judgement]:
    """Return the judgements that can change anything: that something is not so matters only while it is a finding."""
    lasting = {(each.deployment, each.instance, each.kind) for each in known if each.is_open}
    return [
        each
        for each in judgements
        if each.verdict is Verdict.YES or (each.deployment, each.instance, each.kind) in lasting
    ]


def _counts(
    everything: Sequence[Watched],
    judgements: Sequence[Judgement],
    open_now: Sequence[Episode],
    changed: Sequence[Episode],
) -> dict[str, int]:
    verdicts = Counter(each.verdict for each in judgements)
    known = {each.id for each in open_now}
    return {
        "deployments": len(everything),
        "with_gpus": sum(bool(each.gpus) for each in everything),
        "judgements": len(judgements),
        "yes": verdicts[Verdict.YES],
        "unknown": verdicts[Verdict.UNKNOWN],
        "opened": sum(each.id not in known for each in changed),
        "ended": sum(not each.is_open for each in changed),
    }
