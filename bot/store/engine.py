"""Opens the database that one URL names: SQLite or PostgreSQL, each with the settings the store relies on."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from bot.errors import SettingsError
from bot.store.patience import WRITES, is_short, milliseconds_left, options

BUSY_TIMEOUT = timedelta(seconds=5)
"""How long whoever does not say otherwise waits for a free connection and for SQLite's lock."""
CONNECT_TIMEOUT = timedelta(seconds=5)
STATEMENT_TIMEOUT = timedelta(seconds=5)
LOCK_TIMEOUT = timedelta(seconds=4)

_POOL = {"poolclass": QueuePool, "pool_size": 5, "max_overflow": 10, "pool_timeout": BUSY_TIMEOUT.total_seconds()}
_ONE_CONNECTION = {**_POOL, "pool_size": 1, "max_overflow": 0}
IN_MEMORY = frozenset({None, "", ":memory:"})
"""What stands for a file in the address of a SQLite database that is in memory."""
_SQLITE = frozenset({"sqlite", "sqlite+pysqlite"})
_POSTGRESQL = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
_OPTIONS_OF_SQLITE = frozenset({"timeout", "uri", "mode", "cache", "immutable", "nolock", "vfs"})
_SECRETS_OF_LIBPQ = frozenset({"password", "sslpassword"})
_PREPARED = "store_prepared"
_MEND = "Give sqlite:///FOLDER/FILE or postgresql://USER:PASSWORD@HOST/DATABASE."


def open_engine(url: str) -> Engine:
    """Return the engine for a database URL; nothing is read or written yet, only a SQLite file's folder made.

    Raises SettingsError, which never quotes the URL: it may hold a password.
    """
    parsed = parse_address(url)
    if parsed.drivername in _SQLITE:
        return _open_sqlite(parsed)
    if parsed.drivername in _POSTGRESQL:
        return _open_postgresql(parsed)
    raise SettingsError(f"DATABASE_URL: {parsed.drivername} is no database the bot can use.", hint=_MEND)


def parse_address(url: str) -> URL:
    """Return the parts of a database's address. Raises SettingsError, which never quotes it."""
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError):
        # The cause may quote the URL, so the chain ends here.
        raise SettingsError("DATABASE_URL is not the address of a database.", hint=_MEND) from None
    if "@" in (parsed.host or ""):
        # Half of a password with an @ in it would be taken for a part of the host, and be shown as such.
        raise SettingsError("DATABASE_URL has more than one @.", hint="Write an @ in the password as %40.")
    return parsed


def _open_sqlite(url: URL) -> Engine:
    _check_sqlite_options(url)
    in_memory = url.database in IN_MEMORY
    if not in_memory:
        _make_folder(str(url.database))
    # A database in memory lives in its connection: threads take turns with the one there is.
    pool = _ONE_CONNECTION if in_memory else _POOL
    patience = timedelta(seconds=float(str(url.query["timeout"]))) if "timeout" in url.query else BUSY_TIMEOUT
    engine = _create(url, pool=pool, arguments={"check_same_thread": False}, patience=patience)
    event.listen(engine, "connect", _take_transactions)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _check_sqlite_options(url: URL) -> None:
    unknown = sorted(set(url.query) - _OPTIONS_OF_SQLITE)
    if unknown:
        raise _unknown_option(f'invalid connection option "{unknown[0]}"')
    timeout = url.query.get("timeout", "0")
    if not isinstance(timeout, str) or not timeout.replace(".", "", 1).isdecimal():
        raise _unknown_option(f"the timeout is no number of seconds: {timeout}")


def _make_folder(database: str) -> None:
    if database.startswith("file:"):
        return
    folder = Path(database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"DATABASE_URL: the folder {folder} cannot be made ({error.strerror}).",
            hint="Name a folder that the bot may write to.",
        ) from error


def _open_postgresql(url: URL) -> Engine:
    _check_postgresql_options(url)
    secrets = {key: value for key, value in url.query.items() if key in _SECRETS_OF_LIBPQ}
    url = url.difference_update_query(secrets).set(drivername="postgresql+psycopg")
    # Prepared statements would outlive a migration, and confuse connection poolers between us and the server.
    arguments: dict[str, Any] = {"application_name": "ai4os-bot", "prepare_threshold": None, **secrets}
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = int(CONNECT_TIMEOUT.total_seconds())
    if "tcp_user_timeout" not in url.query:
        # A server that vanished from the network takes what is sent to it for a quarter of an hour otherwise.
        arguments["tcp_user_timeout"] = int(2 * STATEMENT_TIMEOUT.total_seconds() * 1000)
    engine = _create(url, pool={**_POOL, "pool_pre_ping": True}, arguments=arguments, patience=BUSY_TIMEOUT)
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _check_postgresql_options(url: URL) -> None:
    try:
        # Only the names: a value may be a password.
        make_conninfo(**dict.fromkeys(url.query, "1"))
    except ProgrammingError as error:
        raise _unknown_option(str(error).strip()) from error


def _unknown_option(what: str) -> SettingsError:
    return SettingsError(f"DATABASE_URL: {what}.", hint="Leave out, or correct, what follows the question mark.")


def _create(url: URL, *, pool: Mapping[str, Any], arguments: Mapping[str, Any], patience: timedelta) -> Engine:
    return create_engine(
        url,
        connect_args=dict(arguments),
        execution_options=options(patience=patience, places=pool["pool_size"] + pool["max_overflow"]),
        hide_parameters=True,  # people's texts and addresses stay out of the errors that SQLAlchemy makes
        **pool,
    )


def _take_transactions(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Take transactions into our own hands, or sqlite3 would begin by itself."""
    connection.isolation_level = None


def _begin_sqlite(connection: Connection) -> None:
    """Let writers queue at the start, where SQLite waits, and not in the middle, where it gives up at once."""
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {milliseconds_left(connection)}")
    if _PREPARED not in connection.info:
        _prepare_sqlite(connection)
        connection.info[_PREPARED] = True
    is_writing = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _prepare_sqlite(connection: Connection) -> None:
    """Set what SQLite forgets with every connection; a lock of another program's makes this wait, too."""
    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    # In KiB, for each of the connections; the file itself is in the memory of the operating system anyhow.
    connection.exec_driver_sql("PRAGMA cache_size = -512")
    # What was accepted must outlast a power cut, because the job is sent right after it.
    connection.exec_driver_sql("PRAGMA synchronous = FULL")


def _prepare_postgresql(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Let nothing wait long: neither a statement, nor for a lock, nor an abandoned transaction."""
    limits = {
        "statement_timeout": STATEMENT_TIMEOUT,
        "lock_timeout": LOCK_TIMEOUT,
        "idle_in_transaction_session_timeout": 2 * STATEMENT_TIMEOUT,
    }
    cursor = connection.cursor()
    for name, limit in limits.items():
        milliseconds = str(int(limit.total_seconds() * 1000))
        cursor.execute("SELECT set_config(%s, %s, false)", (name, milliseconds))
    cursor.close()
    connection.commit()


def _begin_postgresql(connection: Connection) -> None:
    """Shorten the limits, for this transaction only, where its caller cannot wait as long as others."""
    if is_short(connection):
        limit = str(milliseconds_left(connection))
        # The last argument: only until this transaction ends.
        connection.execute(
            select(func.set_config("lock_timeout", limit, True), func.set_config("statement_timeout", limit, True))
        )
