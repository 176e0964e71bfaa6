"""What is watched is the present run of a deployment, and nothing that came before it."""

import pytest

from bot.domain.base import DeploymentId, SlackUserId
from bot.domain.catalog import Service
from bot.domain.deployment import Phase
from bot.domain.policy import Workload
from bot.domain.records import Announcement
from bot.domain.usage import BUCKET, HOUR
from tests.unit.services.check_house import DAY, MINUTE, CheckHouse, at, busy, quiet
from tests.unit.services.reminder_house import ADA, NAMESPACE


@pytest.fixture
def house() -> CheckHouse:
    """Give a cluster without deployments."""
    return CheckHouse()


def test_what_runs_is_seen_with_all_that_it_holds(house: CheckHouse) -> None:
    """Its owner, its hardware and its machine are the cluster's; its GPUs come with their use."""
    house.deploy("run", gpus=2)
    house.pass_time(2 * HOUR)
    house.use("run")

    found = house.watched("run")

    assert (found.phase, found.gpus, found.gpu_model, found.holds) == (Phase.RUNNING, 2, "Tesla T4", True)
    assert (found.owner.email, found.workload, found.is_node_connected) == ("ada@example.org", Workload.NOTEBOOK, True)
    assert [sum(bucket.present for bucket in device.buckets) for device in found.devices] == [120, 120]
    assert sum(bucket.present for bucket in found.cpu) == 120


@pytest.mark.parametrize(
    ("service", "kind", "workload"),
    [
        (Service.DEEPAAS, "module", Workload.SERVICE),
        (Service.VSCODE, "tool", Workload.NOTEBOOK),
        (None, "batch", Workload.BATCH),
        (None, "tool", None),
    ],
)
def test_the_kind_of_work_is_that_of_its_service(
    house: CheckHouse, service: Service | None, kind: str, workload: Workload | None
) -> None:
    """An editor is a notebook, DEEPaaS a service, a batch job a batch job; of others nobody knows."""
    house.deploy("run", service=service, kind=kind)

    assert house.watched("run").workload is workload


def test_a_restart_is_another_run_without_a_past(house: CheckHouse) -> None:
    """What the GPU did before the new start is nothing that this run did."""
    house.deploy("run")
    house.pass_time(5 * HOUR)
    house.use("run", busy)
    before = house.watched("run")
    house.cluster.start(DeploymentId("run"))
    house.pass_time(30 * MINUTE)
    house.use("run")

    after = house.watched("run")

    assert after.instance != before.instance
    assert after.devices[0].buckets[0].first_at >= house.started("run")
    assert sum(bucket.active for bucket in after.devices[0].buckets) == 0
    assert sum(bucket.active for bucket in before.devices[0].buckets) > 0


def test_the_same_run_keeps_its_name(house: CheckHouse) -> None:
    """Nothing but a new start, allocation or version makes another run."""
    house.deploy("run")
    first = house.watched("run").instance
    house.pass_time(3 * DAY)

    assert house.watched("run").instance == first


def test_a_new_allocation_is_another_run(house: CheckHouse) -> None:
    """Its GPU is another one, and its clocks begin anew."""
    house.deploy("run")
    first = house.watched("run").instance
    house.pass_time(HOUR)
    house.cluster.place(DeploymentId("run"))
    house.cluster.start(DeploymentId("run"))

    assert house.watched("run").instance != first


def test_what_waits_is_named_by_its_job(house: CheckHouse) -> None:
    """Nothing is placed yet, so that another version of the job is another wait."""
    house.deploy("run", is_placed=False)

    found = house.watched("run")

    assert (found.instance, found.started_at, found.devices) == ("-.0.41", None, ())


def test_what_was_stopped_and_holds_nothing_is_gone(house: CheckHouse) -> None:
    """One that still holds something is there until it does not."""
    for name in ("gone", "alive"):
        house.deploy(name)
    house.cluster.stop(NAMESPACE, DeploymentId("gone"), purge=False)
    house.cluster.stops_slowly = True
    house.cluster.stop(NAMESPACE, DeploymentId("alive"), purge=False)

    (found,) = house.watching.everything()

    assert (found.deployment, found.is_stopped, found.holds) == ("alive", True, True)


def test_a_machine_out_of_reach_is_seen_as_such(house: CheckHouse) -> None:
    """Nobody knows what goes on there."""
    house.deploy("run")
    house.cluster.lose_node(house.node)

    found = house.watched("run")

    assert (found.phase, found.is_node_connected) == (Phase.UNREACHABLE, False)


def test_long_ago_is_read_by_hours_and_the_last_day_by_five_minutes(house: CheckHouse) -> None:
    """The buckets of a GPU are in the order of time, and none is there twice."""
    house.deploy("run")
    house.pass_time(3 * DAY)
    house.use("run")

    buckets = house.watched("run").devices[0].buckets

    assert [bucket.length for bucket in buckets] == [HOUR] * 48 + [BUCKET] * 288
    assert sum(bucket.present for bucket in buckets) == 3 * 1440
    assert list(buckets) == sorted(buckets, key=lambda bucket: bucket.start)


def test_the_cpu_of_what_has_no_gpu_is_read_when_it_is_wanted(house: CheckHouse) -> None:
    """It is too much for everybody each time, and there for one."""
    house.deploy("run", gpus=0)
    house.pass_time(DAY)
    house.use("run")

    everything = house.watching.everything()
    one = house.watching.one(NAMESPACE, DeploymentId("run"))

    assert [each.cpu for each in everything] == [()]
    assert sum(bucket.present for bucket in house.watching.with_cpu(everything)[0].cpu) == 1440
    assert one is not None
    assert sum(bucket.present for bucket in one.cpu) == 1440


def test_an_owner_of_a_deployment_made_elsewhere_knows_when_it_is_seen(house: CheckHouse) -> None:
    """The platform told them; we count from when we saw it first."""
    house.deploy("run")
    seen = house.now
    house.pass_time(DAY)

    assert house.watched("run").told_at == seen


def test_an_owner_who_was_not_told_yet_does_not_know(house: CheckHouse) -> None:
    """A deployment made here is known to run only when its message says so."""
    house.deploy("run")
    found = house.cluster.deployment(NAMESPACE, DeploymentId("run"))
    assert found is not None
    house.cluster.add(found.model_copy(update={"made_by_bot": True}))
    seen = house.now
    house.pass_time(5 * HOUR)
    before = house.watched("run").told_at
    house.ledger.save_announcement(
        Announcement(
            deployment=DeploymentId("run"),
            slack_user=SlackUserId("UADA"),
            platform=ADA.platforms[0],
            title="Run",
            phase=Phase.RUNNING,
            channel="D1",
            timestamp="1.0",
            updated_at=house.now,
        )
    )

    assert (before, house.watched("run").told_at) == (house.now, seen)


def test_what_waits_again_has_not_waited_since_it_was_made(house: CheckHouse) -> None:
    """It ran for weeks before its machine was taken away."""
    house.deploy("run")
    house.pass_time(20 * DAY)
    house.cluster.finish(DeploymentId("run"))
    found = house.cluster.deployment(NAMESPACE, DeploymentId("run"))
    assert found is not None
    evicted = found.allocations[0].model_copy(update={"desired": "evict"})
    house.cluster.add(found.model_copy(update={"allocations": (evicted,)}))
    house.pass_time(HOUR)

    found_again = house.watched("run")

    assert (found_again.phase, found_again.phase_since) == (Phase.SCHEDULING, house.now - HOUR)


def test_nobody_knows_how_long_what_is_not_known_may_wait(house: CheckHouse) -> None:
    """A deployment whose specification nobody has read yet may wait for a GPU, or for next to nothing."""
    house.deploy("run", is_placed=False)
    found = house.cluster.deployment(NAMESPACE, DeploymentId("run"))
    assert found is not None
    house.cluster.add(found.model_copy(update={"hardware": None}))

    assert house.watched("run").phase_since is None


def test_the_curve_of_use_has_gaps_where_nobody_knows(house: CheckHouse) -> None:
    """An hour has the highest of its readings, and none if there are none; it ends with the present hour."""
    house.deploy("run", gpus=2)
    house.pass_time(6 * HOUR)
    peak = house.now - 90 * MINUTE
    house.use("run", at(peak, percent=64.0), gpu=0)
    house.use("run", quiet, gpu=1, since=house.now - 3 * HOUR)

    curve = house.watching.use(house.watched("run"), days=1)

    assert curve is not None
    assert (curve.start, len(curve.values)) == (house.now - 23 * HOUR, 24)
    assert curve.values[-7:] == (0.0, 0.0, 0.0, 0.0, 64.0, 0.0, None)
    assert set(curve.values[:-7]) == {None}


def test_there_is_no_curve_without_gpus(house: CheckHouse) -> None:
    """A CPU has none."""
    house.deploy("run", gpus=0)

    assert house.watching.use(house.watched("run")) is None


def test_one_that_is_gone_is_none(house: CheckHouse) -> None:
    """Nothing is said of what is not there."""
    assert house.watching.one(NAMESPACE, DeploymentId("never")) is None
    assert house.watching.everything() == ()
