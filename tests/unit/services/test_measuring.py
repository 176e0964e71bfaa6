"""What is told is kept as it was told: missing is missing, and doing it twice keeps the same."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.domain.base import DeploymentId
from bot.domain.policy import Policy
from bot.domain.telemetry import Series
from bot.domain.usage import BUCKET, HOUR, Bucket
from bot.services.measuring import Measuring
from tests.fakes.telemetry import FakeTelemetry
from tests.unit.services.check_house import MINUTE, T4, CheckHouse
from tests.unit.services.reminder_house import PLATFORMS

DAY = timedelta(days=1)


@dataclass
class Meter:
    """A house whose machines tell what a test says, and a collector that asks them."""

    house: CheckHouse
    telemetry: FakeTelemetry
    measuring: Measuring

    def restart(self) -> None:
        """Let another process measure from now on."""
        self.measuring = Measuring(
            platforms=PLATFORMS,
            cluster=self.house.cluster,
            telemetry=self.telemetry,
            measurements=self.house.measurements,
            policy=self.house.current_policy,
            clock=self.house.clock,
        )

    def deploy(self, name: str, *, gpus: int = 1) -> None:
        """Let there be a deployment of which everything is told."""
        self.house.deploy(name, gpus=gpus)
        for device in self.house.allocation(name).gpu_ids:
            self.telemetry.set_gpu(self.house.node, device, 0.0, watts=9.0)
        self.telemetry.set_cpu(self.house.allocation(name).id, 40.0)

    def series(self, name: str, gpu: int | None = None) -> Series:
        """Return the series of a GPU, or of the CPU."""
        allocation = self.house.allocation(name)
        device = "" if gpu is None else allocation.gpu_ids[gpu]
        return Series(allocation=allocation.id, device=device)

    def run(self, minutes: int) -> None:
        """Measure once a minute for so long."""
        for _ in range(minutes):
            self.measuring.round()
            self.house.pass_time(MINUTE)

    def buckets(self, series: Series) -> tuple[Bucket, ...]:
        """Return the hours of a series, and five minutes where no hour was made."""
        now = self.house.now
        found = self.house.measurements.buckets([series], since=now - 9 * DAY, fine_since=now.replace(minute=0))
        return found.get(series, ())


@pytest.fixture
def meter() -> Meter:
    """Give a collector and a cluster without deployments."""
    house = CheckHouse()
    telemetry = FakeTelemetry(clock=house.clock)
    telemetry.add_node(house.node)
    meter = Meter(house=house, telemetry=telemetry, measuring=None)  # type: ignore[arg-type]  # restart makes it
    meter.restart()
    return meter


def test_a_round_counts_what_it_asked_and_what_it_was_told(meter: Meter) -> None:
    """These are the figures that administrators see."""
    meter.deploy("two", gpus=2)
    meter.deploy("none", gpus=0)
    meter.telemetry.drop_gpu(meter.house.node, meter.house.allocation("two").gpu_ids[1])
    counts = [meter.measuring.round()]
    for _ in range(3):
        meter.house.pass_time(MINUTE)
        counts.append(meter.measuring.round())

    assert {key: counts[0][key] for key in ("deployments", "gpus_held", "gpus_told", "nodes_silent")} == {
        "deployments": 2,
        "gpus_held": 2,
        "gpus_told": 1,
        "nodes_silent": 0,
    }
    assert sum(count["cpus_told"] for count in counts) == 4 + 1


def test_five_minutes_hold_what_was_told_of_a_gpu(meter: Meter) -> None:
    """Its readings, how many were active, and how many there should have been."""
    meter.deploy("run")
    meter.run(2)
    meter.telemetry.set_gpu(meter.house.node, meter.house.allocation("run").gpu_ids[0], 90.0, watts=60.0)
    meter.run(1)
    meter.telemetry.set_gpu(meter.house.node, meter.house.allocation("run").gpu_ids[0], None)
    meter.run(2)

    (found,) = meter.buckets(meter.series("run", 0))

    assert (found.present, found.active, found.expected, found.percent_max) == (3, 1, 5, 90.0)
    assert (found.power_watts_max, found.memory_mib_max) == (60.0, 0)


def test_a_cpu_is_told_in_per_cent_of_what_was_allotted(meter: Meter) -> None:
    """Of four cores 40 % of one are 10 %, which is at work beside a GPU."""
    meter.deploy("run")
    meter.run(5)

    (found,) = meter.buckets(meter.series("run"))

    assert (found.percent_max, found.active) == (10.0, 5)


def test_cpus_without_gpus_are_asked_by_turns(meter: Meter) -> None:
    """Each once in four minutes, and not all in the same one: its newest reading is never older than five."""
    names = [f"run-{number}" for number in range(20)]
    for name in names:
        meter.deploy(name, gpus=0)
    asked = []
    for _ in range(8):
        before = len(meter.telemetry.asked)
        meter.measuring.round()
        asked.append(meter.telemetry.asked[before:])
        meter.house.pass_time(MINUTE)

    assert all(len(each) < len(names) for each in asked)
    assert asked[:4] == asked[4:]
    assert sorted(one for each in asked[:4] for one in each) == sorted(
        meter.house.allocation(name).id for name in names
    )


def test_measuring_again_changes_nothing(meter: Meter) -> None:
    """A round that is made twice, by two processes or after a crash, keeps the same."""
    meter.deploy("run")
    meter.run(7)
    before = meter.buckets(meter.series("run", 0))
    meter.house.now -= MINUTE
    meter.restart()
    meter.measuring.round()

    assert meter.buckets(meter.series("run", 0)) == before


def test_a_silent_machine_is_noted_and_nothing_is_made_up(meter: Meter) -> None:
    """Since when, and why; it is over when it answers again."""
    meter.deploy("run")
    meter.run(3)
    meter.telemetry.silence(meter.house.node, "It did not answer in time.")
    since = meter.house.now
    meter.run(4)
    silent = meter.house.measurements.health()
    meter.telemetry.answer_again(meter.house.node)
    meter.run(1)

    assert [(each.silent_since, each.trouble) for each in silent] == [(since, "It did not answer in time.")]
    assert [each.silent_since for each in meter.house.measurements.health()] == [None]
    assert sum(bucket.present for bucket in meter.buckets(meter.series("run", 0))) == 4


def test_full_hours_are_made_of_five_minutes(meter: Meter) -> None:
    """They have the same readings, and are made once the last five minutes cannot change any more."""
    meter.deploy("run")
    meter.run(60)
    meter.house.pass_time(BUCKET)
    meter.measuring.round()

    hour, *rest = meter.buckets(meter.series("run", 0))

    assert (hour.length, hour.present, hour.expected) == (HOUR, 60, 60)
    assert [each.length for each in rest] == [BUCKET]


def test_hours_of_before_a_stop_are_made_after_it(meter: Meter) -> None:
    """The bot was stopped within an hour, for a day: that hour is made all the same."""
    meter.deploy("run")
    meter.run(30)
    meter.house.pass_time(DAY)
    meter.restart()
    meter.run(30)

    first, *_ = meter.buckets(meter.series("run", 0))
    assert (first.length, first.present) == (HOUR, 30)


def test_the_power_of_rest_is_learned_and_used(meter: Meter) -> None:
    """A card that draws more than at rest was at work, though no look saw it; what is learned is kept."""
    meter.deploy("many", gpus=25)
    meter.run(20)
    learned = meter.house.measurements.bands()
    meter.restart()
    meter.telemetry.set_gpu(meter.house.node, meter.house.allocation("many").gpu_ids[0], 0.0, watts=60.0)
    meter.run(1)

    assert (learned[T4].idle_watts, learned[T4].samples) == (29.0, 500)
    assert meter.buckets(meter.series("many", 0))[-1].active == 1
    assert meter.buckets(meter.series("many", 1))[-1].active == 0


def test_too_few_samples_teach_nothing(meter: Meter) -> None:
    """One look short of enough, the power of rest is unknown, and says nothing."""
    meter.deploy("many", gpus=25)
    meter.run(19)

    assert meter.house.measurements.bands() == {}


def test_the_power_of_rest_is_learned_once_a_day(meter: Meter) -> None:
    """It may change with the machines, but not from minute to minute."""
    meter.deploy("many", gpus=25)
    meter.run(41)
    first = meter.house.measurements.bands()[T4].learned_at
    meter.house.pass_time(DAY)
    meter.run(1)

    assert first == meter.house.started("many") + 19 * MINUTE
    assert meter.house.measurements.bands()[T4].learned_at == meter.house.now - MINUTE


def test_what_waits_or_has_ended_is_not_asked(meter: Meter) -> None:
    """It uses nothing."""
    meter.house.deploy("waits", is_placed=False)
    meter.deploy("ended")
    meter.house.cluster.finish(DeploymentId("ended"))

    assert meter.measuring.round()["deployments"] == 0


def test_what_is_old_is_deleted(meter: Meter) -> None:
    """Raw samples after two days, five minutes after 45, hours after 400."""
    meter.deploy("run")
    meter.run(65)
    meter.measuring.round()
    meter.house.pass_time(3 * DAY)
    without_samples = meter.measuring.prune()
    meter.house.pass_time(43 * DAY)
    without_fine = meter.measuring.prune()
    hours = meter.buckets(meter.series("run", 0))
    meter.house.pass_time(400 * DAY)
    meter.measuring.prune()

    assert (without_samples, without_fine) == (132, 28)
    assert hours == ()


def test_the_interval_is_that_of_the_policy(meter: Meter) -> None:
    """Where a site looks every two minutes, fewer readings are expected."""
    usual = Policy()
    meter.house.policy = usual.model_copy(
        update={"samples": usual.samples.model_copy(update={"interval": timedelta(seconds=150)})}
    )
    meter.deploy("run")
    meter.run(1)

    assert meter.buckets(meter.series("run", 0))[0].expected == 2
