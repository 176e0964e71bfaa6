"""A pool that is full says so, counts it, and takes people again as soon as there is room."""

from threading import Event

import pytest

from handlers.background import Busy
from handlers.listeners import Listeners


def test_whoever_comes_when_all_are_busy_and_enough_wait_is_turned_away() -> None:
    """One works, one waits, the third is refused and counted."""
    release = Event()
    with Listeners(threads=1, waiting=1) as listeners:
        listeners.submit(release.wait)
        listeners.submit(release.wait)
        try:
            with pytest.raises(Busy):
                listeners.submit(release.wait)
        finally:
            release.set()

    assert listeners.refused == 1


def test_as_soon_as_one_is_done_there_is_room() -> None:
    """Also after one that failed."""
    with Listeners(threads=1, waiting=0) as listeners:
        failed = listeners.submit(lambda: 1 / 0).exception()
        done = [listeners.submit(lambda: "done").result() for _ in range(5)]

    assert isinstance(failed, ZeroDivisionError)
    assert done == ["done"] * 5


def test_who_must_be_acknowledged_by_a_listener_is_turned_away_sooner() -> None:
    """It would wait with Slack's patience running out; others may wait."""
    release = Event()
    with Listeners(threads=1, waiting=10, unanswered=1) as listeners:
        listeners.submit(release.wait)
        before = listeners.is_crowded
        listeners.submit(release.wait)
        try:
            with pytest.raises(Busy):
                listeners.check_room(is_unanswered=True)
            listeners.check_room(is_unanswered=False)
            after = listeners.is_crowded
        finally:
            release.set()

    assert (before, after) == (False, True)


def test_while_the_bot_stops_nobody_is_let_in() -> None:
    """It says why, and what to do."""
    listeners = Listeners(threads=1)
    listeners.shutdown()

    with pytest.raises(Busy) as caught:
        listeners.submit(print)

    assert "restarted" in str(caught.value)
