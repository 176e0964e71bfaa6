"""Killed around the writes to a PostgreSQL, whose commits are as whole as SQLite's."""

import pytest

from bot.store.engine import open_engine
from bot.store.schema import upgrade
from tests.kill.reminders import KEEP, REMINDER
from tests.kill.scenarios import STOP, SUBMISSION, Scenario
from tests.kill.stepping import Ending, run
from tests.kill.tap import Point
from tests.kill.town import KillTown
from tests.postgres import Postgres

pytest_plugins = ("tests.postgres",)


@pytest.mark.parametrize(
    ("scenario", "fatal"),
    [
        (SUBMISSION, Point("before commit submissions+audit", 1)),
        (SUBMISSION, Point("sent POST /v1/jobs", 1)),
        (STOP, Point("before DELETE /v1/job/ID", 1)),
    ],
    ids=lambda value: str(value) if isinstance(value, Point) else value.name,
)
def test_a_kill_with_postgresql_ends_as_well(
    town: KillTown, postgres: Postgres, scenario: Scenario, fatal: Point
) -> None:
    """The same scenarios, the same judge."""
    with postgres.database() as url:
        ending = _run(url, town, scenario, fatal)

    assert ending.was_killed
    assert ending.complaints == ()


@pytest.mark.parametrize(
    ("scenario", "fatal"),
    [
        (REMINDER, Point("answered POST /api/chat.postMessage", 1)),
        (KEEP, Point("before commit responses+keeps+audit", 1)),
    ],
    ids=lambda value: str(value) if isinstance(value, Point) else value.name,
)
def test_a_kill_around_a_reminder_with_postgresql_ends_as_well(
    reminder_town: KillTown, postgres: Postgres, scenario: Scenario, fatal: Point
) -> None:
    """One letter, known and answered, as with SQLite."""
    with postgres.database() as url:
        ending = _run(url, reminder_town, scenario, fatal)

    assert ending.was_killed
    assert ending.complaints == ()


def _run(url: str, town: KillTown, scenario: Scenario, fatal: Point) -> Ending:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    return run(town, scenario, fatal, database=url)
