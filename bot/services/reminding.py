"""Remind owners: once a working day at most, never twice, and never of what does not hold any more."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.addressees import Addressee, Reach
from bot.domain.answers import Answer
from bot.domain.episodes import Episode, EpisodeId, dispute
from bot.domain.policy import FindingKind, Policy
from bot.domain.reminders import next_slot
from bot.domain.review import Planned
from bot.ports import Addressees, Calendars, CaseBook, Clock, Ledger, Messenger
from bot.services.hearing import Hearing, Known
from bot.services.letter_writing import LetterWriting
from bot.services.looking import Check, Watch
from bot.services.outbox import Outbox
from bot.services.posting import Posting, undeliverable_key
from bot.services.upkeep import Upkeep

_ANSWERS_SETTLE_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminding:
    """Plans, sends and looks after reminders; `holder` names this process among those on one database.

    `stops` are the kinds of findings that a site lets end in a stop if nobody answers: none, unless it says so.
    """

    checking: Check
    watching: Watch
    case_book: CaseBook
    ledger: Ledger
    messenger: Messenger
    addressees: Addressees
    calendars: Calendars
    clock: Clock
    holder: str
    policy: Callable[[], Policy]
    stops: frozenset[FindingKind] = frozenset()
    hearing: Hearing = field(init=False, repr=False)
    _outbox: Outbox = field(init=False, repr=False)
    _upkeep: Upkeep = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Put the parts together."""
        hearing = Hearing(
            case_book=self.case_book,
            ledger=self.ledger,
            addressees=self.addressees,
            calendars=self.calendars,
            policy=self.policy,
            clock=self.clock,
        )
        writing = LetterWriting(
            hearing=hearing,
            case_book=self.case_book,
            ledger=self.ledger,
            watch=self.watching,
            check=self.checking,
            stops=self.stops,
        )
        posting = Posting(case_book=self.case_book, messenger=self.messenger, clock=self.clock, holder=self.holder)
        outbox = Outbox(
            hearing=hearing,
            writing=writing,
            posting=posting,
            case_book=self.case_book,
            watch=self.watching,
            check=self.checking,
            clock=self.clock,
            holder=self.holder,
            stops=self.stops,
        )
        upkeep = Upkeep(writing=writing, case_book=self.case_book, messenger=self.messenger, clock=self.clock)
        for name, part in (("hearing", hearing), ("_outbox", outbox), ("_upkeep", upkeep)):
            object.__setattr__(self, name, part)

    def round(self) -> dict[str, int]:
        """Do what is due: settle what is in doubt, plan, send, and bring letters up to date; return counts.

        While owners are told nothing, nothing new is planned and nothing is sent, so that nothing piles up.
        """
        self._finish_answers()
        came, planned = Counter(self._outbox.clear()), 0
        is_held_back = self.hearing.is_held_back(self.clock())
        if not is_held_back:
            planned = self._outbox.plan()
            came.update(self._outbox.deliver_all())
        counts = {str(name): number for name, number in came.items()}
        return {**counts, "planned": planned, "edited": self._upkeep.round(), "held back": int(is_held_back)}

    def settle(self, *episodes: EpisodeId) -> int:
        """Bring the letters about these episodes up to date now; return how many were edited. Slack may be away."""
        return self._upkeep.settle(episodes)

    def planned(self) -> tuple[Planned, ...]:
        """Return what each owner would hear and when, whether or not owners are told anything at the moment.

        Owners who cannot be told are in it with the reason.
        """
        now = self.clock()
        known = self.hearing.known(self.case_book.open_episodes())
        by_owner: dict[str, list[Episode]] = {}
        for episode in known.shown(now):
            by_owner.setdefault(episode.owner_email.casefold(), []).append(episode)
        return tuple(self._planned(email, own, known, now) for email, own in sorted(by_owner.items()))

    def why_undeliverable(self, email: str) -> str:
        """Return since when and why Slack refuses every letter to a person; empty if it does not."""
        return self.case_book.remembered(undeliverable_key(email))

    def _planned(self, email: str, own: list[Episode], known: Known, now: datetime) -> Planned:
        who = self.addressees.find(email) if email else Addressee(email="", reach=Reach.NO_ACCOUNT)
        if who.reach is not Reach.PERSON:
            return Planned(email=email, reach=who.reach, episodes=tuple(own))
        recipient, cadences = self.hearing.recipient(who), self.hearing.cadences()
        slots = {
            episode.id: next_slot(
                episode, known.told(episode), recipient, cadences[episode.kind], now, settled=known.settled
            )
            for episode in own
        }
        still = tuple(episode for episode in own if slots[episode.id] is not None)
        first = min((slot for slot in slots.values() if slot is not None), default=None)
        return Planned(email=email, reach=who.reach, episodes=still, at=first)

    def _finish_answers(self) -> None:
        """Resolve what was answered as in use, should a crash, or a check at the same time, have left it open."""
        now = self.clock()
        for response in self.case_book.responses_since(now - _ANSWERS_SETTLE_WITHIN):
            episode = self.case_book.episode(response.episode) if response.answer is Answer.IN_USE else None
            if episode is not None and episode.is_open:
                self.case_book.save_episodes(dispute(episode, self.case_book.episodes_of([episode.deployment]), now))
