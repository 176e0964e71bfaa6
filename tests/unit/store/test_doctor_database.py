"""What the doctor finds out about SQLite's file, without making or changing anything."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.checkup import Finding, Verdict
from bot.services.doctor import Doctor
from bot.store import schema
from bot.store.checkup import DatabaseCheckup, judge_disk
from bot.store.engine import open_engine

GIB = 1024**3


def examined(address: str) -> list[Finding]:
    """Return what is found about a database."""
    return list(Doctor(checks=DatabaseCheckup(address=address).checks(), clean=str).examine())


def bad(address: str) -> list[Finding]:
    """Return what is not fine."""
    return [finding for finding in examined(address) if finding.verdict is not Verdict.FINE]


def content(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a database as the bot leaves it."""
    path = tmp_path / "bot.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    return path


def change(file: Path, statement: str) -> None:
    """Change a database behind the bot's back."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(statement)


def test_a_database_that_the_bot_made_is_fine_and_stays_as_it_is(file: Path) -> None:
    """Its kind, its tables, that it can be written to and how much room there is; not a byte is changed."""
    before = content(file.parent)

    found = examined(f"sqlite:///{file}")

    assert [finding.verdict for finding in found] == [Verdict.FINE] * 4
    assert str(file) in found[0].text
    assert f"up to date (migration {schema.revisions()[-1]})" in found[1].text
    assert content(file.parent) == before


@pytest.mark.parametrize("name", ["bot.sqlite3", "not/there/yet/bot.sqlite3", "with space #1?.sqlite3"])
def test_a_file_that_is_not_there_yet_is_fine_and_is_not_made(tmp_path: Path, name: str) -> None:
    """The bot makes it, and its folder, when it starts; the doctor makes neither."""
    address = f"sqlite:///{tmp_path / name}".replace("?", "%3F")

    assert bad(address) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_problem() -> None:
    """The folder that is in the way is named."""
    finding = bad("sqlite:////proc/version/bot.sqlite3")[0]

    assert finding.verdict is Verdict.PROBLEM
    assert "cannot be made" in finding.text
    assert "/proc/version" in finding.text


def test_tables_that_are_behind_are_a_warning(file: Path) -> None:
    """The next start brings SQLite's up; the command that does it, too, is told."""
    change(file, f"UPDATE alembic_version SET version_num = '{schema.revisions()[0]}'")  # noqa: S608 - our own names

    (finding,) = bad(f"sqlite:///{file}")

    assert finding.verdict is Verdict.WARNING
    assert "behind the code" in finding.text
    assert schema.UPGRADE_COMMAND in finding.mend


def test_tables_that_are_ahead_are_a_problem(file: Path) -> None:
    """The command for the newer version is told; whether one can write is not looked at."""
    change(file, "UPDATE alembic_version SET version_num = 'r9999_of_tomorrow'")

    tables, writing = bad(f"sqlite:///{file}")

    assert tables.verdict is Verdict.PROBLEM
    assert "r9999_of_tomorrow" in tables.text
    assert schema.DOWNGRADE_COMMAND in tables.mend
    assert writing.text == "writing: not checked, because the tables are not as they must be."


def test_a_file_that_is_no_database_is_a_problem(tmp_path: Path) -> None:
    """SQLite's own reason is told."""
    (tmp_path / "bot.sqlite3").write_text("Dear diary, " * 100)

    first, *others = bad(f"sqlite:///{tmp_path}/bot.sqlite3")

    assert first.verdict is Verdict.PROBLEM
    assert "file is not a database" in first.text
    assert all("not checked, because the database cannot be reached" in finding.text for finding in others)


def test_a_lock_that_somebody_holds_is_a_problem(file: Path) -> None:
    """It is told as such; the bot would wait in vain as well."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")

        (finding,) = bad(f"sqlite:///{file}?timeout=0.05")

    assert finding.verdict is Verdict.PROBLEM
    assert "database is locked" in finding.text


def test_a_file_that_can_only_be_read_is_a_problem(file: Path) -> None:
    """Reading it may work, writing does not."""
    (finding,) = bad(f"sqlite:///{file}?mode=ro")

    assert finding.verdict is Verdict.PROBLEM
    assert "readonly" in finding.text


def test_a_database_in_memory_is_a_warning() -> None:
    """It is fit for trying out, and forgets everything."""
    (finding,) = bad("sqlite://")

    assert finding.verdict is Verdict.WARNING
    assert "forgotten" in finding.text


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://bot:sesame@127.0.0.1:1/bot",
        "postgresql+psycopg://bot@127.0.0.1:1/bot?password=sesame",
        "postgresql+psycopg://bot:ses@me@127.0.0.1:1/bot",
        "postgresql+psycopg://bot:sesame@127.0.0.1:port/bot",
        "postgresql+psycopg://bot:sesame@127.0.0.1/bot?sesame=1",
    ],
)
def test_no_password_is_told_whatever_fails(address: str) -> None:
    """A server that is not there, an address that is none: the reason is told, the password is not."""
    found = examined(address)

    assert found[0].verdict is Verdict.PROBLEM
    assert not {"sesame", "ses@me", "me@"} & {word for finding in found for word in repr(finding).split("'")}
    assert "ses@me" not in repr(found)
    assert ":sesame" not in repr(found)
    assert "password=" not in repr(found)


@pytest.mark.parametrize(
    ("free", "file_system", "verdicts"),
    [
        (20 * GIB, "ext4", [Verdict.FINE]),
        (GIB // 2, "ext4", [Verdict.WARNING]),
        (1024, "xfs", [Verdict.PROBLEM]),
        (20 * GIB, "nfs4", [Verdict.WARNING, Verdict.FINE]),
        (20 * GIB, "", [Verdict.FINE]),
    ],
)
def test_the_disk_needs_room_and_must_be_local(free: int, file_system: str, verdicts: list[Verdict]) -> None:
    """Under a GiB is a warning, next to nothing a problem, and locks over a network are not safe."""
    found = list(judge_disk(Path("/srv"), free=free, file_system=file_system))

    assert [finding.verdict for finding in found] == verdicts
