"""A ledger with patience answers in its time, whatever holds the database, and costs nobody else theirs."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import Engine, text

from bot.domain.base import DeploymentId, DraftId
from bot.errors import Unavailable
from bot.ports import Ledger
from bot.store.ledger import SqlLedger
from bot.store.transactions import reading
from tests.unit.store.records import NOON, draft, submission

pytest_plugins = ("tests.databases",)

Hold = Callable[[], AbstractContextManager[None]]

PATIENCE = timedelta(milliseconds=150)
SOON = timedelta(seconds=2)  # others wait four and five seconds; a machine under load needs some time of its own

CALLS: dict[str, Callable[[Ledger], object]] = {
    "save_draft": lambda ledger: ledger.save_draft(draft()),
    "draft": lambda ledger: ledger.draft(DraftId("draft-1")),
    "first_time": lambda ledger: ledger.first_time("view-1", now=NOON),
    "accept": lambda ledger: ledger.accept(submission(hostname="plants")),
    "submissions_of": lambda ledger: ledger.submissions_of("ada@example.org"),
}


@pytest.fixture(params=["sqlite_engine", "postgres_engine"], ids=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Give a database with empty tables, of each kind in turn, to which nobody is connected yet."""
    engine: Engine = request.getfixturevalue(request.param)
    engine.dispose()
    yield engine
    engine.dispose()


@pytest.fixture
def locked(engine: Engine) -> Hold:
    """Give what lets another program lock the whole database for a while."""
    return lambda: _locked_sqlite(engine) if engine.dialect.name == "sqlite" else _locked_postgresql(engine)


@contextmanager
def _locked_sqlite(engine: Engine) -> Iterator[None]:
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM deliveries")
        yield


@contextmanager
def _locked_postgresql(engine: Engine) -> Iterator[None]:
    with engine.begin() as other:
        other.execute(text("LOCK TABLE drafts, deliveries, submissions IN ACCESS EXCLUSIVE MODE"))
        yield


def limit_of(engine: Engine) -> object:
    """Return how long a transaction that begins now would wait for a lock, as the database says it."""
    name = "PRAGMA busy_timeout" if engine.dialect.name == "sqlite" else "SHOW lock_timeout"
    with engine.connect() as connection:
        return connection.exec_driver_sql(name).scalar()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_locked_database_is_given_up_in_time(engine: Engine, locked: Hold, call: Callable[[Ledger], object]) -> None:
    """Reading and writing fail soon, also on a connection that must be made anew, and work when the lock is gone."""
    ledger = SqlLedger(engine, patience=PATIENCE)

    with locked():
        began = monotonic()
        with pytest.raises(Unavailable):
            call(ledger)
        took = timedelta(seconds=monotonic() - began)

    assert took < SOON
    call(ledger)


def test_connections_that_are_all_in_use_are_given_up_in_time(engine: Engine) -> None:
    """Whoever finds no free connection waits for one no longer than they would for a lock."""
    ordinary, patient = SqlLedger(engine), SqlLedger(engine, patience=PATIENCE)

    with ExitStack() as users:
        for _ in range(15):
            users.enter_context(reading(engine))
        began = monotonic()
        with pytest.raises(Unavailable):
            patient.open_submissions()
        took = timedelta(seconds=monotonic() - began)

    assert took < SOON
    assert patient.open_submissions() == ordinary.open_submissions() == ()


def test_short_patience_is_nobody_elses(engine: Engine) -> None:
    """The next who gets the same connection waits as long as ever."""
    before = limit_of(engine)

    SqlLedger(engine, patience=PATIENCE).save_draft(draft())

    assert limit_of(engine) == before
    assert before in {5000, "4s"}


def test_a_ledger_with_patience_remembers_as_any_other(engine: Engine) -> None:
    """Both are one ledger, on the same connections."""
    patient = SqlLedger(engine, patience=PATIENCE)

    assert patient.accept(submission())
    assert not SqlLedger(engine).accept(submission())
    assert patient.submission(DeploymentId("d1")) == submission()
    assert patient.is_reachable()
