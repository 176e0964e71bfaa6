"""Jobs that only one of several processes may do at a time, each run of which is written down."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from uuid import uuid4

import structlog

from bot.domain.operation import Outcome, Run
from bot.errors import BotError
from bot.ports import CaseBook, Clock
from jobs.scheduler import Job

LEASE = timedelta(seconds=90)
"""How long after the death of a process another one waits before it takes over."""
RENEW_EVERY = timedelta(seconds=20)
_DETAIL = 500

log = structlog.get_logger()

Counts = Mapping[str, int]


def holder() -> str:
    """Return a name for this process that no other has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """Makes jobs that run under a lease in the database, so that two processes never do the same at once.

    A run holds its lease for as long as it takes, if `renew` is called meanwhile; a clean end gives all of them back.
    """

    case_book: CaseBook
    holder: str
    clock: Clock
    _held: dict[str, Lock] = field(default_factory=dict, repr=False)
    _begun: dict[str, datetime] = field(default_factory=dict, repr=False)

    def job(self, name: str, *, every: timedelta, work: Callable[[], Counts]) -> Job:
        """Return the job; while a run of it goes on, here or in another process, it does nothing."""
        lock = self._held[name] = Lock()

        def run() -> None:
            if not lock.acquire(blocking=False):
                return
            try:
                self._run(name, every, work)
            finally:
                lock.release()

        return Job(name=name, every=every, run=run, at_start=False)

    def renew(self) -> None:
        """Renew the leases of the jobs that run right now. Raises Unavailable."""
        for name, lock in self._held.items():
            if lock.locked():
                self._take(name)

    def release(self) -> None:
        """Give the leases back, so that another process need not wait for them to lapse. Raises Unavailable."""
        for name in self._begun:
            self.case_book.release(name, self.holder)

    def _take(self, name: str) -> bool:
        now = self.clock()
        return self.case_book.lease(name, self.holder, now=now, until=now + LEASE)

    def _run(self, name: str, every: timedelta, work: Callable[[], Counts]) -> None:
        if not self._take(name):
            return
        now = self.clock()
        run = Run(job=name, due_at=self._due(name, every, now), started_at=now)
        self._begun[name] = now
        self.case_book.begin_run(run)
        try:
            counts = work()
        except Exception as error:
            self._close(run, Outcome.FAILED, detail=_reason(error))
            raise
        self._close(run, Outcome.DONE, counts=dict(counts))

    def _due(self, name: str, every: timedelta, now: datetime) -> datetime:
        """Return when the run was due: a missed one is made up for once, however many there were."""
        before = self._begun.get(name)
        if before is None:
            last = self.case_book.last_runs().get(name)
            before = last.started_at if last else None
        return min(before + every, now) if before else now

    def _close(self, run: Run, outcome: Outcome, *, counts: dict[str, int] | None = None, detail: str = "") -> None:
        update = {"ended_at": self.clock(), "outcome": outcome, "counts": counts or {}, "detail": detail}
        self.case_book.end_run(run.model_copy(update=update))


def _reason(error: Exception) -> str:
    text = str(error) if isinstance(error, BotError) else type(error).__name__
    return text[:_DETAIL]
