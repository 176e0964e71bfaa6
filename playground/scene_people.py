"""The people of the demo, what they have on the cluster, and what is arranged before it begins."""

from uuid import uuid4

from playground.cluster import SimulatedCluster
from playground.cluster.papi_jobs import PapiJob
from playground.page import Resident
from playground.panel.behaviour import Behaviour, Behaviours
from playground.slack.person import Person
from playground.slack.workspace import Workspace

ADMINISTRATOR = "grace@example.org"
_PEOPLE = (
    ("ada", "Ada", "Europe/Madrid", "researcher"),
    ("bob", "Bob", "Europe/Athens", "another researcher"),
    ("tess", "Tess", "Europe/Lisbon", "student of a tutorial"),
    ("grace", "Grace", "Europe/Madrid", "administrator"),
)
_THERE = (
    ("lin@example.org", "Coral reef segmentation", 1, "Tesla V100-PCIE-32GB", Behaviour.TRAINING),
    ("omar@example.org", "Speech model", 1, "NVIDIA A100-PCIE-40GB", Behaviour.TRAINING),
    ("bob@example.org", "Owl calls", 1, "Tesla T4", Behaviour.RESTING),
    ("lin@example.org", "Annotation server", 0, "", Behaviour.TRAINING),
)
"""What others have deployed in the dashboard, so that the cluster is not empty."""


def move_in(workspace: Workspace, *, is_real: bool) -> tuple[Resident, ...]:
    """Add the people, Ada first and the administrator last; on a real Nomad nobody may own what was there before."""
    mark = f"-{uuid4().hex[:8]}" if is_real else ""
    return tuple(
        Resident(
            person=workspace.add_user(name, real_name=shown, email=f"{name}{mark}@example.org", tz=zone), role=role
        )
        for name, shown, zone, role in _PEOPLE
    )


def settle_down(cluster: SimulatedCluster, behaviours: Behaviours) -> None:
    """Let others have deployments already, some at work and one forgotten."""
    for number, (email, title, gpus, model, behaviour) in enumerate(_THERE):
        wanted = PapiJob(
            id=f"{number:08x}-2fa1-11d2-883f-0016d3cca427",
            owner=email,
            owner_email=email,
            cpus=4,
            gpus=gpus,
            gpu_model=model,
        )
        job = cluster.add_papi_job(email, title, wanted=wanted)
        behaviours.set(job.id, behaviour)


def go_live(administrator: Person) -> None:
    """Let the administrator say that owners hear of findings, as one would after two weeks of dry run."""
    administrator.command("/ai4os", "admin go live")
    administrator.wait_for_modal(lambda view: bool(view.submit_label))
    administrator.submit()
    administrator.wait_for_modal(lambda view: "live" in view.text and not view.submit_label)
    administrator.dismiss()
