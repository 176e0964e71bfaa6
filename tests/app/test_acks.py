"""Slack is answered within a second, whatever hangs behind the bot; and nothing is lost by it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from bot.store.patience import connected
from handlers.background import Busy
from handlers.listeners import THREADS, UNANSWERED
from playground.slack.person import Person
from playground.slack.records import AckRecord, Outcome
from playground.slack.reply import Reply, SubmitResult
from playground.slack.screen import ShownMessage, ShownView
from tests.app.town import Town
from tests.app.town import town as open_town

IN_TIME = timedelta(seconds=1)
HANGS = timedelta(seconds=2)
LONG = timedelta(seconds=20)
CONNECTIONS = 15

ANSWERED = (
    *("", "help", "help deploy", "no such word", "deploy --titel x", "list", "admin refresh"),
    *("access", "info", "stop"),
    "deploy demo-app --platform ai4eosc --title Line --yes",
)
OPENING = (
    *("access Carls", "info Carls", "stop Nothing", "modules", "modules plankton --trainable", "module demo-app"),
    *("admin catalog", "deploy", "deploy demo-app --cpu 99", "deploy demo-app --yes"),
)

Trouble = Callable[[Town], AbstractContextManager[None]]


@contextmanager
def _locked(town: Town) -> Iterator[None]:
    """Let another process have the database for itself."""
    with closing(sqlite3.connect(_file(town), isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def _silent(town: Town) -> Iterator[None]:
    """Let no reading and no writing through: every connection is in use."""
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(connected(town.bot.engine, writes=False))
        yield


def _file(town: Town) -> str:
    return town.environment["DATABASE_URL"].removeprefix("sqlite:///").partition("?")[0]


def _patient(tmp_path: Path, *, seconds: float) -> AbstractContextManager[Town]:
    """Open a town whose bot waits that long for its database; Ada administers it."""
    url = f"sqlite:///{tmp_path / 'bot.sqlite3'}?timeout={seconds}"
    return open_town(tmp_path, DATABASE_URL=url, AI4OS_BOT_ADMINISTRATORS="ada@example.org")


@contextmanager
def _hanging(town: Town, trouble: Trouble) -> Iterator[None]:
    """Let Nomad accept and not answer, and the database neither."""
    with trouble(town):
        town.simulated.faults.slow(HANGS, times=None)
        yield
    town.simulated.faults.clear()


def _slowest(town: Town, since: int) -> tuple[timedelta, str]:
    """Return how long the slowest acknowledgement took since then, and which it was; one that is missing is worst."""
    # People wait for the acknowledgement of what they do; of an event, which nobody waits for, it may be on its way.
    town.workspace.wait_for(lambda: all(ack.outcome is not Outcome.PENDING for ack in town.workspace.acks[since:]))
    acks = town.workspace.acks[since:]
    assert all(ack.outcome is Outcome.ACKED for ack in acks), [_name(ack) for ack in acks if ack.latency is None]
    return max((ack.latency or timedelta.max, _name(ack)) for ack in acks)


def _name(ack: AckRecord) -> str:
    return f"{ack.kind} {ack.name} {ack.payload.get('text', '')}"


def _form(person: Person, options: str = "demo-app") -> ShownView:
    person.command("/ai4os", f"deploy {options}")
    return person.wait_for_modal(lambda view: view.callback_id == "deploy.form")


_WINDOWS = frozenset({"access", "info", "stop", "modules", "module", "deploy"})
_WITHOUT_WINDOW = frozenset({"deploy demo-app --platform ai4eosc --title Line --yes", "deploy --titel x"})


def _type_everything(town: Town) -> dict[str, Reply]:
    """Type every command there is, and close the windows that open."""
    replies = {text: town.ada.command("/ai4os", text) for text in ANSWERED}
    for text in OPENING:
        replies[text] = town.ada.command("/ai4os", text)
        _dismiss(town.ada)
    return replies


def _press_everything(town: Town, menu: ShownMessage) -> None:
    """Press the buttons of the menu and of the message about a deployment."""
    for action in ("menu.list", "menu.help"):
        town.ada.click(menu, action)
    message = next(each for each in town.ada.messages() if "is running" in each.text)
    opening = ("deployment.access", "deployment.details", "deployment.password")
    for where, action in ((menu, "menu.deploy"), (menu, "menu.modules"), *((message, action) for action in opening)):
        town.ada.click(where, action)
        _dismiss(town.ada)


def _dismiss(person: Person) -> None:
    person.wait_for_modal()
    person.dismiss()


def _use_the_form(person: Person) -> SubmitResult:
    """Search, choose, toggle, go back and submit."""
    view = _form(person, "")
    person.type_in_select(view, "module", "demo")
    person.type_in_select(view, "module", "")
    person.choose(view, "module", "demo-app")
    view = person.wait_for_modal(lambda shown: shown.has("service"))
    person.select(view, "Platform", "imagine")
    person.select(view, "GPUs", "1")
    view = person.wait_for_modal(lambda shown: shown.has("gpu_model"))
    person.click(view, "deploy.toggle_help")
    person.click(view, "deploy.toggle_storage")
    view = person.wait_for_modal(lambda shown: shown.has("storage_url"))
    person.fill(view, {"storage_url": "nonsense", "storage_user": "dora", "storage_password": "made-up"})
    assert set(person.submit().errors) == {"storage_url"}
    person.click(view, "deploy.toggle_storage")
    view = person.wait_for_modal(lambda shown: not shown.has("storage_url"))
    person.fill(view, {"Title": "Form"})
    return person.submit()


@pytest.mark.parametrize("trouble", [_locked, _silent])
def test_everything_is_acknowledged_in_time_and_arrives_afterwards(tmp_path: Path, trouble: Trouble) -> None:
    """Nomad hangs and the database gives nothing: each command, button, choice, search and submission is answered.

    Once both are back, everything that was under way comes to its end: one deployment each, nothing lost.
    """
    with _patient(tmp_path, seconds=60) as town:
        carl, dora = town.workspace.add_user("carl"), town.workspace.add_user("dora")
        town.introduce(carl, dora)
        town.deploy(town.ada, 'demo-app --service jupyter --title "Adas"')
        town.deploy(carl, 'demo-app --title "Carls"')
        carl.command("/ai4os", "stop Carls")
        carl.wait_for_modal(lambda view: view.submit_label == "Stop")
        town.review(town.bob, 'demo-app --title "Bobs"')
        since = len(town.workspace.acks)

        with _hanging(town, trouble):
            town.bob.submit()
            carl.submit()
            pushed = _use_the_form(dora)
            replies = _type_everything(town)
            _press_everything(town, replies[""].messages[0])

        slowest = _slowest(town, since)
        assert slowest[0] < IN_TIME, slowest
        assert pushed.pushed is not None
        replies["list"].wait_for_message(lambda message: "Adas" in message.text, timeout=LONG)
        replies["deploy demo-app --platform ai4eosc --title Line --yes"].wait_for_message(
            lambda message: "is submitted" in message.text, timeout=LONG
        )
        town.bob.wait_for_message(lambda message: "Bobs" in message.text and "is running" in message.text, timeout=LONG)
        carl.wait_for_message(lambda message: "is stopped" in message.text, timeout=LONG)
        dora.wait_for_modal(lambda view: view.callback_id == "deploy.review", timeout=LONG)
        dora.submit()
        dora.wait_for_message(lambda message: "is running" in message.text, timeout=LONG)
        titles = sorted(job.spec["Meta"]["title"] for job in town.simulated.jobs())
        assert titles == ["Adas", "Bobs", "Carls", "Form", "Line"]
        assert town.workspace.problems == ()


def test_a_database_that_stays_away_is_told_in_the_review_and_costs_nothing(tmp_path: Path) -> None:
    """Nothing was submitted, and it says so; once it is back, the same form goes through, once."""
    with _patient(tmp_path, seconds=0.3) as town:
        _form(town.ada)
        with _silent(town):
            town.ada.submit()
            told = town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.refused")
        town.ada.close()
        assert town.ada.submit().accepted
        town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.review")
        town.ada.submit()
        town.ada.wait_for_message(lambda message: "is running" in message.text)

        assert "The bot's database" in told.text
        assert "Nothing was changed" in told.text
        assert len(town.simulated.jobs()) == 1


def test_a_press_on_deploy_that_cannot_be_recorded_is_told_and_can_be_repeated(tmp_path: Path) -> None:
    """Without a record there is no deployment: the person goes back and tries again, and there is one."""
    with _patient(tmp_path, seconds=0.3) as town:
        town.review()
        with _locked(town):
            town.ada.submit()
            told = town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.refused")
        town.ada.close()
        town.ada.submit()
        town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.review")
        town.ada.submit()
        town.ada.wait_for_message(lambda message: "is running" in message.text)

        assert "The bot's database" in told.text
        assert len(town.simulated.jobs()) == 1


def test_a_form_that_was_open_outlives_a_restart(town: Town) -> None:
    """What was chosen was written in the background, soon enough."""
    view = _form(town.ada, "demo-app --title Mine")
    town.ada.select(view, "GPUs", "1")
    town.ada.wait_for_modal(lambda shown: shown.has("gpu_model"))

    town.restart()
    assert town.ada.submit().accepted
    review = town.ada.wait_for_modal(lambda shown: shown.callback_id == "deploy.review")
    town.ada.submit()
    town.ada.wait_for_message(lambda message: "is running" in message.text)

    assert "1 × any model" in review.text
    assert len(town.simulated.jobs()) == 1


def test_a_form_that_only_the_database_knows_stays_open_while_that_is_away(tmp_path: Path) -> None:
    """After a restart a draft has to be read: if it cannot be, the form stays with all that is typed in it."""
    with _patient(tmp_path, seconds=60) as town:
        _form(town.ada, "demo-app --title Mine")
        town.workspace.wait_for(lambda: len(town.workspace.calls_of("views.update")) > 0)
        town.restart()
        town.workspace.clock.advance(timedelta(minutes=6))  # by then it is asked again who people are
        since = len(town.workspace.acks)
        with _silent(town):
            refused = town.ada.submit()

        slowest = _slowest(town, since)
        assert slowest[0] < IN_TIME, slowest
        assert "The bot's database" in str(refused.errors)
        assert town.ada.wait_for_modal().value("Title") == "Mine"
        assert town.ada.submit().accepted


def test_a_stranger_is_acknowledged_before_slack_says_who_it_is(town: Town) -> None:
    """Where the answer can come later it does; nothing is done or shown before the person is known."""
    grace = town.workspace.add_user("grace")
    guest = town.workspace.add_user("guest", is_restricted=True)
    town.workspace.faults.delay("users.info", timedelta(seconds=1.2), times=2)
    since = len(town.workspace.acks)

    helped, refused = grace.command("/ai4os", "help"), guest.command("/ai4os", "list")
    early = (helped.messages, refused.messages)

    slowest = _slowest(town, since)
    assert slowest[0] < IN_TIME, slowest
    assert early == ((), ())
    assert "What you can type" in helped.wait_for_message().text
    assert "Guests" in refused.wait_for_message().text


def _fill(start: Callable[[], object]) -> None:
    """Start work until no more is taken."""
    with pytest.raises(Busy):
        [start() for _ in range(1000)]


@contextmanager
def _busy(town: Town) -> Iterator[None]:
    """Let every listener be at work, and as many wait as may."""
    release = Event()
    try:
        _fill(lambda: town.bot.listeners.submit(release.wait))
        yield
    finally:
        release.set()


def test_a_full_pool_of_listeners_says_so_at_once(town: Town) -> None:
    """A command is told by its answer, a submission in its form, a click under its message; nothing is done."""
    message = town.deploy()
    view = _form(town.bob, "demo-app --title Kept")
    before = town.bot.listeners.refused
    since = len(town.workspace.acks)
    with _busy(town):
        typed = town.ada.command("/ai4os", "list")
        clicked = town.ada.click(message, "deployment.stop", confirm=True)
        submitted = town.bob.submit()
        searched = town.bob.type_in_select(view, "module", "")
        town.bob.click(view, "deploy.toggle_help")
        told = clicked.wait_for_message()
        window = town.bob.wait_for_modal(lambda shown: "did not work" in shown.title)

    slowest = _slowest(town, since)
    assert slowest[0] < IN_TIME, slowest
    assert all("very busy" in text for text in (typed.text, told.text, str(submitted.errors), window.text))
    assert all("try again in a minute" in text for text in (typed.text, told.text, str(submitted.errors)))
    assert "Nothing was changed" in typed.text
    assert searched == ()
    assert not town.simulated.jobs()[0].stop
    assert town.bot.listeners.refused - before >= 6


def test_in_a_crowd_what_can_wait_is_acknowledged_and_done_later(town: Town) -> None:
    """Only what a listener has to acknowledge itself is turned away before the pool is full."""
    _form(town.bob)
    release = Event()
    for _ in range(THREADS + UNANSWERED):
        town.bot.listeners.submit(release.wait)
    since = len(town.workspace.acks)

    listed, submitted = town.ada.command("/ai4os", "list"), town.bob.submit()
    early = listed.messages
    release.set()

    slowest = _slowest(town, since)
    assert slowest[0] < IN_TIME, slowest
    assert early == ()
    assert "very busy" in str(submitted.errors)
    assert "no deployments" in listed.wait_for_message().text


def test_after_a_rush_everything_works_again(town: Town) -> None:
    """The form that could not be submitted is still there, and is submitted."""
    _form(town.ada, "demo-app --title Kept")
    with _busy(town):
        town.ada.submit()

    assert town.ada.submit().accepted
    assert "Kept" in town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.review").text


def test_a_review_that_cannot_be_submitted_in_a_rush_stays_below_the_refusal(town: Town) -> None:
    """There is no field for the words, so they open above it; closing them leads back to Deploy."""
    town.review()
    with _busy(town):
        refused = town.ada.submit()
    assert refused.pushed is not None
    town.ada.close()
    town.ada.submit()
    town.ada.wait_for_message(lambda message: "is running" in message.text)

    assert "very busy" in refused.pushed.text
    assert len(town.simulated.jobs()) == 1


def test_a_background_that_is_full_says_so(town: Town) -> None:
    """What is done outside the listeners has a limit, too."""
    release = Event()

    def work() -> None:
        release.wait()

    _fill(lambda: town.bot.background.start(work))

    told = town.ada.command("/ai4os", "list").wait_for_message()
    release.set()

    assert "Too many requests at once" in told.text
    assert "try again in a minute" in told.text
