"""A real PostgreSQL for tests: a private server that is started for the session, or the one of TEST_DATABASE_URL.

A test module that wants it says `pytest_plugins = ("tests.postgres",)`, so that all share one server.
PYTEST_DONT_REWRITE: nothing is asserted here, and a test module may import it before pytest does.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

ADVICE = "no PostgreSQL: install it (Debian: apt-get install postgresql), or set TEST_DATABASE_URL"

_DEBIAN = Path("/usr/lib/postgresql")
_SUPERUSER = "bot"
_PORT = 5432  # only a part of the socket's name: nothing listens on the network
_FAST = "-c fsync=off -c full_page_writes=off -c shared_buffers=16MB -c max_connections=60"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateServer:
    """A server on a Unix socket in a folder of its own, run by an ordinary user also when the tests run as root."""

    programs: Path
    folder: Path
    user: str | None

    @property
    def url(self) -> URL:
        """Return the address of the database that every server has."""
        return URL.create(
            "postgresql",
            username=_SUPERUSER,
            password="not-a-real-one",
            database="postgres",
            query={"host": str(self.folder), "port": str(_PORT)},
        )

    def create(self) -> None:
        """Make the server's files."""
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        self._run("initdb", "-D", self._files, "-U", _SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"{_FAST} -c listen_addresses='' -c unix_socket_directories='{self.folder}' -p {_PORT}"
        self._run("pg_ctl", "start", "-w", "-D", self._files, "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """Stop the server at once, dropping whoever is connected."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self._files)

    @property
    def _files(self) -> str:
        return str(self.folder / "files")

    def _run(self, program: str, *arguments: str) -> None:
        said = self.folder / f"{program}.log"
        # A file and no pipe: the server inherits it, and a pipe would end only with the server.
        with said.open("w") as output:
            ended = subprocess.run(  # noqa: S603 - a program and arguments of our own, no shell
                [str(self.programs / program), *arguments],
                user=self.user,
                cwd=self.folder,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if ended.returncode != 0:
            raise RuntimeError(f"{program} failed: {said.read_text()}")


class Postgres:
    """Gives each test a database of its own; `server` is None where the server is somebody else's."""

    def __init__(self, url: URL, server: PrivateServer | None) -> None:
        self.server = server
        self._url = url
        self._numbers = count(1)

    @contextmanager
    def database(self, *, template: str = "template0") -> Iterator[str]:
        """Give the address of a new database, copied from another one if told, and drop it afterwards."""
        name = f"bot_test_{os.getpid()}_{next(self._numbers)}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        self._execute(made)
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def cut_connections(self, url: URL) -> int:
        """Cut every connection to the database of the address, and return how many there were."""
        with self._connected() as connection:
            cut = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database]
            )
            return len(cut.fetchall())

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server for a while; skips the test where the server is somebody else's."""
        if self.server is None:
            pytest.skip("the server of TEST_DATABASE_URL is not ours to stop")
        self.server.stop()
        try:
            yield
        finally:
            self.server.start()

    def _execute(self, statement: sql.Composed) -> None:
        with self._connected() as connection:
            connection.execute(statement)

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give a PostgreSQL server, or skip the test with advice."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given:
        yield Postgres(make_url(given).set(drivername="postgresql"), server=None)
        return
    with private_server() as server:
        yield Postgres(server.url, server)


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Give the address of an empty database that only this test has."""
    with postgres.database() as url:
        yield url


@contextmanager
def private_server() -> Iterator[PrivateServer]:
    """Give a server that runs until the end, or skip with advice where there is none to run."""
    programs = _programs()
    if programs is None:
        pytest.skip(ADVICE)
    # Not pytest's own folder: another user must get in, and a socket's path has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="bot-postgres-"))
    server = PrivateServer(programs=programs, folder=folder, user=_ordinary_user())
    try:
        try:
            server.create()
        except PermissionError:
            pytest.skip("no PostgreSQL: root may not run it, nor become an ordinary user here; set TEST_DATABASE_URL")
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path | None:
    """Return the folder that holds the server's programs, the newest one of Debian's if PATH has none."""
    on_path = shutil.which("pg_ctl")
    found = [Path(on_path).resolve().parent] if on_path else []
    debian = sorted(_DEBIAN.glob("*/bin"), key=lambda folder: _version(folder.parent.name), reverse=True)
    return next((folder for folder in (*found, *debian) if _is_complete(folder)), None)


def _is_complete(folder: Path, names: Sequence[str] = ("postgres", "initdb", "pg_ctl")) -> bool:
    return all((folder / name).is_file() for name in names)


def _version(name: str) -> float:
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0


def _ordinary_user() -> str | None:
    """Return the user the server shall run as, or None for the one who runs the tests: root may not run it."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
