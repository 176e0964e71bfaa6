"""What a person meets while Nomad is ill, and that nothing is lost, doubled or left behind: through the whole app."""

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from playground.cluster.faults import Faults
from playground.slack.screen import Refused
from tests.agent.agent import wait_until
from tests.app.town import Town, captured_log
from tests.app.town import town as open_town

PATIENCE_SECONDS = 1
HANGING = timedelta(seconds=30)
PROMPTLY = timedelta(seconds=10)
REFERENCE = re.compile(r"Reference for support: ([0-9a-f]{8})")
ALWAYS = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ill:
    """A kind of trouble: how it is made for some calls, and what a person is told."""

    make: Callable[..., None]
    told: str
    hint: str = "try again|tell the operators"


def _error(status: int, text: str) -> Callable[..., None]:
    def make(faults: Faults, **where: object) -> None:
        faults.error(text, status=status, **where)  # type: ignore[arg-type]  # a test's keywords

    return make


def _rubbish(body: bytes) -> Callable[..., None]:
    def make(faults: Faults, **where: object) -> None:
        faults.rubbish(body, **where)  # type: ignore[arg-type]  # a test's keywords

    return make


NOT_NOMAD = "does not speak Nomad's language"
ILL = {
    "broken": Ill(make=Faults.unreachable, told="connection to Nomad broke"),
    "html": Ill(make=_rubbish(b"<html><h1>Welcome</h1>"), told=NOT_NOMAD),
    "truncated": Ill(make=_rubbish(b'[{"ID": "x", "Name": "mod'), told=NOT_NOMAD),
    "wrong type": Ill(make=_rubbish(b'{"ID": 7}'), told=NOT_NOMAD),
    "odd entries": Ill(make=_rubbish(b'[{"ID": 7, "Stop": "no"}]'), told=NOT_NOMAD),
    "empty": Ill(make=_rubbish(b""), told=NOT_NOMAD),
    "null": Ill(make=_rubbish(b"null"), told=NOT_NOMAD),
    "403": Ill(make=_error(403, "Permission denied"), told="does not allow the bot", hint="tell the operators"),
    "429": Ill(make=Faults.too_many, told="too many connections"),
    "500": Ill(make=_error(500, "rpc error: EOF"), told="reports an error"),
    "502": Ill(make=_error(502, "<html>Bad Gateway"), told="not available behind its gateway"),
    "503": Ill(make=_error(503, "no healthy upstream"), told="not available behind its gateway"),
    "leaderless": Ill(make=Faults.leaderless, told="has no leader"),
}
SOME = ["broken", "wrong type", "403", "429", "leaderless"]
"""One of each sort, where all would take too long."""
MOST = [*SOME, "html", "500", "503"]
CERTAIN = frozenset({"403", "429"})
"""After these a write surely took no effect; after all others it may have."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, io.StringIO]]:
    """Give a town in which Ada has one deployment with an editor, for tests that only look; and its log."""
    folder = tmp_path_factory.mktemp("town")
    with captured_log() as log, open_town(folder, NOMAD_TIMEOUT_SECONDS=str(PATIENCE_SECONDS)) as town:
        town.deploy(options='demo-app --service jupyter --title "Mine"')
        yield town, log


@pytest.fixture
def ill(shared: tuple[Town, io.StringIO]) -> Iterator[Town]:
    """Give that town, well again at the end."""
    town, _ = shared
    yield town
    town.simulated.faults.clear()
    with suppress(Refused):
        town.ada.dismiss()


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Town]:
    """Give a town of its own whose bot waits only a second for Nomad."""
    with open_town(tmp_path, NOMAD_TIMEOUT_SECONDS=str(PATIENCE_SECONDS)) as town:
        yield town
        town.simulated.faults.clear()


def _list(town: Town) -> str:
    return town.ada.command("/ai4os", "list").wait_for_message().text


def _in_modal(town: Town, callback: str) -> str:
    view = town.ada.wait_for_modal(lambda each: "One moment" not in each.text and "fetched" not in each.text)
    town.ada.close()
    assert callback in view.callback_id or "did not work" in view.text
    return view.text


def _access(town: Town) -> str:
    town.ada.command("/ai4os", "access Mine")
    return _in_modal(town, "deployment.access")


def _info(town: Town) -> str:
    town.ada.command("/ai4os", "info Mine")
    return _in_modal(town, "deployment.details")


def _password(town: Town) -> str:
    town.ada.click(town.ada.messages()[0], "deployment.password")
    return _in_modal(town, "deployment.password")


def _stop(town: Town) -> str:
    answered = town.ada.click(town.ada.messages()[0], "deployment.stop", confirm=True)
    return answered.wait_for_message().text


def _logged(log: io.StringIO) -> set[str]:
    return {str(json.loads(line).get("reference", "")) for line in log.getvalue().splitlines()}


LOOKING = {"list": _list, "access": _access, "info": _info, "password": _password}


# Looking while Nomad is ill.


@pytest.mark.parametrize(
    ("action", "name"), [("list", name) for name in ILL] + list(product(("access", "info", "password"), SOME))
)
def test_looking_says_what_is_wrong_and_works_again(
    shared: tuple[Town, io.StringIO], ill: Town, action: str, name: str
) -> None:
    """What happened, that nothing changed, what to do, a reference that the log has; afterwards all is as before."""
    ill.simulated.faults.clear()
    ILL[name].make(ill.simulated.faults, times=ALWAYS)

    text = LOOKING[action](ill)

    assert ILL[name].told in text
    assert "Nothing was changed." in text
    assert re.search(ILL[name].hint, text)
    [reference] = REFERENCE.findall(text)
    assert reference in _logged(shared[1])
    ill.simulated.faults.clear()
    assert "Your deployments" in _list(ill)


# Deploying while Nomad is ill.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of one submission: what the person read, its job and what secrets are left on the cluster."""

    told: str
    jobs: tuple[str, ...]
    secrets: tuple[str, ...]


def _deploy(town: Town, title: str, **where: object) -> str:
    """Submit a deployment with a password; return what the person reads while Nomad is ill."""
    view = town.review(options=f'demo-app --service jupyter --title "{title}"')
    assert view.callback_id == "deploy.review"
    ILL[str(where.pop("kind"))].make(town.simulated.faults, **where)
    town.ada.submit()
    answered = town.ada.wait_for_modal(lambda each: each.callback_id in {"deploy.refused", "deploy.submitted"})
    town.ada.close()
    if answered.callback_id == "deploy.refused":
        town.ada.close()
    return answered.text


def _settle(town: Town) -> None:
    """Let the bot settle what is open, as it does every ten seconds."""
    town.simulated.faults.clear()
    next(job for job in town.bot.scheduler.jobs if job.name == "settle what is open").run()


def _jobs(town: Town, title: str) -> list[str]:
    return [job.id for job in town.simulated.jobs() if job.spec["Meta"].get("title") == title]


def _secrets(town: Town) -> set[str]:
    return {path.removeprefix("nomad/jobs/") for path in town.simulated.variable_paths("ai4eosc")}


@pytest.mark.parametrize("kind", MOST)
def test_a_password_that_cannot_be_written_means_that_nothing_is_started(ill: Town, kind: str) -> None:
    """Nothing is registered, no secret is left, the person is told so, and the next try works."""
    title = f"No password {kind}"
    before = _secrets(ill)

    told = _deploy(ill, title, kind=kind, path="/v1/var/", method="PUT", times=ALWAYS)

    _settle(ill)
    assert "Nothing was started." in told
    assert REFERENCE.search(told)
    assert (_jobs(ill, title), _secrets(ill)) == ([], before)


@pytest.mark.parametrize("kind", ILL)
def test_a_registration_that_fails_ends_as_one_job_or_none(ill: Town, kind: str) -> None:
    """Where it may have been taken the bot goes on with it and says so; else there is no job and no secret."""
    title = f"Registered {kind}"
    before = _secrets(ill)

    told = _deploy(ill, title, kind=kind, path="/v1/jobs$", method="POST", times=ALWAYS)

    at_once = _jobs(ill, title)
    _settle(ill)
    jobs = _jobs(ill, title)
    assert at_once == []
    assert len(jobs) == (kind not in CERTAIN)
    assert ("do not submit it again" in told) is (kind not in CERTAIN)
    assert _secrets(ill) == before | set(jobs)


def test_a_registration_whose_answer_is_lost_is_found(ill: Town) -> None:
    """Nomad took the job, the answer broke: the person reads that it is submitted, and there is one job."""
    told = _deploy(ill, "Lost answer", kind="broken", path="/v1/jobs$", method="POST", after=True)

    assert "is submitted" in told
    assert len(_jobs(ill, "Lost answer")) == 1


def test_a_secret_that_cannot_be_deleted_at_once_is_deleted_later(ill: Town) -> None:
    """Registration refused and Variable stuck: it goes as soon as Nomad lets it."""
    before = _secrets(ill)
    ill.simulated.faults.forbidden(path="/v1/var/", method="DELETE", times=ALWAYS)

    told = _deploy(ill, "Stuck", kind="403", path="/v1/jobs$", method="POST", times=ALWAYS)
    stuck = _secrets(ill) - before
    _settle(ill)

    assert "may not deploy" in told
    assert (len(stuck), _jobs(ill, "Stuck"), _secrets(ill)) == (1, [], before)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 error occurred:\\n\\t* Task main validation failed: cpu must be positive", "cpu must be positive"),
        ("rpc error: namespace quota exceeded", "quota exceeded"),
        ('nonexistent namespace "ai4eosc"', "has no namespace"),
        ('Task "main" uses driver "docker" which is not allowed in namespace', "driver"),
        ("group requests more memory than the limit of 4096 MB", "memory"),
    ],
)
def test_a_job_that_nomad_refuses_is_told_with_its_words_and_leaves_nothing(ill: Town, text: str, told: str) -> None:
    """Nomad's reason stands in the answer; no job, no secret, and nothing to try again by itself."""
    before = _secrets(ill)
    view = ill.review(options='demo-app --service jupyter --title "Refused"')
    ill.simulated.faults.error(text, path="/v1/jobs$", method="POST", times=ALWAYS)
    ill.ada.submit()
    answered = ill.ada.wait_for_modal(lambda each: each.callback_id == "deploy.refused")
    ill.ada.close()
    ill.ada.close()
    _settle(ill)

    assert view.callback_id == "deploy.review"
    assert told in answered.text
    assert "Nothing was changed." in answered.text
    assert (_jobs(ill, "Refused"), _secrets(ill)) == ([], before)


@pytest.mark.parametrize("kind", SOME)
def test_a_plan_that_fails_is_unknown_and_never_refuses(ill: Town, kind: str) -> None:
    """The review lets the person deploy though nobody can say what will happen, unless the right is missing."""
    ILL[kind].make(ill.simulated.faults, path="/plan$", times=ALWAYS)

    view = ill.review(options='demo-app --title "Planned"')

    assert (view.submit_label is None) is (kind == "403")


# Stopping while Nomad is ill.


@pytest.mark.parametrize("kind", SOME)
def test_a_stop_that_fails_is_noted_and_carried_out(ill: Town, kind: str) -> None:
    """The person reads that it will be done, and it is: once, by the bot itself."""
    title = f"Stopped {kind}"
    message = ill.deploy(options=f'demo-app --title "{title}"')
    ILL[kind].make(ill.simulated.faults, path="/v1/job/", method="DELETE", times=ALWAYS)

    told = ill.ada.click(message, "deployment.stop", confirm=True).wait_for_message().text

    [job] = _jobs(ill, title)
    assert ILL[kind].told in told
    assert "The stop is noted" in told
    _settle(ill)
    found = ill.simulated.job(job)
    assert found is not None
    assert found.stop


# A Nomad that does not answer at all.


def _seconds(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


def test_a_nomad_that_hangs_keeps_nobody_waiting(impatient: Town) -> None:
    """The first gets an answer when the time is up, the next ones at once; it is well again soon after Nomad is."""
    impatient.deploy(options='demo-app --title "Mine"')
    impatient.simulated.faults.slow(HANGING, times=ALWAYS)

    first = _seconds(lambda: _list(impatient))
    text = _list(impatient)
    at_once = [_seconds(lambda: _list(impatient)) for _ in range(5)]
    impatient.simulated.faults.clear()
    wait_until(lambda: "Mine" in _list(impatient), within=PROMPTLY, what="the list to be told again")

    assert first < 3 * PATIENCE_SECONDS
    assert "Nomad does not answer at the moment." in text or "did not answer in time" in text
    assert "Nothing was changed." in text
    assert min(at_once) < PATIENCE_SECONDS / 2


def test_a_submission_into_a_hanging_nomad_is_told_in_time_and_ends_as_one_job(impatient: Town) -> None:
    """The person reads that it is not known yet and will be told; there is one job, and one message."""
    impatient.review(options='demo-app --service jupyter --title "Hangs"')
    impatient.simulated.faults.slow(HANGING, path="/v1/jobs$", method="POST")

    waited = _seconds(
        lambda: (
            impatient.ada.submit(),
            impatient.ada.wait_for_modal(lambda each: each.callback_id == "deploy.refused", timeout=PROMPTLY),
        )
    )
    told = impatient.ada.wait_for_modal(lambda each: each.callback_id == "deploy.refused").text
    impatient.ada.dismiss()
    wait_until(impatient.bot.cluster.is_reachable, within=PROMPTLY, what="Nomad to be asked again")
    _settle(impatient)
    impatient.ada.wait_for_message(lambda each: "is running" in each.text, timeout=PROMPTLY)

    assert waited < PROMPTLY.total_seconds()
    assert "Not known yet" in told
    assert "do not submit it again" in told
    [job] = _jobs(impatient, "Hangs")
    assert _secrets(impatient) == {job}
    assert len(impatient.workspace.calls_of("chat.postMessage")) == 1


def test_what_needs_no_nomad_goes_on_while_it_hangs(impatient: Town) -> None:
    """While lists of many hang, the form opens and help is shown at once."""
    impatient.simulated.faults.slow(HANGING, times=ALWAYS)
    for _ in range(8):
        impatient.bob.command("/ai4os", "list")

    def look() -> None:
        impatient.ada.command("/ai4os", "help").wait_for_message()
        impatient.ada.command("/ai4os", "deploy demo-app")
        impatient.ada.wait_for_modal(lambda each: each.callback_id == "deploy.form")

    assert _seconds(look) < 3
    impatient.ada.dismiss()


def test_a_nomad_that_restarts_between_two_steps_of_a_submission_is_gone_on_with(impatient: Town) -> None:
    """The Variable is written, then no leader, then nobody: what was begun is finished once Nomad is back."""
    impatient.review(options='demo-app --service jupyter --title "Restart"')
    impatient.simulated.faults.error("No cluster leader", path="/v1/jobs$", method="POST", times=3)
    impatient.ada.submit()
    impatient.ada.wait_for_modal(lambda each: each.callback_id == "deploy.refused", timeout=PROMPTLY)
    impatient.ada.dismiss()

    impatient.simulated.unplug()
    away = _list(impatient)
    impatient.simulated.plug()
    _settle(impatient)
    impatient.ada.wait_for_message(lambda each: "is running" in each.text, timeout=PROMPTLY)

    assert "Nomad cannot be reached." in away
    assert len(_jobs(impatient, "Restart")) == 1


def test_others_are_served_while_one_deployment_makes_trouble(ill: Town) -> None:
    """Where Nomad fails for one deployment only, its owner reads so, and everybody's lists are as ever."""
    [mine] = _jobs(ill, "Mine")
    ill.simulated.faults.error("rpc error: EOF", path=f"/v1/job/{mine}", times=ALWAYS)

    assert "reports an error" in _info(ill)
    assert "Your deployments" in _list(ill)
    assert ill.bob.command("/ai4os", "list").wait_for_message().text
