"""The scheduler: evaluations come in, allocations go out, and what cannot be placed waits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from playground.cluster import placement
from playground.cluster.agenda import Agenda
from playground.cluster.canonical import duration
from playground.cluster.evaluation_desk import DELAYED, DISCONNECT_TIMEOUT, EvaluationDesk
from playground.cluster.lifecycle import Clients
from playground.cluster.ports import Ports
from playground.cluster.reconcile import Intent, Slot, Stop, reconcile, reschedule_delay
from playground.cluster.records import (
    Allocation,
    Evaluation,
    Job,
    JsonObject,
    PortGrant,
    RescheduleEvent,
    Rollout,
)
from playground.cluster.rollouts import Rollouts
from playground.cluster.state import State


@dataclass(frozen=True, slots=True)
class Foresight:
    """What registering a job now would do."""

    updates: Mapping[str, JsonObject]
    failures: Mapping[str, JsonObject]
    classes: Mapping[str, bool] | None


class Scheduler:
    """Makes the cluster match its jobs. Not thread-safe: the caller holds the cluster's lock."""

    def __init__(self, state: State, agenda: Agenda, clients: Clients, ports: Ports) -> None:
        self._state = state
        self._agenda = agenda
        self._clients = clients
        self._ports = ports
        self._rollouts = Rollouts(state)
        self._desk = EvaluationDesk(state, agenda, self.process)

    def enqueue(self, job: Job, trigger: str, now: datetime, *, node: str = "", priority: int = 0) -> Evaluation:
        """Write a pending evaluation of a job and let it be processed at once."""
        return self._desk.enqueue(job, trigger, now, node=node, priority=priority)

    def unblock(self, now: datetime) -> None:
        """Try again what waits: the highest priority first, then the oldest."""
        for evaluation in sorted(self._state.blocked_evaluations(), key=lambda one: (-one.priority, one.create_index)):
            self._agenda.at(now, partial(self.process, evaluation.id))

    def process(self, id_: str, now: datetime) -> None:
        """Carry out one evaluation."""
        evaluation = self._state.evaluations.get(id_)
        if evaluation is None or evaluation.terminal:
            return
        if evaluation.wait_until is not None and evaluation.wait_until > now:
            return
        key = (evaluation.namespace, evaluation.job)
        job = self._state.jobs.get(key)
        with self._state.commit("PlanResult"):
            rollout = self._rollouts.track(job, key, evaluation, now)
            active = rollout.id if rollout is not None and rollout.active else ""
            intents = reconcile(job, self._state.allocations_of(key), self._state.nodes, now, active_rollout=active)
            self._apply_stops(intents, now)
            failures, classes = self._place_all(job, intents, evaluation, rollout, now)
            self._follow_up(intents, evaluation, now)
            self._finish(evaluation, intents, failures, classes, rollout, now)

    def foresee(self, job: Job, now: datetime) -> Foresight:
        """Tell what registering `job` would do, without doing it."""
        intents = reconcile(job, self._state.allocations_of(job.key), self._state.nodes, now)
        stopped = {stop.allocation.id for intent in intents.values() for stop in intent.stop}
        classes = placement.classes_for(job)
        held = {node: [one for one in self._held(node) if one.id not in stopped] for node in self._state.nodes}
        failures: dict[str, JsonObject] = {}
        for name, intent in intents.items():
            group = job.group(name)
            for slot in intent.place if group else ():
                result = placement.place(job, group or {}, self._state.nodes.values(), held, classes)
                if isinstance(result, placement.Failed):
                    _note_failure(failures, name, result.metric)
                else:
                    held[result.node.id].append(self._draft(job, name, slot, result, "", now))
        return Foresight(_annotations(intents), failures, None if classes.escaped else classes.verdicts)

    def _held(self, node: str) -> list[Allocation]:
        return [one for one in self._state.allocations_on(node) if not one.client_terminal]

    def _apply_stops(self, intents: Mapping[str, Intent], now: datetime) -> None:
        for intent in intents.values():
            for stop in intent.stop:
                self._stop(stop, now)
            for allocation in intent.unknown:
                self._state.put_allocation(
                    replace(
                        allocation,
                        client="unknown",
                        client_description="alloc is unknown since its node is disconnected",
                        unknown_since=now,
                        state_changes=(*allocation.state_changes, ("unknown", now)),
                    ),
                    now,
                    by_client=False,
                )

    def _stop(self, stop: Stop, now: datetime) -> None:
        allocation = self._state.allocations[stop.allocation.id]
        changed = replace(allocation, desired="stop", desired_description=stop.description)
        if stop.client is not None:
            changed = replace(
                changed, client=stop.client, state_changes=(*allocation.state_changes, (stop.client, now))
            )
        written = self._state.put_allocation(changed, now, by_client=False)
        if not written.client_terminal or stop.client == "lost":
            self._clients.stop(written, now)

    def _place_all(
        self,
        job: Job | None,
        intents: Mapping[str, Intent],
        evaluation: Evaluation,
        rollout: Rollout | None,
        now: datetime,
    ) -> tuple[dict[str, JsonObject], placement.Classes | None]:
        failures: dict[str, JsonObject] = {}
        if job is None or job.stop:
            return failures, None
        classes = placement.classes_for(job)
        for name, intent in intents.items():
            group = job.group(name)
            if group is None:
                continue
            for allocation in intent.in_place:
                updated = replace(self._state.allocations[allocation.id], job=job, evaluation=evaluation.id)
                self._state.put_allocation(updated, now, by_client=False)
            for slot in intent.place:
                held = {node: self._held(node) for node in self._state.nodes}
                avoid = frozenset({slot.previous.node}) if slot.previous and slot.rescheduled else frozenset()
                result = placement.place(job, group, self._state.nodes.values(), held, classes, avoid=avoid)
                if isinstance(result, placement.Failed):
                    _note_failure(failures, name, result.metric)
                else:
                    self._start(job, name, slot, result, evaluation, rollout, now)
        return failures, classes

    def _start(
        self,
        job: Job,
        group: str,
        slot: Slot,
        placed: placement.Placed,
        evaluation: Evaluation,
        rollout: Rollout | None,
        now: datetime,
    ) -> None:
        draft = self._draft(job, group, slot, placed, evaluation.id, now)
        ports = self._number_ports(job, group, draft.id)
        active = rollout is not None and rollout.active
        allocation = replace(
            draft,
            grant=replace(draft.grant, ports=ports),
            rollout=rollout.id if rollout is not None and active else "",
        )
        written = self._state.put_allocation(allocation, now, by_client=False)
        if slot.previous is not None:
            previous = self._state.allocations[slot.previous.id]
            self._state.put_allocation(replace(previous, next=written.id), now, by_client=False)
        if rollout is not None and active:
            self._rollouts.count_placement(rollout.id, group, now)
        self._clients.receive(written, now)

    def _draft(
        self, job: Job, group: str, slot: Slot, placed: placement.Placed, evaluation: str, now: datetime
    ) -> Allocation:
        previous = slot.previous
        return Allocation(
            id=self._state.new_id(),
            namespace=job.namespace,
            name=slot.name,
            job=job,
            group=group,
            evaluation=evaluation,
            node=placed.node.id,
            node_name=placed.node.name,
            grant=placed.grant,
            metric=placed.metric,
            previous=previous.id if previous else "",
            reschedules=_tracked(job, group, previous, now) if previous and slot.rescheduled else (),
            created=now,
            modified=now,
        )

    def _number_ports(self, job: Job, group: str, allocation: str) -> tuple[PortGrant, ...]:
        ports: list[PortGrant] = []
        for network in (job.group(group) or {}).get("Networks") or ():
            ports += [_port(port, port["Value"]) for port in network.get("ReservedPorts") or ()]
            ports += [_port(port, self._ports.take(allocation)) for port in network.get("DynamicPorts") or ()]
        return tuple(ports)

    def _follow_up(self, intents: Mapping[str, Intent], evaluation: Evaluation, now: datetime) -> None:
        """Plan evaluations for failed allocations that may be replaced later, and for unknown ones that expire."""
        for intent in intents.values():
            for allocation, due in intent.later:
                self._desk.delay(allocation, "alloc-reschedule", DELAYED, due, evaluation, now)
            for allocation in intent.unknown:
                group = allocation.job.group(allocation.group) or {}
                lost_after = duration((group.get("Disconnect") or {}).get("LostAfter"))
                trigger = "max-disconnect-timeout"
                self._desk.delay(allocation, trigger, DISCONNECT_TIMEOUT, now + lost_after, evaluation, now)

    def _finish(
        self,
        evaluation: Evaluation,
        intents: Mapping[str, Intent],
        failures: dict[str, JsonObject],
        classes: placement.Classes | None,
        rollout: Rollout | None,
        now: datetime,
    ) -> None:
        queued = dict.fromkeys(intents, 0)
        for name, metric in failures.items():
            queued[name] = int(metric["CoalescedFailures"]) + 1
        known = replace(
            evaluation,
            queued=queued,
            snapshot_index=self._state.index,
            rollout=rollout.id if rollout is not None else "",
        )
        if failures and evaluation.status == "blocked":
            return
        blocked = self._desk.block(known, failures, classes, now) if failures else None
        done = replace(known, status="complete", failures=failures, blocked=blocked.id if blocked else "")
        self._state.put_evaluation(done, now)
        if not failures:
            self._desk.cancel_blocked(evaluation, now)


def _port(asked: JsonObject, value: int) -> PortGrant:
    to = int(asked.get("To", 0))
    return PortGrant(label=asked["Label"], value=value, to=value if to == -1 else to, host="127.0.0.1")


def _annotations(intents: Mapping[str, Intent]) -> dict[str, JsonObject]:
    return {
        name: {
            "Canary": 0,
            "DestructiveUpdate": intent.destructive,
            "Disconnect": len(intent.unknown),
            "Ignore": intent.ignore,
            "InPlaceUpdate": len(intent.in_place),
            "Migrate": intent.migrate,
            "Place": len(intent.place) - intent.destructive,
            "Preemptions": 0,
            "Reconnect": 0,
            "RescheduleLater": len(intent.later),
            "RescheduleNow": sum(slot.rescheduled for slot in intent.place),
            "Stop": len(intent.stop) - intent.destructive,
        }
        for name, intent in intents.items()
    }


def _note_failure(failures: dict[str, JsonObject], group: str, metric: JsonObject) -> None:
    if group in failures:
        failures[group]["CoalescedFailures"] += 1
    else:
        failures[group] = metric


def _tracked(job: Job, group: str, previous: Allocation, now: datetime) -> tuple[RescheduleEvent, ...]:
    policy = (job.group(group) or {})["ReschedulePolicy"]
    delay: timedelta = reschedule_delay(policy, previous)
    event = RescheduleEvent(time=now, allocation=previous.id, node=previous.node, delay=delay)
    return (*previous.reschedules, event)
