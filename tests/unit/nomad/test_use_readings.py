"""Check that statistics are read whatever is missing, unknown, odd or old, and that none of it becomes zero."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.telemetry import CpuReading, GpuReading
from bot.nomad.use_readings import CpuFigures, read_cpu, read_gpus

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MEBI = 2**20
PERCENT = {"Unit": "%", "IntNumeratorVal": 87}
POWER = {"Unit": "W", "IntNumeratorVal": 60, "IntDenominatorVal": 70}
MEMORY = {"Unit": "MiB", "IntNumeratorVal": 6000, "IntDenominatorVal": 15360}


def stamp(at: datetime) -> str:
    """Write a time as Nomad does in statistics of devices."""
    return at.isoformat().replace("+00:00", "Z")


def node(told: object, *, at: datetime = NOW, kind: object = "gpu") -> dict[str, Any]:
    """Return a machine's statistics with one T4 that tells these attributes."""
    instance = {"Stats": {"Attributes": told}, "Timestamp": stamp(at)}
    group = {"Vendor": "nvidia", "Type": kind, "Name": "Tesla T4", "InstanceStats": {"GPU-1": instance}}
    return {"Timestamp": 1, "DeviceStats": [group]}


def whole(**changes: object) -> dict[str, object]:
    """Return all attributes of a GPU, some of them changed."""
    return {"GPU utilization": PERCENT, "Power usage": POWER, "Memory state": MEMORY} | changes


def one(stats: dict[str, Any], *, machine_now: datetime | None = NOW) -> GpuReading:
    """Read the one GPU that there is."""
    (found,) = read_gpus(stats, now=NOW, machine_now=machine_now)
    return found


def nothing(at: datetime = NOW) -> GpuReading:
    """Return what a GPU shows that tells nothing."""
    return GpuReading(device="GPU-1", model="Tesla T4", at=at)


def tasks(**named: dict[str, Any]) -> dict[str, Any]:
    """Return an allocation's statistics with these tasks."""
    return {"Tasks": named}


def task(percent: object = 150.0, rss: object = 512 * MEBI, *, at: datetime = NOW, **memory: object) -> dict[str, Any]:
    """Return a task's statistics."""
    used = {"CpuStats": {"Percent": percent}, "MemoryStats": {"RSS": rss, **memory}}
    return {"ResourceUsage": used, "Timestamp": int(at.timestamp()) * 10**9}


# GPUs.


def test_a_gpu_is_read_whole() -> None:
    """Utilisation, power with its limit, memory, model and time."""
    found = one(node(whole(), at=NOW - 2 * SECOND))

    assert found == GpuReading(
        device="GPU-1",
        model="Tesla T4",
        at=NOW - 2 * SECOND,
        percent=87.0,
        watts=60.0,
        watts_limit=70.0,
        memory_mib=6000,
    )


def test_a_gpu_at_rest_is_told_at_rest() -> None:
    """Zero per cent that was measured is zero, not missing."""
    assert one(node(whole(**{"GPU utilization": {"Unit": "%", "IntNumeratorVal": 0}}))).percent == 0.0


@pytest.mark.parametrize(
    "odd",
    [
        {"Unit": "%", "StringVal": "N/A"},
        {"Unit": "%"},
        {},
        None,
        "87",
        [87],
        {"Unit": "%", "IntNumeratorVal": None},
        {"Unit": "%", "IntNumeratorVal": "87"},
        {"Unit": "%", "IntNumeratorVal": True},
        {"Unit": "%", "IntNumeratorVal": -1},
        {"Unit": "%", "IntNumeratorVal": 101},
        {"Unit": "%", "FloatNumeratorVal": float("nan")},
        {"Unit": "#", "IntNumeratorVal": 87},
    ],
)
def test_a_figure_that_is_unknown_or_odd_is_missing_alone(odd: object) -> None:
    """What its driver does not know, or cannot be, is None; the other figures count."""
    found = one(node(whole(**{"GPU utilization": odd})))

    assert (found.percent, found.watts, found.memory_mib) == (None, 60.0, 6000)


def test_broken_numbers_are_read_too() -> None:
    """Some plugins tell fractions."""
    told = whole(**{"GPU utilization": {"Unit": "%", "FloatNumeratorVal": 0.5}})

    assert one(node(told)).percent == 0.5


@pytest.mark.parametrize("told", [None, {}, [], "rubbish", 7])
def test_a_gpu_without_figures_is_there_and_tells_nothing(told: object) -> None:
    """That it is listed is known, nothing else."""
    assert one(node(told)) == nothing()


@pytest.mark.parametrize("groups", [None, [], {}, "x", [None], [{"Type": "gpu", "InstanceStats": None}]])
def test_slices_and_machines_without_gpus_have_no_readings(groups: object) -> None:
    """No entry means no reading, never one of zero."""
    assert read_gpus({"DeviceStats": groups}, now=NOW, machine_now=NOW) == ()


def test_devices_that_are_no_gpus_do_not_count() -> None:
    """A machine may have other devices with statistics of their own."""
    assert read_gpus(node(whole(), kind="fpga"), now=NOW, machine_now=NOW) == ()


# Time.


@pytest.mark.parametrize("age", [61, 3600, -61])
def test_old_figures_do_not_count(age: int) -> None:
    """A plugin that died leaves its last figures behind; figures of the future are no better."""
    assert one(node(whole(), at=NOW - age * SECOND)) == nothing()


def test_figures_of_the_last_minute_count() -> None:
    """They count as measured when they were."""
    found = one(node(whole(), at=NOW - 60 * SECOND))

    assert (found.percent, found.at) == (87.0, NOW - 60 * SECOND)


def test_ages_are_taken_by_the_machines_own_clock() -> None:
    """A clock that is hours wrong makes nothing old; the reading has our time."""
    machine_now = NOW - timedelta(hours=5)

    found = one(node(whole(), at=machine_now - 3 * SECOND), machine_now=machine_now)

    assert (found.percent, found.at) == (87.0, NOW - 3 * SECOND)


def test_old_figures_of_a_machine_whose_clock_is_wrong_do_not_count() -> None:
    """By our clock they would be new."""
    assert one(node(whole(), at=NOW), machine_now=NOW + timedelta(hours=1)) == nothing()


def test_of_a_machine_whose_clock_stands_nothing_counts() -> None:
    """All of it may be old."""
    assert one(node(whole()), machine_now=None) == nothing()


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", 0, {}, "0001-01-01T00:00:00Z"])
def test_figures_without_a_time_do_not_count(timestamp: object) -> None:
    """Nobody knows how old they are."""
    stats = node(whole())
    stats["DeviceStats"][0]["InstanceStats"]["GPU-1"]["Timestamp"] = timestamp

    assert one(stats) == nothing()


# CPU.


def test_the_main_tasks_cpu_counts_alone() -> None:
    """Side tasks add nothing."""
    found = read_cpu(tasks(main=task(), ui=task(700.0)))

    assert found == CpuFigures(told_at=NOW, percent_of_core=150.0, memory_mib=512)


def test_a_reading_has_our_time() -> None:
    """The machine's clock may be wrong."""
    figures = CpuFigures(told_at=NOW, percent_of_core=1.0, memory_mib=2)

    assert figures.reading("a", at=NOW + SECOND) == CpuReading(
        allocation="a", at=NOW + SECOND, percent_of_core=1.0, memory_mib=2
    )


def test_main_task_of_2023_is_known() -> None:
    """It was called otherwise."""
    found = read_cpu(tasks(usertask=task(3.0), **{"email-notification": task()}))

    assert found is not None
    assert found.percent_of_core == 3.0


def test_of_a_tool_without_a_main_task_those_that_serve_people_count_together() -> None:
    """As for the hardware that it is compared with; the oldest figure says how old it is."""
    found = read_cpu(tasks(server=task(20.0), worker=task(30.0, at=NOW - SECOND), ui=task(500.0)))

    assert found == CpuFigures(told_at=NOW - SECOND, percent_of_core=50.0, memory_mib=1024)


def test_a_sum_of_which_a_part_is_unknown_is_unknown() -> None:
    """Half of the use would look like rest."""
    found = read_cpu(tasks(server=task(20.0), worker=task(None)))

    assert found is not None
    assert found.percent_of_core is None


@pytest.mark.parametrize(
    "stats", [{}, {"Tasks": None}, {"Tasks": {}}, {"Tasks": {"ui": task()}}, {"Tasks": {"main": {}}}]
)
def test_an_allocation_of_which_no_main_task_runs_has_no_cpu(stats: dict[str, Any]) -> None:
    """That is missing, not zero."""
    assert read_cpu(stats) is None


@pytest.mark.parametrize("percent", [None, "5", True, -1, float("inf"), 10**9, {}])
def test_cpu_that_is_unknown_or_cannot_be_is_missing(percent: object) -> None:
    """A driver's mistake is no measurement; the memory counts all the same."""
    assert read_cpu(tasks(main=task(percent))) == CpuFigures(told_at=NOW, percent_of_core=None, memory_mib=512)


@pytest.mark.parametrize("used", [None, {}, {"CpuStats": None, "MemoryStats": None}])
def test_drivers_that_measure_nothing_tell_nothing(used: object) -> None:
    """Nomad's mock driver is one."""
    found = read_cpu({"Tasks": {"main": {"ResourceUsage": used, "Timestamp": 1_772_442_000 * 10**9}}})

    assert found is not None
    assert (found.percent_of_core, found.memory_mib) == (None, None)


def test_where_no_rss_is_told_the_cache_is_not_counted() -> None:
    """Older Nomads tell none under cgroup v2."""
    found = read_cpu(tasks(main=task(rss=0, Usage=700 * MEBI, Cache=200 * MEBI)))

    assert found is not None
    assert found.memory_mib == 500


# Anything.

VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("N/A")
KEYS = st.sampled_from(
    [
        "Tasks", "main", "Timestamp", "ResourceUsage", "CpuStats", "Percent", "MemoryStats", "RSS", "Usage", "Cache",
        "DeviceStats", "Type", "Name", "InstanceStats", "Stats", "Attributes", "GPU utilization", "IntNumeratorVal",
        "Unit", "gpu",
    ]
)  # fmt: skip
ANYTHING = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=30)


@given(told=ANYTHING, at=ANYTHING)
def test_any_json_is_read(told: object, at: object) -> None:
    """Nothing that a machine can answer raises, and every figure that comes out can be."""
    stats = node(whole(**{"GPU utilization": told}))
    stats["DeviceStats"][0]["InstanceStats"]["GPU-1"]["Timestamp"] = at
    anything: dict[str, Any] = {"DeviceStats": told, "Tasks": told}

    found = [*read_gpus(stats, now=NOW, machine_now=NOW), *read_gpus(anything, now=NOW, machine_now=NOW)]
    cpu = read_cpu(anything)

    assert all(each.percent is None or 0 <= each.percent <= 100 for each in found)
    assert cpu is None or cpu.percent_of_core is None or cpu.percent_of_core >= 0
