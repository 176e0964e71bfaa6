"""Read single values out of Nomad's JSON, whatever is missing, null or of another type."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

JsonObject = Mapping[str, Any]

_NANOSECONDS = 10**9
_LATEST_SECONDS = 253_000_000_000


def text(value: Any) -> str:
    """Return a text, empty for anything else."""
    return value if isinstance(value, str) else ""


def whole(value: Any) -> int | None:
    """Return a whole number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == value and abs(value) < 2**63 else None  # noqa: PLR0124 - NaN is not equal to itself


def count(value: Any) -> int:
    """Return a number of things, zero where Nomad leaves it out."""
    return max(whole(value) or 0, 0)


def fields(value: Any) -> JsonObject:
    """Return an object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Iterator[JsonObject]:
    """Go through the objects of a list, leaving out anything else."""
    return (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))


def texts(value: Any) -> tuple[str, ...]:
    """Return the texts of a list."""
    return tuple(item for item in (value if isinstance(value, list) else []) if isinstance(item, str))


def text_map(value: Any) -> dict[str, str]:
    """Return an object's entries that are texts."""
    return {str(key): item for key, item in fields(value).items() if isinstance(item, str)}


def count_map(value: Any) -> dict[str, int]:
    """Return an object's entries that are numbers."""
    return {str(key): count(item) for key, item in fields(value).items() if whole(item) is not None}


def moment(value: Any) -> datetime | None:
    """Return a time that Nomad writes as nanoseconds or as RFC 3339 text; its zero times are None."""
    if isinstance(value, str):
        return _moment_of_text(value)
    nanoseconds = whole(value)
    if nanoseconds is None or not 0 < nanoseconds < _LATEST_SECONDS * _NANOSECONDS:
        return None
    seconds, rest = divmod(nanoseconds, _NANOSECONDS)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest // 1000)


def _moment_of_text(value: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(value)
        aware = read if read.tzinfo else read.replace(tzinfo=UTC)
        return aware.astimezone(UTC) if aware.year > 1 else None
    except (ValueError, OverflowError):
        return None
