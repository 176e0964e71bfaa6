"""Write filter expressions for Nomad's listings (go-bexpr); foreign text gets in as a quoted, harmless literal only.

Missing keys and absent metas count as "does not match" on every Nomad since 1.8, so no guards are needed.
"""

import re
from collections.abc import Iterable, Sequence

from bot.domain.base import Namespace
from bot.domain.people import Owner
from bot.errors import RejectedByCluster
from bot.nomad.marks import MADE_BY
from bot.nomad.specification import MAIN_TASKS

KINDS = ("module", "tool", "userjob", "batch", "try")
"""The beginnings of the names of jobs that are somebody's deployment."""

_MAIN_IN_TROUBLE = " or ".join(
    f'"{name}" in TaskStates and TaskStates.{name}.{sign}'
    for name in MAIN_TASKS
    for sign in ('State != "running"', "Restarts != 0")
)
IN_TROUBLE = f'(ClientStatus matches "^(pending|failed|lost|unknown)$" or {_MAIN_IN_TROUBLE})'
"""Matches the allocations whose status their tasks tell; of all others the client's word says everything.

Any task that failed makes the client say `failed`, so only the main one is looked at. Without brackets inside brackets,
because each level costs Nomad's parser a multiple of the time.
"""

_WORD = re.compile(r"[A-Za-z0-9_-]{1,128}")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,253}")


def owned(owner: Owner, namespaces: Sequence[Namespace]) -> str:
    """Match an owner's jobs that are deployments."""
    kinds = "|".join(KINDS)
    return f'{_owners(owner, namespaces)} and Name matches "^({kinds})-"'


def deployments(namespaces: Sequence[Namespace]) -> str:
    """Match everybody's jobs that are deployments."""
    return f'({within(namespaces)}) and Name matches "^({"|".join(KINDS)})-"'


def owned_allocations(owner: Owner, namespaces: Sequence[Namespace]) -> str:
    """Match the allocations of all of an owner's jobs; which of them are deployments' only the jobs' list tells."""
    return _owners(owner, namespaces, of="Job.")


def made_by_bot(namespaces: Sequence[Namespace], *, of: str = "") -> str:
    """Match the jobs that the bot made; with `of="Job."` their allocations."""
    return f'{of}Meta.made_by == "{MADE_BY}" and ({within(namespaces)})'


def within(namespaces: Sequence[Namespace]) -> str:
    """Match what lies in one of the namespaces."""
    return f'Namespace matches "^({_one_of(namespaces)})$"'


def of_jobs(jobs: Iterable[str]) -> str:
    """Match the allocations or evaluations of these jobs."""
    return f'JobID matches "^({_one_of(jobs)})$"'


def with_ids(identities: Iterable[str]) -> str:
    """Match the objects with these ids."""
    return f'ID matches "^({_one_of(identities)})$"'


def unsettled(namespaces: Sequence[Namespace]) -> str:
    """Match the evaluations that still wait for something."""
    return f'({within(namespaces)}) and Status matches "^(blocked|pending)$"'


def holding_devices(namespaces: Sequence[Namespace]) -> str:
    """Match the allocations whose main task holds a device, such as a GPU."""
    tasks = "AllocatedResources.Tasks"
    holding = " or ".join(f'("{name}" in {tasks} and {tasks}.{name}.Devices is not empty)' for name in MAIN_TASKS)
    return f'({within(namespaces)}) and ClientStatus matches "^(pending|running|unknown)$" and ({holding})'


def routed_to(hostname: str, base_domain: str) -> str:
    """Match the jobs, stopped ones left out, with a service whose Traefik rule has the host name.

    Labels stand before it (`deepaas.<hostname>.<base domain>`), and `www.` may.
    """
    if not (_WORD.fullmatch(hostname) and _DOMAIN.fullmatch(base_domain)):
        raise RejectedByCluster("That is not a host name.", hint="Use letters, digits and hyphens.", field="hostname")
    rule = f"[^a-z0-9-]{literal(hostname)}[.]{literal(base_domain)}[^a-z0-9.-]"
    in_service = f'any service.Tags as tag {{ tag matches "{rule}" }}'
    return f"Stop != true and (any TaskGroups as group {{ any group.Services as service {{ {in_service} }} }})"


def _owners(owner: Owner, namespaces: Sequence[Namespace], *, of: str = "") -> str:
    """Match what is an owner's: by e-mail, whatever the case, or by subject, since jobs of 2023 have no e-mail.

    One clause per field, and none for a single namespace, which the call itself names: what costs Nomad time is to look
    a field up in everybody's jobs.
    """
    names = [name for name in (owner.subject, owner.email) if name]
    if not names:
        raise RejectedByCluster("It is not known whose deployments to look for.")
    clauses = [f'{of}Meta.owner_email matches "(?i)^{literal(owner.email)}$"'] if owner.email else []
    clauses.append(f'{of}Meta.owner matches "^({_one_of(names)})$"')
    found = f"({' or '.join(clauses)})"
    return f"{found} and ({within(namespaces)})" if len(namespaces) > 1 else found


def literal(text: str) -> str:
    r"""Write a text so that a quoted regular expression matches exactly it.

    Letters, digits and what is not ASCII mean themselves in both languages; everything else becomes `\xNN`.
    """
    return "".join(
        character if character.isascii() and character.isalnum() else _escaped(character) for character in text
    )


def _escaped(character: str) -> str:
    return f"\\\\x{ord(character):02x}" if character.isascii() else character


def _one_of(words: Iterable[str]) -> str:
    return "|".join(literal(word) for word in words)
