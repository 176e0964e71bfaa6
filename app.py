"""Assemble the bot and run it: `python app.py`; or look at all that it needs: `python app.py doctor`."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from types import FrameType
from urllib.parse import urlsplit

import structlog
from slack_bolt import App
from slack_sdk import WebClient
from sqlalchemy.engine import Engine

import doctor
import handlers
from bot import command_line, logs, memory
from bot.calendars import PublicHolidays
from bot.catalog.snapshot import PublishedCatalog
from bot.command_line import Asked, Verb
from bot.domain.checkup import Finding
from bot.domain.platform import Platforms
from bot.domain.policy import Policy
from bot.errors import BotError, Unavailable
from bot.nomad.client import NomadClient, connect
from bot.nomad.gateway import NomadCluster
from bot.nomad.secret_items import secret_items
from bot.nomad.telemetry import NomadTelemetry
from bot.ports import CaseBook, Catalog, Clock, Cluster, Directory, Ledger, Measurements, Telemetry
from bot.prober import HttpProber
from bot.services.administration import Administration
from bot.services.answering import Answering
from bot.services.checking import Checking
from bot.services.deploying import Deploying
from bot.services.deployments import Deployments
from bot.services.doctor import CHECK_LIMIT
from bot.services.following import Following
from bot.services.forms import Forms
from bot.services.marketplace import Marketplace
from bot.services.measuring import Measuring
from bot.services.passwords import MemoryPocket, RandomPasswords
from bot.services.reminding import Reminding
from bot.services.reviewing import Reviewing
from bot.services.stopping import Stopping
from bot.services.watching import Watching
from bot.settings import Settings, Transport, WrongSettings, load
from bot.store.case_book import SqlCaseBook
from bot.store.copies import SqlCopies
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.measurements import SqlMeasurements
from bot.store.schema import prepare
from doctor import connection_of
from handlers.addressees import SlackAddressees
from handlers.administration import AdminCommands
from handlers.background import Background
from handlers.clients import Clients, identity_client
from handlers.commands import Commands
from handlers.deploy_form import DeployForm
from handlers.deployment_actions import DeploymentActions
from handlers.directory import PlatformMembers, SlackDirectory
from handlers.gate import Gate
from handlers.http_server import HttpServer
from handlers.listeners import Listeners
from handlers.listening import Listening
from handlers.marketplace import MarketplaceWindow
from handlers.messenger import SlackMessenger
from handlers.notifier import SlackNotifier
from handlers.one_line import OneLine
from handlers.pictures import Pictures, picture_hosts
from handlers.refusing import Refusing
from handlers.reminder_administration import ReminderAdministration
from handlers.reminders import Reminders
from handlers.socket_mode import SocketMode
from handlers.submitting import Submitting
from handlers.views import announcement, reminder, report
from handlers.workspace import Workspace
from jobs.leased import Leased, holder
from jobs.scheduler import Job, Scheduler
from jobs.table import jobs, reminder_jobs

__all__ = ["Bot", "Settings", "build", "load"]

BEFORE_AN_ACK = timedelta(milliseconds=400)
"""How long the database may take where an acknowledgement waits for it, which may be twice: for person and form."""

VERSION = "0.1.0"
"""The bot's version: after another one was started, a check has to agree with the one before it."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOOK_FOR_SIGNALS = 0.5
"""How many seconds at most a signal goes unnoticed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The assembled bot. `start` returns once Slack can reach it; `stop` ends everything it has started."""

    app: App
    engine: Engine
    nomad: NomadClient
    cluster: Cluster
    catalog: Catalog
    ledger: Ledger
    following: Following
    workspace: Workspace
    scheduler: Scheduler
    forms: Forms
    directory: Directory
    telemetry: NomadTelemetry
    leased: Leased
    background: Background
    apologies: Background
    listeners: Listeners
    prober: HttpProber
    socket: SocketMode | None
    http: HttpServer | None

    def start(self) -> None:
        """Learn who we are, start the clock, and let Slack in. Raises SettingsError if Slack refuses our tokens."""
        self.workspace.connect()
        self.scheduler.start()
        if self.socket is not None:
            self.socket.connect()
        if self.http is not None:
            self.http.start()

    def give_up(self) -> None:
        """Wait no longer for Slack, so that `start` returns; safe while it runs, not in a signal's handler."""
        self.workspace.stop()
        if self.socket is not None:
            self.socket.give_up()

    def stop(self) -> None:
        """Let nobody in any more, finish what runs, and close what is open."""
        self.workspace.stop()
        if self.socket is not None:
            self.socket.stop()
        if self.http is not None:
            self.http.stop()
        self.scheduler.stop()
        self.listeners.shutdown(wait=True)
        self.background.close()
        self.apologies.close()
        self._write_drafts()
        self._release_leases()
        self.telemetry.close()
        self.prober.close()
        self.nomad.close()
        self.engine.dispose()

    def _release_leases(self) -> None:
        try:
            self.leased.release()
        except Unavailable as error:
            log.warning("another process has to wait before it takes over", reason=str(error))

    def _write_drafts(self) -> None:
        try:
            self.forms.write_out()
        except Unavailable as error:
            log.warning("open forms are lost", reason=str(error))


def build(settings: Settings, *, clock: Clock | None = None) -> Bot:
    """Wire everything together; nothing is started and nobody is called but the database.

    Raises SettingsError when the database is not fit for this code, Unavailable when it does not answer.
    """
    now = clock or _utc_now
    engine = open_engine(settings.database_url.get_secret_value())
    prepare(engine)
    ledger = SqlLedger(engine)
    quick = SqlLedger(engine, patience=BEFORE_AN_ACK)
    nomad = connect(connection_of(settings))
    cluster = NomadCluster(nomad)
    catalog = PublishedCatalog.from_settings(
        catalog=settings.catalog, image_registry=settings.image_registry, clock=now, copies=SqlCopies(engine)
    )
    platforms = Platforms(all=settings.platforms)
    prober = HttpProber()
    token, api_url = settings.slack.bot_token.get_secret_value(), settings.slack.api_url
    clients = Clients.at(token, api_url)
    workspace = Workspace(client=clients.interactive, only_team=settings.team_id)
    directory = _directory(settings, identity_client(token, api_url), workspace, quick, now)
    notifier = SlackNotifier(posting=clients.posting, repeating=clients.repeating, render=announcement.render)
    deployments = Deployments(platforms=platforms, cluster=cluster, ledger=ledger, prober=prober, clock=now)
    following = Following(
        platforms=platforms, cluster=cluster, ledger=ledger, notifier=notifier, prober=prober, clock=now
    )
    deploying = Deploying(
        platforms=platforms,
        cluster=cluster,
        ledger=ledger,
        prober=prober,
        passwords=RandomPasswords(),
        secret_items=secret_items,
        clock=now,
    )
    background, apologies = Background(), Background(threads=2, most=100)
    listeners = Listeners()
    bolt = _bolt(settings, workspace, listeners)
    may_answer_at = _answer_hosts(api_url)
    forms = Forms(platforms=platforms, cluster=cluster, catalog=catalog, ledger=ledger, quick=quick, clock=now)
    submitting = Submitting(deploying=deploying, following=following, ledger=ledger)
    form = DeployForm(
        forms=forms,
        deploying=deploying,
        submitting=submitting,
        catalog=catalog,
        ledger=ledger,
        quick=quick,
        pocket=MemoryPocket(clock=now),
    )
    case_book, measurements = SqlCaseBook(engine), SqlMeasurements(engine)
    telemetry = NomadTelemetry(client=connect(connection_of(settings)), clock=now)
    leased = Leased(case_book=case_book, holder=holder(), clock=now)
    services = _reminders(
        settings,
        platforms=platforms,
        cluster=cluster,
        deployments=deployments,
        ledger=ledger,
        case_book=case_book,
        measurements=measurements,
        telemetry=telemetry,
        clients=clients,
        workspace=workspace,
        holder=leased.holder,
        clock=now,
    )
    one_line = OneLine(form=form, forms=forms, deploying=deploying, submitting=submitting, ledger=ledger, clock=now)
    actions = DeploymentActions(deployments=deployments, following=following, ledger=ledger, quick=quick, clock=now)
    refusing = Refusing(clients=clients, background=apologies, may_answer_at=may_answer_at)
    handlers.register(
        bolt,
        gate=Gate(team=lambda: workspace.team, directory=directory, listeners=listeners, refusing=refusing),
        listening=Listening(clients=clients, background=background, refusing=refusing, may_answer_at=may_answer_at),
        commands=Commands(
            form=form,
            one_line=one_line,
            actions=actions,
            market=MarketplaceWindow(
                marketplace=Marketplace(platforms=platforms, cluster=cluster, catalog=catalog), form=form
            ),
            admin=AdminCommands(
                administration=Administration(catalog=catalog, ledger=ledger, clock=now, source=settings.catalog),
                reminders=ReminderAdministration(reviewing=services.reviewing),
                clock=now,
            ),
            reminders=Reminders(answering=services.answering, deployments=deployments),
        ),
    )
    table = jobs(
        deploying=deploying,
        deployments=deployments,
        following=following,
        catalog=catalog,
        cluster=cluster,
        ledger=ledger,
        refresh_groups=directory.refresh_groups,
        write_drafts=forms.write_out,
        clock=now,
        follow_every=settings.follow_every,
    )
    return Bot(
        app=bolt,
        engine=engine,
        nomad=nomad,
        cluster=cluster,
        catalog=catalog,
        ledger=ledger,
        following=following,
        workspace=workspace,
        scheduler=Scheduler((*table, *_reminder_table(settings, services, leased, case_book, now))),
        forms=forms,
        directory=directory,
        telemetry=telemetry,
        leased=leased,
        background=background,
        apologies=apologies,
        listeners=listeners,
        prober=prober,
        socket=_socket(settings, bolt, clients.interactive),
        http=_http(settings, bolt, workspace, ledger, cluster),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Services:
    """The use cases of measuring, checking, reminding and reviewing."""

    measuring: Measuring
    checking: Checking
    reminding: Reminding
    answering: Answering
    stopping: Stopping
    reviewing: Reviewing


def _reminders(  # noqa: PLR0913 - it wires whatever they work on
    settings: Settings,
    *,
    platforms: Platforms,
    cluster: Cluster,
    deployments: Deployments,
    ledger: Ledger,
    case_book: CaseBook,
    measurements: Measurements,
    telemetry: Telemetry,
    clients: Clients,
    workspace: Workspace,
    holder: str,
    clock: Clock,
) -> _Services:
    wishes = settings.reminders
    calendars = PublicHolidays(wishes.country)
    addressees = SlackAddressees(
        client=clients.repeating, team=lambda: workspace.team, shared=wishes.shared, clock=clock
    )
    messenger = SlackMessenger(
        posting=clients.posting,
        repeating=clients.repeating,
        pictures=Pictures(client=clients.repeating, may_send_to=picture_hosts(settings.slack.api_url)),
        render=reminder.render,
        render_report=report.render,
    )

    def policy() -> Policy:
        return wishes.policy

    watching = Watching(
        platforms=platforms,
        cluster=cluster,
        ledger=ledger,
        measurements=measurements,
        case_book=case_book,
        clock=clock,
        policy=policy,
    )
    checking = Checking(
        watching=watching,
        case_book=case_book,
        measurements=measurements,
        addressees=addressees,
        calendars=calendars,
        policy=policy,
        version=VERSION,
        clock=clock,
    )
    reminding = Reminding(
        checking=checking,
        watching=watching,
        case_book=case_book,
        ledger=ledger,
        messenger=messenger,
        addressees=addressees,
        calendars=calendars,
        clock=clock,
        holder=holder,
        policy=policy,
        stops=wishes.stop_automatically,
    )
    return _Services(
        measuring=Measuring(
            platforms=platforms,
            cluster=cluster,
            telemetry=telemetry,
            measurements=measurements,
            policy=policy,
            clock=clock,
        ),
        checking=checking,
        reminding=reminding,
        answering=Answering(
            deployments=deployments,
            watching=watching,
            checking=checking,
            reminding=reminding,
            case_book=case_book,
            ledger=ledger,
            clock=clock,
            policy=policy,
        ),
        stopping=Stopping(
            deployments=deployments,
            watching=watching,
            checking=checking,
            reminding=reminding,
            case_book=case_book,
            clock=clock,
            allowed=wishes.stop_automatically,
        ),
        reviewing=Reviewing(
            case_book=case_book,
            ledger=ledger,
            watching=watching,
            checking=checking,
            reminding=reminding,
            measurements=measurements,
            messenger=messenger,
            addressees=addressees,
            calendars=calendars,
            platforms=platforms,
            clock=clock,
            channel=wishes.channel,
            time_zone=wishes.time_zone,
        ),
    )


def _reminder_table(
    settings: Settings, services: _Services, leased: Leased, case_book: CaseBook, clock: Clock
) -> tuple[Job, ...]:
    return reminder_jobs(
        leased=leased,
        measuring=services.measuring,
        checking=services.checking,
        reminding=services.reminding,
        stopping=services.stopping,
        reviewing=services.reviewing,
        case_book=case_book,
        measure_every=settings.reminders.policy.samples.interval,
        clock=clock,
    )


def main() -> int:
    """Run the bot until it is told to stop; return the exit status.

    A second signal ends it at once, without finishing what runs: that is safe at any moment (see tests/kill).
    """
    memory.use_few_arenas()
    stopping, running = Event(), list[Bot]()

    def stop() -> None:
        stopping.set()
        for bot in running:
            bot.give_up()

    heed_signals(stop)
    try:
        settings = load(os.environ, dotenv=Path(".env"))
        _hide_from_bolt()
        logs.set_up(level=settings.log_level, log_format=settings.log_format, secrets=settings.secrets)
        bot = build(settings)
    except BotError as error:
        return _give_up(error)
    for warning in settings.warnings:
        log.warning(warning)

    memory.spare_the_collector()
    running.append(bot)
    try:
        if not stopping.is_set():
            bot.start()
        if not stopping.is_set():
            log.info("ready", platforms=[platform.key for platform in settings.platforms])
        wait_for(stopping)
    except BotError as error:
        return _give_up(error)
    finally:
        bot.stop()
    log.info("stopped")
    return 0


def examine(
    settings: Settings, *, clock: Clock | None = None, check_limit: timedelta = CHECK_LIMIT
) -> Iterator[Finding]:
    """Look at all that a bot with these settings needs; nothing is changed, and the bot may run meanwhile."""
    return doctor.examine(settings, clock=clock or _utc_now, check_limit=check_limit)


def command(arguments: Sequence[str]) -> int:
    """Do what was typed after `python app.py`; return the exit status."""
    asked = command_line.parse(arguments)
    return main() if asked.verb is Verb.RUN else _tell_health(asked)


def _tell_health(asked: Asked) -> int:
    logs.set_up(level=logs.LogLevel.ERROR, stream=StringIO())  # the report tells what the libraries would complain of
    try:
        findings = examine(load(os.environ, dotenv=Path(".env")))
    except WrongSettings as error:
        findings = doctor.explain(error)
    return command_line.report(findings, asked)


def heed_signals(stop: Callable[[], None]) -> None:
    """Call `stop` at the first signal to end, in a thread of its own; a second signal ends the process at once.

    A handler interrupts the main thread anywhere, also while that holds the very lock of an event that the handler
    would set; all that ours touches is a queue that is made for handlers.
    """
    told: SimpleQueue[int] = SimpleQueue()

    def handle(number: int, _frame: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        told.put(number)

    def heed() -> None:
        told.get()
        stop()

    for each in _SIGNALS:
        signal.signal(each, handle)
    Thread(target=heed, name="signals", daemon=True).start()


def wait_for(stopping: Event) -> None:
    """Wait in the main thread until a signal's handler sets the event.

    Not in one piece: Python runs handlers in the main thread, and a signal that comes a moment before it falls asleep,
    or reaches another thread, does not wake it.
    """
    while not stopping.wait(_LOOK_FOR_SIGNALS):
        pass


def _hide_from_bolt() -> None:
    """Take Slack's variables, which are read by now, away from Bolt: it would read them again in its own way."""
    for name in [name for name in os.environ if name.startswith("SLACK_")]:
        del os.environ[name]


def _give_up(error: BotError) -> int:
    parts = (str(error), error.hint)
    print(" ".join(" ".join(parts).split()), file=sys.stderr)  # noqa: T201 - one line for whoever started it
    return 1


def _utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one place where the real clock is read


def _directory(
    settings: Settings, client: WebClient, workspace: Workspace, ledger: Ledger, clock: Clock
) -> SlackDirectory:
    memberships = tuple(
        PlatformMembers(
            platform=platform.key,
            members=settings.members[platform.key],
            administrators=settings.administrators[platform.key],
        )
        for platform in settings.platforms
    )
    return SlackDirectory(
        client=client,
        team=lambda: workspace.team,
        memberships=memberships,
        subjects={email.casefold(): subject for email, subject in settings.owners.items()},
        subject_of=ledger.subject_of,
        clock=clock,
    )


def _bolt(settings: Settings, workspace: Workspace, listeners: Listeners) -> App:
    secret = settings.slack.signing_secret
    return App(
        client=WebClient(base_url=settings.slack.api_url),
        signing_secret=secret.get_secret_value() if secret else "unused in Socket Mode",
        authorize=lambda: workspace.authorize(),  # type: ignore[arg-type,return-value]  # noqa: PLW0108 - Bolt gives a bound method its own `self`
        token_verification_enabled=False,
        listener_executor=listeners,
        raise_error_for_unhandled_request=True,
        logger=logging.getLogger("slack_bolt"),
    )


def _socket(settings: Settings, bolt: App, client: WebClient) -> SocketMode | None:
    if settings.transport is not Transport.SOCKET or settings.slack.app_token is None:
        return None
    return SocketMode(app=bolt, app_token=settings.slack.app_token.get_secret_value(), client=client)


def _http(settings: Settings, bolt: App, workspace: Workspace, ledger: Ledger, cluster: Cluster) -> HttpServer | None:
    if settings.transport is not Transport.HTTP or settings.slack.signing_secret is None:
        return None
    checks: dict[str, Callable[[], bool]] = {
        "Slack": lambda: workspace.is_connected,
        "database": ledger.is_reachable,
        "Nomad": cluster.is_reachable,
    }
    return HttpServer(
        app=bolt,
        signing_secret=settings.slack.signing_secret.get_secret_value(),
        host=settings.http_host,
        port=settings.http_port,
        checks=checks,
    )


def _answer_hosts(api_url: str) -> Callable[[str], bool]:
    """Return the test for addresses at which answers may be posted: Slack's own, and the local workspace's."""
    own = urlsplit(api_url)

    def may_answer_at(url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        if (parts.scheme, parts.netloc) == (own.scheme, own.netloc) and parts.hostname in {"127.0.0.1", "localhost"}:
            return True
        return parts.scheme == "https" and (parts.hostname or "") in {"hooks.slack.com", "hooks.slack-gov.com"}

    return may_answer_at


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
