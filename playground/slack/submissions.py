"""Does with a modal what the app's answer to its submission says, as Slack's client would."""

from enum import StrEnum
from typing import Any

from playground.slack.blocks import VIEW_BYTES, view_flaws
from playground.slack.envelopes import Envelope
from playground.slack.file_rules import file_flaws
from playground.slack.records import Outcome, View
from playground.slack.screens import Screens
from playground.slack.state import State
from playground.slack.wire import Json, SlackError, byte_size

TROUBLE = "We had some trouble connecting. Try again?"


class AfterSubmit(StrEnum):
    """What became of a submitted modal."""

    CLOSED = "closed"
    CLEARED = "cleared"
    UPDATED = "updated"
    PUSHED = "pushed"
    ERRORS = "errors"
    BANNER = "banner"


def apply_answer(state: State, screens: Screens, view: View, envelope: Envelope) -> AfterSubmit:
    """Change the person's screen by the ack of a view_submission; the caller holds the lock."""
    if envelope.outcome is not Outcome.ACKED:
        return show_banner(state, view, f"The submission was not acknowledged ({envelope.outcome}).")
    answer: Any = envelope.answer
    if not answer:
        screens.pop(view)
        return AfterSubmit.CLOSED
    if not isinstance(answer, dict):
        return show_banner(state, view, f"The ack of the submission is no object: {answer!r:.200}")
    try:
        return _act(state, screens, view, answer)
    except SlackError as refusal:
        return show_banner(state, view, f"The ack of the submission was refused: {refusal.code}.")


def show_banner(state: State, view: View, reason: str) -> AfterSubmit:
    """Show the red banner on a modal and record why."""
    view.banner = TROUBLE
    state.complain("modal_banner", f"{TROUBLE} {reason}", view.user)
    return AfterSubmit.BANNER


def _act(state: State, screens: Screens, view: View, answer: Json) -> AfterSubmit:
    match answer.get("response_action"):
        case "errors":
            return _show_errors(state, view, answer.get("errors"))
        case "clear":
            screens.clear(view.user)
            return AfterSubmit.CLEARED
        case "update" | "push" as action:
            body = answer.get("view")
            flaws = _view_flaws(state, body)
            if flaws or not isinstance(body, dict):
                return show_banner(state, view, f"The view in the ack is not valid: {'; '.join(flaws)}")
            if action == "push":
                screens.push(view.user, body)
                return AfterSubmit.PUSHED
            screens.replace(view, body)
            return AfterSubmit.UPDATED
        case _:
            return show_banner(state, view, f"The ack has no known response_action: {sorted(answer)}")


def _view_flaws(state: State, body: Any) -> list[str]:
    flaws = view_flaws(body, "modal", state.settings.lacking_blocks)
    flaws = flaws or file_flaws(body["blocks"], state, "/view/blocks")
    return flaws or (["view_too_large"] if byte_size(body) > VIEW_BYTES else [])


def _show_errors(state: State, view: View, errors: Any) -> AfterSubmit:
    if not isinstance(errors, dict) or not errors:
        return show_banner(state, view, "The ack's `errors` is empty or no map of block_id to text.")
    inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
    strangers = sorted(set(errors) - inputs)
    if strangers:
        return show_banner(state, view, f"The ack's errors name blocks that are no input blocks: {strangers}")
    if not all(isinstance(text, str) and text for text in errors.values()):
        return show_banner(state, view, f"The ack's errors are no plain texts: {errors!r:.200}")
    view.errors = dict(errors)
    view.banner = None
    state.announce()
    return AfterSubmit.ERRORS
