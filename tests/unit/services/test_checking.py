"""A check opens findings that hold, confirms and ends them, and does nothing where nobody knows."""

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.domain.addressees import Reach
from bot.domain.base import DeploymentId
from bot.domain.episodes import Resolution
from bot.domain.findings import Verdict
from bot.domain.operation import Obstacle
from bot.domain.policy import FindingKind, Policy
from bot.domain.usage import HOUR
from bot.errors import ClusterUnavailable
from bot.services.checking import Checking
from tests.unit.services.check_house import BOB, DAY, MINUTE, WEDNESDAY, CheckHouse, at, busy, quiet, untold
from tests.unit.services.reminder_house import ADA, NAMESPACE, person

IDLE, NEVER, ONE_IDLE = FindingKind.GPU_IDLE, FindingKind.GPU_NEVER_USED, FindingKind.ONE_GPU_IDLE


@pytest.fixture
def house() -> CheckHouse:
    """Give a cluster that has been checked before, without deployments."""
    house = CheckHouse()
    house.check()
    return house


def rest(house: CheckHouse, *names: str, age: timedelta = 2 * DAY) -> None:
    """Let deployments have worked once, and rested ever since; a check has just looked."""
    for name in names:
        house.deploy(name)
    begun = house.now
    house.pass_time(age)
    for name in names:
        house.use(name, at(begun + 2 * HOUR))
    house.check()


def test_a_gpu_that_rests_is_found_and_confirmed(house: CheckHouse) -> None:
    """There is one finding, with the evidence and the policy that it was made by."""
    rest(house, "run")
    house.pass_time(5 * MINUTE)
    house.use("run", at(house.started("run") + 2 * HOUR))
    house.check()

    (found,) = house.episodes("run", IDLE)

    assert house.open == {("run", IDLE)}
    assert (found.owner_email, found.version, found.policy) == ("ada@example.org", 41, Policy().version)
    assert (found.since, found.last_true_at) == (house.started("run") + 2 * HOUR, house.now)
    assert found.evidence is not None
    assert (found.evidence.present, found.evidence.expected) == (1440, 1440)


def test_what_works_is_not_found(house: CheckHouse) -> None:
    """Somebody at work hears nothing."""
    house.deploy("run")
    house.pass_time(3 * DAY)
    house.use("run", busy, cpu=busy)

    house.check()

    assert house.open == set()
    assert house.verdict("run", IDLE) == (Verdict.NO, "")


def test_what_nobody_saw_is_neither_found_nor_ended(house: CheckHouse) -> None:
    """An outage of the collector opens nothing, lets nothing age, and ends nothing."""
    rest(house, "known")
    confirmed = house.now
    house.deploy("new", BOB)
    house.pass_time(2 * DAY)

    house.check()

    (episode,) = house.episodes("known", IDLE)
    assert house.open == {("known", IDLE)} | {(name, FindingKind.TELEMETRY_HOLE) for name in ("known", "new")}
    assert episode.last_true_at == confirmed
    assert house.verdict("new", IDLE)[0] is Verdict.UNKNOWN


def test_a_flicker_ends_nothing_and_a_burst_does(house: CheckHouse) -> None:
    """One reading may be a driver's; three within a quarter of an hour are somebody at work."""
    rest(house, "run")
    house.pass_time(HOUR)
    flicker = house.now - 20 * MINUTE
    house.use("run", at(flicker))
    house.check()
    after_flicker = house.open
    house.pass_time(HOUR)
    house.use("run", at(flicker, *(house.now - number * MINUTE for number in (9, 8, 7))))
    house.check()

    (episode,) = house.episodes("run", IDLE)
    assert after_flicker == {("run", IDLE)}
    assert (house.open, episode.resolution) == (set(), Resolution.RESUMED)


def test_one_of_two_is_in_use_again_only_when_it_is_the_one_that_rested(house: CheckHouse) -> None:
    """That the other GPU works is what the finding says itself."""
    house.deploy("run", gpus=2)
    house.pass_time(3 * DAY)
    house.use("run", busy, gpu=0)
    house.use("run", quiet, gpu=1)
    house.check()
    house.pass_time(HOUR)
    house.use("run", busy, gpu=0)
    house.use("run", at(house.now - 30 * MINUTE), gpu=1)
    house.check()
    (after_flicker,) = house.episodes("run", ONE_IDLE)
    house.pass_time(HOUR)
    house.use("run", busy, gpu=0)
    house.use("run", at(*(house.now - number * MINUTE for number in (9, 8, 7))), gpu=1)
    house.check()

    (after_burst,) = house.episodes("run", ONE_IDLE)
    assert after_flicker.is_open
    assert after_burst.resolution is Resolution.RESUMED


def test_a_restart_ends_a_finding_and_begins_every_clock(house: CheckHouse) -> None:
    """The present run has done nothing yet that could be held against it."""
    rest(house, "run")
    house.pass_time(HOUR)
    house.cluster.start(DeploymentId("run"))
    house.pass_time(HOUR)
    house.use("run")
    house.check()

    (episode,) = house.episodes("run", IDLE)
    assert (house.open, episode.resolution) == (set(), Resolution.RESTARTED)


def test_what_ended_does_not_rest(house: CheckHouse) -> None:
    """A program that ended by itself holds nothing that could be idle."""
    rest(house, "run")
    house.cluster.finish(DeploymentId("run"))
    house.check()

    (episode,) = house.episodes("run", IDLE)
    assert (episode.is_open, episode.resolution) == (False, Resolution.CLEARED)


def test_a_deployment_is_gone_when_two_lists_lack_it(house: CheckHouse) -> None:
    """One list may be incomplete, and its finding would begin anew."""
    rest(house, "run")
    house.cluster.forget(DeploymentId("run"))
    house.check()
    after_one = house.open
    house.pass_time(5 * MINUTE)
    house.check()

    (episode,) = house.episodes("run", IDLE)
    assert after_one == {("run", IDLE)}
    assert episode.resolution is Resolution.ENDED


def test_a_gpu_that_was_touched_is_never_again_unused(house: CheckHouse) -> None:
    """The other finding, that it rests, takes over when its time has come."""
    house.deploy("run")
    house.pass_time(8 * HOUR)
    house.use("run")
    house.check()
    found = house.open
    touched = house.now + MINUTE
    house.pass_time(5 * MINUTE)
    house.use("run", at(touched))
    house.check()
    after_touch = house.open
    house.pass_time(27 * HOUR)
    house.use("run", at(touched))
    house.check()

    assert (found, after_touch, house.open) == ({("run", NEVER)}, set(), {("run", IDLE)})


@pytest.mark.parametrize(
    ("zone", "verdict"), [("Europe/Madrid", Verdict.NO), ("Asia/Kolkata", Verdict.YES), ("No/Where", Verdict.NO)]
)
def test_the_owners_own_morning_starts_the_clock(zone: str, verdict: Verdict) -> None:
    """It started at three in the night by UTC: where that is past nine the owner could act, elsewhere later."""
    house = CheckHouse()
    house.addressees.add(ADA.owner.email, ADA.slack_user, time_zone=zone)
    house.now = house.now.replace(hour=4, minute=30)
    house.deploy("run")
    house.pass_time(8 * HOUR)
    house.use("run")

    assert house.verdict("run", NEVER)[0] is verdict


def test_the_hours_of_an_owner_whom_nobody_knows_are_those_of_utc(house: CheckHouse) -> None:
    """Slack may be away: nobody is asked again and again, and nothing fails."""
    house.addressees.is_down = True
    house.deploy("run")
    house.pass_time(7 * HOUR)
    house.use("run")

    assert house.verdict("run", NEVER) == (Verdict.YES, "")


def test_a_holiday_is_no_working_time(house: CheckHouse) -> None:
    """On such a day nobody could have begun."""
    house.calendars.holidays.add(house.now.date())
    house.deploy("run")
    house.pass_time(7 * HOUR)
    house.use("run")

    assert house.verdict("run", NEVER)[0] is Verdict.NO


def test_a_cpu_at_rest_is_found_once_it_was_looked_at(house: CheckHouse) -> None:
    """All are looked at within the hour, a part of them at each check."""
    for number in range(12):
        house.deploy(f"run-{number}", gpus=0)
    house.pass_time(9 * DAY)
    for number in range(12):
        house.use(f"run-{number}")
    counts = []
    for _ in range(6):
        house.check()
        counts.append(len(house.open))
        house.pass_time(MINUTE / 2)

    assert counts == [2, 4, 6, 8, 10, 12]


def test_a_busy_cpu_is_not_found(house: CheckHouse) -> None:
    """More than a twentieth of the readings are above the threshold."""
    house.deploy("run", gpus=0)
    house.pass_time(9 * DAY)
    house.use("run", cpu=lambda moment: 20.0 if moment.hour in {9, 10} else 0.5)

    house.check()

    assert house.open == set()
    assert house.verdict("run", FindingKind.CPU_IDLE) == (Verdict.NO, "")


def test_a_second_gpu_is_asked_about_at_the_newest_deployment_alone(house: CheckHouse) -> None:
    """When the newest is gone, nothing is left to ask; when there is a third, it is asked about there."""
    house.deploy("first")
    house.pass_time(HOUR)
    house.deploy("second")
    house.pass_time(2 * DAY)
    for name in ("first", "second"):
        house.use(name, busy if name == "first" else at(house.started(name) + HOUR), cpu=busy)
    house.check()
    found = house.open
    house.deploy("third")
    house.pass_time(2 * HOUR)
    for name in ("first", "second", "third"):
        house.use(name, busy, cpu=busy, since=house.now - 2 * HOUR)
    house.check()

    over = FindingKind.OVER_ETIQUETTE
    assert ("second", over) in found
    assert {each for each in house.open if each[1] is over} == {("third", over)}


def test_a_second_gpu_is_worth_a_word_while_somebody_waits(house: CheckHouse) -> None:
    """Both work, and another person waits for one like them."""
    for name in ("first", "second"):
        house.deploy(name)
    house.pass_time(2 * DAY)
    for name in ("first", "second"):
        house.use(name, busy, cpu=busy)
    alone = house.verdict("second", FindingKind.OVER_ETIQUETTE)
    house.deploy("waits", BOB, is_placed=False)
    house.pass_time(15 * MINUTE)
    for name in ("first", "second"):
        house.use(name, busy, cpu=busy, since=house.now - HOUR)

    holding = house.watched("second")
    waiting = house.checking.waiting(holding)

    assert alone[0] is Verdict.NO
    assert waiting is not None
    assert (waiting.people, waiting.longest) == (1, 15 * MINUTE)
    assert house.verdict("second", FindingKind.OVER_ETIQUETTE)[0] is Verdict.YES


def test_nobody_knows_who_waits_while_the_cluster_is_away(house: CheckHouse) -> None:
    """Nothing is made up, and nothing is claimed."""
    house.deploy("run")
    holding = house.watched("run")
    house.pass_time(DAY)
    house.cluster.go_down()

    assert house.checking.waiting(holding) is None


def test_what_failed_and_waits_and_lives_on_is_found(house: CheckHouse) -> None:
    """States speak for themselves once they have lasted."""
    house.deploy("failed")
    house.cluster.fail(DeploymentId("failed"))
    house.deploy("alive", BOB)
    house.cluster.stops_slowly = True
    house.cluster.stop(NAMESPACE, DeploymentId("alive"), purge=False)
    house.pass_time(30 * MINUTE)
    house.check()
    early = house.open
    house.pass_time(30 * MINUTE)
    house.check()

    assert early == {("alive", FindingKind.ZOMBIE)}
    assert house.open == {("alive", FindingKind.ZOMBIE), ("failed", FindingKind.FAILED)}


def test_looking_again_confirms_and_ends_but_opens_nothing(house: CheckHouse) -> None:
    """Only a check of everybody sees whether too many turn idle at once."""
    rest(house, "known")
    house.deploy("new")
    house.pass_time(2 * DAY)
    for name in ("known", "new"):
        house.use(name, at(house.started(name) + 2 * HOUR))

    episodes = house.checking.recheck(ADA.owner)

    assert [(each.deployment, each.kind, each.last_true_at) for each in episodes] == [("known", IDLE, house.now)]


def test_looking_again_at_one_leaves_others_alone(house: CheckHouse) -> None:
    """Bob's deployments are not in Ada's list, and not gone for that."""
    rest(house, "ada-run")
    house.deploy("bob-run", BOB)
    house.pass_time(2 * DAY)
    house.use("bob-run", at(house.started("bob-run") + 2 * HOUR))
    house.check()

    house.checking.recheck(ADA.owner)
    house.checking.recheck(ADA.owner)

    assert ("bob-run", IDLE) in house.open


def test_a_check_without_the_cluster_changes_nothing(house: CheckHouse) -> None:
    """It fails as a whole, and everything stays as it was."""
    rest(house, "run")
    house.cluster.go_down()

    with pytest.raises(ClusterUnavailable):
        house.check()

    assert house.open == {("run", IDLE)}


def test_a_process_that_begins_anew_comes_to_the_same_findings(house: CheckHouse) -> None:
    """Nothing is opened twice, and nothing is lost."""
    rest(house, "run")
    before = house.book.episodes_of([DeploymentId("run")])
    house.restart()
    house.check()

    assert [each.id for each in house.book.episodes_of([DeploymentId("run")])] == [each.id for each in before]


def test_who_cannot_be_told_is_judged_all_the_same(house: CheckHouse) -> None:
    """Administrators hear of it instead."""
    house.addressees.become(ADA.owner.email, Reach.DEACTIVATED)

    rest(house, "run")

    assert house.open == {("run", IDLE)}


def test_a_hole_in_the_telemetry_is_for_administrators(house: CheckHouse) -> None:
    """A card that tells nothing for an hour is a finding of its own, and none about its owner."""
    house.deploy("run")
    house.pass_time(2 * HOUR)
    house.use("run", untold(house.now - 50 * MINUTE, house.now))

    house.check()

    assert house.open == {("run", FindingKind.TELEMETRY_HOLE)}
    assert [each.obstacle for each in house.book.breakers()] == [Obstacle.BLIND]


def test_slack_is_asked_about_an_owner_once_in_a_check(house: CheckHouse) -> None:
    """However many deployments a person has; and not at all about somebody whose GPU works."""
    for name in ("one", "two"):
        house.deploy(name)
    house.deploy("busy", BOB)
    house.pass_time(7 * HOUR)
    for name in ("one", "two"):
        house.use(name)
    house.use("busy", busy, cpu=busy)
    house.check()

    assert house.addressees.looked_up == [ADA.owner.email]


def test_a_silent_slack_is_asked_a_few_times_and_left_alone(house: CheckHouse) -> None:
    """A check of hundreds of owners does not wait for each of them."""
    house.addressees.is_down = True
    people = [person(f"p{number}") for number in range(9)]
    for each in people:
        house.deploy(f"of-{each.owner.name}", each)
    house.pass_time(7 * HOUR)
    for each in people:
        house.use(f"of-{each.owner.name}")
    house.check()

    assert len(house.addressees.looked_up) == 3


def test_what_a_check_remembers_ends_with_the_deployment(house: CheckHouse) -> None:
    """Weeks of deployments that come and go leave nothing behind."""
    sizes = set()
    for number in range(5):
        name = f"run-{number}"
        house.deploy(name, gpus=0)
        house.cluster.fail(DeploymentId(name))
        house.deploy(f"cpu-{number}", gpus=0)
        house.pass_time(2 * HOUR)
        for _ in range(3):
            house.check()
            house.pass_time(5 * MINUTE)
        for each in (name, f"cpu-{number}"):
            house.cluster.forget(DeploymentId(each))
        for _ in range(3):
            house.check()
            house.pass_time(5 * MINUTE)
        sizes.add(remembered(house.checking))

    assert sizes == {(0, 0)}


def remembered(checking: Checking) -> tuple[int, int]:
    """Return how many deployments a process remembers."""
    return len(checking._cpu_judged), len(checking._missing)


def test_somebody_who_holds_far_more_than_a_share_is_told_of_it_once_in_four_weeks() -> None:
    """Two GPUs all the time, beside six people with one each; it is a finding about the person, in four days here."""
    house = CheckHouse(policy=Policy(heavy_hours=40.0, heavy_window=4 * DAY, heavy_shares=1.5))
    house.deploy("two", gpus=2)
    for number in range(6):
        house.deploy(f"one-{number}", person(f"p{number}"), gpus=1)
    for _ in range(10 * 24 * 6):
        house.pass_time(10 * MINUTE)
        house.check()

    found = house.episodes("", FindingKind.GPU_HEAVY)
    hours = [round((each.opened_at - WEDNESDAY) / HOUR) for each in found]
    assert {each.owner_email for each in found} == {"ada@example.org"}
    assert [each.number for each in found] == [1, 2, 3]
    assert all(later - earlier >= 4 * 24 for earlier, later in pairwise(hours))
    assert [each.is_open for each in found] == [False, False, True]
    assert found[0].evidence is not None
    assert found[0].evidence.gpu_hours is not None
    assert found[0].evidence.gpu_hours > 40.0
    assert found[0].evidence.share is not None
