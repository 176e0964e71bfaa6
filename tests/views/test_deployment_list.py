"""The list of a person's deployments."""

from datetime import timedelta

import pytest

from bot.domain.deployment import Hardware, Phase
from handlers.ids import Action, DeploymentKey
from handlers.views import deployment_list
from handlers.views.message import Message
from tests.conftest import Golden
from tests.views.checking import elements, sent_message, texts
from tests.views.examples import NOW, UUID, hostile_row, row

ROWS = (
    row(),
    row(Phase.QUEUED, reason="every fitting GPU is taken", title="Waiting_one", node="", site=""),
    row(Phase.FAILED, reason="it ran out of memory and was ended. Deploy it again with more RAM", title="Old training"),
    row(Phase.FINISHED, title="Short job", hardware=None, holds_resources=False, made_by_bot=False),
)
MANY = tuple(row(title=f"Run {number}") for number in range(20))
WORST = tuple(hostile_row(number) for number in range(200))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("some", deployment_list.render(ROWS, now=NOW)),
        ("empty", deployment_list.render((), now=NOW)),
        ("second_page", deployment_list.render(MANY, page=1, now=NOW)),
        ("worst_case", deployment_list.render(WORST, page=3, now=NOW)),
    ],
)
def test_list_looks_as_it_should(golden: Golden, name: str, message: Message) -> None:
    """Each state of the list is what its golden file says, and within Slack's limits."""
    golden.check(f"views/list_{name}", sent_message(message))


def test_every_row_says_what_it_is_and_why() -> None:
    """Title, platform, status with reason, age and hardware are there."""
    shown = texts(sent_message(deployment_list.render(ROWS[1:2], now=NOW)))
    assert "Waiting_one" in shown
    assert "Queued*: every fitting GPU is taken" in shown
    assert "AI4EOSC · 1 h old · 4 CPUs · 1 GPU (Tesla T4) · 8,000 MB RAM · 10,000 MB disk" in shown


def test_buttons_know_their_deployment() -> None:
    """Access, Info and Stop carry the deployment's key and nothing else."""
    found = elements(sent_message(deployment_list.render(ROWS[:1], now=NOW)))
    key = str(DeploymentKey(ROWS[0].namespace, ROWS[0].deployment))
    assert key == f"ai4eosc|{UUID}"
    assert [found[action]["value"] for action in (Action.ACCESS, Action.DETAILS, Action.STOP)] == [key] * 3


def test_stop_asks_first_and_names_what_is_lost() -> None:
    """The dialog names the deployment, the loss and the GPU that becomes free."""
    dialog = elements(sent_message(deployment_list.render(ROWS[:1], now=NOW)))[Action.STOP]["confirm"]
    assert dialog["title"]["text"] == "Stop “Plankton run”?"
    assert "not under /storage is lost" in dialog["text"]["text"]
    assert "GPU becomes free" in dialog["text"]["text"]


def test_a_failed_one_that_still_holds_counts_and_says_so() -> None:
    """It is to be removed, because it still holds its hardware."""
    message = sent_message(deployment_list.render(ROWS[2:3], now=NOW))
    assert "still holds its hardware and counts" in texts(message)
    assert elements(message)[Action.STOP]["text"]["text"] == "Remove"


def test_what_is_being_stopped_cannot_be_stopped_again() -> None:
    """A second press would do nothing, so there is no button for it."""
    message = sent_message(deployment_list.render([row(Phase.STOPPING)], now=NOW))
    assert Action.STOP not in elements(message)


@pytest.mark.parametrize(("page", "first"), [(-3, "Run 0"), (0, "Run 0"), (1, "Run 8"), (2, "Run 16"), (99, "Run 16")])
def test_pages_stay_within_the_list(page: int, first: str) -> None:
    """A page that does not exist (any more) is the nearest that does."""
    message = deployment_list.render(MANY, page=page, now=NOW)
    assert message.blocks[1].to_dict()["text"]["text"].startswith(f"*{first}*")


def test_page_buttons_lead_to_the_neighbours() -> None:
    """Their values are the numbers of the pages."""
    found = elements(sent_message(deployment_list.render(MANY, page=1, now=NOW)))
    assert found[Action.LIST_PREVIOUS]["value"] == "0"
    assert found[Action.LIST_NEXT]["value"] == "2"


@pytest.mark.parametrize(
    ("passed", "age"),
    [
        (timedelta(seconds=-5), "less than a minute old"),
        (timedelta(minutes=5), "5 min old"),
        (timedelta(hours=3, minutes=20), "3 h 20 min old"),
        (timedelta(hours=30), "30 h old"),
        (timedelta(days=9), "9 days old"),
    ],
)
def test_age_is_told_in_the_unit_that_fits(passed: timedelta, age: str) -> None:
    """From minutes to days, never negative."""
    shown = texts(sent_message(deployment_list.render([row(submitted_at=NOW - passed)], now=NOW)))
    assert f"· {age} ·" in shown


def test_unknown_hardware_is_said_to_be_unknown() -> None:
    """No data is never zero."""
    rows = [row(hardware=None), row(hardware=Hardware())]
    assert texts(sent_message(deployment_list.render(rows, now=NOW))).count("hardware not known") == 2
