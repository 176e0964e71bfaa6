"""The scheduler: each job alone, failures logged, what is left out is quiet unless it lasts, and a stop that waits."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs

from bot.errors import ClusterUnavailable
from jobs.scheduler import TOO_LONG, Job, Scheduler, Watch

AT_ONCE = timedelta(milliseconds=5)
SELDOM = timedelta(hours=1)
PATIENCE = 10.0


@dataclass
class Counter:
    """A job's work that counts its runs and may fail; `enough` is set after the third."""

    fails_with: Exception | None = None
    runs: int = 0
    enough: Event = field(default_factory=Event)

    def run(self) -> None:
        """Count, then fail if told to."""
        self.runs += 1
        if self.runs >= 3:
            self.enough.set()
        if self.fails_with is not None:
            raise self.fails_with


@dataclass
class Blocker:
    """A job's work that goes on until it is released; `at_once` is how many of it ran at the same time at most."""

    running: int = 0
    at_once: int = 0
    has_begun: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)
    ended: bool = False

    def run(self) -> None:
        """Wait until released."""
        self.running += 1
        self.at_once = max(self.at_once, self.running)
        self.has_begun.set()
        assert self.released.wait(PATIENCE)
        self.running -= 1
        self.ended = True


@dataclass
class Seconds:
    """A clock that stands at `now`; it is read at the beginning of a run and whenever one was left out."""

    now: float = 0.0
    readings: int = 0
    third: Event = field(default_factory=Event)

    def __call__(self) -> float:
        """Tell the time."""
        self.readings += 1
        if self.readings >= 3:
            self.third.set()
        return self.now


@contextmanager
def scheduled(*jobs: Job, release: Callable[[], None] = lambda: None, watch: Watch | None = None) -> Iterator[None]:
    """Let a scheduler run these jobs, and end it."""
    scheduler = Scheduler(jobs, watch=watch)
    scheduler.start()
    try:
        yield
    finally:
        release()
        scheduler.stop()


@pytest.mark.parametrize(
    ("failure", "event"),
    [(ClusterUnavailable("Nomad is away."), "job did not finish"), (ValueError("a mistake of ours"), "job failed")],
)
def test_a_job_that_fails_goes_on(failure: Exception, event: str) -> None:
    """Whatever a job raises is logged, and it runs again."""
    work = Counter(fails_with=failure)

    with capture_logs() as logged, scheduled(Job(name="fails", every=AT_ONCE, run=work.run)):
        assert work.enough.wait(PATIENCE)

    assert {entry["event"] for entry in logged} == {event}


def test_a_job_that_fails_does_not_hold_up_the_others() -> None:
    """While one job fails and another one hangs, a third is run."""
    failing, hanging, fine = Counter(fails_with=ValueError()), Blocker(), Counter()
    table = [
        Job(name="fails", every=AT_ONCE, run=failing.run),
        Job(name="hangs", every=AT_ONCE, run=hanging.run),
        Job(name="fine", every=AT_ONCE, run=fine.run),
    ]

    with capture_logs(), scheduled(*table, release=hanging.released.set):
        assert fine.enough.wait(PATIENCE)
        assert failing.enough.wait(PATIENCE)

    assert fine.runs >= 3


def test_a_job_runs_at_the_start_unless_it_says_otherwise() -> None:
    """A job of every hour runs at once; one that is not for the start does not."""
    first, last, other = Blocker(), Blocker(), Counter()
    first.released.set()
    last.released.set()
    table = [
        Job(name="first", every=SELDOM, run=first.run),
        Job(name="later", every=SELDOM, run=other.run, at_start=False),
        Job(name="last", every=SELDOM, run=last.run),
    ]

    with scheduled(*table):
        assert first.has_begun.wait(PATIENCE)
        assert last.has_begun.wait(PATIENCE)

    assert other.runs == 0


def test_a_run_that_is_not_over_leaves_out_the_next_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    """The run at the start counts as well: a second one never begins beside it, and nothing is logged about it."""
    work, seconds = Blocker(), Seconds()
    job = Job(name="slow", every=AT_ONCE, run=work.run)

    with (
        capture_logs() as logged,
        caplog.at_level(logging.DEBUG),
        scheduled(job, release=work.released.set, watch=Watch(seconds)),
    ):
        assert seconds.third.wait(PATIENCE)  # at least two runs were left out by then

    assert work.at_once == 1
    assert logged == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_run_that_lasts_is_told_once() -> None:
    """When runs are left out for a minute there is one warning that names the job and how long it has been at it."""
    seconds = Seconds()
    watch = Watch(seconds)

    def hang() -> None:
        watch.note_left_out("stuck")
        seconds.now = TOO_LONG.total_seconds()
        watch.note_left_out("stuck")
        watch.note_left_out("stuck")

    with capture_logs() as logged:
        watch.run(Job(name="stuck", every=AT_ONCE, run=hang))
        watch.note_left_out("stuck")

    assert logged == [{"event": "job takes long", "job": "stuck", "seconds": 60, "log_level": "warning"}]


def test_stopping_waits_for_what_runs() -> None:
    """`stop` returns only when the run that it finds has ended, and nothing runs after it."""
    work = Blocker()
    scheduler = Scheduler([Job(name="slow", every=AT_ONCE, run=work.run)])
    scheduler.start()
    assert work.has_begun.wait(PATIENCE)
    had_ended: list[bool] = []

    def stop() -> None:
        scheduler.stop()
        had_ended.append(work.ended)

    stopping = Thread(target=stop)
    stopping.start()
    work.released.set()
    stopping.join(PATIENCE)

    assert had_ended == [True]
    assert work.running == 0


def test_stopping_what_was_never_started_is_fine() -> None:
    """A bot that fails before its clock runs can still be stopped."""
    scheduler = Scheduler([Job(name="never", every=SELDOM, run=Counter().run)])

    scheduler.stop()

    assert scheduler.jobs[0].name == "never"


def test_a_scheduler_that_rests_begins_nothing_until_it_resumes() -> None:
    """Who lets time pass by another clock runs the jobs meanwhile; afterwards they run by their intervals again."""
    work = Counter()
    job = Job(name="often", every=AT_ONCE, run=work.run)
    scheduler = Scheduler([job])
    scheduler.start()
    assert work.enough.wait(PATIENCE)

    scheduler.rest()
    while_resting = _runs_when_calm(work)
    scheduler.run(job)
    by_hand = work.runs
    work.enough.clear()
    scheduler.resume()
    went_on = work.enough.wait(PATIENCE)
    scheduler.stop()

    assert by_hand == while_resting + 1
    assert went_on


def _runs_when_calm(work: Counter) -> int:
    """Return how often work was done, once a run that was under way is over."""
    before = -1
    while before != work.runs:
        before = work.runs
        Event().wait(0.05)
    return before


def test_a_scheduler_that_was_never_started_may_rest_and_resume() -> None:
    """Nothing begins by that."""
    work = Counter()
    scheduler = Scheduler([Job(name="never", every=AT_ONCE, run=work.run)])

    scheduler.rest()
    scheduler.resume()
    scheduler.stop()

    assert work.runs == 0


def test_a_job_that_is_run_by_hand_does_not_overlap_with_itself() -> None:
    """A second run of it, from anywhere, is left out."""
    work = Blocker()
    job = Job(name="slow", every=SELDOM, run=work.run)
    scheduler = Scheduler([job])
    first = Thread(target=scheduler.run, args=(job,))
    first.start()
    assert work.has_begun.wait(PATIENCE)

    scheduler.run(job)
    work.released.set()
    first.join(PATIENCE)

    assert (work.at_once, work.running) == (1, 0)


def test_a_failure_that_lasts_is_told_when_it_begins_changes_and_ends() -> None:
    """A night without Nomad is a few lines, not one every two seconds; a new reason is told at once."""
    seconds, work = Seconds(), Counter(fails_with=ClusterUnavailable("Nomad cannot be reached."))
    watch, job = Watch(seconds=seconds), Job(name="look", every=SELDOM, run=work.run)

    with capture_logs() as logged:
        for minute in (0, 1, 2, 11):
            seconds.now = 60.0 * minute
            watch.run(job)
        work.fails_with = RuntimeError("surprise")
        watch.run(job)
        watch.run(job)
        work.fails_with = None
        watch.run(job)
        watch.run(job)

    assert [entry["event"] for entry in logged] == [
        "job did not finish",
        "job did not finish",
        "job failed",
        "job works again",
    ]
