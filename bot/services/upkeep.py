"""Keep the letters that were sent true: what was settled says so, and its buttons are gone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from bot.domain.episodes import EpisodeId
from bot.domain.notices import Notice
from bot.errors import BotError, SlackUnavailable, Undeliverable
from bot.ports import CaseBook, Clock, Messenger
from bot.services.letter_writing import LetterWriting

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
MOST_A_ROUND = 40
_FAILURES_IN_A_ROW = 3
_MOST_TRIES = 200
"""After a week of hourly tries whatever Slack has against an edit will not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Edits letters. An edit is simply made again if nobody knows what came of it; nothing is ever posted."""

    writing: LetterWriting
    case_book: CaseBook
    messenger: Messenger
    clock: Clock
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(16)), repr=False)

    def round(self) -> int:
        """Bring the letters up to date whose findings have come to rest; return how many were edited."""
        now = self.clock()
        standing = [notice for notice in self.case_book.standing_notices() if not _is_paused(notice, now)]
        states = self.writing.states(standing, now)
        changed = [notice for notice in standing if states[notice.id].differs(notice)]
        edited = failed = 0
        for notice in changed[:MOST_A_ROUND]:
            done = self._bring_up_to_date(notice)
            edited, failed = edited + done, 0 if done else failed + 1
            if failed >= _FAILURES_IN_A_ROW:
                break  # Slack is away: the others are not to wait for it one after the other
        return edited

    def settle(self, episodes: Iterable[EpisodeId]) -> int:
        """Bring the letters about these episodes up to date at once; return how many were edited.

        What fails is made up for later: whoever answered has been heard in any case.
        """
        letters = {notice.id: notice for episode in episodes for notice in self.case_book.notices_with(episode)}
        return sum(self._bring_up_to_date(notice) for notice in letters.values())

    def _bring_up_to_date(self, notice: Notice) -> bool:
        with self._locks[hash(notice.id) % len(self._locks)]:
            try:
                current = self.case_book.notice_of(notice.email, notice.day)
                return current is not None and current.id == notice.id and self._edit(current)
            except BotError:
                return False

    def _edit(self, notice: Notice) -> bool:
        letter, state = self.writing.anew(notice, self.clock())
        if not notice.timestamp or not state.differs(notice):
            return False
        try:
            is_there = self.messenger.edit(notice.channel, notice.timestamp, letter)
        except Undeliverable as error:
            self.case_book.save_notice(notice.model_copy(update={"is_closed": True, "error": str(error)}))
            return False
        except SlackUnavailable as error:
            self._try_later(notice, str(error))
            return False
        update = {
            "shown": state.mark,
            "is_closed": state.is_final or not is_there,
            "attempts": 0,
            "not_before": None,
            "error": "",
        }
        self.case_book.save_notice(notice.model_copy(update=update))
        return is_there

    def _try_later(self, notice: Notice, reason: str) -> None:
        pause = min(FIRST_PAUSE * 2 ** min(notice.attempts, 10), LONGEST_PAUSE)
        update = {
            "attempts": notice.attempts + 1,
            "not_before": self.clock() + pause,
            "is_closed": notice.attempts >= _MOST_TRIES,
            "error": reason,
        }
        self.case_book.save_notice(notice.model_copy(update=update))


def _is_paused(notice: Notice, now: datetime) -> bool:
    """Tell whether the last edit failed a short while ago; a pause longer than any is one of a wrong clock."""
    return notice.not_before is not None and now < notice.not_before <= now + LONGEST_PAUSE
