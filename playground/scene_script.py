"""The script of the demo: what Ada does, step by step, and what must come of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import requests

from playground.cluster import ImageScript
from playground.scene_actor import FORM, OVER_LIMIT, REVIEW, Actor, expect
from playground.scene_stage import Stage
from playground.slack.screen import ShownMessage

FIRST, ONE, TWO, THREE, BROKEN = "First look", "Training one", "Training two", "Training three", "Old build"
_NO_SUCH_TAG = "Error response from daemon: manifest unknown: manifest unknown"
_ADDRESS = re.compile(r"http://[0-9.]+:[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One step: its heading, what Ada does, and why it is left out on some stages (empty: it is played)."""

    heading: str
    play: Callable[[Actor], None]
    left_out: Callable[[Stage], str] = lambda _stage: ""


def _without_gpus(stage: Stage) -> str:
    return "" if stage.has_gpus else "no node for deployments has a GPU"


def _on_a_real_nomad(stage: Stage) -> str:
    return "" if stage.cluster else "only the simulated cluster fails on request"


def asks_what_there_is(actor: Actor) -> None:
    """Type the bare command and read the menu."""
    menu = actor.type("").wait_for_message()
    expect(menu.is_ephemeral, "only Ada sees the menu")
    expect("Deploy a module" in menu.buttons, "the menu has a button that deploys")
    actor.ada.click(menu, label="Deploy a module")
    view = actor.see(FORM)
    expect("Module" in view.labels, "the form asks for the module")
    expect("Docker tag" not in view.labels, "the form asks only what applies before a module is chosen")


def chooses_a_module(actor: Actor) -> None:
    """Search the module and choose it."""
    view = actor.see(FORM)
    offered = [option.value for option in actor.ada.type_in_select(view, "Module", "demo")]
    expect(offered == ["demo-app"], f"the search finds the demo module alone, but it finds {offered}")
    actor.ada.choose(view, "Module", "demo-app")
    view = actor.see(FORM, lambda changed: changed.has("Docker tag"))
    services = [option.text for option in view.options("Service")]
    expect(services == ["DEEPaaS", "JupyterLab"], f"the module's services are offered, but there are {services}")
    expect(view.value("Docker tag") == "cpu", "without a GPU the tag for CPUs is chosen")


def reads_the_help(actor: Actor) -> None:
    """Turn the help on and off again."""
    actor.ada.click(actor.see(FORM), label="Show help")
    view = actor.see(FORM, lambda changed: "Hide help" in changed.buttons)
    silent = [block["block_id"] for block in view.blocks if block["type"] == "input" and not block.get("hint")]
    expect(not silent, f"every field is explained, but {silent} are not")
    actor.ada.click(view, label="Hide help")
    actor.see(FORM, lambda changed: "Show help" in changed.buttons)


def fills_in_the_form(actor: Actor) -> None:
    """Choose JupyterLab, type a password that is too short, and mend it."""
    actor.ada.select(actor.see(FORM), "Service", "JupyterLab")
    view = actor.see(FORM, lambda changed: changed.has("password"))
    actor.ada.fill(view, {"Title": FIRST, "password": "secret"})
    actor.ada.fill(view, {key: value for label in view.labels for key, value in _small(label)})
    marked = dict(actor.ada.submit().errors)
    expect(set(marked) == {"password"}, f"the short password is marked and nothing else, but marked are {marked}")
    expect("9" in marked["password"], "the mark says how long a password must be")
    actor.ada.fill(actor.see(FORM), {"password": ""})


def submits(actor: Actor) -> None:
    """Read the review and submit it."""
    review = actor.review()
    expect(review.callback_id == REVIEW, "the review shows the plan's answer")
    expect("It starts now" in review.text, "the review says that it starts now")
    actor.ada.submit(review)
    actor.ada.close(actor.see("deploy.submitted"))


def gets_the_links(actor: Actor) -> None:
    """Read the direct message until it brings the links, and open the one that answers."""
    message = actor.announcement(FIRST, "is running")
    expect(all(f"Open {name}" in message.text for name in ("IDE", "DEEPaaS", "Monitor")), "the message has the links")
    message = actor.announcement(FIRST, ":white_check_mark: answers")
    mine = [each for each in actor.ada.messages() if FIRST in each.text and not each.is_ephemeral]
    expect(len(mine) == 1, f"there is one message about the deployment, updated in place, but there are {len(mine)}")
    line = next(line for line in message.text.splitlines() if "Open IDE" in line)
    address = _ADDRESS.search(line)
    expect(address, f"the IDE's link is an address that can be opened, but the line is {line!r}")
    if address:
        _open(address.group())


def gets_the_password(actor: Actor) -> None:
    """Ask for the IDE password, which a modal shows and no message."""
    actor.ada.click(actor.announcement(FIRST, "is running"), label="Show IDE password")
    view = actor.see("deployment.password", lambda shown: any(block["block_id"] == "secret" for block in shown.blocks))
    secret = next(block for block in view.blocks if block["block_id"] == "secret")
    password = str(secret["elements"][0]["elements"][0]["text"])
    actor.secrets.add(password)
    expect(len(password) >= 9, "the password has at least 9 characters")  # noqa: PLR2004 - the how-to's number
    told = [message for message in actor.ada.messages() if password in f"{message.text}{message.notification}"]
    expect(not told, "the password is in no message")
    actor.ada.close(view)


def lists_and_looks_closer(actor: Actor) -> None:
    """List, and open Access by command and Info by button."""
    listed = actor.listed()
    expect(FIRST in listed.text and "Running" in listed.text, "the list shows the deployment running")
    expect({"Access", "Info", "Stop"} <= set(listed.buttons), "the list offers Access, Info and Stop")
    actor.type(f"access {FIRST.lower()}")
    view = actor.see("deployment.access", lambda shown: "Open IDE" in shown.text)
    expect("answers" in view.text, "Access says whether the links answer")
    actor.ada.close(view)
    actor.ada.click(listed, label="Info")
    view = actor.see("deployment.details", lambda shown: "UUID" in shown.text)
    expect("ai4oshub/demo-app:cpu" in view.text, "Info names the image")
    actor.ada.close(view)


def trains_on_a_gpu(actor: Actor) -> None:
    """Deploy with a GPU by one command."""
    view = actor.open_form(f'--gpu 1 --title "{ONE}"')
    expect(view.value("Docker tag") == "gpu", "with a GPU the tag for GPUs is chosen")
    expect(not view.has("gpu_reason"), "nobody has to explain a first GPU")
    actor.deploy()
    _placed(actor, ONE)


def explains_a_second_gpu(actor: Actor) -> None:
    """Deploy with a second GPU, which needs a reason."""
    actor.open_form(f'--gpu 1 --title "{TWO}"')
    view = actor.see(FORM, lambda changed: changed.has("gpu_reason"))
    expect(ONE in view.text, "the form names the deployment that holds a GPU already")
    marked = dict(actor.ada.submit().errors)
    expect(set(marked) == {"gpu_reason"}, f"the missing reason is marked and nothing else, but marked are {marked}")
    actor.ada.fill(actor.see(FORM), {"gpu_reason": "Both must finish before Friday's review"})
    actor.deploy()
    _placed(actor, TWO)


def is_refused_a_third_gpu(actor: Actor) -> None:
    """Ask for a third GPU, and stop one of the two that the refusal names."""
    actor.open_form(f'--gpu 1 --gpu-reason "One more comparison" --title "{THREE}"')
    view = actor.review()
    expect(view.callback_id == OVER_LIMIT, "a third GPU is refused")
    expect(ONE in view.text and TWO in view.text, "the refusal names the two deployments that hold one")
    expect(view.buttons == ("Stop", "Stop"), f"the refusal has a button to stop each, but it has {view.buttons}")


def stops_one_of_the_two(actor: Actor) -> None:
    """Stop the first training by the button in the refusal, go back, and deploy after all."""
    view = actor.see(OVER_LIMIT)
    row = next(block for block in view.blocks if block["block_id"].startswith("row") and ONE in block["text"]["text"])
    expect(ONE in row["accessory"]["confirm"]["title"]["text"], "the button asks before it stops what it names")
    actor.ada.click(view, block_id=row["block_id"], confirm=True)
    outcome = actor.see("deployment.stopping", lambda shown: ONE in shown.text)
    actor.announcement(ONE, "is stopped")
    actor.ada.close(outcome)
    actor.deploy()
    _placed(actor, THREE)


def reads_why_it_failed(actor: Actor) -> None:
    """Deploy a build that the registry has lost, and read the reason."""
    cluster = actor.stage.cluster
    if cluster is None:
        return
    cluster.script_image("ai4oshub/demo-app:latest", ImageScript(pull_error=_NO_SUCH_TAG))
    actor.open_form(f'--tag latest --title "{BROKEN}"')
    actor.deploy()
    message = actor.announcement(BROKEN, "does not exist")
    expect("ai4oshub/demo-app:latest" in message.text, "the reason names the image with its tag")
    for _ in range(3):  # the cluster tries twice again, a quarter of a minute apart
        cluster.advance(timedelta(seconds=20))
    message = actor.announcement(BROKEN, "failed")
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


def _placed(actor: Actor, title: str) -> None:
    """Wait until it runs; on a real Nomad others may hold the GPUs, and then it waits."""
    says = ("is running",) if actor.stage.cluster else ("is running", "waits in the queue")
    actor.announcement(title, *says)


def _end_from_list(actor: Actor, listed: ShownMessage, title: str) -> None:
    """Press Stop or, where a deployment is over already, Remove in its row of the list."""
    row = next(block for block in listed.blocks if block["type"] == "section" and title in block["text"]["text"])
    buttons = row["block_id"].replace("row", "row_buttons")
    word = "Remove" if title == BROKEN else "Stop"
    answer = actor.ada.click(listed, block_id=buttons, label=word, confirm=True)
    answer.wait_for_message(lambda message: title in message.text and message.is_ephemeral)
    if title != BROKEN:
        actor.announcement(title, "is stopped")


def _small(label: str) -> list[tuple[str, str]]:
    """Return what Ada asks for in a field of hardware: little."""
    wanted = {"CPUs": "1", "RAM": "2000", "Disk": "1000"}
    return [(label, value) for word, value in wanted.items() if label.startswith(word)]


def _open(address: str) -> None:
    """Open an address as a browser would, without the proxies of the environment."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(address, timeout=5)
    expect(answer.ok, f"{address} answers, but it says {answer.status_code}")


SCRIPT = (
    Scene(heading="Ada asks the bot what it can do, and opens the form", play=asks_what_there_is),
    Scene(heading="She searches the demo module", play=chooses_a_module),
    Scene(heading="She has every field explained", play=reads_the_help),
    Scene(heading="She chooses JupyterLab; a bad password is marked, and mended", play=fills_in_the_form),
    Scene(heading="The review says when it starts, and she submits", play=submits),
    Scene(heading="One direct message follows the deployment until it brings the links", play=gets_the_links),
    Scene(heading="The IDE password is shown to her alone", play=gets_the_password),
    Scene(heading="She lists, and looks closer", play=lists_and_looks_closer),
    Scene(heading="She trains on a GPU", play=trains_on_a_gpu, left_out=_without_gpus),
    Scene(heading="A second GPU needs a reason", play=explains_a_second_gpu, left_out=_without_gpus),
    Scene(heading="A third GPU is refused, and the two are named", play=is_refused_a_third_gpu, left_out=_without_gpus),
    Scene(heading="She stops one of the two from there, and goes on", play=stops_one_of_the_two, left_out=_without_gpus),
    Scene(heading="An image that cannot be pulled, in plain words", play=reads_why_it_failed, left_out=_on_a_real_nomad),
    Scene(heading="She stops everything", play=stops_the_rest),
    Scene(heading="Nothing is left", play=finds_nothing_left),
)
