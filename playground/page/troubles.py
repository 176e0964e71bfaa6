"""What went wrong, in words: what Slack would show, and why the app is to blame."""

from collections.abc import Mapping, Sequence

from playground.slack.records import Call, Problem
from playground.slack.wire import Json

MOST = 20
"""So many of the newest troubles are told."""
_RECENT_CALLS = 400
_EXPECTED = frozenset({"users_not_found", "user_not_found", "not_found", "hash_conflict"})
"""Answers that say how things stand; an app that gets one has broken no rule."""
_WHY: Mapping[str, str] = {
    "operation_timeout": "Slack shows this error, since the app did not acknowledge within 3 seconds. "
    "What it was asked to do may have been done all the same.",
    "dispatch_failed": "Slack shows this error, since no connection of the app could take it. Nothing was done.",
    "modal_banner": "Slack shows this in red in the window.",
    "no_results": "Slack shows a menu without options.",
    "payload_not_accepted": "Slack shows nothing, and ignores what was in the acknowledgement.",
    "invalid_command_response": "Slack shows an error instead of the answer.",
    "unknown_envelope": "Slack shows nothing; the app is confused about what it was asked.",
    "bad_frame": "Slack shows nothing, and goes on waiting for an acknowledgement.",
    "views_open_over_modal": "Slack closes the open window and shows the new one; what was typed is lost.",
    "invalid_blocks": "Nobody sees anything of it: Slack takes a message or window as a whole or not at all.",
    "invalid_arguments": "Nobody sees anything of it.",
    "expired_trigger_id": "No window opens: that has to be asked for within 3 seconds of the click or command.",
    "exchanged_trigger_id": "No window opens: each click or command opens one window only.",
    "push_limit_reached": "No window opens: three may lie upon each other.",
    "msg_too_long": "Nobody sees the message.",
    "missing_scope": "Nothing is done: the app's manifest does not ask for that right.",
    "ratelimited": "Nothing is done yet: the app has to wait and to ask again.",
}


def troubles(problems: Sequence[Problem], calls: Sequence[Call], person: str) -> list[Json]:
    """Return the newest troubles that this person saw or that concern everybody, in the order of time."""
    found = [_problem(each) for each in problems if each.user in {None, person}]
    found += [_refusal(each) for each in calls[-_RECENT_CALLS:] if _is_refusal(each)]
    return sorted(found, key=lambda each: float(each["at"]))[-MOST:]


def _problem(problem: Problem) -> Json:
    return _told(problem.at.timestamp(), problem.kind, problem.text)


def _is_refusal(call: Call) -> bool:
    return not call.ok and call.error not in _EXPECTED


def _refusal(call: Call) -> Json:
    error = call.error or f"HTTP {call.status}"
    details = (call.answer.get("response_metadata") or {}).get("messages") or []
    reasons = "".join(f" {detail}" for detail in details)
    return _told(call.at.timestamp(), error, f"Slack refused {call.method}: {error}.{reasons}")


def _told(at: float, kind: str, text: str) -> Json:
    ended = text.rstrip()
    ended += "" if ended.endswith((".", "!", "?")) else "."
    return {"at": at, "kind": kind, "text": " ".join([ended, _WHY.get(kind, "")]).strip()}
