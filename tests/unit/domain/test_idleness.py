"""A GPU is idle only if a fully covered window shows no activity; everything else is active or unknown."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.idleness import Activity, has_resumed, judge
from bot.domain.policy import IdlePolicy
from tests.unit.domain.usage_samples import MINUTE, MONDAY, buckets, busy_at, missing_between

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
NOW = MONDAY + 2 * DAY
START = NOW - DAY
POLICY = IdlePolicy()


def test_a_covered_window_without_activity_is_idle() -> None:
    """Every sample is there and none is active."""
    answer = judge(buckets(START, NOW), policy=POLICY, now=NOW)

    assert (answer.activity, answer.coverage and answer.coverage.present) == (Activity.IDLE, 1440)


def test_one_active_reading_proves_activity() -> None:
    """One burst of a minute in a day is use; the mean would have hidden it."""
    answer = judge(buckets(START, NOW, busy_at([START + 9 * HOUR])), policy=POLICY, now=NOW)

    assert (answer.activity, answer.last_active_at) == (Activity.ACTIVE, START + 9 * HOUR)


def test_activity_before_the_window_does_not_count() -> None:
    """Who stopped working more than a window ago is idle now."""
    answer = judge(buckets(START - DAY, NOW, busy_at([START - MINUTE])), policy=POLICY, now=NOW)

    assert answer.activity is Activity.IDLE


def test_no_readings_are_no_answer() -> None:
    """A node that says nothing is unknown, never idle."""
    answer = judge((), policy=POLICY, now=NOW)

    assert (answer.activity, answer.reason) == (Activity.UNKNOWN, "too few readings")


@pytest.mark.parametrize(
    ("gap_start", "gap_end", "reason"),
    [
        (START, START + 11 * MINUTE, "readings begin too late"),
        (NOW - 6 * MINUTE, NOW, "newest reading too old"),
        (START + HOUR, START + 4 * HOUR, "hole too long"),
        (START + HOUR, START + 7 * HOUR, "coverage too low"),
        (START + HOUR, NOW - HOUR, "too few readings"),
    ],
)
def test_a_window_that_is_badly_covered_is_unknown(gap_start: datetime, gap_end: datetime, reason: str) -> None:
    """Each safeguard has its own reason, which an administrator can look up."""
    silent = missing_between(gap_start, gap_end)

    answer = judge(buckets(START, NOW, silent), policy=POLICY, now=NOW)

    assert (answer.activity, answer.reason) == (Activity.UNKNOWN, reason)


@pytest.mark.parametrize(
    ("gap_start", "gap_end"),
    [(START, START + 10 * MINUTE), (NOW - 4 * MINUTE, NOW), (START + HOUR, START + 3 * HOUR + 20 * MINUTE)],
)
def test_a_small_gap_costs_no_answer(gap_start: datetime, gap_end: datetime) -> None:
    """What lies within the safeguards is still an answer."""
    answer = judge(buckets(START, NOW, missing_between(gap_start, gap_end)), policy=POLICY, now=NOW)

    assert answer.activity is Activity.IDLE


@given(st.sets(st.integers(0, 1439), max_size=1440))
def test_losing_readings_of_silence_never_makes_an_active_gpu_idle(lost: set[int]) -> None:
    """Whatever else is missing: while its burst was seen, a GPU is active."""
    burst = START + 12 * HOUR
    missing = frozenset(START + minute * MINUTE for minute in lost) - {burst}
    busy = busy_at([burst])

    answer = judge(buckets(START, NOW, lambda at: None if at in missing else busy(at)), policy=POLICY, now=NOW)

    assert answer.activity is Activity.ACTIVE


def test_a_flicker_does_not_end_an_episode() -> None:
    """Two active samples may be a monitor or a driver; a real burst has three within a quarter of an hour."""
    flicker = buckets(START, NOW, busy_at([NOW - HOUR, NOW - 30 * MINUTE]))
    burst = buckets(START, NOW, busy_at([NOW - HOUR, NOW - 58 * MINUTE, NOW - 50 * MINUTE]))

    assert not has_resumed(flicker, since=START, policy=POLICY)
    assert has_resumed(burst, since=START, policy=POLICY)


def test_a_burst_before_the_episode_does_not_end_it() -> None:
    """Only what comes after the finding counts as a return."""
    burst = buckets(START, NOW, busy_at([START, START + MINUTE, START + 2 * MINUTE]))

    assert not has_resumed(burst, since=START + HOUR, policy=POLICY)
