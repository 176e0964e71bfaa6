"""The way to a real Nomad that wants certificates and a token."""

from typing import Any

from pydantic import SecretStr

from bot.nomad.client import NomadConnection
from tests.agent.single import NomadAgent


def door(agent: NomadAgent, token: str | None, **changes: Any) -> NomadConnection:
    """Return the connection to an agent with its certificates and this token, changed as told."""
    assert agent.tls is not None
    settings: dict[str, Any] = {
        "address": agent.address,
        "cacert": str(agent.tls.ca),
        "client_cert": str(agent.tls.certificate),
        "client_key": str(agent.tls.key),
        "tls_server_name": agent.tls.server_name,
        **changes,
    }
    return NomadConnection(token=SecretStr(token) if token else None, **settings)
