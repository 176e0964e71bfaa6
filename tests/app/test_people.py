"""Who may use the bot: the first middleware lets members in and tells everybody else plainly why not."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from playground.slack.person import Person
from playground.slack.records import AckRecord, Outcome
from playground.slack.screen import ShownView
from tests.app.town import Town
from tests.app.town import town as open_town

LONGER_THAN_FRESH = timedelta(minutes=6)
LONGER_THAN_STALE = timedelta(minutes=61)
STRANGERS: dict[str, tuple[dict[str, Any], str]] = {
    "a guest": ({"is_restricted": True}, "Guests"),
    "a guest of one channel": ({"is_ultra_restricted": True}, "Guests"),
    "a bot": ({"is_bot": True}, "Bots"),
    "a deactivated account": ({"deleted": True}, "deactivated"),
    "somebody of another workspace": ({"team_id": "T0ELSEWHERE"}, "other workspaces"),
}
kinds = pytest.mark.parametrize(("account", "why"), STRANGERS.values(), ids=list(STRANGERS))


@pytest.fixture
def quiet_town(tmp_path: Path) -> Iterator[Town]:
    """Give a town in which only what people do asks the cluster anything."""
    with open_town(tmp_path) as found:
        found.bot.scheduler.stop()
        found.simulated.reset_calls()
        yield found


def _forged(town: Town, kind: str, stranger: Person) -> AckRecord:
    """Deliver what Ada did last of this kind, as if the stranger had done it."""
    record = next(each for each in reversed(town.workspace.acks) if each.payload.get("type") == kind)
    user = {**record.payload["user"], "id": stranger.id, "team_id": stranger.account.team_id}
    return town.workspace.redeliver(replace(record, user=stranger.id, payload={**record.payload, "user": user}))


def _form(town: Town) -> ShownView:
    town.ada.command("/ai4os", "deploy demo-app")
    return town.ada.wait_for_modal(lambda view: view.callback_id == "deploy.form")


@kinds
def test_strangers_are_refused_by_the_gate(quiet_town: Town, account: dict[str, Any], why: str) -> None:
    """A command, a search, a click and a submission get a plain text or nothing, and the cluster is not even asked."""
    town = quiet_town
    stranger = town.workspace.add_user("stranger", **account)
    view = _form(town)
    town.ada.type_in_select(view, "module", "")
    town.ada.click(view, "deploy.toggle_help")
    town.ada.submit()
    town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.review")
    town.ada.submit()
    town.ada.wait_for_message(lambda message: "demo-app" in message.text)
    town.simulated.reset_calls()

    typed = stranger.command("/ai4os", "list")
    searched, clicked, submitted = (
        _forged(town, kind, stranger) for kind in ("block_suggestion", "block_actions", "view_submission")
    )

    assert why in typed.wait_for_message().text
    assert typed.ephemeral is not None
    assert "demo-app" not in typed.text
    assert searched.answer == {"options": []}
    assert clicked.outcome is Outcome.ACKED
    assert (submitted.answer["response_action"], why in json.dumps(submitted.answer)) == ("update", True)
    assert len(town.simulated.jobs()) == 1
    assert not town.simulated.calls


def test_somebody_unknown_to_slack_is_refused(quiet_town: Town) -> None:
    """A user id that nobody has gets a refusal like any other."""
    quiet_town.ada.command("/ai4os", "list")
    record = quiet_town.workspace.acks[-1]

    answered = quiet_town.workspace.redeliver(replace(record, payload={**record.payload, "user_id": "U0NOBODY"}))

    assert answered.outcome is Outcome.ACKED
    quiet_town.workspace.wait_for(
        lambda: "not a member of this workspace" in str(quiet_town.workspace.calls_of("response_url"))
    )


def test_a_command_from_another_team_is_refused(quiet_town: Town) -> None:
    """Bolt does not compare the team; the gate does."""
    quiet_town.ada.command("/ai4os", "list")
    record = quiet_town.workspace.acks[-1]

    answered = quiet_town.workspace.redeliver(replace(record, payload={**record.payload, "team_id": "T0ELSEWHERE"}))

    assert "other workspaces" in answered.answer["text"]


def test_a_click_on_a_message_is_refused_where_it_was_made(town: Town) -> None:
    """Whoever has become a guest meanwhile is told so under the message whose button they press."""
    message = town.deploy()
    town.workspace.change_user("ada", is_restricted=True)
    town.workspace.clock.advance(LONGER_THAN_FRESH)

    reply = town.ada.click(message, "deployment.stop", confirm=True)

    assert "Guests" in reply.wait_for_message().text
    assert not town.simulated.jobs()[0].stop


def test_a_click_in_a_modal_is_refused_above_it(town: Town) -> None:
    """A modal has no address to answer at, so the refusal opens on top of it."""
    view = _form(town)
    town.workspace.change_user("ada", is_restricted=True)
    town.workspace.clock.advance(LONGER_THAN_FRESH)

    town.ada.click(view, "deploy.toggle_help")

    assert "Guests" in town.ada.wait_for_modal(lambda each: "did not work" in each.title).text


def test_nobody_without_an_address_owns_anything(town: Town) -> None:
    """The e-mail address joins a Slack user to deployments; without one there is nothing to do."""
    nobody = town.workspace.add_user("nobody", email="")

    text = nobody.command("/ai4os", "list").wait_for_message().text

    assert "e-mail address" in text
    assert "users:read.email" in text


def test_members_are_named_by_address_by_id_and_by_group(tmp_path: Path) -> None:
    """One platform each: everybody sees their own and no other, and whoever has none is told so."""
    config = tmp_path / "bot.yaml"
    platforms = {
        "ai4eosc": {"members": ["ADA@example.org"], "administrators": ["grace@example.org"]},
        "imagine": {"members": ["usergroup:Imagine-Users"]},
        "tutorials": {"members": ["nobody@example.org"]},
    }
    config.write_text(json.dumps({"platforms": platforms}))
    with open_town(tmp_path, AI4OS_BOT_CONFIG=str(config)) as town:
        grace = town.workspace.add_user("grace")
        carl = town.workspace.add_user("carl")
        town.workspace.add_usergroup("imagine-users", [town.bob])
        town.workspace.clock.advance(LONGER_THAN_FRESH)

        town.ada.command("/ai4os", "deploy demo-app --platform imagine")
        told = town.ada.wait_for_modal().text
        town.ada.close()

        assert "imagine" in told
        assert "on AI4EOSC" in town.review(town.ada).text
        assert "on iMagine" in town.review(town.bob).text
        assert "on AI4EOSC" in town.review(grace).text
        assert "not a member of any platform" in carl.command("/ai4os", "deploy").wait_for_message().text


def test_members_of_all_platforms_stand_in_one_variable(tmp_path: Path) -> None:
    """A list of an id, an address and a group; whoever is not in it belongs nowhere."""
    with open_town(tmp_path) as town:
        carl, dora = town.workspace.add_user("carl"), town.workspace.add_user("dora")
        town.workspace.add_usergroup("testers", [dora])
        town.environment["AI4OS_BOT_MEMBERS"] = f"{town.ada.id}, carl@example.org usergroup:testers"
        town.restart()

        for member in (town.ada, carl, dora):
            member.command("/ai4os", "deploy")
            assert member.wait_for_modal().callback_id == "deploy.form"
        assert "not a member" in town.bob.command("/ai4os", "deploy").wait_for_message().text


def test_a_deployment_on_a_platform_of_others_is_out_of_reach(tmp_path: Path) -> None:
    """Not listed, not stopped: neither after leaving the platform nor by a button kept from before."""
    with open_town(tmp_path, AI4OS_BOT_MEMBERS="usergroup:members") as town:
        town.workspace.add_usergroup("members", [town.ada, town.bob])
        town.workspace.clock.advance(LONGER_THAN_FRESH)
        message = town.deploy(options='demo-app --title "Mine"')
        town.workspace.add_usergroup("members", [town.bob])
        assert "Mine" in town.ada.command("/ai4os", "list").wait_for_message().text
        town.workspace.clock.advance(LONGER_THAN_FRESH)

        listed = town.ada.command("/ai4os", "list").wait_for_message()
        stopped = town.ada.click(message, "deployment.stop", confirm=True).wait_for_message()

        assert "Mine" not in listed.text
        assert "not a member" in stopped.text
        assert not town.simulated.jobs()[0].stop


def test_administrators_do_not_stop_other_peoples_deployments(tmp_path: Path) -> None:
    """To administer a platform is no right to what people run on it."""
    with open_town(tmp_path, AI4OS_BOT_ADMINISTRATORS="bob@example.org") as town:
        message = town.deploy(options='demo-app --title "Mine"')
        town.ada.click(message, "deployment.details")
        town.ada.wait_for_modal(lambda view: "What happened" in view.text)
        record = next(each for each in town.workspace.acks if each.payload.get("type") == "block_actions")
        action = {**record.payload["actions"][0], "action_id": "deployment.stop"}
        user = {**record.payload["user"], "id": town.bob.id}
        town.workspace.redeliver(replace(record, payload={**record.payload, "user": user, "actions": [action]}))

        town.workspace.wait_for(lambda: any("somebody else" in str(call.arguments) for call in town.workspace.calls))
        town.bob.command("/ai4os", "stop Mine")
        refused = town.bob.wait_for_modal(lambda view: "did not work" in view.title)

        assert "no deployment “Mine”" in refused.text
        assert not town.simulated.jobs()[0].stop


@pytest.mark.parametrize("trouble", ["broken", "busy", "silent", "refused"])
def test_while_slack_does_not_say_who_somebody_is_they_are_told_so(town: Town, trouble: str) -> None:
    """The refusal is polite and in time, and a moment later everything works."""
    grace, faults = town.workspace.add_user("grace"), town.workspace.faults
    {
        "broken": lambda: faults.fail("users.info", 503),
        "busy": lambda: faults.rate_limit("users.info", retry_after=30),
        "silent": lambda: faults.drop_before("users.info"),
        "refused": lambda: faults.refuse("users.info", "missing_scope"),
    }[trouble]()

    reply = grace.command("/ai4os", "help")
    first = reply.wait_for_message().text
    second = grace.command("/ai4os", "help").wait_for_message().text

    assert reply.error is None
    assert "cannot check who you are" in first
    assert "Try again" in first
    assert "What you can type" in second


def test_whoever_is_known_works_on_while_slack_does_not_say_who_they_are(town: Town) -> None:
    """For an hour people are who they were; then nobody is let in on an old word."""
    town.ada.command("/ai4os", "help")
    town.workspace.faults.fail("users.info", 503, times=2)
    town.workspace.clock.advance(LONGER_THAN_FRESH)
    within = town.ada.command("/ai4os", "help").wait_for_message().text
    town.workspace.clock.advance(LONGER_THAN_STALE)
    after = town.ada.command("/ai4os", "help").wait_for_message().text

    assert "What you can type" in within
    assert "cannot check who you are" in after


def test_a_search_while_slack_is_down_finds_nothing_instead_of_failing(town: Town) -> None:
    """The module field has no place for a text; the form says it at the next step."""
    view = _form(town)
    town.workspace.clock.advance(LONGER_THAN_STALE)
    town.workspace.faults.fail("users.info", 503, times=2)

    assert town.ada.type_in_select(view, "module", "") == ()
    assert "cannot check who you are" in str(town.ada.submit().view)


def test_groups_that_slack_does_not_tell_are_no_reason_to_let_anybody_in(tmp_path: Path) -> None:
    """Unknown is not everybody: the person is told to try again."""
    with open_town(tmp_path, AI4OS_BOT_MEMBERS="usergroup:members") as town:
        town.bot.scheduler.stop()
        town.workspace.add_usergroup("members", [town.ada])
        town.workspace.clock.advance(LONGER_THAN_STALE + LONGER_THAN_STALE)
        town.workspace.faults.fail("usergroups.list", 503)
        first = town.ada.command("/ai4os", "help").wait_for_message().text

        assert "cannot check who you are" in first
        assert "What you can type" in town.ada.command("/ai4os", "help").wait_for_message().text
