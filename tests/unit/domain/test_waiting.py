"""Who waits for a GPU like one's own, and what counts as having one."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.base import Namespace
from bot.domain.deployment import Phase
from bot.domain.findings import Watched
from bot.domain.people import Owner
from bot.domain.policy import DAY, HOUR
from bot.domain.waiting import counts_for_share, waiting_for
from tests.unit.domain.watched import NOW, watched

MINE = watched(age=DAY, gpu_model="Tesla T4")


def queued(owner: str, *, ago: timedelta = HOUR, **changes: Any) -> Watched:
    """Return what somebody waits for."""
    known = {
        "owner": Owner(email=owner),
        "phase": Phase.QUEUED,
        "phase_since": NOW - ago,
        "started_at": None,
        "devices": (),
        "holds": False,
    }
    return watched(age=HOUR, **(known | changes))


def test_people_are_counted_and_the_longest_wait_is_told() -> None:
    """Somebody with two deployments in the queue is one person."""
    queue = [queued("bob@example.org"), queued("Bob@example.org", ago=3 * DAY), queued("cleo@example.org")]

    found = waiting_for(MINE, queue, now=NOW)

    assert found is not None
    assert (found.people, found.longest) == (2, 3 * DAY)


@pytest.mark.parametrize(
    "one",
    [
        queued("ada@example.org"),
        queued("bob@example.org", gpus=0),
        queued("bob@example.org", gpu_model="A100"),
        queued("bob@example.org", namespace=Namespace("imagine")),
        queued("bob@example.org", phase=Phase.IMPOSSIBLE),
        queued("bob@example.org", phase=Phase.UNKNOWN),
        queued("bob@example.org", phase_since=None),
        queued("bob@example.org", ago=-HOUR),
    ],
)
def test_who_could_not_have_this_gpu_does_not_wait_for_it(one: Watched) -> None:
    """One's own, another model, another platform, what fits nowhere, and what nobody knows."""
    assert waiting_for(MINE, [one], now=NOW) is None


def test_nobody_waits_for_a_cpu() -> None:
    """Only GPUs are scarce."""
    assert waiting_for(watched(age=DAY, gpus=0), [queued("bob@example.org", gpu_model="")], now=NOW) is None


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"phase": Phase.QUEUED, "holds": False}, True),
        ({"phase": Phase.FAILED, "holds": False}, False),
        ({"phase": Phase.FINISHED, "holds": False}, False),
        ({"phase": Phase.STOPPING, "holds": True}, True),
        ({"gpus": 0}, False),
    ],
)
def test_what_holds_or_waits_counts(*, changes: dict[str, Any], counts: bool) -> None:
    """What failed or ended holds nothing."""
    assert counts_for_share(watched(age=DAY, **changes)) is counts
