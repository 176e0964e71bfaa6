"""Reads what the app offered for a search, with its groups, out of the workspace's book of acks."""

from collections.abc import Iterable

from playground.slack.records import AckRecord
from playground.slack.wire import Json


def offered(acks: Iterable[AckRecord], user: str, action_id: str, query: str) -> Json:
    """Return all options that answered a person's newest such search; `groups` holds the same ones under headings."""
    record = next((each for each in acks if each.user == user and _asks(each.payload, action_id, query)), None)
    answer = record.answer if record is not None and isinstance(record.answer, dict) else {}
    groups: list[Json] = answer.get("option_groups", [])
    grouped = [option for group in groups for option in group["options"]]
    return {"options": [*grouped, *answer.get("options", [])], "groups": groups}


def _asks(payload: Json, action_id: str, query: str) -> bool:
    is_search = payload.get("type") == "block_suggestion"
    return is_search and payload.get("action_id") == action_id and payload.get("value") == query
