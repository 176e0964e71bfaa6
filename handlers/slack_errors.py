"""What an error of a call to Slack means: whether Slack has refused it, or it is not known what became of it."""

import re
from http import HTTPStatus
from http.client import HTTPException

from slack_sdk.errors import SlackApiError, SlackClientError

FAILURES = (SlackClientError, OSError, HTTPException)
"""Everything that a call to Slack can fail with."""

_CODE = re.compile(r"[a-z0-9_]+")
_TROUBLE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"})
UNREADABLE = "unreadable"
NO_ANSWER = "no answer"


def code_of(error: Exception) -> str:
    """Return Slack's error code, or say that there was no answer or none that can be read."""
    if not isinstance(error, SlackApiError):
        return NO_ANSWER
    code = str(error.response.get("error") or "")
    if any("trigger_id` expired" in detail for detail in details_of(error)):
        return "expired_trigger_id"
    return code if _CODE.fullmatch(code) else UNREADABLE


def details_of(error: Exception) -> list[str]:
    """Return what Slack says about the places in a view or message that it does not like."""
    if not isinstance(error, SlackApiError):
        return []
    return list((error.response.get("response_metadata") or {}).get("messages") or [])


def is_trouble(error: Exception) -> bool:
    """Tell whether Slack is to blame, so that the same call may work later; else it has understood and refused."""
    if not isinstance(error, SlackApiError):
        return True
    is_broken = error.response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    return is_broken or code_of(error) in _TROUBLE | {UNREADABLE}


def may_have_happened(error: Exception) -> bool:
    """Tell whether the call may have taken effect all the same."""
    return is_trouble(error) and code_of(error) != "ratelimited"
