"""What administrators do about reminders: look at everything, exempt, pause, let them go, and read what was done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.domain.addressees import Reach
from bot.domain.base import DeploymentId, Frozen, Namespace
from bot.domain.facts import Facts
from bot.domain.operation import Breaker, Mode, Obstacle
from bot.domain.people import Person
from bot.domain.platform import Platforms
from bot.domain.policy import FindingKind
from bot.domain.records import AuditEntry
from bot.domain.reminders import Exemption
from bot.domain.reporting import end_of_day
from bot.domain.review import Review
from bot.domain.zones import zone_of
from bot.errors import NotFound, Refused, UsageError
from bot.ports import Addressees, Calendars, CaseBook, Clock, Ledger, Measurements, Messenger
from bot.services.exempting import Authority, Exempting, Subject
from bot.services.hearing import day_of
from bot.services.looking import Check, WatchAll
from bot.services.own_facts import OwnFacts
from bot.services.reminding import Reminding
from bot.services.reporting import Reporting
from bot.services.review_reading import ReviewReading

MOST_ENTRIES = 200
_EVERYBODYS = ("catalogue", "reminders")
"""The beginnings of what is done about all platforms at once, which any administrator may read."""
_REASON = 500


class Resumed(Frozen):
    """What resuming has changed, and what still holds reminders back."""

    mode: Mode
    released: tuple[Breaker, ...] = ()
    remaining: tuple[Breaker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """Use cases of administrators; each checks that the person is one, and of which platforms.

    Deployments and people are shown, and exempted, by administrators of their platform alone. A pause, its end and
    the shadow mode concern everybody at once, because a person gets one digest for all platforms: any administrator
    may decide on them, and the audit log says who did.
    """

    case_book: CaseBook
    ledger: Ledger
    watching: WatchAll
    checking: Check
    reminding: Reminding
    measurements: Measurements
    messenger: Messenger
    addressees: Addressees
    calendars: Calendars
    platforms: Platforms
    clock: Clock
    channel: str
    time_zone: str
    _reading: ReviewReading = field(init=False, repr=False)
    _reporting: Reporting = field(init=False, repr=False)
    _exempting: Exempting = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Put the parts together."""
        reading = ReviewReading(
            case_book=self.case_book,
            reminding=self.reminding,
            measurements=self.measurements,
            platforms=self.platforms,
            clock=self.clock,
            channel=self.channel,
            time_zone=self.time_zone,
        )
        reporting = Reporting(
            reading=reading,
            case_book=self.case_book,
            messenger=self.messenger,
            calendars=self.calendars,
            clock=self.clock,
            channel=self.channel,
            time_zone=self.time_zone,
        )
        exempting = Exempting(
            case_book=self.case_book, watching=self.watching, clock=self.clock, time_zone=self.time_zone
        )
        for name, part in (("_reading", reading), ("_reporting", reporting), ("_exempting", exempting)):
            object.__setattr__(self, name, part)

    def admit(self, person: Person) -> Authority:
        """Return what an administrator may act on. Raises Refused, without saying more, for everybody else."""
        namespaces = frozenset(platform.namespace for platform in self.platforms.among(person.administers))
        if not namespaces:
            raise Refused("Only administrators of a platform can do that.")
        return Authority(by=person.slack_user, namespaces=namespaces, is_all=self._reading.covers_all(namespaces))

    def review(self, person: Person) -> Review:
        """Return the state of everything, with the deployments of the platforms that the person administers."""
        authority = self.admit(person)
        return self._reading.read(
            authority.namespaces, awake_since=self._reporting.awake_since(), trouble=self._reporting.trouble()
        )

    def note_review(self, person: Person) -> None:
        """Write into the audit log that somebody has looked at other people's deployments."""
        self.admit(person)
        self.ledger.audit(self._entry(person, "reminders reviewed"))

    def facts(self, person: Person, namespace: Namespace, deployment: DeploymentId) -> Facts:
        """Return what is known of the use of somebody's deployment. Raises Refused, NotFound."""
        if namespace not in self.admit(person).namespaces:
            raise Refused("You do not administer that deployment's platform.")
        watched = self.watching.one(namespace, deployment)
        if watched is None:
            raise NotFound("That deployment is gone.", hint="See what there is with `/ai4os admin review`.")
        who = self.addressees.find(watched.owner.email)
        own = OwnFacts(
            hearing=self.reminding.hearing,
            case_book=self.case_book,
            watch=self.watching,
            check=self.checking,
            clock=self.clock,
            policy=self.reminding.policy,
        )
        zone = who.time_zone if who.reach is Reach.PERSON else self.time_zone
        owner = Person(slack_user=who.slack_user, owner=watched.owner, time_zone=zone)
        return own.of(owner, namespace, deployment)

    def exempt(
        self,
        person: Person,
        *,
        deployment: str = "",
        until: date,
        reason: str,
        kind: FindingKind | None = None,
        owner_email: str = "",
    ) -> Exemption:
        """Exempt a deployment, or all of an owner's, until the end of a day: 90 days at most.

        Raises UsageError, Refused, NotFound, Ambiguous.
        """
        subject = Subject(deployment=deployment, owner_email=owner_email, kind=kind)
        return self._exempting.exempt(self.admit(person), subject, until=until, reason=reason)

    def end_exemption(
        self, person: Person, *, deployment: str = "", owner_email: str = "", kind: FindingKind | None = None
    ) -> tuple[Exemption, ...]:
        """End exemptions early; without a kind all of that deployment or owner. Raises NotFound, Refused."""
        subject = Subject(deployment=deployment, owner_email=owner_email, kind=kind)
        return self._exempting.end(self.admit(person), subject)

    def pause(self, person: Person, *, until: date | None = None, reason: str = "") -> Mode:
        """Tell no owner anything, until the end of a day or until somebody resumes. Raises UsageError."""
        self.admit(person)
        if until is not None and until < self.today():
            raise UsageError(f"{until.isoformat()} is in the past.", hint="Without a day it lasts until you resume.")
        end = end_of_day(until, zone_of(self.time_zone)) if until else None
        mode = self._changed(person, reason, is_paused=True, paused_until=end)
        what = f"until {until.isoformat()}" if until else "until somebody resumes"
        self.case_book.save_mode(mode, noting=self._entry(person, "reminders paused", _because(what, reason)))
        return mode

    def resume(self, person: Person, *, wave: datetime | None = None) -> Resumed:
        """End a pause, and let reminders go on in spite of a wave of idle deployments that the person has looked at.

        `wave` is when the wave that they were shown began. Raises Refused if another one came meanwhile, or if nothing
        is paused that a person can resume.
        """
        self.admit(person)
        now, standing = self.clock(), self.case_book.breakers()
        waves = [each for each in standing if each.obstacle is Obstacle.WAVE and not each.released_by]
        if any(each.since != wave for each in waves):
            raise Refused("Many deployments turned idle at once.", hint="Look at it again: `/ai4os admin resume`.")
        mode = self.case_book.mode()
        if not waves and not mode.is_on_pause(now):
            raise Refused("Reminders are not paused.", hint="See what holds them back with `/ai4os admin review`.")
        if mode.is_paused:
            mode = self._changed(person, "", is_paused=False, paused_until=None)
            self.case_book.save_mode(mode, noting=self._entry(person, "reminders resumed"))
        released = tuple(self._release(person, each) for each in waves)
        held = tuple(each for each in standing if not each.released_by and each not in waves)
        return Resumed(mode=mode, released=released, remaining=held)

    def go_live(self, person: Person, *, reason: str = "") -> Mode:
        """Let owners hear from now on. A pause stays what it is. Raises Refused if they do already."""
        self.admit(person)
        if self.case_book.mode().is_live:
            raise Refused("Reminders are live already.", hint="Stop them with `/ai4os admin go dry`.")
        mode = self._changed(person, reason, is_live=True)
        policy = f"policy {self.reminding.policy().version}"
        self.case_book.save_mode(mode, noting=self._entry(person, "reminders gone live", _because(policy, reason)))
        return mode

    def go_dry(self, person: Person, *, reason: str = "") -> Mode:
        """Let nobody but administrators hear from now on. Raises Refused if that is so already."""
        self.admit(person)
        if not self.case_book.mode().is_live:
            raise Refused(
                "This is a dry run already: owners hear nothing.", hint="It ends with `/ai4os admin go live`."
            )
        mode = self._changed(person, reason, is_live=False)
        policy = f"policy {self.reminding.policy().version}"
        self.case_book.save_mode(mode, noting=self._entry(person, "reminders gone dry", _because(policy, reason)))
        return mode

    def audit(self, person: Person, *, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Return the newest entries of the audit log that the person may read, newest first.

        Whoever administers some platforms only reads what concerns these, all of them at once, or themselves.
        """
        authority = self.admit(person)
        entries = self.ledger.audit_log(limit=max(1, min(limit, MOST_ENTRIES)))
        if authority.is_all:
            return entries
        homes = self._namespaces(entries)
        return tuple(each for each in entries if _may_read(authority, each, homes.get(each.deployment)))

    def today(self) -> date:
        """Return the day that it is where the platform is."""
        return day_of(self.clock(), zone_of(self.time_zone))

    def round(self) -> dict[str, int]:
        """Report to the administrators' channel what is due."""
        return self._reporting.round()

    def _release(self, person: Person, breaker: Breaker) -> Breaker:
        released = breaker.model_copy(update={"released_by": person.slack_user})
        detail = f"since {breaker.since.isoformat()}: {breaker.detail}"
        self.case_book.trip(released, noting=self._entry(person, "reminders released after a wave", detail))
        return released

    def _changed(self, person: Person, reason: str, **changes: object) -> Mode:
        if len(reason) > _REASON:
            raise UsageError(f"The reason is longer than {_REASON} characters.", hint="Please shorten it.")
        who = {"by": person.slack_user, "reason": reason.strip(), "at": self.clock()}
        return self.case_book.mode().model_copy(update={**who, **changes})

    def _namespaces(self, entries: Sequence[AuditEntry]) -> dict[str, Namespace]:
        """Return where the deployments are that entries are about; those that nobody remembers are left out."""
        wanted = sorted({DeploymentId(each.deployment) for each in entries if each.deployment})
        homes = {str(each.deployment): each.namespace for each in self.case_book.episodes_of(wanted)}
        for deployment in wanted:
            submission = self.ledger.submission(deployment) if deployment not in homes else None
            if submission is not None:
                homes[str(deployment)] = submission.namespace
        return homes

    def _entry(self, person: Person, action: str, detail: str = "") -> AuditEntry:
        return AuditEntry(at=self.clock(), actor=person.slack_user, action=action, detail=detail[:1000])


def _may_read(authority: Authority, entry: AuditEntry, home: Namespace | None) -> bool:
    if entry.actor == authority.by:
        return True
    if entry.deployment:
        return home in authority.namespaces
    return entry.action.startswith(_EVERYBODYS)


def _because(what: str, reason: str) -> str:
    return f"{what}: {reason.strip()}" if reason.strip() else what
