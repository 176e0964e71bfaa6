"""What owners press and type about reminders, from the button to the message that says how it was settled."""

from collections.abc import Iterator

import pytest

from bot.domain.answers import Answer
from bot.domain.base import DeploymentId
from bot.domain.findings import Verdict
from bot.domain.policy import FindingKind
from bot.errors import NotFound, NotYours
from handlers.ids import Action, BlockId
from tests.unit.handlers.reminder_app import ReminderApp, reminder_app
from tests.unit.services.reminder_house import ADA, BOB, NAMESPACE

PLANKTON = DeploymentId("plankton")


@pytest.fixture
def app() -> Iterator[ReminderApp]:
    """Give the app, with an idle deployment of Ada's."""
    with reminder_app() as made:
        made.house.idle()
        yield made


def answers(app: ReminderApp) -> list[Answer]:
    """Return what was answered, in order."""
    return [each.answer for each in app.house.book.responses([app.house.episode(PLANKTON).id])]


def test_keeping_asks_for_how_long_and_says_until_when(app: ReminderApp) -> None:
    """The window tells it, the reminder tells it, and its buttons are gone."""
    letter = app.remind()
    app.ada.click(letter, Action.REMINDER_KEEP)
    asked = app.ada.wait_for_modal(lambda view: "For how long?" in view.labels)

    app.ada.fill(asked, {BlockId.DAYS: "3 days"})
    app.ada.submit()
    told = app.ada.wait_for_modal(lambda view: "Kept until" in view.text)
    settled = app.ada.wait_for_message("Kept until the end of Thu 11 June; I do not ask about it before.")

    assert "Kept until the end of Thu 11 June" in told.text
    assert settled.buttons == ()
    assert [keep.reason for keep in app.house.book.keeps([PLANKTON])] == [""]


def test_a_long_keep_takes_a_reason(app: ReminderApp) -> None:
    """It is asked for beside the field, before anything is closed or lost."""
    app.ada.click(app.remind(), Action.REMINDER_KEEP)
    asked = app.ada.wait_for_modal(lambda view: "For how long?" in view.labels)
    app.ada.fill(asked, {BlockId.DAYS: "14 days, with a reason"})
    refused = app.ada.submit()

    app.ada.fill(asked, {BlockId.REASON: "The review is in ten days"})
    app.ada.submit()
    app.ada.wait_for_message("Kept until the end of Mon 22 June")

    assert refused.errors == {BlockId.REASON: "Please say what it is needed for. One sentence is enough."}
    assert [keep.reason for keep in app.house.book.keeps([PLANKTON])] == ["The review is in ten days"]


def test_in_use_is_taken_at_its_word(app: ReminderApp) -> None:
    """The reminder thanks, in its place, and nothing else is posted."""
    letter = app.remind()
    app.ada.click(letter, Action.REMINDER_IN_USE)

    settled = app.ada.wait_for_message("It is in use, as you said. Thank you for telling me")

    assert (settled.ts, settled.buttons) == (letter.ts, ())
    assert len(app.ada.messages()) == 1
    assert answers(app) == [Answer.IN_USE]


def test_stopping_asks_first(app: ReminderApp) -> None:
    """Whoever thinks better of it has lost nothing."""
    letter = app.remind()

    asked = app.ada.confirmation(letter, Action.REMINDER_STOP)
    app.ada.click(letter, Action.REMINDER_STOP, confirm=False)

    assert "Stop “Plankton”?" in asked
    assert "lost for good" in asked
    assert answers(app) == []


def test_stopping_stops_exactly_that(app: ReminderApp) -> None:
    """The deployment ends, and the reminder says so."""
    app.ada.click(app.remind(), Action.REMINDER_STOP, confirm=True)

    app.ada.wait_for_message("It was stopped. Thank you.")

    found = app.house.cluster.deployment(NAMESPACE, PLANKTON)
    assert found is None or found.is_stopped
    assert answers(app) == [Answer.STOP]


def test_a_double_click_counts_once(app: ReminderApp) -> None:
    """Impatience changes nothing."""
    app.ada.double_click(app.remind(), Action.REMINDER_IN_USE)

    app.ada.wait_for_message("It is in use, as you said.")

    assert answers(app) == [Answer.IN_USE]


def test_a_stale_button_says_so(app: ReminderApp) -> None:
    """It was changed since; nothing is stopped, and the person learns where to look."""
    letter = app.remind()
    app.house.register_again(PLANKTON, modify_index=99)

    app.ada.click(letter, Action.REMINDER_STOP, confirm=True)

    told = app.ada.wait_for_message("It was changed since that reminder.")
    assert "/ai4os why Plankton" in told.text
    assert answers(app) == []


def test_details_show_the_same_facts_from_the_button_and_by_name(app: ReminderApp) -> None:
    """Also the name, the window and the policy."""
    letter = app.remind()
    app.ada.click(letter, Action.REMINDER_DETAILS)
    from_button = app.ada.wait_for_modal(lambda view: "When I would ask" in view.text)
    app.ada.dismiss()

    app.ada.command("/ai4os", "why plankton")
    by_name = app.ada.wait_for_modal(lambda view: "When I would ask" in view.text)

    assert by_name.text == from_button.text
    assert "You were asked once." in by_name.text


def test_why_works_without_a_finding(app: ReminderApp) -> None:
    """Nothing is wrong, and that is told with the same figures."""
    app.house.deploy("quiet")
    app.house.find(DeploymentId("quiet"), verdict=Verdict.NO)

    app.ada.command("/ai4os", "why quiet")

    assert "There is nothing to ask about it." in app.ada.wait_for_modal(lambda view: "Quiet" in view.text).text


def test_why_of_a_name_that_fits_several_asks_which(app: ReminderApp) -> None:
    """As everywhere else."""
    app.house.deploy("twin-1")
    app.house.deploy("twin-2")

    app.ada.command("/ai4os", "why twin")

    assert app.ada.wait_for_modal(lambda view: "Which deployment" in view.text).buttons != ()


def test_why_of_somebody_elses_finds_nothing(app: ReminderApp) -> None:
    """Bob learns nothing about Ada's."""
    app.bob.command("/ai4os", "why plankton")

    shown = app.bob.wait_for_modal(lambda view: "One moment" not in view.text).text

    assert "activity" not in shown


def test_somebody_elses_button_does_nothing(app: ReminderApp) -> None:
    """Whoever forwards a click is checked by what the cluster has now."""
    app.remind()
    ref = app.house.ref(PLANKTON)

    with pytest.raises((NotYours, NotFound)):
        app.house.answering.in_use(BOB, ref, key="forged")

    assert answers(app) == []


def test_own_reminders_answer_in_place(app: ReminderApp) -> None:
    """The window has the finding with its buttons; after an answer it shows what is left."""
    letter = app.remind()
    app.ada.command("/ai4os", "reminders")
    window = app.ada.wait_for_modal(lambda view: "Open questions" in view.text)

    app.ada.click(window, Action.REMINDER_IN_USE)

    assert app.ada.wait_for_modal(lambda view: "nothing to ask you about" in view.text).labels == ()
    assert app.ada.message(letter.ts).buttons == ()


def test_a_keep_from_the_window_shows_there_and_can_be_ended(app: ReminderApp) -> None:
    """The window below is brought up to date while the one above says what came of it."""
    app.remind()
    app.ada.command("/ai4os", "reminders")
    window = app.ada.wait_for_modal(lambda view: "Open questions" in view.text)
    app.ada.click(window, Action.REMINDER_KEEP)
    app.ada.wait_for_modal(lambda view: "For how long?" in view.labels)
    app.ada.submit()
    app.ada.wait_for_modal(lambda view: "Kept until" in view.text and not view.labels)
    app.workspace.wait_for(lambda: "What you keep" in app.ada.modals[0].text)
    app.ada.close()
    below = app.ada.wait_for_modal(lambda view: "What you keep" in view.text)

    app.ada.click(below, Action.KEEP_END)

    app.ada.wait_for_modal(lambda view: "What you keep" not in view.text)
    assert all(keep.until <= app.house.now for keep in app.house.book.keeps([PLANKTON]))


def test_the_hour_and_a_pause_are_kept(app: ReminderApp) -> None:
    """What was chosen is shown as chosen, and can be taken back."""
    app.ada.command("/ai4os", "reminders")
    window = app.ada.wait_for_modal(lambda view: "Open questions" in view.text)
    app.ada.select(window, Action.DIGEST_HOUR, "14:00")
    app.ada.wait_for_modal(lambda view: "14:00" in view.text)
    app.ada.select(app.ada.wait_for_modal(), Action.PAUSE_UNTIL, "2026-06-22")
    paused = app.ada.wait_for_modal(lambda view: "until the end of Sun 21 June" in view.text)

    app.ada.click(paused, Action.PAUSE_END)
    app.ada.wait_for_modal(lambda view: "Choose the first day" in view.text)

    wishes = app.house.book.preferences(ADA.owner.email)
    assert (f"{wishes.hour:%H:%M}", wishes.paused_until) == ("14:00", None)


def test_a_pause_that_cannot_be_is_refused_in_words(app: ReminderApp) -> None:
    """Yesterday is no first day back."""
    app.ada.command("/ai4os", "reminders")
    window = app.ada.wait_for_modal(lambda view: "Open questions" in view.text)

    app.ada.select(window, Action.PAUSE_UNTIL, "2026-06-01")

    told = app.ada.wait_for_modal(lambda view: "A pause ends on a day from" in view.text)
    assert "09 June 2026" in told.text


def test_a_failed_deployment_is_removed_from_its_reminder(app: ReminderApp) -> None:
    """Its words are other words, and its button removes."""
    app.house.idle("broken", kind=FindingKind.FAILED)
    letter = app.remind()

    assert "Remove it" in letter.buttons
    assert "Error and events" in letter.buttons
