"""Turn a checked request into a running deployment, exactly once, through crashes and double clicks."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from uuid import uuid1

from bot.domain.base import DeploymentId, DraftId
from bot.domain.deployment import Deployment, Phase
from bot.domain.form import HeldGpu
from bot.domain.limits import held_gpus, is_over_gpu_limit, missing_reason
from bot.domain.people import Owner, Person
from bot.domain.placement import Outlook, Plan
from bot.domain.platform import Limits, Platform, Platforms
from bot.domain.records import FAILED_STATES, AuditEntry, Draft, Submission, SubmissionState
from bot.domain.request import DeploymentRequest, Field
from bot.errors import (
    NOT_STARTED,
    BotError,
    ClusterUnavailable,
    HostnameTaken,
    NotAMember,
    NotFound,
    NotYours,
    OverLimit,
    Refused,
    RejectedByCluster,
)
from bot.ports import Clock, Cluster, Ledger, NewDeployment, Passwords, Prober, SecretItems

GIVE_UP_AFTER = timedelta(minutes=30)
_UNFINISHED = frozenset({SubmissionState.ACCEPTED, SubmissionState.SECRETS_STORED})
_NOT_KNOWN_YET = "It is not known yet whether it was taken."
_WAIT = "I go on with it and tell you in a direct message: do not submit it again."
_TAKEN_HINT = "Choose another name, or leave it empty."


class OverGpuLimit(OverLimit):
    """The person holds as many GPUs as one may; carries which deployments hold them."""

    def __init__(self, held: tuple[HeldGpu, ...], limits: Limits) -> None:
        names = " and ".join(_held_name(holder) for holder in held)
        total, most = sum(holder.gpus for holder in held), limits.gpus_per_owner
        super().__init__(
            f"You already hold {total} GPUs, and {most} is the most one person may have.",
            hint=f"Stop one of {names} first. Failed or stopped deployments count while they still hold something.",
            field=Field.GPU,
        )
        self.held = held
        self.limits = limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a submission: the record, and whether this very call made it."""

    submission: Submission
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploying:
    """Plan, submit and, after a crash, resume. Intent is recorded before each effect; every effect is idempotent."""

    platforms: Platforms
    cluster: Cluster
    ledger: Ledger
    prober: Prober
    passwords: Passwords
    clock: Clock
    secret_items: SecretItems
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(64)))

    def plan(self, person: Person, draft: Draft, request: DeploymentRequest) -> Plan:
        """Say what would happen to the request right now, refusing what limits forbid.

        Raises OverGpuLimit, HostnameTaken, Refused (a reason is missing), RejectedByCluster. A cluster that does not
        answer gives an unknown outlook, not an error.
        """
        platform = self._platform(person, request)
        try:
            self._refuse_beyond_limits(person, request, platform, self._own(person))
            self._refuse_taken_hostname(request, platform, draft.deployment)
            plan = self.cluster.plan(self._new(draft.deployment, request, person.owner), platform)
        except ClusterUnavailable as error:
            return Plan(outlook=Outlook.UNKNOWN, reasons=(str(error),))
        if not request.gpus:
            return plan
        holders = self.cluster.count_gpu_holders(
            [platform.namespace for platform in self.platforms.all], model=request.gpu_model
        )
        return plan.model_copy(update={"gpu_holders": holders})

    def submit(self, person: Person, draft: Draft, request: DeploymentRequest, secrets: Mapping[Field, str]) -> Outcome:
        """Submit the draft's request. However often it is called for one draft, there is one deployment.

        Raises what `plan` raises, and ClusterUnavailable when the outcome is not known yet: it is then settled later
        and told in the direct message.
        """
        if draft.slack_user != person.slack_user:
            raise NotYours("This form belongs to somebody else.")
        platform = self._platform(person, request)
        with self._one_at_a_time(person.owner.email):
            known = self.ledger.submission(draft.deployment)
            if known is not None:
                return Outcome(submission=known, is_new=False)
            own = self._own(person)
            self._refuse_beyond_limits(person, request, platform, own)
            self._refuse_taken_hostname(request, platform, draft.deployment)
            items = self.secret_items(request, self._with_password(request, secrets))
            submission = self._accepted(person, draft, request, platform, own, needs_secrets=bool(items))
            requested = self._entry(submission, "deploy requested", detail=request.gpu_reason)
            if not self.ledger.accept(submission, noting=requested):
                return Outcome(submission=self.ledger.submission(draft.deployment) or submission, is_new=False)
            return Outcome(submission=self._carry_out(submission, platform, items), is_new=True)

    def resume(self) -> tuple[Submission, ...]:
        """Settle what a crash or an unreachable cluster left open.

        Returns the submissions whose owners are to be told: those that changed, and failures not told so far.
        """
        changed = []
        for submission in self.ledger.open_submissions():
            platform = self.platforms.get(submission.platform)
            with self._one_at_a_time(submission.owner_email):
                current = self.ledger.submission(submission.deployment)
                if current is None or current.state not in _UNFINISHED:
                    changed += [current] if current and current.state is SubmissionState.UNTOLD else []
                    continue
                try:
                    settled = self._resume_one(current, platform)
                except BotError:
                    continue
                changed.append(settled)
        return tuple(changed)

    def new_attempt(self, draft: Draft) -> Draft:
        """Give the draft a new deployment id after an attempt that is settled as failed."""
        renewed = draft.model_copy(update={"deployment": DeploymentId(str(uuid1())), "updated_at": self.clock()})
        self.ledger.save_draft(renewed)
        return renewed

    def draft_of(self, draft_id: DraftId, person: Person) -> Draft:
        """Return the person's draft, renewed if its last attempt is settled as failed."""
        draft = self.ledger.draft(draft_id)
        if draft is None:
            raise NotFound("This form is too old.", hint="Open a new one with `/ai4os deploy`.")
        if draft.slack_user != person.slack_user:
            raise NotYours("This form belongs to somebody else.")
        last = self.ledger.submission(draft.deployment)
        if last is not None and last.state in FAILED_STATES:
            return self.new_attempt(draft)
        return draft

    def _carry_out(self, submission: Submission, platform: Platform, items: Mapping[str, str]) -> Submission:
        try:
            if items:
                self.cluster.store_secrets(submission.namespace, submission.deployment, items)
                submission = self._advance(submission, SubmissionState.SECRETS_STORED)
        except BotError as error:
            error.changed = NOT_STARTED
            self._settle(submission, Phase.LOST, f"{error} {NOT_STARTED}")
            raise
        try:
            return self._register(submission, platform)
        except ClusterUnavailable as error:
            if error.is_in_doubt:  # `resume` goes on with it
                error.changed, error.hint = _NOT_KNOWN_YET, _WAIT
            else:
                self._settle(submission, Phase.LOST, f"{error} {NOT_STARTED}")
            raise

    def _register(self, submission: Submission, platform: Platform) -> Submission:
        owner = Owner(email=submission.owner_email, name=submission.owner_name, subject=submission.owner_subject)
        new = NewDeployment(
            id=submission.deployment, request=submission.request, owner=owner, has_password=submission.has_password
        )
        try:
            self.cluster.submit(new, platform)
        except RejectedByCluster as error:
            self._settle(submission, Phase.FAILED, str(error))
            raise
        return self._registered(submission)

    def _registered(self, submission: Submission) -> Submission:
        return self._advance(submission, SubmissionState.REGISTERED, noting=self._entry(submission, "deployed"))

    def _resume_one(self, submission: Submission, platform: Platform | None) -> Submission:
        if platform is None or self.clock() - submission.created_at > GIVE_UP_AFTER:
            if self.cluster.deployment(submission.namespace, submission.deployment) is not None:
                return self._registered(submission)
            return self._settle(submission, Phase.LOST, "The cluster did not answer in time.")
        if self.ledger.stop_of(submission.deployment) is not None:
            return self._registered(submission)  # it was there to be stopped, and must not come back
        if submission.state is SubmissionState.ACCEPTED and submission.needs_secrets:
            if not self.cluster.secrets(submission.namespace, submission.deployment):
                text = "I was restarted before it was submitted, and I never keep passwords."
                return self._settle(submission, Phase.LOST, text)
            submission = self._advance(submission, SubmissionState.SECRETS_STORED)
        try:
            return self._register(submission, platform)
        except RejectedByCluster:
            return self.ledger.submission(submission.deployment) or submission

    def told(self, deployment: DeploymentId) -> None:
        """Note that the owner knows of a failure, once no secret is left of it; others are left alone."""
        known = self.ledger.submission(deployment)
        if known is None or known.state is not SubmissionState.UNTOLD:
            return
        if known.needs_secrets:
            try:
                self.cluster.delete_secrets(known.namespace, known.deployment)
            except BotError:
                return  # tried again when what is open is settled
        self._advance(known, SubmissionState.REFUSED if known.phase is Phase.FAILED else SubmissionState.LOST)

    def _settle(self, submission: Submission, phase: Phase, detail: str) -> Submission:
        if submission.needs_secrets:
            self._forget_secrets(submission)
        settled = submission.model_copy(update={"detail": detail, "phase": phase})
        noting = self._entry(submission, "not deployed", detail=detail)
        return self._advance(settled, SubmissionState.UNTOLD, noting=noting)

    def _forget_secrets(self, submission: Submission) -> None:
        try:
            self.cluster.delete_secrets(submission.namespace, submission.deployment)
        except BotError as error:
            self.ledger.audit(self._entry(submission, "secrets not deleted yet", detail=str(error)))

    def _own(self, person: Person) -> tuple[Deployment, ...]:
        namespaces = [platform.namespace for platform in self.platforms.all]
        found = self.cluster.deployments_of(person.owner, namespaces)
        return tuple(self._with_hardware(deployment) for deployment in found)

    def _with_hardware(self, deployment: Deployment) -> Deployment:
        """Read the specification of a waiting deployment made elsewhere, since only it tells what is asked for."""
        if deployment.hardware is not None or deployment.is_stopped:
            return deployment
        return self.cluster.deployment(deployment.namespace, deployment.id) or deployment

    def _refuse_beyond_limits(
        self, person: Person, request: DeploymentRequest, platform: Platform, own: tuple[Deployment, ...]
    ) -> None:
        if not request.gpus:
            return
        held = held_gpus(own) + self._on_their_way(person, {deployment.id for deployment in own})
        if is_over_gpu_limit(request, held, platform.limits):
            raise OverGpuLimit(held, platform.limits)
        problem = missing_reason(request, held, platform.limits)
        if problem is not None:
            raise Refused(problem.text, hint="Go back to the form and add the reason.", field=problem.field)

    def _on_their_way(self, person: Person, known: set[DeploymentId]) -> tuple[HeldGpu, ...]:
        """Return the GPUs of own submissions that the cluster does not list yet."""
        return tuple(
            HeldGpu(
                deployment=submission.deployment,
                namespace=submission.namespace,
                title=submission.request.title,
                gpus=submission.request.gpus,
                gpu_model=submission.request.gpu_model,
            )
            for submission in self.ledger.submissions_of(person.owner.email)
            if submission.request.gpus and submission.deployment not in known and submission.state in _UNFINISHED
        )

    def _refuse_taken_hostname(self, request: DeploymentRequest, platform: Platform, own: DeploymentId) -> None:
        if not request.hostname:
            return
        holder = self.ledger.hostname_holder(platform.base_domain, request.hostname)
        taken = holder not in {None, own} or self.cluster.hostname_is_used(platform, request.hostname)
        if taken or self.prober.is_taken(self._address(request, platform)):
            raise HostnameTaken(f"The name “{request.hostname}” is taken.", hint=_TAKEN_HINT, field=Field.HOSTNAME)

    def _address(self, request: DeploymentRequest, platform: Platform) -> str:
        template = platform.addresses.template
        parts = {
            "label": platform.addresses.inference_label,
            "hostname": request.hostname,
            "base_domain": platform.base_domain,
        }
        unknown = [name for name in ("uuid", "node_domain", "address", "port") if "{" + name + "}" in template]
        return "" if unknown else template.format_map(parts)

    def _accepted(
        self,
        person: Person,
        draft: Draft,
        request: DeploymentRequest,
        platform: Platform,
        own: tuple[Deployment, ...],
        *,
        needs_secrets: bool,
    ) -> Submission:
        now = self.clock()
        subject = person.owner.subject or _subject_in(own, person.owner.email)
        if subject and not person.owner.subject:
            self.ledger.remember_subject(person.owner.email, subject)
        return Submission(
            deployment=draft.deployment,
            slack_user=person.slack_user,
            owner_email=person.owner.email,
            owner_name=person.owner.name,
            owner_subject=subject,
            platform=platform.key,
            namespace=platform.namespace,
            base_domain=platform.base_domain,
            request=request,
            needs_secrets=needs_secrets,
            has_password=request.service.is_ide,
            state=SubmissionState.ACCEPTED,
            created_at=now,
            updated_at=now,
        )

    def _with_password(self, request: DeploymentRequest, secrets: Mapping[Field, str]) -> Mapping[Field, str]:
        if not request.service.is_ide or secrets.get(Field.PASSWORD):
            return secrets
        return {**secrets, Field.PASSWORD: self.passwords.make()}

    def _platform(self, person: Person, request: DeploymentRequest) -> Platform:
        platform = self.platforms.get(request.platform)
        if platform is None or request.platform not in person.platforms:
            raise NotAMember(
                f"You are not a member of the platform “{request.platform}”.",
                hint="Ask the operators of the platform to add you.",
                field=Field.PLATFORM,
            )
        return platform

    def _new(self, deployment: DeploymentId, request: DeploymentRequest, owner: Owner) -> NewDeployment:
        return NewDeployment(id=deployment, request=request, owner=owner, has_password=request.service.is_ide)

    def _advance(
        self, submission: Submission, state: SubmissionState, *, noting: AuditEntry | None = None
    ) -> Submission:
        moved = submission.model_copy(update={"state": state, "updated_at": self.clock()})
        self.ledger.advance(moved, noting=noting)
        return moved

    def _entry(self, submission: Submission, action: str, *, detail: str = "") -> AuditEntry:
        return AuditEntry(
            at=self.clock(),
            actor=submission.slack_user,
            action=action,
            deployment=submission.deployment,
            detail=detail[:1000],
        )

    @contextmanager
    def _one_at_a_time(self, owner: str) -> Iterator[None]:
        """Let one submission per person pass at a time, so that two quick ones cannot both pass the limits."""
        with self._locks[hash(owner.casefold()) % len(self._locks)]:
            yield


def _held_name(holder: HeldGpu) -> str:
    if holder.is_ending:
        return f"“{holder.title}” (stopped, but not ended yet)"
    return f"“{holder.title}” (over, but still holding it)" if holder.is_over else f"“{holder.title}”"


def _subject_in(deployments: Iterable[Deployment], email: str) -> str:
    """Return the OIDC subject that the dashboard wrote into one of the person's own deployments, or an empty text."""
    own = (deployment.owner for deployment in deployments if not deployment.made_by_bot)
    return next((owner.subject for owner in own if owner.subject and owner.email.casefold() == email.casefold()), "")
