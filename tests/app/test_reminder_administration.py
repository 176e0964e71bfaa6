"""`/ai4os admin …` about reminders in the local workspace: for administrators alone, and what they set going."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.base import DeploymentId, Namespace
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.findings import Evidence
from bot.domain.operation import Breaker, Obstacle
from bot.domain.policy import FindingKind
from bot.store.case_book import SqlCaseBook
from tests.app.town import Town
from tests.app.town import town as open_town

DAY = timedelta(days=1)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Give a town that Ada administers."""
    with open_town(tmp_path, AI4OS_BOT_ADMINISTRATORS="ada@example.org") as found:
        yield found


@pytest.fixture
def book(town: Town) -> SqlCaseBook:
    """Give what checks and reminders remember in that town."""
    return SqlCaseBook(town.bot.engine)


def rest(town: Town, book: SqlCaseBook, *, times: int = 1) -> str:
    """Let Bob have a deployment that is found to rest, and findings of as many that are gone; return its id."""
    town.submit(town.bob)
    (submission,) = town.bot.ledger.submissions_of("bob@example.org")
    book.save_episodes(
        [_episode(town, str(submission.deployment)), *(_episode(town, f"d{n}") for n in range(1, times))]
    )
    return str(submission.deployment)


def _episode(town: Town, deployment: str) -> Episode:
    now = town.workspace.clock.now()
    return Episode(
        id=EpisodeId(f"{deployment}/run/gpu_idle/1"),
        kind=FindingKind.GPU_IDLE,
        deployment=DeploymentId(deployment),
        namespace=Namespace("ai4eosc"),
        instance="run",
        version=1,
        number=1,
        owner_email="bob@example.org",
        title="demo-app",
        since=now - DAY,
        opened_at=now,
        last_true_at=now,
        evidence=Evidence(window_start=now - DAY, window_end=now, gpus=1),
        policy="1a2b3c4d",
    )


@pytest.mark.parametrize(
    "words",
    ["review", "audit", "exempt x --until 3 --reason y", "pause", "resume", "go live", "go dry", "exempt", "go"],
)
def test_members_are_refused_in_words_that_tell_nothing(town: Town, book: SqlCaseBook, words: str) -> None:
    """Rightly typed or not, and nothing happens."""
    before = book.mode()

    said = town.bob.command("/ai4os", f"admin {words}").wait_for_message().text

    assert "Only administrators of a platform can do that." in said
    assert town.bob.modal is None
    assert (book.mode(), town.bot.ledger.audit_log()) == (before, ())


def test_the_review_shows_what_rests_and_lets_it_be_exempt(town: Town, book: SqlCaseBook) -> None:
    """From the list to the window that asks why; and in the list of what is exempt it can be ended."""
    deployment = rest(town, book)
    town.ada.command("/ai4os", "admin review")
    view = town.ada.wait_for_modal(lambda view: "Dry run" in view.text)
    town.ada.choose(view, "admin.review.part", "At rest now (1)")
    view = town.ada.wait_for_modal(lambda view: "of bob@example.org" in view.text)
    town.ada.click(view, label="Exempt …")
    view = town.ada.wait_for_modal(lambda view: view.callback_id == "admin.exempt" and "Why?" in view.text)
    town.ada.fill(view, {"admin.exempt.reason": "a demo"})
    assert town.ada.submit().accepted
    town.ada.wait_for_modal(lambda view: "Exempt now" in view.text)
    (exemption,) = book.exemptions(now=town.workspace.clock.now())
    town.ada.close()
    view = town.ada.wait_for_modal(lambda view: "of bob@example.org" in view.text)
    town.ada.choose(view, "admin.review.part", "exemptions:0")
    view = town.ada.wait_for_modal(lambda view: "a demo" in view.text)
    town.ada.click(view, label="End it")
    town.ada.wait_for_modal(lambda view: "Nothing is exempt" in view.text)

    assert (exemption.deployment, exemption.by, exemption.reason) == (deployment, town.ada.id, "a demo")
    assert book.exemptions(now=town.workspace.clock.now()) == ()


def test_details_of_somebody_elses_deployment_are_for_administrators(town: Town, book: SqlCaseBook) -> None:
    """The same numbers that its owner sees; the look at the review is noted."""
    rest(town, book)
    town.ada.command("/ai4os", "admin review")
    view = town.ada.wait_for_modal(lambda view: "Dry run" in view.text)
    town.ada.choose(view, "admin.review.part", "idle:0")
    view = town.ada.wait_for_modal(lambda view: "of bob@example.org" in view.text)
    town.ada.click(view, label="Details")

    assert "demo-app" in town.ada.wait_for_modal(lambda view: "What was looked at" in view.text).text
    assert "reminders reviewed" in {entry.action for entry in town.bot.ledger.audit_log()}


def test_long_lists_are_turned_in_place(town: Town, book: SqlCaseBook) -> None:
    """Eight a page."""
    rest(town, book, times=10)
    town.ada.command("/ai4os", "admin review")
    view = town.ada.wait_for_modal(lambda view: "Dry run" in view.text)
    town.ada.choose(view, "admin.review.part", "At rest now (10)")
    view = town.ada.wait_for_modal(lambda view: "Page 1 of 2" in view.text)
    town.ada.click(view, label="Next")

    assert "Previous" in town.ada.wait_for_modal(lambda view: "Page 2 of 2" in view.text).text
    assert len(town.ada.modals) == 1


def test_going_live_is_asked_and_done(town: Town, book: SqlCaseBook) -> None:
    """And ended again by a command."""
    rest(town, book)
    town.ada.command("/ai4os", 'admin go live --reason "it was fine"')
    town.ada.wait_for_modal(lambda view: "What would be sent" in view.text)
    assert not book.mode().is_live
    assert town.ada.submit().accepted
    town.ada.wait_for_modal(lambda view: "Reminders are live" in view.text)
    live = book.mode()
    town.ada.close()
    town.ada.command("/ai4os", "admin go dry")
    town.ada.wait_for_message(lambda message: "dry run now" in message.text)

    assert (live.is_live, live.by, live.reason) == (True, town.ada.id, "it was fine")
    assert not book.mode().is_live


def test_a_pause_is_ended_with_the_wave_that_was_looked_at(town: Town, book: SqlCaseBook) -> None:
    """The window shows what it is about before it is released."""
    rest(town, book)
    book.trip(Breaker(obstacle=Obstacle.WAVE, since=town.workspace.clock.now(), detail="7 of 20"))
    town.ada.command("/ai4os", "admin pause --until 3 --reason maintenance")
    town.ada.wait_for_message(lambda message: "Reminders are paused until" in message.text)
    town.ada.command("/ai4os", "admin resume")
    town.ada.wait_for_modal(lambda view: "7 of 20" in view.text and "of bob@example.org" in view.text)
    assert town.ada.submit().accepted
    town.ada.wait_for_modal(lambda view: "The wave was released" in view.text)

    assert [each.released_by for each in book.breakers()] == [town.ada.id]
    assert not book.mode().is_paused


def test_another_wave_that_came_meanwhile_is_not_released(town: Town, book: SqlCaseBook) -> None:
    """The window says so in place of an outcome."""
    wave = Breaker(obstacle=Obstacle.WAVE, since=town.workspace.clock.now(), detail="7 of 20")
    book.trip(wave)
    town.ada.command("/ai4os", "admin resume")
    town.ada.wait_for_modal(lambda view: "7 of 20" in view.text)
    book.trip(wave.model_copy(update={"since": wave.since + DAY}))
    assert town.ada.submit().accepted
    town.ada.wait_for_modal(lambda view: "turned idle at once" in view.text)

    assert [each.released_by for each in book.breakers()] == [""]


def test_an_exemption_by_command_is_told_and_ended(town: Town, book: SqlCaseBook) -> None:
    """By the beginning of the id; a slip is told, and changes nothing."""
    deployment = rest(town, book)
    wrong = town.ada.command("/ai4os", f"admin exempt {deployment[:8]} --untill 3 --reason demo").text
    town.ada.command("/ai4os", f"admin exempt {deployment[:8]} --until 3 --reason demo")
    town.ada.wait_for_message(lambda message: "Exempt now" in message.text)
    held = book.exemptions(now=town.workspace.clock.now())
    town.ada.command("/ai4os", f"admin exempt {deployment[:8]} --end")
    town.ada.wait_for_message(lambda message: "can be asked about again" in message.text)

    assert "Did you mean" in wrong
    assert [each.reason for each in held] == ["demo"]
    assert book.exemptions(now=town.workspace.clock.now()) == ()


def test_the_audit_log_is_shown_with_pages(town: Town) -> None:
    """What was done is there, the newest first."""
    for number in range(12):
        town.ada.command("/ai4os", f'admin pause --reason "pause {number}"')
        town.simulated.wait_for(lambda: len(town.bot.ledger.audit_log()) == number + 1)  # noqa: B023 - waited for at once
    town.ada.command("/ai4os", "admin audit")
    view = town.ada.wait_for_modal(lambda view: "pause 11" in view.text)
    town.ada.click(view, label="Next")

    view = town.ada.wait_for_modal(lambda view: "pause 0" in view.text)
    assert "pause 11" not in view.text
