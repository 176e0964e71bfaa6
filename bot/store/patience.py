"""How long a transaction may wait, from the pool's door to the database's locks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as NoneFree

WRITES = "store_writes"
"""The execution option that tells a transaction which will write."""

_PATIENCE = "store_patience"
_PLACES = "store_places"
_DEADLINE = "store_deadline"
_IS_SHORT = "store_patience_is_short"


def options(*, patience: timedelta, places: int) -> dict[str, Any]:
    """Return the execution options of a new engine: how long everybody waits, and for how many connections."""
    return {_PATIENCE: patience, _PLACES: BoundedSemaphore(places)}


def with_patience(engine: Engine, patience: timedelta) -> Engine:
    """Return the same engine, with the same connections, for callers who cannot wait longer than that."""
    return engine.execution_options(**{_PATIENCE: patience, _IS_SHORT: True})


@contextmanager
def connected(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    """Give a connection whose transaction waits, for a free connection and for locks, as long as the engine may.

    Raises SQLAlchemy's TimeoutError if no connection becomes free.
    """
    given = engine.get_execution_options()
    patience, places = given[_PATIENCE], given[_PLACES]
    deadline = monotonic() + patience.total_seconds()
    # The pool waits equally long for everybody, so whoever comes waits here, where each may wait differently.
    if not places.acquire(timeout=patience.total_seconds()):
        raise NoneFree(f"no connection became free within {patience.total_seconds():g} s")
    try:
        with engine.connect() as connection:
            yield connection.execution_options(**{_DEADLINE: deadline, WRITES: writes})
    finally:
        places.release()


def milliseconds_left(connection: Connection) -> int:
    """Return how much longer the connection's next transaction may wait, for locks by now."""
    given = connection.get_execution_options()
    left = given[_DEADLINE] - monotonic() if _DEADLINE in given else given[_PATIENCE].total_seconds()
    return max(1, int(left * 1000))


def is_short(connection: Connection) -> bool:
    """Tell whether the connection's user waits less long than others."""
    return bool(connection.get_execution_options().get(_IS_SHORT, False))
