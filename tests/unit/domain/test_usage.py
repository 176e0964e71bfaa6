"""Samples become buckets, and buckets tell how well a window is covered."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.usage import BUCKET, Bucket, Rest, Sample, Window, condense, coverage, cut, fold, holes, last_active
from tests.unit.domain.usage_samples import MINUTE, MONDAY, Percent, buckets, busy_at, missing_between, samples

HOUR = timedelta(hours=1)


def test_a_bucket_has_the_readings_of_five_minutes() -> None:
    """Samples are folded by the clock, not by their number."""
    found = buckets(MONDAY + 3 * MINUTE, MONDAY + 12 * MINUTE)

    assert [(bucket.start, bucket.present) for bucket in found] == [
        (MONDAY, 2),
        (MONDAY + BUCKET, 5),
        (MONDAY + 2 * BUCKET, 2),
    ]


def test_a_bucket_keeps_the_extremes_and_when_it_was_active() -> None:
    """A burst of one sample does not vanish in the mean of its neighbours."""
    (found,) = buckets(MONDAY, MONDAY + BUCKET, busy_at([MONDAY + 2 * MINUTE], percent=97))

    assert (found.percent_max, found.active, found.last_active_at) == (97, 1, MONDAY + 2 * MINUTE)


def test_a_reading_at_the_noise_is_not_active() -> None:
    """Drivers report a percent now and then when nothing runs."""
    (found,) = buckets(MONDAY, MONDAY + BUCKET, lambda _at: 1.0)

    assert (found.present, found.active) == (5, 0)


@pytest.mark.parametrize(
    ("percent", "watts", "is_active"),
    [(0, 180, True), (3, 62, False), (4, 62, True), (2, None, True), (0, 62, False)],
)
def test_power_tells_work_from_flicker(*, percent: float, watts: float | None, is_active: bool) -> None:
    """A warm card works though no look saw it; a counter's three percent on a cold one is nothing."""
    (found,) = fold([Sample(at=MONDAY, percent=percent, power_watts=watts)], rest=Rest(idle_watts=70.0))

    assert bool(found.active) is is_active


def test_what_was_not_told_is_missing_and_not_zero() -> None:
    """A sample without a utilisation is not present, however much else it says."""
    told = Sample(at=MONDAY, percent=None, power_watts=70.0, memory_mib=9)

    assert fold([told], rest=Rest()) == ()


def test_what_only_some_readings_tell_is_their_maximum() -> None:
    """Power that was told once is the bucket's; memory that was never told stays unknown."""
    given_readings = [
        Sample(at=MONDAY, percent=0.0, power_watts=None),
        Sample(at=MONDAY + MINUTE, percent=0.0, power_watts=61.5),
    ]

    (found,) = fold(given_readings, rest=Rest())

    assert (found.power_watts_max, found.memory_mib_max) == (61.5, None)


def test_a_window_without_faults_is_covered() -> None:
    """A sample in every interval is full coverage."""
    found = coverage(buckets(MONDAY, MONDAY + HOUR), Window(start=MONDAY, end=MONDAY + HOUR), interval=MINUTE)

    assert (found.present, found.expected, found.share, found.largest_hole) == (60, 60, 1.0, MINUTE)


def test_a_hole_is_seen_in_the_middle_and_at_both_ends() -> None:
    """The longest time without a sample counts, wherever it lies."""
    window = Window(start=MONDAY, end=MONDAY + 4 * HOUR)
    middle = buckets(MONDAY, MONDAY + 4 * HOUR, missing_between(MONDAY + HOUR, MONDAY + 2 * HOUR))
    late = buckets(MONDAY + HOUR, MONDAY + 4 * HOUR)
    early = buckets(MONDAY, MONDAY + 3 * HOUR)

    holes = [coverage(each, window, interval=MINUTE).largest_hole for each in (middle, late, early)]

    assert holes == [HOUR + MINUTE, HOUR, HOUR + MINUTE]


def test_an_empty_window_is_one_hole() -> None:
    """No samples at all are no coverage."""
    found = coverage((), Window(start=MONDAY, end=MONDAY + HOUR), interval=MINUTE)

    assert (found.present, found.share, found.largest_hole, found.first_at) == (0, 0.0, HOUR, None)


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=120))
def test_folding_loses_no_reading_and_invents_none(percents: list[float | None]) -> None:
    """As many samples are present as told a utilisation, and as many active as were above the noise."""
    drawn = dict(zip((MONDAY + number * MINUTE for number in range(len(percents))), percents, strict=True))
    found = fold(samples(MONDAY, MONDAY + len(percents) * MINUTE, drawn.get), rest=Rest())

    told = [percent for percent in percents if percent is not None]
    assert sum(bucket.present for bucket in found) == len(told)
    assert sum(bucket.active for bucket in found) == len([percent for percent in told if percent > 1])


def hours(percent: Percent, *, length: int = 6) -> tuple[Bucket, ...]:
    """Return the hours of such samples, of which one a minute is expected."""
    fine = fold(samples(MONDAY, MONDAY + length * HOUR, percent), rest=Rest(), expected=5)
    return condense(fine)


def test_an_hour_has_all_that_its_five_minutes_have() -> None:
    """Counts are added, extremes kept, and the times are those of its first and last sample."""
    active = MONDAY + 17 * MINUTE
    silent = missing_between(MONDAY, MONDAY + 7 * MINUTE)

    (first, *_) = hours(lambda at: 90.0 if at == active else silent(at))

    assert (first.length, first.present, first.expected, first.active) == (HOUR, 53, 60, 1)
    assert (first.first_at, first.last_at) == (MONDAY + 7 * MINUTE, MONDAY + 59 * MINUTE)
    assert (first.last_active_at, first.percent_max) == (active, 90.0)


@pytest.mark.parametrize("minutes", [0, 1, 25, 59])
def test_a_window_that_begins_within_an_hour_is_covered_as_well(minutes: int) -> None:
    """No more samples are counted than lie in it."""
    window = Window(start=MONDAY + minutes * MINUTE, end=MONDAY + 6 * HOUR)

    found = coverage(hours(lambda _at: 0.0), window, interval=MINUTE)

    assert (found.present, found.first_at) == (360 - minutes, window.start)


def test_activity_before_the_window_is_none_in_it_though_the_hour_is_the_same() -> None:
    """The hour says when it was active last."""
    buckets_of_hours = hours(busy_at([MONDAY + 10 * MINUTE]))

    before, within_it = (
        last_active(buckets_of_hours, Window(start=MONDAY + start * MINUTE, end=MONDAY + 6 * HOUR))
        for start in (11, 10)
    )

    assert (before, within_it) == (None, MONDAY + 10 * MINUTE)


def test_an_hour_hides_no_hole() -> None:
    """Forty minutes are missing in its middle: it is as if they were missing in a row, which they are."""
    gap = missing_between(MONDAY + 70 * MINUTE, MONDAY + 110 * MINUTE)
    window = Window(start=MONDAY, end=MONDAY + 6 * HOUR)

    by_hours = coverage(hours(gap), window, interval=MINUTE)
    fine = coverage(buckets(MONDAY, MONDAY + 6 * HOUR, gap), window, interval=MINUTE)

    assert (by_hours.largest_hole, fine.largest_hole) == (41 * MINUTE, 41 * MINUTE)


@given(lost=st.sets(st.integers(0, 359)))
def test_hours_never_hide_what_five_minutes_show(lost: set[int]) -> None:
    """Whatever is missing: by hours a hole is at least as long, and no more is there."""
    missing = frozenset(MONDAY + minute * MINUTE for minute in lost)
    window = Window(start=MONDAY + 40 * MINUTE, end=MONDAY + 6 * HOUR)

    def percent(at: datetime) -> float | None:
        return None if at in missing else 0.0

    by_hours = coverage(hours(percent), window, interval=MINUTE)
    fine = coverage(buckets(MONDAY, MONDAY + 6 * HOUR, percent), window, interval=MINUTE)

    assert by_hours.present <= fine.present
    assert by_hours.largest_hole >= fine.largest_hole - 2 * MINUTE


def test_a_cut_leaves_nothing_of_the_time_before() -> None:
    """The run began within five minutes in which the one before it was at work."""
    start = MONDAY + 12 * MINUTE
    whole = buckets(MONDAY, MONDAY + 20 * MINUTE, busy_at([MONDAY + 11 * MINUTE]))

    kept = cut(whole, start)

    assert [(each.start - MONDAY, each.present, each.active) for each in kept] == [
        (10 * MINUTE, 3, 0),
        (15 * MINUTE, 5, 0),
    ]
    assert kept[0].first_at == start


def test_a_cut_takes_doubtful_activity_for_activity() -> None:
    """Of five minutes that were active before and after the cut, nobody knows how often after it."""
    whole = buckets(MONDAY, MONDAY + 5 * MINUTE, busy_at([MONDAY + MINUTE, MONDAY + 4 * MINUTE]))

    (kept,) = cut(whole, MONDAY + 2 * MINUTE)

    assert (kept.present, kept.active, kept.last_active_at) == (3, 2, MONDAY + 4 * MINUTE)


def test_the_holes_of_a_window_are_its_silent_spans() -> None:
    """Also those at both ends, the newest first."""
    gap = missing_between(MONDAY + 20 * MINUTE, MONDAY + 50 * MINUTE)
    found = holes(buckets(MONDAY, MONDAY + HOUR, gap), Window(start=MONDAY - HOUR, end=MONDAY + 2 * HOUR))

    long = [(each.start - MONDAY, each.end - MONDAY) for each in found if each.length > BUCKET]

    assert long == [
        (59 * MINUTE, 2 * HOUR),
        (19 * MINUTE, 50 * MINUTE),
        (-HOUR, timedelta(0)),
    ]
