"""The ways of calling Slack: while somebody waits, from workers, and for what must not be repeated."""

from dataclasses import dataclass
from typing import Self

from slack_sdk import WebClient
from slack_sdk.http_retry import (
    ConnectionErrorRetryHandler,
    HttpRequest,
    HttpResponse,
    RateLimitErrorRetryHandler,
    RetryHandler,
    RetryState,
)
from slack_sdk.http_retry.builtin_handlers import ServerErrorRetryHandler

TIMEOUT_SECONDS = 8
INTERACTIVE_TIMEOUT_SECONDS = 3
IDENTITY_TIMEOUT_SECONDS = 2


class UnreadableAnswerRetryHandler(RetryHandler):
    """Repeats a call that was answered by something else than Slack, such as a proxy's page."""

    def _can_retry(
        self,
        *,
        state: RetryState,  # noqa: ARG002 - the signature is slack_sdk's
        request: HttpRequest,  # noqa: ARG002 - see above
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        return error is None and response is not None and not (response.data or b"").lstrip().startswith(b"{")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The three clients that listeners need."""

    interactive: WebClient
    repeating: WebClient
    posting: WebClient

    @classmethod
    def at(cls, token: str, base_url: str) -> Self:
        """Return the clients for a token at the address of a Web API."""
        return cls(
            interactive=interactive_client(token, base_url),
            repeating=repeating_client(token, base_url),
            posting=posting_client(token, base_url),
        )


def interactive_client(token: str, base_url: str) -> WebClient:
    """Return the client for calls while somebody waits: short time limit, repeats lost connections only."""
    handlers: list[RetryHandler] = [ConnectionErrorRetryHandler(max_retry_count=1)]
    return WebClient(token=token, base_url=base_url, timeout=INTERACTIVE_TIMEOUT_SECONDS, retry_handlers=handlers)


def identity_client(token: str, base_url: str) -> WebClient:
    """Return the client for asking who somebody is before they are answered: it must fail in time for an ack."""
    return WebClient(token=token, base_url=base_url, timeout=IDENTITY_TIMEOUT_SECONDS, retry_handlers=[])


def repeating_client(token: str, base_url: str) -> WebClient:
    """Return the client for idempotent calls from workers: repeats whatever failed but for a refusal."""
    handlers: list[RetryHandler] = [
        ConnectionErrorRetryHandler(max_retry_count=2),
        RateLimitErrorRetryHandler(max_retry_count=2),
        ServerErrorRetryHandler(max_retry_count=2),
        UnreadableAnswerRetryHandler(max_retry_count=1),
    ]
    return WebClient(token=token, base_url=base_url, timeout=TIMEOUT_SECONDS, retry_handlers=handlers)


def posting_client(token: str, base_url: str) -> WebClient:
    """Return the client for new messages: repeats only what Slack surely did not take (rate limits).

    Repeating a lost connection would post twice; measured, see slack.md section 5.4.
    """
    handlers: list[RetryHandler] = [RateLimitErrorRetryHandler(max_retry_count=2)]
    return WebClient(token=token, base_url=base_url, timeout=TIMEOUT_SECONDS, retry_handlers=handlers)
