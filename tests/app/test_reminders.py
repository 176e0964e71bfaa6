"""Reminders, end to end: measured on a cluster, decided, told in Slack, answered with the buttons, and settled."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from playground.cluster.usage import GpuUsage
from playground.slack.screen import ShownMessage
from tests.app.days import AT_REST, AT_WORK, DAY, HOUR, MONDAY, UNTOUCHED, Days, days

TUESDAY_MORNING = MONDAY + DAY + 2 * HOUR
"""Ten o'clock in Madrid; what rested since Monday's eight o'clock is idle since nine, after two hours of warm-up."""
WEDNESDAY_MORNING = TUESDAY_MORNING + DAY
SOON_AFTER = TUESDAY_MORNING + HOUR


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Days]:
    """Give a town on a Monday morning, whose time stands still."""
    with days(tmp_path) as found:
        yield found


def reminded(world: Days) -> ShownMessage:
    """Let Ada's only deployment rest until she is told, and return the reminder."""
    world.deploy("ada", "Plankton run")
    world.go_live()
    world.until(SOON_AFTER)
    (message,) = world.reminders(world.town.ada)
    return message


def test_owners_of_what_rests_are_asked_once_and_in_the_morning(world: Days) -> None:
    """A GPU that rested for a day is asked about on the next working day, after half past nine, and not again."""
    message = reminded(world)

    assert "Plankton run" in message.text
    assert "no GPU activity has been seen" in message.text
    assert world.reminders(world.town.bob) == []


def test_nobody_is_told_before_an_administrator_says_so(world: Days) -> None:
    """In shadow mode owners hear nothing, and administrators see the plan."""
    world.deploy("ada", "Plankton run")

    world.until(WEDNESDAY_MORNING)

    assert world.reminders(world.town.ada) == []
    assert any("Plankton run" in message.text for message in world.grace.messages(world.channel))


def test_a_gpu_at_work_is_not_asked_about(world: Days) -> None:
    """Whoever works hears nothing."""
    job = world.deploy("ada", "Plankton run")
    world.cluster.script_usage(job.id, gpu=lambda _now: AT_WORK)
    world.go_live()

    world.until(WEDNESDAY_MORNING)

    assert world.reminders(world.town.ada) == []


def test_a_card_that_tells_nothing_is_not_asked_about(world: Days) -> None:
    """A driver that says N/A has said nothing; administrators hear of the hole instead."""
    job = world.deploy("ada", "Plankton run")
    world.cluster.script_usage(job.id, gpu=lambda _now: GpuUsage(utilization=None, memory=None))
    world.go_live()

    world.until(WEDNESDAY_MORNING)

    assert world.reminders(world.town.ada) == []


def test_a_gpu_that_nobody_touched_is_asked_about_the_same_day(world: Days) -> None:
    """After six hours of running, three of them at work, without anything in its memory."""
    job = world.deploy("ada", "Plankton run")
    world.cluster.script_usage(job.id, gpu=lambda _now: UNTOUCHED)
    world.go_live()

    world.until(MONDAY + 9 * HOUR)

    (message,) = world.reminders(world.town.ada)
    assert "since then no GPU activity has been seen" in message.text or "no GPU activity" in message.text


def test_keeping_settles_the_matter(world: Days) -> None:
    """What is kept is not asked about, and the message says so, without buttons."""
    ada, message = world.town.ada, reminded(world)
    ada.click(message, "reminder.keep")
    ada.wait_for_modal(lambda view: "For how long" in view.text)
    assert ada.submit().accepted

    settled = ada.wait_for_message(lambda shown: "Kept until" in shown.text)

    assert settled.ts == message.ts
    assert "reminder.stop" not in str(settled.blocks)
    world.until(world.now + DAY + HOUR)
    assert len(world.reminders(ada)) == 1


def test_saying_that_it_is_in_use_is_believed(world: Days) -> None:
    """The finding is over, and what follows begins anew."""
    ada, message = world.town.ada, reminded(world)

    ada.click(message, "reminder.in_use")

    ada.wait_for_message(lambda shown: shown.ts == message.ts and "It is in use, as you said" in shown.text)
    world.until(world.now + timedelta(hours=20))
    assert len(world.reminders(ada)) == 1


def test_stopping_from_the_message_frees_the_gpu(world: Days) -> None:
    """The dialog names what is lost; then the card is free for others."""
    ada, message = world.town.ada, reminded(world)
    free = sum(world.cluster.free_gpus().values())
    assert "lost for good" in ada.confirmation(message, "reminder.stop")

    ada.click(message, "reminder.stop", confirm=True)

    ada.wait_for_message(lambda shown: shown.ts == message.ts and "It was stopped" in shown.text)
    world.until(world.now + timedelta(minutes=10))
    assert sum(world.cluster.free_gpus().values()) == free + 1


def test_details_show_the_figures(world: Days) -> None:
    """Whoever doubts sees readings, window and policy."""
    ada, message = world.town.ada, reminded(world)

    ada.click(message, "reminder.details")

    shown = ada.wait_for_modal(lambda view: "What was looked at" in view.text)
    assert "readings" in shown.text


def test_activity_closes_the_matter_without_a_word(world: Days) -> None:
    """When the GPU works again the message says so by itself; nobody is pinged."""
    ada, message = world.town.ada, reminded(world)
    job = world.cluster.jobs()[0]
    world.cluster.script_usage(job.id, gpu=lambda _now: AT_WORK)

    world.until(world.now + HOUR)

    ada.wait_for_message(lambda shown: shown.ts == message.ts and "It is used again" in shown.text)
    assert len(world.reminders(ada)) == 1


def test_a_button_of_a_run_that_is_over_does_nothing(world: Days) -> None:
    """Somebody has stopped it in the dashboard meanwhile; the button explains itself."""
    ada, message = world.town.ada, reminded(world)
    world.cluster.stop(world.cluster.jobs()[0].id)

    ada.click(message, "reminder.keep")

    ada.wait_for_modal(lambda view: "stopped already" in view.text or "gone" in view.text)


def test_somebody_elses_button_is_refused(world: Days) -> None:
    """A value that was copied from another person's message gives no right."""
    message = reminded(world)
    bob = world.town.bob

    bob.click(message, "reminder.stop", confirm=True)

    world.restart()  # which finishes what the click has begun
    assert not world.cluster.jobs()[0].stop
    assert "It was stopped" not in world.reminders(world.town.ada)[0].text


def test_why_tells_the_same_without_a_reminder(world: Days) -> None:
    """The facts are there at any time, for whatever deployment."""
    job = world.deploy("ada", "Plankton run")
    world.cluster.script_usage(job.id, gpu=lambda _now: AT_WORK)
    world.until(MONDAY + 3 * HOUR)

    world.town.ada.command("/ai4os", 'why "Plankton run"')

    shown = world.town.ada.wait_for_modal(lambda view: "What was looked at" in view.text)
    assert "nothing to ask" in shown.text


@pytest.mark.timeout(400)
def test_unanswered_reminders_become_ever_more_seldom(world: Days) -> None:
    """After one day, and after three more, which end on a Saturday: so on Monday, by the clock of summer time."""
    reminded(world)

    world.until(MONDAY + 7 * DAY + 2 * HOUR)

    sent = [timedelta(seconds=float(each.ts)) for each in world.reminders(world.town.ada)]
    assert [round((later - first) / DAY) for first, later in pairwise(sent)] == [1, 5]


def test_a_restart_repeats_nothing(world: Days) -> None:
    """The new process knows what was told."""
    message = reminded(world)

    world.restart()
    world.until(world.now + HOUR)

    assert [each.ts for each in world.reminders(world.town.ada)] == [message.ts]


def test_the_very_first_reminder_explains_itself_and_has_a_picture(world: Days) -> None:
    """Whoever hears for the first time learns the rule, and sees the use of the last days."""
    message = reminded(world)

    assert "GPUs are scarce" in message.text or "GPUs are scarce" in str(message.blocks)
    assert world.town.ada.picture(message)[:8] == b"\x89PNG\r\n\x1a\n"
    assert AT_REST.utilization == 0
