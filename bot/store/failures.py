"""What a driver's error means, in words for the person who meets it."""

import sqlite3
from collections.abc import Callable, Mapping

from sqlalchemy.exc import DBAPIError

from bot.errors import Unavailable
from bot.store.rules import (
    disk_fails,
    does_not_answer,
    does_not_fit,
    is_busy,
    is_damaged,
    is_full,
    may_be_recorded,
    may_not_write,
)

_OTHER_TABLES_IN_SQLITE = ("no such table", "no such column", "has no column named", "already exists")
_SQLITE: Mapping[int, Callable[[], Unavailable]] = {
    sqlite3.SQLITE_BUSY: is_busy,
    sqlite3.SQLITE_LOCKED: is_busy,
    sqlite3.SQLITE_FULL: is_full,
    sqlite3.SQLITE_IOERR: disk_fails,  # also what opening a file on a full disk ends with
    sqlite3.SQLITE_READONLY: may_not_write,
    sqlite3.SQLITE_CANTOPEN: may_not_write,
    sqlite3.SQLITE_PERM: may_not_write,
    sqlite3.SQLITE_AUTH: may_not_write,
    sqlite3.SQLITE_CORRUPT: is_damaged,
    sqlite3.SQLITE_NOTADB: is_damaged,
}
_POSTGRESQL: Mapping[str, Callable[[], Unavailable]] = {
    "55P03": is_busy,  # a lock was not given in time
    "57014": is_busy,  # a statement was given up after its time
    "40001": is_busy,  # two transactions would not fit one after the other
    "40P01": is_busy,  # deadlock
    "53300": is_busy,  # too many connections
    "53100": is_full,  # the disk
    "58030": disk_fails,  # the server's disk
    "25006": may_not_write,  # a read-only server, or a stand-by
    "42501": may_not_write,  # the role lacks a right
    "XX001": is_damaged,  # data
    "XX002": is_damaged,  # an index
    "42P01": does_not_fit,  # undefined table
    "42703": does_not_fit,  # undefined column
    "42P07": does_not_fit,  # a table of that name is there already
}


def explained(error: DBAPIError, *, is_committing: bool = False) -> Unavailable:
    """Return the error to raise; one that struck while committing, with no word of the server, leaves things open."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    state = getattr(cause, "sqlstate", None)
    if is_committing and (state is None or state.startswith(("08", "57P"))):
        return may_be_recorded()
    return _POSTGRESQL.get(state or "", does_not_answer)()


def _of_sqlite(cause: sqlite3.Error) -> Unavailable:
    if any(words in str(cause) for words in _OTHER_TABLES_IN_SQLITE):
        return does_not_fit()
    # The low byte is the kind, the rest its finer reason.
    return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF, does_not_answer)()
