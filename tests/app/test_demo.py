"""The demo: its script plays to the end, and it says what went wrong or what it lacks."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from playground import demo
from playground.cluster import NodeSpec, SimulatedCluster
from playground.scene_actor import Actor, expect
from playground.scene_script import SCRIPT, Scene
from tests.agent.agent import NomadAgent

pytest_plugins = ("tests.agent.fixtures",)


def _fails(_actor: Actor) -> None:
    expect(holds=False, what="the sky is green")


def _is_interrupted(_actor: Actor) -> None:
    raise KeyboardInterrupt


_ONE_AT_A_TIME = pytest.mark.xdist_group("demo-page")
"""What one of them leaves behind must not be what another one is using."""


def _left() -> set[Path]:
    return set(demo.CACHE.glob("demo-*"))


def _demo(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "playground.demo", *arguments],
        cwd=demo.CACHE.parent,
        env={name: value for name, value in os.environ.items() if name not in {"NOMAD_ADDR", "DISPLAY"}},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _address(process: subprocess.Popen[str]) -> str:
    """Return the page's address as soon as it is printed."""
    assert process.stdout is not None
    found = (re.search(r"http://\S+", line) for line in process.stdout)
    return next(match.group(0) for match in found if match)


@pytest.mark.timeout(300)  # a whole week passes in it, which takes long where others work, too
def test_the_script_plays_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every step does what it should; the conversation is printed under its steps and holds no password."""
    status = demo.main(["--once"], {}, cache=tmp_path)

    printed = capsys.readouterr().out
    assert status == 0, printed
    assert all(f"── {number} ── {scene.heading}" in printed for number, scene in enumerate(SCRIPT, start=1))
    assert "Left out" not in printed
    assert "First look is running" in printed
    assert "Old build failed: the image ai4oshub/demo-app:latest does not exist" in printed
    assert "●●●●●●●●" in printed
    assert "Two days pass, to Wednesday 4 March" in printed
    assert f"All {len(SCRIPT)} steps did what they should" in printed


@_ONE_AT_A_TIME
def test_the_page_is_served_until_it_is_interrupted() -> None:
    """Its address is printed, it answers there and on loopback only, and Ctrl-C ends it with nothing left."""
    there = _left()
    with _demo("--no-browser") as process:
        address = _address(process)
        with requests.Session() as session:
            session.trust_env = False
            page = session.get(address, timeout=10)
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)

    assert address.startswith("http://127.0.0.1:")
    assert "It is not Slack" in page.text
    assert process.returncode == 0, errors
    assert "Nothing is left running" in rest
    assert not _left() - there


@_ONE_AT_A_TIME
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_demo_that_is_ended_from_outside_tidies_up(ending: signal.Signals) -> None:
    """The signals of a system that ends, and of a terminal that is closed, are heeded like Ctrl-C."""
    there = _left()
    with _demo("--no-browser") as process:
        _address(process)
        process.send_signal(ending)
        process.communicate(timeout=30)

    assert process.returncode == 0
    assert not _left() - there


def test_a_port_that_is_none_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, not a traceback."""
    status = demo.main(["--no-browser", "--port", "99999"], {}, cache=tmp_path)

    assert status == 2
    assert capsys.readouterr().err.startswith("Port 99999 is taken, or no port.")


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status = demo.main(["--no-browser", "--port", str(port)], {}, cache=tmp_path)

    assert status == 2
    assert (
        capsys.readouterr().err
        == f"Port {port} is taken, or no port. Choose another one with --port, or leave it out.\n"
    )


@pytest.mark.parametrize(
    ("environment", "is_opened"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({}, False),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}, False),
    ],
    ids=["x11", "wayland", "no screen", "over ssh"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a screen")
def test_a_browser_is_opened_where_somebody_sees_it(environment: dict[str, str], *, is_opened: bool) -> None:
    """On a machine without a screen, or far away, the address is only printed."""
    assert demo.has_screen(environment) is is_opened


def test_a_step_that_goes_wrong_ends_the_demo_with_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The conversation so far is there, and the step with what should have been the case."""
    script = (*SCRIPT[:1], Scene(heading="She looks at the sky", play=_fails), *SCRIPT[1:])

    status = demo.main(["--once"], {}, script=script, cache=tmp_path)

    printed = capsys.readouterr().out
    assert status == 1
    assert "clicks [Deploy a module]" in printed
    assert "Step 2 failed: She looks at the sky\nExpected that the sky is green.\n" in printed
    assert "── 3 ──" not in printed


def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ctrl-C ends it with the shell's status for that, and its files are gone."""
    script = (Scene(heading="She is called away", play=_is_interrupted),)

    status = demo.main(["--once"], {}, script=script, cache=tmp_path)

    assert status == 130
    assert list(tmp_path.iterdir()) == []


def test_settings_for_a_real_bot_do_not_reach_the_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tokens, a database and proxies of the shell are left alone."""
    for name in ("SLACK_BOT_TOKEN", "DATABASE_URL", "AI4OS_BOT_TRANSPORT", "HTTP_PROXY"):
        monkeypatch.setenv(name, "nonsense")

    status = demo.main(["--once"], dict(os.environ) | {"NOMAD_ADDR": ""}, script=SCRIPT[:1], cache=tmp_path)

    assert status == 0
    assert os.environ["HTTP_PROXY"] == "nonsense"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "127.0.0.1:4646"])
def test_a_nomad_that_is_not_there_is_said_in_one_line(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, one line, and a way out."""
    status = demo.main(["--once"], {"NOMAD_ADDR": address}, cache=tmp_path)

    told = capsys.readouterr().err
    assert status == 2
    assert told.count("\n") == 1
    assert address in told
    assert "unset NOMAD_ADDR" in told


@pytest.mark.parametrize(
    ("cluster", "lacks"),
    [
        (SimulatedCluster(namespaces=("default",)), "no namespace ai4eosc"),
        (SimulatedCluster(nodes=()), "no ready node with a healthy docker driver"),
        (SimulatedCluster(nodes=(NodeSpec(name="plain", type="", status="", namespaces=""),)), "meta {"),
    ],
    ids=["namespace", "node", "meta"],
)
def test_a_nomad_that_lacks_something_is_told_what(
    cluster: SimulatedCluster, lacks: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plain agent can run nothing of AI4OS, and one line says what it needs."""
    with cluster:
        status = demo.main(["--once"], {"NOMAD_ADDR": cluster.address}, cache=tmp_path)

    told = capsys.readouterr().err
    assert status == 2
    assert told.count("\n") == 1
    assert lacks in told


def test_without_gpus_their_steps_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A Nomad of CPUs plays the rest, and each step left out says why."""
    with SimulatedCluster(nodes=(NodeSpec(name="cpu-only"),), serve_ports=True) as cluster:
        status = demo.main(["--once"], {"NOMAD_ADDR": cluster.address}, cache=tmp_path)

    printed = capsys.readouterr().out
    assert status == 0, printed
    assert printed.count("Left out: no node for deployments has a GPU.") == 4


def test_an_interrupted_demo_stops_what_it_started_on_a_nomad(tmp_path: Path) -> None:
    """On somebody's Nomad nothing goes on running."""
    script = (*SCRIPT[:6], Scene(heading="She is called away", play=_is_interrupted))
    with SimulatedCluster.default(serve_ports=True) as cluster:
        status = demo.main(["--once"], {"NOMAD_ADDR": cluster.address}, script=script, cache=tmp_path)
        jobs = cluster.jobs()

    assert status == 130
    assert [job.stop for job in jobs] == [True]


@pytest.mark.agent
def test_the_script_plays_on_a_real_nomad(
    agent: NomadAgent, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but what needs an image that fails on request, and a clock that can be moved."""
    status = demo.main(["--once"], {"NOMAD_ADDR": agent.address}, cache=tmp_path)

    printed = capsys.readouterr().out
    assert status == 0, printed
    assert printed.count("Left out") == 6
