"""One line is enough: `deploy … --yes` does what the form would do, or opens the form and says why."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from playground.slack.person import Person
from playground.slack.reply import Reply
from playground.slack.screen import ShownMessage
from tests.app.town import Town
from tests.app.town import town as open_town

LINE = "demo-app --platform ai4eosc --title Mine"
LONG = timedelta(seconds=15)


def _type(town: Town, options: str = LINE, who: Person | None = None) -> Reply:
    return (who or town.ada).command("/ai4os", f"deploy {options} --yes")


def _told(reply: Reply, *words: str) -> ShownMessage:
    """Wait for the answer that has these words in it."""
    return reply.wait_for_message(lambda message: all(word in message.text for word in words), timeout=LONG)


def _messages(town: Town) -> list[ShownMessage]:
    return [message for message in town.ada.messages() if "demo-app" in message.text and not message.is_ephemeral]


def _without(text: str, *ids: str) -> str:
    """Leave out of a text what two deployments do not have in common: ids, since when they run, which links answer."""
    for each in ids:
        text = text.replace(each, "ID")
    return re.sub(r"today at [0-9:]+ [AP]M| · :hourglass_flowing_sand: does not answer yet", "", text)


def _running(town: Town, number: int = 1) -> list[ShownMessage]:
    """Wait until that many deployments run, and return their messages."""
    town.workspace.wait_for(
        lambda: len([each for each in _messages(town) if "is running" in each.text]) >= number, timeout=LONG
    )
    return _messages(town)


@pytest.fixture(scope="module")
def calm_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a town in which nothing is ever deployed."""
    with open_town(tmp_path_factory.mktemp("calm")) as found:
        yield found


def test_one_line_deploys_without_the_form(town: Town) -> None:
    """It says at once that it checks, then what is submitted and when it starts; a message follows; no window opens."""
    reply = _type(town, f"{LINE} --cpu 3")

    assert "Checking" in reply.text
    told = _told(reply, "is submitted")
    _running(town)
    assert all(word in told.text for word in ("Mine", "AI4EOSC", "CPUs", "3", "starts now", "direct message"))
    assert len(town.simulated.jobs()) == 1
    assert town.workspace.calls_of("views.open") == ()
    assert town.workspace.problems == ()


def test_the_message_is_the_one_that_the_form_brings(town: Town) -> None:
    """Whoever reads it cannot tell how it was submitted."""
    town.submit(options=LINE)
    _running(town)
    _told(_type(town), "is submitted")

    messages = _running(town, 2)

    ids = [job.id for job in town.simulated.jobs()]
    texts = {_without(message.text, *ids, *(each[:8] for each in ids)) for message in messages}
    assert len(messages) == 2
    assert len(texts) == 1, texts


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "Choose a module"),
        ("demo-app", "belong to several"),
        ("demo-ap --platform ai4eosc", "Did you mean demo-app?"),
        ("demo-app --platform mars", "not a member of"),
        (f"{LINE} --cpu 99", "from 1 to 10"),
        (f"{LINE} --tag gpu", "no GPU is asked for"),
        (f"{LINE} --tag gpuu", "has no tag"),
        (f"{LINE} --service telnet", "not a service"),
        (f"{LINE} --site atlantis", "not a site"),
        (f"{LINE} --gpu 1 --gpu-model H9000", "not a GPU model"),
        (f"{LINE} --hostname mine", "no name of your own"),
        ('demo-app --platform ai4eosc --title "a title that is a good deal longer than anybody wants"', "too long"),
    ],
)
def test_what_is_missing_or_doubtful_opens_the_form_with_it_marked(calm_town: Town, options: str, said: str) -> None:
    """Nothing is submitted, and the form says what is the matter."""
    _type(calm_town, options)

    view = calm_town.ada.wait_for_modal(lambda shown: said in shown.text)
    calm_town.ada.close()

    assert view.callback_id == "deploy.form"
    assert "Please look at these again" in view.text
    assert calm_town.simulated.jobs() == ()


def test_the_form_that_opened_can_be_mended_and_submitted(town: Town) -> None:
    """The one way leads into the other."""
    _type(town, "demo-app --platform ai4eosc --title Mine --tag gpu")
    view = town.ada.wait_for_modal(lambda shown: shown.callback_id == "deploy.form" and shown.has("tag_confirmed"))
    town.ada.select(view, "Is this tag right?", ["yes"])

    assert town.ada.submit().accepted
    town.ada.wait_for_modal(lambda shown: shown.callback_id == "deploy.review")
    town.ada.submit()

    assert "Mine" in _running(town)[0].text


def test_a_second_gpu_needs_its_reason_first(town: Town) -> None:
    """Only the cluster knows what is held: the form comes a moment later, and asks."""
    town.deploy(options="demo-app --platform ai4eosc --gpu 1 --title First")

    _type(town, f"{LINE} --gpu 1")

    view = town.ada.wait_for_modal(lambda shown: shown.has("gpu_reason"), timeout=LONG)
    assert "why a second one is really needed" in view.text
    assert len(town.simulated.jobs()) == 1


def test_a_second_gpu_with_its_reason_is_deployed(town: Town) -> None:
    """What the form asks for can be said in the line."""
    town.deploy(options="demo-app --platform ai4eosc --gpu 1 --title First")

    _told(_type(town, f'{LINE} --gpu 1 --gpu-reason "two runs side by side"'), "is submitted")

    assert len(town.simulated.jobs()) == 2


def test_one_gpu_too_many_is_refused_with_what_holds_them(town: Town) -> None:
    """The refusal is that of the review: the holders with a button to stop each; and the form is one press away."""
    town.deploy(options="demo-app --platform ai4eosc --gpu 1 --title First")
    _told(_type(town, 'demo-app --platform ai4eosc --title Second --gpu 1 --gpu-reason "two"'), "is submitted")

    told = _told(_type(town, f'{LINE} --gpu 1 --gpu-reason "three"'), "Nothing was")

    assert all(word in told.text for word in ("First", "Second", "GPUs"))
    assert told.buttons.count("Stop") == 2
    assert "Open the form" in told.buttons
    assert len(town.simulated.jobs()) == 2


def test_what_has_to_wait_is_submitted_and_says_for_what(town: Town) -> None:
    """Waiting is no doubt: it starts by itself."""
    town.simulated.fill_gpus("somebody@example.org")
    before = len(town.simulated.jobs())

    told = _told(_type(town, f"{LINE} --gpu 1"), "is submitted")

    assert "It has to wait" in told.text
    assert "somebody" not in told.text
    assert len(town.simulated.jobs()) == before + 1


def test_what_can_never_run_is_not_submitted(town: Town) -> None:
    """The review's reason, and a button that opens the form with everything that was given."""
    for node in town.simulated.nodes():
        town.simulated.drop_devices(node.name)
    town.bot.cluster.refresh_nodes()

    told = _told(_type(town, f"{LINE} --gpu 1 --cpu 3"), "can never run")
    town.ada.click(told, "menu.deploy")

    view = town.ada.wait_for_modal(lambda shown: shown.callback_id == "deploy.form")
    assert "Nothing was started" in told.text
    assert (view.value("Title"), str(view.value("cpu:ai4eosc:demo-app"))) == ("Mine", "3")
    assert town.simulated.jobs() == ()


def test_while_nomad_is_down_nothing_is_submitted(town: Town) -> None:
    """Nobody knows whether it could run, so it is not deployed behind the person's back."""
    town.simulated.unplug()
    told = _told(_type(town), "could not be asked")
    town.simulated.plug()

    assert "nothing was started" in told.text
    assert "Open the form" in told.buttons
    assert town.simulated.jobs() == ()


def test_a_refusal_by_nomad_is_told_once(town: Town) -> None:
    """Nothing runs, nothing is left, and no second message says it again."""
    town.simulated.faults.error("a quota of the site is used up", path="/v1/jobs", method="POST")

    told = _told(_type(town), "does not take this deployment")
    town.workspace.wait_for(lambda: town.bot.ledger.open_submissions() == ())

    assert "quota" in told.text
    assert _messages(town) == []


def test_a_line_that_is_delivered_twice_deploys_once(town: Town) -> None:
    """Slack's second delivery of the same command finds it taken; nothing is done twice."""
    reply = _type(town)
    _told(reply, "is submitted")
    record = next(each for each in town.workspace.acks if each.kind == "slash_commands")

    town.workspace.redeliver(record)

    assert "do it once" in _told(reply, "twice").text
    assert len(_running(town)) == 1
    assert len(town.simulated.jobs()) == 1


def test_a_line_that_is_delivered_twice_at_once_deploys_once(town: Town) -> None:
    """While the first is still being checked the second is no other."""
    town.registry.is_down = True
    reply = _type(town)
    record = next(each for each in town.workspace.acks if each.kind == "slash_commands")
    town.workspace.redeliver(record)

    _told(reply, "twice")
    _told(reply, "is submitted")

    assert len(town.simulated.jobs()) == 1


def test_the_same_line_typed_twice_is_two_deployments(town: Town) -> None:
    """Whoever types it again wants another one."""
    _told(_type(town), "is submitted")
    _told(_type(town), "is submitted")

    assert len(_running(town, 2)) == 2
    assert len(town.simulated.jobs()) == 2


def test_an_expired_trigger_leaves_the_doubt_and_a_button(town: Town) -> None:
    """When Slack does not open the form any more, a message says what is wrong and how to open it."""
    town.workspace.faults.refuse("views.open", "expired_trigger_id")
    told = _told(_type(town, f"{LINE} --cpu 99 --description kept"), "from 1 to 10")

    town.ada.click(told, "menu.deploy")

    view = town.ada.wait_for_modal(lambda shown: "from 1 to 10" in shown.text)
    assert view.value("Description") == "kept"
    assert town.simulated.jobs() == ()


def test_the_button_of_a_line_opens_the_form_and_never_deploys(town: Town) -> None:
    """Even a button whose value was made to say `--yes`."""
    town.workspace.faults.refuse("views.open", "expired_trigger_id")
    told = _told(_type(town, f"{LINE} --cpu 99"), "from 1 to 10")
    town.ada.click(told, "menu.deploy")
    town.ada.wait_for_modal()
    town.ada.close()
    record = next(each for each in town.workspace.acks if each.payload.get("type") == "block_actions")
    action = {**record.payload["actions"][0], "value": f"deploy {LINE} --yes"}
    town.simulated.reset_calls()

    town.workspace.redeliver(replace(record, payload={**record.payload, "actions": [action]}))

    town.workspace.wait_for(lambda: len(town.workspace.calls_of("views.open")) == 3)
    assert town.simulated.jobs() == ()


def test_an_editors_password_is_made_and_arrives(town: Town) -> None:
    """No password is ever typed into a command; the owner is shown the one that was made."""
    _told(_type(town, f"{LINE} --service jupyter"), "is submitted")
    message = _running(town)[0]
    (job,) = town.simulated.jobs()
    (password,) = (town.simulated.variable_items(f"nomad/jobs/{job.id}", job.namespace) or {}).values()

    town.ada.click(message, "deployment.password")

    assert password in town.ada.wait_for_modal(lambda view: "fetched" not in view.text, timeout=LONG).text
    assert password not in message.text


def test_while_the_database_is_locked_nothing_is_submitted_and_it_is_said(tmp_path: Path) -> None:
    """Without a record there is no deployment."""
    file = tmp_path / "bot.sqlite3"
    with open_town(tmp_path, DATABASE_URL=f"sqlite:///{file}?timeout=0.5") as town:
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            told = _told(_type(town), "The bot's database")

        assert "Nothing was changed" in told.text
        assert "Try again" in told.text
        assert town.simulated.jobs() == ()


def test_whoever_belongs_nowhere_is_told_so(town: Town) -> None:
    """The gate lets members of the workspace in, the platforms decide who deploys."""
    town.environment["AI4OS_BOT_MEMBERS"] = "ada@example.org"
    town.restart()

    told = _told(_type(town, who=town.bob), "not a member of any platform")

    assert town.simulated.jobs() == ()
    assert told.is_ephemeral
