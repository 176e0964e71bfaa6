"""The whole way on a real Nomad: typed, filled in, placed, answering, told, stopped by its button."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from playground.slack.screen import ShownMessage
from tests.agent.agent import ImageScript, NomadAgent
from tests.app.town import Town
from tests.app.town import town as open_town

pytest_plugins = ("tests.agent.fixtures",)
pytestmark = pytest.mark.agent

DIRECT = """
platforms:
  ai4eosc:
    addresses: direct
"""
SOON = timedelta(seconds=40)


@pytest.fixture
def town(tmp_path: Path, agent: NomadAgent) -> Iterator[Town]:
    """Give a town whose cluster is the real agent, with addresses that lead straight to its ports."""
    config = tmp_path / "config.yaml"
    config.write_text(DIRECT, encoding="utf-8")
    with open_town(
        tmp_path, nomad=agent.address, AI4OS_BOT_CONFIG=str(config), AI4OS_BOT_SERVICE_PROVIDER="nomad"
    ) as found:
        yield found


def _jobs(agent: NomadAgent, **query: str) -> list[dict[str, object]]:
    answer = requests.get(f"{agent.address}/v1/jobs", params={"namespace": "*", "meta": "true", **query}, timeout=5)
    answer.raise_for_status()
    jobs: list[dict[str, object]] = answer.json()
    return jobs


def _links(message: ShownMessage) -> list[str]:
    return re.findall(r"http://[^\s)]+", message.text)


def _message(town: Town, fits: str) -> ShownMessage:
    return town.ada.wait_for_message(lambda message: fits in message.text, timeout=SOON)


def test_from_the_typed_command_to_the_answering_service_and_its_end(town: Town, agent: NomadAgent) -> None:
    """A job is placed, its HTTP service answers on its port, the message says so, its button stops it."""
    town.submit(options='demo-app --title "Plankton run" --cpu 2')
    running = _message(town, "is running")
    answering = _message(town, ":white_check_mark: answers")

    answer = requests.get(_links(answering)[0], timeout=5)
    town.ada.click(answering, "deployment.stop", confirm=True)
    stopped = _message(town, "is stopped")

    assert answer.ok
    assert stopped.ts == running.ts
    (job,) = _jobs(agent)
    assert (job["Stop"], job["Namespace"]) == (True, "ai4eosc")
    assert len(town.workspace.calls_of("chat.postMessage")) == 1


def test_the_typed_password_reaches_the_task_and_nothing_else(town: Town, agent: NomadAgent) -> None:
    """Through a Variable into the task's environment, with `$`, quotes and braces intact; never in the job."""
    password = 'p$HOME "x" {{ y }} ${z}'
    town.ada.command("/ai4os", "deploy demo-app --service jupyter --cpu 2")
    view = town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.form")
    town.ada.fill(view, {"password": password})
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.review", timeout=SOON)
    town.ada.submit()
    ide = _links(_message(town, ":white_check_mark: answers"))[0]

    environment = requests.get(f"{ide}/environment", timeout=5).json()

    (job,) = _jobs(agent)
    whole = requests.get(f"{agent.address}/v1/job/{job['ID']}", params={"namespace": "ai4eosc"}, timeout=5).text
    assert environment["jupyterPASSWORD"] == password
    assert "p$HOME" not in whole


def test_a_gpu_is_queued_for_and_handed_over(town: Town) -> None:
    """With both T4 taken the third waits and says so; when one is stopped it starts."""
    town.submit(town.bob, 'demo-app --gpu 1 --gpu-model T4 --cpu 1 --title "One"')
    first = town.bob.wait_for_message(lambda each: "is running" in each.text, timeout=SOON)
    town.bob.command("/ai4os", 'deploy demo-app --gpu 1 --gpu-model T4 --cpu 1 --title "Two"')
    view = town.bob.wait_for_modal(lambda each: "Why is a second GPU really needed?" in each.text, timeout=SOON)
    town.bob.fill(view, {"gpu_reason": "side by side"})
    town.bob.submit()
    town.bob.wait_for_modal(lambda each: each.callback_id == "deploy.review", timeout=SOON)
    town.bob.submit()
    town.bob.wait_for_modal(lambda each: each.callback_id == "deploy.submitted")
    town.bob.close()
    town.bob.wait_for_message(lambda each: "Two" in each.text and "is running" in each.text, timeout=SOON)

    review = town.review(options='demo-app --gpu 1 --gpu-model T4 --cpu 1 --title "Mine"')
    town.ada.submit()
    waiting = _message(town, "every fitting GPU is taken")
    town.bob.click(first, "deployment.stop", confirm=True)

    assert "2 deployments hold" in review.text
    assert _message(town, "is running").ts == waiting.ts


def test_an_image_that_cannot_be_pulled_is_told_with_its_tag(town: Town, agent: NomadAgent) -> None:
    """The real client's events become a plain sentence."""
    agent.script_image("ai4oshub/demo-app:cpu", ImageScript(pull_error="manifest unknown: manifest unknown"))

    town.submit(options="demo-app --cpu 2")

    assert _message(town, "ai4oshub/demo-app:cpu does not exist").ts


def test_what_no_machine_has_is_refused_with_its_reason(town: Town, agent: NomadAgent) -> None:
    """The real scheduler's answer, read as never."""
    agent.set_gpus()
    try:
        review = town.review(options="demo-app --gpu 1 --cpu 2")
    finally:
        agent.clear()

    assert review.submit_label is None
    assert "GPU" in review.text
