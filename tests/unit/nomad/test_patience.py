"""Check that those that fail are asked more and more seldom, and that a wrong clock is told from one that stands."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.nomad.machine_clocks import MachineClocks
from bot.nomad.patience import FAILURES, Patience

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def failed(times: int) -> Patience:
    """Return a book in which a node failed so often in a row, in rounds an hour apart, and just now."""
    patience = Patience()
    for earlier in reversed(range(times)):
        patience.note("node", has_answered=False, now=NOW - earlier * timedelta(hours=1))
    return patience


def test_calls_that_fail_together_are_one_failure() -> None:
    """A moment's trouble, with many calls under way, makes no long pause."""
    patience = Patience()
    for _ in range(16):
        patience.note("node", has_answered=False, now=NOW)

    assert patience.may_ask("node", now=NOW + timedelta(seconds=30))


@pytest.mark.parametrize("times", [1, FAILURES - 1])
def test_one_or_two_failures_cost_the_rest_of_the_round(times: int) -> None:
    """A node that failed less than three times in a row is asked again in the next round."""
    patience = failed(times)

    assert not patience.may_ask("node", now=NOW + timedelta(seconds=29))
    assert patience.may_ask("node", now=NOW + timedelta(seconds=30))


@pytest.mark.parametrize(("times", "minutes"), [(3, 1), (4, 2), (5, 4), (6, 8), (7, 10), (8, 10), (500, 10)])
def test_pauses_grow_up_to_ten_minutes(times: int, minutes: int) -> None:
    """The pause doubles with each further failure, and ends."""
    patience = failed(times)

    assert not patience.may_ask("node", now=NOW + minutes * MINUTE - timedelta(seconds=1))
    assert patience.may_ask("node", now=NOW + minutes * MINUTE)


def test_an_answer_ends_all_pauses() -> None:
    """It is asked again at once, and three failures are needed again for a long pause."""
    patience = failed(9)
    patience.note("node", has_answered=True, now=NOW)
    at_once = patience.may_ask("node", now=NOW)
    patience.note("node", has_answered=False, now=NOW)

    assert at_once
    assert patience.may_ask("node", now=NOW + timedelta(seconds=30))


def test_a_clock_that_is_set_back_makes_no_pause_longer() -> None:
    """A day back in time, the node is asked."""
    assert failed(3).may_ask("node", now=NOW - timedelta(days=1))


def test_who_was_asked_longest_ago_comes_first() -> None:
    """Names that were never asked lead, then the others in the order in which they were asked."""
    patience = Patience()
    patience.asked("second", now=NOW + MINUTE)
    patience.asked("first", now=NOW)

    assert patience.in_turn(["second", "first", "never"]) == ["never", "first", "second"]


def test_the_one_noted_longest_ago_is_forgotten() -> None:
    """No more names are kept than there may be."""
    patience, clocks = Patience(most=2), MachineClocks(most=2)
    for name in ("a", "b", "c"):
        patience.asked(name, now=NOW)
        clocks.is_going(name, NOW, now=NOW)

    assert list(patience._past) == list(clocks._looks) == ["b", "c"]


@pytest.mark.parametrize("skew", [timedelta(hours=3), timedelta(days=-400)])
def test_a_wrong_clock_that_goes_is_trusted_from_the_second_look_on(skew: timedelta) -> None:
    """It may be years wrong: it goes on as ours does."""
    clocks = MachineClocks()

    looks = [clocks.is_going("node", NOW + skew + passed, now=NOW + passed) for passed in (0 * MINUTE, 5 * MINUTE)]

    assert looks == [None, True]


def test_a_clock_that_stands_is_noticed_after_a_minute() -> None:
    """The same time again and again, however often it is looked at, is no measurement."""
    clocks = MachineClocks()

    looks = [clocks.is_going("node", NOW, now=NOW + seconds * timedelta(seconds=1)) for seconds in (0, 30, 60, 61, 90)]

    assert looks == [True, True, True, False, False]


def test_a_clock_that_stood_since_just_after_the_last_look_is_noticed() -> None:
    """That it has moved a little does not mean that it goes."""
    clocks = MachineClocks()
    clocks.is_going("node", NOW, now=NOW)

    assert clocks.is_going("node", NOW + timedelta(seconds=2), now=NOW + 5 * MINUTE) is False


def test_a_clock_that_was_set_back_is_trusted_again_at_the_next_look() -> None:
    """One look is lost."""
    clocks = MachineClocks()
    skew = timedelta(minutes=20)

    looks = [
        clocks.is_going("node", NOW + passed - back, now=NOW + passed)
        for passed, back in ((0 * MINUTE, 0 * MINUTE), (MINUTE, skew), (2 * MINUTE, skew))
    ]

    assert looks == [True, False, True]
