"""Everything about one deployment."""

import pytest

from bot.domain.deployment import Deployment, Phase
from bot.domain.overview import Row
from handlers.ids import Action
from handlers.views import details
from tests.conftest import Golden
from tests.unit.domain.values import UUID, allocation, deployment, event, task
from tests.views.checking import elements, sent_view, texts
from tests.views.examples import HOSTILE, hostile_row, row

RUNNING = deployment(
    allocation(
        "running",
        task(
            "running",
            event("Received", "Task received by client", minutes_ago=5),
            event("Driver", "Downloading image", minutes_ago=4),
            event("Started", "Task started by client", minutes_ago=3),
        ),
    ),
    description="First try with *new* data <see mail>",
    gpu_reason="two trainings must finish before Friday",
    image="ai4oshub/ai4os-yolo-torch:gpu",
)
IMAGE_MISSING = deployment(
    allocation(
        "failed",
        task(
            "dead",
            event("Received", minutes_ago=5),
            event(
                "Driver Failure",
                "Failed to pull `ai4oshub/x:nope`: manifest unknown",
                driver_error="Failed to pull `ai4oshub/x:nope`: manifest unknown",
            ),
            failed=True,
        ),
    ),
    image="ai4oshub/x:nope",
)
WORST = deployment(
    allocation(
        "failed", *(task("dead", *(event(HOSTILE, HOSTILE) for _ in range(10)), name=f"t{n}") for n in range(9))
    ),
    description=HOSTILE,
    gpu_reason=HOSTILE,
    hostname=HOSTILE,
    image=HOSTILE,
    title=HOSTILE,
)


@pytest.mark.parametrize(
    ("name", "subject", "shown"),
    [
        ("running", RUNNING, row()),
        ("image_missing", IMAGE_MISSING, row(Phase.FAILED, reason="the image ai4oshub/x:nope does not exist")),
        ("queued", deployment(), row(Phase.QUEUED, reason="every fitting GPU is taken", node="", site="")),
        ("made_in_dashboard", RUNNING, row(made_by_bot=False, hardware=None, service=None)),
        ("worst_case", WORST, hostile_row()),
    ],
)
def test_info_looks_as_it_should(golden: Golden, name: str, subject: Deployment, shown: Row) -> None:
    """Each state is what its golden file says, and within Slack's limits."""
    golden.check(f"views/details_{name}", sent_view(details.modal_view(subject, shown, has_password=True)))


def test_everything_the_how_to_promises_is_there() -> None:
    """UUID, hardware, node, site, image and the reason for the GPU."""
    shown = texts(sent_view(details.modal_view(RUNNING, row())))
    expected = [UUID, "1 GPU (Tesla T4)", "n1", "ifca", "ai4oshub/ai4os-yolo-torch:gpu", "before Friday"]
    assert [part for part in expected if part not in shown] == []


def test_events_are_newest_first_in_plain_words_with_the_raw_text() -> None:
    """What happened is said in words, and what the machine said stands beside it."""
    view = sent_view(details.modal_view(RUNNING, row()))
    lines = next(block for block in view["blocks"] if block["block_id"] == "events:0")["text"]["text"].split("\n")
    assert lines[1].endswith("it started `Task started by client`")
    assert lines[3].endswith("a machine took it over `Task received by client`")


def test_errors_are_explained() -> None:
    """A failed pull names the image and what to do, and keeps the raw message."""
    shown = texts(sent_view(details.modal_view(IMAGE_MISSING, row(Phase.FAILED))))
    assert "the image ai4oshub/x:nope does not exist. Deploy again with another Docker tag" in shown
    assert "manifest unknown" in shown


def test_only_the_latest_ten_events_are_shown() -> None:
    """A long history stays within the view."""
    busy = deployment(allocation("running", task("running", *(event("Signaling", f"n{n}") for n in range(30)))))
    assert texts(sent_view(details.modal_view(busy, row()))).count("it was sent a signal") == 10


def test_description_is_not_interpreted() -> None:
    """It stands as plain text."""
    view = sent_view(details.modal_view(RUNNING, row()))
    block = next(block for block in view["blocks"] if block["block_id"] == "description")
    assert block["text"] == {
        "type": "plain_text",
        "text": "First try with *new* data <see mail>",
        "emoji": False,
    }


@pytest.mark.parametrize(
    ("phase", "actions"),
    [
        (Phase.RUNNING, [Action.ACCESS, Action.PASSWORD, Action.STOP]),
        (Phase.FAILED, [Action.STOP]),
        (Phase.STOPPING, [Action.ACCESS, Action.PASSWORD]),
        (Phase.GONE, [Action.MENU_DEPLOY]),
    ],
)
def test_buttons_fit_where_it_stands(phase: Phase, actions: list[Action]) -> None:
    """What makes no sense any more is not offered."""
    view = sent_view(details.modal_view(RUNNING, row(phase), has_password=True))
    assert list(elements(view)) == actions
