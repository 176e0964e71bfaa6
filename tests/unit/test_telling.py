"""Invented weeks, told by the real reminding: nothing twice, to the wrong one, at night, and nothing lost."""

from datetime import UTC, datetime

import pytest

from benchmarks.telling import SEASONS, Weeks, table
from benchmarks.telling_judge import MUST_NOT_BE
from tests.unit.sabotage import SABOTAGES, Sabotage


@pytest.mark.parametrize("season", SEASONS)
def test_nothing_that_must_not_be_happens(season: str) -> None:
    """Processes die and come in between, Slack asks for a rest, clocks jump; the long form has its own command."""
    told = Weeks(seed=11, start=SEASONS[season], weeks=1, people=9, trouble=0.01, step=15).live()

    assert told.examples == {}
    assert (told.messages > 0, told.crashes > 10) == (True, True)


@pytest.mark.parametrize("what", SABOTAGES)
def test_the_listener_hears_what_must_not_be(what: str) -> None:
    """Weeks in which that is done on purpose are not without it, so that zero means something."""
    told = Sabotage(what, start=datetime(2026, 3, 2, tzinfo=UTC)).live()

    assert told.wrong[what] > 0


def test_the_table_names_everything_that_must_not_be() -> None:
    """One line each, one column for a season."""
    found = table({"year end": Weeks(seed=1, start=SEASONS["year end"], weeks=0.2, people=2).live()})

    assert [row[0] for row in found.rows][3:] == list(MUST_NOT_BE)
    assert found.headings == ("", "year end")
