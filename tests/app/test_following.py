"""The one direct message of a deployment, from submission to its end, on the simulated cluster."""

from datetime import timedelta

import pytest

from playground.cluster import ImageScript
from playground.slack.screen import ShownMessage
from tests.app.town import Town

DEMO = "ai4oshub/demo-app:cpu"


def _message(town: Town, fits: str) -> ShownMessage:
    return town.ada.wait_for_message(lambda message: fits in message.text)


def _node_of(town: Town, node_id: str) -> str:
    return next(node.name for node in town.simulated.nodes() if node.id == node_id)


def test_one_message_follows_from_submission_to_its_end(town: Town) -> None:
    """Always the same message, edited in place, with the links when it runs."""
    message = town.deploy(options='demo-app --title "Mine"')
    town.ada.click(message, "deployment.stop", confirm=True)
    ended = _message(town, "is stopped")

    assert "Mine" in message.text
    assert "https://api-" in message.text
    assert ended.ts == message.ts
    assert len(town.workspace.calls_of("chat.postMessage")) == 1


def test_the_text_alone_says_everything(town: Town) -> None:
    """Notifications and screen readers get the whole meaning, not a title."""
    message = town.deploy(options='demo-app --title "Mine"')

    assert all(part in message.notification for part in ("Mine", "running", "https://api-"))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (ImageScript(pull_error="manifest unknown", recoverable=False), f"the image {DEMO} does not exist"),
        (ImageScript(oom=True), "out of memory"),
        (ImageScript(exit_code=3), "exit code 3"),
    ],
    ids=["no such image", "out of memory", "exit code"],
)
def test_a_failure_is_told_in_plain_words(town: Town, script: ImageScript, said: str) -> None:
    """The cause and what to do stand in the message, and the deployment stays in the list."""
    town.simulated.script_image(DEMO, script)

    town.submit()

    message = town.ada.wait_for_message(
        lambda each: said.casefold() in each.text.casefold(), timeout=timedelta(seconds=20)
    )
    assert message.ts == town.ada.messages()[-1].ts
    assert "demo-app" in town.ada.command("/ai4os", "list").wait_for_message().text


def test_a_deployment_waits_for_its_gpu_and_starts_when_it_is_free(town: Town) -> None:
    """The queue and its end are told without a click."""
    (first, *_) = town.simulated.fill_gpus("somebody@example.org")
    town.submit(options="demo-app --gpu 1")
    waiting = _message(town, "every fitting GPU is taken")

    town.simulated.stop(first.id)

    assert _message(town, "is running").ts == waiting.ts


def test_a_lost_node_and_its_return_are_told(town: Town) -> None:
    """Unreachable is said, and so is that the data is kept."""
    town.deploy()
    (allocation,) = town.simulated.allocations()
    town.simulated.lose_node(_node_of(town, allocation.node))
    lost = _message(town, "Your data is kept")
    town.simulated.restore_node(_node_of(town, allocation.node))

    assert _message(town, "is running").ts == lost.ts


def test_a_change_made_in_the_dashboard_is_followed(town: Town) -> None:
    """A deployment that is stopped elsewhere is told as stopped here."""
    town.deploy()
    (job,) = town.simulated.jobs()

    town.simulated.stop(job.id)

    assert _message(town, "is stopped").ts


def test_a_restart_in_the_middle_tells_the_outcome_in_the_same_message(town: Town) -> None:
    """What happens while the bot is away is told when it is back, once."""
    message = town.deploy()
    town.bot.stop()
    (job,) = town.simulated.jobs()
    town.simulated.stop(job.id)
    town.restart()

    assert _message(town, "is stopped").ts == message.ts
    assert len(town.workspace.calls_of("chat.postMessage")) == 1


def test_a_post_whose_answer_was_lost_is_not_repeated(town: Town) -> None:
    """Slack posted and nobody heard: the message is found and edited."""
    town.workspace.faults.drop_after("chat.postMessage")

    town.submit()

    assert _message(town, "is running").ts
    assert len([each for each in town.ada.messages() if "demo-app" in each.text and not each.is_ephemeral]) == 1


def test_a_deployment_gets_one_job_through_a_lost_answer_of_nomad(town: Town) -> None:
    """The job was registered though the answer never came: there is one, and it is followed."""
    town.review()
    town.simulated.faults.unreachable(path="/v1/jobs", method="POST", after=True)
    town.ada.submit()

    assert _message(town, "is running").ts
    assert len(town.simulated.jobs()) == 1


def test_following_costs_the_same_for_one_and_for_many(town: Town) -> None:
    """The number of Nomad calls a round does not grow with what is followed."""
    town.deploy()
    town.bot.scheduler.stop()
    costs = []
    for more in (0, 6):
        for number in range(more):
            town.submit(options=f'demo-app --cpu 1 --title "Run {number}"')
        town.bot.following.round()
        town.simulated.reset_calls()
        town.bot.following.round()
        costs.append(sum(town.simulated.call_counts.values()))

    assert max(costs) <= 4
