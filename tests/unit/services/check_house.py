"""Deployments that are measured, watched and checked, put together on fakes; use is written down as a test says."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.domain.base import DeploymentId
from bot.domain.catalog import Service
from bot.domain.deployment import Allocation, Deployment, Hardware
from bot.domain.endpoints import current_allocation
from bot.domain.episodes import Episode
from bot.domain.findings import Verdict, Watched
from bot.domain.people import Person
from bot.domain.policy import FindingKind, Policy
from bot.domain.telemetry import Series
from bot.domain.usage import HOUR, Rest, condense, fold
from bot.services.checking import Checking
from bot.services.watching import Watching
from tests.fakes.addressees import FakeAddressees
from tests.fakes.case_book import MemoryCaseBook
from tests.fakes.cluster import FakeCluster
from tests.fakes.ledger import MemoryLedger
from tests.fakes.measurements import MemoryMeasurements
from tests.unit.domain.usage_samples import MINUTE, Percent, samples
from tests.unit.services.reminder_house import ADA, BOB, NAMESPACE, PLATFORMS, FakeCalendars

WEDNESDAY = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
T4 = "Tesla T4"


def quiet(_at: datetime) -> float | None:
    """Do nothing at any time."""
    return 0.0


def busy(_at: datetime) -> float | None:
    """Work at all times."""
    return 80.0


@dataclass
class CheckHouse:
    """A cluster with people's deployments; `now` is when everything happens, and moves only as a test moves it."""

    now: datetime = WEDNESDAY
    policy: Policy = field(default_factory=Policy)
    version: str = "1.0"

    def __post_init__(self) -> None:
        """Put it together with Ada and Bob in it."""
        self.cluster = FakeCluster(clock=self.clock)
        self.node = self.cluster.add_node(gpus=((T4, 40),)).id
        self.ledger = MemoryLedger()
        self.measurements = MemoryMeasurements()
        self.book = MemoryCaseBook()
        self.addressees = FakeAddressees()
        self.calendars = FakeCalendars()
        for each in (ADA, BOB):
            self.addressees.add(each.owner.email, each.slack_user, time_zone=each.time_zone)
        self.watching = Watching(
            platforms=PLATFORMS,
            cluster=self.cluster,
            ledger=self.ledger,
            measurements=self.measurements,
            case_book=self.book,
            clock=self.clock,
            policy=self.current_policy,
        )
        self.restart()

    def clock(self) -> datetime:
        """Return the current time."""
        return self.now

    def current_policy(self) -> Policy:
        """Return the policy as it is now."""
        return self.policy

    def restart(self, version: str = "") -> None:
        """Let another process check from now on, perhaps of another version."""
        self.version = version or self.version
        self.checking = Checking(
            watching=self.watching,
            case_book=self.book,
            measurements=self.measurements,
            addressees=self.addressees,
            calendars=self.calendars,
            policy=self.current_policy,
            version=self.version,
            clock=self.clock,
        )

    def deploy(
        self,
        name: str,
        owner: Person = ADA,
        *,
        gpus: int = 1,
        service: Service | None = Service.JUPYTER,
        kind: str = "module",
        is_placed: bool = True,
    ) -> DeploymentId:
        """Let a person have a deployment that starts now, made in the dashboard, or that waits."""
        identity = DeploymentId(name)
        wishes = Hardware(cpu=4, gpus=gpus, gpu_model=T4 if gpus else "", ram_mb=8000, disk_mb=10000)
        deployment = Deployment(
            id=identity,
            namespace=NAMESPACE,
            name=f"{kind}-{name}",
            title=name.title(),
            owner=owner.owner,
            service=service,
            submitted_at=self.now,
            job_modify_index=41,
            evaluations=(),
        )
        self.cluster.add(deployment, wishes=wishes)
        self.cluster.deployment(NAMESPACE, identity)  # its specification is read
        if is_placed:
            self.cluster.start(identity)
            self.watching.everything()
        return identity

    def use(
        self,
        name: str,
        percent: Percent = quiet,
        *,
        cpu: Percent = quiet,
        gpu: int | None = None,
        since: datetime | None = None,
        memory_mib: int = 3,
    ) -> None:
        """Let a deployment have done this until now, since a moment or the start of its run; hours are made of it."""
        allocation = self.allocation(name)
        begun = since or self.started(name)
        chosen = allocation.gpu_ids if gpu is None else allocation.gpu_ids[gpu : gpu + 1]
        for device in chosen:
            self._put(Series(allocation=allocation.id, device=device), percent, begun, Rest(), memory_mib)
        noise = self.policy.gpu_idle_cpu_percent if allocation.gpu_ids else self.policy.cpu_idle_percent
        self._put(Series(allocation=allocation.id), cpu, begun, Rest(noise_percent=noise), memory_mib)

    def pass_time(self, span: timedelta) -> None:
        """Let time go by; nothing is checked and nothing measured meanwhile."""
        self.now += span

    def check(self) -> dict[str, int]:
        """Check everybody."""
        return self.checking.round()

    def watched(self, name: str) -> Watched:
        """Return a deployment as a check sees it now."""
        return next(each for each in self.watching.everything() if each.deployment == name)

    def allocation(self, name: str) -> Allocation:
        """Return the allocation that counts."""
        found = self.cluster.deployment(NAMESPACE, DeploymentId(name))
        allocation = current_allocation(found) if found else None
        assert allocation is not None
        return allocation

    def started(self, name: str) -> datetime:
        """Return when the present run began."""
        main = self.allocation(name).main
        assert main is not None
        assert main.started_at is not None
        return main.started_at

    def verdict(self, name: str, kind: FindingKind) -> tuple[Verdict, str]:
        """Return what is said of a deployment now, and why if it is unknown."""
        found = self.watching.one(NAMESPACE, DeploymentId(name))
        assert found is not None
        judgements = self.checking.judge(found, own=self.watching.of_owner(found.owner))
        return next((each.verdict, each.reason) for each in judgements if each.kind is kind)

    @property
    def open(self) -> set[tuple[str, FindingKind]]:
        """Return what is found now: the deployment and the kind."""
        return {(each.deployment, each.kind) for each in self.book.open_episodes()}

    def episodes(self, name: str, kind: FindingKind) -> list[Episode]:
        """Return the findings of a kind about a deployment, oldest first."""
        return [each for each in self.book.episodes_of([DeploymentId(name)]) if each.kind is kind]

    def _put(self, series: Series, percent: Percent, since: datetime, rest: Rest, memory_mib: int) -> None:
        told = [replace(each, memory_mib=memory_mib) for each in samples(since, self.now, percent)]
        fine = fold(told, rest=rest, expected=5)
        whole = [each for each in condense(fine) if each.start + HOUR <= self.now]
        self.measurements.put_buckets({series: [*fine, *whole]})


def at(*moments: datetime, percent: float = 80.0) -> Percent:
    """Return a percentage that is high for a minute at those moments."""
    wanted = frozenset(moments)
    return lambda moment: percent if moment in wanted else 0.0


def untold(start: datetime, end: datetime, then: Percent = quiet) -> Percent:
    """Return a percentage that nobody told from start until before end."""
    return lambda moment: None if start <= moment < end else then(moment)


Move = Callable[[CheckHouse], None]
__all__ = ["BOB", "DAY", "MINUTE", "T4", "WEDNESDAY", "CheckHouse", "Move", "at", "busy", "quiet", "untold"]
