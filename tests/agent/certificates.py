"""Make the certificates of a Nomad that speaks mutual TLS, and a session that uses them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from requests.adapters import HTTPAdapter

SERVER_NAME = "server.global.nomad"
_NAMES = (SERVER_NAME, "client.global.nomad", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """What NOMAD_CACERT, NOMAD_CLIENT_CERT, NOMAD_CLIENT_KEY and NOMAD_TLS_SERVER_NAME point to.

    The certificate carries names and no address, so that whoever connects to 127.0.0.1 must give the server name.
    """

    ca: Path
    certificate: Path
    key: Path
    server_name: str = SERVER_NAME


def make_certificates(folder: Path, *, now: datetime) -> TlsFiles:
    """Write an authority and one certificate for agents and clients, good for two days around now."""
    files = TlsFiles(ca=folder / "ca.pem", certificate=folder / "agent.pem", key=folder / "agent-key.pem")
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Agent tests")])
    authority = (
        _draft(issuer, issuer, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SERVER_NAME)])
    certificate = (
        _draft(subject, issuer, key.public_key(), now)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in _NAMES]), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    files.ca.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def verified_session(tls: TlsFiles) -> requests.Session:
    """Return a session that shows the certificate and checks the agent's against the server name."""
    session = requests.Session()
    session.mount("https://", _NamedServer(tls.server_name))
    session.verify = str(tls.ca)
    session.cert = (str(tls.certificate), str(tls.key))
    return session


class _NamedServer(HTTPAdapter):
    """Ask for, and insist on, another name than the one in the address."""

    def __init__(self, server_name: str) -> None:
        self._server_name = server_name
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Hand the name on to urllib3."""
        super().init_poolmanager(
            *arguments, **options, server_hostname=self._server_name, assert_hostname=self._server_name
        )


def _draft(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
