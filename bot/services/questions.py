"""Whether a button still is a question: whose it is, what it was about, and what has become of that."""

from dataclasses import dataclass

from bot.domain.answers import Answer, EpisodeRef
from bot.domain.episodes import Episode
from bot.domain.letters import Settled, Settling
from bot.domain.people import Person
from bot.domain.settling import is_final, settled_of
from bot.errors import NotFound, NotYours, Refused
from bot.ports import CaseBook, Clock, Ledger
from bot.services.deployments import Deployments

_LOOK = "See how it is now with `/ai4os why {}`."
_OUTDATED = {
    Settling.STOPPED: "It was stopped already.",
    Settling.IN_USE: "It has been said already that it is in use.",
    Settling.RESUMED: "It is used again, so there is nothing left to decide.",
    Settling.CLEARED: "What that reminder said does not hold any more, so there is nothing left to decide.",
    Settling.RESTARTED: "It was started anew; that reminder was about the run before.",
    Settling.GONE: "That deployment is gone, so there is nothing left to decide.",
}
_SETTLED_BY = {Answer.KEEP: Settling.KEPT, Answer.IN_USE: Settling.IN_USE, Answer.STOP: Settling.STOPPED}


class Outdated(Refused):
    """A button is about something that is over or has changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Looks up what a button is about. Raises NotFound, NotYours, NotAMember, Outdated, Unavailable."""

    deployments: Deployments
    case_book: CaseBook
    ledger: Ledger
    clock: Clock

    def known(self, ref: EpisodeRef) -> Episode:
        """Return the episode of a button, whosever it is and whatever has become of it."""
        episode = self.case_book.episode(ref.episode)
        if episode is None:
            raise NotFound("That reminder is too old.", hint="See what is open with `/ai4os reminders`.")
        return episode

    def answerable(self, person: Person, ref: EpisodeRef) -> Episode:
        """Return the episode if it is this person's, still a question, and about what the cluster has now."""
        episode = self.known(ref)
        version = self._version_now(person, episode, ref)
        settled = self._settled(episode)
        if settled is not None and is_final(settled):
            raise Outdated(_OUTDATED[settled.how], hint=_LOOK.format(episode.title))
        if not ref.version == episode.version == version:
            raise Outdated("It was changed since that reminder.", hint=_LOOK.format(episode.title))
        return episode

    def said_before(self, person: Person, ref: EpisodeRef, key: str) -> Settled | None:
        """Return what the same click has settled already; a click may be delivered twice."""
        said = [each for each in self.case_book.responses([ref.episode]) if each.key == key]
        if not said or said[0].by != person.slack_user:
            return None
        return Settled(how=_SETTLED_BY[said[0].answer], at=said[0].at, by=said[0].by, until=said[0].until)

    def has_stopped(self, person: Person, episode: Episode) -> bool:
        """Tell whether the person's stop was noted already, though nothing came after it."""
        stop = self.ledger.stop_of(episode.deployment) if episode.is_open else None
        return stop is not None and stop.by_email == person.owner.email and stop.at >= episode.opened_at

    def _version_now(self, person: Person, episode: Episode, ref: EpisodeRef) -> int:
        if not episode.deployment:
            if episode.owner_email.casefold() != person.owner.email.casefold():
                raise NotYours("That reminder was for somebody else.")
            return ref.version
        found = self.deployments.show(person, episode.namespace, episode.deployment).deployment
        if found.is_stopped:
            raise Outdated(_OUTDATED[Settling.STOPPED], hint="See what there is with `/ai4os list`.")
        return found.job_modify_index

    def _settled(self, episode: Episode) -> Settled | None:
        return settled_of(
            episode,
            responses=self.case_book.responses([episode.id]),
            settled=(),
            stop=None if episode.is_open else self.ledger.stop_of(episode.deployment),
            told_at=None,
            now=self.clock(),
        )
