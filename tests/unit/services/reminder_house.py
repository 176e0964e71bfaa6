"""Reminding and answering put together on fakes; what a check would say of each deployment is steered by the test."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from bot.domain.answers import EpisodeRef
from bot.domain.base import DeploymentId, Namespace, PlatformKey, SlackUserId
from bot.domain.deployment import Deployment, Hardware, Phase
from bot.domain.endpoints import current_allocation
from bot.domain.episodes import Episode, advance
from bot.domain.findings import Evidence, Judgement, Verdict, Watched
from bot.domain.letters import UseOverTime, Waiting
from bot.domain.operation import Mode
from bot.domain.people import Owner, Person
from bot.domain.platform import Platforms
from bot.domain.policy import DAY, FindingKind, Policy
from bot.domain.records import AuditEntry
from bot.errors import ClusterUnavailable
from bot.ports import Addressees, Calendars, CaseBook, Clock, Ledger, Messenger
from bot.services.answering import Answering
from bot.services.deployments import Deployments
from bot.services.reminding import Reminding
from bot.services.stopping import Stopping
from tests.fakes.addressees import FakeAddressees
from tests.fakes.case_book import MemoryCaseBook
from tests.fakes.cluster import FakeCluster
from tests.fakes.ledger import MemoryLedger
from tests.fakes.messenger import FakeMessenger, Message
from tests.fakes.prober import FakeProber
from tests.unit.domain.values import AI4EOSC, TUTORIALS

MONDAY = datetime(2026, 6, 8, 7, 30, tzinfo=UTC)  # half past nine in Madrid
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NAMESPACE = Namespace("ai4eosc")
PLATFORMS = Platforms(all=(AI4EOSC, TUTORIALS))
MODIFIED = 41


def person(name: str, *, time_zone: str = "Europe/Madrid") -> Person:
    """Return a person of this name in Madrid."""
    return Person(
        slack_user=SlackUserId(f"U{name.upper()}"),
        owner=Owner(email=f"{name}@example.org", name=name.title()),
        time_zone=time_zone,
        platforms=(PlatformKey("ai4eosc"), PlatformKey("tutorials")),
    )


ADA, BOB = person("ada"), person("bob")


@dataclass
class FakeCalendars:
    """Knows the holidays that a test has added."""

    holidays: set[date] = field(default_factory=set)

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is one."""
        return day in self.holidays


@dataclass
class SteeredWatch:
    """Sees what the fake cluster has, in the way of the real one."""

    cluster: FakeCluster

    def everything(self) -> tuple[Watched, ...]:
        """Return every deployment."""
        found = self.cluster.everything([platform.namespace for platform in PLATFORMS.all])
        return tuple(_watched(deployment) for deployment in found)

    def of_owner(self, owner: Owner) -> tuple[Watched, ...]:
        """Return a person's deployments."""
        found = self.cluster.deployments_of(owner, [platform.namespace for platform in PLATFORMS.all])
        return tuple(_watched(deployment) for deployment in found if not deployment.is_stopped)

    def one(self, namespace: Namespace, deployment: DeploymentId) -> Watched | None:
        """Return one deployment, or None."""
        found = self.cluster.deployment(namespace, deployment)
        return _watched(found) if found else None

    def use(self, watched: Watched, *, days: int = 7) -> UseOverTime | None:
        """Return a curve of nothing."""
        return UseOverTime(
            deployment=watched.deployment,
            title=watched.title,
            start=MONDAY - days * DAY,
            step=HOUR,
            values=(0.0,) * days,
        )


@dataclass
class SteeredCheck:
    """Gives the verdicts that a test has set, and opens and ends episodes by the real rules."""

    watch: SteeredWatch
    case_book: CaseBook
    clock: Clock
    verdicts: dict[tuple[DeploymentId, FindingKind], Verdict] = field(default_factory=dict)
    windows: dict[FindingKind, timedelta] = field(default_factory=dict)
    is_down: bool = False
    before_recheck: Callable[[], None] = lambda: None

    def round(self, *people: Person) -> None:
        """Check the deployments of these people."""
        for each in people:
            self._advance(each.owner)

    def recheck(self, owner: Owner) -> tuple[Episode, ...]:
        """Judge a person's deployments anew."""
        if self.is_down:
            raise ClusterUnavailable("Nomad cannot be reached.")
        self.before_recheck()
        self._advance(owner)
        email = owner.email.casefold()
        return tuple(each for each in self.case_book.open_episodes() if each.owner_email.casefold() == email)

    def judge(self, watched: Watched, *, own: Sequence[Watched]) -> tuple[Judgement, ...]:  # noqa: ARG002  # as the real one
        """Return what the test says of the deployment."""
        now = self.clock()
        return tuple(
            Judgement(
                kind=kind,
                deployment=watched.deployment,
                instance=watched.instance,
                verdict=verdict,
                since=now - self.windows.get(kind, DAY),
                evidence=Evidence(window_start=now - self.windows.get(kind, DAY), window_end=now),
                policy="p1",
            )
            for (deployment, kind), verdict in self.verdicts.items()
            if deployment == watched.deployment
        )

    def waiting(self, watched: Watched) -> Waiting | None:
        """Return that two people wait for a GPU."""
        return Waiting(people=2, longest=3 * DAY) if watched.gpus else None

    def _advance(self, owner: Owner) -> None:
        own = {each.deployment: each for each in self.watch.of_owner(owner)}
        judgements = [judgement for each in own.values() for judgement in self.judge(each, own=())]
        email = owner.email.casefold()
        opened = {each.deployment for each in self.case_book.open_episodes() if each.owner_email.casefold() == email}
        known = self.case_book.episodes_of(sorted({*own, *opened}))
        resumed = frozenset(each.deployment for each in judgements if each.verdict is Verdict.NO)
        self.case_book.save_episodes(advance(known, judgements, watched=own, resumed=resumed, now=self.clock()))


@dataclass
class ReminderHouse:
    """Everything that reminding needs, in memory; `restart` builds the use cases anew, as another process would."""

    now: datetime = MONDAY
    ledger: Ledger = field(default_factory=MemoryLedger)
    is_live: bool = True
    stops: frozenset[FindingKind] = frozenset()

    def __post_init__(self) -> None:
        """Put the house together with Ada and Bob in it."""
        self.cluster = FakeCluster(clock=self.clock)
        self.cluster.add_node(gpus=(("Tesla T4", 8),))
        self.book = MemoryCaseBook()
        self.messenger = FakeMessenger(clock=self.clock)
        self.addressees = FakeAddressees()
        self.calendars = FakeCalendars()
        for each in (ADA, BOB):
            self.addressees.add(each.owner.email, each.slack_user, time_zone=each.time_zone)
        self.watch = SteeredWatch(self.cluster)
        self.check = SteeredCheck(self.watch, self.book, self.clock)
        if self.is_live:
            self.set_mode(Mode(is_live=True, by="UADMIN", at=self.now))
        self.restart()

    def clock(self) -> datetime:
        """Return the current time."""
        return self.now

    def restart(self, holder: str = "first") -> None:
        """Build the use cases anew."""
        self.reminding = self.process(holder)
        self.answering = self.answers(self.book, self.reminding)

    def stopping(self) -> Stopping:
        """Return what stops deployments without their owners, where a site has asked for that."""
        return Stopping(
            deployments=self.answering.deployments,
            watching=self.watch,
            checking=self.check,
            reminding=self.reminding,
            case_book=self.book,
            clock=self.clock,
            allowed=self.stops,
        )

    def answers(self, book: CaseBook, reminding: Reminding) -> Answering:
        """Return what clicks call."""
        deployments = Deployments(
            platforms=PLATFORMS, cluster=self.cluster, ledger=self.ledger, prober=FakeProber(), clock=self.clock
        )
        return Answering(
            deployments=deployments,
            watching=self.watch,
            checking=self.check,
            reminding=reminding,
            case_book=book,
            ledger=self.ledger,
            clock=self.clock,
            policy=Policy,
        )

    def process(
        self,
        holder: str,
        *,
        book: CaseBook | None = None,
        messenger: Messenger | None = None,
        clock: Clock | None = None,
    ) -> Reminding:
        """Return what another process on the same database would have."""
        addressees: Addressees = self.addressees
        calendars: Calendars = self.calendars
        return Reminding(
            checking=self.check,
            watching=self.watch,
            case_book=book or self.book,
            ledger=self.ledger,
            messenger=messenger or self.messenger,
            addressees=addressees,
            calendars=calendars,
            clock=clock or self.clock,
            holder=holder,
            policy=Policy,
            stops=self.stops,
        )

    def set_mode(self, mode: Mode) -> None:
        """Let reminders be run this way."""
        self.book.save_mode(mode, noting=AuditEntry(at=self.now, actor="UADMIN", action="mode"))

    def deploy(self, name: str, owner: Person = ADA, *, gpus: int = 1) -> DeploymentId:
        """Let a person have a running deployment, made in the dashboard."""
        identity = DeploymentId(name)
        wishes = Hardware(cpu=4, gpus=gpus, gpu_model="Tesla T4" if gpus else "", ram_mb=8000, disk_mb=10000)
        deployment = Deployment(
            id=identity,
            namespace=NAMESPACE,
            name=f"module-{name}",
            title=name.title(),
            owner=owner.owner,
            submitted_at=self.now,
            job_modify_index=MODIFIED,
            evaluations=(),
        )
        self.cluster.add(deployment, wishes=wishes)
        self.cluster.start(identity)
        return identity

    def register_again(self, deployment: DeploymentId, *, modify_index: int) -> None:
        """Let somebody change the deployment's job elsewhere."""
        found = self.cluster.deployment(NAMESPACE, deployment)
        assert found is not None
        self.cluster.add(found.model_copy(update={"job_modify_index": modify_index}))

    def find(
        self, deployment: DeploymentId, kind: FindingKind = FindingKind.GPU_IDLE, *, verdict: Verdict = Verdict.YES
    ) -> None:
        """Let checks say this of a deployment from now on."""
        self.check.verdicts[deployment, kind] = verdict

    def idle(self, name: str = "plankton", owner: Person = ADA, kind: FindingKind = FindingKind.GPU_IDLE) -> Episode:
        """Let a person have a deployment with a finding that a check has just made."""
        deployment = self.deploy(name, owner)
        self.find(deployment, kind)
        self.check.round(owner)
        return self.episode(deployment, kind)

    def episode(self, deployment: DeploymentId, kind: FindingKind = FindingKind.GPU_IDLE) -> Episode:
        """Return the newest episode of a deployment."""
        return [each for each in self.book.episodes_of([deployment]) if each.kind is kind][-1]

    def ref(self, deployment: DeploymentId, kind: FindingKind = FindingKind.GPU_IDLE) -> EpisodeRef:
        """Return what the buttons of the newest episode are about."""
        episode = self.episode(deployment, kind)
        return EpisodeRef(episode=episode.id, version=episode.version)

    @property
    def first_ref(self) -> EpisodeRef:
        """Return what the buttons of the first line of the first letter are about."""
        episode = self.inbox()[0].said[0].lines[0].episode
        return EpisodeRef(episode=episode.id, version=episode.version)

    def pass_time(self, span: timedelta, *, step: timedelta = timedelta(minutes=30)) -> None:
        """Let time go by, with checks and rounds at each step."""
        end = self.now + span
        while self.now < end:
            self.now = min(self.now + step, end)
            self.work()

    def work(self) -> dict[str, int]:
        """Check everybody and do a round."""
        self.check.round(ADA, BOB)
        return self.reminding.round()

    def inbox(self, reader: Person = ADA) -> list[Message]:
        """Return what a person has in their conversation."""
        return self.messenger.messages(reader.slack_user)

    def told(self, reader: Person = ADA) -> list[tuple[str, list[tuple[str, int]]]]:
        """Return when a person was told of what: the local time, and titles with steps."""
        zone = self.reminding.hearing.recipient(self.addressees.find(reader.owner.email)).zone
        return [
            (
                f"{message.posted_at.astimezone(zone):%a %d %H:%M}",
                [(line.episode.title, line.step) for line in message.said[0].lines],
            )
            for message in self.inbox(reader)
        ]


def _watched(deployment: Deployment) -> Watched:
    allocation = current_allocation(deployment)
    main = allocation.main if allocation else None
    started = main.started_at if main else None
    return Watched(
        deployment=deployment.id,
        namespace=deployment.namespace,
        instance=f"{allocation.id if allocation else '-'}.{int(started.timestamp()) if started else 0}",
        title=deployment.shown_title,
        owner=deployment.owner,
        workload=None,
        phase=Phase.STOPPED if deployment.is_stopped else Phase.RUNNING,
        phase_since=started,
        started_at=started,
        gpus=deployment.hardware.gpus if deployment.hardware else 0,
        holds=not deployment.is_stopped,
        is_stopped=deployment.is_stopped,
        version=deployment.job_modify_index,
    )
