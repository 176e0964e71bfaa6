"""The workspace answers like real Slack did: recorded answers, and requests that caused them.

Each file of tests/data/slack_calls holds one case with its source. The answers are Slack's as others published
them; the requests are ours, made after the pointers in the answer. Where only a part of an answer was published
(`whole_answer` false), its lines have to be among ours. `{ada}` stands for a user's id.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from playground.slack import Workspace
from tests.contract.workspace_app import Api, Json, api_of


@dataclass(frozen=True, kw_only=True)
class Case:
    """One recorded answer with a request that causes it."""

    name: str
    source: str
    whole_answer: bool
    method: str
    arguments: Json
    answer: Json


def read_cases() -> list[Case]:
    """Read all recorded cases."""
    folder = Path(__file__).parents[1] / "data" / "slack_calls"
    return [
        Case(name=path.stem, **json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))
    ]


CASES = read_cases()
WHOLE = [pytest.param(case, id=case.name) for case in CASES if case.whole_answer]
PARTS = [pytest.param(case, id=case.name) for case in CASES if not case.whole_answer]


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    """Give a workspace with Ada."""
    with Workspace(rate_limits=False) as made:
        made.add_user("ada")
        yield made


@pytest.fixture(scope="module")
def api(workspace: Workspace) -> Iterator[Api]:
    """Give a caller of the Web API; another server's address would do here."""
    with api_of(workspace) as made:
        yield made


@pytest.fixture
def ada(workspace: Workspace) -> str:
    """Give Ada's id."""
    return workspace.person("ada").id


def ask(api: Api, case: Case, ada: str) -> Json:
    """Send a case's request and return the answer's body."""
    arguments = {key: ada if value == "{ada}" else value for key, value in case.arguments.items()}
    return api.call(case.method, **arguments).body


@pytest.mark.parametrize("case", WHOLE)
def test_answers_published_in_full_are_met(api: Api, ada: str, case: Case) -> None:
    """The whole body is the same, line for line."""
    assert ask(api, case, ada) == case.answer, case.source


@pytest.mark.parametrize("case", PARTS)
def test_published_lines_are_among_the_answer(api: Api, ada: str, case: Case) -> None:
    """The code is the same and every published line is there, in the same order."""
    answer = ask(api, case, ada)
    published = case.answer["response_metadata"]["messages"]

    ours = [line for line in answer["response_metadata"]["messages"] if line in published]

    assert answer["error"] == case.answer["error"], case.source
    assert ours == published, case.source


def test_every_case_names_its_source() -> None:
    """A case without a source proves nothing."""
    assert len(CASES) >= 15
    assert [case.name for case in CASES if not case.source] == []
