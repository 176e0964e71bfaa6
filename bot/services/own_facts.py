"""Gather what a person may know about their own deployments: the same facts for reminders, details and `why`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.addressees import Addressee, Reach
from bot.domain.base import DeploymentId, Namespace
from bot.domain.episodes import Episode
from bot.domain.facts import Facts, OwnReminders
from bot.domain.findings import Watched
from bot.domain.letters import Line
from bot.domain.people import Person
from bot.domain.policy import FOR_ADMINISTRATORS, Policy
from bot.domain.reminders import Exemption, Keep, Recipient, keeps_in_a_row, shown_of
from bot.domain.settling import settled_of
from bot.errors import NotFound
from bot.ports import CaseBook, Clock
from bot.services.hearing import Hearing, Known
from bot.services.looking import Check, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFacts:
    """Reads facts for a person. Whether a deployment is theirs is the caller's to check, except in `reminders`."""

    hearing: Hearing
    case_book: CaseBook
    watch: Watch
    check: Check
    clock: Clock
    policy: Callable[[], Policy]

    def of(self, person: Person, namespace: Namespace, deployment: DeploymentId) -> Facts:
        """Return everything known about a deployment now. Raises NotFound."""
        watched = self.watch.one(namespace, deployment)
        if watched is None:
            raise NotFound("That deployment is gone.", hint="See what there is with `/ai4os list`.")
        judgements = self.check.judge(watched, own=self.watch.of_owner(person.owner))
        now = self.clock()
        known = self.hearing.known(_open_of_run(self.case_book.episodes_of([deployment]), watched))
        shown = next(iter(shown_of(known.episodes, (), now)), None)
        recipient, policy = self._recipient(person), self.policy()
        return Facts(
            watched=watched,
            judgements=judgements,
            episodes=known.episodes,
            told=len(known.told(shown)) if shown else 0,
            next_at=self.hearing.next_at(shown, known, recipient, now) if shown else None,
            keeps=self._keeps_now(watched, now),
            exemptions=_exemptions_for(self.case_book.exemptions(now=now), watched),
            use=self.watch.use(watched) if watched.gpus else None,
            newest_reading_at=_newest_reading(watched),
            policy=policy.version,
            thresholds=policy,
            at=now,
        )

    def reminders(self, person: Person) -> OwnReminders:
        """Return the person's open findings, the keeps that hold, and their wishes; only what is theirs now."""
        own = {each.deployment: each for each in self.watch.of_owner(person.owner)}
        now, recipient = self.clock(), self._recipient(person)
        known = self.hearing.known(self._open(person, own))
        runs = {(each.deployment, each.instance) for each in own.values()}
        keeps = [keep for keep in self.case_book.keeps(sorted(own)) if now < keep.until]
        wishes = self.case_book.preferences(person.owner.email)
        paused = wishes.paused_until
        return OwnReminders(
            lines=tuple(self._line(each, known, recipient, now) for each in shown_of(known.episodes, (), now)),
            keeps=tuple(keep for keep in keeps if (keep.deployment, keep.instance) in runs),
            titles={str(each.deployment): each.title for each in own.values()},
            hour=f"{recipient.hours.opens:%H:%M}",
            paused_until=paused if paused is not None and now < paused else None,
            is_live=not self.hearing.is_held_back(now),
            time_zone=person.time_zone,
        )

    def _open(self, person: Person, own: dict[DeploymentId, Watched]) -> list[Episode]:
        email = person.owner.email.casefold()
        found = [
            each
            for each in self.case_book.open_episodes()
            if each.owner_email.casefold() == email and each.kind not in FOR_ADMINISTRATORS
        ]
        return [each for each in found if not each.deployment or each.deployment in own]

    def _line(self, episode: Episode, known: Known, recipient: Recipient, now: datetime) -> Line:
        keeps = [each for each in known.settled if isinstance(each, Keep)]
        return Line(
            episode=episode,
            step=len(known.told(episode)),
            next_at=self.hearing.next_at(episode, known, recipient, now),
            keeps_in_a_row=keeps_in_a_row(keeps, episode),
            settled=settled_of(
                episode,
                responses=self.case_book.responses([episode.id]),
                settled=known.settled,
                stop=None,
                told_at=None,
                now=now,
            ),
        )

    def _keeps_now(self, watched: Watched, now: datetime) -> tuple[Keep, ...]:
        keeps = self.case_book.keeps([watched.deployment])
        return tuple(keep for keep in keeps if keep.instance == watched.instance and now < keep.until)

    def _recipient(self, person: Person) -> Recipient:
        return self.hearing.recipient(
            Addressee(
                email=person.owner.email,
                reach=Reach.PERSON,
                slack_user=person.slack_user,
                time_zone=person.time_zone,
            )
        )


def _open_of_run(episodes: Sequence[Episode], watched: Watched) -> list[Episode]:
    return [each for each in episodes if each.is_open and each.instance == watched.instance]


def _exemptions_for(exemptions: Sequence[Exemption], watched: Watched) -> tuple[Exemption, ...]:
    email = watched.owner.email.casefold()
    return tuple(
        each
        for each in exemptions
        if each.deployment in {None, watched.deployment}
        and each.owner_email.casefold() in {"", email}
        and (not each.namespaces or watched.namespace in each.namespaces)
    )


def _newest_reading(watched: Watched) -> datetime | None:
    series = [*(device.buckets for device in watched.devices), watched.cpu]
    return max((bucket.last_at for buckets in series for bucket in buckets), default=None)
