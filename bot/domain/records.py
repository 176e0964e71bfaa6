"""What the bot remembers: drafts, submissions, announcements, stops and the audit log."""

from datetime import datetime
from enum import StrEnum

from bot.domain.base import DeploymentId, DraftId, Frozen, Namespace, PlatformKey, SlackUserId
from bot.domain.deployment import Hardware, Phase
from bot.domain.endpoints import Endpoint
from bot.domain.request import DeploymentRequest


class Draft(Frozen):
    """A form that somebody has open: what they typed so far, by block id, without secrets.

    `deployment` is fixed when the form opens, so that however often it is submitted there is one deployment.
    """

    id: DraftId
    slack_user: SlackUserId
    deployment: DeploymentId
    values: dict[str, str] = {}
    shows_help: bool = False
    wants_storage: bool = False
    created_at: datetime
    updated_at: datetime


class SubmissionState(StrEnum):
    """How far a submission has come.

    The first two are unsettled and resumed after a restart. UNTOLD is settled as failed, but its owner does not know
    yet; it becomes REFUSED or LOST once they do.
    """

    ACCEPTED = "accepted"
    SECRETS_STORED = "secrets stored"
    REGISTERED = "registered"
    UNTOLD = "failed, not told yet"
    REFUSED = "refused"
    LOST = "lost"
    OVER = "over"


class Submission(Frozen):
    """A deployment that somebody asked for: who, what, why, and how far it has come.

    `needs_secrets` tells that a password was typed or made; it is in the cluster from SECRETS_STORED on, and nowhere
    else. `detail` is the reason of a refusal or a loss, in words for the owner.
    """

    deployment: DeploymentId
    slack_user: SlackUserId
    owner_email: str
    owner_name: str = ""
    owner_subject: str = ""
    platform: PlatformKey
    namespace: Namespace
    base_domain: str = ""
    request: DeploymentRequest
    needs_secrets: bool = False
    has_password: bool = False
    state: SubmissionState
    detail: str = ""
    phase: Phase = Phase.SUBMITTING
    created_at: datetime
    updated_at: datetime


FAILED_STATES = frozenset({SubmissionState.UNTOLD, SubmissionState.REFUSED, SubmissionState.LOST})
"""Submissions of which nothing runs and nothing will."""


class Announcement(Frozen):
    """The content of a deployment's one direct message, and where it stands.

    `channel` and `timestamp` are empty until it was posted; `is_posting` is set before the call and cleared after it,
    so a crash in between is seen.
    """

    deployment: DeploymentId
    slack_user: SlackUserId
    platform: PlatformKey
    namespace: Namespace = Namespace("")
    title: str
    module: str = ""
    phase: Phase
    reason: str = ""
    since: datetime | None = None
    hardware: Hardware = Hardware()
    site: str = ""
    image: str = ""
    endpoints: tuple[Endpoint, ...] = ()
    has_password: bool = False
    channel: str = ""
    timestamp: str = ""
    is_posting: bool = False
    updated_at: datetime


class StopRecord(Frozen):
    """The intent to stop a deployment and whether it was carried out."""

    deployment: DeploymentId
    namespace: Namespace
    title: str = ""
    slack_user: SlackUserId
    by_email: str = ""
    purge: bool = False
    reason: str = ""
    is_done: bool = False
    at: datetime


class AuditEntry(Frozen):
    """One thing that was done: when, who, what, to which deployment, why, with what result."""

    at: datetime
    actor: str
    action: str
    deployment: str = ""
    detail: str = ""
    reference: str = ""
