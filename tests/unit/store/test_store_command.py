"""How the operators' command for the database understands what is typed."""

from pathlib import Path

import pytest

from bot.store.__main__ import main


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder without DATABASE_URL."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL_FILE", raising=False)
    return tmp_path


def test_without_a_database_the_command_says_how_to_name_one(capsys: pytest.CaptureFixture[str]) -> None:
    """No database is guessed."""
    status = main(["upgrade"])

    assert status == 1
    assert capsys.readouterr().err == (
        "DATABASE_URL is not set. Nothing was changed. Set it, or name the database with --database.\n"
    )


def test_the_environment_names_the_database(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """DATABASE_URL serves as it serves the bot."""
    monkeypatch.setenv("DATABASE_URL", "sqlite:///bot.sqlite3")

    assert main(["upgrade"]) == 0
    assert capsys.readouterr().out == "Migration 0003: the tables are up to date.\n"
    assert (empty_folder / "bot.sqlite3").exists()


def test_an_env_file_names_the_database(empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A .env file is read, as the bot reads it, whatever else stands in it."""
    (empty_folder / ".env").write_text("SLACK_BOT_TOKEN=xoxb-made-up\nDATABASE_URL=sqlite:///other.sqlite3\n")

    assert main(["upgrade"]) == 0
    assert capsys.readouterr().err == ""
    assert (empty_folder / "other.sqlite3").exists()


@pytest.mark.parametrize("place", ["environment", "env file"])
def test_a_file_may_hold_the_address(empty_folder: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """DATABASE_URL_FILE serves as it serves the bot: the address, with its password, is in a file of its own."""
    (empty_folder / "secret").write_text("  sqlite:///third.sqlite3\n")
    variable = f"DATABASE_URL_FILE={empty_folder}/secret"
    (empty_folder / ".env").write_text(variable if place == "env file" else "")
    if place == "environment":
        monkeypatch.setenv(*variable.split("="))

    assert main(["upgrade"]) == 0
    assert (empty_folder / "third.sqlite3").exists()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"DATABASE_URL_FILE": "missing"},
            (
                "DATABASE_URL_FILE: 'missing' cannot be read (No such file or directory). Nothing was changed. "
                "Give the path of a file that holds the secret.\n"
            ),
        ),
        (
            {"DATABASE_URL_FILE": "secret", "DATABASE_URL": "sqlite:///a.sqlite3"},
            "DATABASE_URL_FILE: DATABASE_URL is set as well. Nothing was changed. Set only one of the two.\n",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_as_the_bot_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], said: str
) -> None:
    """One line names the key, the reason and the mend."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert main(["current"]) == 1
    assert capsys.readouterr().err == said


def test_a_wrong_address_is_said_in_one_line_without_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    """The password in a mistyped address is not repeated."""
    status = main(["--database", "postgres:/bot:sesame@host/bot", "current"])

    said = capsys.readouterr()
    assert status == 1
    assert said.out == ""
    assert said.err.startswith("DATABASE_URL is not the address of a database.")
    assert "sesame" not in said.err


def test_a_downgrade_must_name_where_to(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is dropped by a bare word."""
    with pytest.raises(SystemExit):
        main(["downgrade"])

    assert "target" in capsys.readouterr().err
