"""Short transactions whose failures are said in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from bot.store.failures import explained
from bot.store.patience import connected
from bot.store.rules import is_busy

log = structlog.get_logger(__name__)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that only reads. Raises Unavailable."""
    with translated(), connected(engine, writes=False) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that is committed at the end, rolled back on any error.

    Raises Unavailable, whose `changed` says so where it cannot be known whether the commit took place. In SQLite,
    writers wait for each other here, so none finds out in the middle.
    """
    with translated(), connected(engine, writes=True) as connection, connection.begin() as transaction:
        yield connection
        with translated(is_committing=True):
            transaction.commit()


@contextmanager
def translated(*, is_committing: bool = False) -> Iterator[None]:
    """Turn whatever the database or the pool fails with into Unavailable; the reason goes to the log only."""
    try:
        yield
    except NoneFree as error:
        log.warning("database connections are all in use")
        raise is_busy() from error
    except DBAPIError as error:
        log.warning("database failed", reason=_reason(error))
        raise explained(error, is_committing=is_committing) from error


def _reason(error: DBAPIError) -> str:
    """Return the driver's first line: the next ones may quote rows, and SQLAlchemy's own text quotes SQL."""
    lines = str(error.orig).splitlines()
    return f"{type(error.orig).__name__}: {lines[0] if lines else ''}"
