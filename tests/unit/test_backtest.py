"""The backtest reads any trace of its format and counts what each rule would have said."""

import gzip
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.backtest import WINDOWS, replay, rules, table
from benchmarks.idle_rules import (
    Rule,
    all_zero,
    all_zero_since_start,
    low_mean,
    never_used,
    ours,
    ours_by_mean,
    ours_with_missing_as_zero,
)
from benchmarks.traces import Pod, interval, read
from tests.unit import brute_force

TRACE = Path(__file__).parents[3] / "shared" / "data" / "traces" / "gpu_duty_cycle.csv.gz"
HOUR = 3600


def _trace(folder: Path, pods: dict[str, list[tuple[int, int]]], *, missing: Collection[int] = ()) -> Path:
    """Write a trace with a sample a minute over ten hours; each pod is busy from the first to the second of a pair."""
    lines = [
        f"{pod},{second},{90 if any(start <= second < end for start, end in busy) else 0}"
        for pod, busy in pods.items()
        for second in range(0, 10 * HOUR, 60)
        if not (pod == "hole" and second in missing)
    ]
    path = folder / "trace.csv.gz"
    path.write_bytes(gzip.compress(("pod,seconds,gpu_percent\n" + "\n".join(lines)).encode()))
    return path


def test_a_pod_that_rests_is_flagged_once_the_window_is_full(tmp_path: Path) -> None:
    """One flag per episode, at the first look after six hours, and whoever works is left alone."""
    pods = read(
        _trace(
            tmp_path, {"rests": [(0, HOUR)], "works": [(number * HOUR, number * HOUR + 120) for number in range(10)]}
        )
    )

    outcome = replay(ours(6, interval=interval(pods)), pods)

    assert [(flag.pod, flag.at) for flag in outcome.flags] == [("rests", pods[0].start.replace(hour=7))]


def test_a_flag_before_new_activity_is_a_false_alarm(tmp_path: Path) -> None:
    """The pod was active again half an hour after the flag."""
    pods = read(_trace(tmp_path, {"pauses": [(0, HOUR), (7 * HOUR + 1800, 8 * HOUR)]}))

    (flag,) = replay(ours(6, interval=interval(pods)), pods).flags

    assert flag.active_after is not None
    assert (flag.active_after.total_seconds(), flag.is_false(flag.active_after)) == (1800, True)


def test_a_hole_is_unknown_to_us_and_idle_to_those_who_fill_it(tmp_path: Path) -> None:
    """Missing is not zero: filled with zeros, a silent collector accuses a pod that was busy all the time."""
    path = _trace(tmp_path, {"hole": [(0, 10 * HOUR)]}, missing=range(HOUR, 9 * HOUR))
    pods = read(path)
    step = interval(pods)

    found = replay(ours(6, interval=step), pods)
    filled = replay(ours_with_missing_as_zero(6, interval=step), pods)

    assert (len(found.flags), len(filled.flags)) == (0, 1)
    assert found.unknown_hours > 1


def test_a_pod_that_was_never_used_is_flagged_after_its_window(tmp_path: Path) -> None:
    """Six hours of silence since the start."""
    pods = read(_trace(tmp_path, {"untouched": []}))

    assert replay(never_used(6, interval=interval(pods)), pods).pods == ("untouched",)


HANDMADE: dict[str, list[tuple[int, int]]] = {
    "rests": [(0, HOUR)],
    "works": [(number * HOUR, number * HOUR + 120) for number in range(10)],
    "pauses": [(0, HOUR), (7 * HOUR + 1800, 8 * HOUR)],
    "flickers": [(0, HOUR), (6 * HOUR, 6 * HOUR + 60), (8 * HOUR, 9 * HOUR)],
    "hole": [(0, 300)],
    "untouched": [],
}
STEP = timedelta(minutes=1)
Over = Callable[[Pod, datetime, datetime], bool]


def _until_active(look: brute_force.Look) -> Over:
    return lambda pod, _since, now: look(pod, now) == "active"


MEAN = brute_force.ours_by_mean(timedelta(hours=4), STEP)
LOW = brute_force.low_mean(timedelta(hours=1), 30)
ZERO = brute_force.all_zero(lambda _pod, now: now - timedelta(minutes=30))
LONG_ZERO = brute_force.all_zero(lambda _pod, now: now - timedelta(hours=5))
SINCE_START = brute_force.all_zero(lambda pod, _now: pod.start)


@pytest.mark.parametrize(
    ("rule", "look", "is_over"),
    [
        (ours(4, interval=STEP), brute_force.ours(timedelta(hours=4), STEP), brute_force.burst),
        (ours(6, interval=STEP), brute_force.ours(timedelta(hours=6), STEP), brute_force.burst),
        (ours_by_mean(4, interval=STEP), MEAN, _until_active(MEAN)),
        (low_mean(1, percent=30), LOW, _until_active(LOW)),
        (all_zero(0.5, name="max"), ZERO, _until_active(ZERO)),
        (all_zero(5, name="sliding"), LONG_ZERO, _until_active(LONG_ZERO)),
        (all_zero_since_start(2), SINCE_START, _until_active(SINCE_START)),
    ],
    ids=lambda value: value.name if isinstance(value, Rule) else "",
)
def test_the_slow_and_obvious_way_counts_the_same(
    tmp_path: Path, rule: Rule, look: brute_force.Look, is_over: Over
) -> None:
    """Flags and unknown pod-hours of a small trace, with and without a hole of 40 minutes and one of two hours."""
    missing = (*range(2 * HOUR, 2 * HOUR + 2400, 60), *range(5 * HOUR, 7 * HOUR, 60))
    pods = read(_trace(tmp_path, HANDMADE, missing=missing))

    found = replay(rule, pods)

    assert [(flag.pod, flag.at) for flag in found.flags] == brute_force.flags(pods, rule.window, look, is_over)
    assert round(found.unknown_hours * 12) == brute_force.unknown(pods, rule.window, look)


def test_missing_taken_for_zero_is_the_same_rule_on_a_trace_that_was_filled(tmp_path: Path) -> None:
    """Where samples are missing between two others there is a zero for each."""
    pods = read(_trace(tmp_path, HANDMADE, missing=range(2 * HOUR, 7 * HOUR, 60)))
    filled = [brute_force.filled(pod, STEP) for pod in pods]

    found = replay(ours_with_missing_as_zero(4, interval=STEP), pods)

    look = brute_force.ours(timedelta(hours=4), STEP)
    expected = brute_force.flags(filled, timedelta(hours=4), look, brute_force.burst)
    assert [(flag.pod, flag.at) for flag in found.flags] == expected


def test_the_table_has_a_line_for_each_window_and_each_rule_of_others(tmp_path: Path) -> None:
    """Our rule at five windows, with missing as zero, by the mean, and four rules of the kind that others use."""
    pods = read(_trace(tmp_path, {"rests": [(0, HOUR)]}))

    lines = [row[0] for row in table([replay(rule, pods) for rule in rules(WINDOWS, step=STEP)]).rows]

    assert lines == [
        *(f"ours, {hours} h" for hours in (4, 6, 8, 12, 20)),
        "ours, never used, 6 h",
        *(f"ours, {hours} h, missing = zero" for hours in (4, 6, 8, 12, 20)),
        "ours, 4 h, mean < 5 %",
        "ours, 20 h, mean < 5 %",
        "mean < 30 % for 1 h",
        "max = 0 for 30 min",
        "all zero for 2 h since start",
        "all zero for 5 h, sliding",
    ]


@pytest.mark.skipif(not TRACE.exists(), reason="the recorded trace is not here")
def test_in_the_recorded_trace_only_the_silent_pod_is_flagged() -> None:
    """From six hours on one pod is flagged, which was truly silent; missing taken as zero accuses another."""
    pods = read(TRACE)
    step = interval(pods)

    flagged = [replay(rule, pods).pods for rule in (ours(6, interval=step), ours(12, interval=step))]
    accused = replay(ours_with_missing_as_zero(6, interval=step), pods).pods

    assert flagged == [("pod-067",), ("pod-067",)]
    assert len(accused) > 1
