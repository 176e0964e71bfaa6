"""Post one letter: the intent is stored first, and what came of it afterwards, whatever fails in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain.letters import Letter, UseOverTime
from bot.domain.notices import Notice, NoticeState
from bot.domain.records import AuditEntry
from bot.domain.reminders import Delivery
from bot.errors import MessageUncertain, SlackUnavailable, Undeliverable
from bot.ports import CaseBook, Clock, Messenger

ACTOR = "reminders"
SEND_WITHIN = timedelta(minutes=2)
"""A claim must last that much longer when a letter is sent, so that nobody else can be at it by the end."""
IN_FLIGHT = timedelta(minutes=15)
"""After so long a message that was on its way has arrived or never will: only then is it looked for."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=16)
LOOK_BACK = timedelta(days=7)
"""How much older than its notice a message may be by Slack's clock and still be found: our own may be wrong."""


class Came(StrEnum):
    """What came of a try to deliver a notice."""

    SENT = "sent"
    DROPPED = "dropped"
    WAITING = "waiting"
    UNCERTAIN = "uncertain"
    DEAD = "dead"
    OUTAGE = "outage"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Takes claimed notices to Slack. Every record is kept only while the notice is still this process's."""

    case_book: CaseBook
    messenger: Messenger
    clock: Clock
    holder: str

    def send(self, notice: Notice, letter: Letter, use: Sequence[UseOverTime]) -> Came:
        """Send a letter if the claim lasts long enough; what nobody can tell stays as being sent."""
        sending = self._intend(notice)
        if sending is None:
            return Came.WAITING
        try:
            channel, timestamp, file = self.messenger.send(letter, use)
        except MessageUncertain:
            return Came.UNCERTAIN
        except SlackUnavailable as error:
            self.put_back(notice, str(error))
            return Came.OUTAGE
        except Undeliverable as error:
            return self._bury(sending, str(error))
        return self._record(sending, {"channel": channel, "timestamp": timestamp, "file": file})

    def find_out(self, notice: Notice, *, is_past: bool) -> Came:
        """Settle a notice of which nobody knows whether it was posted: the conversation can tell.

        It is never sent again before that is known. What cannot be told by the end of the day counts as told.
        """
        since = min(notice.created_at, self.clock()) - LOOK_BACK
        try:
            found = self.messenger.find(notice.slack_user, notice.id, since=since)
        except (SlackUnavailable, Undeliverable):
            if not is_past:
                return Came.UNCERTAIN
            return self._record(notice, {"is_closed": True, "error": "nobody knows whether it has arrived"})
        if found is not None:
            return self._record(notice, {"channel": found[0], "timestamp": found[1]})
        return self.drop(notice, "its day is over") if is_past else self.put_back(notice, "it has not arrived")

    def _record(self, notice: Notice, where: Mapping[str, object]) -> Came:
        at = notice.sent_at or self.clock()
        sent = _free(notice, state=NoticeState.SENT, sent_at=at, attempts=0, **where)
        deliveries = [Delivery(episode=item.episode.id, step=item.step, at=at) for item in notice.items]
        self.case_book.save_notice(sent, by=self.holder, deliveries=deliveries, noting=self._entry(sent, "reminded"))
        if self.case_book.remembered(undeliverable_key(notice.email)):
            self.case_book.remember(undeliverable_key(notice.email), "")
        return Came.SENT

    def _bury(self, notice: Notice, reason: str) -> Came:
        """Give a notice up that Slack refuses for good; the administrators see that its owner cannot be told."""
        self.case_book.remember(undeliverable_key(notice.email), f"{self.clock().isoformat()} {reason}"[:200])
        dead = _free(notice, state=NoticeState.DEAD, sent_at=None, error=reason)
        self.case_book.save_notice(dead, by=self.holder, noting=self._entry(dead, "not reminded", detail=reason))
        return Came.DEAD

    def put_back(self, notice: Notice, reason: str) -> Came:
        """Leave a notice for a later round, and for an ever later one; it is never given up for that."""
        pause = min(FIRST_PAUSE * 2 ** min(notice.attempts, 10), LONGEST_PAUSE)
        update = {"attempts": notice.attempts + 1, "not_before": self.clock() + pause, "error": reason}
        planned = _free(notice, state=NoticeState.PLANNED, sent_at=None, **update)
        self.case_book.save_notice(planned, by=self.holder)
        return Came.WAITING

    def drop(self, notice: Notice, reason: str) -> Came:
        """Send a notice never, without a word to anybody."""
        dropped = _free(notice, state=NoticeState.DROPPED, sent_at=None, error=reason)
        self.case_book.save_notice(dropped, by=self.holder)
        return Came.DROPPED

    def _intend(self, notice: Notice) -> Notice | None:
        """Store that a notice is about to be sent; None if somebody else may be at it by now."""
        if not self._is_ours(notice):
            return None
        now = self.clock()
        update = {"state": NoticeState.SENDING, "sent_at": now, "claimed_until": now + IN_FLIGHT, "error": ""}
        sending = notice.model_copy(update=update)
        is_stored = self.case_book.save_notice(sending, by=self.holder)
        return sending if is_stored and self._is_ours(sending) else None

    def _is_ours(self, notice: Notice) -> bool:
        """Tell whether the claim lasts long enough to send; a process that was asleep must not wake up and post."""
        until = notice.claimed_until
        return until is not None and self.clock() + SEND_WITHIN <= until

    def _entry(self, notice: Notice, action: str, *, detail: str = "") -> AuditEntry:
        told = (f"{item.episode.id} step {item.step} by policy {item.episode.policy}" for item in notice.items)
        text = "; ".join(part for part in (detail, *told) if part)
        return AuditEntry(
            at=self.clock(),
            actor=ACTOR,
            action=action,
            detail=f"{notice.slack_user}: {text}"[:1000],
            reference=notice.id,
        )


def undeliverable_key(email: str) -> str:
    """Return the name under which it is remembered that Slack refuses every letter to a person."""
    return f"undeliverable/{email.casefold()}"


def _free(notice: Notice, **changes: object) -> Notice:
    """Return the notice with changes, and nobody at work on it."""
    return notice.model_copy(update={"claimed_by": "", "claimed_until": None, "not_before": None, **changes})
