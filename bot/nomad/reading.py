"""Read deployments from Nomad with few calls, whatever their number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Allocation, Deployment, Evaluation
from bot.domain.people import Owner
from bot.errors import BotError
from bot.nomad import filters, shapes
from bot.nomad.client import NomadClient, Params
from bot.nomad.decode import read_deployment, read_evaluation
from bot.nomad.failures import NomadAnswered
from bot.nomad.json_values import JsonObject, count, fields, text
from bot.nomad.marks import MADE_BY, MetaKey
from bot.nomad.placed import MOST_BY_ID, WITH_RESOURCES, ByJob, PlacedReader, by_job, job_key
from bot.nomad.specification import read_specification
from bot.nomad.specification_cache import SpecificationCache

FEW = 10
"""So many deployments are listed whole: that takes no longer, and is one call less when something has changed."""

_LIVE = frozenset({"pending", "running", "unknown"})
_LIVE_COUNTS = ("Starting", "Running", "Unknown")
_MOST_JOBS_BY_ID = 150
_MOST_LEARNED = 5


@dataclass(frozen=True, slots=True)
class DeploymentReader:
    """Reads deployments, remembering specifications and allocations that did not change."""

    client: NomadClient
    _specifications: SpecificationCache = field(default_factory=SpecificationCache, repr=False)
    _unread: dict[str, int] = field(default_factory=dict, repr=False)
    _placed: PlacedReader = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_placed", PlacedReader(self.client))

    def owned(self, owner: Owner, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return an owner's deployments in two calls, or in three if something changed or is unplaced; never in more.

        Jobs come first, since their summaries tell whether a call must be left for the evaluations. Tasks that are
        well come without their events.
        """
        scope = scope_of(namespaces)
        jobs = self._jobs(scope, filters.owned(owner, namespaces))
        if not jobs:
            return ()
        if len(jobs) <= MOST_BY_ID:  # ids cost Nomad less to look for in everybody's allocations than owners do
            wanted = filters.of_jobs(text(job.get("ID")) for job in jobs)
        else:
            wanted = filters.owned_allocations(owner, namespaces)
        is_third_call_made = False
        if len(jobs) > FEW and not any(map(_seems_unplaced, jobs)):
            placed, is_third_call_made = self._placed.changed(scope, wanted, tasks_of_well=False)
        else:
            placed = self._placed.all(scope, wanted)
        waiting = [] if is_third_call_made else _unplaced(jobs, placed)
        found = self._joined(jobs, placed, self._evaluations_of(waiting, namespaces))
        return tuple(each for each in found if owner.owns(email=each.owner.email, subject=each.owner.subject))

    def followed(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return the bot's own deployments: two light listings, one of what changed, one of evaluations.

        Allocations come first: read after its job, one that was stopped in between would not seem to have been.
        """
        scope = scope_of(namespaces)
        placed, _ = self._placed.changed(scope, filters.made_by_bot(namespaces, of="Job."))
        jobs = self._jobs(scope, filters.made_by_bot(namespaces))
        return self._joined(jobs, placed, self._evaluations_of(_unplaced(jobs, placed), namespaces))

    def everything(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return everybody's deployments: two light listings, one of what changed, one of evaluations.

        What those of the Dashboard are for stands in their specifications only: a few of these that are not known yet
        are read each time.
        """
        scope = scope_of(namespaces)
        placed, _ = self._placed.changed(scope, filters.within(namespaces))
        jobs = self._jobs(scope, filters.deployments(namespaces))
        self._learn(jobs, placed)
        return self._joined(jobs, placed, self._evaluations_of(_unplaced(jobs, placed), namespaces))

    def whole(self, namespace: Namespace, deployment: DeploymentId) -> Deployment | None:
        """Return one deployment with its specification, in three calls; None if there is none."""
        of_this = {"namespace": namespace, **WITH_RESOURCES, "filter": filters.of_jobs([deployment])}
        allocations = by_job(shapes.allocations(self.client.list("allocations", of_this)))
        tried = self.evaluations(namespace, deployment)
        job = self.job(namespace, deployment)
        if job is None:
            return None
        self._specifications.keep(job, read_specification(job))
        return read_deployment(job, allocations=allocations.get(job_key(job), []), evaluations=tried)

    def job(self, namespace: Namespace, deployment: DeploymentId) -> JsonObject | None:
        """Return a whole job, or None if there is none."""
        found = found_or_none(self.client, f"job/{deployment}", namespace)
        return None if found is None else shapes.whole_job(found.answer, deployment)

    def evaluations(self, namespace: Namespace, deployment: DeploymentId) -> list[Evaluation]:
        """Return the evaluations of one deployment, in no order."""
        answer = self.client.get(f"job/{deployment}/evaluations", {"namespace": namespace})
        return _read(shapes.evaluations(answer))

    def _learn(self, jobs: Sequence[JsonObject], placed: ByJob) -> None:
        """Read a few specifications that nobody has read yet, of deployments that hold GPUs first.

        One that cannot be read ends it for this time, and has its next turn after all others: it hides nothing else.
        """
        unknown = {job_key(job): job for job in jobs if _is_unknown(job) and self._specifications.find(job) is None}
        for key in self._unread.keys() - unknown.keys():
            self._unread.pop(key, None)

        def turn(key: str) -> tuple[int, bool]:
            return self._unread.get(key, 0), not any(each.gpu_ids for each in placed.get(key, []))

        for key in sorted(unknown, key=turn)[:_MOST_LEARNED]:
            job = unknown[key]
            self._unread[key] = self._unread.get(key, 0) + 1
            try:
                whole = self.job(Namespace(text(job.get("Namespace"))), DeploymentId(text(job.get("ID"))))
            except BotError:
                return
            if whole is not None:
                self._specifications.keep(whole, read_specification(whole))

    def _jobs(self, scope: Params, wanted: str) -> Sequence[JsonObject]:
        return shapes.jobs(self.client.list("jobs", {**scope, "meta": "true", "filter": wanted}))

    def _joined(
        self, jobs: Sequence[JsonObject], placed: ByJob, tried: Mapping[str, Sequence[Evaluation]]
    ) -> tuple[Deployment, ...]:
        found = (
            read_deployment(
                job,
                allocations=placed.get(job_key(job), []),
                evaluations=tried.get(job_key(job)),
                specification=self._specifications.find(job),
            )
            for job in jobs
        )
        return tuple(each for each in found if each is not None)

    def _evaluations_of(
        self, jobs: Sequence[JsonObject], namespaces: Sequence[Namespace]
    ) -> dict[str, list[Evaluation]]:
        """Return the evaluations of these jobs, one list for each of them; no call if there are none."""
        found: dict[str, list[Evaluation]] = {job_key(job): [] for job in jobs}
        if not jobs:
            return found
        is_few = len(jobs) <= _MOST_JOBS_BY_ID
        wanted = filters.of_jobs(str(job.get("ID")) for job in jobs) if is_few else filters.unsettled(namespaces)
        tried = self.client.list("evaluations", {**scope_of(namespaces), "filter": wanted})
        for entry in shapes.evaluations(tried):
            if job_key(entry, "JobID") in found:
                found[job_key(entry, "JobID")].extend(_read([entry]))
        return found


def scope_of(namespaces: Sequence[Namespace]) -> dict[str, str]:
    """Return the namespace to ask for: the only one, or all of them where a filter picks."""
    return {"namespace": namespaces[0] if len(namespaces) == 1 else "*"}


@dataclass(frozen=True, slots=True)
class Found:
    """What Nomad answered about something that it knows, whatever that is."""

    answer: Any


def found_or_none(client: NomadClient, path: str, namespace: Namespace) -> Found | None:
    """Return what Nomad says about something, or None if it knows no such thing."""
    try:
        return Found(client.get(path, {"namespace": namespace}))
    except NomadAnswered as answer:
        if answer.is_not_found:
            return None
        raise


def _seems_unplaced(job: JsonObject) -> bool:
    """Tell by a job's summary whether nothing of it runs or starts; where there is none, it may be so."""
    groups = fields(fields(job.get("JobSummary")).get("Summary")).values()
    return job.get("Stop") is not True and not any(
        count(fields(each).get(key)) for each in groups for key in _LIVE_COUNTS
    )


def _unplaced(jobs: Sequence[JsonObject], placed: ByJob) -> list[JsonObject]:
    """Return the jobs that should run but have nothing that does."""
    return [job for job in jobs if job.get("Stop") is not True and not _has_live(placed.get(job_key(job), []))]


def _has_live(allocations: Iterable[Allocation]) -> bool:
    return any(allocation.client in _LIVE for allocation in allocations)


def _is_unknown(job: JsonObject) -> bool:
    return job.get("Stop") is not True and fields(job.get("Meta")).get(MetaKey.MADE_BY) != MADE_BY


def _read(entries: Iterable[JsonObject]) -> list[Evaluation]:
    return [evaluation for entry in entries if (evaluation := read_evaluation(entry)) is not None]
