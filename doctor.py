"""Assemble the doctor: everything that `python app.py doctor` looks at."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot import logs
from bot.catalog.checkup import CatalogCheckup
from bot.catalog.snapshot import PublishedCatalog
from bot.domain.checkup import Check, Finding
from bot.nomad.checkup import NomadCheckup
from bot.nomad.client import NomadConnection, connect
from bot.ports import Clock
from bot.services.doctor import CHECK_LIMIT, Doctor
from bot.settings import Settings, Transport, WrongSettings
from bot.settings.checkup import checks_of, checks_without_settings
from bot.store.checkup import DatabaseCheckup
from handlers.checkup import SlackCheckup, scopes_in

HERE = Path(__file__).parent


def examine(settings: Settings, *, clock: Clock, check_limit: timedelta = CHECK_LIMIT) -> Iterator[Finding]:
    """Look at all that a bot with these settings needs; nothing is changed, and the bot may run meanwhile."""
    connection = connection_of(settings)
    client = connect(connection)
    nomad = NomadCheckup(connection=connection, client=client, platforms=settings.platforms, clock=clock)
    slack = _slack_checkup(settings, clock)
    checks = (
        *checks_of(settings),
        *slack.checks(),
        *nomad.checks(),
        *DatabaseCheckup(address=settings.database_url.get_secret_value()).checks(),
        *_catalog_checkup(settings, clock).checks(),
        slack.clock_check(),
        nomad.clock_check(),
    )
    try:
        yield from _doctor(checks, settings.secrets, check_limit).examine()
    finally:
        client.close()


def explain(error: WrongSettings) -> Iterator[Finding]:
    """Tell what is wrong with settings that cannot be read, as findings."""
    return _doctor(checks_without_settings(error), ()).examine()


def connection_of(settings: Settings) -> NomadConnection:
    """Return the way to Nomad that the settings name."""
    nomad = settings.nomad
    return NomadConnection(
        address=nomad.address,
        token=nomad.token,
        cacert=str(nomad.ca_certificate or ""),
        client_cert=str(nomad.client_certificate or ""),
        client_key=str(nomad.client_key or ""),
        tls_server_name=nomad.tls_server_name,
        timeout=timedelta(seconds=nomad.timeout_seconds),
    )


def _doctor(checks: Sequence[Check], secrets: Sequence[str], check_limit: timedelta = CHECK_LIMIT) -> Doctor:
    hidden = sorted((secret for secret in secrets if secret), key=len, reverse=True)
    return Doctor(checks=checks, clean=partial(logs.redact, secrets=hidden), check_limit=check_limit)


def _slack_checkup(settings: Settings, clock: Clock) -> SlackCheckup:
    slack, is_http = settings.slack, settings.transport is Transport.HTTP
    manifest = "app-http.yaml" if is_http else "app.yaml"
    return SlackCheckup(
        bot_token=slack.bot_token.get_secret_value(),
        app_token=slack.app_token.get_secret_value() if slack.app_token and not is_http else None,
        signing_secret=slack.signing_secret.get_secret_value() if slack.signing_secret and is_http else None,
        api_url=slack.api_url,
        only_team=settings.team_id,
        scopes=scopes_in(HERE / manifest),
        manifest=manifest,
        named=(*settings.members.values(), *settings.administrators.values()),
        clock=clock,
    )


def _catalog_checkup(settings: Settings, clock: Clock) -> CatalogCheckup:
    return CatalogCheckup(
        open=lambda: PublishedCatalog.from_settings(
            catalog=settings.catalog, image_registry=settings.image_registry, clock=clock
        ),
        address=settings.catalog,
        registry=settings.image_registry,
    )
