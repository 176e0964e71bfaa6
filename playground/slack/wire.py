"""The JSON that travels between the workspace and the app, and the error that answers a bad call."""

import json
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


class SlackError(Exception):
    """A Web API refusal: Slack's error code and the extra fields of its answer."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def as_answer(self) -> Json:
        """Return the body that Slack sends for this refusal."""
        return {"ok": False, "error": self.code, **self.extra}


class RateLimited(Exception):
    """A call over the limit: HTTP 429 with the seconds to wait."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"ratelimited, retry after {retry_after} s")
        self.retry_after = retry_after


def invalid_arguments(*flaws: str) -> SlackError:
    """Build the refusal of a malformed call or view; each flaw is a text with its pointer."""
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {flaw}" for flaw in flaws]})


def plain_text(text: str) -> Json:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text, "emoji": True}


def byte_size(value: Any) -> int:
    """Return the length of a value's compact JSON in bytes."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def copy_json(value: Any) -> Any:
    """Return a deep copy of a JSON value."""
    return json.loads(json.dumps(value))
