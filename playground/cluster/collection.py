"""Garbage collection: what Nomad forgets, and when."""

from datetime import datetime, timedelta

from playground.cluster.agenda import Agenda
from playground.cluster.lifecycle import Clients
from playground.cluster.records import Evaluation, Job
from playground.cluster.state import State

INTERVAL = timedelta(minutes=5)
JOBS_AFTER = timedelta(hours=4)
EVALUATIONS_AFTER = timedelta(hours=1)
BATCH_AFTER = timedelta(hours=24)


class Collection:
    """Forgets dead jobs after 4 h, evaluations and allocations after 1 h (batch: 24 h)."""

    def __init__(self, state: State, agenda: Agenda, clients: Clients) -> None:
        self._state = state
        self._agenda = agenda
        self._clients = clients

    def plan(self, now: datetime) -> None:
        """Collect every five minutes from now on."""

        def run(due: datetime) -> None:
            self.collect(due)
            self.plan(due)

        self._agenda.at(now + INTERVAL, run)

    def collect(self, now: datetime, *, everything: bool = False) -> None:
        """Forget what is old enough, or whatever is over."""
        with self._state.commit():
            for evaluation in list(self._state.evaluations.values()):
                batch = evaluation.type == "batch" and (evaluation.namespace, evaluation.job) in self._state.jobs
                age = BATCH_AFTER if batch else EVALUATIONS_AFTER
                if everything or now - evaluation.modified >= age:
                    self._collect_evaluation(evaluation, now, age=timedelta(0) if everything else age)
            for job in list(self._state.jobs.values()):
                if job.status == "dead" and (everything or now - self._ended(job) >= JOBS_AFTER):
                    self._collect_job(job)

    def _collect_evaluation(self, evaluation: Evaluation, now: datetime, *, age: timedelta) -> None:
        """Forget an evaluation with its allocations, if all of it is over and no job needs it."""
        key = (evaluation.namespace, evaluation.job)
        own = [one for one in self._state.allocations_of(key) if one.evaluation == evaluation.id]
        job = self._state.jobs.get(key)
        if not evaluation.terminal or not all(one.terminal and now - one.modified >= age for one in own):
            return
        if any(one.desired == "stop" and not one.client_terminal for one in own):
            return
        if job is not None and not job.stop and job.type == "batch" and own:
            return
        for allocation in own:
            self._state.drop_allocation(allocation)
            self._clients.forget(allocation.id)
        self._state.drop_evaluation(evaluation)

    def _ended(self, job: Job) -> datetime:
        moments = [one.modified for one in self._state.allocations_of(job.key)]
        moments += [one.modified for one in self._state.evaluations_of(job.key)]
        return max(moments, default=job.submitted)

    def _collect_job(self, job: Job) -> None:
        allocations = self._state.allocations_of(job.key)
        evaluations = self._state.evaluations_of(job.key)
        if not all(one.client_terminal for one in allocations) or not all(one.terminal for one in evaluations):
            return
        for allocation in allocations:
            self._state.drop_allocation(allocation)
            self._clients.forget(allocation.id)
        for evaluation in evaluations:
            self._state.drop_evaluation(evaluation)
        self._state.drop_rollouts(job.key)
        self._state.drop_job(job)
