"""Small builders of domain values, with defaults that a test overrides where it matters."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.base import DeploymentId, DraftId, Namespace, NodeId, PlatformKey, Site, SlackUserId
from bot.domain.catalog import ImageTags
from bot.domain.deployment import (
    Allocation,
    Deployment,
    Evaluation,
    GpuGroup,
    Hardware,
    Node,
    PlacementFailure,
    Task,
    TaskEvent,
)
from bot.domain.people import Owner, Person
from bot.domain.platform import AddressScheme, Limits, Platform, Range
from bot.domain.records import Draft
from bot.domain.request import Field

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
UUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
ADA = Owner(email="ada@example.org", name="Ada", subject="ada-subject")
PERSON = Person(slack_user=SlackUserId("U1"), owner=ADA, platforms=(PlatformKey("ai4eosc"), PlatformKey("tutorials")))
AI4EOSC = Platform(
    key=PlatformKey("ai4eosc"),
    title="AI4EOSC",
    vo="vo.ai4eosc.eu",
    namespace=Namespace("ai4eosc"),
    base_domain="deployments.example.org",
)
TUTORIALS = Platform(
    key=PlatformKey("tutorials"),
    title="Tutorials",
    vo="tutorials",
    namespace=Namespace("tutorials"),
    base_domain="deployments.example.org",
    priority=25,
    limits=Limits(
        cpu=Range(default=2, minimum=2, maximum=4),
        gpu=Range(default=0, minimum=0, maximum=0),
        ram=Range(default=2000, minimum=2000, maximum=4000),
        disk=Range(default=500, minimum=300, maximum=1000),
    ),
)
NAMED = AI4EOSC.model_copy(
    update={"addresses": AddressScheme(template="http://{label}.{hostname}.{base_domain}", inference_label="deepaas")}
)
TAGS = ImageTags(image="ai4oshub/demo-app", tags=("latest", "cpu", "gpu"), certain=True)


def node(name: str = "n1", *gpus: GpuGroup, **other: Any) -> Node:
    """Return a node that serves ai4eosc."""
    values = {"site": Site("ifca"), "status": "ready", "kind": "compute", "namespaces": "['ai4eosc']", "domain": "ifca"}
    return Node(id=NodeId(name), name=name, gpus=gpus, **{**values, **other})


def task(state: str = "running", *events: TaskEvent, **other: Any) -> Task:
    """Return a main task."""
    return Task(**{"name": "main", "state": state, "events": events, **other})


def event(kind: str, text: str = "", *, minutes_ago: float = 1, **details: str) -> TaskEvent:
    """Return an event of some minutes ago."""
    return TaskEvent(at=NOW - timedelta(minutes=minutes_ago), kind=kind, text=text, details=details)


def allocation(client: str = "running", *tasks: Task, minutes_ago: float = 5, **other: Any) -> Allocation:
    """Return an allocation made some minutes ago on the node n1."""
    at = NOW - timedelta(minutes=minutes_ago)
    values: dict[str, Any] = {
        "id": "a1",
        "node_id": NodeId("n1"),
        "create_index": 10,
        "created_at": at,
        "modified_at": at,
        "desired": "run",
    }
    return Allocation(client=client, tasks=tasks or None, **{**values, **other})


def deployment(*allocations: Allocation, **other: Any) -> Deployment:
    """Return a deployment of Ada."""
    values: dict[str, Any] = {
        "id": DeploymentId(UUID),
        "namespace": Namespace("ai4eosc"),
        "name": f"module-{UUID}",
        "title": "Plankton run",
        "owner": ADA,
        "submitted_at": NOW - timedelta(hours=1),
        "hardware": Hardware(cpu=4, ram_mb=8000, disk_mb=10000),
        "evaluations": (),
    }
    return Deployment(allocations=allocations, **{**values, **other})


def blocked(**failure: Any) -> Evaluation:
    """Return the evaluation of a failed placement."""
    return Evaluation(id="e1", status="blocked", create_index=5, failure=PlacementFailure(**failure))


def draft(**values: str) -> Draft:
    """Return a draft of Ada's with these values by field name."""
    return Draft(
        id=DraftId("d1"),
        slack_user=SlackUserId("U1"),
        deployment=DeploymentId(UUID),
        values={str(Field(name)): value for name, value in values.items()},
        created_at=NOW,
        updated_at=NOW,
    )
