"""The two ways of calling Slack: one that may repeat a call, one that must not."""

from slack_sdk import WebClient
from slack_sdk.http_retry import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler, RetryHandler
from slack_sdk.http_retry.builtin_handlers import ServerErrorRetryHandler

TIMEOUT_SECONDS = 8
INTERACTIVE_TIMEOUT_SECONDS = 3
IDENTITY_TIMEOUT_SECONDS = 2


def interactive_client(token: str, base_url: str) -> WebClient:
    """Return the client for calls while somebody waits: short time limit, repeats lost connections only."""
    handlers: list[RetryHandler] = [ConnectionErrorRetryHandler(max_retry_count=1)]
    return WebClient(token=token, base_url=base_url, timeout=INTERACTIVE_TIMEOUT_SECONDS, retry_handlers=handlers)


def identity_client(token: str, base_url: str) -> WebClient:
    """Return the client for asking who somebody is before they are answered: it must fail in time for an ack."""
    return WebClient(token=token, base_url=base_url, timeout=IDENTITY_TIMEOUT_SECONDS, retry_handlers=[])


def repeating_client(token: str, base_url: str) -> WebClient:
    """Return the client for idempotent calls from workers: repeats lost connections, rate limits and server errors."""
    handlers: list[RetryHandler] = [
        ConnectionErrorRetryHandler(max_retry_count=2),
        RateLimitErrorRetryHandler(max_retry_count=2),
        ServerErrorRetryHandler(max_retry_count=2),
    ]
    return WebClient(token=token, base_url=base_url, timeout=TIMEOUT_SECONDS, retry_handlers=handlers)


def posting_client(token: str, base_url: str) -> WebClient:
    """Return the client for new messages: repeats only what Slack surely did not take (rate limits).

    Repeating a lost connection would post twice; measured, see slack.md section 5.4.
    """
    handlers: list[RetryHandler] = [RateLimitErrorRetryHandler(max_retry_count=2)]
    return WebClient(token=token, base_url=base_url, timeout=TIMEOUT_SECONDS, retry_handlers=handlers)
