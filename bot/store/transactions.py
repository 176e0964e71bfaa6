"""Short transactions whose failures are said in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import Unavailable
from bot.store.rules import does_not_answer, does_not_fit

log = structlog.get_logger(__name__)

WRITES = "store_writes"
"""The execution option by which the engine knows a transaction that will write (see `bot.store.engine`)."""

_OTHER_TABLES_IN_POSTGRESQL = frozenset({"42P01", "42703", "42P07"})  # undefined table or column, duplicate table
_OTHER_TABLES_IN_SQLITE = ("no such table", "no such column", "has no column named", "already exists")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that only reads. Raises Unavailable."""
    with translated(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that is committed at the end, rolled back on any error.

    Raises Unavailable. In SQLite, writers wait for each other here, so none finds out in the middle.
    """
    with translated(), engine.connect() as connection, connection.execution_options(**{WRITES: True}).begin():
        yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever the database or the pool fails with into Unavailable; the reason goes to the log only."""
    try:
        yield
    except PoolTimeout as error:
        log.warning("database connections are all in use")
        raise does_not_answer() from error
    except DBAPIError as error:
        log.warning("database failed", reason=_reason(error))
        raise _explained(error) from error


def _explained(error: DBAPIError) -> Unavailable:
    has_other_tables = getattr(error.orig, "sqlstate", None) in _OTHER_TABLES_IN_POSTGRESQL or any(
        words in str(error.orig) for words in _OTHER_TABLES_IN_SQLITE
    )
    return does_not_fit() if has_other_tables else does_not_answer()


def _reason(error: DBAPIError) -> str:
    """Return the driver's first line: the next ones may quote rows, and SQLAlchemy's own text quotes SQL."""
    lines = str(error.orig).splitlines()
    return f"{type(error.orig).__name__}: {lines[0] if lines else ''}"
