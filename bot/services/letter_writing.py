"""Write letters: what is told of each finding, how it was settled since, and the picture of the use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.answers import Response
from bot.domain.base import DeploymentId
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.findings import Watched
from bot.domain.letters import Letter, Line, Settled, UseOverTime, Waiting
from bot.domain.notices import Notice, NoticeId, NoticeState
from bot.domain.policy import FindingKind
from bot.domain.reminders import Delivery, Item, Recipient, keeps_in_a_row
from bot.domain.reminders import Keep as Kept
from bot.domain.settling import is_final, settled_of
from bot.errors import BotError
from bot.ports import CaseBook, Ledger
from bot.services.hearing import Hearing, Known
from bot.services.looking import Check, Watch

_MOST_CURVES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How the findings of a letter stand, in its order; `mark` is the same as long as that has not changed."""

    settled: tuple[Settled | None, ...]
    is_final: bool

    def differs(self, notice: Notice) -> bool:
        """Tell whether a letter that was sent says something else, or need not be looked at any more."""
        return self.mark != notice.shown or self.is_final != notice.is_closed

    @property
    def mark(self) -> str:
        """Return a short text that names the state; it is empty as long as nothing was settled."""
        if not any(self.settled):
            return ""
        return "|".join(f"{each.how.name}@{each.until or each.at}" if each else "" for each in self.settled)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWriting:
    """Turns notices into letters. `stops` are the kinds of findings that a site lets end in a stop."""

    hearing: Hearing
    case_book: CaseBook
    ledger: Ledger
    watch: Watch
    check: Check
    stops: frozenset[FindingKind] = frozenset()

    def states(self, notices: Sequence[Notice], now: datetime) -> Mapping[NoticeId, State]:
        """Return how the findings of sent notices stand now, in a constant number of transactions."""
        current = self._current(notices)
        known, responses = self.hearing.known(current.values()), self._responses(current)
        return {notice.id: self._state(notice, current, known, responses, now) for notice in notices}

    def first(
        self, notice: Notice, recipient: Recipient, now: datetime, own: Sequence[Watched]
    ) -> tuple[Letter, tuple[UseOverTime, ...]]:
        """Return the letter as it is sent, and the use of the GPUs that it is about."""
        watched = {each.deployment: each for each in own}
        heard = replace(recipient, last_digest=now)
        known = self.hearing.known([item.episode for item in notice.items])
        lines = tuple(
            self._line(item, known, heard, now, waiting=self._waiting(watched.get(item.episode.deployment)))
            for item in notice.items
        )
        return self._letter(notice, lines), self._use(notice, watched)

    def anew(self, notice: Notice, now: datetime) -> tuple[Letter, State]:
        """Return a letter that was sent as it has to read now."""
        current = self._current([notice])
        known = self.hearing.known(current.values())
        state = self._state(notice, current, known, self._responses(current), now)
        recipient = self.hearing.recipient(self.hearing.addressees.find(notice.email))
        lines = tuple(
            self._line(item, known, recipient, now, settled=settled)
            for item, settled in zip(notice.items, state.settled, strict=True)
        )
        return self._letter(notice, lines), state

    def _current(self, notices: Sequence[Notice]) -> dict[EpisodeId, Episode]:
        """Return the episodes of these notices as they are by now; those that are forgotten are left out."""
        told = {item.episode.id: item.episode.deployment for notice in notices for item in notice.items}
        found = self.case_book.episodes_of(sorted(set(told.values()))) if told else ()
        return {episode.id: episode for episode in found if episode.id in told}

    def _responses(self, current: Mapping[EpisodeId, Episode]) -> tuple[Response, ...]:
        return self.case_book.responses(sorted(current)) if current else ()

    def _state(
        self,
        notice: Notice,
        current: Mapping[EpisodeId, Episode],
        known: Known,
        responses: Sequence[Response],
        now: datetime,
    ) -> State:
        told = [current.get(item.episode.id) for item in notice.items]
        settled = tuple(self._settled(each, notice, responses, known, now) if each else None for each in told)
        lasting = [one for one, each in zip(settled, told, strict=True) if each is not None]
        return State(settled=settled, is_final=all(is_final(each) for each in lasting))

    def _settled(
        self, episode: Episode, notice: Notice, responses: Sequence[Response], known: Known, now: datetime
    ) -> Settled | None:
        return settled_of(
            episode,
            responses=responses,
            settled=known.settled,
            stop=None if episode.is_open else self.ledger.stop_of(episode.deployment),
            told_at=notice.sent_at,
            now=now,
        )

    def _line(
        self,
        item: Item,
        known: Known,
        recipient: Recipient,
        now: datetime,
        *,
        settled: Settled | None = None,
        waiting: Waiting | None = None,
    ) -> Line:
        keeps = [each for each in known.settled if isinstance(each, Kept)]
        return Line(
            episode=item.episode,
            step=item.step,
            next_at=None if settled else self._next_at(item, known, recipient, now),
            waiting=waiting,
            keeps_in_a_row=keeps_in_a_row(keeps, item.episode),
            may_end_in_stop=item.episode.kind in self.stops,
            stops_at=None if settled else item.stops_at,
            holdings=item.holdings,
            settled=settled,
        )

    def _next_at(self, item: Item, known: Known, recipient: Recipient, now: datetime) -> datetime | None:
        """Return when it is told next, this telling being one of those that were."""
        told = known.told(item.episode)
        if all(delivery.step < item.step for delivery in told):
            told = (*told, Delivery(episode=item.episode.id, step=item.step, at=now))
        counted = Known(episodes=known.episodes, deliveries={item.episode.id: told}, settled=known.settled)
        return self.hearing.next_at(item.episode, counted, recipient, now)

    def _waiting(self, watched: Watched | None) -> Waiting | None:
        if watched is None or not watched.gpus:
            return None
        try:
            return self.check.waiting(watched)
        except BotError:
            return None  # who waits is one sentence of many

    def _use(self, notice: Notice, watched: Mapping[DeploymentId, Watched]) -> tuple[UseOverTime, ...]:
        told = [watched[item.episode.deployment] for item in notice.items if item.episode.deployment in watched]
        try:
            curves = [self.watch.use(each) for each in [each for each in told if each.gpus][:_MOST_CURVES]]
        except BotError:
            return ()  # the text stands without its picture
        return tuple(each for each in curves if each is not None)

    def _letter(self, notice: Notice, lines: tuple[Line, ...]) -> Letter:
        return Letter(
            notice=notice.id,
            slack_user=notice.slack_user,
            time_zone=notice.time_zone,
            lines=lines,
            is_first=notice.is_first,
            stops_some=bool(self.stops),
            file=notice.file if notice.state is NoticeState.SENT else "",
        )
