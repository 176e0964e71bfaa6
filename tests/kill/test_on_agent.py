"""Killed around the registration and the end of a job on a real Nomad."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.agent import NomadAgent
from tests.kill.ground import AgentGround
from tests.kill.scenarios import STOP, SUBMISSION, Scenario
from tests.kill.stepping import run
from tests.kill.tap import Point
from tests.kill.town import KillTown, kill_town_on
from tests.kill.verdict import Outcome

pytest_plugins = ("tests.agent.fixtures",)
pytestmark = pytest.mark.agent


@pytest.fixture
def town(tmp_path: Path, agent: NomadAgent) -> Iterator[KillTown]:
    """Give a town whose cluster is the real agent."""
    with kill_town_on(AgentGround(agent), tmp_path) as found:
        yield found


@pytest.mark.parametrize(
    ("scenario", "fatal", "outcome"),
    [
        (SUBMISSION, Point("before POST /v1/jobs", 1), Outcome.RUNNING),
        (SUBMISSION, Point("sent POST /v1/jobs", 1), Outcome.RUNNING),
        (SUBMISSION, Point("answered POST /v1/jobs", 1), Outcome.RUNNING),
        (STOP, Point("sent DELETE /v1/job/ID", 1), Outcome.STOPPED),
        (STOP, Point("answered DELETE /v1/job/ID", 1), Outcome.STOPPED),
    ],
    ids=lambda value: str(value) if isinstance(value, Point) else getattr(value, "name", ""),
)
def test_a_kill_around_what_nomad_is_told_ends_well(
    town: KillTown, scenario: Scenario, fatal: Point, outcome: Outcome
) -> None:
    """One job or none on the real cluster, one message that is true, and no Variable without its job."""
    ending = run(town, scenario, fatal)

    assert ending.was_killed
    assert (ending.outcome, ending.complaints) == (outcome, ())
