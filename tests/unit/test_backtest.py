"""The backtest reads any trace of its format and counts what each rule would have said."""

import gzip
from pathlib import Path

import pytest

from benchmarks.backtest import replay
from benchmarks.idle_rules import never_used, ours, ours_with_missing_as_zero
from benchmarks.traces import interval, read

TRACE = Path(__file__).parents[3] / "shared" / "data" / "traces" / "gpu_duty_cycle.csv.gz"
HOUR = 3600


def _trace(folder: Path, pods: dict[str, list[tuple[int, int]]], *, missing: range = range(0)) -> Path:
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


@pytest.mark.parametrize("text", ["pod,seconds\na,0\n", "pod,seconds,gpu_percent\na,soon,3\n"])
def test_what_is_no_trace_is_said_so(tmp_path: Path, text: str) -> None:
    """A wrong file ends with a sentence, not with half a table."""
    path = tmp_path / "trace.csv"
    path.write_text(text)

    with pytest.raises(ValueError, match=r"trace\.csv"):
        read(path)


@pytest.mark.skipif(not TRACE.exists(), reason="the recorded trace is not here")
def test_in_the_recorded_trace_only_the_silent_pod_is_flagged() -> None:
    """From six hours on one pod is flagged, which was truly silent; missing taken as zero accuses another."""
    pods = read(TRACE)
    step = interval(pods)

    flagged = [replay(rule, pods).pods for rule in (ours(6, interval=step), ours(12, interval=step))]
    accused = replay(ours_with_missing_as_zero(6, interval=step), pods).pods

    assert flagged == [("pod-067",), ("pod-067",)]
    assert len(accused) > 1
