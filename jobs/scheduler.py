"""Runs the table of jobs: each alone, late ones once, and none able to stop the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bot.errors import BotError

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing that is done over and over; running it twice or skipping it changes nothing."""

    name: str
    every: timedelta
    run: Callable[[], object]
    at_start: bool = True


class Scheduler:
    """Runs jobs in threads of their own. The schedule is code, so it lives in memory."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = tuple(jobs)
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(max(4, len(self.jobs)))},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": 60},
            timezone="UTC",
        )

    def start(self) -> None:
        """Run what is due at the start in order, then everything by its interval."""
        for job in self.jobs:
            self._scheduler.add_job(run_safely, "interval", seconds=job.every.total_seconds(), args=[job], id=job.name)
        self._scheduler.start()
        for job in self.jobs:
            if job.at_start:
                self._scheduler.add_job(run_safely, args=[job], id=f"{job.name} at start")

    def stop(self) -> None:
        """Let what runs finish and start nothing more."""
        if self._scheduler.running:
            # A shutdown in the middle of a round of the library's own thread makes that thread fail.
            self._scheduler.pause()
            self._scheduler.get_jobs()  # waits for the round to end
            self._scheduler.shutdown(wait=True)


def run_safely(job: Job) -> None:
    """Run a job; its failure is logged and the next run tries again."""
    try:
        job.run()
    except BotError as error:
        log.warning("job did not finish", job=job.name, reason=str(error))
    except Exception:  # one of the two places: the job runner must go on
        log.exception("job failed", job=job.name)
