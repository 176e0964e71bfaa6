"""What deploying and looking after deployments needs from outside."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.base import DeploymentId, DraftId, Frozen, ModuleName, Namespace, SlackUserId
from bot.domain.catalog import CatalogSnapshot, ImageTags
from bot.domain.deployment import Deployment, Node
from bot.domain.people import Owner, Person
from bot.domain.placement import Plan
from bot.domain.platform import Platform
from bot.domain.records import Announcement, AuditEntry, Draft, StopRecord, Submission
from bot.domain.request import DeploymentRequest, Field

Clock = Callable[[], datetime]
"""Returns the current time, aware and in UTC."""


class NewDeployment(Frozen):
    """Everything a job is built from, fixed before anything is sent. Secrets are never part of it."""

    id: DeploymentId
    request: DeploymentRequest
    owner: Owner
    has_password: bool = False


class Cluster(Protocol):
    """Where deployments run. Every method may raise ClusterUnavailable; other errors are named."""

    def plan(self, deployment: NewDeployment, platform: Platform) -> Plan:
        """Ask what would happen to the deployment right now, changing nothing. Raises RejectedByCluster."""

    def submit(self, deployment: NewDeployment, platform: Platform) -> None:
        """Register the deployment exactly once: if it is there already and ours, that is success.

        Raises RejectedByCluster when the cluster refuses, or the id belongs to something else.
        """

    def store_secrets(self, namespace: Namespace, deployment: DeploymentId, items: Mapping[str, str]) -> None:
        """Write the deployment's secrets where only its own tasks can read them, replacing what is there."""

    def secrets(self, namespace: Namespace, deployment: DeploymentId) -> Mapping[str, str] | None:
        """Return the deployment's secrets, or None if it has none. Never keep or log them."""

    def ide_password(self, namespace: Namespace, deployment: DeploymentId) -> str | None:
        """Return the password of the deployment's editor, wherever its maker put it, or None. Never keep or log it."""

    def delete_secrets(self, namespace: Namespace, deployment: DeploymentId) -> None:
        """Remove the deployment's secrets; it is fine if there are none."""

    def deployments_of(self, owner: Owner, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return the owner's deployments in these namespaces, those of the dashboard and dead ones included.

        At most three calls to Nomad, whatever the number. `hardware` is None for an unplaced one not read before.
        """

    def followed(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return every deployment the bot made in these namespaces, with tasks and evaluations.

        A constant number of calls, whatever the number of deployments.
        """

    def everything(self, namespaces: Sequence[Namespace]) -> tuple[Deployment, ...]:
        """Return every deployment in these namespaces, whoever made it, with tasks and the GPUs it holds.

        Stopped ones are in it while they hold something. A constant number of calls, whatever the number.
        """

    def deployment(self, namespace: Namespace, deployment: DeploymentId) -> Deployment | None:
        """Return one deployment whole (specification, tasks, events, evaluations), or None if there is none."""

    def stop(self, namespace: Namespace, deployment: DeploymentId, *, purge: bool) -> None:
        """Stop the deployment (deregister the job), purging it only if told; unknown ones are fine."""

    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes as last read (no call if the copy is fresh); empty means unknown, not none."""

    def refresh_nodes(self) -> None:
        """Read the nodes anew: one list call, and one call for each node not seen before or changed."""

    def count_gpu_holders(self, namespaces: Sequence[Namespace], *, model: str) -> int | None:
        """Count the running deployments that hold a GPU (of this model, or any if empty); None if unknown."""

    def hostname_is_used(self, platform: Platform, hostname: str) -> bool:
        """Tell whether a deployment on the cluster has the host name already."""

    def is_reachable(self) -> bool:
        """Tell whether the cluster answers and has a leader; never raises."""


class Catalog(Protocol):
    """What can be deployed, from memory: never waits for the network."""

    def snapshot(self) -> CatalogSnapshot:
        """Return our copy of the catalogue."""

    def refresh(self, name: ModuleName | None = None) -> None:
        """Read the published catalogue anew, or only one module of it, whatever the case of its name.

        Raises CatalogUnavailable, keeping the last good copy, and NotFound for a name that is not listed (any more).
        """

    def keep(self) -> None:
        """Write what was learned since the last time to where the next start finds it; never raises for a failure."""

    def known_tags(self, image: str) -> ImageTags:
        """Return the image's tags from memory, or the conventional ones, marked uncertain."""

    def refresh_tags(self, image: str) -> ImageTags:
        """Ask the registry for the image's tags, or return what is known when it cannot be asked."""


class Directory(Protocol):
    """Who the people in the workspace are, and where they belong."""

    def known(self, slack_user: SlackUserId) -> Person | None:
        """Return the person if it is known without asking anybody; never waits."""

    def person(self, slack_user: SlackUserId) -> Person:
        """Return the person, from memory where it is fresh.

        Raises NotAMember for guests, bots, deactivated users and people of other teams, SlackUnavailable when it
        cannot be told.
        """


class Prober(Protocol):
    """Finds out whether an address answers."""

    def answers(self, url: str) -> bool | None:
        """Tell whether the service behind the address answers; None where that cannot be told."""

    def recent(self, url: str) -> bool | None:
        """Return what was last found out about the address without waiting, and see to it that it is asked again.

        None until the first answer has come.
        """

    def answer_all(self, urls: Sequence[str]) -> tuple[bool | None, ...]:
        """Do the same for several addresses at once, in their order."""

    def is_taken(self, url: str) -> bool:
        """Tell whether something already lives at an address of the platform; an empty address is never taken.

        The router's own "404 page not found" and a refused or unknown name mean free (platform.md 6.5).
        """


class Passwords(Protocol):
    """Makes strong passwords."""

    def make(self) -> str:
        """Return a new password that nobody can guess and everybody can type."""


class SecretItems(Protocol):
    """Turns what is secret in a form into the items that a deployment's tasks read."""

    def __call__(self, request: DeploymentRequest, secrets: Mapping[Field, str]) -> Mapping[str, str]:
        """Return the items by name; empty if the request needs no secrets."""


class Notifier(Protocol):
    """Tells people things in direct messages. Methods raise SlackUnavailable or its child MessageUncertain."""

    def post(self, slack_user: SlackUserId, announcement: Announcement) -> tuple[str, str]:
        """Post the message about a deployment; return its channel and timestamp."""

    def update(self, channel: str, timestamp: str, announcement: Announcement) -> bool:
        """Replace the message's content; False if the message is gone and a new one is needed."""

    def find(self, slack_user: SlackUserId, deployment: DeploymentId) -> tuple[str, str] | None:
        """Look whether the message about a deployment has been posted already; None if not, or if it can't be seen."""


class Ledger(Protocol):
    """What the bot remembers. Every method is one short transaction; raises Unavailable when the database fails."""

    # Drafts: a form that is open, keyed by an opaque id; secrets are never in them.
    def save_draft(self, draft: Draft) -> None:
        """Insert the draft, or replace it."""

    def draft(self, draft: DraftId) -> Draft | None:
        """Return the draft, or None."""

    # Submissions: intent before effect.
    # An audit entry that is given as `noting` is written in the same transaction, so that neither is ever alone.
    def accept(self, submission: Submission, *, noting: AuditEntry | None = None) -> bool:
        """Record a submission before anything is sent; False if its deployment id is recorded already.

        The host name, if any, is reserved in the same transaction: raises HostnameTaken.
        """

    def advance(self, submission: Submission, *, noting: AuditEntry | None = None) -> None:
        """Replace the recorded submission of the same deployment; a refused or lost one frees its host name."""

    def submission(self, deployment: DeploymentId) -> Submission | None:
        """Return what is recorded of the deployment, or None."""

    def open_submissions(self) -> tuple[Submission, ...]:
        """Return the submissions whose outcome is not settled yet, oldest first."""

    def submissions_of(self, owner_email: str) -> tuple[Submission, ...]:
        """Return the owner's submissions that are unsettled or followed (not over), oldest first."""

    def followed(self) -> tuple[Submission, ...]:
        """Return the submissions whose deployments are still followed (registered and not over)."""

    def hostname_holder(self, base_domain: str, hostname: str) -> DeploymentId | None:
        """Return the deployment for which the host name is reserved, or None."""

    # Announcements: the one direct message of a deployment.
    def announcement(self, deployment: DeploymentId) -> Announcement | None:
        """Return what was last announced about the deployment and where, or None."""

    def save_announcement(self, announcement: Announcement) -> None:
        """Insert the announcement, or replace the one of the same deployment."""

    # Stops.
    def record_stop(self, stop: StopRecord, *, noting: AuditEntry | None = None) -> None:
        """Insert the intent to stop, or replace the record of the same deployment."""

    def open_stops(self) -> tuple[StopRecord, ...]:
        """Return the stops that were intended but not carried out yet."""

    def stop_of(self, deployment: DeploymentId) -> StopRecord | None:
        """Return the newest stop recorded for the deployment, or None."""

    # The rest.
    def audit(self, entry: AuditEntry) -> None:
        """Append to the log of what was done, by whom, when and why."""

    def audit_log(self, *, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Return the newest entries, newest first."""

    def first_time(self, key: str, *, now: datetime) -> bool:
        """Remember that this delivery was handled; False if it was handled before."""

    def remember_subject(self, email: str, subject: str) -> None:
        """Remember which OIDC subject an e-mail address belongs to."""

    def subject_of(self, email: str) -> str:
        """Return the remembered OIDC subject of the e-mail address, or an empty text."""

    def prune(self, *, before: datetime) -> int:
        """Delete drafts, handled deliveries and settled records older than that; return how many rows went."""

    def is_reachable(self) -> bool:
        """Tell whether the database answers and its schema is the code's; never raises."""


class SecretPocket(Protocol):
    """Keeps what was typed into a form's secret fields, in memory only, until it is submitted or forgotten."""

    def put(self, draft: DraftId, items: Mapping[Field, str]) -> None:
        """Keep the items for a short time."""

    def get(self, draft: DraftId) -> Mapping[Field, str] | None:
        """Return the items, or None if none were kept or they are forgotten by now."""

    def forget(self, draft: DraftId) -> None:
        """Forget the items."""
