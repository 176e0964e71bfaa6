"""What measuring, checking and reminding need from outside."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.domain.addressees import Addressee
from bot.domain.answers import Preferences, Response
from bot.domain.base import DeploymentId, NodeId, SlackUserId
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.letters import Letter, UseOverTime
from bot.domain.notices import Notice, NoticeId
from bot.domain.operation import Breaker, Mode, Obstacle, PolicyVersion, Run
from bot.domain.records import AuditEntry
from bot.domain.reminders import Delivery, Exemption, Keep
from bot.domain.review import Report
from bot.domain.telemetry import CpuReading, NodeHealth, NodeReadings, PowerBand, Series
from bot.domain.usage import Bucket, Sample


class Telemetry(Protocol):
    """What GPUs and CPUs do right now. Nothing is raised for a machine that tells nothing: its answer says so."""

    def gpus(self, nodes: Sequence[NodeId]) -> tuple[NodeReadings, ...]:
        """Ask each node once for all of its GPUs, several at a time, and each no longer than its time limit.

        A node that failed to answer several times in a row is asked more and more seldom.
        """

    def cpus(self, allocations: Sequence[str], *, nodes: Mapping[str, NodeId] = ...) -> tuple[CpuReading, ...]:
        """Ask for the CPU of these allocations' main tasks; those that could not be asked are left out.

        `nodes` says on which machine each runs, so that one that fails to answer is left alone for all of them.
        """


class Measurements(Protocol):
    """The memory of use: samples, five-minute buckets and hours. Raises Unavailable when the database fails."""

    def add(self, samples: Iterable[tuple[Series, Sample]]) -> None:
        """Keep samples; one of the same series and moment is kept already."""

    def samples(self, *, since: datetime, until: datetime) -> Mapping[Series, tuple[Sample, ...]]:
        """Return the raw samples of every series in that span, its end excluded, in the order of time."""

    def put_buckets(self, buckets: Mapping[Series, Sequence[Bucket]]) -> None:
        """Insert buckets of either length, or replace those of the same series, start and length."""

    def buckets(
        self, series: Collection[Series], *, since: datetime, fine_since: datetime
    ) -> Mapping[Series, tuple[Bucket, ...]]:
        """Return hours that end after `since` until `fine_since`, and five-minute buckets from then on, by time.

        `fine_since` is a full hour. Where an hour has not been made yet, its five-minute buckets stand in for it.
        """

    def fine(self, *, since: datetime, until: datetime) -> Mapping[Series, tuple[Bucket, ...]]:
        """Return the five-minute buckets of every series that start in that span, its end excluded."""

    def health(self) -> tuple[NodeHealth, ...]:
        """Return how each machine answered when it was asked last."""

    def note_health(self, health: Iterable[NodeHealth]) -> None:
        """Replace what is known of these machines."""

    def bands(self) -> Mapping[str, PowerBand]:
        """Return the power of rest of each GPU model that is known."""

    def save_bands(self, bands: Iterable[PowerBand]) -> None:
        """Insert or replace the power of rest of these models."""

    def prune(self, *, samples_before: datetime, buckets_before: datetime, hours_before: datetime) -> int:
        """Delete what is older; return how many rows went."""


class CaseBook(Protocol):
    """The memory of checks and reminders. Every method is one short transaction; raises Unavailable if it fails."""

    # Who is at work.
    def lease(self, job: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take or renew the right to do a job until then; False while somebody else has it."""

    def release(self, job: str, holder: str) -> None:
        """Give the right back; it is fine if it is somebody else's by now."""

    def begin_run(self, run: Run) -> None:
        """Record that a run has begun; the last one of the same job that never ended is closed as failed."""

    def end_run(self, run: Run) -> None:
        """Record what came of it."""

    def last_runs(self) -> Mapping[str, Run]:
        """Return the newest ended run of each job that was not left to another process."""

    def last_done(self) -> Mapping[str, Run]:
        """Return the newest run of each job that did what it was for."""

    # Findings.
    def open_episodes(self) -> tuple[Episode, ...]:
        """Return every episode that lasts."""

    def episodes_of(self, deployments: Collection[DeploymentId]) -> tuple[Episode, ...]:
        """Return the episodes of these deployments, also those that ended."""

    def episode(self, episode: EpisodeId) -> Episode | None:
        """Return an episode, or None."""

    def save_episodes(self, episodes: Iterable[Episode]) -> None:
        """Insert or replace episodes, all or none; one that ended stays as it ended.

        So a check that began before an owner's answer does not undo what that has settled.
        """

    def deliveries(self, episodes: Collection[EpisodeId]) -> Mapping[EpisodeId, tuple[Delivery, ...]]:
        """Return what was told of each of these episodes, oldest first; those never told are left out."""

    def deliveries_since(self, since: datetime) -> tuple[Delivery, ...]:
        """Return everything that was told from then on, oldest first."""

    def first_seen(self, instances: Collection[str], *, now: datetime) -> Mapping[str, datetime]:
        """Return when each run of a deployment was first seen, which is `now` for those that are new."""

    # The outbox.
    def plan_notice(self, notice: Notice) -> bool:
        """Insert a notice, or replace a dropped one; False if there is another of the same e-mail and day already."""

    def claim_notice(self, notice: NoticeId, *, by: str, now: datetime, until: datetime) -> Notice | None:
        """Claim a notice that is planned, or whose claim has lapsed, for one process; None if it cannot be had.

        One found SENDING is returned as such: its claim is renewed, its state stays.
        """

    def save_notice(
        self,
        notice: Notice,
        *,
        by: str = "",
        deliveries: Iterable[Delivery] = (),
        noting: AuditEntry | None = None,
    ) -> bool:
        """Replace a notice and record what it told, in one transaction, if it still is claimed by that process.

        If it is claimed by somebody else by now, or by nobody (which is what an empty `by` stands for), nothing is
        changed and the answer is False: a process that slept over its claim must not undo what another one did.
        """

    def open_notices(self) -> tuple[Notice, ...]:
        """Return the notices that are planned, claimed or being sent, oldest first."""

    def standing_notices(self) -> tuple[Notice, ...]:
        """Return the notices that were sent and are not closed yet, oldest first."""

    def notices_with(self, episode: EpisodeId) -> tuple[Notice, ...]:
        """Return the notices that were sent about an episode, oldest first."""

    def notice_of(self, email: str, day: date) -> Notice | None:
        """Return the notice of a person's day, or None."""

    def last_told(self, email: str) -> datetime | None:
        """Return when the person was sent a digest last, or None."""

    # Answers.
    def respond(self, response: Response, *, keep: Keep | None = None, noting: AuditEntry | None = None) -> bool:
        """Record an answer with the keep that it stands for; False if the same click was recorded before."""

    def responses(self, episodes: Collection[EpisodeId]) -> tuple[Response, ...]:
        """Return the answers to these episodes, oldest first."""

    def responses_since(self, since: datetime) -> tuple[Response, ...]:
        """Return all answers from then on, oldest first."""

    def keeps(self, deployments: Collection[DeploymentId]) -> tuple[Keep, ...]:
        """Return every keep of these deployments, oldest first, also those that are over."""

    def end_keep(self, keep: Keep, *, now: datetime, noting: AuditEntry) -> None:
        """End a keep early."""

    def exemptions(self, *, now: datetime) -> tuple[Exemption, ...]:
        """Return the exemptions that hold now."""

    def exempt(self, exemption: Exemption, *, noting: AuditEntry) -> None:
        """Record an exemption; one of the same scope is replaced."""

    def preferences(self, email: str) -> Preferences:
        """Return what a person wishes; the defaults if they never said."""

    def save_preferences(self, preferences: Preferences) -> None:
        """Replace what a person wishes."""

    # How it is run.
    def mode(self) -> Mode:
        """Return how reminders are run; the default of a new installation is the shadow mode."""

    def save_mode(self, mode: Mode, *, noting: AuditEntry) -> None:
        """Replace how reminders are run."""

    def policies(self) -> tuple[PolicyVersion, ...]:
        """Return the policies that have been in force, newest first."""

    def adopt(self, policy: PolicyVersion) -> None:
        """Record that a policy is in force from then on."""

    def breakers(self) -> tuple[Breaker, ...]:
        """Return what holds reminders back."""

    def trip(self, breaker: Breaker, *, noting: AuditEntry | None = None) -> None:
        """Insert or replace an obstacle."""

    def clear(self, obstacle: Obstacle) -> None:
        """Remove an obstacle; it is fine if there is none."""

    def remembered(self, key: str) -> str:
        """Return a small fact under a name, empty if there is none: the bot's version at the last check, and such."""

    def remember(self, key: str, value: str) -> None:
        """Replace a small fact."""

    def prune(self, *, before: datetime) -> int:
        """Delete what ended before then; return how many rows went."""


class Messenger(Protocol):
    """Carries letters. Methods raise SlackUnavailable, its child MessageUncertain, or Undeliverable."""

    def send(self, letter: Letter, use: Sequence[UseOverTime]) -> tuple[str, str, str]:
        """Post a letter with a picture of the use; return its channel, its timestamp and the picture's id.

        A picture that cannot be had leaves the text alone, with an empty id.
        """

    def edit(self, channel: str, timestamp: str, letter: Letter) -> bool:
        """Replace a letter's content; False if it is gone."""

    def find(self, slack_user: SlackUserId, notice: NoticeId, *, since: datetime) -> tuple[str, str] | None:
        """Look through the conversation since then for a letter; None if it surely was not posted.

        Raises SlackUnavailable where that cannot be told.
        """

    def report(self, channel: str, report: Report) -> tuple[str, str]:
        """Post a report to administrators in a channel; return where it stands."""

    def find_report(self, channel: str, key: str, *, since: datetime) -> tuple[str, str] | None:
        """Look for a report by its key, as `find`."""


class Addressees(Protocol):
    """Finds the Slack account behind an owner's e-mail address."""

    def find(self, email: str) -> Addressee:
        """Return who that is in Slack: a person, nobody, or unknown while Slack does not answer; never raises."""

    def is_disturbed(self, slack_user: SlackUserId, *, now: datetime) -> bool | None:
        """Tell whether the person asked Slack not to be disturbed now; None if that cannot be told."""


class Calendars(Protocol):
    """Which days nobody works on."""

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is a public holiday where the platform is."""
