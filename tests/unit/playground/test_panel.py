"""The panel of the simulated cluster: what it shows, and what its buttons do to the world."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from playground.clock import Clock
from playground.cluster import SimulatedCluster
from playground.cluster.papi_jobs import PapiJob
from playground.cluster.records import Job
from playground.page import WorldRefused
from playground.panel import SimulatedPanel
from playground.panel.behaviour import Behaviour
from playground.panel.tour import SCENES
from playground.slack import Workspace

IMAGE = "ai4oshub/ai4os-demo-app"
MINUTE = timedelta(minutes=1)
Json = dict[str, Any]


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Give a workspace in which Ada is, on a clock that stands."""
    with Workspace(clock=Clock(datetime(2026, 3, 23, 9, tzinfo=UTC), frozen=True)) as found:
        found.add_user("ada", email="ada@example.org")
        yield found


@pytest.fixture
def cluster(workspace: Workspace) -> Iterator[SimulatedCluster]:
    """Give the usual cluster on the same clock."""
    with SimulatedCluster.default(clock=workspace.clock) as found:
        yield found


@pytest.fixture
def panel(workspace: Workspace, cluster: SimulatedCluster) -> SimulatedPanel:
    """Give their panel."""
    return SimulatedPanel(cluster=cluster, workspace=workspace, images=[IMAGE])


def deploy(cluster: SimulatedCluster, title: str, *, gpus: int = 1, owner: str = "ada@example.org") -> Job:
    """Let somebody deploy in the dashboard, and the deployment run."""
    wanted = PapiJob(id=f"{len(cluster.jobs()):08x}-2fa1-11d2-883f-0016d3cca427", owner=owner, owner_email=owner)
    job = cluster.add_papi_job(owner, title, wanted=replace(wanted, gpus=gpus, cpus=2, gpu_model="Tesla T4"))
    cluster.advance(MINUTE)
    return job


def nodes(panel: SimulatedPanel) -> dict[str, Json]:
    """Return the machines as the panel shows them, by name."""
    return {node["name"]: node for site in panel.snapshot()["sites"] for node in site["nodes"]}


def held(panel: SimulatedPanel) -> list[Json]:
    """Return the GPUs that somebody holds."""
    return [gpu for node in nodes(panel).values() for gpu in node["gpus"] if gpu["held_by"]]


def buttons(panel: SimulatedPanel) -> dict[str, Json]:
    """Return the buttons that can be pressed now, by what they do."""
    return {button["do"]: button for button in panel.snapshot()["world"]}


def choices(button: Json) -> list[str]:
    """Return what there is to choose for a button."""
    return [option["value"] for option in button["fields"][0]["options"]]


def test_an_empty_cluster_shows_its_machines_and_that_they_are_free(panel: SimulatedPanel) -> None:
    """Three sites, each machine with what is free of it, each GPU with its model and held by nobody."""
    shown = panel.snapshot()

    assert [site["name"] for site in shown["sites"]] == ["ifca", "iisas", "incd"]
    machine = nodes(panel)["ifca-gpu-0"]
    assert (machine["status"], machine["cpu"]) == ("ready", {"total": 32, "free": 32})
    assert [(gpu["model"], gpu["held_by"]) for gpu in machine["gpus"]] == [("Tesla T4", None)] * 4
    assert (shown["queue"], shown["deployments"], shown["real"]) == ([], [], False)


def test_a_gpu_says_who_holds_it_and_whose_that_is(
    panel: SimulatedPanel, cluster: SimulatedCluster, workspace: Workspace
) -> None:
    """The title, the owner, and the Slack user, so that a page can mark one's own; CPUs and memory are less."""
    deploy(cluster, "Plankton run")

    (gpu,) = held(panel)

    assert (gpu["held_by"]["title"], gpu["held_by"]["owner"]) == ("Plankton run", "ada@example.org")
    assert gpu["held_by"]["is_mine_of"] == workspace.person("ada").id
    assert (nodes(panel)["ifca-gpu-0"]["cpu"]["free"], held(panel)[0]["healthy"]) == (30, True)


def test_what_somebody_deploys_rests_until_it_is_told_to_train(
    panel: SimulatedPanel, cluster: SimulatedCluster
) -> None:
    """At first nobody has used it; a training shows, and then it idles with its memory held."""
    job = deploy(cluster, "Plankton run")
    before = held(panel)[0]
    panel.do("train", {"deployment": job.id})
    training, said = held(panel)[0], panel.snapshot()["deployments"][0]["behaviour"]
    panel.do("rest", {"deployment": job.id})
    resting = held(panel)[0]

    assert (before["use"], before["memory_mb"]) == (0, 3)
    assert (training["use"] > 50, said) == (True, Behaviour.TRAINING)
    assert (resting["use"], resting["memory_mb"]) == (0, 9_000)


def test_what_waits_says_what_it_wants_and_why_it_waits(panel: SimulatedPanel, cluster: SimulatedCluster) -> None:
    """When every GPU is taken, the next deployment is in the queue; when they are free again it runs."""
    told = panel.do("fill", {})
    deploy(cluster, "Late comer")

    (waiting,) = panel.snapshot()["queue"]
    panel.do("free", {})
    cluster.advance(MINUTE)

    assert told == "Somebody else has taken 10 GPUs."
    assert (waiting["title"], waiting["wants"], waiting["reason"]) == (
        "Late comer",
        "1 GPU, 2 CPUs",
        "no free GPUs now",
    )
    assert panel.snapshot()["queue"] == []
    assert [gpu["held_by"]["title"] for gpu in held(panel)] == ["Late comer"]


def test_what_takes_the_gpus_is_no_deployment_to_play_with(panel: SimulatedPanel, cluster: SimulatedCluster) -> None:
    """The list stays what people have deployed."""
    deploy(cluster, "Plankton run")
    panel.do("fill", {})

    assert [each["title"] for each in panel.snapshot()["deployments"]] == ["Plankton run"]


def test_a_machine_is_lost_and_brought_back(panel: SimulatedPanel, cluster: SimulatedCluster) -> None:
    """Its state says so; only lost ones can be brought back, and the first to lose is one that is used."""
    deploy(cluster, "Plankton run")
    first = choices(buttons(panel)["lose node"])[0]
    panel.do("lose node", {"node": first})
    lost, offered = nodes(panel)[first]["status"], choices(buttons(panel)["restore node"])
    panel.do("restore node", {"node": first})

    assert (first, lost, offered) == ("ifca-gpu-0", "disconnected", ["ifca-gpu-0"])
    assert nodes(panel)[first]["status"] == "ready"
    assert "restore node" not in buttons(panel)


def test_an_image_is_broken_and_mended(panel: SimulatedPanel, cluster: SimulatedCluster) -> None:
    """What is deployed with it meanwhile does not start; afterwards it does."""
    panel.do("break image", {"image": IMAGE})
    image = cluster.job(deploy(cluster, "Broken").id)
    assert image is not None
    broken = cluster.allocations(image.id)[-1].client

    panel.do("mend image", {"image": IMAGE})
    whole = cluster.allocation(deploy(cluster, "Whole").id).client

    assert (broken, whole) == ("failed", "running")


def test_nomad_is_stopped_and_started(panel: SimulatedPanel) -> None:
    """The panel says that it is away, still shows what is there, and offers to start it."""
    panel.do("stop Nomad", {})
    away, offered = panel.snapshot(), buttons(panel)
    panel.do("start Nomad", {})

    assert (away["is_away"], len(away["sites"]), "start Nomad" in offered) == (True, 3, True)
    assert (panel.snapshot()["is_away"], "stop Nomad" in buttons(panel)) == (False, True)


def test_slack_is_slow_and_quick_again_whatever_else_is_broken(panel: SimulatedPanel, workspace: Workspace) -> None:
    """Its slowness ends alone: a socket that was cut stays so until it is mended."""
    panel.do("slow Slack", {})
    panel.do("cut the socket", {})
    slow = workspace.faults.take("users.info")
    panel.do("quicken Slack", {})

    assert slow is not None
    assert workspace.faults.take("users.info") is None
    assert workspace.faults.take("apps.connections.open") is not None
    panel.do("mend the socket", {})
    assert workspace.faults.take("apps.connections.open") is None


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("open the pod bay doors", {}),
        ("train", {"deployment": "none"}),
        ("lose node", {"node": "none"}),
        ("break image", {"image": "none"}),
    ],
)
def test_what_is_not_there_is_refused_in_words(panel: SimulatedPanel, name: str, wanted: Json) -> None:
    """A page that is a moment old may ask for what is gone."""
    with pytest.raises(WorldRefused, match=r"not there|no "):
        panel.do(name, wanted)


def test_all_gpus_cannot_be_taken_twice(panel: SimulatedPanel) -> None:
    """The second time none is free."""
    panel.do("fill", {})

    with pytest.raises(WorldRefused, match="No GPU is free"):
        panel.do("fill", {})


def test_the_tour_asks_for_buttons_that_there_are(panel: SimulatedPanel) -> None:
    """Six scenes; each says what to try and what to watch, and what it offers to press is known to the world."""
    names = {button.body["do"] for scene in SCENES for button in scene.buttons if button.path == "world"}

    refused = {name for name in names if _refuses(panel, name)}

    assert (len(SCENES), all(scene.steps and scene.watch for scene in SCENES)) == (6, True)
    assert refused == set()


def _refuses(panel: SimulatedPanel, name: str) -> bool:
    try:
        panel.do(name, {})
    except WorldRefused as refusal:
        return "no button" in str(refusal)
    return False


def test_the_picture_does_not_cost_more_with_what_is_over(panel: SimulatedPanel, cluster: SimulatedCluster) -> None:
    """What was stopped and purged leaves nothing behind that is looked at."""
    for number in range(5):
        cluster.stop(deploy(cluster, f"Old {number}").id, purge=True)
        cluster.advance(MINUTE)

    shown = panel.snapshot()

    assert (shown["deployments"], shown["queue"], held(panel)) == ([], [], [])
