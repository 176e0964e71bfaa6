"""The last scenes: Ada reads why a deployment failed, stops everything, and finds nothing left."""

from datetime import timedelta

from playground.cluster import ImageScript
from playground.scene_actor import BROKEN, FIRST, THREE, TWO, Actor, expect
from playground.slack.screen import ShownMessage

_NO_SUCH_TAG = "Error response from daemon: manifest unknown: manifest unknown"


def reads_why_it_failed(actor: Actor) -> None:
    """Deploy a build that the registry has lost, and read the reason."""
    cluster = actor.stage.cluster
    if cluster is None:
        return
    cluster.script_image("ai4oshub/demo-app:latest", ImageScript(pull_error=_NO_SUCH_TAG))
    actor.open_form(f'--tag latest --title "{BROKEN}"')
    actor.submit(actor.review())
    message = actor.announcement(BROKEN, "does not exist")
    expect("ai4oshub/demo-app:latest" in message.text, "the reason names the image with its tag")
    for _ in range(3):  # the cluster tries twice again, a quarter of a minute apart
        cluster.advance(timedelta(seconds=20))
    message = actor.announcement(BROKEN, f"{BROKEN} failed")
    expect("another Docker tag" in message.text, "the reason says what to do next")
    expect("Deploy again" in message.buttons, "the message has a button that deploys again")


def stops_the_rest(actor: Actor) -> None:
    """Stop the first deployment by command, the others by the buttons of the list."""
    actor.type(f'stop "{FIRST}"')
    question = actor.see("deployment.stop", lambda shown: shown.submit_label is not None)
    expect("lost" in question.text, "the question names what is lost")
    actor.ada.submit(question)
    actor.ada.close(actor.see("deployment.stopping", lambda shown: FIRST in shown.text))
    actor.announcement(FIRST, "is stopped")
    listed = actor.listed()
    expect(FIRST not in listed.text, "what was stopped is not in the list any more")
    for title in (BROKEN, THREE, TWO):
        if title in listed.text:
            _end_from_list(actor, listed, title)


def finds_nothing_left(actor: Actor) -> None:
    """List once more."""
    listed = actor.listed()
    expect("You have no deployments" in listed.text, "the list is empty")


def _end_from_list(actor: Actor, listed: ShownMessage, title: str) -> None:
    """Press Stop or, where a deployment is over already, Remove in its row of the list."""
    row = next(block for block in listed.blocks if block["type"] == "section" and title in block["text"]["text"])
    buttons = row["block_id"].replace("row", "row_buttons")
    word = "Remove" if title == BROKEN else "Stop"
    answer = actor.ada.click(listed, block_id=buttons, label=word, confirm=True)
    answer.wait_for_message(lambda message: title in message.text and message.is_ephemeral)
    if title != BROKEN:
        actor.announcement(title, "is stopped")
