"""Two weeks in the life of a platform, told whole: thirty deployments of all kinds, and who heard what of them.

The golden files are the conversations of one owner and of an administrator: read them aloud.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from playground.cluster.usage import GpuUsage, TaskUsage
from playground.cluster.world import NodeSpec
from tests.app.days import AT_REST, AT_WORK, BUSY, DAY, HOUR, MONDAY, QUIET, UNTOUCHED, Days, days
from tests.conftest import Golden

MADRID = ZoneInfo("Europe/Madrid")
MORE_GPUS = tuple(NodeSpec(name=f"ifca-gpu-{number}", site="ifca", gpus={"Tesla T4": 8}) for number in (7, 8, 9))
_SATURDAY, _NINE, _FIVE = 5, 9, 17

Work = Callable[[datetime], GpuUsage]


def until(moment: datetime) -> Work:
    """Return work that ends at a moment, and leaves its memory filled."""
    return lambda now: AT_WORK if now < moment else AT_REST


def in_office_hours(now: datetime) -> GpuUsage:
    """Work from nine to five, but not at the week-end."""
    here = now.astimezone(MADRID)
    return AT_WORK if here.weekday() < _SATURDAY and _NINE <= here.hour < _FIVE else AT_REST


def at_work(_now: datetime) -> GpuUsage:
    """Work day and night."""
    return AT_WORK


def untouched(_now: datetime) -> GpuUsage:
    """Never do anything."""
    return UNTOUCHED


def untold(_now: datetime) -> GpuUsage:
    """Let the driver tell nothing."""
    return GpuUsage(utilization=None, memory=None)


def busy(_now: datetime) -> TaskUsage:
    """Keep the CPU at work."""
    return BUSY


def settle_in(world: Days) -> None:
    """Let thirty deployments begin on the first Monday."""
    world.town.workspace.add_user("erin", email="erin@example.org", deleted=True)
    for name in ("carol", "frank", "gina", "henry"):
        world.town.workspace.add_user(name, email=f"{name}@example.org", tz="Europe/Madrid")
    plan: list[tuple[str, str, int, str, Work | None]] = [
        ("ada", "Plankton run", 1, "jupyter", until(MONDAY + 5 * HOUR)),
        ("ada", "Owl caller", 1, "jupyter", in_office_hours),
        ("ada", "Old service", 0, "deepaas", None),
        ("bob", "Bark beetles", 1, "jupyter", untouched),
        ("carol", "Two cards", 2, "jupyter", None),
        ("dave", "Nobody's notebook", 1, "jupyter", until(MONDAY + HOUR)),
        ("erin", "Left behind", 1, "jupyter", until(MONDAY + HOUR)),
        ("frank", "Rare requests", 1, "deepaas", until(MONDAY + 2 * DAY)),
        ("gina", "A part of a card", 1, "jupyter", untold),
        *((f"henry{number}", f"Training {number}", 1, "jupyter", at_work) for number in range(12)),
    ]
    for owner, title, gpus, service, work in plan:
        job = world.deploy(owner, title, gpus=gpus, service=service)
        if work is not None:
            world.cluster.script_usage(job.id, gpu=work, task=lambda _now: QUIET)
        if gpus > 1:
            world.cluster.script_usage(job.id, gpu=lambda _now: [AT_WORK, AT_REST], task=busy)
    for number in range(9):
        job = world.deploy(f"irene{number}", f"Service {number}", gpus=0, service="deepaas")
        world.cluster.script_usage(job.id, task=busy)


def answer(world: Days, title: str, action: str) -> None:
    """Let Ada press a button of the newest reminder about a deployment."""
    ada = world.town.ada
    message = next(each for each in reversed(world.reminders(ada)) if title in each.text)
    block = next(each["block_id"] for each in message.blocks if action in str(each) and title in str(each))
    ada.click(message, action, block_id=block, confirm=True if action == "reminder.stop" else None)


def are_settled(world: Days, title: str, words: str) -> bool:
    """Tell whether every reminder about a deployment says how that was settled; others may mention it."""
    lines = [line for each in world.reminders(world.town.ada) for line in each.text.splitlines()]
    return all(words in line for line in lines if line.startswith(title))


@pytest.mark.timeout(900)
def test_two_weeks_of_a_platform(tmp_path: Path, golden: Golden) -> None:
    """Ada keeps, is asked again, and stops; nobody who works hears anything; administrators see the rest."""
    with days(tmp_path, nodes=MORE_GPUS) as world:
        settle_in(world)
        world.until(MONDAY + 4 * HOUR)
        world.go_live()
        world.until(MONDAY + 3 * DAY + 4 * HOUR)
        answer(world, "Plankton run", "reminder.keep")
        world.town.ada.wait_for_modal(lambda view: "For how long" in view.text)
        assert world.town.ada.submit().accepted
        world.town.ada.wait_for_message(lambda shown: "Kept until" in shown.text)
        world.town.ada.wait_for_modal(lambda view: "Kept until" in view.text)
        world.town.ada.dismiss()
        world.until(MONDAY + 11 * DAY + 3 * HOUR)
        answer(world, "Plankton run", "reminder.stop")
        world.town.ada.wait_for(lambda: are_settled(world, "Plankton run", "was stopped") or None, "every letter")
        world.until(MONDAY + 14 * DAY)

        golden.check_text("stories/two_weeks_of_an_owner", world.story(world.town.ada))
        golden.check_text("stories/two_weeks_of_the_administrators", world.story(world.grace))
        for name in ("henry", "gina"):
            assert world.reminders(world.town.workspace.person(name)) == []
