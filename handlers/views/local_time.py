"""Times by the reader's own clock, written out: the same on the screen, in a notification, and read aloud."""

from datetime import UTC, datetime

from bot.domain.zones import zone_of


def local(at: datetime, zone: str) -> str:
    """Return a moment such as `Fri 12 June, 09:30 CEST`."""
    moment = at.astimezone(zone_of(zone))
    return f"{moment:%a} {moment.day} {moment:%B, %H:%M} {_name(moment)}"


def local_day(at: datetime, zone: str) -> str:
    """Return a day such as `Fri 12 June`."""
    moment = at.astimezone(zone_of(zone))
    return f"{moment:%a} {moment.day} {moment:%B}"


def _name(moment: datetime) -> str:
    """Return what the zone is called then; those without letters of their own are told as the distance to UTC."""
    name = moment.tzname() or "UTC"
    return name if name.isalpha() else f"UTC{name}" if moment.utcoffset() else str(UTC)
