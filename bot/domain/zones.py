"""Time zones by their IANA names, as Slack and the settings write them."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def find_zone(name: str) -> ZoneInfo | None:
    """Return the zone of that name, or None if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of that name, or UTC where nobody knows it."""
    return find_zone(name) or ZoneInfo("UTC")
