"""The way to Slack: refreshed, cut, refused for a while or for good. The bot comes back by itself, or says why not."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

import app
from bot.errors import SettingsError
from handlers.socket_mode import LINES
from playground.cluster import SimulatedCluster
from playground.registry import LocalRegistry
from playground.slack.workspace import Workspace
from tests.app.town import Town, captured_log, environment_of, surprises
from tests.app.town import town as open_town

LONG = timedelta(seconds=15)
LONGER_THAN_FRESH = timedelta(minutes=6)
HELP = "What you can type"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Give a town in whose log there is no surprise in the end, whatever its connections have gone through."""
    with captured_log() as log, open_town(tmp_path) as found:
        yield found
    assert surprises(log) == []


@contextmanager
def _unstarted(folder: Path, **more: str) -> Iterator[tuple[Workspace, app.Bot]]:
    """Give a workspace and a bot that has not been started yet; it is stopped in the end."""
    with Workspace() as workspace, LocalRegistry() as registry, SimulatedCluster.default() as cluster:
        database = folder / "bot.sqlite3"
        environment = environment_of(workspace, registry, nomad=cluster.address, database=database)
        bot = app.build(app.load(environment | more, dotenv=None), clock=workspace.clock.now)
        try:
            yield workspace, bot
        finally:
            bot.stop()


def _wait_for_connections(town: Town, asked: int) -> None:
    """Wait until Slack has been asked for that many connections in all, and as many stand as should."""
    town.workspace.wait_for(lambda: len(town.workspace.calls_of("apps.connections.open")) == asked, LONG)
    town.workspace.wait_for(lambda: town.workspace.connections == LINES, LONG)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_command_in_the_middle_of_a_refresh_is_answered(town: Town, reason: str) -> None:
    """Slack moves the bot to another connection every few hours; what was asked over the old one is answered there."""
    town.workspace.faults.delay("users.info", timedelta(seconds=0.5))
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(town.ada.command, "/ai4os", "help")
        town.workspace.wait_for(lambda: len(town.workspace.acks) == 1)
        town.workspace.disconnect(reason)
        asked = asking.result()

    assert asked.error is None
    assert HELP in asked.text


def test_a_refresh_leaves_no_gap(town: Town) -> None:
    """The next connections stand before the old ones end, so nobody notices; the old ones are closed in the end."""
    town.workspace.disconnect("warning")

    replies = [town.ada.command("/ai4os", "help") for _ in range(20)]

    assert [reply.error for reply in replies] == [None] * 20
    town.workspace.wait_for(lambda: len(town.workspace.calls_of("apps.connections.open")) == 2 * LINES)


def test_a_connection_that_ends_without_a_warning_leaves_no_gap(town: Town) -> None:
    """Slack sends to any connection that stands, so the other one answers until there are two again."""
    town.workspace.faults.fail("apps.connections.open", times=2)
    town.workspace.close_sockets(1)
    town.workspace.wait_for(lambda: town.workspace.connections == LINES - 1)

    replies = [town.ada.command("/ai4os", "help") for _ in range(20)]

    assert [reply.error for reply in replies] == [None] * 20
    _wait_for_connections(town, LINES + 3)


def test_many_refreshes_leave_two_connections(town: Town) -> None:
    """Old connections are given up one after the other; Slack allows only ten."""
    for number in range(2, 8):
        town.workspace.disconnect("refresh_requested")
        _wait_for_connections(town, LINES * number)

    assert HELP in town.ada.command("/ai4os", "help").text
    assert town.workspace.connections == LINES


def test_a_cut_connection_is_opened_anew(town: Town) -> None:
    """Without a word, in the middle of following a deployment: commands and message go on."""
    message = town.deploy()
    town.workspace.close_sockets()
    _wait_for_connections(town, 2 * LINES)

    town.ada.click(message, "deployment.stop", confirm=True)

    assert town.ada.wait_for_message(lambda each: "is stopped" in each.text).ts == message.ts


def test_a_press_whose_answer_was_cut_off_deploys_once(town: Town) -> None:
    """Slack shows its red banner at first; then the window says what became of it, and so does the one message."""
    town.review()
    town.workspace.clock.advance(LONGER_THAN_FRESH)
    town.workspace.faults.delay("users.info", timedelta(seconds=0.5))
    town.workspace.faults.fail("apps.connections.open", times=3)
    with ThreadPoolExecutor(1) as pool:
        pressing = pool.submit(town.ada.submit)
        town.workspace.wait_for(lambda: town.workspace.acks[-1].name == "view_submission deploy.review")
        town.workspace.close_sockets()
        pressed = pressing.result()

    assert pressed.banner
    town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.submitted")
    town.ada.wait_for_message(lambda message: "is running" in message.text)
    assert len(town.simulated.jobs()) == 1


def test_a_connection_that_slack_refuses_for_a_while_is_asked_for_again(town: Town) -> None:
    """Broken, then busy for a second, and then it works."""
    faults = town.workspace.faults
    faults.fail("apps.connections.open", 503)
    faults.rate_limit("apps.connections.open", retry_after=1)
    town.workspace.close_sockets()
    _wait_for_connections(town, 2 * LINES + 2)

    assert HELP in town.ada.command("/ai4os", "help").text


def test_an_outage_is_survived(town: Town) -> None:
    """What happened on the cluster meanwhile is told when Slack is back, and commands are answered again."""
    message = town.deploy()
    (job,) = town.simulated.jobs()
    with town.workspace.outage():
        town.simulated.stop(job.id)

    town.workspace.wait_for_connections(timeout=LONG)

    assert town.ada.wait_for_message(lambda each: "is stopped" in each.text, timeout=LONG).ts == message.ts
    assert HELP in town.ada.command("/ai4os", "help").text


def test_a_start_while_slack_is_in_trouble_takes_its_time(tmp_path: Path) -> None:
    """Neither who we are nor a connection is told at once: it is asked for again, and nothing is lost."""
    with _unstarted(tmp_path) as (workspace, bot):
        ada = workspace.add_user("ada")
        workspace.faults.fail("auth.test", 500)
        workspace.faults.rate_limit("apps.connections.open", retry_after=1)

        bot.start()

        assert HELP in ada.command("/ai4os", "help").wait_for_message().text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-a-token-that-was-revoked"),
        ("SLACK_APP_TOKEN", "xapp-1-a-token-that-was-revoked"),
    ],
)
def test_a_token_that_slack_refuses_stops_the_start_by_name(tmp_path: Path, key: str, value: str) -> None:
    """One line that names the key, what Slack says and the mend, and never the token."""
    with _unstarted(tmp_path, **{key: value}) as (_, bot), pytest.raises(SettingsError) as caught:
        bot.start()

    told = f"{caught.value} {caught.value.hint}"
    assert told.startswith(f"{key}: Slack answers “invalid_auth”.")
    assert value not in told
    assert "\n" not in told


def test_a_token_of_another_workspace_stops_the_start_by_name(tmp_path: Path) -> None:
    """Whoever names the workspace gets no bot in another one."""
    with _unstarted(tmp_path, AI4OS_BOT_TEAM_ID="T0ELSEWHERE") as (workspace, bot):
        with pytest.raises(SettingsError) as caught:
            bot.start()

        assert "AI4OS_BOT_TEAM_ID" in str(caught.value)
        assert workspace.team_id in str(caught.value)
