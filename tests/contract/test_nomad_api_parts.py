"""The pure parts of the simulated cluster: filters, versions, durations, restart policies."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.cluster.constraints import version_matches
from playground.cluster.filters import Filter, FilterError
from playground.cluster.go_words import go_duration
from playground.cluster.records import JsonObject
from playground.cluster.restarts import Ending, Tracker, Verdict, decide, restarts_on_success

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = 1_000_000_000
DATUM: JsonObject = {
    "ID": "a",
    "Meta": {"owner": "ada", "k": "v"},
    "Count": 3,
    "Stop": False,
    "Tags": ["x", "y"],
    "None": None,
}


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_a_filter_error(text: str) -> None:
    """Reading and applying whatever somebody writes ends in an answer or in a filter error."""
    with suppress(FilterError):
        assert Filter.read(text).matches(DATUM) in {True, False}


@given(st.text(alphabet=st.characters(exclude_characters='"\\\n')))
def test_quoted_text_means_itself(text: str) -> None:
    """A quoted value without escapes matches exactly that text."""
    assert Filter.read(f'ID == "{text}"').matches({"ID": text})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ID == a and Count == 3", True),
        ("ID == b or Count == 3 and Stop == false", True),
        ("not ID == a or Count == 4", False),
        ("not (ID == b) and (Count != 4)", True),
        ("not not ID == a", True),
        ("x in Tags and y in Tags", True),
        ("z in Tags", False),
        ("Tags is not empty", True),
        ("Tags.1 == y", True),
        ('Meta["k"] == v', True),
        ("Meta.absent is empty", True),
        ("Meta.absent matches x", False),
        ("Meta.absent not in ID", True),
        ('ID matches "^[a-c]$"', True),
        ("Stop == true", False),
        ("None is nil and None is empty", True),
    ],
)
def test_expressions(expression: str, expected: bool) -> None:  # noqa: FBT001  # a table
    """Operators bind and compare as in go-bexpr."""
    assert Filter.read(expression).matches(DATUM) is expected


@pytest.mark.parametrize(
    ("version", "wanted", "expected"),
    [
        ("1.21.1", ">= 1.8.0", True),
        ("1.8.0-beta1", ">= 1.8.0", False),
        ("1.8.0", ">= 1.8.0-beta1", True),
        ("1.7", ">= 1.8.0", False),
        ("2.0.0", ">= 1.8, < 2", False),
        ("1.9.3", "~> 1.9.1", True),
        ("1.10.0", "~> 1.9.1", False),
        ("1.10.0", "~> 1.9", True),
        ("1.0.0", "1.0.0", True),
        ("1.0.1", "!= 1.0.0", True),
        ("v1.0.0", "= 1.0.0", True),
        ("no version", ">= 1.0", False),
        ("1.0.0", "no version", False),
    ],
)
def test_versions(version: str, wanted: str, expected: bool) -> None:  # noqa: FBT001  # a table
    """Versions compare by number; a pre-release comes before its release."""
    assert version_matches(version, wanted) is expected


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(microseconds=7), "7µs"),
        (timedelta(milliseconds=300), "300ms"),
        (timedelta(seconds=1.5), "1.5s"),
        (timedelta(minutes=1), "1m0s"),
        (timedelta(hours=24), "24h0m0s"),
        (timedelta(hours=1, seconds=1), "1h0m1s"),
    ],
)
def test_durations_as_go_writes_them(span: timedelta, text: str) -> None:
    """Durations in events read as Nomad's."""
    assert go_duration(span) == text


@pytest.mark.parametrize(
    ("attempts", "mode", "ending", "verdict"),
    [
        (0, "fail", Ending(code=1), Verdict.FAIL),
        (0, "fail", Ending(code=0), Verdict.DONE),
        (2, "fail", Ending(code=0), Verdict.DONE),
        (2, "fail", Ending(code=1), Verdict.RESTART),
        (2, "fail", Ending(start_error=True, recoverable=False), Verdict.FAIL),
        (2, "fail", Ending(start_error=True), Verdict.RESTART),
    ],
)
def test_first_ending_of_a_batch_task(attempts: int, mode: str, ending: Ending, verdict: Verdict) -> None:
    """What follows depends on the policy, the code, and whether the error may pass."""
    policy = {"Attempts": attempts, "Interval": 60 * SECOND, "Delay": SECOND, "Mode": mode}

    _, decision = decide(Tracker(NOON), policy, ending, NOON, on_success=False)

    assert decision.verdict is verdict


def test_mode_delay_waits_for_the_next_interval() -> None:
    """In mode delay a task that failed too often starts again when the interval is over."""
    policy = {"Attempts": 1, "Interval": 60 * SECOND, "Delay": SECOND, "Mode": "delay"}
    tracker, _ = decide(Tracker(NOON), policy, Ending(code=1), NOON, on_success=True)

    _, decision = decide(tracker, policy, Ending(code=1), NOON + timedelta(seconds=10), on_success=True)

    assert (decision.verdict, decision.delay) == (Verdict.RESTART, timedelta(seconds=50))
    assert decision.reason == "Exceeded allowed attempts, applying a delay"


def test_new_interval_counts_anew() -> None:
    """After the interval earlier restarts are forgotten."""
    policy = {"Attempts": 1, "Interval": 60 * SECOND, "Delay": SECOND, "Mode": "fail"}
    tracker, _ = decide(Tracker(NOON), policy, Ending(code=1), NOON, on_success=True)

    _, decision = decide(tracker, policy, Ending(code=1), NOON + timedelta(seconds=61), on_success=True)

    assert decision.verdict is Verdict.RESTART


@pytest.mark.parametrize(
    ("job_type", "lifecycle", "expected"),
    [
        ("service", None, True),
        ("batch", None, False),
        ("service", {"Hook": "prestart", "Sidecar": False}, False),
        ("service", {"Hook": "prestart", "Sidecar": True}, True),
        ("batch", {"Hook": "poststart", "Sidecar": True}, True),
        ("service", {"Hook": "poststop", "Sidecar": False}, False),
    ],
)
def test_which_tasks_are_restarted_although_they_succeeded(
    job_type: str,
    lifecycle: JsonObject | None,
    expected: bool,  # noqa: FBT001  # a table
) -> None:
    """Main tasks of services and all sidecars are meant to last."""
    assert restarts_on_success(job_type, lifecycle) is expected
