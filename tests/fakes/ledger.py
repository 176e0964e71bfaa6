"""An in-memory ledger that obeys the rules of the Ledger port."""

from collections.abc import Iterable
from datetime import datetime
from threading import RLock

from bot.domain.base import DeploymentId, DraftId
from bot.domain.records import Announcement, AuditEntry, Draft, StopRecord, Submission
from bot.store.rules import (
    AUDIT_KEEP,
    AUDIT_MOST,
    ENDED,
    FOLLOWED,
    NAMELESS,
    UNSETTLED,
    does_not_answer,
    email_key,
    hostname_key,
    hostname_taken,
)


class MemoryLedger:
    """Remembers in dictionaries, behind one lock; a test takes it down by setting `is_down`."""

    def __init__(self) -> None:
        self.is_down = False
        self._lock = RLock()
        self._drafts: dict[DraftId, Draft] = {}
        self._submissions: dict[DeploymentId, Submission] = {}
        self._hostnames: dict[tuple[str, str], DeploymentId] = {}
        self._announcements: dict[DeploymentId, Announcement] = {}
        self._stops: dict[DeploymentId, StopRecord] = {}
        self._audit: list[AuditEntry] = []
        self._deliveries: dict[str, datetime] = {}
        self._subjects: dict[str, str] = {}

    def save_draft(self, draft: Draft) -> None:
        """Insert the draft, or replace it."""
        with self._transaction():
            self._drafts[draft.id] = draft.model_copy(deep=True)

    def draft(self, draft: DraftId) -> Draft | None:
        """Return the draft, or None."""
        with self._transaction():
            return self._drafts.get(draft)

    def accept(self, submission: Submission, *, noting: AuditEntry | None = None) -> bool:
        """Record a submission and reserve its host name; False if its deployment id is recorded already."""
        with self._transaction():
            if submission.deployment in self._submissions:
                return False
            if submission.request.hostname:
                self._reserve(submission)
            self._submissions[submission.deployment] = submission
            self._note(noting)
            return True

    def advance(self, submission: Submission, *, noting: AuditEntry | None = None) -> None:
        """Replace the recorded submission, freeing its host name if it has ended; unknown ones are ignored."""
        with self._transaction():
            if submission.deployment not in self._submissions:
                return
            self._submissions[submission.deployment] = submission
            if submission.state in NAMELESS:
                self._free(submission.deployment)
            self._note(noting)

    def submission(self, deployment: DeploymentId) -> Submission | None:
        """Return what is recorded of the deployment, or None."""
        with self._transaction():
            return self._submissions.get(deployment)

    def open_submissions(self) -> tuple[Submission, ...]:
        """Return the submissions whose outcome is not settled yet, oldest first."""
        with self._transaction():
            return _oldest_first(record for record in self._submissions.values() if record.state in UNSETTLED)

    def submissions_of(self, owner_email: str) -> tuple[Submission, ...]:
        """Return the owner's submissions that have not ended, oldest first."""
        key = email_key(owner_email)
        with self._transaction():
            theirs = [record for record in self._submissions.values() if email_key(record.owner_email) == key]
            return _oldest_first(record for record in theirs if record.state not in ENDED)

    def followed(self) -> tuple[Submission, ...]:
        """Return the submissions whose deployments are still followed, oldest first."""
        with self._transaction():
            return _oldest_first(record for record in self._submissions.values() if record.state in FOLLOWED)

    def hostname_holder(self, base_domain: str, hostname: str) -> DeploymentId | None:
        """Return the deployment for which the host name is reserved, or None."""
        with self._transaction():
            return self._hostnames.get(hostname_key(base_domain, hostname))

    def announcement(self, deployment: DeploymentId) -> Announcement | None:
        """Return what was last announced about the deployment and where, or None."""
        with self._transaction():
            return self._announcements.get(deployment)

    def save_announcement(self, announcement: Announcement) -> None:
        """Insert the announcement, or replace the one of the same deployment."""
        with self._transaction():
            self._announcements[announcement.deployment] = announcement

    def record_stop(self, stop: StopRecord, *, noting: AuditEntry | None = None) -> None:
        """Insert the intent to stop, or replace the record of the same deployment."""
        with self._transaction():
            self._stops[stop.deployment] = stop
            self._note(noting)

    def open_stops(self) -> tuple[StopRecord, ...]:
        """Return the stops that were intended but not carried out yet, oldest first."""
        with self._transaction():
            waiting = [stop for stop in self._stops.values() if not stop.is_done]
            return tuple(sorted(waiting, key=lambda stop: (stop.at, stop.deployment)))

    def stop_of(self, deployment: DeploymentId) -> StopRecord | None:
        """Return the newest stop recorded for the deployment, or None."""
        with self._transaction():
            return self._stops.get(deployment)

    def audit(self, entry: AuditEntry) -> None:
        """Append to the log."""
        with self._transaction():
            self._note(entry)

    def audit_log(self, *, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Return the newest entries, newest first."""
        with self._transaction():
            # Sorting is stable: of two entries with one time, the one written later stays the later one.
            oldest_first = sorted(self._audit, key=lambda entry: entry.at)
            return tuple(oldest_first[::-1][: max(limit, 0)])

    def first_time(self, key: str, *, now: datetime) -> bool:
        """Remember that this delivery was handled; False if it was handled before."""
        with self._transaction():
            if key in self._deliveries:
                return False
            self._deliveries[key] = now
            return True

    def remember_subject(self, email: str, subject: str) -> None:
        """Remember which OIDC subject an e-mail address belongs to."""
        with self._transaction():
            self._subjects[email_key(email)] = subject

    def subject_of(self, email: str) -> str:
        """Return the remembered OIDC subject of the e-mail address, or an empty text."""
        with self._transaction():
            return self._subjects.get(email_key(email), "")

    def prune(self, *, before: datetime) -> int:
        """Delete what is settled and older than that; return how many records went."""
        with self._transaction():
            size = self._size()
            self._drafts = {key: draft for key, draft in self._drafts.items() if draft.updated_at >= before}
            self._deliveries = {key: at for key, at in self._deliveries.items() if at >= before}
            self._submissions = {
                key: record
                for key, record in self._submissions.items()
                if record.state not in ENDED or record.updated_at >= before
            }
            self._hostnames = {key: holder for key, holder in self._hostnames.items() if holder in self._submissions}
            self._announcements = {
                key: announcement
                for key, announcement in self._announcements.items()
                if key in self._submissions or announcement.updated_at >= before
            }
            self._stops = {key: stop for key, stop in self._stops.items() if not stop.is_done or stop.at >= before}
            self._audit = [entry for entry in self._audit[-AUDIT_MOST:] if entry.at >= before - AUDIT_KEEP]
            return size - self._size()

    def is_reachable(self) -> bool:
        """Tell whether the ledger answers; never raises."""
        return not self.is_down

    def _transaction(self) -> RLock:
        if self.is_down:
            raise does_not_answer()
        return self._lock

    def _reserve(self, submission: Submission) -> None:
        key = hostname_key(submission.base_domain, submission.request.hostname)
        if key in self._hostnames:
            raise hostname_taken(submission.request.hostname)
        self._hostnames[key] = submission.deployment

    def _note(self, entry: AuditEntry | None) -> None:
        if entry is not None:
            self._audit.append(entry)

    def _free(self, deployment: DeploymentId) -> None:
        self._hostnames = {key: holder for key, holder in self._hostnames.items() if holder != deployment}

    def _size(self) -> int:
        kept = (self._drafts, self._deliveries, self._submissions, self._announcements, self._stops, self._audit)
        return sum(len(records) for records in kept)


def _oldest_first(records: Iterable[Submission]) -> tuple[Submission, ...]:
    return tuple(sorted(records, key=lambda record: (record.created_at, record.deployment)))
