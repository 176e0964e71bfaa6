"""Reads what the app offered for a search, with its groups, out of the workspace's book of acks."""

from collections.abc import Iterable

from playground.slack.records import AckRecord
from playground.slack.wire import Json


def offered(acks: Iterable[AckRecord], user: str, action_id: str, query: str) -> Json:
    """Return the options, or the groups with theirs, that answered a person's newest such search."""
    record = next((each for each in acks if each.user == user and _asks(each.payload, action_id, query)), None)
    answer = record.answer if record is not None and isinstance(record.answer, dict) else {}
    return {"options": answer.get("options", []), "groups": answer.get("option_groups", [])}


def _asks(payload: Json, action_id: str, query: str) -> bool:
    is_search = payload.get("type") == "block_suggestion"
    return is_search and payload.get("action_id") == action_id and payload.get("value") == query
