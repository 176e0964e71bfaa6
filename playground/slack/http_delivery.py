"""HTTP mode: signed posts to the app's request URL."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp

from playground.slack.envelopes import AckBook, Envelope
from playground.slack.records import Outcome
from playground.slack.state import State
from playground.slack.wire import Json

_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What the app answered to a post."""

    status: int
    text: str
    headers: dict[str, str]


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the value of X-Slack-Signature for a raw body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class HttpDelivery:
    """Carry envelopes as signed posts; lives in the server's event loop."""

    def __init__(self, state: State, book: AckBook, deadline: timedelta) -> None:
        self._state = state
        self._book = book
        self._deadline = deadline
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._signatures: set[str] = set()
        self.request_url = ""

    async def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make the client session in the loop."""
        self._loop = loop
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        """Cancel what is under way and close the session."""
        for task in tuple(self._tasks):
            task.cancel()
        if self._session is not None:
            await self._session.close()

    def send(self, envelope: Envelope) -> None:
        """Post an envelope to the request URL."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        loop.call_soon_threadsafe(self._start, self._deliver(envelope))

    async def post(self, body: bytes, headers: dict[str, str]) -> HttpAnswer:
        """Post raw bytes and return the answer; time-outs and refused connections raise."""
        if self._session is None:
            raise RuntimeError("The workspace is not running.")
        timeout = aiohttp.ClientTimeout(total=self._deadline.total_seconds())
        async with self._session.post(self.request_url, data=body, headers=headers, timeout=timeout) as answer:
            return HttpAnswer(status=answer.status, text=await answer.text(), headers=dict(answer.headers))

    def headers(
        self, body: bytes, content_type: str, *, secret: str = "", age: timedelta = timedelta(0)
    ) -> dict[str, str]:
        """Return the headers of a post signed `age` ago with the app's secret, or with another.

        The time is the machine's, not the clock's: the app compares it with the machine's, too.
        """
        timestamp = str(int(time.time() - age.total_seconds()))
        signed = signature(secret or self._state.identity.signing_secret, timestamp, body)
        return {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signed,
            "User-Agent": "Slackbot 1.0",
        }

    async def _deliver(self, envelope: Envelope) -> None:
        body, content_type = encode(envelope.kind, envelope.payload)
        headers = self._fresh_headers(body, content_type)
        if envelope.attempt:
            headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": envelope.reason}
        try:
            answer = await self.post(body, headers)
        except TimeoutError:
            envelope.failure = "http_timeout"
            self._book.expire(envelope)
        except aiohttp.ClientError:
            envelope.failure = "connection_failed"
            self._book.settle(envelope.id, Outcome.NO_CONNECTION)
        else:
            self._settle(envelope, answer)

    def _fresh_headers(self, body: bytes, content_type: str) -> dict[str, str]:
        """Sign a delivery; one that is sent again gets another time, as it would from Slack."""
        ahead = 0
        headers = self.headers(body, content_type)
        while headers["X-Slack-Signature"] in self._signatures:
            ahead += 1
            headers = self.headers(body, content_type, age=timedelta(seconds=-ahead))
        self._signatures.add(headers["X-Slack-Signature"])
        return headers

    def _settle(self, envelope: Envelope, answer: HttpAnswer) -> None:
        if answer.status != _OK:
            envelope.failure = "http_error"
            envelope.no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
            self._book.settle(envelope.id, Outcome.REFUSED)
            return
        self._book.settle(envelope.id, Outcome.ACKED, _decode(answer))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def encode(kind: str, payload: Json) -> tuple[bytes, str]:
    """Return the body and content type of a delivery: JSON for events, forms for the rest."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _decode(answer: HttpAnswer) -> Any:
    if not answer.text:
        return None
    if "json" in answer.headers.get("Content-Type", ""):
        try:
            return json.loads(answer.text)
        except ValueError:
            return answer.text
    return {"text": answer.text}
