"""The part of the check-up that looks at the database, without making, migrating or writing anything."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from bot.domain.checkup import Area, Check, Finding, listed
from bot.errors import SettingsError, Unavailable
from bot.store import schema
from bot.store.engine import IN_MEMORY, open_engine, parse_address
from bot.store.metadata import METADATA
from bot.store.schema import DOWNGRADE_COMMAND, UPGRADE_COMMAND, SchemaState
from bot.store.transactions import reading, writing

_GIB = 1024**3
_LITTLE, _TOO_LITTLE = _GIB, _GIB // 16
_NETWORK_FILES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "davfs"}
)
_MOUNTS = Path("/proc/mounts")
_check = partial(Check.of, Area.DATABASE)
_NEEDED = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCheckup:
    """Looks at the database of one address."""

    address: str = field(repr=False)

    def checks(self) -> tuple[Check, ...]:
        """Return the checks in their order."""
        return (
            _check("reach", "reaching it", self._reach, otherwise="the database cannot be reached"),
            _check("tables", "its tables", self._tables, "reach", otherwise="the tables are not as they must be"),
            _check("writing", "writing", self._writing, "tables"),
            _check("disk", "the disk under it", self._disk),
        )

    @property
    def _url(self) -> URL:
        return parse_address(self.address)

    @property
    def _is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @property
    def _path(self) -> Path | None:
        """Return SQLite's file, None if the database is something else."""
        name = self._url.database
        if not self._is_sqlite or name in IN_MEMORY:
            return None
        return Path(urlsplit(str(name)).path if str(name).startswith("file:") else str(name)).absolute()

    @property
    def _is_unmade(self) -> bool:
        return self._path is not None and not self._path.exists()

    def _reach(self) -> Iterator[Finding]:
        if self._is_sqlite and self._path is None:
            yield Area.DATABASE.warning(
                "SQLite in memory: everything is forgotten when the bot ends.", "Give DATABASE_URL a file."
            )
        elif self._path is not None and self._is_unmade:
            yield from _place_for(self._path)
        else:
            with self._opened() as engine, reading(engine) as connection:
                yield Area.DATABASE.fine(f"{self._kind(connection)} answers.")

    def _kind(self, connection: Connection) -> str:
        if self._is_sqlite:
            return f"SQLite {connection.execute(text('SELECT sqlite_version()')).scalar()} in {self._path}"
        version = connection.execute(text("SHOW server_version")).scalar()
        return f"PostgreSQL {version} (database {self._url.database} at {self._url.host or 'its socket'})"

    def _tables(self) -> Iterator[Finding]:
        if self._is_sqlite and (self._path is None or self._is_unmade):
            yield Area.DATABASE.fine("The tables are made when the bot starts.")
            return
        with self._opened() as engine:
            yield self._state(schema.pending(engine), schema.revision(engine) or "none")

    def _state(self, state: SchemaState, revision: str) -> Finding:
        found = f"The tables are {state} (migration {revision}, the code's is {schema.revisions()[-1]})."
        match state:
            case SchemaState.UP_TO_DATE:
                return Area.DATABASE.fine(f"The tables are up to date (migration {revision}).")
            case SchemaState.AHEAD:
                return Area.DATABASE.problem(
                    found,
                    f"Start the newer version, or let it run: {DOWNGRADE_COMMAND} {schema.revisions()[-1]}",
                )
            case SchemaState.EMPTY | SchemaState.BEHIND:
                if self._is_sqlite:
                    return Area.DATABASE.warning(
                        found, f"The next start of the bot brings them up, or: {UPGRADE_COMMAND}"
                    )
                return Area.DATABASE.problem(found, f"Run: {UPGRADE_COMMAND}")

    def _writing(self) -> Iterator[Finding]:
        if self._is_sqlite and (self._path is None or self._is_unmade):
            return
        with self._opened() as engine:
            yield from _lock(engine) if self._is_sqlite else _privileges(engine)

    def _disk(self) -> Iterator[Finding]:
        with suppress(SettingsError):  # told by now
            if self._path is not None:
                folder = _nearest_folder(self._path)
                free = shutil.disk_usage(folder).free
                yield from judge_disk(folder, free=free, file_system=_file_system(folder))

    @contextmanager
    def _opened(self) -> Iterator[Engine]:
        """Open what is there, SQLite's file only if it exists. Whatever fails becomes Unavailable with its reason."""
        engine = open_engine(self._existing().render_as_string(hide_password=False))
        try:
            yield engine
        except Unavailable as error:
            raise _with_reason(error) from None
        finally:
            engine.dispose()

    def _existing(self) -> URL:
        if self._path is None:
            return self._url
        query = {"mode": "rw", **self._url.query, "uri": "true"}
        return self._url.set(database=f"file:{quote(str(self._path))}", query=query)


class _TakenBackError(Exception):
    """Ends a transaction that must not be kept."""


def judge_disk(folder: Path, *, free: int, file_system: str) -> Iterator[Finding]:
    """Return what is found about the disk on which SQLite's file is or will be; `free` is in bytes."""
    if file_system in _NETWORK_FILES:
        yield Area.DATABASE.warning(
            f"{folder} is on a network file system ({file_system}), where SQLite's locks are not safe.",
            "Put the file on a local disk, or use PostgreSQL.",
        )
    left = f"{free / _GIB:.1f} GiB left"
    if free < _TOO_LITTLE:
        yield Area.DATABASE.problem(f"The disk of {folder} is full ({left}).", "Make room there.")
    elif free < _LITTLE:
        yield Area.DATABASE.warning(f"The disk of {folder} has {left}.", "Make room there.")
    else:
        yield Area.DATABASE.fine(f"The disk of {folder} has {left}.")


def _nearest_folder(path: Path) -> Path:
    return next(each for each in path.parents if each.exists())


def _place_for(path: Path) -> Iterator[Finding]:
    folder = _nearest_folder(path)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        yield Area.DATABASE.problem(
            f"SQLite's file {path} cannot be made: {folder} is not writable for this user.",
            "Give the folder to the bot's user, or name another in DATABASE_URL.",
        )
    else:
        yield Area.DATABASE.fine(f"SQLite's file {path} is not there yet; the bot makes it when it starts.")


def _lock(engine: Engine) -> Iterator[Finding]:
    """Begin to write, which takes SQLite's lock, and take it back: only so a file that can just be read shows."""
    with suppress(_TakenBackError), writing(engine) as connection:
        version = int(str(connection.exec_driver_sql("PRAGMA user_version").scalar()))
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        raise _TakenBackError
    yield Area.DATABASE.fine("It can be written to.")


def _privileges(engine: Engine) -> Iterator[Finding]:
    with reading(engine) as connection:
        if connection.execute(text("SELECT pg_is_in_recovery()")).scalar():
            yield Area.DATABASE.problem("It is a standby and takes no writes.", "Name the primary in DATABASE_URL.")
            return
        if connection.execute(text("SHOW default_transaction_read_only")).scalar() == "on":
            yield Area.DATABASE.problem("It is set to read only.", "Look at default_transaction_read_only.")
            return
        lacking = [table for table in sorted(METADATA.tables) if not _may_write(connection, table)]
    if lacking:
        yield Area.DATABASE.problem(
            f"The bot's user may not read and write the tables {listed(lacking)}.",
            f"Grant it {', '.join(_NEEDED)} on them, or make it their owner.",
        )
    else:
        yield Area.DATABASE.fine("It can be written to.")


def _may_write(connection: Connection, table: str) -> bool:
    asked = text("SELECT bool_and(has_table_privilege(:table, each)) FROM unnest(CAST(:rights AS text[])) AS each")
    return bool(connection.execute(asked, {"table": table, "rights": list(_NEEDED)}).scalar())


def _with_reason(error: Unavailable) -> Unavailable:
    """Add the driver's own first line, which names the cause and holds neither SQL nor rows."""
    cause = error.__cause__
    if not isinstance(cause, DBAPIError):
        return error
    lines = [line.strip() for line in str(cause.orig).splitlines() if line.strip()]
    return Unavailable(
        f"{lines[0].rstrip('.') if lines else type(cause.orig).__name__}.",
        hint="Look whether DATABASE_URL is right, the database runs, and nothing holds its lock.",
    )


def _file_system(folder: Path) -> str:
    """Return the kind of file system that a folder is on, empty where that cannot be told."""
    try:
        mounts = [words for entry in _MOUNTS.read_text(encoding="utf-8").splitlines() if (words := entry.split())[2:]]
    except (OSError, ValueError):
        return ""
    places = {words[1]: words[2] for words in mounts}
    return next((places[str(each)] for each in (folder, *folder.parents) if str(each) in places), "")
