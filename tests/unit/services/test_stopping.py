"""Nothing is stopped by itself, unless a site asks for it, everything is known, and its owner could have answered."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from bot.domain.addressees import Reach
from bot.domain.answers import Preferences
from bot.domain.base import DeploymentId
from bot.domain.findings import Verdict
from bot.domain.letters import Settling
from bot.domain.operation import Breaker, Mode, Obstacle
from bot.domain.policy import DAY, FindingKind
from tests.unit.services.reminder_house import ADA, HOUR, MINUTE, MONDAY, NAMESPACE, ReminderHouse

PLANKTON = DeploymentId("plankton")
DEADLINE = MONDAY + 9 * DAY  # told on Monday, Tuesday and Friday; Monday and Tuesday are there to answer


def overdue(*kinds: FindingKind) -> ReminderHouse:
    """Return a house on the minute after the deadline of Ada's finding, with a check just made."""
    house = ReminderHouse(stops=frozenset(kinds))
    house.idle("plankton")
    house.work()
    house.pass_time(DEADLINE + MINUTE - house.now, step=HOUR)
    return house


def is_stopped(house: ReminderHouse) -> bool:
    """Tell whether the deployment was stopped; it is there in any case."""
    found = house.cluster.deployment(NAMESPACE, PLANKTON)
    assert found is not None
    return found.is_stopped


def test_nothing_is_ever_stopped_unless_a_site_says_so() -> None:
    """No letter names a deadline, and weeks pass."""
    house = overdue()
    house.pass_time(60 * DAY, step=4 * HOUR)

    counts = house.stopping().round()

    assert (counts["looked at"], is_stopped(house)) == (0, False)
    assert {line.stops_at for message in house.inbox() for line in message.letter.lines} == {None}


def test_what_nobody_answered_is_stopped_after_the_deadline_that_was_named() -> None:
    """The third letter names it: two whole working days later. The letters then say what has happened."""
    house = overdue(FindingKind.GPU_IDLE)
    named = [line.stops_at for message in house.inbox() for line in message.letter.lines]

    counts = house.stopping().round()

    assert (named, counts, is_stopped(house)) == ([None, None, DEADLINE], {"looked at": 1, "stopped": 1}, True)
    settled = [line.settled for message in house.inbox() for line in message.letter.lines]
    assert {(each.how, each.by) for each in settled if each} == {(Settling.STOPPED, "policy")}
    assert [entry.action for entry in house.book.audited if entry.actor == "policy"] == ["stopped without an answer"]
    stop = house.ledger.stop_of(PLANKTON)
    assert stop is not None
    assert (stop.slack_user, stop.purge) == ("policy", False)
    assert stop.reason == "decided by the policy p1: GPU idle, and nobody answered"


def test_it_is_not_stopped_before_the_deadline() -> None:
    """Not by an hour."""
    house = overdue(FindingKind.GPU_IDLE)
    house.now = DEADLINE - HOUR

    assert house.stopping().round() == {"looked at": 0, "stopped": 0}


def _is_used(house: ReminderHouse) -> None:
    house.find(PLANKTON, verdict=Verdict.NO)


def _is_unknown(house: ReminderHouse) -> None:
    house.find(PLANKTON, verdict=Verdict.UNKNOWN)


def _is_unknown_elsewhere(house: ReminderHouse) -> None:
    house.find(PLANKTON, FindingKind.LONG_RUNNING, verdict=Verdict.UNKNOWN)


def _is_kept(house: ReminderHouse) -> None:
    house.answering.keep(ADA, house.ref(PLANKTON), days=1, reason="", key="k1")


def _was_kept(house: ReminderHouse) -> None:
    house.answering.keep(ADA, house.ref(PLANKTON), days=1, reason="", key="k1")
    house.answering.end_keep(ADA, PLANKTON)


def _was_away(house: ReminderHouse) -> None:
    house.book.save_preferences(Preferences(email=ADA.owner.email, paused_until=DEADLINE - DAY))


def _is_disturbed(house: ReminderHouse) -> None:
    house.addressees.disturbed.add(ADA.slack_user)


def _has_no_account(house: ReminderHouse) -> None:
    house.addressees.become(ADA.owner.email, Reach.NO_ACCOUNT)


def _is_paused(house: ReminderHouse) -> None:
    house.set_mode(Mode(is_live=True, is_paused=True))


def _is_dry(house: ReminderHouse) -> None:
    house.set_mode(Mode())


def _is_blind(house: ReminderHouse) -> None:
    house.book.trip(Breaker(obstacle=Obstacle.BLIND, since=DEADLINE))


def _was_changed(house: ReminderHouse) -> None:
    house.register_again(PLANKTON, modify_index=99)


def _was_restarted(house: ReminderHouse) -> None:
    house.cluster.start(PLANKTON)


def _is_out_of_reach(house: ReminderHouse) -> None:
    house.cluster.go_down()


@pytest.mark.parametrize(
    "happens",
    [
        _is_used,
        _is_unknown,
        _is_unknown_elsewhere,
        _is_kept,
        _was_kept,
        _was_away,
        _is_disturbed,
        _has_no_account,
        _is_paused,
        _is_dry,
        _is_blind,
        _was_changed,
        _was_restarted,
        _is_out_of_reach,
    ],
)
def test_one_condition_that_does_not_hold_is_enough(happens: Callable[[ReminderHouse], None]) -> None:
    """Used, unknown, answered, away, unreachable, held back, or another version: it goes on running."""
    house = overdue(FindingKind.GPU_IDLE)
    happens(house)

    counts = house.stopping().round()
    house.cluster.come_back()

    assert (counts["stopped"], is_stopped(house)) == (0, False)


def test_a_pause_that_was_ended_early_leaves_a_trace() -> None:
    """Whoever was away for two of the days could not answer on them, though they are back by the deadline."""
    house = ReminderHouse(stops=frozenset({FindingKind.GPU_IDLE}))
    house.idle("plankton")
    house.work()
    house.pass_time(MONDAY + 4 * DAY + HOUR - house.now, step=HOUR)
    house.answering.pause(ADA, date(2026, 7, 1))
    house.pass_time(2 * DAY, step=HOUR)
    house.answering.pause(ADA, None)
    house.pass_time(DEADLINE + MINUTE - house.now, step=HOUR)

    counts = house.stopping().round()

    assert (counts, is_stopped(house)) == ({"looked at": 1, "stopped": 0}, False)


def test_a_pause_that_was_over_before_the_finding_does_not_matter() -> None:
    """Back since Sunday, told on Monday."""
    house = ReminderHouse(now=MONDAY - DAY, stops=frozenset({FindingKind.GPU_IDLE}))
    house.answering.pause(ADA, date(2026, 7, 1))
    house.answering.pause(ADA, None)
    house.now = MONDAY
    house.idle("plankton")
    house.work()
    house.pass_time(DEADLINE + MINUTE - house.now, step=HOUR)

    assert house.stopping().round()["stopped"] == 1


@pytest.mark.parametrize(("hour", "stopped"), [(2 * HOUR, 0), (14 * HOUR, 1)])
def test_whoever_was_not_to_be_disturbed_meanwhile_is_not_stopped(hour: timedelta, stopped: int) -> None:
    """Slack tells it of the moment only, so each round notes it; a night is no working time in any case."""
    house = ReminderHouse(stops=frozenset({FindingKind.GPU_IDLE}))
    house.idle("plankton")
    house.work()
    house.pass_time(MONDAY + 7 * DAY + hour - house.now, step=HOUR)
    house.addressees.disturbed.add(ADA.slack_user)
    house.stopping().round()
    house.addressees.disturbed.clear()
    house.pass_time(DEADLINE + MINUTE - house.now, step=HOUR)

    assert house.stopping().round()["stopped"] == stopped


def test_a_letter_about_such_a_kind_does_not_promise_that_nothing_is_stopped() -> None:
    """From the first one on each says what may become of it; one about another kind says what it always says."""
    house = ReminderHouse(stops=frozenset({FindingKind.GPU_IDLE}))
    house.idle("plankton")
    house.idle("owl", kind=FindingKind.LONG_RUNNING)
    house.work()
    house.pass_time(DEADLINE - house.now, step=HOUR)

    said = {
        (line.episode.kind, line.may_end_in_stop, message.letter.stops_some)
        for message in house.inbox()
        for line in message.letter.lines
    }
    assert said == {(FindingKind.GPU_IDLE, True, True), (FindingKind.LONG_RUNNING, False, True)}


def test_a_letter_of_which_nobody_knows_whether_it_arrived_does_not_count() -> None:
    """Two notices have to be delivered, at least 48 hours apart; here only one is known to be."""
    house = ReminderHouse(stops=frozenset({FindingKind.GPU_IDLE}))
    house.idle("plankton")
    house.messenger.hides_history = True
    house.messenger.loses_answer = True
    house.work()
    house.pass_time(DAY, step=HOUR)
    house.messenger.loses_answer = True
    house.pass_time(DEADLINE + MINUTE - house.now, step=HOUR)

    counts = house.stopping().round()

    assert (counts["stopped"], is_stopped(house)) == (0, False)
