"""What the doctor finds out about a real PostgreSQL."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from bot.domain.checkup import Finding, Verdict
from bot.services.doctor import Doctor
from bot.store import schema
from bot.store.checkup import DatabaseCheckup
from bot.store.engine import open_engine
from tests.postgres import Postgres

pytest_plugins = ("tests.postgres",)


@pytest.fixture
def address(postgres: Postgres) -> Iterator[str]:
    """Give the address of an empty database."""
    with postgres.database() as address:
        yield address


def examined(address: str) -> list[Finding]:
    """Return what is found about a database."""
    return list(Doctor(checks=DatabaseCheckup(address=address).checks(), clean=str).examine())


def upgrade(address: str) -> None:
    """Make the tables."""
    engine = open_engine(address)
    schema.upgrade(engine)
    engine.dispose()


def execute(address: str, statement: str) -> None:
    """Do something as the database's owner."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_a_database_with_its_tables_is_fine(address: str) -> None:
    """Version, name and place, tables up to date, and it can be written to."""
    upgrade(address)

    found = examined(address)

    assert [finding.verdict for finding in found] == [Verdict.FINE] * 3
    assert found[0].text.startswith("PostgreSQL ")
    assert str(make_url(address).database) in found[0].text


def test_missing_tables_are_a_problem_with_the_command(address: str) -> None:
    """A start does not make them in PostgreSQL."""
    found = examined(address)

    assert [finding.verdict for finding in found] == [Verdict.FINE, Verdict.PROBLEM, Verdict.UNKNOWN]
    assert "not made yet" in found[1].text
    assert found[1].mend == f"Run: {schema.UPGRADE_COMMAND}"


def test_missing_rights_on_tables_are_named(address: str) -> None:
    """Another user than the tables' owner may read them and not write: each such table is counted."""
    upgrade(address)
    execute(address, "CREATE ROLE reader LOGIN")
    execute(address, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    try:
        found = examined(make_url(address).set(username="reader").render_as_string(hide_password=False))
    finally:
        execute(address, "DROP OWNED BY reader")
        execute(address, "DROP ROLE reader")

    assert [finding.verdict for finding in found] == [Verdict.FINE, Verdict.FINE, Verdict.PROBLEM]
    assert "may not read and write the tables announcements" in found[2].text
    assert "SELECT, INSERT, UPDATE, DELETE" in found[2].mend


def test_a_database_that_takes_no_writes_is_a_problem(address: str) -> None:
    """As on a standby, or where somebody has set it so."""
    upgrade(address)
    execute(address, f"ALTER DATABASE {make_url(address).database} SET default_transaction_read_only = on")

    found = examined(address)

    assert found[2].verdict is Verdict.PROBLEM
    assert "read only" in found[2].text


def test_a_database_that_is_not_there_is_told_with_the_servers_reason(address: str) -> None:
    """The server's own words name what is missing."""
    found = examined(make_url(address).set(database="elsewhere").render_as_string(hide_password=False))

    assert found[0].verdict is Verdict.PROBLEM
    assert '"elsewhere" does not exist' in found[0].text
    assert "not-a-real-one" not in repr(found)
