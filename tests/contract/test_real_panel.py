"""The panel of a Nomad that is asked over its API: on the simulated cluster, and on a real one with fake GPUs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from playground.page import WorldRefused
from playground.panel import RealPanel
from tests.contract.nomad_jobs import A100, T4, gpu_task, job, platform_job
from tests.contract.nomad_stage import Stage

pytest_plugins = ("tests.agent.fixtures", "tests.contract.nomad_fixtures")

Json = dict[str, Any]


def look(nomad: Stage) -> Json:
    """Return what a panel shows that is opened just now."""
    with RealPanel(address=nomad.address, who=lambda email: "UADA" if email.startswith("ada") else None) as panel:
        return panel.snapshot()


def gpus(shown: Json) -> list[Json]:
    """Return all GPUs that are shown."""
    return [gpu for site in shown["sites"] for node in site["nodes"] for gpu in node["gpus"]]


@pytest.fixture
def seen(nomad: Stage) -> Callable[[Callable[[Json], Any]], Any]:
    """Return what waits until a fresh look shows something, and returns that."""
    return lambda find: nomad.until(lambda: find(look(nomad)), "the panel to show it")


def test_machines_are_shown_with_their_gpus_and_without_a_world(nomad: Stage) -> None:
    """The site, the machine with what is free, two T4 and an A100; nothing to press and no tour."""
    shown = look(nomad)

    (node,) = [node for site in shown["sites"] for node in site["nodes"]]
    assert sorted(gpu["model"] for gpu in node["gpus"]) == sorted([T4, T4, A100])
    assert (node["status"], {gpu["healthy"] for gpu in node["gpus"]}) == ("ready", {True})
    assert 0 < node["cpu"]["free"] <= node["cpu"]["total"]
    assert 0 < node["ram_mb"]["free"] <= node["ram_mb"]["total"]
    assert (shown["real"], shown["world"], shown["tour"], shown["is_away"]) == (True, [], [], False)


def test_a_gpu_says_who_holds_it_and_what_it_does(nomad: Stage, seen: Callable[[Callable[[Json], Any]], Any]) -> None:
    """The title and the owner from the job's metadata, and the figures of the machine's client."""
    wanted = job(gpu_task(model=A100))
    wanted["Meta"] = {"title": "Plankton run", "owner_email": "ada@example.org"}
    nomad.register(wanted)
    (device,) = nomad.allocation(wanted)["AllocatedResources"]["Tasks"]["main"]["Devices"][0]["DeviceIDs"]
    nomad.script.gpu_usage(device, utilization=87, memory=6000, power=123)

    gpu = seen(lambda shown: next((each for each in gpus(shown) if each["use"] == 87 and each["held_by"]), None))

    assert (gpu["id"], gpu["memory_mb"]) == (device, 6000)
    assert (gpu["held_by"]["title"], gpu["held_by"]["owner"]) == ("Plankton run", "ada@example.org")
    assert gpu["held_by"]["is_mine_of"] == "UADA"


def test_what_a_driver_does_not_tell_is_not_known(nomad: Stage, seen: Callable[[Callable[[Json], Any]], Any]) -> None:
    """`N/A` is no zero."""
    wanted = job(gpu_task(model=A100))
    nomad.register(wanted)
    (device,) = nomad.allocation(wanted)["AllocatedResources"]["Tasks"]["main"]["Devices"][0]["DeviceIDs"]
    nomad.script.gpu_usage(device, utilization=None, memory=None, power=None)

    gpu = seen(lambda shown: next((each for each in gpus(shown) if each["id"] == device and each["use"] is None), None))

    assert gpu["memory_mb"] is None


def test_what_waits_says_what_it_wants(nomad: Stage, seen: Callable[[Callable[[Json], Any]], Any]) -> None:
    """A second job for the only A100 is in the queue with the reason."""
    nomad.register(first := job(gpu_task(model=A100)))
    nomad.allocation(first)
    second = job(gpu_task(model=A100))
    nomad.register(second)
    nomad.evaluated(second, "blocked")

    waiting = seen(lambda shown: next((each for each in shown["queue"] if each["deployment"] == second["ID"]), None))

    assert waiting["wants"].startswith("1 GPU")
    assert waiting["reason"] == "no free GPUs now"


def test_what_runs_is_listed_with_its_machine(nomad: Stage) -> None:
    """A deployment of the platform, by title and owner."""
    nomad.register(wanted := platform_job())
    nomad.allocation(wanted)

    (found,) = [each for each in look(nomad)["deployments"] if each["deployment"] == wanted["ID"]]

    assert (found["title"], found["owner"]) == (wanted["Meta"]["title"], wanted["Meta"]["owner_email"])
    assert (found["state"], bool(found["node"])) == ("running", True)


def test_many_looks_are_one_question(nomad: Stage) -> None:
    """However many pages are open, Nomad is asked once in some seconds."""
    with RealPanel(address=nomad.address) as panel:
        first = panel.snapshot()
        nomad.register(wanted := platform_job())
        nomad.allocation(wanted)

        second = panel.snapshot()

    assert first == second


@pytest.fixture
def nowhere() -> Iterator[RealPanel]:
    """Give the panel of a Nomad that is not there."""
    with RealPanel(address="http://127.0.0.1:9") as panel:
        yield panel


def test_a_nomad_that_does_not_answer_is_said_to_be_away(nowhere: RealPanel) -> None:
    """The picture is empty and says why."""
    shown = nowhere.snapshot()

    assert (shown["is_away"], shown["sites"]) == (True, [])


def test_nobody_plays_with_a_real_cluster(nowhere: RealPanel) -> None:
    """Whatever the page asks for is refused."""
    with pytest.raises(WorldRefused, match="only looked at"):
        nowhere.do("lose node", {"node": "any"})


def test_a_panel_is_opened_by_the_variables_of_nomads_tools() -> None:
    """Address and token, the token never in what is printed of it."""
    environ = {"NOMAD_ADDR": "http://127.0.0.1:9/", "NOMAD_TOKEN": "sesame-sesame"}
    with RealPanel.from_environment(environ) as panel:
        assert (panel.address, panel.token) == ("http://127.0.0.1:9", "sesame-sesame")
        assert "sesame" not in repr(panel)
