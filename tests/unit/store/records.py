"""Records for the store's tests, with something in every field that a column keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.base import DeploymentId, DraftId, ModuleName, Namespace, PlatformKey, SlackUserId
from bot.domain.catalog import Service
from bot.domain.deployment import Hardware, Phase
from bot.domain.endpoints import Endpoint, EndpointKind
from bot.domain.records import Announcement, AuditEntry, Draft, StopRecord, Submission, SubmissionState
from bot.domain.request import DeploymentRequest, StorageMount

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
HOSTILE = "“quotes” 'single' `ticks` ${x} {{ y }} <@U1> %s ; -- \n\r\t 🦀 שלום \\ \x07"
ADA = SlackUserId("U0ADA")


def draft(name: str = "draft-1", **changes: Any) -> Draft:
    """Make a form that Ada has open."""
    values: dict[str, Any] = {
        "id": DraftId(name),
        "slack_user": ADA,
        "deployment": DeploymentId("d1"),
        "values": {"title": HOSTILE, "cpu": "4"},
        "shows_help": True,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Draft(**values | changes)


def submission(name: str = "d1", *, hostname: str = "", **changes: Any) -> Submission:
    """Make a submission of Ada's, just accepted."""
    values: dict[str, Any] = {
        "deployment": DeploymentId(name),
        "slack_user": ADA,
        "owner_email": "Ada@Example.org",
        "owner_name": "Ada Łovelace",
        "owner_subject": "subject@idp",
        "platform": PlatformKey("ai4eosc"),
        "namespace": Namespace("ai4eosc"),
        "base_domain": "deployments.example.org",
        "request": request(hostname=hostname),
        "needs_secrets": True,
        "has_password": True,
        "state": SubmissionState.ACCEPTED,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Submission(**values | changes)


def request(*, hostname: str = "", title: str = HOSTILE) -> DeploymentRequest:
    """Make a request with storage and a second GPU."""
    return DeploymentRequest(
        platform=PlatformKey("ai4eosc"),
        module=ModuleName("plants"),
        image="ai4oshub/plants",
        tag="gpu-latest",
        service=Service.JUPYTER,
        title=title,
        hostname=hostname,
        cpu=4,
        gpus=2,
        gpu_reason="a model that does not fit on one",
        ram_mb=8000,
        disk_mb=10000,
        storage=StorageMount(url="https://cloud.example.org/dav", user="ada"),
    )


def announcement(name: str = "d1", **changes: Any) -> Announcement:
    """Make a message about a running deployment that was posted."""
    values: dict[str, Any] = {
        "deployment": DeploymentId(name),
        "slack_user": ADA,
        "platform": PlatformKey("ai4eosc"),
        "namespace": Namespace("ai4eosc"),
        "title": HOSTILE,
        "module": "plants",
        "phase": Phase.RUNNING,
        "since": NOON,
        "hardware": Hardware(cpu=4, gpus=1, gpu_model="Tesla T4", ram_mb=8000),
        "endpoints": (Endpoint(kind=EndpointKind.IDE, url="https://ide.example.org", answers=True),),
        "channel": "D1",
        "timestamp": "1772452800.000100",
        "updated_at": NOON,
    }
    return Announcement(**values | changes)


def stop(name: str = "d1", **changes: Any) -> StopRecord:
    """Make the intent to stop a deployment."""
    values: dict[str, Any] = {
        "deployment": DeploymentId(name),
        "namespace": Namespace("ai4eosc"),
        "title": HOSTILE,
        "slack_user": ADA,
        "by_email": "ada@example.org",
        "at": NOON,
    }
    return StopRecord(**values | changes)


def audit_entry(action: str = "submitted", **changes: Any) -> AuditEntry:
    """Make a line of the log."""
    values: dict[str, Any] = {"at": NOON, "actor": "ada@example.org", "action": action, "detail": HOSTILE}
    return AuditEntry(**values | changes)
