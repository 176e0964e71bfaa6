"""Which addresses of databases are understood, and that none gives its password away."""

import traceback
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.errors import SettingsError
from bot.store.engine import open_engine

MEND = "Give sqlite:///FOLDER/FILE or postgresql://USER:PASSWORD@HOST/DATABASE."


def pragma(engine: Engine, name: str) -> object:
    """Return what a connection of the engine says about one of SQLite's settings."""
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_understood(scheme: str) -> None:
    """The three usual schemes lead to the one driver we have."""
    engine = open_engine(f"{scheme}://bot:sesame@db.example.org:5433/bot?sslmode=require")

    assert engine.url.drivername == "postgresql+psycopg"
    assert (engine.url.host, engine.url.port, engine.url.database) == ("db.example.org", 5433, "bot")
    assert engine.url.query == {"sslmode": "require"}
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:sesame@db.example.org/bot",
        "postgresql://bot@db.example.org/bot?password=sesame",
        "postgresql:///bot?user=bot&password=sesame&host=db.example.org",
        "postgresql://bot@db.example.org/bot?sslpassword=sesame",
    ],
)
def test_a_password_shows_nowhere(url: str) -> None:
    """Wherever in the address a password stands, no text about the engine has it."""
    engine = open_engine(url)

    assert "sesame" not in f"{engine!r} {engine.url} {engine.url!r} {engine.pool!r}"
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "DATABASE_URL is not the address of a database."),
        ("bot.sqlite3", "DATABASE_URL is not the address of a database."),
        ("postgresql://bot:sesame@host:port/bot", "DATABASE_URL is not the address of a database."),
        ("mysql://bot:sesame@host/bot", "DATABASE_URL: mysql is no database the bot can use."),
        (
            "postgresql+asyncpg://bot:sesame@host/bot",
            "DATABASE_URL: postgresql+asyncpg is no database the bot can use.",
        ),
    ],
)
def test_another_address_is_refused_with_the_mend(url: str, message: str) -> None:
    """What is no address of ours stops the start with the key and an example, never with the address."""
    with pytest.raises(SettingsError) as error:
        open_engine(url)

    assert error.value.sentence() == f"{message} Nothing was changed. {MEND}"
    assert "sesame" not in "".join(traceback.format_exception(error.value)).replace(url, "")


def test_an_at_sign_in_a_password_is_refused_with_the_mend() -> None:
    """Otherwise a part of the password would be taken for the host's name, and be shown as such."""
    with pytest.raises(SettingsError) as error:
        open_engine("postgresql://bot:open@sesame@host/bot")

    assert (
        error.value.sentence()
        == "DATABASE_URL has more than one @. Nothing was changed. Write an @ in the password as %40."
    )


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("sqlite:///bot.sqlite3?tiemout=5", 'invalid connection option "tiemout"'),
        ("sqlite:///bot.sqlite3?timeout=soon", "the timeout is no number of seconds: soon"),
        ("postgresql://host/bot?passwort=sesame", 'invalid connection option "passwort"'),
    ],
)
def test_an_unknown_option_is_named_without_its_value(url: str, what: str) -> None:
    """A slip after the question mark stops the start, and does not turn up with the first request."""
    with pytest.raises(SettingsError) as error:
        open_engine(url)

    assert error.value.sentence() == (
        f"DATABASE_URL: {what}. Nothing was changed. Leave out, or correct, what follows the question mark."
    )


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file where a folder should be stops the start with the folder's name and the reason."""
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError) as error:
        open_engine(f"sqlite:///{tmp_path}/file/bot.sqlite3")

    assert f"the folder {tmp_path}/file cannot be made" in str(error.value)


def test_a_sqlite_file_gets_what_the_store_relies_on(tmp_path: Path) -> None:
    """Readers beside a writer, foreign keys, patience, and commits that outlast a power cut."""
    engine = open_engine(f"sqlite:///{tmp_path}/var/bot.sqlite3")

    assert pragma(engine, "journal_mode") == "wal"
    assert pragma(engine, "foreign_keys") == 1
    assert pragma(engine, "busy_timeout") == 5000
    assert pragma(engine, "synchronous") == 2
    engine.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_lives_as_long_as_its_engine(url: str) -> None:
    """One connection serves all, so what one call writes the next one reads."""
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stones (name TEXT)")

    assert pragma(engine, "table_list") is not None
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM stones").scalar() == 0
    engine.dispose()
