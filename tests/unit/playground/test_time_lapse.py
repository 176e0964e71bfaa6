"""Time as a person lets it pass: in steps, with the jobs that are due, and never over somebody who does something."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest

from playground.clock import Clock
from playground.pace import STEP
from playground.page import WorldRefused
from playground.slack import Workspace
from playground.slack.triggers import issue_trigger
from playground.time_lapse import TimeLapse, next_working_morning

MONDAY = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MADRID = "Europe/Madrid"


@dataclass(kw_only=True)
class Work:
    """A job that notes when it ran by the clock; it may fail, or hang until it is released."""

    name: str
    every: timedelta
    clock: Clock
    fails: bool = False
    hangs: bool = False
    at: list[datetime] = field(default_factory=list)
    may_end: Event = field(default_factory=Event)

    def run(self) -> None:
        """Do it."""
        self.at.append(self.clock.now())
        if self.hangs:
            self.may_end.wait(30)
        if self.fails:
            raise ValueError(self.name)


@dataclass
class Table:
    """A scheduler that notes whether it rests while a job is run."""

    jobs: Sequence[Work] = ()
    is_resting: bool = False
    rested: list[bool] = field(default_factory=list)
    resumed: Event = field(default_factory=Event)

    def rest(self) -> None:
        """Rest."""
        self.is_resting = True

    def resume(self) -> None:
        """Go on."""
        self.is_resting = False
        self.resumed.set()

    def run(self, job: Work) -> None:
        """Run a job."""
        self.rested.append(self.is_resting)
        job.run()


Open = Callable[..., TimeLapse]


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands at a Monday's ten o'clock in Madrid."""
    return Clock(MONDAY, frozen=True)


@pytest.fixture
def workspace(clock: Clock) -> Iterator[Workspace]:
    """Give a workspace on that clock."""
    with Workspace(clock=clock) as found:
        yield found


@pytest.fixture
def table() -> Table:
    """Give a scheduler without jobs."""
    return Table()


@pytest.fixture
def lapse(clock: Clock, workspace: Workspace, table: Table) -> Iterator[Open]:
    """Return what opens the passage of time for jobs, and close it at the end."""
    opened: list[TimeLapse] = []

    def open_one(*jobs: Work, **more: object) -> TimeLapse:
        table.jobs = jobs
        wanted = {"settle": lambda: None, "seldom": {}} | more
        made = TimeLapse(clock=clock, state=workspace.state, scheduler=table, zone=MADRID, **wanted)  # type: ignore[arg-type]  # what a test gives fits
        opened.append(made)
        return made

    yield open_one
    for each in opened:
        each.close()


def test_a_day_has_every_job_as_often_as_it_is_due(clock: Clock, lapse: Open) -> None:
    """In each step at most once, one of every hour once an hour, and on arrival everything once more."""
    often = Work(name="often", every=timedelta(minutes=1), clock=clock)
    hourly = Work(name="hourly", every=HOUR, clock=clock)
    passing = lapse(often, hourly)

    passing.pass_time(DAY.total_seconds())
    passing.wait()

    assert (clock.now(), len(often.at), len(hourly.at)) == (MONDAY + DAY, DAY // STEP, 25)


def test_a_last_step_is_as_short_as_it_has_to_be(clock: Clock, lapse: Open) -> None:
    """A quarter of an hour is a quarter of an hour."""
    passing = lapse()

    passing.pass_time(900)
    passing.wait()

    assert clock.now() == MONDAY + timedelta(minutes=15)


def test_what_is_asked_for_meanwhile_comes_on_top(clock: Clock, lapse: Open) -> None:
    """Pressing "+1 day" twice lets two days pass, however fast the first one is over."""
    slow = Work(name="slow", every=STEP, clock=clock, hangs=True)
    passing = lapse(slow)

    passing.pass_time(DAY.total_seconds())
    passing.pass_time(DAY.total_seconds())
    slow.may_end.set()
    passing.wait()

    assert clock.now() == MONDAY + 2 * DAY


def test_the_world_is_brought_up_to_date_in_each_step_before_the_jobs(clock: Clock, lapse: Open) -> None:
    """First what is new is attended to, then the clock moves, then the cluster settles, then jobs run."""
    seen: list[tuple[str, datetime]] = []
    job = Work(name="job", every=STEP, clock=clock)
    passing = lapse(
        job,
        attend=lambda: seen.append(("attend", clock.now())),
        settle=lambda: seen.append(("settle", clock.now())),
    )

    passing.pass_time(STEP.total_seconds())
    passing.wait()

    assert seen[:2] == [("attend", MONDAY), ("settle", MONDAY + STEP)]
    assert job.at == [MONDAY + STEP]


def test_the_bots_own_scheduler_rests_while_time_passes(clock: Clock, lapse: Open, table: Table) -> None:
    """No job can run twice at once; afterwards the scheduler goes on."""
    passing = lapse(Work(name="job", every=STEP, clock=clock))

    passing.pass_time(HOUR.total_seconds())
    passing.wait()

    assert table.resumed.wait(10)
    assert (set(table.rested), table.is_resting) == ({True}, False)


def test_a_job_that_fails_stops_nothing(clock: Clock, lapse: Open) -> None:
    """The others run, it runs again, and the time passes."""
    bad = Work(name="bad", every=STEP, clock=clock, fails=True)
    good = Work(name="good", every=STEP, clock=clock)
    passing = lapse(bad, good)

    passing.pass_time(2 * STEP.total_seconds())
    passing.wait()

    assert (len(bad.at), len(good.at), clock.now()) == (2, 2, MONDAY + 2 * STEP)


def test_a_job_that_hangs_stops_nothing_and_is_not_begun_again(clock: Clock, lapse: Open) -> None:
    """Time goes on without it after a moment; it has one run for as long as that lasts."""
    stuck = Work(name="stuck", every=STEP, clock=clock, hangs=True)
    good = Work(name="good", every=STEP, clock=clock)
    passing = lapse(stuck, good, patience=timedelta(milliseconds=20))

    passing.pass_time(3 * STEP.total_seconds())
    passing.wait()
    stuck.may_end.set()

    assert (len(stuck.at), len(good.at)) == (1, 3)


def test_what_is_done_seldom_on_the_way_is_done_on_arrival(clock: Clock, lapse: Open) -> None:
    """Whoever looks after a jump finds everything as it would be by then."""
    check = Work(name="check", every=timedelta(minutes=5), clock=clock)
    passing = lapse(check, seldom={"check": 2 * HOUR})

    passing.pass_time((3 * HOUR).total_seconds())
    passing.wait()

    assert check.at == [MONDAY + STEP, MONDAY + STEP + 2 * HOUR, MONDAY + 3 * HOUR]


def test_a_trigger_that_could_be_used_holds_time_for_its_three_seconds(
    clock: Clock, workspace: Workspace, lapse: Open
) -> None:
    """While it is held, time passes second by second; after that it jumps."""
    job = Work(name="job", every=STEP, clock=clock)
    with workspace.state.lock:
        issue_trigger(workspace.state, workspace.add_user("ada").id)
    passing = lapse(job)

    passing.pass_time(HOUR.total_seconds())
    passing.wait()

    assert clock.now() == MONDAY + HOUR
    assert timedelta(seconds=3) < job.at[0] - MONDAY - STEP < timedelta(seconds=4)


def test_a_page_is_told_that_time_waits(workspace: Workspace, lapse: Open) -> None:
    """The note says so, and is gone once time has passed."""
    with workspace.state.lock:
        issue_trigger(workspace.state, workspace.add_user("ada").id)
    passing = lapse()
    passing.pass_time(HOUR.total_seconds())

    workspace.wait_for(lambda: "somebody is doing something" in str(passing.snapshot()["note"]))
    passing.wait()

    assert passing.snapshot()["note"] == ""


def test_a_used_trigger_holds_nothing(clock: Clock, workspace: Workspace, lapse: Open) -> None:
    """What was used for a window cannot be lost any more."""
    with workspace.state.lock:
        issue_trigger(workspace.state, workspace.add_user("ada").id).used = True
    job = Work(name="job", every=STEP, clock=clock)
    passing = lapse(job)

    passing.pass_time(STEP.total_seconds())
    passing.wait()

    assert job.at == [MONDAY + STEP]


@pytest.mark.parametrize(("speed", "at_least"), [(60.0, timedelta(seconds=30)), (3600.0, HOUR)])
def test_time_passes_faster_at_a_speed_until_it_is_slow_again(
    clock: Clock, workspace: Workspace, lapse: Open, speed: float, at_least: timedelta
) -> None:
    """At ×60 and ×3,600 it goes on by itself; at ×1 it does not."""
    passing = lapse()

    passing.speed(speed)
    workspace.wait_for(lambda: clock.now() - MONDAY >= at_least)
    passing.speed(1.0)

    shown = passing.snapshot()
    assert (shown["speed"], shown["is_passing"]) == (1.0, False)


def test_a_speed_that_there_is_not_is_refused(lapse: Open) -> None:
    """The refusal names those that there are."""
    with pytest.raises(WorldRefused, match="×1, ×60, ×3,600"):
        lapse().speed(7.0)


@pytest.mark.parametrize("seconds", [0.0, -5.0, 61 * DAY.total_seconds()])
def test_no_time_and_too_much_time_are_refused(lapse: Open, seconds: float) -> None:
    """Time does not run backwards, and a mistyped year does not last for hours."""
    with pytest.raises(WorldRefused, match="60 days"):
        lapse().pass_time(seconds)


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-03-23T06:00:00+00:00", "2026-03-23T09:30:00+00:00"),
        ("2026-03-23T09:30:00+00:00", "2026-03-24T09:30:00+00:00"),
        ("2026-03-27T12:00:00+00:00", "2026-03-30T08:30:00+00:00"),
    ],
)
def test_the_next_working_morning_is_half_past_ten_there(now: str, morning: str) -> None:
    """Today's if it is still to come, else tomorrow's, and over the week-end Monday's, by the summer time there."""
    assert next_working_morning(datetime.fromisoformat(now), MADRID) == datetime.fromisoformat(morning)


def test_a_holiday_is_no_working_morning() -> None:
    """The first of May is a Friday in 2026: the next working morning is Monday's."""
    eve = datetime(2026, 4, 30, 12, tzinfo=UTC)

    morning = next_working_morning(eve, MADRID, is_holiday=lambda day: day == date(2026, 5, 1))

    assert morning == datetime(2026, 5, 4, 8, 30, tzinfo=UTC)


def test_time_can_pass_until_the_next_working_morning(clock: Clock, lapse: Open) -> None:
    """It is half past ten there when it is over."""
    passing = lapse()

    passing.until_working_morning()
    passing.wait()

    assert clock.now() == datetime(2026, 3, 23, 9, 30, tzinfo=UTC)
