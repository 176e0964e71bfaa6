"""When people can hear of something: their hours and wishes, and what they or administrators have settled."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from bot.domain.addressees import Addressee, Reach
from bot.domain.answers import Preferences
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.office_hours import OfficeHours
from bot.domain.people import Owner
from bot.domain.policy import CADENCES, Cadence, FindingKind, Policy
from bot.domain.reminders import Delivery, Exemption, Keep, Recipient, next_slot, shown_of
from bot.domain.zones import zone_of
from bot.ports import Addressees, Calendars, CaseBook, Clock, Ledger

LATEST_HOUR = time(16, 30)
"""A digest that could come later than this could too easily not come at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is recorded about some episodes: what was told of them, and every keep and exemption about them."""

    episodes: tuple[Episode, ...]
    deliveries: Mapping[EpisodeId, tuple[Delivery, ...]]
    settled: tuple[Keep | Exemption, ...]

    def told(self, episode: Episode) -> tuple[Delivery, ...]:
        """Return what was told of an episode, oldest first."""
        return tuple(self.deliveries.get(episode.id, ()))

    def shown(self, now: datetime) -> tuple[Episode, ...]:
        """Return the open findings that nothing settles, one for each deployment."""
        return shown_of(self.episodes, self.settled, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Gathers what decides when a person hears of a finding."""

    case_book: CaseBook
    ledger: Ledger
    addressees: Addressees
    calendars: Calendars
    policy: Callable[[], Policy]
    clock: Clock

    def owner(self, email: str) -> Owner:
        """Return the owner behind an e-mail address, with the subject that their deployments may name instead."""
        return Owner(email=email, subject=self.ledger.subject_of(email))

    def is_held_back(self, now: datetime) -> bool:
        """Tell whether owners are to be told nothing now: not live, paused, or something is in the way."""
        return self.case_book.mode().is_silent(now) or any(
            not breaker.released_by for breaker in self.case_book.breakers()
        )

    def recipient(self, who: Addressee) -> Recipient:
        """Return when a person can be written to; whether they are disturbed is asked for separately."""
        wishes = self.case_book.preferences(who.email)
        return Recipient(
            email=who.email,
            zone=zone_of(who.time_zone),
            is_holiday=self.calendars.is_holiday,
            hours=hours_of(wishes),
            paused_until=wishes.paused_until,
            last_digest=self.case_book.last_told(who.email),
        )

    def hours(self, who: Addressee) -> OfficeHours:
        """Return a person's office hours."""
        return hours_of(self.case_book.preferences(who.email))

    def is_disturbed(self, who: Addressee, now: datetime) -> bool | None:
        """Tell whether a person asked not to be disturbed now; None if nobody knows."""
        return self.addressees.is_disturbed(who.slack_user, now=now) if who.reach is Reach.PERSON else None

    def note_away(self, email: str, at: datetime) -> None:
        """Remember that a person could not be reached at a moment; only the latest one is kept."""
        known = self.away_at(email)
        if known is None or at > known:
            self.case_book.remember(_away_key(email), at.isoformat())

    def away_at(self, email: str) -> datetime | None:
        """Return the latest moment at which a person is known to have been away; None if there is none."""
        noted = self.case_book.remembered(_away_key(email))
        return datetime.fromisoformat(noted) if noted else None

    def known(self, episodes: Iterable[Episode]) -> Known:
        """Read all that is recorded about these episodes, in a constant number of transactions."""
        found = tuple(episodes)
        deployments = sorted({episode.deployment for episode in found})
        keeps = self.case_book.keeps(deployments) if deployments else ()
        return Known(
            episodes=found,
            deliveries=self.case_book.deliveries([episode.id for episode in found]) if found else {},
            settled=(*keeps, *self.case_book.exemptions(now=self.clock())),
        )

    def cadences(self) -> Mapping[FindingKind, Cadence]:
        """Return how often each kind of finding is told."""
        return {**CADENCES, **self.policy().cadences}

    def next_at(self, episode: Episode, known: Known, recipient: Recipient, now: datetime) -> datetime | None:
        """Return when a person hears of an episode next if nothing changes, or None if they will not.

        Nothing is promised while owners are told nothing, and never of what only administrators are told.
        """
        cadence = self.cadences().get(episode.kind)
        if cadence is None or self.is_held_back(now):
            return None
        return next_slot(episode, known.told(episode), recipient, cadence, now, settled=known.settled)


def hours_of(wishes: Preferences) -> OfficeHours:
    """Return a person's office hours, which begin at the hour that they chose if that is later."""
    usual = OfficeHours()
    if wishes.hour is None:
        return usual
    return OfficeHours(opens=min(max(usual.opens, wishes.hour), LATEST_HOUR))


def _away_key(email: str) -> str:
    return f"away {email.casefold()}"


def day_of(moment: datetime, zone: tzinfo) -> date:
    """Return the day that it is somewhere."""
    return moment.astimezone(zone).date()
