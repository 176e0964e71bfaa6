"""What the connections of a simulated cluster share: the engine, tokens, the call log, faults."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.cluster.acl import ANONYMOUS, EVERYTHING, Token
from playground.cluster.calls import CallLog
from playground.cluster.engine import Engine
from playground.cluster.faults import Faults
from playground.cluster.routing import ApiError


@dataclass(slots=True)
class Desk:
    """What the handlers of all connections share."""

    engine: Engine
    tokens: Mapping[str, Token]
    calls: CallLog = field(default_factory=CallLog)
    faults: Faults = field(default_factory=Faults)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def secured(self) -> bool:
        """Tell whether tokens are asked for."""
        return bool(self.tokens)

    def token_of(self, secret: str) -> Token:
        """Return the token behind a secret; raise 403 for an unknown one."""
        if not self.secured:
            return EVERYTHING
        if not secret:
            return ANONYMOUS
        if secret not in self.tokens:
            raise ApiError(403, "ACL token not found")
        return self.tokens[secret]
