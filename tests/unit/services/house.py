"""The use cases put together on fakes, as the application puts them together on the real parts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.base import PlatformKey, SlackUserId
from bot.domain.commands import Command, Verb
from bot.domain.form import Form
from bot.domain.people import Owner, Person
from bot.domain.platform import Platforms
from bot.domain.records import Announcement, Draft
from bot.domain.request import DeploymentRequest, Field
from bot.nomad.secret_items import secret_items
from bot.services.deploying import Deploying, Outcome
from bot.services.deployments import Deployments
from bot.services.following import Following
from bot.services.forms import Forms
from tests.fakes.catalog import FakeCatalog
from tests.fakes.cluster import FakeCluster
from tests.fakes.ledger import MemoryLedger
from tests.fakes.notifier import FakeNotifier
from tests.fakes.prober import FakeProber
from tests.unit.domain.values import AI4EOSC, NAMED, NOW, TUTORIALS

ADA = Person(
    slack_user=SlackUserId("UADA"),
    owner=Owner(email="ada@example.org", name="Ada"),
    platforms=(PlatformKey("ai4eosc"), PlatformKey("tutorials")),
)
BOB = Person(
    slack_user=SlackUserId("UBOB"),
    owner=Owner(email="bob@example.org", name="Bob"),
    platforms=(PlatformKey("ai4eosc"),),
)


class FixedPasswords:
    """Makes the same password every time."""

    def make(self) -> str:
        """Return the password."""
        return "correct-horse-battery"


@dataclass
class House:
    """Everything that the use cases need, in memory; `restart` forgets what a crash would."""

    now: datetime = NOW
    has_hostnames: bool = False
    cluster: FakeCluster = field(init=False)
    catalog: FakeCatalog = field(default_factory=FakeCatalog)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    notifier: FakeNotifier = field(default_factory=FakeNotifier)
    prober: FakeProber = field(default_factory=FakeProber)

    def __post_init__(self) -> None:
        self.cluster = FakeCluster(clock=self.clock)
        self.restart()

    def clock(self) -> datetime:
        """Return the current time."""
        return self.now

    def pass_time(self, span: timedelta) -> None:
        """Let time go by."""
        self.now += span

    def restart(self) -> None:
        """Build the use cases anew; only cluster, catalogue, Slack and ledger remember."""
        platforms = Platforms(all=(NAMED if self.has_hostnames else AI4EOSC, TUTORIALS))
        self.forms = Forms(
            platforms=platforms, cluster=self.cluster, catalog=self.catalog, ledger=self.ledger, clock=self.clock
        )
        self.deploying = Deploying(
            platforms=platforms,
            cluster=self.cluster,
            ledger=self.ledger,
            prober=self.prober,
            passwords=FixedPasswords(),
            secret_items=secret_items,
            clock=self.clock,
        )
        self.deployments = Deployments(
            platforms=platforms, cluster=self.cluster, ledger=self.ledger, prober=self.prober, clock=self.clock
        )
        self.following = Following(
            platforms=platforms,
            cluster=self.cluster,
            ledger=self.ledger,
            notifier=self.notifier,
            prober=self.prober,
            clock=self.clock,
        )

    def open(self, person: Person = ADA, /, module: str = "demo-app", **fields: str) -> tuple[Draft, Form]:
        """Open a form as `deploy MODULE --…` does."""
        command = Command(verb=Verb.DEPLOY, subject=module, fields={Field(name): text for name, text in fields.items()})
        draft, form = self.forms.open(person, command)
        self.forms.keep(draft)
        return draft, form

    def request(
        self, person: Person = ADA, /, module: str = "demo-app", **fields: str
    ) -> tuple[Draft, DeploymentRequest]:
        """Open a form and return its checked request."""
        draft, _ = self.open(person, module, **fields)
        values = {Field(name): text for name, text in fields.items()}
        _, checked = self.forms.check(draft.id, person, values, {})
        assert checked.request is not None, checked.problems
        return draft, checked.request

    def deploy(self, person: Person = ADA, /, module: str = "demo-app", **fields: str) -> Outcome:
        """Open, check and submit a form."""
        draft, request = self.request(person, module, **fields)
        return self.deploying.submit(person, draft, request, {})

    def message(self, outcome: Outcome) -> Announcement:
        """Return what the one message about a deployment says."""
        of_it = [each for each in self.notifier.posted.values() if each.deployment == outcome.submission.deployment]
        assert len(of_it) == 1, of_it
        return of_it[0]
