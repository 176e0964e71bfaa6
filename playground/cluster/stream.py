"""The event stream: every write as a line of JSON, for those who listen."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playground.cluster import shapes
from playground.cluster.acl import Token
from playground.cluster.desk import Desk
from playground.cluster.records import (
    Allocation,
    Evaluation,
    Job,
    JsonObject,
    Node,
    Rollout,
    Service,
    Variable,
)
from playground.cluster.state import Change, State

HEARTBEAT = b"{}\n"
_HEARTBEAT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a listener wants: (topic, key) pairs with `*` for any, and a namespace or `*`."""

    topics: frozenset[tuple[str, str]]
    namespace: str

    @classmethod
    def read(cls, topics: list[str], namespace: str) -> "Subscription":
        """Read `Topic:key` parameters; none means everything."""
        pairs = {(topic.partition(":")[0], topic.partition(":")[2] or "*") for topic in topics}
        return cls(frozenset(pairs or {("*", "*")}), namespace)

    def wants(self, change: Change) -> bool:
        """Tell whether a change is of interest."""
        namespace = getattr(change.record, "namespace", "")
        if namespace and self.namespace not in {"*", namespace}:
            return False
        keys = {"*", key_of(change), *filter_keys(change)}
        return any(topic in {"*", change.topic} and key in keys for topic, key in self.topics)


def send(desk: Desk, wanted: Subscription, index: int, write: Callable[[bytes], object]) -> None:
    """Write a heartbeat, then lines as they come, until the cluster ends or writing fails."""
    state = desk.engine.state
    write(HEARTBEAT)
    beat = time.monotonic() + _HEARTBEAT_SECONDS
    while not desk.closing.is_set():
        with state.lock:
            desk.engine.settle()
            lines = list(lines_after(state, index, wanted))
            if not lines:
                index = max(index, state.index + 1)
                state.changed.wait(min(1.0, max(beat - time.monotonic(), 0.0)))
        for batch, line in lines:
            write(line)
            index = batch + 1
        if time.monotonic() >= beat:
            write(HEARTBEAT)
            beat = time.monotonic() + _HEARTBEAT_SECONDS


def may_listen(token: Token, wanted: Subscription) -> bool:
    """Tell whether a token may hear of every topic it asks for."""
    rights = {"Node": "node:read", "Service": "read-job", "*": "management", "NodePool": "management"}
    return all(token.allows(rights.get(topic, "read-job"), wanted.namespace) for topic, _ in wanted.topics)


def lines_after(state: State, index: int, wanted: Subscription) -> Iterator[tuple[int, bytes]]:
    """Return the lines for the writes kept from an index on, each with its index."""
    for batch, changes in list(state.batches):
        if batch >= index:
            events = [_event(change) for change in changes if wanted.wants(change)]
            if events:
                yield batch, json.dumps({"Events": events, "Index": batch}).encode() + b"\n"


def key_of(change: Change) -> str:
    """Return what an event is about."""
    record = change.record
    return record.path if isinstance(record, Variable) else str(record.id)


def filter_keys(change: Change) -> list[str]:
    """Return the other keys by which an event can be found."""
    match change.record:
        case Allocation(job=job, rollout=rollout):
            return [job.id, rollout]
        case Evaluation(job=job_id, rollout=rollout):
            return [job_id, rollout]
        case Rollout(job=job_id):
            return [job_id]
        case Service(job=job_id, name=name):
            return [job_id, name]
        case _:
            return []


def _event(change: Change) -> JsonObject:
    return {
        "FilterKeys": filter_keys(change) or None,
        "Index": change.index,
        "Key": key_of(change),
        "Namespace": getattr(change.record, "namespace", ""),
        "Payload": _payload(change),
        "Topic": change.topic,
        "Type": change.type,
    }


def _payload(change: Change) -> JsonObject:
    shown: JsonObject
    match change.record:
        case Job() as job:
            shown = {"Job": shapes.job(job)} | ({"Deleted": True} if change.deleted else {})
        case Allocation() as allocation:
            shown = {"Allocation": shapes.allocation_shown(allocation, with_job=False)}
        case Evaluation() as evaluation:
            shown = {"Evaluation": shapes.without_empty(shapes.evaluation(evaluation))}
        case Rollout() as rollout:
            shown = {"Deployment": shapes.rollout(rollout, None)}
        case Node() as node:
            shown = {"Node": shapes.node(node)}
        case Service() as service:
            shown = {"Service": shapes.service(service)}
        case Variable() as variable:
            shown = {"Variable": shapes.variable(variable, with_items=False)}
    return shown
