"""Judge deployments by every rule, each by the version of the policy that binds it, in its owner's working hours."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from bot.domain.addressees import Reach
from bot.domain.findings import Judgement, Verdict, Watched, WorkingTime
from bot.domain.gpu_shares import judge_etiquette
from bot.domain.gpu_use import judge_cpu_idle, judge_idle, judge_never_used, judge_one_idle
from bot.domain.office_hours import OfficeHours, next_opening, working_time
from bot.domain.operation import PolicyVersion
from bot.domain.policy import FindingKind, Policy
from bot.domain.policy_versions import policy_for
from bot.domain.state_findings import (
    judge_failed,
    judge_long_running,
    judge_lost_node,
    judge_queued,
    judge_telemetry,
    judge_zombie,
)
from bot.domain.waiting import counts_for_share, waiting_for
from bot.domain.zones import zone_of
from bot.ports import Addressees, Calendars

_HOURS = OfficeHours()
_MOST_UNANSWERED = 3
_BY_STATE: Mapping[FindingKind, Callable[..., Judgement]] = {
    FindingKind.FAILED: judge_failed,
    FindingKind.QUEUED: judge_queued,
    FindingKind.LONG_RUNNING: judge_long_running,
    FindingKind.ZOMBIE: judge_zombie,
    FindingKind.TELEMETRY_HOLE: judge_telemetry,
    FindingKind.LOST_NODE: judge_lost_node,
}


@dataclass(slots=True, kw_only=True)
class OwnersHours:
    """When owners work, by their own clocks; of whom nobody knows where they are, by UTC.

    Made anew for each check: Slack is asked about a person once, and not any more when it has stopped answering.
    """

    addressees: Addressees
    calendars: Calendars
    _zones: dict[str, tzinfo] = field(default_factory=dict)
    _unanswered: int = 0

    def working(self, email: str) -> WorkingTime:
        """Return a function that tells how much of a time lies in the owner's working hours."""

        def within(start: datetime, end: datetime) -> timedelta:
            return working_time(start, end, _HOURS, zone=self._zone(email), is_holiday=self.calendars.is_holiday)

        return within

    def opening(self, email: str, moment: datetime) -> datetime:
        """Return when the owner works next: the moment itself if they do then."""
        return next_opening(moment, _HOURS, zone=self._zone(email), is_holiday=self.calendars.is_holiday)

    def _zone(self, email: str) -> tzinfo:
        key = email.casefold()
        if key not in self._zones:
            self._zones[key] = zone_of(self._name_of_zone(email))
        return self._zones[key]

    def _name_of_zone(self, email: str) -> str:
        if not email or self._unanswered >= _MOST_UNANSWERED:
            return "UTC"
        found = self.addressees.find(email)
        self._unanswered = self._unanswered + 1 if found.reach is Reach.UNKNOWN else 0
        return found.time_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """One check's judgements, all at one moment. `queue` are the deployments that wait; None where nobody knows."""

    policies: Sequence[PolicyVersion]
    hours: OwnersHours
    now: datetime
    queue: Sequence[Watched] | None

    def of(self, watched: Watched, *, with_cpu: bool = True) -> tuple[Judgement, ...]:
        """Return what is said of one deployment by itself; its CPU alone costs too much to be looked at each time."""
        found = [judge(watched, policy=self._policy(kind, watched), now=self.now) for kind, judge in _BY_STATE.items()]
        if watched.gpus:
            found += self._of_gpus(watched)
        elif with_cpu or not watched.is_running:
            found.append(judge_cpu_idle(watched, policy=self._policy(FindingKind.CPU_IDLE, watched), now=self.now))
        return tuple(found)

    def of_share(self, own: Iterable[Watched]) -> tuple[Judgement, ...]:
        """Return what is said of all GPUs that one person has: a finding at one deployment, and no at the others."""
        several = tuple(own)
        counted = [each for each in several if counts_for_share(each)]
        found = None
        if counted:
            policy = self._policy(FindingKind.OVER_ETIQUETTE, counted[0])
            found = judge_etiquette(counted, policy=policy, now=self.now, somebody_waits=self._somebody_waits(counted))
        if found is not None and found.verdict is Verdict.UNKNOWN:
            return (found,)
        others = (each for each in several if found is None or each.deployment != found.deployment)
        return (*([found] if found else []), *(_not_over(each) for each in others))

    def _of_gpus(self, watched: Watched) -> list[Judgement]:
        working = self.hours.working(watched.owner.email)

        def policy(kind: FindingKind) -> Policy:
            return self._policy(kind, watched)

        return [
            judge_never_used(
                self._as_told(watched), policy=policy(FindingKind.GPU_NEVER_USED), now=self.now, working=working
            ),
            judge_idle(watched, policy=policy(FindingKind.GPU_IDLE), now=self.now, working=working),
            judge_one_idle(watched, policy=policy(FindingKind.ONE_GPU_IDLE), now=self.now, working=working),
        ]

    def _as_told(self, watched: Watched) -> Watched:
        """Let a message that came at night count from the morning on; of a GPU that was used it does not matter."""
        start = watched.clock_start
        is_used = any(bucket.active for device in watched.devices for bucket in device.buckets)
        if start is None or is_used or not watched.is_running:
            return watched
        return replace(watched, told_at=self.hours.opening(watched.owner.email, start))

    def _somebody_waits(self, holders: Sequence[Watched]) -> bool | None:
        if self.queue is None:
            return None
        return any(waiting_for(each, self.queue, now=self.now) for each in holders)

    def _policy(self, kind: FindingKind, watched: Watched) -> Policy:
        return policy_for(kind, watched, self.policies, now=self.now)


def _not_over(watched: Watched) -> Judgement:
    return Judgement(
        kind=FindingKind.OVER_ETIQUETTE,
        deployment=watched.deployment,
        instance=watched.instance,
        verdict=Verdict.NO,
    )
