"""Reads the options that the app gives for an external select, or notes that the person sees none."""

from typing import Any

from playground.slack.element_rules import SUGGESTIONS
from playground.slack.envelopes import Envelope
from playground.slack.records import Outcome
from playground.slack.shapes import Report
from playground.slack.state import State
from playground.slack.wire import Json

NO_RESULTS = "No results"


def offered_options(state: State, user: str, envelope: Envelope) -> list[Json]:
    """Return the options of an answered block_suggestion; a late or bad answer shows none and is recorded."""
    answer: Any = envelope.answer
    if envelope.outcome is not Outcome.ACKED:
        state.complain("no_results", f"{NO_RESULTS}: {envelope.name} was not answered in time.", user)
        return []
    if not isinstance(answer, dict) or not ("options" in answer or "option_groups" in answer):
        state.complain("no_results", f"{NO_RESULTS}: {envelope.name} was answered without options.", user)
        return []
    report = Report()
    SUGGESTIONS(report, answer, "")
    if report.lines:
        state.complain("no_results", f"{NO_RESULTS}: the answer to {envelope.name} is not valid: {report.lines}", user)
        return []
    groups = [*answer.get("option_groups", []), {"options": answer.get("options", [])}]
    return [option for group in groups for option in group["options"]]
