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
TYPED = (PASSWORD, STORAGE_PASSWORD)
OURS = ("app", "bot", "handlers", "jobs")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A town, its log and its files."""

    town: Town
    log: io.StringIO
    folder: Path

    @property
    def tokens(self) -> tuple[str, ...]:
        """Return the bot's own secrets."""
        workspace = self.town.workspace
        return workspace.bot_token, workspace.app_token, workspace.signing_secret

    @property
    def variable(self) -> dict[str, str]:
        """Return what the Variable of the one job holds, empty if there is none."""
        (job,) = self.town.simulated.jobs()
        return dict(self.town.simulated.variable_items(f"nomad/jobs/{job.id}", job.namespace) or {})

    def found_in(self, *texts: object) -> set[str]:
        """Return which secrets stand in the texts."""
        return {secret for secret in (*TYPED, *self.tokens) for text in texts if secret in str(text)}


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """Give a town with everything that is logged in it, from debug level on."""
    with captured_log() as log, open_town(tmp_path) as town:
        yield Case(town=town, log=log, folder=tmp_path)


def _fill_in(case: Case) -> None:
    """Fill in the form with a password and a Nextcloud storage, and go on to the review."""
    ada = case.town.ada
    ada.command("/ai4os", 'deploy demo-app --service jupyter --title "Mine"')
    view = ada.wait_for_modal(lambda each: each.has("password"))
    ada.fill(view, {"password": PASSWORD})
    ada.click(view, "deploy.toggle_storage")
    view = ada.wait_for_modal(lambda each: each.has("storage_password"))
    ada.fill(view, STORAGE)
    assert ada.submit().accepted
    ada.wait_for_modal(lambda each: each.callback_id == "deploy.review")


def _deploy(case: Case) -> ShownMessage:
    _fill_in(case)
    case.town.ada.submit()
    case.town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.submitted")
    case.town.ada.close()
    return case.town.ada.wait_for_message(lambda message: "is running" in message.text)


def _show_password(case: Case, message: ShownMessage) -> str:
    case.town.ada.click(message, "deployment.password")
    shown = case.town.ada.wait_for_modal(lambda view: "fetched" not in view.text)
    case.town.ada.close()
    return shown.text


def _stop(case: Case, message: ShownMessage) -> None:
    case.town.ada.click(message, "deployment.stop", confirm=True)
    case.town.ada.wait_for_message(lambda each: "is stopped" in each.text)


def _sent(case: Case) -> list[Call]:
    """Return the calls of the bot that were about anything else than the password asked for."""
    return [call for call in case.town.workspace.calls if not _is_password_view(call)]


def _is_password_view(call: Call) -> bool:
    view: Any = call.arguments.get("view") or {}
    body = json.loads(view) if isinstance(view, str) else view
    return call.method == "views.update" and body["callback_id"] == "deployment.password"


def _showing(case: Case) -> set[str]:
    """Return the types of ours of which an object is alive whose repr shows a secret, in a log or in an error."""
    ours = [each for each in gc.get_objects() if str(type(each).__module__).split(".")[0] in OURS]
    return {type(each).__qualname__ for each in ours if case.found_in(repr(each))}


def test_what_was_typed_stands_in_the_variable_and_in_the_modal_on_demand(case: Case) -> None:
    """The job's own tasks read them from the Variable; the owner reads the one of the IDE, when asking for it."""
    message = _deploy(case)

    shown = _show_password(case, message)

    assert PASSWORD in case.variable.values()
    assert STORAGE_PASSWORD in str(case.variable)
    assert PASSWORD in shown
    assert STORAGE_PASSWORD not in shown


def test_no_secret_is_sent_to_slack(case: Case) -> None:
    """Neither in a call's arguments nor in an ack, a view or a message; but for the password that was asked for."""
    message = _deploy(case)
    _show_password(case, message)
    _stop(case, message)

    acks = [record.answer for record in case.town.workspace.acks]
    messages = [(each.text, each.notification, each.blocks, each.metadata) for each in case.town.ada.messages()]

    assert case.found_in(*(call.arguments for call in _sent(case)), *acks, *messages) == set()
    assert len(case.town.workspace.calls) - len(_sent(case)) == 1


def test_no_secret_is_in_the_job_or_in_what_nomad_is_asked(case: Case) -> None:
    """A job can be read by everybody who may list jobs; addresses stand in everybody's access logs."""
    _deploy(case)

    (job,) = case.town.simulated.jobs()
    asked = [f"{call.path}?{call.query}" for call in case.town.simulated.calls]

    assert case.found_in(json.dumps(job.spec), *asked) == set()


def test_no_secret_is_in_the_database(case: Case) -> None:
    """Not in its file, not in its write-ahead log: before the submission, after it, and after the end."""
    _fill_in(case)
    reviewed = _files(case)
    case.town.ada.submit()
    message = case.town.ada.wait_for_message(lambda each: "is running" in each.text)
    case.town.ada.close()
    running = _files(case)
    _stop(case, message)
    case.town.bot.stop()

    assert case.found_in(reviewed, running, _files(case)) == set()
    assert "Mine" in running


def _files(case: Case) -> str:
    """Return the bytes of everything that the bot has written to its folder, as text."""
    return "".join(path.read_bytes().decode("latin-1") for path in sorted(case.folder.iterdir()))


def test_no_secret_is_logged_or_in_a_repr(case: Case) -> None:
    """Whatever is alive while the form is open, while it is submitted and afterwards may be shown without harm."""
    _fill_in(case)
    while_open = _showing(case)
    case.town.ada.submit()
    message = case.town.ada.wait_for_message(lambda each: "is running" in each.text)
    case.town.ada.close()
    _show_password(case, message)
    settings = app.load(case.town.environment, dotenv=None)

    assert while_open | _showing(case) == set()
    assert case.found_in(repr(case.town.bot), repr(settings), str(settings)) == set()
    assert case.found_in(case.log.getvalue()) == set()
    assert "handlers" in case.log.getvalue()


def test_a_password_in_a_command_goes_nowhere(case: Case) -> None:
    """People try it; the command is no place for secrets, so it is neither taken nor repeated."""
    ada = case.town.ada
    for text in (f"deploy demo-app --service jupyter --password {PASSWORD}", f"deploy demo-app --passwort={PASSWORD}"):
        ada.command("/ai4os", text)
    case.town.bot.stop()

    arguments = [call.arguments for call in case.town.workspace.calls]
    acks = [record.answer for record in case.town.workspace.acks]
    assert case.found_in(*arguments, *acks, case.log.getvalue(), _files(case)) == set()


def test_the_variable_goes_with_the_job(case: Case) -> None:
    """After the end nobody needs the secrets any more."""
    message = _deploy(case)
    assert case.variable

    _stop(case, message)

    case.town.simulated.wait_for(lambda: not case.variable)


def test_a_refused_job_leaves_no_variable(case: Case) -> None:
    """Nomad does not take it: the secrets that were stored for it are removed, and the person is told."""
    _fill_in(case)
    case.town.simulated.faults.error("a quota of the site is used up", path="/v1/jobs", method="POST")

    case.town.ada.submit()

    told = case.town.ada.wait_for_modal(lambda view: "does not take this deployment" in view.text)
    written = [call.path for call in case.town.simulated.calls if "/v1/var/" in call.path and call.method == "PUT"]
    assert "quota" in told.text
    assert written
    assert case.town.simulated.jobs() == ()
    namespaces = ("ai4eosc", "imagine", "tutorials", "default")
    paths = {path.removeprefix("/v1/var/") for path in written}
    assert not any(case.town.simulated.variable_items(path, each) for path in paths for each in namespaces)


def test_closing_the_form_forgets_what_was_typed(case: Case) -> None:
    """Nobody holds the secrets of a form that is gone."""
    _fill_in(case)
    draft = DraftId(case.town.ada.modals[0].private_metadata)
    (pocket,) = (each for each in gc.get_objects() if type(each) is MemoryPocket and each.get(draft))

    case.town.ada.dismiss()

    assert pocket.get(draft) is None
