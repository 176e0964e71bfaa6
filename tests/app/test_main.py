"""`python app.py` as a process of its own: started by its environment, ended by signals, killed, started again."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from playground.cluster import SimulatedCluster
from playground.registry import LocalRegistry
from playground.slack.person import Person
from playground.slack.screen import ShownView
from playground.slack.workspace import Workspace
from tests.app.town import environment_of

APP = Path(__file__).parents[2] / "app.py"
PATIENCE = timedelta(seconds=20)
SECONDS_TO_END = 5
TRIES = 50


@dataclass(frozen=True, kw_only=True)
class Site:
    """Everything around the bot: the workspace, the cluster, and the environment that names them."""

    workspace: Workspace
    cluster: SimulatedCluster
    ada: Person
    folder: Path
    environment: dict[str, str]

    @contextmanager
    def process(self, **changed: str) -> Iterator["subprocess.Popen[str]"]:
        """Run the bot; it is killed if it has not ended by then."""
        with started(self.folder, self.environment | changed) as process:
            yield process

    @contextmanager
    def bot(self) -> Iterator["subprocess.Popen[str]"]:
        """Run the bot and wait until Slack can reach it."""
        with self.process() as process:
            self.workspace.wait_for_connections(timeout=PATIENCE)
            yield process

    def form(self, options: str = "demo-app") -> ShownView:
        """Open the form, once the catalogue has been read."""
        for _ in range(TRIES):
            self.ada.command("/ai4os", f"deploy {options}")
            view = self.ada.wait_for_modal()
            if "Docker tag" in view.labels:
                return view
            self.ada.close()
        raise AssertionError(f"no module in the form after {TRIES} tries")


@contextmanager
def started(folder: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Start `python app.py` in an empty folder, with these variables and no others."""
    command = [sys.executable, "-W", "error", str(APP)]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give everything but the bot."""
    with ExitStack() as stack:
        workspace = stack.enter_context(Workspace())
        registry = stack.enter_context(LocalRegistry())
        cluster = stack.enter_context(SimulatedCluster.default(clock=workspace.clock, serve_ports=True))
        yield Site(
            workspace=workspace,
            cluster=cluster,
            ada=workspace.add_user("ada"),
            folder=tmp_path,
            environment=environment_of(
                workspace, registry, nomad=cluster.address, database=tmp_path / "state" / "bot.sqlite3"
            ),
        )


def _end(process: "subprocess.Popen[str]", number: signal.Signals = signal.SIGTERM) -> list[str]:
    """Tell the process to end and return the lines of its log; it has to end in time, without an error."""
    process.send_signal(number)
    out, log = process.communicate(timeout=SECONDS_TO_END)
    assert (process.returncode, out) == (0, ""), log
    return log.splitlines()


def test_it_runs_with_nothing_but_its_environment(site: Site) -> None:
    """It becomes ready, answers, ends when told to, and goes on with the same database the next time.

    Variables of another Slack app in the same environment, which Bolt would read by itself, change nothing.
    """
    site.environment.update(SLACK_CLIENT_ID="1.2", SLACK_CLIENT_SECRET="of-another-app")
    with site.bot() as process:
        answered = site.ada.command("/ai4os", "help").wait_for_message().text
        first = _end(process)
    with site.bot() as process:
        listed = site.ada.command("/ai4os", "list").wait_for_message().text
        second = _end(process, signal.SIGINT)

    assert "What you can type" in answered
    assert "no deployments" in listed
    for log in (first, second):
        events = [json.loads(line) for line in log]
        assert events[-1]["event"] == "stopped"
        assert [event for event in events if event["level"] not in {"info", "debug"}] == []
        assert not any(site.environment[key] in "".join(log) for key in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"))


@pytest.mark.parametrize(
    ("key", "value", "shown", "mend"),
    [
        ("NOMAD_ADDR", "nomad.example.org", "'nomad.example.org'", "http(s)://HOST:PORT"),
        ("SLACK_BOT_TOKEN", "xoxp-of-a-person", "", "begins with xoxb-"),
        ("DATABASE_URL", "mysql://bot:pa55word@db/bot", "", "sqlite:///FILE"),
        ("DATABASE_URL", "sqlite:////proc/nowhere/bot.sqlite3", "/proc/nowhere", "may write to"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path: Path, key: str, value: str, shown: str, mend: str) -> None:
    """The key, the bad value unless it is a secret, and the mend; nothing else is printed, and the status is 1."""
    right = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "DATABASE_URL": f"sqlite:///{tmp_path}/x"}
    with started(tmp_path, right | {key: value}) as process:
        out, told = process.communicate(timeout=PATIENCE.total_seconds())

    assert process.returncode == 1
    assert out == ""
    assert told.count("\n") == 1
    assert told.startswith(f"{key}: ")
    assert shown in told
    assert mend in told
    assert "pa55word" not in told
    assert "xoxp" not in told


def test_a_token_that_slack_refuses_is_one_line(site: Site) -> None:
    """Only Slack can tell that a token is not valid; then the bot ends with one line, too."""
    refused = site.environment["SLACK_APP_TOKEN"] + "-revoked"
    with site.process(SLACK_APP_TOKEN=refused) as process:
        out, log = process.communicate(timeout=PATIENCE.total_seconds())

    told = [line for line in log.splitlines() if not line.startswith("{")]
    assert (process.returncode, out) == (1, "")
    assert len(told) == 1
    assert told[0].startswith("SLACK_APP_TOKEN: Slack answers “invalid_auth”.")
    assert refused not in log


def test_it_ends_when_another_thread_receives_the_signal() -> None:
    """Python's handler runs in the main thread, which such a signal does not wake: it has to look by itself."""
    program = (
        "import signal, threading, app\n"
        "stopping = threading.Event()\n"
        "signal.signal(signal.SIGTERM, lambda *_: stopping.set())\n"
        "threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM)).start()\n"
        "app.wait_for(stopping)\n"
    )

    ended = subprocess.run([sys.executable, "-c", program], cwd=APP.parent, timeout=30, check=False)  # noqa: S603 - our own program

    assert ended.returncode == 0


def test_a_signal_that_interrupts_the_wait_at_its_worst_moment_is_heeded() -> None:
    """The main thread holds the event's lock when the handler runs: one that set the event would wait for ever."""
    program = (
        "import signal, threading, app\n"
        "stopping = threading.Event()\n"
        "app.heed_signals(stopping.set)\n"
        "with stopping._cond:\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "app.wait_for(stopping)\n"
    )

    ended = subprocess.run([sys.executable, "-c", program], cwd=APP.parent, timeout=30, check=False)  # noqa: S603 - our own program

    assert ended.returncode == 0


def test_it_ends_when_told_to_while_slack_is_away(site: Site) -> None:
    """A bot that has never got through to Slack is not stuck."""
    with site.workspace.outage(), site.process() as process:
        assert process.stderr is not None
        waiting = next(line for line in process.stderr if "Slack does not answer yet" in line)
        log = _end(process)

    assert waiting
    assert "ready" not in "".join(log)


def _job_is_there(site: Site) -> None:
    site.cluster.wait_for(lambda: bool(site.cluster.jobs()))


def _message_is_there(site: Site) -> None:
    site.workspace.wait_for(lambda: bool(site.workspace.calls_of("chat.postMessage")))


def _secrets_are_there(site: Site) -> None:
    site.cluster.wait_for(lambda: any(call.method == "PUT" and "/v1/var/" in call.path for call in site.cluster.calls))


def _lose_posts(site: Site) -> None:
    site.workspace.faults.drop_before("chat.postMessage", times=1000)


def _lose_the_answer_to_the_post(site: Site) -> None:
    site.workspace.faults.drop_after("chat.postMessage")


def _delay_the_job(site: Site) -> None:
    site.cluster.faults.slow(timedelta(seconds=0.5), path="/v1/jobs", method="POST")


@pytest.mark.parametrize(
    ("trouble", "moment"),
    [
        (_delay_the_job, _secrets_are_there),
        (_lose_posts, _job_is_there),
        (_lose_the_answer_to_the_post, _message_is_there),
    ],
    ids=["before the job", "after the job, before the message", "after the message"],
)
def test_a_kill_in_the_middle_of_a_submission_loses_and_doubles_nothing(
    site: Site, trouble: Callable[[Site], None], moment: Callable[[Site], None]
) -> None:
    """After the next start there is exactly one job, and one message that says that it runs."""
    with site.bot() as process:
        site.form('demo-app --service jupyter --title "Mine"')
        site.ada.submit()
        site.ada.wait_for_modal(lambda view: view.callback_id == "deploy.review")
        trouble(site)
        site.ada.submit()
        moment(site)
        process.kill()
        process.wait()
    site.ada.dismiss()
    site.workspace.faults.clear()

    with site.bot() as process:
        site.ada.wait_for_message(lambda message: "is running" in message.text, timeout=PATIENCE)
        _end(process)

    assert len(site.cluster.jobs()) == 1
    assert len([message for message in site.ada.messages() if "Mine" in message.text]) == 1
