"""Databases with the tables of today, for the tests of what is kept: SQLite in a file, and a real PostgreSQL.

A test module that wants them says `pytest_plugins = ("tests.databases",)`. A fixture of a module's own takes the place
of the one here that has its name.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from bot.store import schema
from bot.store.engine import open_engine
from bot.store.metadata import METADATA
from tests.postgres import Postgres

pytest_plugins = ("tests.postgres",)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite file with the tables of today."""
    path = tmp_path_factory.mktemp("template") / "bot.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """Give a SQLite database with empty tables."""
    path = tmp_path / "bot.sqlite3"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def shared_postgres_engine(postgres: Postgres) -> Iterator[Engine]:
    """Give the PostgreSQL database that a module's tests have in turn: making one for each would take the longest."""
    with postgres.database() as url:
        engine = open_engine(url)
        schema.upgrade(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def postgres_engine(shared_postgres_engine: Engine) -> Engine:
    """Give a PostgreSQL database with empty tables."""
    with shared_postgres_engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(delete(table))
    return shared_postgres_engine


@pytest.fixture(params=["sqlite_engine", "postgres_engine"], ids=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Give a database with empty tables, of each kind in turn."""
    engine: Engine = request.getfixturevalue(request.param)
    return engine
