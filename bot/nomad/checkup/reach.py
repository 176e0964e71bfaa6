"""Look at the way to Nomad without speaking its language: the name, the port, TLS and its certificates."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from certifi import where
from cryptography import x509

from bot.domain.checkup import Area, Finding
from bot.nomad.client import NomadConnection

EXPIRES_SOON = timedelta(days=14)

_SECONDS = 3.0
_OUR_FILES = "NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY"
_EXPIRED, _NOT_YET, _OTHER_NAMES = 10, 9, frozenset({62, 64})  # OpenSSL's codes: a name, an address does not match
_QUESTION = b"HEAD /v1/status/leader HTTP/1.1\r\nHost: nomad\r\nConnection: close\r\n\r\n"


def reach(connection: NomadConnection, *, now: datetime) -> Iterator[Finding]:
    """Return what is found on the way: a problem ends it, a certificate that ends soon is a warning."""
    parts = urlsplit(connection.address)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # the latter for what can be no name at all
        yield Area.NOMAD.problem(
            f"The host {host} of NOMAD_ADDR is not known to this machine.",
            "Correct NOMAD_ADDR, or the name service that this machine asks.",
        )
        return
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as plain:
            yield from _through_tls(plain, host, connection, now) if is_tls else [_without_tls(connection.address)]
    except OSError as error:
        yield _unreached(f"{host}:{port}", error)


def _unreached(where_to: str, error: OSError) -> Finding:
    if isinstance(error, TimeoutError):
        return Area.NOMAD.problem(
            f"Nothing answers at {where_to} within {_SECONDS:.0f} s.",
            "Look whether a firewall stands between this machine and Nomad, and whether NOMAD_ADDR is right.",
        )
    return Area.NOMAD.problem(
        f"No connection to {where_to}: {(error.strerror or type(error).__name__).lower()}.",
        "Start Nomad there, or correct NOMAD_ADDR.",
    )


def _without_tls(address: str) -> Finding:
    return Area.NOMAD.fine(f"{address} accepts connections, without TLS.")


def _through_tls(plain: socket.socket, host: str, connection: NomadConnection, now: datetime) -> Iterator[Finding]:
    name = connection.tls_server_name or host
    has_certificate = bool(connection.client_cert and connection.client_key)
    context = ssl.create_default_context(cafile=where())
    try:
        if connection.cacert:
            context = ssl.create_default_context(cafile=connection.cacert)
    except OSError:
        yield Area.NOMAD.problem("NOMAD_CACERT holds no certificate.", "Name the PEM file of an authority.")
        return
    try:
        if has_certificate:
            context.load_cert_chain(connection.client_cert, connection.client_key)
    except OSError:
        yield Area.NOMAD.problem(f"{_OUR_FILES} do not fit together.", "Name a certificate and its own key, both PEM.")
        return
    try:
        with context.wrap_socket(plain, server_hostname=name) as secure:
            end = _end_of(secure.getpeercert() or {})
            secure.sendall(_QUESTION)
            secure.recv(1)  # TLS 1.3 refuses our certificate only here
    except ssl.SSLCertVerificationError as error:
        yield _mistrusted(error.verify_code, name, has_authority=bool(connection.cacert))
        return
    except (ssl.SSLError, ConnectionError) as error:
        yield _refused(getattr(error, "reason", "") or "", has_certificate=has_certificate)
        return
    yield _lasting("Nomad's certificate", end, now, address=f"{connection.address}: ")
    if has_certificate:
        yield _lasting("Our certificate for Nomad", _end_of_file(Path(connection.client_cert)), now)


def _mistrusted(code: int, name: str, *, has_authority: bool) -> Finding:
    if code == _EXPIRED:
        return Area.NOMAD.problem("Nomad's certificate has expired.", "Renew it on Nomad's servers.")
    if code == _NOT_YET:
        return Area.NOMAD.problem(
            "Nomad's certificate is not valid yet.", "Look whether this machine's clock is right; else renew it."
        )
    if code in _OTHER_NAMES:
        return Area.NOMAD.problem(
            f"Nomad's certificate is not for the name {name}.",
            "Set NOMAD_TLS_SERVER_NAME to a name in it, such as server.global.nomad.",
        )
    source = "the authority in NOMAD_CACERT" if has_authority else "any authority that is trusted everywhere"
    return Area.NOMAD.problem(
        f"Nomad's certificate was not issued by {source}.",
        "Set NOMAD_CACERT to the PEM file of the authority of Nomad's certificates.",
    )


def _refused(reason: str, *, has_certificate: bool) -> Finding:
    if "ALERT" not in reason:
        return Area.NOMAD.problem(
            "What answers at NOMAD_ADDR does not speak TLS, or breaks it off.",
            "Begin NOMAD_ADDR with http://, or switch TLS on there.",
        )
    if has_certificate:
        return Area.NOMAD.problem(
            f"Nomad does not accept our certificate ({reason.lower().replace('_', ' ')}).",
            f"Set {_OUR_FILES} to a pair that Nomad's authority has issued and that has not expired.",
        )
    return Area.NOMAD.problem(
        "Nomad wants a certificate from us, and none is set.", f"Set {_OUR_FILES} to the files of a client certificate."
    )


def _lasting(what: str, end: datetime | None, now: datetime, *, address: str = "") -> Finding:
    if end is None:
        return Area.NOMAD.unknown(f"{address}{what} does not tell when it ends.")
    left, day = end - now, f"{end:%Y-%m-%d}"
    if left > EXPIRES_SOON:
        return Area.NOMAD.fine(f"{address}{what} is accepted and good until {day}.")
    if left > timedelta(0):
        return Area.NOMAD.warning(f"{what} ends on {day}, in {left.days} days.", "Renew it before.")
    return Area.NOMAD.problem(f"{what} has expired on {day}.", "Renew it.")


def _end_of(certificate: dict[str, Any]) -> datetime | None:
    end = certificate.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None


def _end_of_file(path: Path) -> datetime | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
