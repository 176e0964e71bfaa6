"""What the world must be like in the end, whatever was killed: one job or none, one message, true, and nothing left."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from sqlalchemy import select

from bot.domain.base import DeploymentId
from bot.domain.records import FAILED_STATES, AuditEntry, Submission, SubmissionState
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.metadata import METADATA
from bot.store.tables import DraftRow, SubmissionRow
from handlers.notifier import EVENT_TYPE
from playground.slack.screen import ShownMessage
from tests.kill.ground import JobSight
from tests.kill.town import House, KillTown


class Outcome(StrEnum):
    """How it ended for the person."""

    NOTHING = "nothing happened"
    UNSUBMITTED = "told that it was not submitted"
    RUNNING = "runs"
    FAILED = "failed"
    STOPPED = "stopped"
    REMOVED = "removed"
    REMINDED = "asked once"
    KEPT = "kept"
    IN_USE = "called in use"
    RESUMED = "told that it is used again"


_SAYS = {
    Outcome.UNSUBMITTED: "it was not started",
    Outcome.RUNNING: "is running",
    Outcome.FAILED: "failed",
    Outcome.STOPPED: "is stopped",
    Outcome.REMOVED: "is no longer on the cluster",
}
_AUDIT = {
    Outcome.NOTHING: Counter[str](),
    Outcome.UNSUBMITTED: Counter(("deploy requested", "not deployed")),
    Outcome.RUNNING: Counter(("deploy requested", "deployed")),
    Outcome.FAILED: Counter(("deploy requested", "deployed")),
    Outcome.STOPPED: Counter(("deploy requested", "deployed", "stop")),
    Outcome.REMOVED: Counter(("deploy requested", "deployed", "remove")),
}


class Judged(Protocol):
    """What was seen of the world after a kill."""

    @property
    def outcome(self) -> Outcome:
        """Return what is the case, whatever people were told."""

    def complaints(self) -> list[str]:
        """Return what is not as it must be; empty once everything is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Everything about one person's deployment that can be seen from outside the bot's process."""

    jobs: tuple[JobSight, ...]
    submissions: tuple[Submission, ...]
    is_settled: bool
    audit: tuple[AuditEntry, ...]
    messages: tuple[ShownMessage, ...]
    variables: tuple[str, ...]
    reserved: str
    leaks: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """Return what is the case, whatever the message says."""
        if self.jobs:
            if self.jobs[0].is_stopped:
                return Outcome.STOPPED
            return Outcome.FAILED if self._has_failed else Outcome.RUNNING
        if not self.submissions:
            return Outcome.NOTHING
        return Outcome.UNSUBMITTED if self.submissions[0].state in FAILED_STATES else Outcome.REMOVED

    @property
    def _has_failed(self) -> bool:
        return bool(self.jobs) and any("failed" in message.text for message in self.messages)

    def complaints(self) -> list[str]:
        """Return what is not as it must be; empty once everything is."""
        return [*self._about_the_count(), *self._about_the_message(), *self._about_the_rest()]

    def _about_the_count(self) -> Iterator[str]:
        if len(self.jobs) > 1:
            yield f"there are {len(self.jobs)} jobs"
        if len(self.submissions) > 1:
            yield f"there are {len(self.submissions)} submissions"
        if self.jobs and not self.submissions:
            yield "a job runs that nobody has recorded"
        if not self.is_settled:
            yield f"something is open in the ledger: {[each.state.value for each in self.submissions]}"

    def _about_the_message(self) -> Iterator[str]:
        wanted = _SAYS.get(self.outcome)
        if len(self.messages) != (1 if wanted else 0):
            yield f"there are {len(self.messages)} messages about: {self.outcome}"
        for message in self.messages:
            if wanted and wanted not in message.text:
                yield f"it is the case: {self.outcome}; the message says: {message.text[:200]!r}"

    def _about_the_rest(self) -> Iterator[str]:
        is_there = self.outcome in {Outcome.RUNNING, Outcome.FAILED}
        if self.outcome is Outcome.RUNNING and len(self.variables) != 1:
            yield f"the running job has {len(self.variables)} Variables"
        if not is_there and self.variables:
            yield f"a Variable is left of: {self.outcome}"
        if bool(self.reserved) != is_there:
            yield f"the host name is {'held' if self.reserved else 'free'} though the outcome is: {self.outcome}"
        found = Counter(entry.action for entry in self.audit)
        if found != _AUDIT[self.outcome]:
            yield f"the audit log of what {self.outcome} has {dict(found)}"
        ended = {SubmissionState.OVER} if self.outcome in {Outcome.STOPPED, Outcome.REMOVED} else set()
        if ended and {each.state for each in self.submissions} != ended:
            yield f"{self.outcome}, but it is followed still"
        for leak in self.leaks:
            yield f"a secret is in {leak}"


def look(town: KillTown, house: House) -> Sight:
    """Look at everything from outside."""
    with _ledger(house) as ledger:
        ids = _ids(ledger)
        submissions = tuple(found for each in ids if (found := ledger.submission(each)) is not None)
        base_domain = submissions[0].base_domain if submissions else ""
        about = [message for message in house.ada.messages() if _is_about(message, ids)]
        kept = {each: town.ground.secrets(each) for each in ids}
        secrets = {house.secret, *(secret for each in kept.values() for secret in each)}
        sight = Sight(
            jobs=tuple(job for job in town.ground.jobs() if job.owner_email == house.email),
            submissions=submissions,
            is_settled=not ledger.open_submissions() and not ledger.open_stops(),
            audit=ledger.audit_log(),
            messages=tuple(about),
            variables=tuple(each for each, items in kept.items() if items),
            reserved=ledger.hostname_holder(base_domain, house.hostname) or "",
            leaks=tuple(_leaks_in_tables(ledger, secrets)),
        )
    # Not while a database of ours is open: to close any file of SQLite's in a process takes all its locks away, and
    # the bot would believe itself alone.
    return replace(sight, leaks=(*sight.leaks, *_leaks_in_files(house, secrets), *_leaks_in_calls(town, secrets)))


@contextmanager
def _ledger(house: House) -> Iterator[SqlLedger]:
    engine = open_engine(house.environment["DATABASE_URL"])
    try:
        yield SqlLedger(engine)
    finally:
        engine.dispose()


def _ids(ledger: SqlLedger) -> tuple[DeploymentId, ...]:
    """Return every deployment id that was ever drawn: those of forms, too."""
    with ledger.engine.connect() as connection:
        drawn = [each for row in (DraftRow, SubmissionRow) for each in connection.scalars(select(row.deployment))]
    return tuple(DeploymentId(each) for each in dict.fromkeys(drawn))


def _is_about(message: ShownMessage, ids: tuple[DeploymentId, ...]) -> bool:
    metadata = message.metadata or {}
    return metadata.get("event_type") == EVENT_TYPE and metadata["event_payload"]["deployment"] in ids


def _leaks_in_tables(ledger: SqlLedger, secrets: Collection[str]) -> Iterator[str]:
    """Find where a secret is that must be in Nomad's Variable alone: the typed one, or one that the bot made."""
    with ledger.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            if _has_one(repr(connection.execute(select(table)).all()), secrets):
                yield f"the table {table.name}"


def _leaks_in_files(house: House, secrets: Collection[str]) -> Iterator[str]:
    for file in house.folder.iterdir():
        with suppress(FileNotFoundError):  # SQLite takes some of its files away
            if _has_one(file.read_bytes().decode(errors="replace"), secrets):
                yield file.name


def _leaks_in_calls(town: KillTown, secrets: Collection[str]) -> Iterator[str]:
    with town.workspace.state.lock:
        calls = [call for call in town.workspace.state.calls if _has_one(repr(call.arguments), secrets)]
    yield from sorted({call.method for call in calls})


def _has_one(text: str, secrets: Collection[str]) -> bool:
    return any(secret in text for secret in secrets)
