"""Evaluations: written, put off, blocked and cancelled, as the scheduler needs them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from playground.cluster import placement
from playground.cluster.agenda import Agenda
from playground.cluster.records import Allocation, Evaluation, Job, JsonObject
from playground.cluster.state import State

PLACE_REMAINING = "created to place remaining allocations"
DELAYED = "created for delayed rescheduling"
DISCONNECT_TIMEOUT = "created for delayed disconnect timeout"


class EvaluationDesk:
    """Keeps the evaluations; `process` carries one out. Not thread-safe: the caller holds the cluster's lock."""

    def __init__(self, state: State, agenda: Agenda, process: Callable[[str, datetime], None]) -> None:
        self._state = state
        self._agenda = agenda
        self._process = process

    def enqueue(self, job: Job, trigger: str, now: datetime, *, node: str = "", priority: int = 0) -> Evaluation:
        """Write a pending evaluation of a job and let it be processed at once."""
        evaluation = Evaluation(
            id=self._state.new_id(),
            namespace=job.namespace,
            job=job.id,
            type=job.type,
            priority=priority or job.priority,
            trigger=trigger,
            status="pending",
            node=node,
            job_modify_index=job.job_modify_index if trigger.startswith("job-") else 0,
            created=now,
            modified=now,
        )
        with self._state.commit():
            written = self._state.put_evaluation(evaluation, now)
        self._agenda.at(now, partial(self._process, written.id))
        return written

    def delay(
        self,
        allocation: Allocation,
        trigger: str,
        description: str,
        due: datetime,
        cause: Evaluation,
        now: datetime,
    ) -> None:
        """Write an evaluation that waits for its time because of an allocation."""
        delayed = self._state.put_evaluation(
            Evaluation(
                id=self._state.new_id(),
                namespace=cause.namespace,
                job=cause.job,
                type=cause.type,
                priority=cause.priority,
                trigger=trigger,
                status="pending",
                description=description,
                wait_until=due,
                previous=cause.id,
                created=now,
                modified=now,
            ),
            now,
        )
        current = self._state.allocations[allocation.id]
        self._state.put_allocation(replace(current, followup=delayed.id), now, by_client=False)
        self._agenda.at(due, partial(self._process, delayed.id))

    def block(
        self,
        evaluation: Evaluation,
        failures: dict[str, JsonObject],
        classes: placement.Classes | None,
        now: datetime,
    ) -> Evaluation:
        """Write the evaluation that waits; an older one of the same job becomes superfluous."""
        key = (evaluation.namespace, evaluation.job)
        for older in self._state.evaluations_of(key):
            if older.status == "blocked" and older.id != evaluation.id:
                text = f'existing blocked evaluation exists for job "{evaluation.job}"'
                self._state.put_evaluation(replace(older, status="canceled", description=text), now)
        waiting = replace(
            evaluation,
            id=self._state.new_id(),
            status="blocked",
            trigger="queued-allocs",
            description=PLACE_REMAINING,
            previous=evaluation.id,
            failures=failures,
            queued=None,
            wait_until=None,
            node="",
            classes=None if classes is None or classes.escaped else dict(classes.verdicts),
            create_index=0,
            created=now,
        )
        return self._state.put_evaluation(waiting, now)

    def cancel_blocked(self, done: Evaluation, now: datetime) -> None:
        """End the wait of a job that has nothing left to place."""
        for waiting in self._state.evaluations_of((done.namespace, done.job)):
            if waiting.status == "blocked" and waiting.id != done.id:
                text = f'evaluation "{done.id}" successful'
                self._state.put_evaluation(replace(waiting, status="canceled", description=text), now)
