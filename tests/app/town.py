"""A whole town: local workspace, cluster, registry and the real bot, connected the real way."""

import io
import json
import logging
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

import app
from bot import logs
from bot.domain.base import SlackUserId
from handlers.socket_mode import LINES
from playground.clock import Clock
from playground.cluster import SimulatedCluster
from playground.registry import LocalRegistry
from playground.slack.person import Person
from playground.slack.plant import DeliveryMode
from playground.slack.screen import ShownMessage, ShownView
from playground.slack.workspace import Workspace

CATALOGUE = Path(__file__).parents[2] / "playground" / "catalogue"


@dataclass(kw_only=True)
class Town:
    """What a test of the whole application holds in its hands."""

    workspace: Workspace
    cluster: SimulatedCluster | None
    registry: LocalRegistry
    bot: app.Bot
    ada: Person
    bob: Person
    environment: dict[str, str]

    @property
    def simulated(self) -> SimulatedCluster:
        """Return the simulated cluster of a town that has one."""
        assert self.cluster is not None
        return self.cluster

    def deploy(self, person: Person | None = None, options: str = "demo-app") -> ShownMessage:
        """Let somebody deploy through the form, and return the direct message once it says that it runs."""
        who = person or self.ada
        before = {message.ts for message in who.messages()}
        self.submit(who, options)
        return who.wait_for_message(lambda message: message.ts not in before and "is running" in message.text)

    def submit(self, person: Person | None = None, options: str = "demo-app") -> None:
        """Let somebody fill in the form by a command, and submit it and its review."""
        who = person or self.ada
        self.review(who, options)
        assert who.submit().accepted
        who.wait_for_modal(lambda view: view.callback_id == "deploy.submitted")
        who.close()

    def review(self, person: Person | None = None, options: str = "demo-app") -> ShownView:
        """Let somebody fill in the form by a command and go on to the review."""
        who = person or self.ada
        who.command("/ai4os", f"deploy {options}")
        who.wait_for_modal(lambda view: view.callback_id == "deploy.form")
        result = who.submit()
        assert result.accepted, result.errors
        return who.wait_for_modal(lambda view: view.callback_id not in {"deploy.form", "deploy.checking"})

    def restart(self) -> None:
        """Stop the bot and start a new one on the same database."""
        self.bot.stop()
        self.bot = start(self.environment, clock=self.workspace.clock)
        self.introduce(self.ada, self.bob)

    def introduce(self, *people: Person) -> None:
        """Make people known to the bot, as if they had used it a moment ago: it answers strangers after the ack."""
        for person in people:
            self.bot.directory.person(SlackUserId(person.id))


def environment_of(
    workspace: Workspace, registry: LocalRegistry, *, nomad: str, database: Path, **more: str
) -> dict[str, str]:
    """Return the environment in which `python app.py` would run against these."""
    return {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": workspace.api_url,
        "NOMAD_ADDR": nomad,
        "DATABASE_URL": f"sqlite:///{database}",
        "AI4OS_BOT_CATALOG": str(CATALOGUE),
        "AI4OS_BOT_IMAGE_REGISTRY": registry.address,
        "AI4OS_BOT_FOLLOW_SECONDS": "0.2",
        "AI4OS_BOT_MEMBERS": "everyone",
        **more,
    }


def over_http() -> dict[str, str]:
    """Return the settings of a bot that Slack reaches by HTTP, on a port that is free right now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return {"AI4OS_BOT_TRANSPORT": "http", "AI4OS_BOT_HTTP_PORT": str(port)}


def start(environment: Mapping[str, str], *, clock: Clock) -> app.Bot:
    """Build a bot from an environment and start it; its time is the workspace's, which tests can move forward."""
    bot = app.build(app.load(environment, dotenv=None), clock=clock.now)
    bot.start()
    bot.catalog.refresh()
    bot.cluster.refresh_nodes()
    return bot


@contextmanager
def captured_log(environment: Mapping[str, str] | None = None) -> Iterator[io.StringIO]:
    """Take everything that is logged in this process into a stream, as JSON lines from debug level on.

    With the environment of a bot its tokens are redacted, as `python app.py` does it.
    """
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    secrets = app.load(environment, dotenv=None).secrets if environment else ()
    stream = io.StringIO()
    logs.set_up(level=logs.LogLevel.DEBUG, log_format=logs.LogFormat.JSON, secrets=secrets, stream=stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        logging.captureWarnings(capture=False)
        root.setLevel(level)
        root.handlers[:] = handlers


def surprises(log: io.StringIO) -> list[dict[str, Any]]:
    """Return what stands in a log that must not: tracebacks, and what the bot itself calls an error."""
    events = [json.loads(line) for line in log.getvalue().splitlines()]
    own = ("app", "bot", "handlers", "jobs")
    return [
        event
        for event in events
        if "exception" in event
        or (event["level"] in {"error", "critical"} and str(event["logger"]).split(".")[0] in own)
    ]


@contextmanager
def town(
    folder: Path, *, nomad: str = "", delivery: DeliveryMode = "socket", rate_limits: bool = True, **more: str
) -> Iterator[Town]:
    """Open a town on a simulated cluster, or on the Nomad at an address; `more` is added to the bot's environment."""
    with ExitStack() as stack:
        workspace = stack.enter_context(Workspace(delivery=delivery, rate_limits=rate_limits))
        registry = stack.enter_context(LocalRegistry())
        cluster = (
            None if nomad else stack.enter_context(SimulatedCluster.default(clock=workspace.clock, serve_ports=True))
        )
        ada = workspace.add_user("ada", email="ada@example.org")
        bob = workspace.add_user("bob", email="bob@example.org")
        address = nomad or (cluster.address if cluster else "")
        given = (over_http() if delivery == "http" else {}) | more
        environment = environment_of(workspace, registry, nomad=address, database=folder / "bot.sqlite3", **given)
        found = Town(
            workspace=workspace,
            cluster=cluster,
            registry=registry,
            bot=start(environment, clock=workspace.clock),
            ada=ada,
            bob=bob,
            environment=environment,
        )
        stack.callback(lambda: found.bot.stop())  # noqa: PLW0108 - whichever bot it is by then
        found.introduce(ada, bob)
        if delivery == "socket":
            workspace.wait_for_connections(LINES)
        else:
            workspace.set_request_url(f"http://127.0.0.1:{environment['AI4OS_BOT_HTTP_PORT']}/slack/events")
        yield found
