"""The use of GPUs on a real Nomad, told by the whole bot: idle, a burst, idle again; a silent card; a dead plugin.

Everything that is measured comes from the agent through the collector while real time passes; the agent's clock cannot
be moved. So the windows are seconds long, by the policy in the configuration file, and jobs run when the test says so.
The bot's clock alone is set forward: by whole days before the start if it is a week-end, when nobody is reminded (a
machine whose clock is wrong by days is measured all the same); to the next five minutes, since what counts as work
after a finding is counted by those; and by some minutes with a dead plugin, until what it told last is out of sight.
The look right after such a jump may count as missing, as it does on a machine whose clock stands still.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from bot.domain.episodes import Episode
from bot.domain.operation import JobName
from bot.domain.policy import FindingKind
from bot.domain.usage import BUCKET, Sample, floor
from bot.store.case_book import SqlCaseBook
from bot.store.measurements import SqlMeasurements
from playground.clock import Clock
from playground.registry import LocalRegistry
from playground.slack.person import Person
from playground.slack.screen import ShownMessage
from playground.slack.workspace import Workspace
from tests.agent.agent import Gpu, ImageScript, NomadAgent, wait_until
from tests.app.days import go_live
from tests.app.town import Town, environment_of, start

pytest_plugins = ("tests.agent.fixtures",)
pytestmark = pytest.mark.agent

CARD = "GPU-t4-1"
AT_REST, AT_WORK = (0, 9000, 12), (87, 12000, 66)
WINDOW = timedelta(seconds=20)
SOON = timedelta(seconds=60)
A_DAY, A_JUMP = timedelta(days=1), timedelta(minutes=6)
READINGS = 3
A_BREATH = 0.4
"""Seconds between two looks at most of which a figure is new, since the agent has one each second."""

_CONFIG = """
administrators: [grace@example.org]
platforms:
  ai4eosc:
    addresses: direct
reminders:
  policy:
    gpu_warm_up: 0s
    gpu_idle: 20s
    window_factors: {batch: 1.0, notebook: 1.0, service: 1.0}
    cpu_interval: 10s
    telemetry: 20s
    samples: {interval: 10s, min_samples: 2, max_hole: 0.5, start_slack: 5s, max_age: 15s, resumed_within: 5m}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A town on a real Nomad whose only GPU is scripted, and whose bot works when it is told to."""

    town: Town
    agent: NomadAgent
    grace: Person

    @property
    def book(self) -> SqlCaseBook:
        """Return what checks and reminders remember."""
        return SqlCaseBook(self.town.bot.engine)

    @property
    def now(self) -> datetime:
        """Return what time it is for the bot."""
        return self.town.workspace.clock.now()

    def run(self, *names: str) -> None:
        """Do jobs once, now."""
        for name in names:
            next(job for job in self.town.bot.scheduler.jobs if job.name == name).run()

    def follow(self, person: Person, fits: str) -> ShownMessage:
        """Follow deployments until a person has a message that says so."""

        def told() -> ShownMessage | None:
            self.run("refresh nodes", "follow deployments", "settle what is open")
            return next((each for each in person.messages() if fits in each.text), None)

        return wait_until(told, within=SOON, what=f"a message with: {fits}")

    def measure(self, is_so: Callable[[], object], what: str) -> None:
        """Measure and check again and again until something is so."""

        def measured() -> bool:
            Event().wait(A_BREATH)
            self.run(JobName.MEASURE, JobName.CHECK)
            return bool(is_so())

        wait_until(measured, within=SOON, what=what)

    def use(self, figures: tuple[int, int, int]) -> None:
        """Let the card show per cent, MiB and watts, and measure until some readings of that are stored."""
        percent, memory, power = figures
        self.agent.set_usage(CARD, utilization=percent, memory=memory, power=power)
        begun = self.now
        self.measure(
            lambda: [each.percent for each in self.samples() if each.at > begun][-READINGS:] == [percent] * READINGS,
            f"{READINGS} readings of {percent} %",
        )

    def fall_silent(self) -> None:
        """Let the driver answer N/A, and wait, without measuring, until the agent tells so."""
        self.agent.set_usage(CARD, utilization=None, memory=9000, power=12)

        def is_silent() -> bool:
            groups = self.agent.api.get("client/stats")["DeviceStats"]
            told = [group["InstanceStats"][CARD]["Stats"]["Attributes"] for group in groups]
            return all(each["GPU utilization"].get("StringVal") == "N/A" for each in told)

        wait_until(is_silent, within=SOON, what="N/A")

    def samples(self) -> tuple[Sample, ...]:
        """Return what is stored about the card, the oldest first."""
        stored = SqlMeasurements(self.town.bot.engine).samples(since=self.now - BUCKET, until=self.now + BUCKET)
        return next((found for series, found in stored.items() if series.device == CARD), ())

    def findings(self) -> tuple[Episode, ...]:
        """Return the open findings."""
        return self.book.open_episodes()

    def found(self, kind: FindingKind) -> Episode:
        """Measure and check until there is such a finding, and return the only one."""
        self.measure(self.findings, f"a finding: {kind}")
        (episode,) = self.findings()
        assert episode.kind is kind
        return episode

    def reminders(self, person: Person) -> list[ShownMessage]:
        """Return the reminders that a person has."""
        return [each for each in person.messages() if (each.metadata or {}).get("event_type") == "ai4os_reminder"]

    def why(self) -> str:
        """Return what Ada is told when she asks about her deployment."""
        ada = self.town.ada
        ada.command("/ai4os", 'why "Plankton run"')
        text = ada.wait_for_modal(lambda view: "What was looked at" in view.text).text
        ada.dismiss()
        return text

    def review(self) -> str:
        """Return what an administrator sees first."""
        self.grace.command("/ai4os", "admin review")
        text = self.grace.wait_for_modal(lambda view: "GPUs that tell their use" in view.text).text
        self.grace.dismiss()
        return text

    def deploy(self, person: Person, title: str) -> None:
        """Let somebody deploy through the bot what needs the card."""
        self.town.submit(person, f'demo-app --gpu 1 --gpu-model T4 --cpu 1 --title "{title}"')


def in_office_hours(now: datetime) -> tuple[str, timedelta]:
    """Return a time zone in which people are at work for hours to come, and by how many days it has to be later."""
    for days in range(3):
        for east in range(14, -13, -1):
            there = now + days * A_DAY + timedelta(hours=east)
            if there.weekday() < 5 and 10 <= there.hour < 15:
                return f"Etc/GMT{-east:+d}", days * A_DAY
    raise AssertionError("it is working time somewhere within three days")


@contextmanager
def machine(folder: Path, agent: NomadAgent) -> Iterator[Machine]:
    """Open a town on the agent, whose node has one GPU, which rests."""
    agent.set_gpus(Gpu(id=CARD, memory_used_mib=9000, power_w=12))
    agent.script_image("*", ImageScript(cpu_percent=1.0, memory_mb=300))
    clock = Clock()
    zone, later = in_office_hours(clock.now())
    clock.advance(later)
    config = folder / "config.yaml"
    config.write_text(_CONFIG)
    with ExitStack() as stack:
        workspace = stack.enter_context(Workspace(clock=clock, rate_limits=False))
        registry = stack.enter_context(LocalRegistry())
        ada, bob, grace = (
            workspace.add_user(name, email=f"{name}@example.org", tz=zone) for name in ("ada", "bob", "grace")
        )
        environment = environment_of(
            workspace,
            registry,
            nomad=agent.address,
            database=folder / "bot.sqlite3",
            AI4OS_BOT_CONFIG=str(config),
            AI4OS_BOT_SERVICE_PROVIDER="nomad",
        )
        town = Town(
            workspace=workspace,
            cluster=None,
            registry=registry,
            bot=start(environment, clock=clock),
            ada=ada,
            bob=bob,
            environment=environment,
        )
        stack.callback(town.bot.stop)
        town.bot.scheduler.stop()
        town.introduce(ada, bob, grace)
        yield Machine(town=town, agent=agent, grace=grace)


@pytest.fixture
def world(tmp_path: Path, agent: NomadAgent) -> Iterator[Machine]:
    """Give a town with one GPU, live reminders, and Ada's deployment running on it."""
    with machine(tmp_path, agent) as found:
        go_live(found.grace)
        found.deploy(found.town.ada, "Plankton run")
        found.follow(found.town.ada, "is running")
        yield found


def reminded(world: Machine) -> ShownMessage:
    """Let the card rest until Ada is asked about it."""
    world.found(FindingKind.GPU_IDLE)
    world.run(JobName.REMIND)
    (letter,) = world.reminders(world.town.ada)
    return letter


def test_a_burst_between_two_rests_is_seen_and_the_stop_hands_the_card_on(world: Machine) -> None:
    """The finding counts from the burst and not from the start; the button stops it, and who waited gets the card."""
    ada, bob = world.town.ada, world.town.bob
    world.use(AT_REST)
    world.use(AT_WORK)
    at_work, found_at_work, burst = world.why(), world.findings(), world.samples()[-1].at
    world.use(AT_REST)
    (finding, letter, at_rest) = (world.found(FindingKind.GPU_IDLE), reminded(world), world.why())
    world.deploy(bob, "Mine next")
    world.follow(bob, "every fitting GPU is taken")

    ada.click(letter, "reminder.stop", confirm=True)

    world.follow(bob, "is running")
    settled = world.follow(ada, "It was stopped")
    assert found_at_work == ()
    assert "There is nothing to ask about it." in at_work
    assert "GPU idle: no" in at_work
    assert "none since it was started" not in at_work
    assert finding.since is not None
    assert timedelta(0) <= finding.since - burst < WINDOW / 2
    assert finding.opened_at - finding.since >= WINDOW
    assert "GPU idle: yes" in at_rest
    assert "no GPU activity has been seen" in letter.text
    assert settled.ts == letter.ts
    assert len(world.reminders(ada)) == 1


def test_work_after_the_reminder_settles_it_by_itself(world: Machine) -> None:
    """Three readings at work, and the letter says that it is used again; nobody is written to a second time."""
    ada = world.town.ada
    letter = reminded(world)
    world.town.workspace.clock.set(floor(world.now, BUCKET) + BUCKET)

    world.use(AT_WORK)
    world.run(JobName.REMIND)

    settled = world.reminders(ada)
    assert [each.ts for each in settled] == [letter.ts]
    assert "It is used again" in settled[0].text
    assert "reminder.stop" not in str(settled[0].blocks)
    assert world.findings() == ()


def test_a_card_that_answers_n_a_is_unknown_and_a_matter_for_operators(world: Machine) -> None:
    """Its readings are stored as missing; nobody says that it rests, and its owner hears nothing."""
    world.fall_silent()
    begun = world.now
    world.measure(lambda: world.now - begun > WINDOW, "a whole window to pass")

    world.found(FindingKind.TELEMETRY_HOLE)
    world.run(JobName.REMIND)

    why = world.why()
    assert {each.percent for each in world.samples()} == {None}
    assert "GPU idle: not known, too few readings" in why
    assert "I cannot tell whether it rests: " in why
    assert "So I do not ask." in why
    assert "0 of 1" in world.review()
    assert world.reminders(world.town.ada) == []


def test_a_plugin_that_dies_makes_rest_unknown_and_is_a_matter_for_operators(world: Machine) -> None:
    """Nomad goes on showing its last figures, which are zero: they prove nothing, however often they are read."""
    world.use(AT_REST)
    world.agent.crash_gpu_plugin()
    world.measure(lambda: world.now - world.samples()[-1].at > WINDOW, "a window without a reading")
    opened, why = world.findings(), world.why()
    world.town.workspace.clock.advance(A_JUMP)

    world.found(FindingKind.TELEMETRY_HOLE)
    world.run(JobName.REMIND)

    assert opened == ()
    assert "GPU idle: not known" in why
    assert "I cannot tell whether it rests: " in why
    assert "So I do not ask." in why
    assert "0 of 1" in world.review()
    assert world.reminders(world.town.ada) == []
