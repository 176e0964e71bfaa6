"""How far another clock is from ours, as far as an answer's Date header tells."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import skew
from bot.domain.checkup import Verdict

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HEADER = "Mon, 04 May 2026 12:00:00 GMT"


def at(seconds: float) -> datetime:
    """Return a moment so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(0.2, 0.4, 0), (-0.5, 0.5, 0), (-9, 9, 0), (31, 32, -30), (-40, -35, 35), (0.99, 1.2, 0)],
)
def test_what_the_call_and_whole_seconds_explain_is_no_skew(before: float, after: float, expected: float) -> None:
    """Only what neither the call's duration nor the header's whole seconds explain counts, ahead or behind."""
    reading = skew.read(HEADER, before=at(before), after=at(after))

    assert reading is not None
    assert reading.skew == timedelta(seconds=expected)


@pytest.mark.parametrize("header", ["", "noon", "Mon, 99 May 2026 12:00:00 GMT"])
def test_a_header_that_is_no_date_tells_nothing(header: str) -> None:
    """Then it is unknown, and not fine."""
    reading = skew.read(header, before=NOON, after=NOON)

    assert reading is None
    assert skew.judge("Slack", reading).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("seconds", "checks_signatures", "verdict"),
    [
        (0, True, Verdict.FINE),
        (29, True, Verdict.FINE),
        (31, True, Verdict.WARNING),
        (299, True, Verdict.WARNING),
        (301, True, Verdict.PROBLEM),
        (-302, True, Verdict.PROBLEM),
        (3000, False, Verdict.WARNING),
    ],
)
def test_half_a_minute_is_a_warning_and_five_a_problem(
    *, seconds: int, checks_signatures: bool, verdict: Verdict
) -> None:
    """Five minutes are a problem only where signatures are checked; which clock is behind is told."""
    reading = skew.Reading(said=NOON, before=at(-seconds), after=at(-seconds))

    finding = skew.judge("Slack", reading, checks_signatures=checks_signatures)

    assert finding.verdict is verdict
    assert ("behind Slack" in finding.text) is (seconds > 30)
    assert ("ahead of Slack" in finding.text) is (seconds < -30)


@given(st.text(max_size=40))
def test_any_header_is_a_date_or_nothing(header: str) -> None:
    """Whatever a server sends as its Date, nothing breaks."""
    reading = skew.read(header, before=NOON, after=NOON)

    assert reading is None or reading.said.tzinfo is not None
