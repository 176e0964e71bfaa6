"""What Slack does wrong: busy, broken, silent or too late. Nothing is lost, nothing is done or told twice."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient

from playground.slack.faults import Faults
from playground.slack.screen import ShownMessage, ShownView
from tests.app.town import Town, captured_log, surprises
from tests.app.town import town as open_town

Fault = Callable[[Faults, str], None]
FAULTS: dict[str, Fault] = {
    "busy": lambda faults, method: faults.rate_limit(method, retry_after=1),
    "broken": lambda faults, method: faults.fail(method, 503),
    "not JSON": lambda faults, method: faults.garble(method),
    "cut off": lambda faults, method: faults.drop_before(method),
    "answer lost": lambda faults, method: faults.drop_after(method),
}
LONG = timedelta(seconds=10)


def _faults(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", [FAULTS[name] for name in names], ids=names)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Give a town in whose log there is no surprise in the end, whatever Slack has done."""
    with captured_log() as log, open_town(tmp_path) as found:
        yield found
    assert surprises(log) == []


def _open(town: Town, options: str = "demo-app") -> ShownView:
    """Open the form and wait until what the network knows has come into it."""
    before = len(town.workspace.calls_of("views.update"))
    town.ada.command("/ai4os", f"deploy {options}")
    town.workspace.wait_for(lambda: len(town.workspace.calls_of("views.update")) > before)
    return town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.form")


def _review(town: Town) -> ShownView:
    return town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.review", timeout=LONG)


def _told(town: Town) -> list[ShownMessage]:
    return [message for message in town.ada.messages() if "demo-app" in message.text and not message.is_ephemeral]


def test_a_plan_that_is_quicker_than_slack_is_shown(town: Town) -> None:
    """The cluster answers before Slack has put the review on the screen: the answer waits for it."""
    _open(town)
    town.workspace.faults.refuse("views.update", "not_found", times=2)

    town.ada.submit()

    assert "starts now" in _review(town).text


@_faults("broken", "answer lost")
def test_the_review_comes_whatever_happens_to_its_update(town: Town, fault: Fault) -> None:
    """An update of a view can be repeated, so it is."""
    _open(town)
    fault(town.workspace.faults, "views.update")

    town.ada.submit()

    assert "starts now" in _review(town).text


@_faults("broken", "not JSON", "cut off", "answer lost")
def test_one_message_follows_whatever_happens_to_its_posting(town: Town, fault: Fault) -> None:
    """Whether Slack has posted it or not: the person finds one message, and it says in the end that it runs."""
    fault(town.workspace.faults, "chat.postMessage")
    town.submit()

    town.ada.wait_for_message(lambda message: "is running" in message.text, timeout=LONG)

    assert len(_told(town)) == 1


@_faults("busy", "answer lost")
def test_the_message_tells_the_end_whatever_happens_to_its_edit(town: Town, fault: Fault) -> None:
    """An edit that fails is made up for, in the same message."""
    message = town.deploy()
    (job,) = town.simulated.jobs()
    fault(town.workspace.faults, "chat.update")

    town.simulated.stop(job.id)

    ended = town.ada.wait_for_message(lambda each: "is stopped" in each.text, timeout=LONG)
    assert ended.ts == message.ts
    assert len(_told(town)) == 1


@_faults("busy", "broken", "not JSON")
def test_a_form_that_slack_does_not_open_is_offered_again(town: Town, fault: Fault) -> None:
    """What was typed is in the button."""
    fault(town.workspace.faults, "views.open")
    offer = town.ada.command("/ai4os", "deploy demo-app --cpu 3").wait_for_message()

    town.ada.click(offer, "menu.deploy")

    assert str(town.ada.wait_for_modal().value("cpu:ai4eosc:demo-app")) == "3"


def test_a_form_that_opened_without_anybody_being_told_works(town: Town) -> None:
    """Slack opened the form, and its answer was lost: nobody is asked to open it again."""
    before = len(town.workspace.calls_of("views.update"))
    town.workspace.faults.drop_after("views.open")
    asked = town.ada.command("/ai4os", "deploy demo-app")
    town.workspace.wait_for(lambda: len(town.workspace.calls_of("views.update")) > before + 1)

    town.ada.submit()

    assert "starts now" in _review(town).text
    assert asked.messages == ()


def test_a_window_above_another_whose_opening_was_not_told_is_filled(town: Town) -> None:
    """The same for what is pushed: the window is found, and what it waits for comes into it."""
    town.deploy(options='demo-app --service jupyter --title "Mine"')
    town.ada.command("/ai4os", "access Mine")
    view = town.ada.wait_for_modal(lambda each: each.has("deployment.password"))
    town.workspace.faults.drop_after("views.push")

    town.ada.click(view, "deployment.password")

    town.ada.wait_for_modal(lambda each: each.callback_id == "deployment.password" and "fetched" not in each.text)
    assert not [message for message in town.ada.messages() if "too slow" in message.text]


@pytest.mark.parametrize(
    "code", ["message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"]
)
def test_a_message_that_cannot_be_edited_any_more_is_written_anew(town: Town, code: str) -> None:
    """Whatever Slack calls it: what there is to tell is told once, in another message."""
    message = town.deploy()
    (job,) = town.simulated.jobs()
    town.workspace.faults.refuse("chat.update", code)

    town.simulated.stop(job.id)

    ended = town.ada.wait_for_message(lambda each: "is stopped" in each.text, timeout=LONG)
    assert ended.ts != message.ts
    assert len([each for each in _told(town) if "is stopped" in each.text]) == 1


@pytest.mark.parametrize("code", ["account_inactive", "is_archived", "not_authed", "invalid_blocks", "no_such_error"])
def test_an_edit_that_slack_refuses_is_tried_again_later(town: Town, code: str) -> None:
    """Whatever the reason, nothing else stands still meanwhile, and the message tells it in the end."""
    message = town.deploy()
    (job,) = town.simulated.jobs()
    town.workspace.faults.refuse("chat.update", code)

    town.simulated.stop(job.id)
    assert "What you can type" in town.ada.command("/ai4os", "help").text
    town.workspace.wait_for(lambda: any(call.error == code for call in town.workspace.calls_of("chat.update")), LONG)
    town.workspace.clock.advance(timedelta(hours=1))

    ended = town.ada.wait_for_message(lambda each: "is stopped" in each.text, timeout=LONG)
    assert ended.ts == message.ts


def test_somebody_who_is_gone_does_not_keep_others_waiting(town: Town) -> None:
    """Slack refuses to post to a deactivated account: its deployment runs on, and other people hear of theirs."""
    town.workspace.faults.refuse("chat.postMessage", "account_inactive")
    town.submit(town.ada)

    assert "is running" in town.deploy(town.bob).text
    assert len(town.simulated.jobs()) == 2


def test_no_file_is_ever_uploaded(town: Town) -> None:
    """Deploying and looking after deployments puts messages and views into Slack, and no file."""
    town.deploy(options="demo-app --service jupyter")
    town.ada.command("/ai4os", "list").wait_for_message()

    assert not [call for call in town.workspace.calls if call.method.startswith("files.")]


def test_an_update_that_comes_too_late_does_not_lose_the_choice(town: Town) -> None:
    """Two changes at once: the form shows both, and what was typed stays."""
    view = _open(town)
    town.ada.fill(view, {"Title": "Kept"})
    town.workspace.faults.refuse("views.update", "hash_conflict")
    town.ada.select(view, "GPUs", "1")

    shown = town.ada.wait_for_modal(lambda each: "GPU model" in each.text)

    assert (shown.value("Title"), shown.value("GPUs")) == ("Kept", "1")


def test_a_message_that_was_deleted_is_written_anew_once(town: Town) -> None:
    """What there is to tell is told in a new message, which is followed from then on."""
    message = town.deploy()
    (job,) = town.simulated.jobs()
    WebClient(town.workspace.bot_token, base_url=town.workspace.api_url).chat_delete(
        channel=message.channel, ts=message.ts
    )

    town.simulated.stop(job.id)

    ended = town.ada.wait_for_message(lambda each: "is stopped" in each.text)
    assert ended.ts != message.ts
    assert _told(town) == [ended]


def test_a_form_closed_while_the_cluster_is_asked_leaves_nothing(town: Town) -> None:
    """The answer has nobody to be shown to, and that is fine."""
    _open(town)
    town.simulated.faults.slow(timedelta(seconds=0.5), path="/plan")
    town.ada.submit()
    town.ada.dismiss()
    updates = len(town.workspace.calls_of("views.update"))

    town.workspace.wait_for(lambda: len(town.workspace.calls_of("views.update")) > updates)

    assert (town.ada.modal, town.ada.messages(), town.simulated.jobs()) == (None, (), ())
    assert town.workspace.problems == ()


def test_a_form_closed_while_it_is_submitted_still_deploys(town: Town) -> None:
    """Deploy was pressed: closing the window takes nothing back, and the message tells."""
    town.review()
    town.simulated.faults.slow(timedelta(seconds=0.5), path="/v1/jobs", method="POST")
    town.ada.submit()
    town.ada.dismiss()

    town.ada.wait_for_message(lambda message: "is running" in message.text)

    assert len(town.simulated.jobs()) == 1


def test_a_refusal_after_the_form_was_closed_is_told_in_a_message(town: Town) -> None:
    """Nobody is left to believe that what they pressed Deploy for is on its way."""
    town.review()
    town.workspace.clock.advance(timedelta(minutes=31))
    town.ada.submit()
    town.ada.dismiss()

    town.ada.wait_for_message(lambda message: "open for too long" in message.text)


def test_an_outcome_that_is_quicker_than_the_answer_to_the_press_is_shown(town: Town) -> None:
    """Nothing to wait for: the outcome must not be covered by `is being submitted`, which was said before it."""
    town.review()
    town.workspace.clock.advance(timedelta(minutes=31))

    town.ada.submit()

    town.ada.wait_for_modal(lambda view: "open for too long" in view.text)
    submitting = [line.text for line in town.workspace.state.story if "is being submitted" in line.text]
    assert submitting
    assert "open for too long" in town.workspace.state.story[-1].text


def test_what_is_told_in_a_message_of_its_own_is_told_once(town: Town) -> None:
    """No window and no address to answer at: a direct message, posted once even if its answer is lost."""
    town.deploy(options='demo-app --service jupyter --title "Mine"')
    town.ada.command("/ai4os", "access Mine")
    view = town.ada.wait_for_modal(lambda each: each.has("deployment.password"))
    town.workspace.faults.refuse("views.push", "expired_trigger_id")
    town.workspace.faults.drop_after("chat.postMessage")

    town.ada.click(view, "deployment.password")

    town.workspace.wait_for(lambda: any("too slow" in message.text for message in town.ada.messages()))
    town.bot.stop()
    assert len([message for message in town.ada.messages() if "too slow" in message.text]) == 1
