"""Find out which of the rights that the bot needs its token has, without doing anything with them.

Each right is tried with a call that Nomad refuses for another reason after it has looked at the right: a job that is to
be changed but is not there, a Variable of an impossible index. So nothing is written, not even for a moment.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bot.domain.base import Namespace
from bot.domain.checkup import Area, Finding
from bot.domain.platform import Platform
from bot.errors import ClusterUnavailable
from bot.nomad.client import NomadClient
from bot.nomad.failures import NomadAnswered

STAND_IN = "ai4os-bot-doctor"
"""The id of the job, and the last part of the Variable's path, that the questions are about; neither ever exists."""

_IMPOSSIBLE_INDEX = 1  # index 1 belongs to the cluster's own first entries, so nothing of ours was ever changed at it
_DENYING_BY_INDEX = "Enforcing job modify index"
_SWITCHED_OFF = "disabled by the scheduler configuration"
_WHOLE_POLICY = "docs/operators.md shows the whole policy."


class Allowed(Enum):
    """Whether a right is there; `OFF` is for what the operators have switched off for everybody."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A right, what the bot needs it for, and the call that shows whether it is there.

    `whole` is the right that contains this one, where it does.
    """

    right: str
    purpose: str
    ask: Callable[[NomadClient, Namespace], object]
    whole: str = ""
    is_variables: bool = False


def _job(namespace: Namespace) -> dict[str, Any]:
    """Return a job that fits nowhere, should it ever be let in."""
    nowhere = {"LTarget": "${node.unique.id}", "Operand": "=", "RTarget": "nowhere"}
    task = {
        "Name": "main",
        "Driver": "docker",
        "Config": {"image": "nothing"},
        "Resources": {"CPU": 1, "MemoryMB": 10},
    }
    group = {"Name": "usergroup", "Count": 1, "Constraints": [nowhere], "Tasks": [task]}
    return {
        "ID": STAND_IN,
        "Name": STAND_IN,
        "Type": "service",
        "Namespace": namespace,
        "Datacenters": ["*"],
        "TaskGroups": [group],
    }


def _variable(namespace: Namespace) -> tuple[str, dict[str, str]]:
    return f"var/nomad/jobs/{STAND_IN}", {"namespace": namespace, "cas": str(_IMPOSSIBLE_INDEX)}


def _list_jobs(client: NomadClient, namespace: Namespace) -> object:
    return client.get("jobs", {"namespace": namespace, "per_page": "1"})


def _read_job(client: NomadClient, namespace: Namespace) -> object:
    return client.get(f"job/{STAND_IN}/evaluations", {"namespace": namespace})


def _plan_job(client: NomadClient, namespace: Namespace) -> object:
    body = {"Job": _job(namespace), "Diff": False}
    return client.post(f"job/{STAND_IN}/plan", body, {"namespace": namespace})


def _register_job(client: NomadClient, namespace: Namespace) -> object:
    body = {"Job": _job(namespace), "EnforceIndex": True, "JobModifyIndex": _IMPOSSIBLE_INDEX}
    return client.post("jobs", body, {"namespace": namespace})


def _stop_job(client: NomadClient, namespace: Namespace) -> None:
    client.delete(f"job/{STAND_IN}", {"namespace": namespace})


def _purge_job(client: NomadClient, namespace: Namespace) -> None:
    client.delete(f"job/{STAND_IN}", {"namespace": namespace, "purge": "true"})


def _read_variable(client: NomadClient, namespace: Namespace) -> object:
    return client.get(_variable(namespace)[0], {"namespace": namespace})


def _write_variable(client: NomadClient, namespace: Namespace) -> object:
    path, params = _variable(namespace)
    body = {"Namespace": namespace, "Path": path.removeprefix("var/"), "Items": {"nothing": "nothing"}}
    return client.put(path, body, params)


def _delete_variable(client: NomadClient, namespace: Namespace) -> None:
    client.delete(*_variable(namespace))


_SUBMIT = "submit-job"
READING = (
    Question(right="list-jobs", purpose="list deployments", ask=_list_jobs),
    Question(right="read-job", purpose="read deployments", ask=_read_job),
)
SUBMITTING = (
    Question(right="plan-job", whole=_SUBMIT, purpose="tell beforehand whether one fits", ask=_plan_job),
    Question(right="register-job", whole=_SUBMIT, purpose="submit deployments", ask=_register_job),
)
STOPPING = (
    Question(right="deregister-job", whole=_SUBMIT, purpose="stop deployments", ask=_stop_job),
    Question(right="purge-job", whole=_SUBMIT, purpose="remove deployments", ask=_purge_job),
)
"""Asked only where they can be given apart: those Nomads are known to forget the stop of a job that is not there."""
VARIABLES = (
    Question(right="read", purpose="show passwords", ask=_read_variable, is_variables=True),
    Question(right="write", purpose="store passwords", ask=_write_variable, is_variables=True),
    Question(right="destroy", purpose="delete passwords", ask=_delete_variable, is_variables=True),
)


def examine(client: NomadClient, platform: Platform, *, splits_submit: bool) -> Iterator[Finding]:
    """Return one finding if every right is there, else one for each right that is missing or could not be told."""
    questions = (*READING, *SUBMITTING, *(STOPPING if splits_submit else ()), *VARIABLES)
    answers = [(question, *_answer(client, question, platform.namespace)) for question in questions]
    missing = [question for question, allowed, _ in answers if allowed is Allowed.NO]
    yield from _missing(missing, questions, platform.namespace)
    for question, allowed, reason in answers:
        if allowed is Allowed.UNKNOWN:
            yield Area.NOMAD.unknown(f"{platform.namespace}: whether the bot may {question.purpose}: {reason}")
    if any(allowed is Allowed.OFF for _, allowed, _ in answers):
        yield Area.NOMAD.warning(
            f"{platform.namespace}: Nomad takes no new jobs from anybody right now (RejectJobRegistration).",
            "If that is not meant: nomad operator scheduler set-config -reject-job-registration=false",
        )
    if all(allowed in {Allowed.YES, Allowed.OFF} for _, allowed, _ in answers):
        yield Area.NOMAD.fine(
            f"{platform.namespace}: the bot may list, read, plan, submit and stop jobs in this namespace, and read,"
            " write and delete their Variables."
        )


def _answer(client: NomadClient, question: Question, namespace: Namespace) -> tuple[Allowed, str]:
    try:
        question.ask(client, namespace)
    except NomadAnswered as answer:
        return _meaning(answer)
    except ClusterUnavailable as error:
        return Allowed.UNKNOWN, str(error)
    return Allowed.YES, ""


def _meaning(answer: NomadAnswered) -> tuple[Allowed, str]:
    if _SWITCHED_OFF in answer.text:
        return Allowed.OFF, ""
    if answer.is_forbidden:
        return Allowed.NO, ""
    if answer.status in {404, 409} or _DENYING_BY_INDEX in answer.text:
        return Allowed.YES, ""
    return Allowed.UNKNOWN, str(answer)


def _missing(missing: list[Question], asked: tuple[Question, ...], namespace: Namespace) -> Iterator[Finding]:
    """Tell each missing right once: several parts as the whole, if none of its parts is there."""
    parts = [question for question in asked if question.whole]
    is_whole_missing = all(question in missing for question in parts)
    is_told = False
    for question in missing:
        if question.whole and is_whole_missing:
            if not is_told:
                yield _lacking(namespace, question.whole, "plan, submit and stop deployments")
            is_told = True
        elif question.is_variables:
            yield _lacking_variables(namespace, question)
        else:
            yield _lacking(namespace, question.right, question.purpose)


def _lacking(namespace: Namespace, right: str, purpose: str) -> Finding:
    return Area.NOMAD.problem(
        f"{namespace}: the bot may not {purpose}: its token lacks {right} in this namespace.",
        f'Add "{right}" to the capabilities of namespace "{namespace}" in its policy. {_WHOLE_POLICY}',
    )


def _lacking_variables(namespace: Namespace, question: Question) -> Finding:
    return Area.NOMAD.problem(
        f"{namespace}: the bot may not {question.purpose}: its token lacks {question.right} on the Variables"
        " nomad/jobs/* of this namespace.",
        f'Add "{question.right}" to the capabilities of path "nomad/jobs/*" in the variables of namespace'
        f' "{namespace}" in its policy. {_WHOLE_POLICY}',
    )
