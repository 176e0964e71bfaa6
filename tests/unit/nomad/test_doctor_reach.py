"""What is told about the way to a Nomad: the host, the port, TLS and how long its certificate lasts."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from time import time

import pytest

from bot.domain.checkup import Finding, Verdict
from bot.nomad.checkup.reach import reach
from bot.nomad.client import NomadConnection
from tests.agent.certificates import TlsFiles, make_certificates

NOW = datetime.fromtimestamp(time(), UTC)


@contextmanager
def served(files: TlsFiles | None = None) -> Iterator[int]:
    """Take one connection on a port of loopback, with TLS if there are certificates, and answer one letter."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with connection if files is None else _secured(connection, files) as opened:
                    opened.recv(1)
                    opened.sendall(b"H")

        thread = Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join()


def _secured(connection: socket.socket, files: TlsFiles) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    try:
        return context.wrap_socket(connection, server_side=True)
    except OSError:
        connection.close()
        raise


def found(address: str, files: TlsFiles | None = None, *, now: datetime = NOW, name: str = "localhost") -> Finding:
    """Return the one thing that is found."""
    authority = str(files.ca) if files else ""
    connection = NomadConnection(address=address, cacert=authority, tls_server_name=name)
    (finding,) = reach(connection, now=now)
    return finding


def test_a_port_that_takes_connections_is_fine() -> None:
    """Without TLS there is nothing else to look at."""
    with served() as port:
        finding = found(f"http://127.0.0.1:{port}")
        socket.create_connection(("127.0.0.1", port)).close()

    assert finding.verdict is Verdict.FINE
    assert finding.text.endswith("accepts connections, without TLS.")


def test_a_port_where_nothing_listens_is_a_problem() -> None:
    """The address is told, and what to do."""
    finding = found("http://127.0.0.1:1")

    assert finding.verdict is Verdict.PROBLEM
    assert finding.text == "No connection to 127.0.0.1:1: connection refused."


@pytest.mark.parametrize(
    ("days_ahead", "verdict", "text"),
    [
        (-60, Verdict.FINE, "Nomad's certificate is accepted and good until"),
        (-10, Verdict.WARNING, "in 10 days"),
        (0, Verdict.WARNING, "in 0 days"),
    ],
)
def test_a_certificate_that_ends_soon_is_a_warning(
    tmp_path: Path, days_ahead: int, verdict: Verdict, text: str
) -> None:
    """Two weeks are time enough to renew it."""
    files = make_certificates(tmp_path, now=NOW)

    with served(files) as port:
        finding = found(f"https://127.0.0.1:{port}", files, now=NOW + timedelta(days=days_ahead))

    assert finding.verdict is verdict
    assert text in finding.text


@pytest.mark.parametrize(
    ("made_ago", "name", "text"),
    [
        (timedelta(days=3), "localhost", "has expired"),
        (timedelta(days=-3), "localhost", "is not valid yet"),
        (timedelta(0), "nomad.example.org", "is not for the name nomad.example.org"),
        (timedelta(0), "", "is not for the name 127.0.0.1"),
    ],
)
def test_a_certificate_that_is_not_accepted_is_a_problem(
    tmp_path: Path, made_ago: timedelta, name: str, text: str
) -> None:
    """Too old, too young, for somebody else: each is told apart, because each is mended elsewhere."""
    files = make_certificates(tmp_path, now=NOW - made_ago)

    with served(files) as port:
        finding = found(f"https://127.0.0.1:{port}", files, name=name)

    assert finding.verdict is Verdict.PROBLEM
    assert text in finding.text
    assert finding.mend


def test_what_speaks_no_tls_is_told(tmp_path: Path) -> None:
    """https:// where there is plain HTTP."""
    files = make_certificates(tmp_path, now=NOW)

    with served() as port:
        finding = found(f"https://127.0.0.1:{port}", files)

    assert "does not speak TLS" in finding.text
    assert "http://" in finding.mend
