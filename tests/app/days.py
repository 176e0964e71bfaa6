"""Lets days pass in a town: clock, cluster, and the bot's own jobs, as often as they are due."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.domain.operation import JobName
from jobs.table import FORGET
from playground.clock import Clock
from playground.cluster import SimulatedCluster
from playground.cluster.papi_jobs import PapiJob
from playground.cluster.records import Job
from playground.cluster.usage import GpuUsage, TaskUsage
from playground.cluster.world import NodeSpec, default_world
from playground.registry import LocalRegistry
from playground.slack.person import Person
from playground.slack.screen import ShownMessage
from playground.slack.workspace import Workspace
from tests.app.town import Town, environment_of, start

MONDAY = datetime(2026, 3, 23, 7, 0, tzinfo=UTC)
"""Eight o'clock in Madrid, in the week before summer time begins."""
STEP = timedelta(minutes=10)
"""How often use is measured here: more seldom than in production, so that weeks pass in minutes."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_CHECK_EVERY = timedelta(minutes=30)
_REMIND_EVERY = timedelta(minutes=10)

AT_REST = GpuUsage(utilization=0, memory=9000)
UNTOUCHED = GpuUsage(utilization=0, memory=3)
AT_WORK = GpuUsage(utilization=85, memory=12000)
QUIET = TaskUsage(cpu_percent=1.0)
BUSY = TaskUsage(cpu_percent=350.0)

_CONFIG = """
administrators: [grace@example.org]
reminders:
  channel: {channel}
  time_zone: Europe/Madrid
  policy:
    cpu_interval: 10m
    samples: {{interval: 10m, min_samples: 30, max_age: 12m, start_slack: 20m, resumed_within: 30m}}
"""


@dataclass(kw_only=True)
class Days:
    """A town whose time stands still until a test lets it pass."""

    town: Town
    grace: Person
    channel: str
    _last: dict[str, datetime] = field(default_factory=dict)

    @property
    def cluster(self) -> SimulatedCluster:
        """Return the cluster."""
        return self.town.simulated

    @property
    def now(self) -> datetime:
        """Return what time it is."""
        return self.town.workspace.clock.now()

    def until(self, moment: datetime) -> None:
        """Let time pass until a moment."""
        while self.now < moment:
            self.town.workspace.clock.advance(min(STEP, moment - self.now))
            self.cluster.settle()
            self._run(JobName.MEASURE, STEP)
            self._run(JobName.CHECK, _CHECK_EVERY)
            self._run(JobName.REMIND, _REMIND_EVERY)
            self._run(JobName.REPORT, _REMIND_EVERY)
            self._run(FORGET, DAY)
            self._run("refresh nodes", HOUR)

    def restart(self) -> None:
        """Stop the bot and start a new one; its jobs run when the test says so, and not by themselves."""
        self.town.restart()
        self.town.bot.scheduler.stop()

    def run(self, *names: str) -> None:
        """Do jobs once, now."""
        for name in names:
            next(job for job in self.town.bot.scheduler.jobs if job.name == name).run()

    def deploy(self, owner: str, title: str, *, gpus: int = 1, service: str = "jupyter") -> Job:
        """Let somebody deploy in the dashboard."""
        number = len(self.cluster.jobs())
        wanted = PapiJob(
            id=f"{number:08x}-2fa1-11d2-883f-0016d3cca427",
            owner=owner,
            owner_email=f"{owner}@example.org",
            gpus=gpus,
            cpus=2,
            service=service,  # type: ignore[arg-type]  # one of the dashboard's
        )
        job = self.cluster.add_papi_job(f"{owner}@example.org", title, wanted=wanted)
        self.cluster.script_usage(job.id, gpu=lambda _now: AT_REST, task=lambda _now: QUIET)
        return job

    def reminders(self, person: Person) -> list[ShownMessage]:
        """Return the reminders that a person has, the oldest first."""
        return [each for each in person.messages() if (each.metadata or {}).get("event_type") == "ai4os_reminder"]

    def story(self, person: Person) -> str:
        """Return all that a person saw and did, by the clock of Madrid."""
        state = self.town.workspace.state
        with state.lock:
            seen = [
                line
                for line in state.story
                if line.audience in {None, person.id}
                and (line.channel is None or person.id in state.conversations[line.channel].members)
            ]
        lines = []
        for line in seen:
            at = line.at.astimezone(ZoneInfo("Europe/Madrid"))
            lines.append(f"{at:%a} {at.day} {at:%B %H:%M} {line.who}: " + line.text.replace("\n", "\n    "))
        return "\n".join(lines) + "\n"

    def go_live(self) -> None:
        """Let the administrator say that owners are told."""
        go_live(self.grace)

    def _run(self, name: str, every: timedelta) -> None:
        last = self._last.get(name)
        if last is None or self.now - last >= every:
            self._last[name] = self.now
            self.run(name)


def go_live(administrator: Person) -> None:
    """Let an administrator say that owners are told."""
    administrator.command("/ai4os", "admin go live")
    administrator.wait_for_modal(lambda view: bool(view.submit_label))
    assert administrator.submit().accepted
    administrator.wait_for_modal(lambda view: "Reminders are live" in view.text)
    administrator.dismiss()


@contextmanager
def days(folder: Path, *, nodes: tuple[NodeSpec, ...] = (), begins: datetime = MONDAY) -> Iterator[Days]:
    """Open a town at a moment; more machines than the usual ones may be given."""
    with ExitStack() as stack:
        clock = Clock(begins, frozen=True)
        workspace = stack.enter_context(Workspace(clock=clock, rate_limits=False))
        registry = stack.enter_context(LocalRegistry())
        cluster = stack.enter_context(SimulatedCluster(clock=clock, nodes=(*default_world(), *nodes)))
        ada = workspace.add_user("ada", email="ada@example.org", tz="Europe/Madrid")
        bob = workspace.add_user("bob", email="bob@example.org", tz="Europe/Madrid")
        grace = workspace.add_user("grace", email="grace@example.org", tz="Europe/Madrid")
        channel = workspace.add_channel("operators", members=[grace], is_private=True)
        config = folder / "config.yaml"
        config.write_text(_CONFIG.format(channel=channel))
        environment = environment_of(
            workspace, registry, nomad=cluster.address, database=folder / "bot.sqlite3", AI4OS_BOT_CONFIG=str(config)
        )
        town = Town(
            workspace=workspace,
            cluster=cluster,
            registry=registry,
            bot=start(environment, clock=clock),
            ada=ada,
            bob=bob,
            environment=environment,
        )
        stack.callback(lambda: town.bot.stop())  # noqa: PLW0108 - whichever bot it is by then
        town.bot.scheduler.stop()
        town.introduce(ada, bob, grace)
        yield Days(town=town, grace=grace, channel=channel)
