"""Exempt deployments and owners from reminders, with a reason and an end, and end that early."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from bot.domain.base import DeploymentId, Frozen, Namespace, SlackUserId
from bot.domain.findings import Watched
from bot.domain.names import matching
from bot.domain.policy import FindingKind
from bot.domain.records import AuditEntry
from bot.domain.reminders import Exemption
from bot.domain.reporting import end_of_day
from bot.domain.zones import zone_of
from bot.errors import Ambiguous, NotFound, Refused, UsageError
from bot.ports import CaseBook, Clock
from bot.services.hearing import day_of
from bot.services.looking import WatchAll

LONGEST = 90
"""For how many days an administrator may exempt something; after that somebody should look at it again."""
REASON_LENGTH = 500
_CANDIDATES = 5


class Subject(Frozen):
    """What is to be exempt, as it was typed: one deployment or one owner, and of what; no kind stands for all."""

    deployment: str = ""
    owner_email: str = ""
    kind: FindingKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who acts, and on the deployments of which namespaces they may; `is_all` tells whether these are all there are."""

    by: SlackUserId
    namespaces: frozenset[Namespace]
    is_all: bool

    def reaches(self, exemption: Exemption) -> bool:
        """Tell whether all that an exemption is for is theirs to decide."""
        return self.is_all or (bool(exemption.namespaces) and set(exemption.namespaces) <= self.namespaces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempting:
    """What administrators may exempt. Whether the person is one is the caller's to check."""

    case_book: CaseBook
    watching: WatchAll
    clock: Clock
    time_zone: str

    def exempt(self, authority: Authority, subject: Subject, *, until: date, reason: str) -> Exemption:
        """Record an exemption. Raises UsageError, Refused, NotFound, Ambiguous."""
        self._check(until, reason)
        given = Exemption(
            kind=subject.kind,
            by=authority.by,
            reason=reason.strip(),
            since=self.clock(),
            until=end_of_day(until, zone_of(self.time_zone)),
        )
        exemption = given.model_copy(update=self._about(authority, subject))
        self._check_others(authority, exemption)
        detail = f"{scope_text(exemption)} until {until.isoformat()}: {exemption.reason}"
        self.case_book.exempt(exemption, noting=self._entry("exempted", exemption, authority.by, detail))
        return exemption

    def end(self, authority: Authority, subject: Subject) -> tuple[Exemption, ...]:
        """End the exemptions of a deployment or an owner early, or that of one kind. Raises NotFound, Refused."""
        now = self.clock()
        about = [
            each for each in _named(self._seen(authority), subject) if subject.kind is None or each.kind is subject.kind
        ]
        if not about:
            raise NotFound(
                f"There is no exemption of “{(subject.deployment or subject.owner_email)[:60]}”.",
                hint="See what is exempt with `/ai4os admin review`.",
            )
        for each in about:
            _check_reach(authority, each)
        ended = tuple(each.model_copy(update={"until": now}) for each in about)
        for each in ended:
            entry = self._entry("exemption ended", each, authority.by, scope_text(each))
            self.case_book.exempt(each, noting=entry)
        return ended

    def _about(self, authority: Authority, subject: Subject) -> dict[str, object]:
        """Return what the exemption is about, found among the deployments that there are now."""
        if bool(subject.deployment.strip()) == bool(subject.owner_email.strip()):
            raise UsageError(
                "Exempt either one deployment or one owner.",
                hint="It is `/ai4os admin exempt NAME …`, or `/ai4os admin exempt --owner EMAIL …`.",
            )
        seen = [each for each in self.watching.everything() if each.namespace in authority.namespaces]
        if subject.owner_email.strip():
            where = () if authority.is_all else tuple(sorted(authority.namespaces))
            return {"owner_email": _known_owner(seen, subject.owner_email.strip()), "namespaces": where}
        found = _find(seen, subject.deployment)
        return {"deployment": found.deployment, "title": found.title, "namespaces": (found.namespace,)}

    def _check(self, until: date, reason: str) -> None:
        today = day_of(self.clock(), zone_of(self.time_zone))
        if not reason.strip():
            raise UsageError("An exemption needs a reason.", hint='Write it like this: `--reason "paper deadline"`.')
        if len(reason.strip()) > REASON_LENGTH:
            raise UsageError(f"The reason is longer than {REASON_LENGTH} characters.", hint="Please shorten it.")
        if until < today:
            raise UsageError(f"{until.isoformat()} is in the past.", hint="An exemption begins now and ends later.")
        latest = today + timedelta(days=LONGEST)
        if until > latest:
            raise Refused(
                f"An exemption lasts {LONGEST} days at most, so that somebody looks at it again.",
                hint=f"Until {latest.isoformat()} is possible.",
            )

    def _check_others(self, authority: Authority, exemption: Exemption) -> None:
        """Refuse to replace what an administrator of other platforms has said of the same."""
        for each in self.case_book.exemptions(now=self.clock()):
            if _scope(each) == _scope(exemption):
                _check_reach(authority, each)

    def _seen(self, authority: Authority) -> list[Exemption]:
        return [
            each
            for each in self.case_book.exemptions(now=self.clock())
            if authority.is_all or not each.namespaces or authority.namespaces & set(each.namespaces)
        ]

    def _entry(self, action: str, exemption: Exemption, by: SlackUserId, detail: str) -> AuditEntry:
        deployment = exemption.deployment or ""
        return AuditEntry(at=self.clock(), actor=by, action=action, deployment=deployment, detail=detail[:1000])


@dataclass(frozen=True, slots=True)
class _Named:
    """A deployment under the names that people may type."""

    watched: Watched

    @property
    def id(self) -> DeploymentId:
        return self.watched.deployment

    @property
    def name(self) -> str:
        return self.watched.deployment

    @property
    def shown_title(self) -> str:
        return self.watched.title


def scope_text(exemption: Exemption) -> str:
    """Say what an exemption is about, as plain text."""
    what = exemption.title or exemption.owner_email or "everything"
    return f"{what}, {exemption.kind.value}" if exemption.kind else what


def _find(seen: Sequence[Watched], name: str) -> Watched:
    found = matching([_Named(each) for each in seen], name)
    if not found:
        near = get_close_matches(name, [each.title for each in seen], n=1)
        guess = f"Did you mean “{near[0]}”?" if near else "See what rests with `/ai4os admin review`, or take the id."
        raise NotFound(f"On the platforms that you administer there is no deployment “{name[:60]}”.", hint=guess)
    if len(found) > 1:
        ids = ", ".join(f"`{each.id[:8]}` ({each.watched.owner.email})" for each in found[:_CANDIDATES])
        raise Ambiguous(f"“{name[:60]}” fits {len(found)} deployments.", hint=f"Take the id instead: {ids}.")
    return found[0].watched


def _known_owner(seen: Sequence[Watched], email: str) -> str:
    owners = {each.owner.email.casefold(): each.owner.email for each in seen if each.owner.email}
    if email.casefold() not in owners:
        near = get_close_matches(email.casefold(), owners, n=1)
        guess = f"Did you mean {near[0]}?" if near else "Owners are named by their e-mail address."
        raise NotFound(f"{email[:80]} has no deployment on the platforms that you administer.", hint=guess)
    return owners[email.casefold()]


def _named(exemptions: Sequence[Exemption], subject: Subject) -> list[Exemption]:
    if subject.owner_email.strip():
        wanted = subject.owner_email.strip().casefold()
        return [each for each in exemptions if each.owner_email.casefold() == wanted]
    name = subject.deployment.strip().casefold()
    own = [each for each in exemptions if each.deployment and name]
    exact = [each for each in own if name in {str(each.deployment).casefold(), each.title.casefold()}]
    found = exact or [each for each in own if str(each.deployment).casefold().startswith(name)]
    if len({each.deployment for each in found}) > 1:
        ids = ", ".join(f"`{str(each.deployment)[:8]}`" for each in found[:_CANDIDATES])
        raise Ambiguous(f"“{name[:60]}” fits several exemptions.", hint=f"Take the id instead: {ids}.")
    return found


def _check_reach(authority: Authority, exemption: Exemption) -> None:
    if not authority.reaches(exemption):
        raise Refused(
            f"{scope_text(exemption)} was exempted for platforms that you do not administer.",
            hint="Ask somebody who administers all of them.",
        )


def _scope(exemption: Exemption) -> tuple[object, ...]:
    return exemption.deployment, exemption.owner_email.casefold(), exemption.kind
