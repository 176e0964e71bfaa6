"""Compares the database's tables with the code's, and brings them up or down."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from bot.errors import SettingsError
from bot.store.transactions import reading, writing

UPGRADE_COMMAND = "python -m bot.store upgrade"
DOWNGRADE_COMMAND = "python -m bot.store downgrade"

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 4_051_972
"""Any number that nothing else in the database locks: two bots that start at once migrate one after the other."""


class SchemaState(StrEnum):
    """How the tables stand to the code's: what follows "the tables are"."""

    EMPTY = "not made yet"
    BEHIND = "behind the code"
    UP_TO_DATE = "up to date"
    AHEAD = "ahead of the code"


def prepare(engine: Engine) -> None:
    """Make the schema ready for a start: migrate SQLite, say for PostgreSQL which command does.

    Raises SettingsError when the bot cannot start on this database, Unavailable when it does not answer.
    """
    state = pending(engine)
    if state is SchemaState.UP_TO_DATE:
        return
    if state is SchemaState.AHEAD:
        raise _ahead(revision(engine))
    if engine.dialect.name != "sqlite":
        raise SettingsError(
            f"DATABASE_URL: the tables of the database are {state}.",
            hint=f"Run `{UPGRADE_COMMAND}`, then start the bot again.",
        )
    upgrade(engine)


def pending(engine: Engine) -> SchemaState:
    """Tell how the tables stand to the code's. Raises Unavailable."""
    return _state_of(revision(engine))


def revision(engine: Engine) -> str | None:
    """Return the migration that the tables stand at, or None if there are none. Raises Unavailable."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> None:
    """Bring the tables up to the code's. Raises SettingsError if they are ahead of it, Unavailable."""
    with _migrating(engine) as (config, connection):
        current = MigrationContext.configure(connection).get_current_revision()
        if _state_of(current) is SchemaState.AHEAD:
            raise _ahead(current)
        command.upgrade(config, "head")


def downgrade(engine: Engine, target: str = "base") -> None:
    """Bring the tables down to an earlier migration; what only later ones hold is lost, `base` loses all.

    Raises SettingsError for a migration that is not below the current one, or tables ahead of the code, Unavailable.
    """
    with _migrating(engine) as (config, connection):
        current = MigrationContext.configure(connection).get_current_revision()
        if _state_of(current) is SchemaState.AHEAD:
            raise _ahead(current)
        below = ("base", *revisions())[: revisions().index(current) + 1] if current else ()
        if target not in below:
            raise SettingsError(
                f"The tables cannot go down to migration {target} from {current or 'none'}.",
                hint=f"Choose one of: {', '.join(below)}." if below else "There is nothing to do.",
            )
        command.downgrade(config, target)


@cache
def revisions() -> tuple[str, ...]:
    """Return the code's migrations, oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(script.revision for script in reversed(list(scripts.walk_revisions())))


@contextmanager
def _migrating(engine: Engine) -> Iterator[tuple[Config, Connection]]:
    """Give Alembic's configuration and a connection on which nobody else migrates."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})
        config = _config()
        config.attributes["connection"] = connection
        yield config, connection


def _config() -> Config:
    """Configure Alembic here, so that there is no file to find and no logging to set up."""
    config = Config()
    # Alembic's options know %-interpolation, a path may hold a percent sign.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _state_of(current: str | None) -> SchemaState:
    if current is None:
        return SchemaState.EMPTY
    if current not in revisions():
        return SchemaState.AHEAD
    return SchemaState.UP_TO_DATE if current == revisions()[-1] else SchemaState.BEHIND


def _ahead(current: str | None) -> SettingsError:
    return SettingsError(
        f"DATABASE_URL: the database was made by a newer version of the bot (migration {current}).",
        hint=f"Start that version, or let it run `{DOWNGRADE_COMMAND} {revisions()[-1]}` first.",
    )
