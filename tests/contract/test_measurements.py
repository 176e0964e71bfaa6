"""The memory of use: in memory, on SQLite and on a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

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


def test_what_is_the_same_is_not_written_again(engine: Engine) -> None:
    """Every minute brings the newest buckets of everything; a database that writes them all again wears out."""
    measurements = SqlMeasurements(engine)
    measurements.put_buckets({GPU: [bucket()], CPU: [bucket()]})
    written: list[int] = []
    event.listen(engine, "after_cursor_execute", lambda *given: _note_rows(given, "INSERT INTO use_buckets", written))

    measurements.put_buckets({GPU: [bucket(active=1)], CPU: [bucket()]})

    assert written == [1]
    assert measurements.fine(since=NOON, until=NOON + HOUR) == {GPU: (bucket(active=1),), CPU: (bucket(),)}


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


def test_five_minutes_stand_in_for_the_hours_of_an_outage(measurements: Measurements) -> None:
    """Hours that were never made, because the bot did not run then, are not lost though later ones were made."""
    early, late = bucket(NOON, length=HOUR), bucket(NOON + 3 * HOUR, length=HOUR)
    short = [bucket(NOON + n * BUCKET) for n in range(48)]
    measurements.put_buckets({GPU: [early, *short, late], OTHER: [late]})

    found = measurements.buckets([GPU, OTHER], since=NOON, fine_since=NOON + 4 * HOUR)

    assert found == {GPU: (early, *short[12:36], late), OTHER: (late,)}


def test_a_bucket_that_is_given_twice_is_the_last_one(measurements: Measurements) -> None:
    """Two of the same five minutes in one go are no error."""
    measurements.put_buckets({GPU: [bucket(present=2), bucket(present=5)]})

    assert measurements.fine(since=NOON, until=NOON + HOUR) == {GPU: (bucket(present=5),)}


def test_what_is_measured_late_comes_back(measurements: Measurements) -> None:
    """A series that has been known for most of an hour is no less alive than a new one."""
    measurements.add([(GPU, sample(NOON))])
    measurements.add([(GPU, sample(NOON + 50 * MINUTE))])
    measurements.put_buckets({GPU: [bucket(NOON + 50 * MINUTE)]})

    assert GPU in measurements.fine(since=NOON + 45 * MINUTE, until=NOON + HOUR)
    assert GPU in measurements.samples(since=NOON + 45 * MINUTE, until=NOON + HOUR)


@pytest.mark.parametrize("odd", ["GPU-\x00", "GPU-\ud83e", "\N{SEEDLING}", "' OR 1=1 --"])
def test_any_device_can_be_kept(measurements: Measurements, odd: str) -> None:
    """A machine may call its devices as it likes; the cycle goes on."""
    series = Series(allocation="4be03db0", device=odd)
    measurements.add([(series, sample()), (GPU, sample())])
    measurements.put_buckets({series: [bucket()]})

    assert measurements.buckets([series], since=NOON, fine_since=NOON) == {series: (bucket(),)}
    assert len(measurements.samples(since=NOON, until=NOON + MINUTE)) == 2


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


def series_kept(engine: Engine) -> int:
    """Return how many series have a row."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(SeriesRow)) or 0


def test_series_without_anything_left_are_forgotten(engine: Engine) -> None:
    """Allocations come and go for years, and their names must not stay for ever."""
    measurements = SqlMeasurements(engine)
    measurements.add([(GPU, sample(NOON - 60 * DAY))])
    measurements.add([(OTHER, sample())])
    measurements.put_buckets({CPU: [bucket(NOON - 60 * DAY, length=HOUR)]})
    limits = {"samples_before": NOON - 2 * DAY, "buckets_before": NOON - 45 * DAY}

    measurements.prune(**limits, hours_before=NOON - 400 * DAY)
    with_an_hour_left = series_kept(engine)
    measurements.prune(**limits, hours_before=NOON - 50 * DAY)

    assert (with_an_hour_left, series_kept(engine)) == (2, 1)


def test_what_is_old_goes_an_hour_at_a_time(engine: Engine) -> None:
    """After a long time without pruning nobody waits for all of it to go."""
    measurements = SqlMeasurements(engine)
    measurements.add((GPU, sample(NOON + n * 20 * MINUTE)) for n in range(12))
    deleted: list[int] = []
    event.listen(engine, "after_cursor_execute", lambda *given: _note_rows(given, "DELETE FROM use_samples", deleted))

    measurements.prune(samples_before=NOON + DAY, buckets_before=NOON, hours_before=NOON)

    assert deleted == [3, 3, 3, 3]


def _note_rows(given: tuple[Any, ...], beginning: str, rows: list[int]) -> None:
    if given[2].startswith(beginning):
        rows.append(given[1].rowcount)
