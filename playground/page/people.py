"""The people whom one may be on the page."""

from dataclasses import dataclass

from playground.slack.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """A person of the workspace whom one may be on the page; `role` says in a few words who that is."""

    person: Person
    role: str
