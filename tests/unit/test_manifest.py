"""The Slack manifests: what Slack would refuse, and whether they ask for what the code uses and for nothing else."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk import WebClient

from bot.domain.commands import HELP, Verb
from handlers.commands import COMMAND

ROOT = Path(__file__).parents[2]
MANIFESTS = ("app.yaml", "app-http.yaml")

# Slack's bot scopes that an app of this kind could ask for; a name that is not here is a typo or needs a decision.
KNOWN_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "dnd:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)
# Which scope each Web API method needs, by its page in Slack's reference.
SCOPE_OF_METHOD = {
    "apps_connections_open": "",  # the app-level token has its own scope, connections:write
    "auth_test": "",
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "conversations_history": "im:history",
    "conversations_open": "im:write",
    "dnd_info": "dnd:read",
    "files_completeUploadExternal": "files:write",
    "files_getUploadURLExternal": "files:write",
    "usergroups_list": "usergroups:read",
    "usergroups_users_list": "usergroups:read",
    "users_info": "users:read",
    "users_list": "users:read",
    "users_lookupByEmail": "users:read.email",
    "views_open": "",
    "views_push": "",
    "views_update": "",
}
WITHOUT_METHOD = {"commands", "users:read.email"}  # for /ai4os itself; for the address in the answer of users.info


@pytest.fixture(params=MANIFESTS)
def manifest(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give each of the manifests."""
    return dict(read(request.param))


def read(name: str) -> Any:
    """Return a manifest as Slack would read it."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def methods_called() -> set[str]:
    """Return the names of all Web API methods that the handlers call or pass on."""
    known = {name for name in dir(WebClient) if "_" in name.strip("_") and not name.startswith("_")} - {"api_call"}
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "handlers").rglob("*.py")]
    names = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return names & known


def test_names_and_texts_have_the_lengths_slack_allows(manifest: dict[str, Any]) -> None:
    """Name, descriptions and colour are as Slack's manifest reference has them."""
    shown = manifest["display_information"]

    assert 1 <= len(shown["name"]) <= 35
    assert 1 <= len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"])
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", manifest["features"]["bot_user"]["display_name"])


def test_the_command_is_the_one_that_is_listened_to(manifest: dict[str, Any]) -> None:
    """There is one command, it is the one the handlers register, and Slack escapes what people mention in it."""
    (command,) = manifest["features"]["slash_commands"]

    assert command["command"] == COMMAND
    assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
    assert 1 <= len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000
    assert command["should_escape"] is True


def test_the_usage_hint_names_every_verb(manifest: dict[str, Any]) -> None:
    """What Slack shows while one types names every verb there is."""
    hint = manifest["features"]["slash_commands"][0]["usage_hint"]

    assert [verb for verb in HELP if verb is not Verb.ADMIN and verb not in hint] == []


def test_scopes_are_real_and_given_once(manifest: dict[str, Any]) -> None:
    """Every scope is one that Slack knows, and none stands twice; Slack's own schema would not notice."""
    scopes = manifest["oauth_config"]["scopes"]["bot"]

    assert [scope for scope in scopes if scope not in KNOWN_SCOPES] == []
    assert len(set(scopes)) == len(scopes)
    assert list(manifest["oauth_config"]["scopes"]) == ["bot"]


def test_every_method_has_its_scope_and_every_scope_its_use(manifest: dict[str, Any]) -> None:
    """The app asks for exactly the scopes of the Web API methods that the code calls."""
    called = methods_called()
    needed = {SCOPE_OF_METHOD[method] for method in called} - {""}

    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed | WITHOUT_METHOD


def test_the_comments_give_a_reason_for_each_scope() -> None:
    """Each scope stands beside the reason for which it is asked."""
    lines = [
        line for name in MANIFESTS for line in (ROOT / name).read_text().splitlines() if line.startswith("      - ")
    ]
    without_reason = [line for line in lines if " # " not in line]

    assert without_reason == []


def test_only_what_is_used_is_switched_on(manifest: dict[str, Any]) -> None:
    """No Home tab, no events, no shortcuts, no organisation-wide installation, no token rotation."""
    settings, features = manifest["settings"], manifest["features"]

    assert settings["interactivity"]["is_enabled"] is True
    assert "event_subscriptions" not in settings
    assert (settings["org_deploy_enabled"], settings["token_rotation_enabled"], settings["is_hosted"]) == (
        False,
        False,
        False,
    )
    assert features["app_home"]["home_tab_enabled"] is False
    assert features["app_home"]["messages_tab_enabled"] is True
    assert "shortcuts" not in features


def test_socket_mode_needs_no_address() -> None:
    """The default manifest has Socket Mode on and no URL anywhere."""
    assert read("app.yaml")["settings"]["socket_mode_enabled"] is True
    assert "https://" not in (ROOT / "app.yaml").read_text()


def test_http_mode_has_one_address_in_three_places() -> None:
    """The HTTP manifest has Socket Mode off and the path that the bot serves, over https, in all three places."""
    manifest = read("app-http.yaml")
    interactivity = manifest["settings"]["interactivity"]
    addresses = {
        manifest["features"]["slash_commands"][0]["url"],
        interactivity["request_url"],
        interactivity["message_menu_options_url"],
    }

    assert manifest["settings"]["socket_mode_enabled"] is False
    assert len(addresses) == 1
    assert all(re.fullmatch(r"https://[a-z0-9.-]+/slack/events", address) for address in addresses)


def test_the_two_manifests_differ_in_the_transport_alone() -> None:
    """Apart from Socket Mode and the addresses, both manifests describe the same app."""
    socket, http = read("app.yaml"), read("app-http.yaml")

    del http["features"]["slash_commands"][0]["url"]
    del http["settings"]["interactivity"]["request_url"]
    del http["settings"]["interactivity"]["message_menu_options_url"]
    http["settings"]["socket_mode_enabled"] = True
    assert http == socket
