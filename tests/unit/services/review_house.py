"""What administrators use, put together on fakes, beside everything that reminding needs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.base import Namespace, PlatformKey, SlackUserId
from bot.domain.operation import JobName, Outcome, Run
from bot.domain.people import Owner, Person
from bot.domain.review import Report
from bot.ports import CaseBook, Messenger
from bot.services.reviewing import Reviewing
from tests.fakes.measurements import MemoryMeasurements
from tests.unit.services.reminder_house import PLATFORMS, ReminderHouse

CHANNEL = "CADMINS"
ZONE = "Europe/Madrid"


def administrator(name: str, *platforms: str) -> Person:
    """Return somebody who administers these platforms."""
    return Person(
        slack_user=SlackUserId(f"U{name.upper()}"),
        owner=Owner(email=f"{name}@example.org", name=name.title()),
        time_zone=ZONE,
        platforms=(PlatformKey("ai4eosc"), PlatformKey("tutorials")),
        administers=tuple(PlatformKey(key) for key in platforms),
    )


GRACE = administrator("grace", "ai4eosc", "tutorials")
TIM = administrator("tim", "tutorials")


@dataclass
class ReviewHouse(ReminderHouse):
    """A house with administrators: Grace of everything, Tim of the tutorials alone."""

    channel: str = CHANNEL

    def __post_init__(self) -> None:
        """Put the house together."""
        self.measurements = MemoryMeasurements()
        super().__post_init__()

    def restart(self, holder: str = "first") -> None:
        """Build the use cases anew."""
        super().restart(holder)
        self.reviewing = self.reviews()

    def reviews(self, *, book: CaseBook | None = None, messenger: Messenger | None = None) -> Reviewing:
        """Return what administrators call."""
        return Reviewing(
            case_book=book or self.book,
            ledger=self.ledger,
            watching=self.watch,
            checking=self.check,
            reminding=self.reminding,
            measurements=self.measurements,
            messenger=messenger or self.messenger,
            addressees=self.addressees,
            calendars=self.calendars,
            platforms=PLATFORMS,
            clock=self.clock,
            channel=self.channel,
            time_zone=ZONE,
        )

    def finish(self, job: str, *, outcome: Outcome = Outcome.DONE, detail: str = "", **counts: int) -> None:
        """Let a job have run just now."""
        run = Run(job=job, due_at=self.now, started_at=self.now)
        self.book.begin_run(run)
        update = {"ended_at": self.now, "outcome": outcome, "counts": counts, "detail": detail}
        self.book.end_run(run.model_copy(update=update))

    def finish_all(self) -> None:
        """Let all jobs have run just now."""
        for job in JobName:
            self.finish(job)

    def move_to(self, episode_of: str, namespace: str) -> None:
        """Let the findings of a deployment be of another platform."""
        found = [each for each in self.book.open_episodes() if each.deployment == episode_of]
        self.book.save_episodes([each.model_copy(update={"namespace": Namespace(namespace)}) for each in found])

    def go_to(self, moment: datetime, *, step: timedelta = timedelta(minutes=1)) -> None:
        """Let time go by until then, with a report round at every step; the jobs do their work."""
        while self.now < moment:
            self.now = min(self.now + step, moment)
            self.finish_all()
            self.reviewing.round()

    @property
    def reports(self) -> list[Report]:
        """Return what was posted to the administrators' channel."""
        return [report for _, report, _ in self.messenger.reports.get(CHANNEL, [])]

    @property
    def keys(self) -> list[str]:
        """Return the keys of what was posted, in order."""
        return [report.key for report in self.reports]

    @property
    def actions(self) -> list[tuple[str, str, str]]:
        """Return who did what, as far as it was noted together with it."""
        return [(entry.actor, entry.action, entry.detail) for entry in self.book.audited if entry.action != "mode"]
