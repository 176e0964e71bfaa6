"""Whatever is done to it, the ledger in memory and the one in SQL stay equal."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import product
from typing import ClassVar, TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete

from bot.domain import deployment
from bot.domain.base import DeploymentId, DraftId
from bot.domain.records import Announcement, AuditEntry, Draft, StopRecord, Submission, SubmissionState
from bot.errors import HostnameTaken
from bot.ports import Ledger
from bot.store import schema
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.tables import Base
from tests.fakes.ledger import MemoryLedger
from tests.unit.store.records import DAY, NOON, announcement, audit_entry, draft, request, stop, submission

pytest_plugins = ("tests.postgres",)

T = TypeVar("T")

IDS = [DeploymentId(name) for name in ("d1", "d2", "d3", "d4")]
DOMAINS = ["one.example.org", "two.example.org"]
HOSTNAMES = ["plants", "Plants", "audio", ""]
EMAILS = ["ada@example.org", "Ada@example.org", "bob@example.org"]

ids = st.sampled_from(IDS)
emails = st.sampled_from(EMAILS)
# Few enough that times often are the same, and far enough apart that even the log is pruned.
times = st.sampled_from([-800, -400, -366, -365, -2, -1, 0, 1]).map(lambda days: NOON + days * DAY)
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
drafts = st.builds(
    draft,
    st.sampled_from(IDS),
    values=st.dictionaries(texts, texts, max_size=2),
    shows_help=st.booleans(),
    updated_at=times,
)
submissions = st.builds(
    submission,
    ids,
    request=st.builds(request, hostname=st.sampled_from(HOSTNAMES), title=texts),
    base_domain=st.sampled_from(DOMAINS),
    owner_email=emails,
    phase=st.sampled_from(deployment.Phase),
    detail=texts,
    created_at=times,
    updated_at=times,
)
states = st.sampled_from(SubmissionState)
announcements = st.builds(
    announcement, ids, title=texts, is_posting=st.booleans(), since=st.none() | times, updated_at=times
)
stops = st.builds(stop, ids, reason=texts, is_done=st.booleans(), purge=st.booleans(), at=times)
audit_entries = st.builds(audit_entry, texts, at=times)


class TwoLedgers(RuleBasedStateMachine):
    """Does everything to both ledgers, and compares what they answer and what they remember."""

    engine: ClassVar[Engine]

    def __init__(self) -> None:
        super().__init__()
        with self.engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(delete(table))
        self.ledgers: tuple[Ledger, Ledger] = (MemoryLedger(), SqlLedger(self.engine))

    def teardown(self) -> None:
        """Compare everything once more at the end."""
        self.lists_are_equal()
        self.single_records_are_equal()

    def both(self, action: Callable[[Ledger], T]) -> None:
        """Do the same to both and compare the outcomes, refusals included."""
        memory, sql = (self.outcome(ledger, action) for ledger in self.ledgers)
        assert memory == sql

    @staticmethod
    def outcome(ledger: Ledger, action: Callable[[Ledger], T]) -> T | str:
        """Return what the action answers, or the sentence it refuses with."""
        try:
            return action(ledger)
        except HostnameTaken as refusal:
            return refusal.sentence()

    @rule(record=drafts)
    def save_draft(self, record: Draft) -> None:
        """Save a form."""
        self.both(lambda ledger: ledger.save_draft(record))

    @rule(record=submissions)
    def accept(self, record: Submission) -> None:
        """Accept a submission."""
        self.both(lambda ledger: ledger.accept(record))

    @rule(record=submissions, state=states)
    def advance(self, record: Submission, state: SubmissionState) -> None:
        """Advance a submission to any state, be it known or not."""
        self.both(lambda ledger: ledger.advance(record.model_copy(update={"state": state})))

    @rule(record=announcements)
    def save_announcement(self, record: Announcement) -> None:
        """Save a message."""
        self.both(lambda ledger: ledger.save_announcement(record))

    @rule(record=stops)
    def record_stop(self, record: StopRecord) -> None:
        """Record a stop."""
        self.both(lambda ledger: ledger.record_stop(record))

    @rule(entry=audit_entries)
    def audit(self, entry: AuditEntry) -> None:
        """Write to the log."""
        self.both(lambda ledger: ledger.audit(entry))

    @rule(key=texts, now=times)
    def first_time(self, key: str, now: datetime) -> None:
        """Handle a delivery."""
        self.both(lambda ledger: ledger.first_time(key, now=now))

    @rule(email=emails, subject=texts)
    def remember_subject(self, email: str, subject: str) -> None:
        """Remember whose an address is."""
        self.both(lambda ledger: ledger.remember_subject(email, subject))

    @rule(before=times)
    def prune(self, before: datetime) -> None:
        """Delete what is old."""
        self.both(lambda ledger: ledger.prune(before=before))

    @rule()
    def lists_are_equal(self) -> None:
        """Compare every list."""
        self.both(lambda ledger: (ledger.open_submissions(), ledger.followed(), ledger.open_stops()))
        self.both(lambda ledger: [ledger.submissions_of(email) for email in EMAILS])
        self.both(lambda ledger: (ledger.audit_log(), ledger.audit_log(limit=1)))

    @rule()
    def single_records_are_equal(self) -> None:
        """Compare every record that can be asked for."""
        self.both(lambda ledger: [ledger.draft(DraftId(name)) for name in IDS])
        self.both(lambda ledger: [ledger.submission(name) for name in IDS])
        self.both(lambda ledger: [ledger.announcement(name) for name in IDS])
        self.both(lambda ledger: [ledger.stop_of(name) for name in IDS])
        self.both(lambda ledger: [ledger.hostname_holder(*place) for place in product(DOMAINS, HOSTNAMES)])
        self.both(lambda ledger: [ledger.subject_of(email) for email in EMAILS])


def run(engine: Engine, *, max_examples: int) -> None:
    """Run the machine on a database."""
    machine = type("TwoLedgersHere", (TwoLedgers,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max_examples,
            stateful_step_count=30,
            deadline=None,
            # Thirty steps can be read; finding fewer would take minutes on a database.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )


@pytest.fixture
def memory_engine() -> Iterator[Engine]:
    """Give a SQLite database in memory."""
    engine = open_engine("sqlite://")
    schema.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """Give a PostgreSQL database."""
    engine = open_engine(postgres_url)
    schema.upgrade(engine)
    yield engine
    engine.dispose()


def test_memory_and_sqlite_stay_equal(memory_engine: Engine) -> None:
    """No sequence of calls makes SQLite answer otherwise than the ledger that other tests rely on."""
    run(memory_engine, max_examples=50)


def test_memory_and_postgresql_stay_equal(postgres_engine: Engine) -> None:
    """No sequence of calls makes PostgreSQL answer otherwise than the ledger that other tests rely on."""
    run(postgres_engine, max_examples=15)
