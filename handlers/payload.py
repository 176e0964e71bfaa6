"""What Slack hands over, made fit to be handled: halves of characters are replaced, everything else is left alone."""

import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def mend(body: dict[str, Any]) -> None:
    """Replace, in place, the unpaired surrogates that JSON can carry and that can be neither stored nor sent on."""
    for key, value in body.items():
        body[key] = _whole(value)


def _whole(value: Any) -> Any:
    match value:
        case str():
            return value if value.isascii() else _HALF.sub(_REPLACEMENT, value)
        case dict():
            return {_whole(key): _whole(inner) for key, inner in value.items()}
        case list():
            return [_whole(inner) for inner in value]
        case _:
            return value
