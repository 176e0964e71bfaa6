"""Find who held far more than their share of the GPUs for weeks: counted at each check, looked at once an hour."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.episodes import Episode, advance
from bot.domain.findings import Evidence, Judgement, Verdict, Watched
from bot.domain.gpu_shares import Heavy, find_heavy
from bot.domain.held_hours import KEPT_DAYS, HeldDay, count, day_of, days_in, total
from bot.domain.people import Owner
from bot.domain.policy import FindingKind, Policy
from bot.ports import CaseBook

NOBODYS = DeploymentId("")
"""A finding about a person is about no deployment."""
_TITLE = "All of your GPUs"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeavyUse:
    """Counts the GPU-hours that people hold, a row for each of the last days, and judges them."""

    case_book: CaseBook

    def count(self, everything: Iterable[Watched], now: datetime) -> None:
        """Count the time since the last check."""
        today = self._day(day_of(now))
        before = self._day(day_of(now) - timedelta(days=1)).until
        counted = count(today, everything, before=before, now=now)
        self.case_book.remember(_key(counted.day), counted.model_dump_json())

    def judge(self, policy: Policy, now: datetime, *, may_open: bool) -> tuple[Episode, ...]:
        """Return the findings about people that begin, go on or end. Each is told of once in a window, at most."""
        days = [self._day(day) for day in days_in(policy.heavy_window, now=now)]
        heavy = {each.owner.email: each for each in find_heavy(total(days), policy=policy)}
        known = [each for each in self.case_book.episodes_of([NOBODYS]) if each.kind is FindingKind.GPU_HEAVY]
        emails = sorted({*heavy, *(each.owner_email for each in known if each.is_open)})
        return tuple(
            episode
            for email in emails
            for episode in _advance(
                email,
                heavy.get(email),
                [each for each in known if each.owner_email == email],
                policy,
                now,
                may_open=may_open,
            )
        )

    def _day(self, day: date) -> HeldDay:
        text = self.case_book.remembered(_key(day))
        kept = HeldDay.model_validate_json(text) if text else None
        return kept if kept is not None and kept.day == day else HeldDay(day=day)


def _key(day: date) -> str:
    """Return the name of a day's row, which a later day takes over."""
    return f"held/{day.toordinal() % KEPT_DAYS}"


def _advance(
    email: str, heavy: Heavy | None, known: list[Episode], policy: Policy, now: datetime, *, may_open: bool
) -> tuple[Episode, ...]:
    person = _person(email)
    current = next((each for each in known if each.is_open), None)
    is_due = all(now - each.opened_at >= policy.heavy_window for each in known)
    if current is None and not (may_open and is_due):
        return ()
    is_stale = current is not None and now - current.opened_at >= policy.heavy_window
    verdict = Verdict.YES if heavy is not None and not is_stale else Verdict.NO
    judgement = Judgement(
        kind=FindingKind.GPU_HEAVY,
        deployment=NOBODYS,
        instance=person.instance,
        verdict=verdict,
        since=now - policy.heavy_window if verdict is Verdict.YES else None,
        evidence=_evidence(heavy, policy, now),
        policy=policy.version,
    )
    return advance(known, [judgement], watched={NOBODYS: person}, resumed=frozenset(), now=now)


def _evidence(heavy: Heavy | None, policy: Policy, now: datetime) -> Evidence | None:
    if heavy is None:
        return None
    return Evidence(window_start=now - policy.heavy_window, window_end=now, gpu_hours=heavy.hours, share=heavy.share)


def _person(email: str) -> Watched:
    return Watched(
        deployment=NOBODYS,
        namespace=Namespace(""),
        instance=f"person {email}",
        title=_TITLE,
        owner=Owner(email=email),
        workload=None,
        phase=Phase.RUNNING,
        phase_since=None,
        started_at=None,
    )
