"""Refuse answers in which what decides about a deployment is missing or of another type.

What only adorns may be odd and is then left out; what tells whether something exists, runs or was stopped may not:
out of a broken answer nobody should read that their deployment is gone.
"""

from collections.abc import Callable, Sequence
from typing import Any

from bot.nomad import failures
from bot.nomad.json_values import JsonObject, whole


def jobs(entries: Sequence[JsonObject]) -> Sequence[JsonObject]:
    """Return a listing of jobs, all of which tell who they are and whether they were stopped."""
    return _all(entries, lambda job: _are_texts(job, "ID", "Namespace") and isinstance(job.get("Stop"), bool))


def whole_job(answer: Any, identity: str) -> JsonObject:
    """Return the job that was asked for."""
    is_fine = _is(answer, identity) and isinstance(answer.get("Stop"), bool) and _are_objects(answer.get("TaskGroups"))
    return _if(answer, is_fine=is_fine)


def allocations(entries: Sequence[JsonObject]) -> Sequence[JsonObject]:
    """Return a listing of allocations, all of which tell whose they are and what they do."""
    return _all(entries, _is_allocation)


def evaluations(answer: Any) -> Sequence[JsonObject]:
    """Return a listing of evaluations, all of which tell whose they are and how they stand."""
    return _all(answer, lambda each: _are_texts(each, "ID", "JobID", "Namespace", "Status"))


def nodes(entries: Sequence[JsonObject]) -> Sequence[JsonObject]:
    """Return a listing of nodes, all of which tell who they are."""
    return _all(entries, lambda node: _are_texts(node, "ID"))


def whole_node(answer: Any, identity: str) -> JsonObject:
    """Return the node that was asked for."""
    return _if(answer, is_fine=_is(answer, identity) and _are_texts(answer, "Status"))


def variable(answer: Any) -> JsonObject:
    """Return a Variable with its items."""
    items = answer.get("Items") if isinstance(answer, dict) else None
    return _if(answer, is_fine=isinstance(items, dict) and all(isinstance(text, str) for text in items.values()))


def is_written(answer: Any, path: str) -> bool:
    """Tell whether an answer is Nomad's to a Variable that was written."""
    return isinstance(answer, dict) and answer.get("Path") == path and _is_index(answer.get("ModifyIndex"))


def plan(answer: Any) -> JsonObject:
    """Return what the scheduler would do."""
    is_fine = isinstance(answer, dict) and _is_index(answer.get("JobModifyIndex"))
    failed = answer.get("FailedTGAllocs") if isinstance(answer, dict) else None
    says_why = isinstance(failed, dict) and all(isinstance(metric, dict) for metric in failed.values())
    return _if(answer, is_fine=is_fine and (failed is None or says_why))


def is_acceptance(answer: Any) -> bool:
    """Tell whether an answer is Nomad's to a job that was registered or stopped."""
    return (
        isinstance(answer, dict) and isinstance(answer.get("EvalID"), str) and _is_index(answer.get("JobModifyIndex"))
    )


def _is_allocation(entry: JsonObject) -> bool:
    states = entry.get("TaskStates")
    return (
        _are_texts(entry, "ID", "JobID", "Namespace", "ClientStatus", "DesiredStatus")
        and _is_index(entry.get("CreateIndex"))
        and _is_index(entry.get("ModifyIndex"))
        and (states is None or (isinstance(states, dict) and all(map(_is_state, states.values()))))
    )


def _is_state(state: Any) -> bool:
    return isinstance(state, dict) and _are_texts(state, "State") and isinstance(state.get("Failed"), bool)


def _are_texts(entry: JsonObject, *names: str) -> bool:
    return all(isinstance(text := entry.get(name), str) and text for name in names)


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and whole(value) is not None and value >= 0


def _is(answer: Any, identity: str) -> bool:
    return isinstance(answer, dict) and answer.get("ID") == identity


def _all(entries: Any, is_fine: Callable[[JsonObject], bool]) -> Sequence[JsonObject]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and is_fine(entry) for entry in entries):
        raise failures.unreadable()
    return entries


def _if(answer: JsonObject, *, is_fine: bool) -> JsonObject:
    if not is_fine:
        raise failures.unreadable()
    return answer
