"""Owners' answers to reminders: keep, in use, stop; and what they may ask. The owner is checked on every call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock

from bot.domain.answers import Answer, EpisodeRef, Preferences, Response, longest_keep, needs_reason
from bot.domain.base import DeploymentId, Namespace
from bot.domain.episodes import Episode, dispute
from bot.domain.facts import Facts, OwnReminders
from bot.domain.letters import Settled, Settling
from bot.domain.office_hours import OfficeHours
from bot.domain.people import Person
from bot.domain.policy import FindingKind, Policy
from bot.domain.records import AuditEntry
from bot.domain.reminders import Keep
from bot.domain.reporting import end_of_day
from bot.domain.zones import zone_of
from bot.errors import NotFound, Refused, Unavailable
from bot.ports import CaseBook, Clock, Ledger
from bot.services.deployments import Deployments
from bot.services.hearing import LATEST_HOUR, day_of
from bot.services.looking import Check, Watch
from bot.services.own_facts import OwnFacts
from bot.services.questions import Questions
from bot.services.reminding import Reminding

LONGEST_PAUSE = timedelta(days=60)
_MOST_REASON = 500
_ABOUT_ALL = "That reminder is about all of your deployments."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What owners may do about reminders. Raises NotFound, NotYours, NotAMember, Outdated, Refused, Unavailable."""

    deployments: Deployments
    watching: Watch
    checking: Check
    reminding: Reminding
    case_book: CaseBook
    ledger: Ledger
    clock: Clock
    policy: Callable[[], Policy]
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(16)), repr=False)

    def keep(self, person: Person, ref: EpisodeRef, *, days: int, reason: str, key: str) -> Settled:
        """Leave a deployment alone until the end of the person's day in so many days.

        Raises Refused for too many days, and if a reason is missing.
        """
        with self._one_at_a_time(ref):
            before = self._questions.said_before(person, ref, key)
            if before is not None:
                return before
            episode = self._questions.answerable(person, ref)
            why = reason.strip()[:_MOST_REASON]
            _check_keep(episode.kind, days, why)
            now, zone = self.clock(), zone_of(person.time_zone)
            keep = Keep(
                deployment=episode.deployment,
                instance=episode.instance,
                kind=episode.kind,
                by=person.slack_user,
                reason=why,
                since=now,
                until=end_of_day(day_of(now, zone) + timedelta(days=days), zone),
            )
            response = self._response(person, ref, Answer.KEEP, key, reason=why, until=keep.until)
            noting = self._entry(person, episode, f"kept for {days} days", why)
            self.case_book.respond(response, keep=keep, noting=noting)
        self.reminding.settle(episode.id)
        return Settled(how=Settling.KEPT, at=now, by=person.slack_user, until=keep.until)

    def in_use(self, person: Person, ref: EpisodeRef, *, key: str) -> Settled:
        """Record that the finding is wrong. Its clock begins anew: the time until now is not held against it again."""
        with self._one_at_a_time(ref):
            before = self._questions.said_before(person, ref, key)
            if before is not None:
                return before
            episode = self._questions.answerable(person, ref)
            response = self._response(person, ref, Answer.IN_USE, key)
            self.case_book.respond(response, noting=self._entry(person, episode, "called wrong: in use"))
            resolved = dispute(episode, self.case_book.episodes_of([episode.deployment]), response.at)
            self.case_book.save_episodes(resolved)
        self.reminding.settle(*(each.id for each in resolved))
        return Settled(how=Settling.IN_USE, at=response.at, by=person.slack_user)

    def stop(self, person: Person, ref: EpisodeRef, *, key: str) -> Settled:
        """Stop the deployment if it still is what the button was about.

        Raises Unavailable with what is noted if the cluster does not answer: the stop is then carried out later.
        """
        with self._one_at_a_time(ref):
            before = self._questions.said_before(person, ref, key)
            if before is not None:
                return before
            episode = self._questions.known(ref)
            if not self._questions.has_stopped(person, episode):
                self._carry_out_stop(person, ref, key)
            response = self._note_stop(person, ref, episode, key)
        self.reminding.settle(episode.id)
        return Settled(how=Settling.STOPPED, at=response.at, by=person.slack_user)

    def episode(self, person: Person, ref: EpisodeRef) -> Episode:
        """Return the finding that a button is about, if it still is a question. Raises Outdated."""
        return self._questions.answerable(person, ref)

    def details(self, person: Person, ref: EpisodeRef) -> Facts:
        """Return what is known about the deployment that a button is about, also when the finding is over."""
        episode = self._questions.known(ref)
        if not episode.deployment:
            raise Refused(_ABOUT_ALL, hint="See them with `/ai4os list`.")
        return self.why(person, episode.namespace, episode.deployment)

    def why(self, person: Person, namespace: Namespace, deployment: DeploymentId) -> Facts:
        """Return what is known about one of the person's deployments, whether or not there is a finding."""
        self.deployments.show(person, namespace, deployment)
        return self._facts.of(person, namespace, deployment)

    def reminders(self, person: Person) -> OwnReminders:
        """Return a person's open findings, the keeps that hold, and their wishes."""
        return self._facts.reminders(person)

    def set_hour(self, person: Person, hour: time | None) -> Preferences:
        """Let the person's digest come at that hour of their working day or later; None is the usual one."""
        usual = OfficeHours()
        if hour is not None and not usual.opens <= hour <= LATEST_HOUR:
            raise Refused(
                f"Reminders come between {usual.opens:%H:%M} and {usual.closes:%H:%M}.",
                hint=f"Choose an hour from {usual.opens:%H:%M} to {LATEST_HOUR:%H:%M}.",
            )
        return self._wish(person, hour=hour)

    def pause(self, person: Person, until: date | None) -> Preferences:
        """Send the person no reminders before that day by their own clock; None ends a pause."""
        if until is None:
            self._note_pause(person)
            return self._wish(person, paused_until=None)
        zone = zone_of(person.time_zone)
        today = self.clock().astimezone(zone).date()
        if not today < until <= today + LONGEST_PAUSE:
            raise Refused(
                f"A pause ends on a day from {today + timedelta(days=1):%d %B %Y} to {today + LONGEST_PAUSE:%d %B %Y}.",
                hint="For longer, ask an administrator for an exemption.",
            )
        return self._wish(person, paused_until=datetime.combine(until, time(), tzinfo=zone).astimezone(UTC))

    def end_keep(self, person: Person, deployment: DeploymentId) -> tuple[Keep, ...]:
        """End the keeps of one of the person's deployments early. Raises NotFound if none holds."""
        own = {each.deployment for each in self.watching.of_owner(person.owner)}
        now = self.clock()
        ended = [keep for keep in self.case_book.keeps([deployment]) if now < keep.until] if deployment in own else []
        if not ended:
            raise NotFound("Nothing is kept there.", hint="See what is with `/ai4os reminders`.")
        for keep in ended:
            entry = AuditEntry(at=now, actor=person.slack_user, action="keep ended", deployment=deployment)
            self.case_book.end_keep(keep, now=now, noting=entry)
        return tuple(ended)

    @property
    def _questions(self) -> Questions:
        return Questions(deployments=self.deployments, case_book=self.case_book, ledger=self.ledger, clock=self.clock)

    @property
    def _facts(self) -> OwnFacts:
        return OwnFacts(
            hearing=self.reminding.hearing,
            case_book=self.case_book,
            watch=self.watching,
            check=self.checking,
            clock=self.clock,
            policy=self.policy,
        )

    def _carry_out_stop(self, person: Person, ref: EpisodeRef, key: str) -> None:
        episode = self._questions.answerable(person, ref)
        if not episode.deployment:
            raise Refused(_ABOUT_ALL, hint="Choose one in `/ai4os list`.")
        try:
            self.deployments.stop(person, episode.namespace, episode.deployment, reason=f"reminder: {episode.kind}")
        except Unavailable as error:
            if error.is_in_doubt:
                self._note_stop(person, ref, episode, key)
            raise

    def _note_stop(self, person: Person, ref: EpisodeRef, episode: Episode, key: str) -> Response:
        response = self._response(person, ref, Answer.STOP, key)
        self.case_book.respond(response, noting=self._entry(person, episode, "stopped from a reminder"))
        return response

    def _response(
        self,
        person: Person,
        ref: EpisodeRef,
        answer: Answer,
        key: str,
        *,
        reason: str = "",
        until: datetime | None = None,
    ) -> Response:
        return Response(
            key=key,
            episode=ref.episode,
            answer=answer,
            by=person.slack_user,
            reason=reason,
            until=until,
            at=self.clock(),
        )

    def _note_pause(self, person: Person) -> None:
        """Keep a trace of a pause that is ended: whoever was away until now could not answer before."""
        now, until = self.clock(), self.case_book.preferences(person.owner.email).paused_until
        if until is not None:
            self.reminding.hearing.note_away(person.owner.email, min(now, until))

    def _wish(self, person: Person, **changes: object) -> Preferences:
        wishes = self.case_book.preferences(person.owner.email).model_copy(update=changes)
        self.case_book.save_preferences(wishes)
        return wishes

    def _entry(self, person: Person, episode: Episode, action: str, reason: str = "") -> AuditEntry:
        detail = "; ".join(part for part in (str(episode.kind), f"policy {episode.policy}", reason) if part)
        return AuditEntry(
            at=self.clock(),
            actor=person.slack_user,
            action=action,
            deployment=episode.deployment,
            detail=detail,
            reference=episode.id,
        )

    def _one_at_a_time(self, ref: EpisodeRef) -> Lock:
        return self._locks[hash(ref.episode) % len(self._locks)]


def _check_keep(kind: FindingKind, days: int, reason: str) -> None:
    """Refuse more days than an owner may take, and a reason that is missing."""
    most = longest_keep(kind)
    if days < 1:
        raise Refused("A keep lasts one day at least.")
    if days > most:
        raise Refused(
            f"You can keep it for {most} days at most.",
            hint="For longer, ask an administrator of the platform, who can exempt it for up to 90 days.",
        )
    if needs_reason(kind, days) and not reason:
        raise Refused("Please say why it is needed.", hint="One sentence is enough.", field="reason")
