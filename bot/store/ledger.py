"""What the bot remembers, in a SQL database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Delete, Engine, delete, func, select, update

from bot.domain.base import DeploymentId, DraftId, Frozen
from bot.domain.records import Announcement, AuditEntry, Draft, StopRecord, Submission
from bot.errors import BotError
from bot.store import schema
from bot.store.copies import outdated
from bot.store.patience import with_patience
from bot.store.rows import columns_of, decode, encode, note, put, put_new
from bot.store.rules import (
    AUDIT_KEEP,
    AUDIT_MOST,
    ENDED,
    FOLLOWED,
    NAMELESS,
    UNSETTLED,
    email_key,
    hostname_key,
    hostname_taken,
)
from bot.store.tables import (
    AnnouncementRow,
    AuditRow,
    Base,
    DeliveryRow,
    DraftRow,
    HostnameRow,
    StopRow,
    SubjectRow,
    SubmissionRow,
)
from bot.store.transactions import reading, writing

Record = TypeVar("Record", bound=Frozen)


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """Implements the Ledger port on SQLite and PostgreSQL; see `bot.store.rules` for what the port leaves open.

    With `patience`, every method waits no longer than that for a connection and for locks before it raises
    Unavailable: for callers who owe somebody an answer within a second.
    """

    engine: Engine
    patience: timedelta | None = None

    def __post_init__(self) -> None:
        """Take the engine as it serves somebody with that patience."""
        if self.patience is not None:
            object.__setattr__(self, "engine", with_patience(self.engine, self.patience))

    def save_draft(self, draft: Draft) -> None:
        """Insert the draft, or replace it."""
        with writing(self.engine) as connection:
            put(connection, DraftRow, encode(draft))

    def draft(self, draft: DraftId) -> Draft | None:
        """Return the draft, or None."""
        return self._one(Draft, DraftRow, DraftRow.id == draft)

    def accept(self, submission: Submission, *, noting: AuditEntry | None = None) -> bool:
        """Record a submission and reserve its host name; False if its deployment id is recorded already."""
        with writing(self.engine) as connection:
            if not put_new(connection, SubmissionRow, _submission_values(submission)):
                return False
            if submission.request.hostname:
                _reserve(connection, submission)
            note(connection, noting)
            return True

    def advance(self, submission: Submission, *, noting: AuditEntry | None = None) -> None:
        """Replace the recorded submission, freeing its host name if it has ended; unknown ones are ignored."""
        is_same = SubmissionRow.deployment == submission.deployment
        with writing(self.engine) as connection:
            changed = connection.execute(update(SubmissionRow).where(is_same).values(_submission_values(submission)))
            if changed.rowcount == 0:
                return
            if submission.state in NAMELESS:
                connection.execute(delete(HostnameRow).where(HostnameRow.deployment == submission.deployment))
            note(connection, noting)

    def submission(self, deployment: DeploymentId) -> Submission | None:
        """Return what is recorded of the deployment, or None."""
        return self._one(Submission, SubmissionRow, SubmissionRow.deployment == deployment)

    def open_submissions(self) -> tuple[Submission, ...]:
        """Return the submissions whose outcome is not settled yet, oldest first."""
        return self._submissions(SubmissionRow.state.in_(UNSETTLED))

    def submissions_of(self, owner_email: str) -> tuple[Submission, ...]:
        """Return the owner's submissions that have not ended, oldest first."""
        is_theirs = SubmissionRow.owner_key == email_key(owner_email)
        return self._submissions(is_theirs, SubmissionRow.state.not_in(ENDED))

    def followed(self) -> tuple[Submission, ...]:
        """Return the submissions whose deployments are still followed, oldest first."""
        return self._submissions(SubmissionRow.state.in_(FOLLOWED))

    def hostname_holder(self, base_domain: str, hostname: str) -> DeploymentId | None:
        """Return the deployment for which the host name is reserved, or None."""
        domain_key, name_key = hostname_key(base_domain, hostname)
        is_it = (HostnameRow.base_domain == domain_key, HostnameRow.hostname == name_key)
        with reading(self.engine) as connection:
            holder = connection.scalar(select(HostnameRow.deployment).where(*is_it))
        return None if holder is None else DeploymentId(holder)

    def announcement(self, deployment: DeploymentId) -> Announcement | None:
        """Return what was last announced about the deployment and where, or None."""
        return self._one(Announcement, AnnouncementRow, AnnouncementRow.deployment == deployment)

    def save_announcement(self, announcement: Announcement) -> None:
        """Insert the announcement, or replace the one of the same deployment."""
        with writing(self.engine) as connection:
            put(connection, AnnouncementRow, encode(announcement))

    def record_stop(self, stop: StopRecord, *, noting: AuditEntry | None = None) -> None:
        """Insert the intent to stop, or replace the record of the same deployment."""
        with writing(self.engine) as connection:
            put(connection, StopRow, encode(stop))
            note(connection, noting)

    def open_stops(self) -> tuple[StopRecord, ...]:
        """Return the stops that were intended but not carried out yet, oldest first."""
        statement = select(*columns_of(StopRow, StopRecord)).where(StopRow.is_done.is_(False))
        with reading(self.engine) as connection:
            rows = connection.execute(statement.order_by(StopRow.at, StopRow.deployment)).mappings().all()
        return decode(StopRecord, rows)

    def stop_of(self, deployment: DeploymentId) -> StopRecord | None:
        """Return the newest stop recorded for the deployment, or None."""
        return self._one(StopRecord, StopRow, StopRow.deployment == deployment)

    def audit(self, entry: AuditEntry) -> None:
        """Append to the log."""
        with writing(self.engine) as connection:
            note(connection, entry)

    def audit_log(self, *, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Return the newest entries, newest first."""
        newest_first = (AuditRow.at.desc(), AuditRow.number.desc())
        statement = select(*columns_of(AuditRow, AuditEntry)).order_by(*newest_first).limit(max(limit, 0))
        with reading(self.engine) as connection:
            rows = connection.execute(statement).mappings().all()
        return decode(AuditEntry, rows)

    def first_time(self, key: str, *, now: datetime) -> bool:
        """Remember that this delivery was handled; False if it was handled before."""
        with writing(self.engine) as connection:
            return put_new(connection, DeliveryRow, {"key": key, "at": now})

    def remember_subject(self, email: str, subject: str) -> None:
        """Remember which OIDC subject an e-mail address belongs to."""
        with writing(self.engine) as connection:
            put(connection, SubjectRow, {"email": email_key(email), "subject": subject})

    def subject_of(self, email: str) -> str:
        """Return the remembered OIDC subject of the e-mail address, or an empty text."""
        with reading(self.engine) as connection:
            subject = connection.scalar(select(SubjectRow.subject).where(SubjectRow.email == email_key(email)))
        return subject or ""

    def prune(self, *, before: datetime) -> int:
        """Delete what is settled and older than that; return how many rows went.

        That is drafts, deliveries, ended submissions, announcements without a submission, stops that were carried out,
        image tags, and copies of catalogues that are not in use. Open submissions and stops stay however old they are;
        the audit log stays for AUDIT_KEEP longer, but no more than its newest AUDIT_MOST lines.
        """
        has_submission = AnnouncementRow.deployment.in_(select(SubmissionRow.deployment))
        newest = select(func.max(AuditRow.number)).scalar_subquery()
        statements = (
            delete(DraftRow).where(DraftRow.updated_at < before),
            delete(DeliveryRow).where(DeliveryRow.at < before),
            delete(SubmissionRow).where(SubmissionRow.state.in_(ENDED), SubmissionRow.updated_at < before),
            delete(AnnouncementRow).where(AnnouncementRow.updated_at < before, ~has_submission),
            delete(StopRow).where(StopRow.is_done, StopRow.at < before),
            delete(AuditRow).where(AuditRow.at < before - AUDIT_KEEP),
            delete(AuditRow).where(AuditRow.number <= newest - AUDIT_MOST),
            *outdated(before),
        )
        # Each on its own: one long transaction would keep whoever wants to write waiting for all of them.
        return sum(self._delete(statement) for statement in statements)

    def is_reachable(self) -> bool:
        """Tell whether the database answers and its schema is the code's; never raises."""
        try:
            return schema.pending(self.engine) is schema.SchemaState.UP_TO_DATE
        except BotError:
            return False

    def _one(self, record: type[Record], row: type[Base], is_it: ColumnElement[bool]) -> Record | None:
        with reading(self.engine) as connection:
            rows = connection.execute(select(*columns_of(row, record)).where(is_it)).mappings().all()
        return next(iter(decode(record, rows)), None)

    def _delete(self, statement: Delete) -> int:
        with writing(self.engine) as connection:
            return connection.execute(statement).rowcount

    def _submissions(self, *conditions: ColumnElement[bool]) -> tuple[Submission, ...]:
        statement = select(*columns_of(SubmissionRow, Submission)).where(*conditions)
        oldest_first = (SubmissionRow.created_at, SubmissionRow.deployment)
        with reading(self.engine) as connection:
            rows = connection.execute(statement.order_by(*oldest_first)).mappings().all()
        return decode(Submission, rows)


def _reserve(connection: Connection, submission: Submission) -> None:
    domain_key, name_key = hostname_key(submission.base_domain, submission.request.hostname)
    values = {"base_domain": domain_key, "hostname": name_key, "deployment": submission.deployment}
    if not put_new(connection, HostnameRow, values):
        raise hostname_taken(submission.request.hostname)


def _submission_values(submission: Submission) -> dict[str, Any]:
    return encode(submission) | {"owner_key": email_key(submission.owner_email)}
