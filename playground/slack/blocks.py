"""Checks views and messages by Slack's limits."""

from playground.slack.wire import Json


def view_flaws(view: object, surface: str) -> list[str]:
    """Return the flaws of a view."""
    return []


def message_flaws(blocks: object) -> list[str]:
    """Return the flaws of blocks."""
    return []


MESSAGE_TEXTS = 9_597


def text_sum(blocks: list[Json]) -> int:
    """Return sum."""
    return 0
