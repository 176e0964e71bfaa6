"""Who does which job, and what came of each run, in a SQL database."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Delete, Engine, delete, func, or_, select, update

from bot.domain.operation import Outcome, Run
from bot.store.case_tables import LeaseRow, RunRow
from bot.store.rows import columns_of, decode, encode, put, put_new
from bot.store.transactions import reading, writing

RUNS_MOST = 10_000
"""How many runs of one job are kept at most, the newest: a week of one that runs every minute."""


class SqlRuns:
    """The part of the case book that says who is at work."""

    __slots__ = ()

    engine: Engine

    def lease(self, job: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take or renew the right to do a job until then; False while somebody else has it."""
        is_free = or_(LeaseRow.holder == holder, LeaseRow.until <= now)
        taking = update(LeaseRow).where(LeaseRow.job == job, is_free).values(holder=holder, until=until)
        with writing(self.engine) as connection:
            if put_new(connection, LeaseRow, {"job": job, "holder": holder, "until": until}):
                return True
            return connection.execute(taking).rowcount == 1

    def release(self, job: str, holder: str) -> None:
        """Give the right back; it is fine if it is somebody else's by now."""
        with writing(self.engine) as connection:
            connection.execute(delete(LeaseRow).where(LeaseRow.job == job, LeaseRow.holder == holder))

    def begin_run(self, run: Run) -> None:
        """Record that a run has begun; the last one of the same job that never ended is closed as failed."""
        left = (RunRow.job == run.job, RunRow.outcome == Outcome.RUNNING.value)
        closed = {"outcome": Outcome.FAILED.value, "ended_at": run.started_at, "detail": "it never ended"}
        with writing(self.engine) as connection:
            connection.execute(update(RunRow).where(*left).values(**closed))
            put(connection, RunRow, encode(run))

    def end_run(self, run: Run) -> None:
        """Record what came of it."""
        with writing(self.engine) as connection:
            put(connection, RunRow, encode(run))

    def last_runs(self) -> Mapping[str, Run]:
        """Return the newest ended run of each job that was not left to another process."""
        return self._newest_runs(RunRow.ended_at.is_not(None), RunRow.outcome != Outcome.SKIPPED.value)

    def last_done(self) -> Mapping[str, Run]:
        """Return the newest run of each job that did what it was for."""
        return self._newest_runs(RunRow.outcome == Outcome.DONE.value)

    def _newest_runs(self, *conditions: ColumnElement[bool]) -> dict[str, Run]:
        newest = select(RunRow.job, func.max(RunRow.started_at).label("at")).where(*conditions).group_by(RunRow.job)
        latest = newest.subquery()
        is_it = (RunRow.job == latest.c.job) & (RunRow.started_at == latest.c.at)
        with reading(self.engine) as connection:
            rows = connection.execute(select(*columns_of(RunRow, Run)).join(latest, is_it)).mappings().all()
        return {run.job: run for run in decode(Run, rows)}


def outdated_runs(engine: Engine, before: datetime) -> Iterator[Delete]:
    """Return what deletes runs that ended before then, and the oldest of each job that has too many."""
    yield delete(RunRow).where(RunRow.ended_at < before)
    with reading(engine) as connection:
        jobs = connection.scalars(select(RunRow.job).distinct()).all()
    for job in jobs:
        newest = select(RunRow.started_at).where(RunRow.job == job).order_by(RunRow.started_at.desc())
        surplus = newest.offset(RUNS_MOST).limit(1).scalar_subquery()
        yield delete(RunRow).where(RunRow.job == job, RunRow.started_at <= surplus)
