"""What a person is told when the database fails, and that the ledger works again afterwards."""

import resource
import shutil
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.domain.base import DeploymentId, DraftId
from bot.errors import Unavailable
from bot.ports import Ledger
from bot.store import schema
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.transactions import reading, writing
from tests.fakes.ledger import MemoryLedger
from tests.postgres import Postgres
from tests.unit.store.records import NOON, announcement, audit_entry, draft, stop, submission

pytest_plugins = ("tests.databases",)

SENTENCE = "The bot's database does not answer. Nothing was changed. Try again in a minute."
BUSY = "The bot's database is busy. Nothing was changed. Try again in a minute."
FULL = (
    "The bot's database is full, so nothing new can be remembered. Nothing was changed. "
    "Please tell the people who run the bot; they must make room on its disk."
)
DISK_FAILS = (
    "The bot's database cannot be used, because its disk is full or fails. Nothing was changed. "
    "Please tell the people who run the bot; they must look after the disk."
)
NOT_WRITABLE = (
    "The bot may not open its database, or not write to it. Nothing was changed. "
    "Please tell the people who run the bot; they can give it the right."
)
DAMAGED = (
    "The bot's database is damaged. Nothing was changed. "
    "Please tell the people who run the bot; they can put a backup in its place."
)
BROKE_OFF = (
    "The bot's database broke off. It is not known whether this was recorded. "
    "Look in a minute what came of it, before you try again."
)
OTHER_TABLES = (
    "The bot's database is not ready for this version of the bot. Nothing was changed. "
    "Please tell the people who run the bot; they can mend it."
)
NOBODY_LISTENS = "postgresql://bot:sesame@127.0.0.1:1/bot"

CALLS: dict[str, Callable[[Ledger], object]] = {
    "save_draft": lambda ledger: ledger.save_draft(draft()),
    "draft": lambda ledger: ledger.draft(DraftId("draft-1")),
    "accept": lambda ledger: ledger.accept(submission()),
    "advance": lambda ledger: ledger.advance(submission()),
    "submission": lambda ledger: ledger.submission(DeploymentId("d1")),
    "open_submissions": lambda ledger: ledger.open_submissions(),
    "submissions_of": lambda ledger: ledger.submissions_of("ada@example.org"),
    "followed": lambda ledger: ledger.followed(),
    "hostname_holder": lambda ledger: ledger.hostname_holder("example.org", "plants"),
    "announcement": lambda ledger: ledger.announcement(DeploymentId("d1")),
    "save_announcement": lambda ledger: ledger.save_announcement(announcement()),
    "record_stop": lambda ledger: ledger.record_stop(stop()),
    "open_stops": lambda ledger: ledger.open_stops(),
    "stop_of": lambda ledger: ledger.stop_of(DeploymentId("d1")),
    "audit": lambda ledger: ledger.audit(audit_entry()),
    "audit_log": lambda ledger: ledger.audit_log(),
    "first_time": lambda ledger: ledger.first_time("view-1", now=NOON),
    "remember_subject": lambda ledger: ledger.remember_subject("ada@example.org", "subject@idp"),
    "subject_of": lambda ledger: ledger.subject_of("ada@example.org"),
    "prune": lambda ledger: ledger.prune(before=NOON),
}

each_method = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a SQLite file with tables."""
    path = tmp_path / "bot.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def impatient(path: Path) -> Iterator[Engine]:
    """Give the engine of that file, one that does not wait long for other writers."""
    engine = open_engine(f"sqlite:///{path}?timeout=0.05")
    yield engine
    engine.dispose()


@pytest.fixture
def damaged(path: Path) -> Iterator[Engine]:
    """Give the engine of a file that is no database."""
    path.write_bytes(b"this is no database" * 1000)
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def read_only(path: Path) -> Iterator[Engine]:
    """Give the engine of a file that may only be read."""
    engine = open_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    yield engine
    engine.dispose()


@pytest.fixture
def quota() -> Iterator[Callable[[int], None]]:
    """Give what limits how large the files may become that this process writes, until the test is over."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def in_memory() -> Iterator[Engine]:
    """Give a database in memory, with tables."""
    engine = open_engine("sqlite://")
    schema.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def without_tables(tmp_path: Path) -> Iterator[Engine]:
    """Give a SQLite database in which nothing was ever made."""
    engine = open_engine(f"sqlite:///{tmp_path}/empty.sqlite3")
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """Give a PostgreSQL database without tables."""
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def failing_engine(shared_postgres_engine: Engine) -> Iterator[Engine]:
    """Give a PostgreSQL database with empty tables, which a test may make fail."""
    yield shared_postgres_engine
    with shared_postgres_engine.begin() as connection:
        connection.execute(text("DROP FUNCTION IF EXISTS fail() CASCADE"))
        connection.execute(text("DELETE FROM submissions"))


@pytest.fixture
def unreachable() -> Iterator[Engine]:
    """Give the engine of a PostgreSQL server that is not there."""
    engine = open_engine(NOBODY_LISTENS)
    yield engine
    engine.dispose()


def fail_with(engine: Engine, state: str, *, timing: str = "") -> None:
    """Let the server fail with this state whenever a submission is recorded."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{state}'; END $$"
            )
        )
        connection.execute(
            text(
                f"CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON submissions {timing} "
                "FOR EACH ROW EXECUTE FUNCTION fail()"
            )
        )


def test_no_method_of_the_port_is_forgotten_here() -> None:
    """Whatever the port gains is tried on a broken database too; `is_reachable` alone never raises."""
    methods = {name for name in vars(Ledger) if not name.startswith("_")}

    assert methods - {"is_reachable"} == set(CALLS)


@each_method
def test_every_method_says_that_the_database_is_damaged(damaged: Engine, call: Callable[[Ledger], object]) -> None:
    """Whatever is asked of a broken database, the answer is the same plain sentence."""
    with pytest.raises(Unavailable) as error:
        call(SqlLedger(damaged))

    assert error.value.sentence() == DAMAGED


@each_method
def test_the_ledger_in_memory_fails_alike(call: Callable[[Ledger], object]) -> None:
    """A service's test that takes the ledger down sees what would happen in earnest."""
    ledger = MemoryLedger()
    ledger.is_down = True

    with pytest.raises(Unavailable) as error:
        call(ledger)

    assert error.value.sentence() == SENTENCE
    assert not ledger.is_reachable()


@each_method
def test_every_method_says_that_there_are_no_tables(without_tables: Engine, call: Callable[[Ledger], object]) -> None:
    """A database that was never upgraded is told from one that is down: waiting does not help."""
    with pytest.raises(Unavailable) as error:
        call(SqlLedger(without_tables))

    assert error.value.sentence() == OTHER_TABLES


def test_a_locked_database_is_unavailable_to_writers_only(path: Path, impatient: Engine) -> None:
    """While another program writes, nothing is accepted, reading goes on, and afterwards all is well."""
    ledger = SqlLedger(impatient)

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable) as error:
            ledger.accept(submission())
        assert ledger.submission(DeploymentId("d1")) is None
        assert ledger.is_reachable()

    assert error.value.sentence() == BUSY
    assert ledger.accept(submission())


def test_a_file_that_may_only_be_read_is_unavailable_to_writers(read_only: Engine) -> None:
    """A file without the right to write is not taken for one that works."""
    with pytest.raises(Unavailable) as error:
        SqlLedger(read_only).accept(submission())

    assert error.value.sentence() == NOT_WRITABLE
    assert SqlLedger(read_only).open_submissions() == ()


def test_a_folder_in_place_of_the_file_is_unavailable(tmp_path: Path) -> None:
    """An address that cannot be opened at all is no reason for a traceback."""
    engine = open_engine(f"sqlite:///{tmp_path}")

    with pytest.raises(Unavailable) as error:
        SqlLedger(engine).open_submissions()

    assert error.value.sentence() == NOT_WRITABLE
    assert not SqlLedger(engine).is_reachable()
    engine.dispose()


def test_a_full_database_refuses_and_keeps_what_it_has(in_memory: Engine) -> None:
    """When the disk is full, the new is refused whole and the old stays."""
    ledger = SqlLedger(in_memory)
    ledger.accept(submission("d1"))
    with in_memory.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    with pytest.raises(Unavailable) as error:
        ledger.accept(submission("d2", detail="x" * 100_000, hostname="plants"))

    assert error.value.sentence() == FULL
    assert [record.deployment for record in ledger.open_submissions()] == ["d1"]


def test_a_disk_that_takes_no_more_refuses_and_keeps_what_it_has(path: Path, quota: Callable[[int], None]) -> None:
    """A quota of the system's ends a write in the middle; what was there stays, and works once there is room."""
    engine = open_engine(f"sqlite:///{path}")
    ledger = SqlLedger(engine)
    ledger.accept(submission("d1"))
    quota(2 * path.stat().st_size)

    with pytest.raises(Unavailable) as error:
        ledger.accept(submission("d2", detail="x" * 10 * path.stat().st_size))
    kept = [record.deployment for record in ledger.open_submissions()]
    quota(resource.RLIM_INFINITY)

    assert error.value.sentence() == DISK_FAILS
    assert kept == ["d1"]
    assert ledger.accept(submission("d2"))
    engine.dispose()


def test_a_file_deleted_and_restored_works_again(path: Path, tmp_path: Path) -> None:
    """A backup put in place serves without a restart of the bot."""
    backup = tmp_path / "backup.sqlite3"
    shutil.copy(path, backup)
    path.unlink()
    engine = open_engine(f"sqlite:///{path}")
    assert not SqlLedger(engine).is_reachable()

    engine.dispose()
    shutil.copy(backup, path)

    assert SqlLedger(engine).is_reachable()
    engine.dispose()


def test_when_all_connections_are_in_use_the_database_is_busy(in_memory: Engine) -> None:
    """A pool that is empty answers after its time, not never."""
    ledger = SqlLedger(in_memory, patience=timedelta(milliseconds=50))

    with reading(in_memory), pytest.raises(Unavailable) as error:
        ledger.open_submissions()

    assert error.value.sentence() == BUSY
    assert ledger.open_submissions() == ()


def test_a_server_that_is_not_there_is_unavailable(unreachable: Engine) -> None:
    """No server is said in the same words, without a reason that only operators understand."""
    with pytest.raises(Unavailable) as error:
        SqlLedger(unreachable).accept(submission())

    assert error.value.sentence() == SENTENCE
    assert not SqlLedger(unreachable).is_reachable()


def test_no_error_shows_the_password_or_what_people_wrote(unreachable: Engine, without_tables: Engine) -> None:
    """Not even the whole traceback holds the password or the values of a statement."""
    private = submission(detail="written in confidence")
    with pytest.raises(Unavailable) as no_server:
        SqlLedger(unreachable).accept(private)
    with pytest.raises(Unavailable) as no_tables:
        SqlLedger(without_tables).accept(private)

    shown = "".join(traceback.format_exception(no_server.value) + traceback.format_exception(no_tables.value))
    assert "sesame" not in shown
    assert "written in confidence" not in shown


def test_a_server_that_stops_and_starts_again_is_unavailable_meanwhile(
    postgres: Postgres, postgres_engine: Engine
) -> None:
    """While PostgreSQL is down the ledger says so, and it goes on when PostgreSQL does."""
    schema.upgrade(postgres_engine)
    ledger = SqlLedger(postgres_engine)
    ledger.accept(submission("d1"))

    with postgres.stopped():
        with pytest.raises(Unavailable) as error:
            ledger.accept(submission("d2"))
        assert not ledger.is_reachable()

    assert error.value.sentence() == SENTENCE
    assert ledger.is_reachable()
    assert ledger.accept(submission("d2"))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("53100", FULL),
        ("53300", BUSY),
        ("55P03", BUSY),
        ("57014", BUSY),
        ("40P01", BUSY),
        ("42501", NOT_WRITABLE),
        ("XX001", DAMAGED),
        ("XX002", DAMAGED),
        ("58030", DISK_FAILS),
        ("57P03", SENTENCE),
    ],
)
def test_what_postgresql_fails_with_is_said_in_plain_words(failing_engine: Engine, state: str, sentence: str) -> None:
    """Each state that the server answers with has its sentence, nothing is kept, and what was there stays."""
    ledger = SqlLedger(failing_engine)
    ledger.accept(submission("d1"))
    fail_with(failing_engine, state)

    with pytest.raises(Unavailable) as error:
        ledger.accept(submission("d2", hostname="plants"))

    assert error.value.sentence() == sentence
    assert [record.deployment for record in ledger.open_submissions()] == ["d1"]


def test_a_postgresql_that_may_only_be_read_says_so(postgres_engine: Engine) -> None:
    """A stand-by server, or one made read-only because its disk is full, is readable still."""
    schema.upgrade(postgres_engine)
    with postgres_engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    postgres_engine.dispose()

    with pytest.raises(Unavailable) as error:
        SqlLedger(postgres_engine).accept(submission())

    assert error.value.sentence() == NOT_WRITABLE
    assert SqlLedger(postgres_engine).open_submissions() == ()


def test_a_table_that_somebody_locks_is_busy(failing_engine: Engine) -> None:
    """Another session's lock is waited for briefly, and told."""
    ledger = SqlLedger(failing_engine, patience=timedelta(milliseconds=100))

    with failing_engine.begin() as other:
        other.execute(text("LOCK TABLE submissions"))
        with pytest.raises(Unavailable) as error:
            ledger.submission(DeploymentId("d1"))

    assert error.value.sentence() == BUSY


def test_a_connection_lost_while_committing_leaves_it_open_what_was_recorded(
    postgres: Postgres, failing_engine: Engine
) -> None:
    """Nobody is told that nothing was changed where nobody can know."""

    def record_and_lose_the_connection() -> None:
        with writing(failing_engine) as connection:
            connection.execute(text("INSERT INTO subjects VALUES ('ada@example.org', 'subject@idp')"))
            postgres.cut_connections(failing_engine.url)

    with pytest.raises(Unavailable) as error:
        record_and_lose_the_connection()

    assert error.value.sentence() == BROKE_OFF


def test_a_commit_that_the_server_refuses_changed_nothing(failing_engine: Engine) -> None:
    """Where the server said no, that is an answer."""
    fail_with(failing_engine, "53100", timing="DEFERRABLE INITIALLY DEFERRED")

    with pytest.raises(Unavailable) as error:
        SqlLedger(failing_engine).accept(submission())

    assert error.value.sentence() == FULL
    assert SqlLedger(failing_engine).open_submissions() == ()


def test_tables_that_are_older_than_the_code_are_told_from_a_database_that_is_down(impatient: Engine) -> None:
    """What the older tables can, works; what they cannot, says that the bot and its tables do not go together."""
    schema.downgrade(impatient, "0001")
    ledger = SqlLedger(impatient)

    with pytest.raises(Unavailable) as error:
        ledger.prune(before=NOON)

    assert error.value.sentence() == OTHER_TABLES
    assert ledger.accept(submission())
    assert not ledger.is_reachable()


def test_tables_that_are_newer_than_the_code_serve_until_the_restart(impatient: Engine) -> None:
    """Whoever migrates before they restart loses nothing in between; only readiness says that a restart is due."""
    with impatient.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("ALTER TABLE submissions ADD COLUMN flavour TEXT"))
    ledger = SqlLedger(impatient)

    assert ledger.accept(submission())
    assert ledger.submission(DeploymentId("d1")) == submission()
    assert not ledger.is_reachable()


def test_connections_that_the_server_dropped_are_replaced(postgres: Postgres, postgres_engine: Engine) -> None:
    """After the server cut every connection, the next call simply works."""
    schema.upgrade(postgres_engine)
    ledger = SqlLedger(postgres_engine)
    assert postgres.cut_connections(postgres_engine.url) == 1

    assert ledger.accept(submission())


def test_postgresql_without_tables_says_so(postgres_engine: Engine) -> None:
    """PostgreSQL's way to say that there are no tables is understood too."""
    with pytest.raises(Unavailable) as error:
        SqlLedger(postgres_engine).accept(submission())

    assert error.value.sentence() == OTHER_TABLES


def test_postgresql_waits_briefly_for_locks_and_statements(postgres_engine: Engine) -> None:
    """No listener hangs for long behind a lock, a statement or an abandoned transaction."""
    SqlLedger(postgres_engine).is_reachable()  # the limits must outlast a connection's first use

    with postgres_engine.connect() as connection:
        limits = [
            connection.scalar(text(f"SHOW {name}"))
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        ]

    assert limits == ["4s", "5s", "10s"]
