"""List, access, info and stop in the local workspace, by command and by button."""

from dataclasses import replace

import pytest

from playground.cluster import PapiJob
from playground.slack.screen import ShownView
from tests.app.town import Town


def _filled(town: Town, callback: str) -> ShownView:
    return town.ada.wait_for_modal(lambda view: view.callback_id == callback and "moment" not in view.text)


def _password(town: Town) -> ShownView:
    return town.ada.wait_for_modal(
        lambda view: view.callback_id == "deployment.password" and "fetched" not in view.text
    )


def _list(town: Town) -> str:
    return town.ada.command("/ai4os", "list").wait_for_message().text


def test_the_list_holds_own_deployments_of_bot_and_dashboard(town: Town) -> None:
    """Today's and 2023's shapes are read, other people's are not shown."""
    town.deploy(options='demo-app --title "From Slack"')
    town.simulated.add_papi_job("ada@example.org", "From the dashboard")
    town.simulated.add_papi_job("bob@example.org", "Not mine")

    text = _list(town)

    assert "From Slack" in text
    assert "From the dashboard" in text
    assert "Not mine" not in text


def test_a_list_costs_at_most_three_calls(town: Town) -> None:
    """One deployment or twenty: the same number of calls to Nomad."""
    town.bot.scheduler.stop()
    counts = []
    for more in (1, 19):
        for number in range(more):
            town.simulated.add_papi_job("ada@example.org", f"Run {number}")
        town.simulated.reset_calls()
        _list(town)
        counts.append(sum(town.simulated.call_counts.values()))

    assert counts[0] <= 3
    assert counts[1] <= 3


def test_a_long_list_is_paged(town: Town) -> None:
    """A page fits a message, and the next one is a click away in the same place."""
    for number in range(12):
        town.simulated.add_papi_job("ada@example.org", f"Run {number:02}")
    message = town.ada.command("/ai4os", "list").wait_for_message()

    following = town.ada.click(message, "list.page.next").wait_for_message(lambda each: "Run 00" in each.text)

    assert "Run 11" in message.text
    assert "Run 11" not in following.text


def test_an_unplaced_deployment_says_why(town: Town) -> None:
    """What waits in the dashboard without a word has its reason here."""
    town.simulated.fill_gpus("somebody@example.org")
    town.simulated.add_papi_job(
        "ada@example.org", "Waiting", wanted=PapiJob(id="0" * 8, owner="ada", owner_email="ada@example.org", gpus=1)
    )

    assert "GPU is taken" in _list(town)


def test_access_shows_links_with_their_conditions(town: Town) -> None:
    """DEEPaaS by hand, IDE at once, Monitor while training, as the how-to says."""
    town.deploy(options='demo-app --service jupyter --title "Mine"')
    town.ada.command("/ai4os", "access Mine")

    text = _filled(town, "deployment.access").text

    assert "https://ide-" in text
    assert "deep-start --deepaas" in text
    assert "training" in text
    assert "does not answer yet" in text


def test_info_shows_everything(town: Town) -> None:
    """UUID, hardware, node, site, image and what happened."""
    town.deploy(options='demo-app --title "Mine" --cpu 3')
    (job,) = town.simulated.jobs()
    town.ada.command("/ai4os", f"info {job.id[:8]}")

    text = _filled(town, "deployment.details").text

    assert all(part in text for part in (job.id, "3 CPUs", "ai4oshub/demo-app:cpu", "ifca", "What happened"))


def test_the_password_is_shown_on_demand_in_a_modal(town: Town) -> None:
    """A strong one was made; it stands in the modal and nowhere else."""
    message = town.deploy(options='demo-app --service jupyter --title "Mine"')
    town.ada.click(message, "deployment.password")
    view = town.ada.wait_for_modal(
        lambda each: each.callback_id == "deployment.password" and "fetched" not in each.text
    )
    (job,) = town.simulated.jobs()

    items = town.simulated.variable_items(f"nomad/jobs/{job.id}", "ai4eosc")

    assert items is not None
    assert items["jupyterPASSWORD"] in view.text
    assert len(items["jupyterPASSWORD"]) >= 20
    assert items["jupyterPASSWORD"] not in town.ada.messages()[-1].text


def test_the_password_of_a_dashboards_deployment_is_shown_too(town: Town) -> None:
    """The dashboard puts it into the job; its owner may see it."""
    town.simulated.add_papi_job("ada@example.org", "Theirs")
    town.ada.command("/ai4os", "access Theirs")
    town.ada.click(_filled(town, "deployment.access"), "deployment.password")

    assert (
        "not-a-real-password"
        in town.ada.wait_for_modal(
            lambda view: (
                "password" in view.text and "fetched" not in view.text and view.callback_id == "deployment.password"
            )
        ).text
    )


def test_stop_asks_and_names_what_is_lost(town: Town) -> None:
    """`stop NAME` is confirmed in a modal; after it the job is stopped, not purged."""
    town.deploy(options='demo-app --title "Mine"')
    town.ada.command("/ai4os", "stop Mine")
    view = _filled(town, "deployment.stop")
    assert "Mine" in view.text
    assert "not under /storage is lost" in view.text

    town.ada.submit()

    town.ada.wait_for_message(lambda message: "is stopped" in message.text)
    (job,) = town.simulated.jobs()
    assert job.stop


def test_a_button_asks_before_it_stops(town: Town) -> None:
    """Without the confirmation nothing happens."""
    message = town.deploy()

    assert "lost" in town.ada.confirmation(message, "deployment.stop")
    town.ada.click(message, "deployment.stop", confirm=False)
    (job,) = town.simulated.jobs()
    assert not job.stop


def test_a_name_that_fits_several_is_chosen_from(town: Town) -> None:
    """Nothing is guessed."""
    town.deploy(options='demo-app --title "Run"')
    town.deploy(options='demo-app --title "Run"')
    town.ada.command("/ai4os", "info Run")

    view = town.ada.wait_for_modal(lambda each: "Which" in each.title or "fits 2" in each.text)

    assert view.buttons == ("Info", "Info")


@pytest.mark.parametrize("verb", ["access", "info", "stop"])
def test_an_unknown_name_gets_a_guess(town: Town, verb: str) -> None:
    """A typo leads to the title that was meant."""
    town.deploy(options='demo-app --title "Plankton"')
    town.ada.command("/ai4os", f"{verb} Plnkton")

    assert "Did you mean “Plankton”?" in town.ada.wait_for_modal(lambda view: "did not work" in view.title).text


def test_somebody_elses_button_does_nothing(town: Town) -> None:
    """A forged value is refused, and the deployment lives on."""
    message = town.deploy()
    (job,) = town.simulated.jobs()
    town.ada.click(message, "deployment.details")
    record = next(each for each in town.workspace.acks if each.payload.get("type") == "block_actions")
    forged = {
        **record.payload,
        "user": {**record.payload["user"], "id": town.bob.id},
        "actions": [{**record.payload["actions"][0], "action_id": "deployment.stop", "value": f"ai4eosc|{job.id}"}],
    }

    town.workspace.redeliver(replace(record, payload=forged))

    town.workspace.wait_for(lambda: any("somebody else" in str(call.arguments) for call in town.workspace.calls))
    assert not town.simulated.jobs()[0].stop


def test_an_old_button_gets_a_polite_answer(town: Town) -> None:
    """A deployment that is gone is called gone."""
    message = town.deploy()
    (job,) = town.simulated.jobs()
    town.simulated.stop(job.id, purge=True)
    town.ada.click(message, "deployment.details")

    assert "gone" in town.ada.wait_for_modal(lambda view: "did not work" in view.title).text


def test_the_gpu_limit_names_what_is_held_with_buttons_to_stop(town: Town) -> None:
    """One is free to take, two need a reason, three are refused by name."""
    town.deploy(options='demo-app --gpu 1 --cpu 1 --title "First"')
    town.ada.command("/ai4os", 'deploy demo-app --gpu 1 --cpu 1 --title "Second"')
    view = town.ada.wait_for_modal(lambda each: "Why is a second GPU really needed?" in each.text)
    town.ada.fill(view, {"gpu_reason": "side by side"})
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.review")
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.submitted")
    town.ada.close()

    view = town.review(options='demo-app --gpu 1 --title "Third" --gpu-reason "more"')

    assert "First" in view.text
    assert "Second" in view.text
    assert view.buttons.count("Stop") == 2
    reasons = {job.spec["Meta"].get("gpu_reason", "") for job in town.simulated.jobs()}
    assert "side by side" in reasons


def test_deploying_again_opens_the_form_with_the_same_values(town: Town) -> None:
    """After a stop, one press brings the form back as it was."""
    message = town.deploy(options='demo-app --title "Mine" --cpu 3')
    town.ada.click(message, "deployment.stop", confirm=True)
    stopped = town.ada.wait_for_message(lambda each: "is stopped" in each.text)
    town.ada.click(stopped, "deployment.again")

    view = town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.form")

    assert (view.value("Title"), str(view.value("cpu:ai4eosc:demo-app"))) == ("Mine", "3")
