"""Killed around the writes to a PostgreSQL, whose commits are as whole as SQLite's."""

import pytest

from bot.store.engine import open_engine
from bot.store.schema import upgrade
from tests.kill.scenarios import STOP, SUBMISSION, Scenario
from tests.kill.stepping import run
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
        engine = open_engine(url)
        upgrade(engine)
        engine.dispose()

        ending = run(town, scenario, fatal, database=url)

    assert ending.was_killed
    assert ending.complaints == ()
