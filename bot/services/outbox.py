"""The outbox: write down what a person is to be told, look again, send it once, and know what came of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from bot.domain.addressees import Addressee, Reach
from bot.domain.episodes import Episode
from bot.domain.findings import Watched, holding_of
from bot.domain.notices import Notice, NoticeId, NoticeState
from bot.domain.office_hours import after_working_days, is_open
from bot.domain.policy import FindingKind
from bot.domain.reminders import Digest, Item, Recipient, plan_digest
from bot.domain.stopping import APART
from bot.domain.waiting import counts_for_share
from bot.domain.zones import zone_of
from bot.errors import BotError
from bot.ports import CaseBook, Clock
from bot.services.hearing import Hearing, Known, day_of
from bot.services.letter_writing import LetterWriting
from bot.services.looking import Check, Watch
from bot.services.posting import LONGEST_PAUSE, Came, Posting

CLAIM = timedelta(minutes=5)
"""How long one process has to look again and to send; whoever finds a claim lapsed takes over."""
MOST_A_ROUND = 40
WORKING_DAYS = 2
"""A deadline leaves the owner that many whole working days."""
_OUTAGES_IN_A_ROW = 3
"""After so many failures in a row it is Slack or the cluster that is away, and not one letter that is ill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Plans and delivers notices; any number of processes may do so at once, and each may die at any step."""

    hearing: Hearing
    writing: LetterWriting
    posting: Posting
    case_book: CaseBook
    watch: Watch
    check: Check
    clock: Clock
    holder: str
    stops: frozenset[FindingKind] = frozenset()

    def plan(self) -> int:
        """Write down what people are to be told today; return how many notices are new."""
        now = self.clock()
        known = self.hearing.known(self.case_book.open_episodes())
        waiting = {notice.email.casefold() for notice in self.case_book.open_notices()}
        planned = 0
        for email in sorted({episode.owner_email.casefold() for episode in known.shown(now)} - waiting - {""}):
            who = self.hearing.addressees.find(email)
            if who.reach is not Reach.PERSON:
                continue
            recipient = self.hearing.recipient(who)
            digest = self._digest(known.episodes, known, recipient, now)
            if digest is not None:
                planned += self.case_book.plan_notice(_notice(digest, who, recipient, now))
        return planned

    def clear(self) -> Counter[Came]:
        """Find out what came of notices that were being sent, and drop those whose day is over."""
        return self._deliver_all(is_held_back=True)

    def deliver_all(self) -> Counter[Came]:
        """Deliver what is planned for today, so many in one round, until Slack asks for a rest."""
        return self._deliver_all(is_held_back=False)

    def _deliver_all(self, *, is_held_back: bool) -> Counter[Came]:
        came: Counter[Came] = Counter()
        outages = 0
        for notice in self.case_book.open_notices():
            if outages >= _OUTAGES_IN_A_ROW or came[Came.SENT] >= MOST_A_ROUND:
                break
            try:
                outcome = self.deliver(notice, is_held_back=is_held_back)
            except BotError:
                outcome = Came.FAILED  # whatever ails one of them must not hold up the others
            came[outcome] += 1
            outages = outages + 1 if outcome in {Came.OUTAGE, Came.FAILED} else 0
        return came

    def deliver(self, notice: Notice, *, is_held_back: bool) -> Came:
        """Take a notice as far as it goes now; while owners are told nothing that is not as far as Slack."""
        now = self.clock()
        is_past = notice.day < day_of(now, zone_of(notice.time_zone))
        is_overdue = is_past or notice.state is NoticeState.SENDING
        if not is_overdue and (is_held_back or not self._may_be_sent(notice, now)):
            return Came.WAITING
        claimed = self.case_book.claim_notice(notice.id, by=self.holder, now=now, until=now + CLAIM)
        if claimed is None:
            return Came.WAITING
        if claimed.state is NoticeState.SENDING:
            return self.posting.find_out(claimed, is_past=is_past)
        return self.posting.drop(claimed, "its day is over") if is_past else self._look_again(claimed)

    def _may_be_sent(self, notice: Notice, now: datetime) -> bool:
        if notice.day > day_of(now, zone_of(notice.time_zone)):
            return False
        if notice.not_before is not None and now < notice.not_before <= now + LONGEST_PAUSE:
            return False
        who = self.hearing.addressees.find(notice.email)
        if who.reach is Reach.UNKNOWN:
            return False
        if who.reach is not Reach.PERSON:
            return True  # to be dropped
        hours, zone = self.hearing.hours(who), zone_of(who.time_zone)
        is_at_work = is_open(now, hours, zone=zone, is_holiday=self.hearing.calendars.is_holiday)
        return is_at_work and self.hearing.is_disturbed(who, now) is False

    def _look_again(self, notice: Notice) -> Came:
        """See what of it still holds; unknown waits, and nothing at all is dropped without a word."""
        begun = self.clock()
        who = self.hearing.addressees.find(notice.email)
        if who.reach is not Reach.PERSON:
            return self.posting.drop(notice, f"the owner is {who.reach}")
        owner = self.hearing.owner(notice.email)
        try:
            fresh = self.check.recheck(owner)
            own = self.watch.of_owner(owner)
        except BotError as error:
            self.posting.put_back(notice, str(error))
            return Came.OUTAGE
        now = self.clock()
        recipient, known = self.hearing.recipient(who), self.hearing.known(fresh)
        digest = self._digest(fresh, known, recipient, now, since=min(begun, now))
        if digest is None:
            return self._leave(notice, known, now)
        if self.hearing.is_held_back(now):
            return self.posting.put_back(notice, "reminders are held back")
        told = (_with_holdings(item, own) for item in digest.items)
        items = tuple(self._with_deadline(item, known, recipient, now) for item in told)
        update = {"items": items, "slack_user": who.slack_user, "is_first": recipient.last_digest is None}
        letter, use = self.writing.first(notice.model_copy(update=update), recipient, now, own)
        return self.posting.send(notice.model_copy(update=update), letter, use)

    def _with_deadline(self, item: Item, known: Known, recipient: Recipient, now: datetime) -> Item:
        """Name a deadline, where a site has asked for that, once a notice comes late enough after the first."""
        told = known.told(item.episode)
        if item.episode.kind not in self.stops or not told or now - told[0].at < APART:
            return item
        deadline = after_working_days(
            now, WORKING_DAYS, recipient.hours, zone=recipient.zone, is_holiday=recipient.is_holiday
        )
        return item.model_copy(update={"stops_at": deadline})

    def _leave(self, notice: Notice, known: Known, now: datetime) -> Came:
        """Keep for later what nobody can tell right now, and drop what is settled or over."""
        told = {item.episode.id for item in notice.items}
        if any(episode.id in told for episode in known.shown(now)):
            return self.posting.put_back(notice, "nobody can tell whether it still holds")
        return self.posting.drop(notice, "nothing of it holds any more")

    def _digest(
        self,
        episodes: Iterable[Episode],
        known: Known,
        recipient: Recipient,
        now: datetime,
        *,
        since: datetime | None = None,
    ) -> Digest | None:
        return plan_digest(
            episodes,
            recipient,
            deliveries=known.deliveries,
            settled=known.settled,
            cadences=self.hearing.cadences(),
            now=now,
            confirmed_since=since,
        )


def _with_holdings(item: Item, own: Iterable[Watched]) -> Item:
    """Say what each of the person's GPU deployments does where the question is which of them to give back."""
    if item.episode.kind is not FindingKind.OVER_ETIQUETTE:
        return item
    return item.model_copy(update={"holdings": tuple(holding_of(each) for each in own if counts_for_share(each))})


def _notice(digest: Digest, who: Addressee, recipient: Recipient, now: datetime) -> Notice:
    day = day_of(now, recipient.zone)
    name = f"{digest.email.casefold()} {day.isoformat()}"
    return Notice(
        id=NoticeId(sha256(name.encode()).hexdigest()[:24]),
        email=digest.email,
        slack_user=who.slack_user,
        time_zone=who.time_zone,
        day=day,
        items=digest.items,
        created_at=now,
    )
