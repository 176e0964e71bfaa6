"""The operators' command for the database: `python -m bot.store upgrade|downgrade|current`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Engine

from bot.errors import BotError, SettingsError
from bot.store import schema
from bot.store.engine import open_engine


class _Environment(BaseSettings):
    """The settings that this command needs, from where the bot has them too."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: SecretStr = SecretStr("")
    database_url_file: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 only if the tables are then as asked for."""
    parsed = _parser().parse_args(arguments)
    try:
        engine = open_engine(_url(parsed.database))
        try:
            return _run(parsed.verb, engine, target=parsed.target)
        finally:
            engine.dispose()
    except BotError as error:
        sys.stderr.write(f"{error.sentence()}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.store", description="Look after the tables of the bot.")
    parser.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="the database; without it DATABASE_URL or DATABASE_URL_FILE is read, which keeps a password out of the "
        "list of processes",
    )
    parser.set_defaults(target="")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("current", help="tell how the tables stand; the exit status is 0 only if they are up to date")
    verbs.add_parser("upgrade", help="bring the tables up to this version of the bot")
    down = verbs.add_parser("downgrade", help="bring the tables down, losing what only later versions keep")
    down.add_argument("target", help="the migration to go back to; `base` drops every table with all it holds")
    return parser


def _url(given: str) -> str:
    environment = _Environment()
    url = given or _chosen(environment.database_url.get_secret_value(), environment.database_url_file)
    if not url:
        written = dotenv_values(".env", interpolate=False)
        url = _chosen(written.get("DATABASE_URL") or "", written.get("DATABASE_URL_FILE") or "")
    if not url:
        raise SettingsError("DATABASE_URL is not set.", hint="Set it, or name the database with --database.")
    return url


def _chosen(url: str, file: str) -> str:
    """Return the address as the bot reads it: the one that is given, or the content of the file that is named."""
    url, file = url.strip(), file.strip()
    if url and file:
        raise SettingsError("DATABASE_URL_FILE: DATABASE_URL is set as well.", hint="Set only one of the two.")
    try:
        return Path(file).expanduser().read_text(encoding="utf-8").strip() if file else url
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(
            f"DATABASE_URL_FILE: {file!r} cannot be read ({reason}).",
            hint="Give the path of a file that holds the secret.",
        ) from error


def _run(verb: str, engine: Engine, *, target: str) -> int:
    if verb == "upgrade":
        schema.upgrade(engine)
    if verb == "downgrade":
        schema.downgrade(engine, target)
    state = schema.pending(engine)
    sys.stdout.write(f"Migration {schema.revision(engine) or 'none'}: the tables are {state}.\n")
    return 0 if verb == "downgrade" or state is schema.SchemaState.UP_TO_DATE else 1


if __name__ == "__main__":
    sys.exit(main())
