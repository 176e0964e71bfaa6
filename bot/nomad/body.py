"""Read an answer's body within a limit of size and of time."""

import time
from collections.abc import Iterator
from typing import Any

import requests
from urllib3 import HTTPResponse

MOST_BYTES = 64 * 2**20
"""No page of a listing comes near it: a thousand allocations with all their events are some 40 MB."""

_CHUNK = 2**18
_SHORTEST_WAIT = 0.01


class AnswerTooLargeError(requests.RequestException):
    """An answer has more bytes than are taken into memory."""


class BoundedBody:
    """Stands for urllib3's response where requests reads its body; ends it when it is too large or too late."""

    def __init__(self, raw: HTTPResponse, *, most: int, until: float) -> None:
        self._raw = raw
        self._most = most
        self._until = until

    def stream(self, _amount: int | None = None, decode_content: bool | None = None) -> Iterator[bytes]:  # noqa: FBT001 - the signature is urllib3's
        """Yield the unpacked body as it comes. Raises AnswerTooLargeError and requests.ReadTimeout."""
        taken = 0
        while chunk := self._next(decode_content=decode_content):
            taken += len(chunk)
            if taken > self._most:
                self._raw.close()
                raise AnswerTooLargeError
            yield chunk

    def _next(self, *, decode_content: bool | None) -> bytes:
        left = self._until - time.monotonic()
        if left <= 0:
            self._raw.close()
            raise requests.ReadTimeout
        connection = self._raw.connection
        if connection is not None and connection.sock is not None:
            connection.sock.settimeout(max(left, _SHORTEST_WAIT))
        return self._raw.read1(_CHUNK, decode_content=decode_content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
