"""What the app's manifest promises: commands, scopes, events and tabs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.slack.wire import Json

DEFAULT_SCOPES = frozenset(
    {
        "chat:write",
        "commands",
        "dnd:read",
        "files:write",
        "im:history",
        "im:write",
        "team:read",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)
DEFAULT_EVENTS = frozenset({"app_home_opened", "message.im"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """The app as its manifest configures it, in a workspace that may lack newer blocks.

    `commands` maps a command to its should_escape; `lacking_blocks` are refused as "unsupported type".
    `messages_read_only` takes the composer away from the app's direct messages: neither texts nor commands go there.
    """

    name: str = "ai4os"
    commands: Mapping[str, bool] = field(default_factory=lambda: {"/ai4os": True})
    scopes: frozenset[str] = DEFAULT_SCOPES
    events: frozenset[str] = DEFAULT_EVENTS
    home_tab: bool = True
    messages_tab: bool = True
    messages_read_only: bool = False
    interactive: bool = True
    lacking_blocks: frozenset[str] = frozenset()

    @classmethod
    def from_manifest(cls, manifest: Json) -> "AppSettings":
        """Read the settings from a parsed app manifest."""
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        home = features.get("app_home", {})
        return cls(
            name=features.get("bot_user", {}).get("display_name", manifest["display_information"]["name"]),
            commands={c["command"]: bool(c.get("should_escape", False)) for c in features.get("slash_commands", [])},
            scopes=frozenset(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
            home_tab=bool(home.get("home_tab_enabled", False)),
            messages_tab=bool(home.get("messages_tab_enabled", True)),
            messages_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
            interactive=bool(settings.get("interactivity", {}).get("is_enabled", False)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The names and secrets of one workspace and of the app installed in it."""

    team_id: str
    team_name: str
    team_domain: str
    app_id: str
    bot_id: str
    bot_user_id: str
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    verification_token: str = field(repr=False)
