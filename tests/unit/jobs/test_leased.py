"""Jobs under a lease: one process at a time, each run written down, a missed one made up for once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from bot.domain.operation import Outcome
from bot.errors import ClusterUnavailable
from jobs.leased import LEASE, Leased
from tests.fakes.case_book import MemoryCaseBook

START = datetime(2026, 11, 25, 8, tzinfo=UTC)
EVERY = timedelta(minutes=5)
PATIENCE = 10.0


@dataclass
class Hands:
    """A clock that is moved by hand."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Return where its hands stand."""
        return self.now


@dataclass
class Work:
    """What a job does: it counts, and fails or waits if told to."""

    runs: int = 0
    fails_with: Exception | None = None
    has_begun: Event = field(default_factory=Event)
    may_end: Event = field(default_factory=Event)
    waits: bool = False

    def __call__(self) -> Mapping[str, int]:
        """Do it."""
        self.runs += 1
        self.has_begun.set()
        if self.waits:
            assert self.may_end.wait(PATIENCE)
        if self.fails_with is not None:
            raise self.fails_with
        return {"deployments": 3}


def leased(book: MemoryCaseBook, clock: Hands, *, holder: str = "one") -> Leased:
    """Return a process's jobs on a book."""
    return Leased(case_book=book, holder=holder, clock=clock)


def test_a_run_is_recorded_with_what_it_counted() -> None:
    """A run that went well is written down with its times, its outcome and its counts."""
    book, clock, work = MemoryCaseBook(), Hands(), Work()

    leased(book, clock).job("check", every=EVERY, work=work).run()

    run = book.last_runs()["check"]
    assert (run.outcome, run.counts, run.due_at, run.ended_at) == (Outcome.DONE, {"deployments": 3}, START, START)


def test_a_run_that_fails_is_recorded_with_its_reason() -> None:
    """A failure goes on to the scheduler, and is written down in the words that it was told in."""
    book, clock = MemoryCaseBook(), Hands()
    job = leased(book, clock).job("check", every=EVERY, work=Work(fails_with=ClusterUnavailable("Nomad is away.")))

    with pytest.raises(ClusterUnavailable):
        job.run()

    run = book.last_runs()["check"]
    assert (run.outcome, run.detail) == (Outcome.FAILED, "Nomad is away.")


def test_an_unknown_failure_is_recorded_without_its_text() -> None:
    """What is no sentence of ours may hold anything, so that only its kind is written down."""
    book, clock = MemoryCaseBook(), Hands()
    job = leased(book, clock).job("check", every=EVERY, work=Work(fails_with=KeyError("sesame")))

    with pytest.raises(KeyError):
        job.run()

    assert book.last_runs()["check"].detail == "KeyError"


def test_another_process_does_nothing_while_the_lease_holds() -> None:
    """Of two processes on one database only the one with the lease runs a job."""
    book, clock, first, second = MemoryCaseBook(), Hands(), Work(), Work()
    leased(book, clock, holder="one").job("check", every=EVERY, work=first).run()

    leased(book, clock, holder="two").job("check", every=EVERY, work=second).run()

    assert (first.runs, second.runs) == (1, 0)


def test_another_process_takes_over_when_the_lease_has_lapsed() -> None:
    """A process that died holds up the others for no longer than its lease."""
    book, clock, second = MemoryCaseBook(), Hands(), Work()
    leased(book, clock, holder="one").job("check", every=EVERY, work=Work()).run()
    clock.now += LEASE + timedelta(seconds=1)

    leased(book, clock, holder="two").job("check", every=EVERY, work=second).run()

    assert second.runs == 1


def test_another_process_takes_over_at_once_after_a_clean_end() -> None:
    """A process that ends gives its leases back."""
    book, clock, second = MemoryCaseBook(), Hands(), Work()
    first = leased(book, clock, holder="one")
    first.job("check", every=EVERY, work=Work()).run()
    first.release()

    leased(book, clock, holder="two").job("check", every=EVERY, work=second).run()

    assert second.runs == 1


def test_a_long_run_keeps_its_lease() -> None:
    """While a run goes on its lease is renewed, so that nobody else begins however long it takes."""
    book, clock, long, second = MemoryCaseBook(), Hands(), Work(waits=True), Work()
    first = leased(book, clock, holder="one")
    running = Thread(target=first.job("check", every=EVERY, work=long).run)
    running.start()
    assert long.has_begun.wait(PATIENCE)
    clock.now += LEASE - timedelta(seconds=1)
    first.renew()
    clock.now += LEASE - timedelta(seconds=1)

    leased(book, clock, holder="two").job("check", every=EVERY, work=second).run()

    long.may_end.set()
    running.join()
    assert second.runs == 0


def test_a_job_does_not_overlap_with_itself() -> None:
    """A run that is asked for while another one of the same process goes on is left out."""
    book, clock, work = MemoryCaseBook(), Hands(), Work(waits=True)
    job = leased(book, clock).job("check", every=EVERY, work=work)
    running = Thread(target=job.run)
    running.start()
    assert work.has_begun.wait(PATIENCE)

    job.run()

    work.may_end.set()
    running.join()
    assert work.runs == 1


def test_what_was_missed_is_made_up_for_once() -> None:
    """After hours without a process one run is due since the first one that was missed; the next is due as usual."""
    book, clock = MemoryCaseBook(), Hands()
    leased(book, clock, holder="one").job("check", every=EVERY, work=Work()).run()
    clock.now += timedelta(hours=3)
    work = Work()
    job = leased(book, clock, holder="two").job("check", every=EVERY, work=work)
    job.run()
    made_up_for = book.last_runs()["check"]
    clock.now += EVERY

    job.run()

    assert work.runs == 2
    assert made_up_for.due_at == START + EVERY
    assert book.last_runs()["check"].due_at == clock.now
