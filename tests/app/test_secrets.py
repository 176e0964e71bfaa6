"""Passwords and tokens stand where they must, and nowhere else: looked for in all that is sent, kept, logged, shown."""

import gc
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import app
from bot.domain.base import DraftId
from bot.services.passwords import MemoryPocket
from playground.slack.records import Call
from playground.slack.screen import ShownMessage
from tests.app.town import Town, captured_log
from tests.app.town import town as open_town

PASSWORD = "corr3ct-h0rse-battery"
STORAGE_PASSWORD = "nc-app-passw0rd-9981"
STORAGE = {
    "storage_url": "https://share.example.org/remote.php/dav/files/ada",
    "storage_user": "ada",
    "storage_password": STORAGE_PASSWORD,
}
OURS = ("app", "bot", "handlers", "jobs")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A town, its log and its files."""

    town: Town
    log: io.StringIO
    folder: Path

    @property
    def files(self) -> str:
        """Return the bytes of everything that the bot has written to its folder, as text."""
        return "".join(path.read_bytes().decode("latin-1") for path in sorted(self.folder.iterdir()))

    @property
    def variable(self) -> dict[str, str]:
        """Return what the Variable of the one job holds, empty if there is none."""
        (job,) = self.town.simulated.jobs()
        return dict(self.town.simulated.variable_items(f"nomad/jobs/{job.id}", job.namespace) or {})

    def found_in(self, *texts: object) -> set[str]:
        """Return which secrets, of the person and of the bot, stand in the texts."""
        workspace = self.town.workspace
        tokens = (workspace.bot_token, workspace.app_token, workspace.signing_secret)
        return {secret for secret in (PASSWORD, STORAGE_PASSWORD, *tokens) for text in texts if secret in str(text)}

    def showing(self) -> set[str]:
        """Return the types of ours of which an object is alive whose repr shows a secret, in a log or in an error."""
        ours = [each for each in gc.get_objects() if str(type(each).__module__).split(".")[0] in OURS]
        return {type(each).__qualname__ for each in ours if self.found_in(repr(each))}

    def fill_in(self) -> None:
        """Fill in the form with a password and a Nextcloud storage, and go on to the review."""
        ada = self.town.ada
        ada.command("/ai4os", 'deploy demo-app --service jupyter --title "Mine"')
        view = ada.wait_for_modal(lambda each: each.has("password"))
        ada.fill(view, {"password": PASSWORD})
        ada.click(view, "deploy.toggle_storage")
        view = ada.wait_for_modal(lambda each: each.has("storage_password"))
        ada.fill(view, STORAGE)
        assert ada.submit().accepted
        ada.wait_for_modal(lambda each: each.callback_id == "deploy.review")

    def deploy(self) -> ShownMessage:
        """Press Deploy in the review, and wait until it runs."""
        self.town.ada.submit()
        self.town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.submitted")
        self.town.ada.close()
        return self.town.ada.wait_for_message(lambda message: "is running" in message.text)

    def show_password(self, message: ShownMessage) -> str:
        """Ask for the password and return what the modal says."""
        self.town.ada.click(message, "deployment.password")
        shown = self.town.ada.wait_for_modal(lambda view: "fetched" not in view.text)
        self.town.ada.close()
        return shown.text

    def stop(self, message: ShownMessage) -> None:
        """Stop the deployment by its button."""
        self.town.ada.click(message, "deployment.stop", confirm=True)
        self.town.ada.wait_for_message(lambda each: "is stopped" in each.text)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was left behind by one deployment from its form to its end."""

    case: Case
    variable: dict[str, str]
    password_modal: str
    files: tuple[str, ...]
    showing: set[str]


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """Give a town with everything that is logged in it, from debug level on."""
    with captured_log() as log, open_town(tmp_path) as town:
        yield Case(town=town, log=log, folder=tmp_path)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Give a deployment that has come and gone, with a typed password and a storage, and all it has left behind."""
    folder = tmp_path_factory.mktemp("story")
    with captured_log() as log, open_town(folder) as town:
        case = Case(town=town, log=log, folder=folder)
        case.fill_in()
        reviewed, while_open = case.files, case.showing()
        message = case.deploy()
        running, variable = case.files, case.variable
        password_modal = case.show_password(message)
        case.stop(message)
        town.simulated.wait_for(lambda: not case.variable)
        yield Story(
            case=case,
            variable=variable,
            password_modal=password_modal,
            files=(reviewed, running, case.files),
            showing=while_open | case.showing(),
        )


def _is_password_view(call: Call) -> bool:
    view: Any = call.arguments.get("view") or {}
    body = json.loads(view) if isinstance(view, str) else view
    return call.method == "views.update" and body["callback_id"] == "deployment.password"


def test_what_was_typed_stands_in_the_variable_and_in_the_modal_on_demand(story: Story) -> None:
    """The job's own tasks read them from the Variable; the owner reads the one of the IDE, when asking for it."""
    assert PASSWORD in story.variable.values()
    assert STORAGE_PASSWORD in str(story.variable)
    assert PASSWORD in story.password_modal
    assert STORAGE_PASSWORD not in story.password_modal


def test_the_variable_goes_with_the_job(story: Story) -> None:
    """After the end nobody needs the secrets any more."""
    (job,) = story.case.town.simulated.jobs()

    assert job.stop
    assert story.case.variable == {}


def test_no_secret_is_sent_to_slack(story: Story) -> None:
    """Neither in a call's arguments nor in an ack, a view or a message; but for the password that was asked for."""
    calls, ada = story.case.town.workspace.calls, story.case.town.ada
    sent = [call.arguments for call in calls if not _is_password_view(call)]
    acks = [record.answer for record in story.case.town.workspace.acks]
    messages = [(each.text, each.notification, each.blocks, each.metadata) for each in ada.messages()]

    assert story.case.found_in(*sent, *acks, *messages) == set()
    assert len(calls) - len(sent) == 1


def test_no_secret_is_in_the_job_or_in_what_nomad_is_asked(story: Story) -> None:
    """A job can be read by everybody who may list jobs; addresses stand in everybody's access logs."""
    cluster = story.case.town.simulated
    (job,) = cluster.jobs()

    assert story.case.found_in(json.dumps(job.spec), *(f"{call.path}?{call.query}" for call in cluster.calls)) == set()


def test_no_secret_is_in_the_database(story: Story) -> None:
    """Not in its file, not in its write-ahead log: before the submission, after it, and after the end."""
    reviewed, running, ended = story.files

    assert story.case.found_in(reviewed, running, ended) == set()
    assert "Mine" in running


def test_no_secret_is_logged_or_in_a_repr(story: Story) -> None:
    """Whatever is alive while the form is open and afterwards may stand in a log or in an error without harm."""
    settings = app.load(story.case.town.environment, dotenv=None)

    assert story.showing == set()
    assert story.case.found_in(repr(story.case.town.bot), repr(settings), str(settings)) == set()
    assert story.case.found_in(story.case.log.getvalue()) == set()
    assert "handlers" in story.case.log.getvalue()


def test_a_password_in_a_command_goes_nowhere(case: Case) -> None:
    """People try it; the command is no place for secrets, so it is neither taken nor repeated."""
    case.town.ada.command("/ai4os", f"deploy demo-app --service jupyter --password {PASSWORD}")
    case.town.ada.command("/ai4os", f"deploy demo-app --passwort={PASSWORD}")
    case.town.bot.stop()

    arguments = [call.arguments for call in case.town.workspace.calls]
    acks = [record.answer for record in case.town.workspace.acks]
    assert case.found_in(*arguments, *acks, case.log.getvalue(), case.files) == set()


def test_a_refused_job_leaves_no_variable(case: Case) -> None:
    """Nomad does not take it: the secrets that were stored for it are removed, and the person is told."""
    case.fill_in()
    cluster = case.town.simulated
    cluster.faults.error("a quota of the site is used up", path="/v1/jobs", method="POST")

    case.town.ada.submit()

    told = case.town.ada.wait_for_modal(lambda view: "does not take this deployment" in view.text)
    written = {call.path.removeprefix("/v1/var/") for call in cluster.calls if call.method == "PUT"}
    assert "quota" in told.text
    assert cluster.jobs() == ()
    assert [path.startswith("nomad/jobs/") for path in written] == [True]
    assert not any(cluster.variable_items(path, "ai4eosc") for path in written)


def test_closing_the_form_forgets_what_was_typed(case: Case) -> None:
    """Nobody holds the secrets of a form that is gone."""
    case.fill_in()
    draft = DraftId(case.town.ada.modals[0].private_metadata)
    (pocket,) = (each for each in gc.get_objects() if type(each) is MemoryPocket and each.get(draft))

    case.town.ada.dismiss()

    assert pocket.get(draft) is None
