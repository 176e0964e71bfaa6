"""The clock that workspace and cluster share, the manifest the workspace reads, and its firmness against nonsense."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.clock import Clock
from playground.slack import AppSettings, Refused, Workspace
from playground.slack.blocks import message_flaws, view_flaws
from tests.contract.workspace_app import actions, api_of, button, modal, section, text_field

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "blocks", "elements", "element", "options", "value"]), inner)
    ),
    max_leaves=12,
)
KINDS = st.sampled_from(
    ["section", "input", "actions", "image", "context", "table", "static_select", "button", "modal"]
)


def test_a_frozen_clock_moves_by_hand() -> None:
    """It stands still until it is advanced or set."""
    clock = Clock(NOON, frozen=True)

    first, second = clock.now(), clock.now()
    clock.advance(timedelta(days=2))

    assert first == second == NOON
    assert clock.now() == NOON + timedelta(days=2)
    clock.set(NOON + timedelta(days=3))
    assert clock.now() == NOON + timedelta(days=3)


def test_a_running_clock_goes_on() -> None:
    """It follows the machine and can be frozen and run again without a step back."""
    clock = Clock(NOON)

    readings = [clock.now() for _ in range(100)]
    clock.freeze()
    stopped = clock.now()
    clock.run()

    assert readings == sorted(readings)
    assert readings[0] >= NOON
    assert clock.now() >= stopped


def test_a_clock_does_not_run_backwards() -> None:
    """Neither a negative step nor a past moment is taken, and naive moments are none."""
    clock = Clock(NOON, frozen=True)

    with pytest.raises(ValueError, match="backwards"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="backwards"):
        clock.set(NOON - timedelta(seconds=1))
    with pytest.raises(ValueError, match="aware"):
        Clock(NOON.replace(tzinfo=None))


def test_watchers_hear_of_jumps() -> None:
    """Each jump calls them, until they are taken off."""
    clock, heard = Clock(NOON, frozen=True), list[datetime]()
    unwatch = clock.watch(lambda: heard.append(clock.now()))

    clock.advance(timedelta(seconds=1))
    clock.set(NOON + timedelta(seconds=2))
    unwatch()
    clock.advance(timedelta(seconds=1))

    assert heard == [NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)]


def test_a_manifest_says_what_the_app_may() -> None:
    """Commands, scopes, events, tabs and interactivity come from the parsed manifest."""
    manifest = {
        "display_information": {"name": "AI4OS"},
        "features": {
            "bot_user": {"display_name": "ai4os"},
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
            "slash_commands": [{"command": "/ai4os", "should_escape": True}, {"command": "/raw"}],
        },
        "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
        "settings": {
            "event_subscriptions": {"bot_events": ["app_home_opened"]},
            "interactivity": {"is_enabled": True},
        },
    }

    made = AppSettings.from_manifest(manifest)

    assert (made.name, made.commands) == ("ai4os", {"/ai4os": True, "/raw": False})
    assert made.scopes == frozenset({"commands", "chat:write"})
    assert made.events == frozenset({"app_home_opened"})
    assert (made.home_tab, made.messages_tab, made.interactive) == (True, False, True)


def test_without_interactivity_nothing_can_be_clicked() -> None:
    """Slack's client says that the app is not configured for it."""
    with Workspace(AppSettings(interactive=False)) as workspace, api_of(workspace) as api:
        ada = workspace.add_user("ada")
        api.call("chat.postMessage", channel=ada.id, text="t", blocks=[actions(button())])

        with pytest.raises(Refused, match="not configured"):
            ada.click(ada.messages()[0], "press")


@settings(max_examples=150, deadline=None)
@given(NONSENSE, KINDS)
def test_nonsense_is_refused_and_never_breaks_the_check(nonsense: object, kind: str) -> None:
    """Whatever JSON comes as a view or as blocks, the answer is a list of flaws."""
    block = {**nonsense, "type": kind} if isinstance(nonsense, dict) else nonsense

    assert isinstance(view_flaws(nonsense, "modal"), list)
    assert isinstance(view_flaws({**modal(), "blocks": [block]}, None), list)
    assert isinstance(message_flaws([block, {"type": "actions", "elements": [block]}]), list)
    assert isinstance(message_flaws(nonsense), list)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=3000), st.text(min_size=1, max_size=24))
def test_any_text_within_the_limits_passes(words: str, title: str) -> None:
    """Limits count code points, whatever they are."""
    view = modal(section(words), text_field(initial_value=words), title={"type": "plain_text", "text": title})

    assert view_flaws(view, "modal") == []
