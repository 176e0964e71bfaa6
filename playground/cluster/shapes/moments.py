"""Moments and gaps, as Nomad's JSON writes them."""

from datetime import UTC, datetime, timedelta

from playground.cluster.records import JsonObject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def nanoseconds(moment: datetime) -> int:
    """Return a moment as Nomad's integers: nanoseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND * 1000


def stamp(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339 text in UTC, without trailing zeros."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def span(duration: timedelta) -> int:
    """Return a duration as Nomad's integers: nanoseconds."""
    return duration // _MICROSECOND * 1000


def without_empty(full: JsonObject) -> JsonObject:
    """Return an object without fields that are empty, zero or null."""
    return {key: value for key, value in full.items() if value not in (None, "", 0, False, {}, [])}
