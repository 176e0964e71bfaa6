"""Fifty people in front of a local workspace, who all type the same command at the same moment."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

from playground.slack import AckRecord, Outcome, Person, Workspace

SIZE = 50
COMMAND = "/ai4os"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The people of one workspace, to whose app they type."""

    workspace: Workspace
    people: tuple[Person, ...]

    @classmethod
    def of(cls, workspace: Workspace) -> "Crowd":
        """Add people to a workspace whom nobody there knows yet."""
        first = len(workspace.state.accounts)
        people = (workspace.add_user(f"person-{number}") for number in range(first, first + SIZE))
        return cls(workspace=workspace, people=tuple(people))

    def type_at_once(self) -> list[timedelta]:
        """Let everybody type the command once; return how long each acknowledgement took."""
        latencies = acknowledged(self.at_once(lambda person: person.command(COMMAND)))
        assert len(latencies) == len(self.people), f"only {len(latencies)} of {len(self.people)} were acknowledged"
        return latencies

    def at_once(self, do: Callable[[Person], object]) -> list[AckRecord]:
        """Let everybody do something at the same moment; return what was delivered to the app for it."""
        before = len(self.workspace.acks)
        start = Barrier(len(self.people))

        def together(person: Person) -> None:
            start.wait()
            do(person)

        with ThreadPoolExecutor(len(self.people)) as hands:
            list(hands.map(together, self.people))
        own = {person.id for person in self.people}
        return [ack for ack in self.workspace.acks[before:] if ack.user in own]


def acknowledged(deliveries: Iterable[AckRecord]) -> list[timedelta]:
    """Return how long each took that was acknowledged in time."""
    return [ack.latency for ack in deliveries if ack.outcome is Outcome.ACKED and ack.latency is not None]
