"""Opens what the demo is played on: a local workspace, a cluster, an image registry and the real bot."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

import app
from playground import scene_nomad
from playground.cluster import SimulatedCluster
from playground.registry import LocalRegistry
from playground.slack.person import Person
from playground.slack.workspace import Workspace

CATALOGUE = Path(__file__).parent / "catalogue"
_NOMAD_KEYS = (
    "NOMAD_TOKEN",
    "NOMAD_TOKEN_FILE",
    "NOMAD_CACERT",
    "NOMAD_CLIENT_CERT",
    "NOMAD_CLIENT_KEY",
    "NOMAD_TLS_SERVER_NAME",
)
_DIRECT = {"addresses": "direct"}
_SIMULATED_SITE: dict[str, Any] = {
    "platforms": {"ai4eosc": _DIRECT, "imagine": _DIRECT, "tutorials": _DIRECT},
}
# A Nomad of one's own has services of its own, seldom xfs, and perhaps images that no registry knows.
_REAL_SITE: dict[str, Any] = {
    "service_provider": "nomad",
    "docker": {"force_pull": False, "storage_quota": False},
    "platforms": {"ai4eosc": _DIRECT, "imagine": {"enabled": False}, "tutorials": {"enabled": False}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the demo holds in its hands; `cluster` is None on a real Nomad, `patience` is for what the cluster does."""

    workspace: Workspace
    cluster: SimulatedCluster | None
    bot: app.Bot
    ada: Person
    place: str
    has_gpus: bool
    patience: timedelta
    log: Path


@contextmanager
def open_stage(folder: Path, environ: Mapping[str, str]) -> Iterator[Stage]:
    """Open everything on free loopback ports, with all files in the folder; of `environ` only NOMAD_* counts.

    Raises scene_nomad.NotPlayable when the Nomad that NOMAD_ADDR names lacks something.
    """
    address = environ.get("NOMAD_ADDR", "").strip()
    with ExitStack() as stack:
        stack.enter_context(_log_into(folder / "bot.log"))
        workspace = stack.enter_context(Workspace())
        registry = stack.enter_context(LocalRegistry())
        cluster = None if address else stack.enter_context(_simulated(workspace))
        email = f"ada-{uuid4().hex[:8]}@example.org" if address else "ada@example.org"
        ada = workspace.add_user("ada", email=email)
        nomad = {"NOMAD_ADDR": cluster.address} if cluster else _nomad_settings(environ)
        bot = _built(_environment(workspace, registry, folder, nomad, is_real=not cluster), workspace)
        stack.callback(bot.stop)
        if cluster is None:
            scene_nomad.check(bot, address)
            stack.callback(scene_nomad.sweep, bot, email)
        _start(bot, workspace)
        yield Stage(
            workspace=workspace,
            cluster=cluster,
            bot=bot,
            ada=ada,
            place=f"the Nomad at {address}" if address else "a simulated cluster",
            has_gpus=cluster is not None or scene_nomad.has_gpus(bot),
            patience=timedelta(seconds=10 if cluster else 180),
            log=folder / "bot.log",
        )


def _simulated(workspace: Workspace) -> SimulatedCluster:
    return SimulatedCluster.default(clock=workspace.clock, serve_ports=True)


def _nomad_settings(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in ("NOMAD_ADDR", *_NOMAD_KEYS) if name in environ}


def _environment(
    workspace: Workspace, registry: LocalRegistry, folder: Path, nomad: Mapping[str, str], *, is_real: bool
) -> dict[str, str]:
    """Return the whole environment in which `python app.py` would be this bot."""
    site = folder / "site.yaml"
    site.write_text(json.dumps(_REAL_SITE if is_real else _SIMULATED_SITE), encoding="utf-8")  # JSON is YAML, too
    return {
        **nomad,
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_API_URL": workspace.api_url,
        "DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite3'}",
        "AI4OS_BOT_CONFIG": str(site),
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
