"""Realistic and worst-case domain values that the views are drawn from."""

from datetime import timedelta
from typing import Any

from bot.domain import form as forms
from bot.domain.base import DeploymentId, DraftId, ModuleName, Namespace, PlatformKey, Site, SlackUserId
from bot.domain.catalog import Capability, ImageTags, Module, Service, Wanted
from bot.domain.deployment import GpuGroup, Hardware, Node, Phase, Status
from bot.domain.endpoints import Endpoint, EndpointKind
from bot.domain.form import Form, HeldGpu
from bot.domain.overview import Row
from bot.domain.platform import Platform
from bot.domain.records import Announcement
from bot.domain.request import DeploymentRequest, Problem, StorageMount
from tests.unit.domain.values import AI4EOSC, NOW, PERSON, TUTORIALS, UUID, draft, node

DRAFT = DraftId("d1")
REFERENCE = "1a2b3c4d"
HOSTILE = "<!channel> <@U1> & *b* _i_ `c` ~s~ http://x.example|y> :fire: \u202eevil\x00 \n" + "🦠&<" * 400
YOLO = Module(
    name=ModuleName("ai4os-yolo-torch"),
    title="YOLO object detection",
    summary="Object detection, segmentation and classification with YOLO",
    image="ai4oshub/ai4os-yolo-torch",
    capabilities=(Capability.INFERENCE, Capability.TRAINABLE),
    links=(("Source code", "https://code.example.org/ai4os-yolo-torch"),),
    inference=Wanted(cpu=2, ram_mb=4000),
)
PLANTS = Module(
    name=ModuleName("plants-classification"),
    title="Plant species classifier",
    summary="Tells plant species apart on photographs",
    image="ai4oshub/plants-classification",
    capabilities=(Capability.INFERENCE,),
)
TRAINER = Module(
    name=ModuleName("image-trainer"),
    title="Image trainer",
    summary="Train an image classifier on your own pictures",
    image="ai4oshub/image-trainer",
    capabilities=(Capability.TRAINABLE,),
)
DEV_ENV = Module(
    name=ModuleName("ai4os-dev-env"),
    title="AI4OS Development Environment",
    summary="An empty place to write a new module in",
    image="ai4oshub/ai4os-dev-env",
    capabilities=(Capability.DEVELOPMENT,),
    services=(Service.JUPYTER, Service.VSCODE),
    kind="tool-devenv",
)
PLAIN = Module(name=ModuleName("plain"), title="", image="ai4oshub/plain")
MODULES = (YOLO, PLANTS, TRAINER, DEV_ENV, PLAIN)
TAGS = ImageTags(image=YOLO.image, tags=("latest", "cpu", "gpu", "1.2.0-gpu", "1.2.0-cpu", "gpu-test"), certain=True)
UNCERTAIN_TAGS = ImageTags(image=YOLO.image, tags=("latest", "cpu", "gpu"), certain=False)
NODES = (
    node("n1", GpuGroup(model="Tesla T4", count=4)),
    node("n2", GpuGroup(model="Tesla V100-PCIE-32GB", count=2), site=Site("kit")),
)
HELD = (
    HeldGpu(deployment=UUID, namespace="ai4eosc", title="Plankton run", gpus=1, gpu_model="Tesla T4"),
    HeldGpu(
        deployment="2b4e28ba-2fa1-11d2-883f-0016d3cca427",
        namespace="ai4eosc",
        title="Old training",
        gpus=1,
        gpu_model="Tesla V100-PCIE-32GB",
        is_over=True,
    ),
)
ENDPOINTS = (
    Endpoint(
        kind=EndpointKind.DEEPAAS,
        url=f"https://api-{UUID}.ifca-deployments.example.org/ui",
        condition="answers only after you start it yourself: run `deep-start --deepaas`",
        answers=False,
    ),
    Endpoint(kind=EndpointKind.IDE, url=f"https://ide-{UUID}.ifca-deployments.example.org", answers=True),
    Endpoint(
        kind=EndpointKind.MONITOR,
        url=f"https://monitor-{UUID}.ifca-deployments.example.org",
        condition="answers only while a training runs",
    ),
)
HARDWARE = Hardware(cpu=4, gpus=1, gpu_model="Tesla T4", ram_mb=8000, disk_mb=10000)


def form(
    module: Module | None = YOLO,
    *,
    tags: ImageTags | None = TAGS,
    platforms: tuple[Platform, ...] = (AI4EOSC,),
    nodes: tuple[Node, ...] = NODES,
    held: tuple[HeldGpu, ...] | None = (),
    problems: tuple[Problem, ...] = (),
    shows_help: bool = False,
    wants_storage: bool = False,
    **values: str,
) -> Form:
    """Return the form for a draft of Ada's with these values by field name."""
    given = draft(**values).model_copy(update={"shows_help": shows_help, "wants_storage": wants_storage})
    return forms.build(
        given,
        person=PERSON,
        platforms=platforms,
        module=module,
        known_tags=tags if module else None,
        nodes=nodes,
        held=held,
        problems=problems,
    )


def request(**other: Any) -> DeploymentRequest:
    """Return a request for YOLO in JupyterLab on a GPU."""
    values: dict[str, Any] = {
        "platform": PlatformKey("ai4eosc"),
        "module": YOLO.name,
        "image": YOLO.image,
        "tag": "gpu",
        "service": Service.JUPYTER,
        "title": "Plankton run",
        "cpu": 4,
        "gpus": 1,
        "gpu_model": "Tesla T4",
        "ram_mb": 8000,
        "disk_mb": 10000,
        "storage": StorageMount(url="https://share.example.org/remote.php/dav/files/ada", user="ada"),
    }
    return DeploymentRequest(**{**values, **other})


def row(phase: Phase = Phase.RUNNING, *, reason: str = "", **other: Any) -> Row:
    """Return a row of Ada's list."""
    values: dict[str, Any] = {
        "deployment": DeploymentId(UUID),
        "namespace": Namespace("ai4eosc"),
        "title": "Plankton run",
        "platform": "AI4EOSC",
        "status": Status(phase=phase, reason=reason, since=NOW - timedelta(minutes=50)),
        "hardware": HARDWARE,
        "service": Service.JUPYTER,
        "image": "ai4oshub/ai4os-yolo-torch:gpu",
        "node": "n1",
        "site": "ifca",
        "submitted_at": NOW - timedelta(hours=1),
        "holds_resources": True,
        "made_by_bot": True,
    }
    return Row(**{**values, **other})


def hostile_row(number: int = 0) -> Row:
    """Return a row in which every text is as long and as strange as it can get."""
    return row(
        Phase.FAILED,
        reason=HOSTILE,
        deployment=DeploymentId("x" * 255),
        namespace=Namespace("n" * 128),
        title=HOSTILE,
        platform=HOSTILE,
        hardware=Hardware(cpu=10**6, gpus=10**6, gpu_model=HOSTILE, ram_mb=10**9, disk_mb=10**9),
        image=HOSTILE,
        node=HOSTILE,
        site=HOSTILE,
        submitted_at=NOW - timedelta(days=4000 + number),
    )


def announcement(phase: Phase = Phase.RUNNING, *, reason: str = "", **other: Any) -> Announcement:
    """Return what the one message about Ada's deployment says."""
    values: dict[str, Any] = {
        "deployment": DeploymentId(UUID),
        "slack_user": SlackUserId("U1"),
        "platform": PlatformKey("ai4eosc"),
        "namespace": Namespace("ai4eosc"),
        "title": "Plankton run",
        "module": YOLO.name,
        "phase": phase,
        "reason": reason,
        "since": NOW - timedelta(minutes=50),
        "hardware": HARDWARE,
        "site": "ifca",
        "image": "ai4oshub/ai4os-yolo-torch:gpu",
        "endpoints": ENDPOINTS if phase is Phase.RUNNING else (),
        "has_password": True,
        "updated_at": NOW,
    }
    return Announcement(**{**values, **other})


__all__ = ["AI4EOSC", "NOW", "PERSON", "TUTORIALS", "UUID", "draft", "node"]
