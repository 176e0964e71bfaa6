"""`/ai4os …` in the local workspace: menu, help, and what a typo gets."""

import pytest

from tests.app.town import Town


def test_the_bare_command_answers_with_a_short_menu(town: Town) -> None:
    """Whoever knows nothing gets four buttons."""
    reply = town.ada.command("/ai4os")

    assert reply.ephemeral is not None
    assert reply.ephemeral.buttons == ("Deploy a module", "Browse modules", "My deployments", "Help")


def test_the_menus_buttons_work(town: Town) -> None:
    """Everything can be reached without typing."""
    menu = town.ada.command("/ai4os").wait_for_message()

    assert "What you can type" in town.ada.click(menu, "menu.help").wait_for_message().text
    assert "no deployments" in town.ada.click(menu, "menu.list").wait_for_message().text
    town.ada.click(menu, "menu.deploy")
    assert town.ada.wait_for_modal().title == "Deploy a module"


@pytest.mark.parametrize("text", ["help", "HELP", "?", "--help"])
def test_help_lists_the_commands(town: Town, text: str) -> None:
    """Every command is named."""
    shown = town.ada.command("/ai4os", text).text

    assert all(f"/ai4os {verb}" in shown for verb in ("modules", "module", "deploy", "list", "access", "info", "stop"))
    assert "/ai4os admin" not in shown


@pytest.mark.parametrize("verb", ["modules", "module", "deploy", "list", "access", "info", "stop"])
def test_help_of_one_command_has_examples(town: Town, verb: str) -> None:
    """An example to copy says more than a grammar."""
    shown = town.ada.command("/ai4os", f"help {verb}").text

    assert "Example" in shown
    assert f"/ai4os {verb}" in shown


@pytest.mark.parametrize(
    ("typed", "meant"), [("deplyo", "deploy"), ("lst", "list"), ("stopp x", "stop"), ("modlues", "modules")]
)
def test_a_typo_is_answered_with_what_was_meant(town: Town, typed: str, meant: str) -> None:
    """Nothing happens but a hint."""
    assert f"Did you mean {meant}?" in town.ada.command("/ai4os", typed).text.replace("`", "")


def test_what_was_typed_cannot_ping_or_format(town: Town) -> None:
    """An unknown word is shown, not interpreted."""
    reply = town.ada.command("/ai4os", "<!channel> *bold* `x`")

    assert reply.error is None
    assert reply.ephemeral is not None
    assert "<!channel>" not in str(reply.ephemeral.blocks) + reply.ephemeral.notification


@pytest.mark.parametrize("verb", ["access", "info", "stop"])
def test_a_missing_name_is_asked_for(town: Town, verb: str) -> None:
    """The usage comes with the question."""
    assert f"/ai4os {verb} NAME" in town.ada.command("/ai4os", verb).text


def test_acks_come_at_once(town: Town) -> None:
    """No answer waits for Nomad or for the catalogue."""
    for text in ("", "help", "list", "deploy"):
        town.ada.command("/ai4os", text)

    assert len(town.workspace.acks) == 4
    assert all(record.latency is not None and record.latency.total_seconds() < 1 for record in town.workspace.acks)
