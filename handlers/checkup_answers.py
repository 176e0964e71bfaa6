"""Read Slack's answers for the check-up, and say what went wrong without a library's own words."""

import socket
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.domain.checkup import Area, Finding
from handlers.slack_errors import UNREADABLE, code_of, is_trouble

REINSTALL = "On the app's page, paste {} as its manifest and reinstall the app to the workspace."

_REFUSED = frozenset({"invalid_auth", "not_authed", "token_revoked", "account_inactive", "token_expired"})


def headers_of(answer: SlackResponse) -> dict[str, str]:
    """Return the headers by their names in lower case."""
    return {str(key).casefold(): str(value) for key, value in answer.headers.items()}


def body_of(answer: SlackResponse) -> Mapping[str, Any]:
    """Return the answer as an object."""
    return answer.data if isinstance(answer.data, dict) else {}


def failure(error: Exception, what: str, mend: str, *, api_url: str) -> Finding:
    """Return the finding about a call that failed; `mend` is for what Slack has understood and refused."""
    host, code = urlsplit(api_url).hostname, code_of(error)
    if not isinstance(error, SlackApiError):
        return Area.SLACK.problem(
            f"Slack does not answer at {host} ({why(error)}).",
            "Look at this machine's way to the internet, and at HTTPS_PROXY.",
        )
    if is_trouble(error):
        return _trouble(error, what, host or "")
    if code == "missing_scope":
        return Area.SLACK.problem(f"{what}: the token lacks the scope {error.response.get('needed', '')}.", mend)
    refusal = f"does not accept the token (“{code}”)" if code in _REFUSED else f"answers “{code}”"
    return Area.SLACK.problem(f"{what}: Slack {refusal}.", mend)


def _trouble(error: SlackApiError, what: str, host: str) -> Finding:
    status = error.response.status_code
    if code_of(error) == "ratelimited":
        wait = {key.casefold(): value for key, value in error.response.headers.items()}.get("retry-after", "60")
        return Area.SLACK.unknown(f"{what}: Slack asks to be left alone for {wait} s.", "Try again then.")
    if code_of(error) == UNREADABLE and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Area.SLACK.problem(
            f"What answers at {host} is not Slack.", "Look at proxies on the way, and at SLACK_API_URL."
        )
    return Area.SLACK.unknown(f"{what}: Slack has trouble (status {status}).", "Look at https://status.slack.com.")


def why(error: BaseException) -> str:
    """Return what kept a call from getting through, never the library's own text."""
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, BaseException) else error
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, socket.gaierror):
        return "its name is not known"
    reason = cause.strerror if isinstance(cause, OSError) and isinstance(cause.strerror, str) else ""
    return (reason or type(cause).__name__).lower()
