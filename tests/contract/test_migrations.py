"""The migrations, up and down, on SQLite and on a real PostgreSQL."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from bot.domain.base import DeploymentId, DraftId
from bot.domain.catalog import CatalogSnapshot, KnownTags
from bot.domain.telemetry import Series
from bot.domain.usage import Sample
from bot.errors import SettingsError, Unavailable
from bot.store import schema
from bot.store.__main__ import main
from bot.store.case_book import SqlCaseBook
from bot.store.copies import SqlCopies
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.measurements import SqlMeasurements
from bot.store.metadata import METADATA
from bot.store.schema import SchemaState
from tests.unit.store.records import DAY, NOON, announcement, audit_entry, draft, stop, submission

pytest_plugins = ("tests.postgres",)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the address of a SQLite file that is not there yet, in a folder that is not there either."""
    return f"sqlite:///{tmp_path}/new/100%/bot.sqlite3"


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Give the address of an empty database, of each kind in turn."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """Give the engine of such a database."""
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """Give the engine of an empty PostgreSQL database."""
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """Give the engine of an empty SQLite database."""
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()


def differences(engine: Engine) -> list[object]:
    """Return what Alembic would change to make the tables those of the models."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def fill(ledger: SqlLedger) -> None:
    """Put something into every table that the first migration made."""
    ledger.save_draft(draft())
    ledger.accept(submission(hostname="plants"))
    ledger.save_announcement(announcement())
    ledger.record_stop(stop())
    ledger.audit(audit_entry())
    ledger.remember_subject("ada@example.org", "subject@idp")
    ledger.first_time("view-1", now=NOON)


def everything_in(ledger: SqlLedger) -> tuple[object, ...]:
    """Return what was put there."""
    return (
        ledger.draft(DraftId("draft-1")),
        ledger.open_submissions(),
        ledger.hostname_holder("deployments.example.org", "plants"),
        ledger.announcement(DeploymentId("d1")),
        ledger.open_stops(),
        ledger.audit_log(),
        ledger.subject_of("ada@example.org"),
        ledger.first_time("view-1", now=NOON),
    )


def come_from_a_newer_bot(engine: Engine) -> None:
    """Upgrade the tables, and mark them as a migration that this code does not have."""
    schema.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def test_migrations_make_the_tables_of_the_models(engine: Engine) -> None:
    """After an upgrade there is nothing that Alembic would add, drop or change."""
    schema.upgrade(engine)

    assert differences(engine) == []
    assert schema.pending(engine) is SchemaState.UP_TO_DATE


def test_migrations_go_down_and_up_again(engine: Engine) -> None:
    """Down to the base leaves no table, and up again gives a ledger that works."""
    schema.upgrade(engine)
    SqlLedger(engine).accept(submission())

    schema.downgrade(engine)

    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert schema.pending(engine) is SchemaState.EMPTY
    schema.upgrade(engine)
    assert differences(engine) == []
    assert SqlLedger(engine).accept(submission())


def test_what_the_older_tables_hold_survives_the_newer_ones(engine: Engine) -> None:
    """Down to the first tables and up again, drafts, submissions, names, messages, stops and log are there."""
    schema.upgrade(engine)
    ledger = SqlLedger(engine)
    fill(ledger)
    before = everything_in(ledger)

    schema.downgrade(engine, "0001")
    below = (schema.pending(engine), everything_in(ledger))
    schema.upgrade(engine)

    assert below == (SchemaState.BEHIND, before)
    assert everything_in(ledger) == before
    assert differences(engine) == []


def test_the_first_tables_and_what_they_hold_are_brought_up(engine: Engine) -> None:
    """A database that an older bot made and filled serves the newer one."""
    schema.upgrade(engine)
    schema.downgrade(engine, "0001")
    ledger = SqlLedger(engine)
    fill(ledger)
    before = everything_in(ledger)

    schema.upgrade(engine)

    assert everything_in(ledger) == before
    assert ledger.is_reachable()
    assert SqlCopies(engine).load("anywhere") is None


def test_the_tables_of_reminders_join_those_that_are_there(engine: Engine) -> None:
    """What older tables hold survives, up and down; reminders begin in shadow mode, and down leaves nothing of them."""
    schema.upgrade(engine)
    schema.downgrade(engine, "0002")
    ledger, copies = SqlLedger(engine), SqlCopies(engine)
    fill(ledger)
    copies.save("source", CatalogSnapshot(read_at=NOON))
    copies.save_tags("registry", [KnownTags(image="ai4oshub/plants", tags=("latest",), is_complete=True, read_at=NOON)])
    before = (everything_in(ledger), copies.load("source"), copies.load_tags("registry"))

    schema.upgrade(engine)
    book, measurements = SqlCaseBook(engine), SqlMeasurements(engine)
    measurements.add([(Series(allocation="a"), Sample(at=NOON, percent=0.0))])
    live = (book.mode().is_live, len(measurements.samples(since=NOON, until=NOON + DAY)))
    after = (everything_in(ledger), copies.load("source"), copies.load_tags("registry"))
    schema.downgrade(engine, "0002")

    assert live == (False, 1)
    assert after == before == (everything_in(ledger), copies.load("source"), copies.load_tags("registry"))
    assert not {"use_samples", "episodes", "facts"} & set(inspect(engine).get_table_names())


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    """An upgrade of tables that are up to date keeps them and what they hold."""
    schema.upgrade(engine)
    SqlLedger(engine).accept(submission())

    schema.upgrade(engine)

    assert len(SqlLedger(engine).open_submissions()) == 1


def test_two_upgrades_at_once_both_succeed(engine: Engine) -> None:
    """Two bots that start on one new database do not stumble over each other."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(schema.upgrade, [engine, engine]))

    assert differences(engine) == []


def test_a_migration_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    """A table in the way stops the upgrade; none of the tables made before it stays."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE subjects (email TEXT)"))

    with pytest.raises(Unavailable, match="not ready"):
        schema.upgrade(engine)

    assert inspect(engine).get_table_names() == ["subjects"]


def test_an_empty_database_is_not_ready(engine: Engine) -> None:
    """Before the first upgrade the ledger says that it cannot serve."""
    assert schema.pending(engine) is SchemaState.EMPTY
    assert schema.revision(engine) is None
    assert not SqlLedger(engine).is_reachable()


def test_tables_of_a_newer_bot_are_left_alone(engine: Engine) -> None:
    """Old code neither starts on newer tables, nor moves them up or down, and says which version can."""
    come_from_a_newer_bot(engine)

    with pytest.raises(SettingsError, match="newer version") as at_start:
        schema.prepare(engine)
    with pytest.raises(SettingsError, match="newer version"):
        schema.upgrade(engine)
    with pytest.raises(SettingsError, match="newer version"):
        schema.downgrade(engine)

    assert "9999" in str(at_start.value)
    assert "`python -m bot.store downgrade 0003`" in at_start.value.hint
    assert schema.pending(engine) is SchemaState.AHEAD
    assert not SqlLedger(engine).is_reachable()


def test_a_start_makes_the_tables_on_sqlite(sqlite_engine: Engine) -> None:
    """A first start on SQLite needs no other step, not even a folder."""
    schema.prepare(sqlite_engine)
    schema.prepare(sqlite_engine)

    assert SqlLedger(sqlite_engine).is_reachable()


def test_a_start_on_postgresql_names_the_command_that_makes_the_tables(postgres_engine: Engine) -> None:
    """On PostgreSQL the bot changes no table by itself; it says what to run, and starts once that was done."""
    with pytest.raises(SettingsError) as error:
        schema.prepare(postgres_engine)

    assert error.value.sentence() == (
        "DATABASE_URL: the tables of the database are not made yet. Nothing was changed. "
        "Run `python -m bot.store upgrade`, then start the bot again."
    )
    schema.upgrade(postgres_engine)
    schema.prepare(postgres_engine)


def test_the_named_command_is_one_that_works(url: str) -> None:
    """The command that the message names, typed as it stands there, upgrades the database of DATABASE_URL."""
    program, *arguments = shlex.split(schema.UPGRADE_COMMAND)

    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert program == "python"
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "Migration 0003: the tables are up to date.\n", "")


def test_the_command_tells_and_moves_the_tables(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each verb says how the tables then stand; only `current` on tables out of date is a failure."""
    statuses = [
        main(["--database", url, *words.split()])
        for words in ("current", "upgrade", "current", "downgrade base", "downgrade base")
    ]

    assert statuses == [1, 0, 0, 0, 1]
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "Migration none: the tables are not made yet.",
        "Migration 0003: the tables are up to date.",
        "Migration 0003: the tables are up to date.",
        "Migration none: the tables are not made yet.",
    ]
    assert said.err.splitlines() == [
        "The tables cannot go down to migration base from none. Nothing was changed. There is nothing to do."
    ]


def test_an_unknown_migration_is_refused_with_those_one_can_go_down_to(engine: Engine) -> None:
    """A slip in the migration's name drops nothing."""
    schema.upgrade(engine)

    with pytest.raises(SettingsError) as error:
        schema.downgrade(engine, "0004")

    assert error.value.hint == "Choose one of: base, 0001, 0002."
    assert schema.pending(engine) is SchemaState.UP_TO_DATE
