"""The first scenes: Ada finds the form, fills it in, and gets a deployment with its links."""

import re

import requests

from playground.scene_actor import FIRST, FORM, Actor, expect

_ADDRESS = re.compile(r"http://[^\s)]+")
_SHORTEST_PASSWORD = 9
"""The how-to's number."""


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
    expect("It starts now" in review.text, "the review says that it starts now")
    actor.submit(review)


def gets_the_links(actor: Actor) -> None:
    """Read the direct message until it brings the links, and open the one that answers."""
    message = actor.announcement(FIRST, "is running")
    expect(all(f"Open {name}" in message.text for name in ("IDE", "DEEPaaS", "Monitor")), "the message has the links")
    message = actor.announcement(FIRST, ":white_check_mark: answers")
    mine = [each for each in actor.ada.messages() if FIRST in each.text and not each.is_ephemeral]
    expect(len(mine) == 1, f"there is one message about the deployment, updated in place, but there are {len(mine)}")
    line = next(line for line in message.text.splitlines() if "Open IDE" in line)
    addresses = _ADDRESS.findall(line)
    expect(len(addresses) == 1, f"the IDE's link is an address that can be opened, but the line is {line!r}")
    _open(addresses[0])


def gets_the_password(actor: Actor) -> None:
    """Ask for the IDE password, which a modal shows and no message."""
    actor.ada.click(actor.announcement(FIRST, "is running"), label="Show IDE password")
    view = actor.see("deployment.password", lambda shown: any(block["block_id"] == "secret" for block in shown.blocks))
    secret = next(block for block in view.blocks if block["block_id"] == "secret")
    password = str(secret["elements"][0]["elements"][0]["text"])
    actor.secrets.add(password)
    expect(len(password) >= _SHORTEST_PASSWORD, "the password is long enough")
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
