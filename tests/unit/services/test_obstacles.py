"""Reminders hold themselves back when too little is seen, too much is found at once, or the judge has changed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.base import DeploymentId
from bot.domain.operation import Obstacle
from bot.domain.policy import FindingKind, Policy
from bot.domain.usage import HOUR
from tests.unit.services.check_house import BOB, DAY, MINUTE, CheckHouse, at, busy

IDLE = FindingKind.GPU_IDLE
NAMES = tuple(f"run-{number}" for number in range(6))


@pytest.fixture
def house() -> CheckHouse:
    """Give a cluster that has been checked before, without deployments."""
    house = CheckHouse()
    house.check()
    return house


def start(house: CheckHouse, *names: str) -> None:
    """Let Bob have deployments that start now."""
    for name in names:
        house.deploy(name, BOB)


def measure(house: CheckHouse, *names: str, since: timedelta = 30 * HOUR) -> None:
    """Let all of these have rested lately."""
    for name in names:
        house.use(name, at(house.started(name) + 2 * HOUR), since=house.now - since)


def idle(house: CheckHouse) -> set[str]:
    """Return the deployments that are found at rest."""
    return {name for name, kind in house.open if kind is IDLE}


def obstacles(house: CheckHouse) -> list[Obstacle]:
    """Return what holds reminders back."""
    return [each.obstacle for each in house.book.breakers()]


def turn_idle(house: CheckHouse, *names: str) -> None:
    """Let these have started two days ago and have rested since, until now."""
    start(house, *names)
    house.pass_time(2 * DAY)
    measure(house, *names)


def test_many_that_turn_idle_at_once_are_believed_of_nobody(house: CheckHouse) -> None:
    """Something is wrong with the measuring, or with all of them: none becomes a finding."""
    turn_idle(house, *NAMES)

    house.check()

    (breaker,) = house.book.breakers()
    assert (idle(house), breaker.obstacle) == (set(), Obstacle.WAVE)
    assert breaker.detail == "6 of 6 deployments with GPUs in one check"
    assert [entry.action for entry in house.book.audited] == ["reminders held back"]


def test_a_wave_stays_the_same_one_while_it_lasts(house: CheckHouse) -> None:
    """Whoever looks at it sees since when, and the log says it once."""
    turn_idle(house, *NAMES)
    house.check()
    begun = house.now
    house.pass_time(5 * MINUTE)
    measure(house, *NAMES)
    house.check()

    (breaker,) = house.book.breakers()
    assert (breaker.since, len(house.book.audited)) == (begun, 1)


def test_a_wave_is_over_when_an_administrator_says_so(house: CheckHouse) -> None:
    """Then all of it is found, and another wave would be one of its own."""
    turn_idle(house, *NAMES)
    house.check()
    (breaker,) = house.book.breakers()
    house.book.trip(breaker.model_copy(update={"released_by": "UGRACE"}))
    house.check()

    assert (idle(house), obstacles(house)) == (set(NAMES), [])


def test_a_wave_passes_by_itself(house: CheckHouse) -> None:
    """They work again, all but a few: these few are found."""
    turn_idle(house, *NAMES)
    house.check()
    for name in NAMES[2:]:
        house.use(name, busy, since=house.now - HOUR)
    house.check()

    assert (idle(house), obstacles(house)) == (set(NAMES[:2]), [])


@pytest.mark.parametrize(("resting", "others"), [(4, 0), (5, 25)])
def test_a_few_are_no_wave(house: CheckHouse, resting: int, others: int) -> None:
    """Fewer than five, or no more than a fifth of what runs, are what happens every week-end."""
    names = [f"rests-{number}" for number in range(resting)]
    workers = [f"works-{number}" for number in range(others)]
    start(house, *workers)
    turn_idle(house, *names)
    for name in workers:
        house.use(name, busy, cpu=busy, since=house.now - 2 * HOUR)

    house.check()

    assert (idle(house), obstacles(house)) == (set(names), [])


def test_what_is_found_already_is_no_part_of_a_wave(house: CheckHouse) -> None:
    """Four and then four more, in two checks, are none."""
    first, second = NAMES[:4], ("new-1", "new-2", "new-3", "new-4")
    turn_idle(house, *first)
    house.check()
    start(house, *second)
    house.pass_time(2 * DAY)
    measure(house, *first, *second, since=3 * DAY)
    house.check()

    assert (idle(house), obstacles(house)) == ({*first, *second}, [])


def test_nobody_is_told_anything_while_most_gpus_are_silent(house: CheckHouse) -> None:
    """It ends by itself once they tell again; what is known of some is still judged."""
    start(house, *NAMES)
    house.pass_time(3 * HOUR)
    measure(house, *NAMES, since=3 * HOUR)
    house.pass_time(11 * MINUTE)
    house.use(NAMES[0], busy, since=house.now - MINUTE)
    house.check()
    blind = house.book.breakers()
    measure(house, *NAMES, since=10 * MINUTE)
    house.check()

    assert [(each.obstacle, each.detail) for each in blind] == [
        (Obstacle.BLIND, "1 of 6 GPUs have told their use within 10 minutes")
    ]
    assert obstacles(house) == []


def test_a_machine_out_of_reach_makes_nobody_blind(house: CheckHouse) -> None:
    """Its GPUs cannot tell anything, and are not counted."""
    start(house, *NAMES)
    house.pass_time(3 * HOUR)
    measure(house, *NAMES, since=3 * HOUR)
    house.cluster.lose_node(house.node)
    house.pass_time(HOUR)

    house.check()

    assert obstacles(house) == []


def test_a_card_that_never_tells_makes_nobody_blind(house: CheckHouse) -> None:
    """A slice of a shared card is unknown for ever, which is no outage."""
    start(house, *NAMES)
    house.pass_time(3 * HOUR)
    measure(house, *NAMES[:3], since=3 * HOUR)

    house.check()

    assert obstacles(house) == []


def test_a_collector_that_never_worked_is_blindness(house: CheckHouse) -> None:
    """Where nothing at all is told, nobody would know."""
    start(house, *NAMES)
    house.pass_time(HOUR)

    house.check()

    assert obstacles(house) == [Obstacle.BLIND]


def test_the_first_check_after_an_upgrade_opens_nothing(house: CheckHouse) -> None:
    """It agrees with what is open, so that the next one goes on as usual."""
    turn_idle(house, "known")
    house.check()
    start(house, "new")
    house.pass_time(2 * DAY)
    measure(house, "known", "new", since=4 * DAY)
    house.restart("1.1")
    house.check()
    shadow, held = idle(house), [entry.detail for entry in house.book.audited]
    after_shadow = obstacles(house)
    house.check()

    assert shadow == {"known"}
    assert held == [f"{Obstacle.UPGRADE}: from 1.0 to 1.1"]
    assert (after_shadow, idle(house)) == ([], {"known", "new"})


def test_an_upgrade_that_denies_what_was_found_stays_silent_for_one_more_check(house: CheckHouse) -> None:
    """Its word ends the findings, which is harmless; only when it agrees with what is left is it trusted."""
    turn_idle(house, "run")
    house.policy = replace_policy(house.policy, cpu_warm_up=house.policy.cpu_warm_up)
    house.check()
    (episode,) = house.episodes("run", IDLE)
    never = episode.model_copy(update={"kind": FindingKind.LONG_RUNNING, "id": "other"})
    house.book.save_episodes([never])
    house.restart("1.1")
    house.check()
    (breaker,) = house.book.breakers()
    house.check()

    assert breaker.detail == "from 1.0 to 1.1; 1 of 2 findings were denied"
    assert (obstacles(house), house.open) == ([], {("run", IDLE)})


def test_a_state_that_changed_meanwhile_is_no_disagreement(house: CheckHouse) -> None:
    """What failed was removed and what waited runs, while the bot was upgraded."""
    house.deploy("waits", BOB, gpus=0, is_placed=False)
    house.pass_time(2 * HOUR)
    house.check()
    found = house.open
    house.cluster.start(DeploymentId("waits"))
    house.restart("1.1")
    house.check()

    assert found == {("waits", FindingKind.QUEUED)}
    assert obstacles(house) == []


def test_a_changed_policy_is_tried_for_one_check(house: CheckHouse) -> None:
    """Reminders rest until a check by the new one agrees."""
    turn_idle(house, "run")
    house.check()
    house.policy = replace_policy(house.policy, gpu_idle=30 * HOUR)
    house.check()

    assert [entry.detail.partition(":")[0] for entry in house.book.audited] == [str(Obstacle.POLICY)]
    assert (obstacles(house), idle(house)) == ([], {"run"})
    assert [each.policy.gpu_idle for each in house.book.policies()] == [30 * HOUR, DAY]


def test_a_changed_policy_binds_windows_that_begin_later(house: CheckHouse) -> None:
    """A window that had begun by the old rules ends by them, and each finding says by which it was made."""
    start(house, "old")
    house.pass_time(20 * HOUR)
    old, new = house.policy, replace_policy(house.policy, gpu_idle=30 * HOUR)
    house.policy = new
    house.check()
    start(house, "new")
    house.pass_time(7 * HOUR)
    measure(house, "old", since=27 * HOUR)
    measure(house, "new", since=7 * HOUR)
    house.check()
    by_old = {(each.deployment, each.policy) for each in house.book.open_episodes() if each.kind is IDLE}
    house.pass_time(24 * HOUR)
    measure(house, "old", "new", since=51 * HOUR)
    house.check()
    confirmed = [each.evidence for each in house.episodes("old", IDLE)]

    assert by_old == {("old", old.version)}
    assert confirmed[0] is not None
    assert confirmed[0].window_end - confirmed[0].window_start == 30 * HOUR


def test_an_installation_begins_without_obstacles() -> None:
    """There is nothing yet that a first check could disagree with."""
    house = CheckHouse()
    house.check()

    assert (obstacles(house), house.book.audited) == ([], [])
    assert replace(house).book.policies() == ()
    assert len(house.book.policies()) == 1


def replace_policy(policy: Policy, **changes: object) -> Policy:
    """Return the policy with changes."""
    return policy.model_copy(update=changes)
