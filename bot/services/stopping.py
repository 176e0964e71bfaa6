"""Stop what nobody answered for, where a site has asked for that: off by default, and only by every rule there is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.domain.answers import Answer, Response
from bot.domain.base import SlackUserId
from bot.domain.episodes import Episode
from bot.domain.findings import Watched
from bot.domain.letters import BY_POLICY
from bot.domain.notices import Notice
from bot.domain.office_hours import is_open
from bot.domain.people import Owner, Person
from bot.domain.policy import FindingKind
from bot.domain.records import AuditEntry
from bot.domain.reminders import Item, Keep
from bot.domain.stopping import StopCase, may_stop
from bot.domain.zones import zone_of
from bot.errors import BotError, Unavailable
from bot.ports import CaseBook, Clock
from bot.services.deployments import Deployments
from bot.services.looking import Check, Watch
from bot.services.reminding import Reminding


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """Stops deployments by the policy alone; nothing is ever removed. `allowed` are the kinds that a site lets end so.

    The letters must have named a deadline, which they only do for kinds that reminding knows as `stops`.
    """

    deployments: Deployments
    watching: Watch
    checking: Check
    reminding: Reminding
    case_book: CaseBook
    clock: Clock
    allowed: frozenset[FindingKind]

    def round(self) -> dict[str, int]:
        """Stop what has to be; return how many were looked at, and how many stopped."""
        looked = stopped = 0
        told = self._told() if self.allowed else {}
        self._note_who_is_away(told.values())
        for item in self._overdue(told.values()):
            looked += 1
            try:
                stopped += self._consider(item)
            except BotError:
                continue  # without knowing everything nothing is stopped
        return {"looked at": looked, "stopped": stopped}

    def _told(self) -> dict[str, Item]:
        """Return the newest telling of each finding that may end in a stop."""
        newest: dict[str, Item] = {}
        for notice in self.case_book.standing_notices():
            newest |= {item.episode.id: item for item in notice.items if item.episode.kind in self.allowed}
        return newest

    def _overdue(self, told: Iterable[Item]) -> Iterator[Item]:
        """Return those whose deadline is over."""
        now = self.clock()
        yield from (item for item in told if item.stops_at is not None and item.stops_at <= now)

    def _note_who_is_away(self, told: Iterable[Item]) -> None:
        """Remember who wishes not to be disturbed in their office hours: Slack tells it of this moment only."""
        now, hearing = self.clock(), self.reminding.hearing
        for email in sorted({item.episode.owner_email.casefold() for item in told}):
            who = hearing.addressees.find(email)
            zone, is_holiday = zone_of(who.time_zone), hearing.calendars.is_holiday
            is_at_work = is_open(now, hearing.hours(who), zone=zone, is_holiday=is_holiday)
            if is_at_work and hearing.is_disturbed(who, now):
                hearing.note_away(email, now)

    def _consider(self, item: Item) -> bool:
        owner = self.reminding.hearing.owner(item.episode.owner_email)
        fresh = {each.id: each for each in self.checking.recheck(owner)}
        episode = fresh.get(item.episode.id)
        watched = self.watching.one(item.episode.namespace, item.episode.deployment)
        if episode is None or watched is None or watched.is_stopped:
            return False
        if (watched.instance, watched.version) != (episode.instance, episode.version):
            return False
        case = self._case(item, episode, watched, owner)
        return may_stop(case, now=self.clock()) and self._stop(episode, owner)

    def _case(self, item: Item, episode: Episode, watched: Watched, owner: Owner) -> StopCase:
        known = self.reminding.hearing.known([episode])
        answers = [each.since for each in known.settled if isinstance(each, Keep) and each.is_about(episode)]
        arrived = {step for notice in self._notices(episode) for step in _steps(notice, episode)}
        who = self.reminding.addressees.find(episode.owner_email)
        return StopCase(
            episode=episode,
            judgements=self.checking.judge(watched, own=self.watching.of_owner(owner)),
            deliveries=[
                each
                for each in known.told(episode)
                if each.step in arrived and all(each.at > answer for answer in answers)
            ],
            settled=known.settled,
            mode=self.case_book.mode(),
            breakers=[each for each in self.case_book.breakers() if not each.released_by],
            reach=who.reach,
            was_able_to_answer=self._was_able_to_answer(episode),
            deadline=item.stops_at,
            is_allowed=episode.kind in self.allowed,
        )

    def _notices(self, episode: Episode) -> list[Notice]:
        """Return the notices about it that surely arrived."""
        return [notice for notice in self.case_book.notices_with(episode.id) if notice.timestamp]

    def _was_able_to_answer(self, episode: Episode) -> bool | None:
        """Tell whether the owner was there since the finding was made: not in a pause, and not to be left alone.

        A pause that was ended early counts, and so does each time that a round found them not to be disturbed.
        """
        paused = self.case_book.preferences(episode.owner_email).paused_until
        away = self.reminding.hearing.away_at(episode.owner_email)
        if any(moment is not None and moment > episode.opened_at for moment in (paused, away)):
            return False
        who = self.reminding.addressees.find(episode.owner_email)
        is_disturbed = self.reminding.hearing.is_disturbed(who, self.clock())
        return None if is_disturbed is None else not is_disturbed

    def _stop(self, episode: Episode, owner: Owner) -> bool:
        platform = self.deployments.platforms.of_namespace(episode.namespace)
        if platform is None:
            return False
        policy = Person(slack_user=SlackUserId(BY_POLICY), owner=owner, platforms=(platform.key,))
        if self.deployments.show(policy, episode.namespace, episode.deployment).is_over:
            return False  # it holds nothing any more, and stopping it again would remove it
        reason = f"decided by the policy {episode.policy}: {episode.kind}, and nobody answered"
        try:
            self.deployments.stop(policy, episode.namespace, episode.deployment, reason=reason)
        except Unavailable as error:
            if not error.is_in_doubt:
                raise
        self._note(episode, reason)
        return True

    def _note(self, episode: Episode, reason: str) -> None:
        now = self.clock()
        response = Response(
            key=f"{BY_POLICY}:{episode.id}",
            episode=episode.id,
            answer=Answer.STOP,
            by=SlackUserId(BY_POLICY),
            reason=reason,
            at=now,
        )
        entry = AuditEntry(
            at=now,
            actor=BY_POLICY,
            action="stopped without an answer",
            deployment=episode.deployment,
            detail=reason,
            reference=episode.id,
        )
        self.case_book.respond(response, noting=entry)
        self.reminding.settle(episode.id)


def _steps(notice: Notice, episode: Episode) -> list[int]:
    return [item.step for item in notice.items if item.episode.id == episode.id]
