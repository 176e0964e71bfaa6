"""What has to change so that a job's allocations match the job: Nomad's reconciler, for what we use. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from playground.cluster.canonical import duration, needs_replacement
from playground.cluster.records import Allocation, ClientStatus, Job, JsonObject, Node

NOT_NEEDED = "alloc not needed due to job update"
UPDATING = "alloc is being updated due to job update"
LOST = "alloc is lost since its node is down"
UNKNOWN = "alloc is unknown since its node is disconnected"
MIGRATING = "alloc is being migrated"
MIN_DELAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place to fill; `previous` is the allocation it replaces."""

    name: str
    previous: Allocation | None = None
    rescheduled: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """An allocation that must go, why, and what its client is declared to say if it cannot be asked."""

    allocation: Allocation
    description: str
    client: ClientStatus | None = None


@dataclass(slots=True)
class Intent:
    """What one task group needs."""

    place: list[Slot] = field(default_factory=list)
    stop: list[Stop] = field(default_factory=list)
    unknown: list[Allocation] = field(default_factory=list)
    in_place: list[Allocation] = field(default_factory=list)
    destructive: int = 0
    migrate: int = 0
    ignore: int = 0
    later: list[tuple[Allocation, datetime]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Sight:
    """What the decision about one allocation may look at."""

    job: Job
    nodes: Mapping[str, Node]
    now: datetime
    active_rollout: str


def reconcile(
    job: Job | None,
    allocations: Iterable[Allocation],
    nodes: Mapping[str, Node],
    now: datetime,
    *,
    active_rollout: str = "",
) -> dict[str, Intent]:
    """Return the intent of every task group that the job or its allocations name."""
    listed = list(allocations)
    groups = {} if job is None or job.stop else {group["Name"]: group for group in job.groups}
    names = [*groups, *sorted({allocation.group for allocation in listed} - set(groups))]
    intents: dict[str, Intent] = {}
    for name in names:
        own = [allocation for allocation in listed if allocation.group == name]
        if job is None or name not in groups:
            intents[name] = _stop_all(own, nodes)
        else:
            intents[name] = _reconcile_group(_Sight(job, nodes, now, active_rollout), groups[name], own)
    return intents


def _stop_all(own: list[Allocation], nodes: Mapping[str, Node]) -> Intent:
    intent = Intent()
    for allocation in own:
        if allocation.terminal:
            continue
        node = nodes.get(allocation.node)
        lost = node is None or node.status == "down"
        intent.stop.append(Stop(allocation, NOT_NEEDED, "lost" if lost else None))
    return intent


def _reconcile_group(sight: _Sight, group: JsonObject, own: list[Allocation]) -> Intent:
    intent = Intent()
    kept: list[Allocation] = []
    replaced: list[Slot] = []
    for allocation in own:
        if _is_over(sight.job, allocation):
            continue
        if _sort_tainted(sight, group, allocation, intent, replaced):
            continue
        if allocation.client == "failed" and _sort_failed(sight, group, allocation, intent, replaced):
            continue
        kept.append(allocation)
    count = int(group["Count"])
    kept.sort(key=lambda allocation: (allocation.client == "failed", _number(allocation.name)))
    for surplus in kept[count:]:
        if not surplus.client_terminal:
            intent.stop.append(Stop(surplus, NOT_NEEDED))
    kept = kept[:count]
    for allocation in kept:
        _sort_version(sight.job, group, allocation, intent, replaced)
    taken = {allocation.name for allocation in kept} | {slot.name for slot in replaced}
    free = (_name(sight.job, group, number) for number in range(count * 2))
    fresh = [Slot(name) for name in free if name not in taken]
    standing = len([allocation for allocation in kept if not _replaced(allocation, replaced)])
    room = max(count - standing, 0)
    intent.place = [*replaced, *fresh][:room]
    return intent


def _is_over(job: Job, allocation: Allocation) -> bool:
    """Tell whether an allocation no longer counts: it was stopped, or a service's one ended well or was lost."""
    if allocation.desired != "run" or allocation.next:
        return True
    if job.type in {"batch", "sysbatch"}:
        return allocation.client == "lost" or (allocation.client_terminal and allocation.job.version != job.version)
    return allocation.client in {"complete", "lost"}


def _sort_tainted(
    sight: _Sight, group: JsonObject, allocation: Allocation, intent: Intent, replaced: list[Slot]
) -> bool:
    """Deal with an allocation whose node is away or drains; tell whether that settled it."""
    fate = _fate(sight, group, allocation)
    if fate == "lost":
        _lose(allocation, intent, replaced)
    elif fate == "migrate":
        intent.stop.append(Stop(allocation, MIGRATING))
        intent.migrate += 1
        replaced.append(Slot(allocation.name, allocation))
    elif fate == "unknown":
        intent.unknown.append(allocation)
        if not (group.get("Disconnect") or {}).get("Replace", True):
            return False
        replaced.append(Slot(allocation.name, allocation))
    return fate != "stays"


def _fate(sight: _Sight, group: JsonObject, allocation: Allocation) -> Literal["stays", "lost", "unknown", "migrate"]:
    node = sight.nodes.get(allocation.node)
    disconnect = group.get("Disconnect") or {}
    lost_after = duration(disconnect.get("LostAfter"))
    if allocation.client_terminal:
        return "stays"
    if allocation.client == "unknown":
        return "lost" if sight.now - (allocation.unknown_since or sight.now) >= lost_after else "stays"
    kept = disconnect.get("Replace", True) is False and allocation.client == "running"
    if node is None or (node.status == "down" and not kept):
        return "lost"
    if node.status in {"disconnected", "down"}:
        return "lost" if allocation.client == "pending" or not lost_after else "unknown"
    return "migrate" if node.draining or allocation.migrate else "stays"


def _lose(allocation: Allocation, intent: Intent, replaced: list[Slot]) -> None:
    intent.stop.append(Stop(allocation, LOST, "lost"))
    replaced.append(Slot(allocation.name, allocation))


def _sort_failed(
    sight: _Sight, group: JsonObject, allocation: Allocation, intent: Intent, replaced: list[Slot]
) -> bool:
    """Decide whether a failed allocation is replaced now, later or never; tell whether it is replaced now."""
    if allocation.rollout and allocation.rollout == sight.active_rollout:
        return False
    policy = group["ReschedulePolicy"]
    due = reschedule_time(policy, allocation)
    if due is None:
        return False
    if due - sight.now <= timedelta(seconds=1):
        intent.stop.append(Stop(allocation, ""))
        replaced.append(Slot(allocation.name, allocation, rescheduled=True))
        return True
    if not allocation.followup:
        intent.later.append((allocation, due))
    return False


def reschedule_time(policy: JsonObject, allocation: Allocation) -> datetime | None:
    """Return when a failed allocation may be replaced; None for never."""
    ended = max((state.finished_at for state in allocation.tasks.values() if state.finished_at), default=None)
    failed_at = ended or allocation.modified
    if policy["Unlimited"]:
        return failed_at + reschedule_delay(policy, allocation)
    window = failed_at - duration(policy["Interval"])
    recent = [event for event in allocation.reschedules if event.time >= window]
    if len(recent) >= int(policy["Attempts"]):
        return None
    return failed_at + reschedule_delay(policy, allocation)


def reschedule_delay(policy: JsonObject, allocation: Allocation) -> timedelta:
    """Return how long to wait before the next replacement."""
    base, limit = duration(policy["Delay"]), duration(policy["MaxDelay"])
    earlier = len(allocation.reschedules)
    factors = {"exponential": 2.0**earlier, "fibonacci": float(_fibonacci(earlier))}
    factor = factors.get(str(policy["DelayFunction"]), 1.0)
    delay = base * factor
    return min(delay, limit) if limit else delay


def _fibonacci(number: int) -> int:
    first, second = 1, 1
    for _ in range(number):
        first, second = second, first + second
    return first


def _sort_version(job: Job, group: JsonObject, allocation: Allocation, intent: Intent, replaced: list[Slot]) -> None:
    if allocation.job.version == job.version and allocation.job.create_index == job.create_index:
        intent.ignore += 1
    elif needs_replacement(allocation.job.spec, job.spec, group["Name"]):
        intent.destructive += 1
        if not allocation.client_terminal:
            intent.stop.append(Stop(allocation, UPDATING))
        replaced.append(Slot(allocation.name, allocation))
    else:
        intent.in_place.append(allocation)


def _replaced(allocation: Allocation, slots: list[Slot]) -> bool:
    return any(slot.previous is allocation for slot in slots)


def _name(job: Job, group: JsonObject, number: int) -> str:
    return f"{job.id}.{group['Name']}[{number}]"


def _number(name: str) -> int:
    return int(name.rpartition("[")[2].rstrip("]"))
