"""Samples become buckets, and buckets tell how well a window is covered."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.usage import BUCKET, Rest, Sample, Window, coverage, fold
from tests.unit.domain.usage_samples import MINUTE, MONDAY, buckets, busy_at, missing_between, samples

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
