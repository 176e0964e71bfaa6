"""The memory of use: in memory, on SQLite and on a real PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from bot.domain.base import NodeId
from bot.domain.telemetry import NodeHealth, PowerBand, Series
from bot.domain.usage import BUCKET, HOUR, Bucket, Sample
from bot.ports import Measurements
from bot.store.measurements import SqlMeasurements
from bot.store.use_tables import SeriesRow
from tests.fakes.measurements import MemoryMeasurements

pytest_plugins = ("tests.databases",)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
GPU = Series(allocation="4be03db0", device="GPU-1")
OTHER = Series(allocation="4be03db0", device="GPU-2")
CPU = Series(allocation="4be03db0")


@pytest.fixture(params=["", "sqlite_engine", "postgres_engine"], ids=["memory", "sqlite", "postgresql"])
def measurements(request: pytest.FixtureRequest) -> Measurements:
    """Give an empty memory, of each kind in turn."""
    return SqlMeasurements(request.getfixturevalue(request.param)) if request.param else MemoryMeasurements()


def sample(at: datetime = NOON, percent: float | None = 0.0, **more: float | None) -> Sample:
    """Return a look at noon that saw nothing going on."""
    watts, memory = more.get("watts"), more.get("memory")
    return Sample(at=at, percent=percent, power_watts=watts, memory_mib=None if memory is None else int(memory))


def bucket(start: datetime = NOON, *, length: timedelta = BUCKET, active: int = 0, present: int = 5) -> Bucket:
    """Return a bucket whose samples are a minute apart."""
    return Bucket(
        start=start,
        length=length,
        present=present,
        expected=5,
        active=active,
        first_at=start + timedelta(seconds=7),
        last_at=start + timedelta(seconds=247),
        last_active_at=start + timedelta(seconds=67) if active else None,
        percent_max=50.0 if active else 0.0,
        power_watts_max=12.5,
        memory_mib_max=3,
    )


def test_samples_come_back_by_series_and_time(measurements: Measurements) -> None:
    """What was seen comes back in the order of time, whatever the order it came in."""
    late, early = sample(NOON + MINUTE, 33.0, watts=41.5, memory=600), sample(NOON)
    measurements.add([(GPU, late), (CPU, early), (GPU, early)])

    found = measurements.samples(since=NOON, until=NOON + 2 * MINUTE)

    assert found == {GPU: (early, late), CPU: (early,)}


def test_what_was_not_told_stays_untold(measurements: Measurements) -> None:
    """A missing figure comes back as missing, never as zero."""
    measurements.add([(GPU, sample(percent=None))])

    found = measurements.samples(since=NOON, until=NOON + MINUTE)

    assert found == {GPU: (Sample(at=NOON, percent=None),)}


def test_the_first_sample_of_a_moment_stays(measurements: Measurements) -> None:
    """Adding the same look twice changes nothing, so that a repeated cycle is harmless."""
    measurements.add([(GPU, sample(percent=7.0))])

    measurements.add([(GPU, sample(percent=9.0)), (GPU, sample(percent=9.0))])

    assert measurements.samples(since=NOON, until=NOON + MINUTE) == {GPU: (sample(percent=7.0),)}


def test_the_end_of_a_span_is_excluded(measurements: Measurements) -> None:
    """A sample at the end of a span belongs to the next one."""
    measurements.add([(GPU, sample())])

    assert measurements.samples(since=NOON - MINUTE, until=NOON) == {}


def test_a_bucket_comes_back_whole(measurements: Measurements) -> None:
    """Everything that a bucket says comes back."""
    measurements.put_buckets({GPU: [bucket(active=2)]})

    assert measurements.fine(since=NOON, until=NOON + HOUR) == {GPU: (bucket(active=2),)}


def test_a_bucket_takes_the_place_of_the_one_before(measurements: Measurements) -> None:
    """Folding the same five minutes again, with more samples, replaces what was there."""
    measurements.put_buckets({GPU: [bucket(present=2)]})

    measurements.put_buckets({GPU: [bucket(present=5)]})

    assert measurements.fine(since=NOON, until=NOON + HOUR) == {GPU: (bucket(present=5),)}


def test_hours_and_five_minutes_are_told_apart(measurements: Measurements) -> None:
    """An hour that starts with a five-minute bucket does not replace it."""
    measurements.put_buckets({GPU: [bucket(), bucket(length=HOUR)]})

    assert measurements.fine(since=NOON, until=NOON + HOUR) == {GPU: (bucket(),)}


def test_a_window_is_hours_first_and_five_minutes_then(measurements: Measurements) -> None:
    """What is long past comes in hours, the rest in five minutes, each time once."""
    hours = [bucket(NOON + n * HOUR, length=HOUR) for n in range(3)]
    short = [bucket(NOON + n * BUCKET) for n in range(40)]
    measurements.put_buckets({GPU: [*hours, *short]})

    found = measurements.buckets([GPU], since=NOON, fine_since=NOON + 3 * HOUR)

    assert found == {GPU: (*hours, *short[36:])}


def test_the_hour_around_the_beginning_of_a_window_is_in_it(measurements: Measurements) -> None:
    """An hour, or five minutes, that ends after the window's start lies in it with a part."""
    hours = [bucket(NOON + n * HOUR, length=HOUR) for n in range(3)]
    measurements.put_buckets({GPU: hours})

    found = measurements.buckets([GPU], since=NOON + HOUR + 30 * MINUTE, fine_since=NOON + 3 * HOUR)

    assert found == {GPU: tuple(hours[1:])}


def test_five_minutes_stand_in_for_an_hour_that_is_not_made_yet(measurements: Measurements) -> None:
    """Before the hours are made nothing is missing."""
    hour = bucket(length=HOUR)
    short = [bucket(NOON + n * BUCKET) for n in range(24)]
    measurements.put_buckets({GPU: [hour, *short]})

    found = measurements.buckets([GPU], since=NOON, fine_since=NOON + 2 * HOUR)

    assert found == {GPU: (hour, *short[12:])}


def test_only_the_series_asked_for_come_back(measurements: Measurements) -> None:
    """Each series stands for itself; one that nobody has measured is left out."""
    measurements.put_buckets({GPU: [bucket()], OTHER: [bucket()]})

    found = measurements.buckets([OTHER, CPU], since=NOON, fine_since=NOON)

    assert found == {OTHER: (bucket(),)}


def test_many_series_are_read_and_written_at_once(measurements: Measurements) -> None:
    """More of them than fit into one statement come back whole."""
    many = [Series(allocation=f"a-{n}") for n in range(1200)]
    measurements.add((series, sample()) for series in many)
    measurements.put_buckets({series: [bucket()] for series in many})

    assert len(measurements.samples(since=NOON, until=NOON + MINUTE)) == 1200
    assert len(measurements.buckets(many, since=NOON, fine_since=NOON)) == 1200


def test_nothing_to_keep_is_fine(measurements: Measurements) -> None:
    """A cycle in which nobody told anything leaves nothing behind."""
    measurements.add([])
    measurements.put_buckets({})
    measurements.put_buckets({GPU: []})

    assert measurements.samples(since=NOON, until=NOON + DAY) == {}
    assert measurements.buckets([GPU], since=NOON, fine_since=NOON) == {}


def test_what_is_old_goes_and_the_rest_stays(measurements: Measurements) -> None:
    """Samples, five minutes and hours have each their own time."""
    old, new = NOON - 3 * DAY, NOON
    measurements.add([(GPU, sample(old)), (GPU, sample(new))])
    measurements.put_buckets({GPU: [bucket(t, length=length) for t in (old, new) for length in (BUCKET, HOUR)]})

    gone = measurements.prune(samples_before=NOON - 2 * DAY, buckets_before=NOON - 2 * DAY, hours_before=NOON - 4 * DAY)

    assert gone == 2
    assert measurements.samples(since=old, until=NOON + DAY) == {GPU: (sample(new),)}
    assert measurements.fine(since=old, until=NOON + DAY) == {GPU: (bucket(new),)}
    hours = measurements.buckets([GPU], since=old, fine_since=NOON + HOUR)
    assert hours == {GPU: (bucket(old, length=HOUR), bucket(new, length=HOUR))}


def test_the_health_of_a_machine_is_the_newest(measurements: Measurements) -> None:
    """Each machine has one line, which a later one replaces."""
    silent = NodeHealth(node=NodeId("n1"), at=NOON, silent_since=NOON, trouble="Nomad answers 404")
    measurements.note_health([silent, NodeHealth(node=NodeId("n2"), at=NOON)])

    measurements.note_health([NodeHealth(node=NodeId("n1"), at=NOON + MINUTE)])

    assert measurements.health() == (
        NodeHealth(node=NodeId("n1"), at=NOON + MINUTE),
        NodeHealth(node=NodeId("n2"), at=NOON),
    )


def test_the_power_of_rest_is_kept_by_model(measurements: Measurements) -> None:
    """What was learned of a model is there until something else is."""
    band = PowerBand(model="NVIDIA A100", idle_watts=62.5, samples=900, learned_at=NOON)
    measurements.save_bands([band])

    assert measurements.bands() == {"NVIDIA A100": band}


def test_series_without_anything_left_are_forgotten(sqlite_engine: Engine) -> None:
    """Allocations come and go for years, and their names must not stay for ever."""
    measurements = SqlMeasurements(sqlite_engine)
    measurements.add([(GPU, sample(NOON - 500 * DAY))])
    measurements.add([(OTHER, sample())])

    measurements.prune(samples_before=NOON - 2 * DAY, buckets_before=NOON - 45 * DAY, hours_before=NOON - 400 * DAY)

    with sqlite_engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(SeriesRow)) == 1
