"""Opens what the demo is played on: a local workspace with people, a cluster, an image registry and the real bot."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import yaml

import app
from playground import scene_nomad, scene_people
from playground.clock import Clock
from playground.cluster import SimulatedCluster
from playground.pace import POLICY
from playground.page import Resident
from playground.panel import RealPanel, SimulatedPanel, user_of
from playground.registry import LocalRegistry
from playground.slack.person import Person
from playground.slack.settings import AppSettings
from playground.slack.workspace import Workspace
from playground.time_lapse import TimeLapse

CATALOGUE = Path(__file__).parent / "catalogue"
MANIFEST = Path(__file__).parents[1] / "app.yaml"
IMAGES = ("ai4oshub/demo-app", "ai4oshub/plankton-classifier", "ai4oshub/owl-caller", "ai4oshub/cloud-trainer")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When the story begins: ten o'clock in Madrid, and nothing unusual about the weeks that follow."""
ZONE = "Europe/Madrid"
_NOMAD_KEYS = (
    "NOMAD_TOKEN",
    "NOMAD_TOKEN_FILE",
    "NOMAD_CACERT",
    "NOMAD_CLIENT_CERT",
    "NOMAD_CLIENT_KEY",
    "NOMAD_TLS_SERVER_NAME",
)
_DIRECT = {"addresses": "direct"}
# A Nomad of one's own has services of its own, seldom xfs, and perhaps images that no registry knows.
_REAL_SITE: dict[str, Any] = {
    "service_provider": "nomad",
    "docker": {"force_pull": False, "storage_quota": False},
    "platforms": {"ai4eosc": _DIRECT, "imagine": {"enabled": False}, "tutorials": {"enabled": False}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the demo holds in its hands. `patience` is for what the cluster does.

    On a real Nomad there is no `cluster`, no `panel` to play the world with and no `time` that could be moved; it has a
    `real_panel` to look at.
    """

    workspace: Workspace
    cluster: SimulatedCluster | None
    panel: SimulatedPanel | None
    real_panel: RealPanel | None
    time: TimeLapse | None
    bot: app.Bot
    people: Sequence[Resident]
    place: str
    has_gpus: bool
    patience: timedelta
    log: Path

    @property
    def ada(self) -> Person:
        """Return the person whom the story is about."""
        return self.people[0].person


@contextmanager
def open_stage(folder: Path, environ: Mapping[str, str]) -> Iterator[Stage]:
    """Open everything on free loopback ports, with all files in the folder; of `environ` only NOMAD_* counts.

    Raises scene_nomad.NotPlayable when the Nomad that NOMAD_ADDR names lacks something.
    """
    address = environ.get("NOMAD_ADDR", "").strip()
    with ExitStack() as stack:
        stack.enter_context(_log_into(folder / "bot.log"))
        clock = Clock() if address else Clock(MONDAY)
        workspace = stack.enter_context(Workspace(_app_settings(), clock=clock))
        registry = stack.enter_context(LocalRegistry())
        cluster = None if address else stack.enter_context(_simulated(workspace))
        people = scene_people.move_in(workspace, is_real=cluster is None)
        channel = workspace.add_channel("operators", members=[people[-1].person], is_private=True)
        site = _simulated_site(channel) if cluster else _REAL_SITE
        nomad = {"NOMAD_ADDR": cluster.address} if cluster else _nomad_settings(environ)
        bot = _built(_environment(workspace, registry, folder, nomad, site), workspace)
        stack.callback(bot.stop)
        if cluster is None:
            scene_nomad.check(bot, address)
            for resident in people:
                stack.callback(scene_nomad.sweep, bot, str(resident.person.account.email))
        _start(bot, workspace)
        panel = real_panel = time = None
        if cluster is None:
            real_panel = stack.enter_context(RealPanel.from_environment(environ, who=partial(user_of, workspace)))
        else:
            panel = SimulatedPanel(cluster=cluster, workspace=workspace, images=IMAGES)
            scene_people.settle_down(cluster, panel.behaviours)
            scene_people.go_live(people[-1].person)
            time = stack.enter_context(_time(workspace, cluster, panel, bot))
        yield Stage(
            workspace=workspace,
            cluster=cluster,
            panel=panel,
            real_panel=real_panel,
            time=time,
            bot=bot,
            people=people,
            place=f"the Nomad at {address}" if address else "a simulated cluster",
            has_gpus=cluster is not None or scene_nomad.has_gpus(bot),
            patience=timedelta(seconds=10 if cluster else 180),
            log=folder / "bot.log",
        )


def _app_settings() -> AppSettings:
    """Return what Slack knows of the real app: its commands, scopes and tabs."""
    return AppSettings.from_manifest(yaml.safe_load(MANIFEST.read_text(encoding="utf-8")))


def _time(workspace: Workspace, cluster: SimulatedCluster, panel: SimulatedPanel, bot: app.Bot) -> TimeLapse:
    return TimeLapse(
        clock=workspace.clock,
        state=workspace.state,
        scheduler=bot.scheduler,
        zone=ZONE,
        settle=cluster.settle,
        attend=panel.behaviours.attend,
    )


def _simulated(workspace: Workspace) -> SimulatedCluster:
    return SimulatedCluster.default(clock=workspace.clock, serve_ports=True)


def _simulated_site(channel: str) -> dict[str, Any]:
    """Return the bot's settings on the simulated cluster: Grace administers it, and rules fit how time passes here."""
    return {
        "platforms": {"ai4eosc": _DIRECT, "imagine": _DIRECT, "tutorials": _DIRECT},
        "administrators": [scene_people.ADMINISTRATOR],
        "reminders": {"channel": channel, "time_zone": ZONE, "policy": yaml.safe_load(POLICY)},
    }


def _nomad_settings(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in ("NOMAD_ADDR", *_NOMAD_KEYS) if name in environ}


def _environment(
    workspace: Workspace, registry: LocalRegistry, folder: Path, nomad: Mapping[str, str], site: Mapping[str, Any]
) -> dict[str, str]:
    """Return the whole environment in which `python app.py` would be this bot."""
    settings = folder / "site.yaml"
    settings.write_text(json.dumps(site), encoding="utf-8")  # JSON is YAML, too
    return {
        **nomad,
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_API_URL": workspace.api_url,
        "DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite3'}",
        "AI4OS_BOT_CONFIG": str(settings),
        "AI4OS_BOT_CATALOG": str(CATALOGUE),
        "AI4OS_BOT_IMAGE_REGISTRY": registry.address,
        "AI4OS_BOT_MEMBERS": "everyone",
        "AI4OS_BOT_FOLLOW_SECONDS": "0.2",
    }


def _built(environment: Mapping[str, str], workspace: Workspace) -> app.Bot:
    with scene_nomad.told_in_one_line(""):
        return app.build(app.load(environment, dotenv=None), clock=workspace.clock.now)


def _start(bot: app.Bot, workspace: Workspace) -> None:
    """Start the bot and let it learn at once what it would learn in its first seconds."""
    bot.start()
    bot.catalog.refresh()
    bot.cluster.refresh_nodes()
    workspace.wait_for_connections()


@contextmanager
def _log_into(path: Path) -> Iterator[None]:
    """Let warnings and errors go to a file, so that the conversation stays readable."""
    before = structlog.get_config()
    root = logging.getLogger()
    with path.open("w", encoding="utf-8") as file:
        handler = logging.StreamHandler(file)
        handler.setLevel(logging.WARNING)
        root.addHandler(handler)
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.format_exc_info,
                structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
            logger_factory=structlog.WriteLoggerFactory(file=file),
        )
        try:
            yield
        finally:
            structlog.configure(**before)
            root.removeHandler(handler)
