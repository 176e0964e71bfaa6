"""Ids, timestamps, hashes and secrets in the forms Slack gives them."""

import itertools
import secrets

from playground.clock import Clock

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = 7


class IdSource:
    """Make ids that are unique within one workspace; the caller holds the workspace's lock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counter = itertools.count(1)
        self._last_stamp = 0

    def make(self, prefix: str) -> str:
        """Return the next id: the prefix that tells the kind, a zero and a number in letters."""
        number, letters = next(self._counter), ""
        for _ in range(_DIGITS):
            number, rest = divmod(number, len(_ALPHABET))
            letters = _ALPHABET[rest] + letters
        return f"{prefix}0{letters}"

    def stamp(self) -> str:
        """Return a message timestamp: seconds and a micro part, never the same twice."""
        micros = int(self._clock.now().timestamp() * 1_000_000)
        self._last_stamp = max(micros, self._last_stamp + 1)
        return f"{self._last_stamp // 1_000_000}.{self._last_stamp % 1_000_000:06d}"

    def view_hash(self) -> str:
        """Return a hash for one state of a view."""
        return f"{int(self._clock.now().timestamp())}.{secrets.token_urlsafe(6)}"

    def trigger(self) -> str:
        """Return a trigger id."""
        return f"{next(self._counter)}.{int(self._clock.now().timestamp())}.{secrets.token_hex(16)}"


def signing_secret() -> str:
    """Return a made-up signing secret: 32 hexadecimal digits, as Slack's have."""
    return secrets.token_hex(16)


def token(prefix: str) -> str:
    """Return a made-up token that nobody outside this workspace accepts."""
    return f"{prefix}-{secrets.token_hex(4)}-{secrets.token_hex(16)}"
