"""The table of Web API methods and what a method is given when it is called."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from playground.slack.conversations import Conversations
from playground.slack.rate_limits import RateLimits, Tier
from playground.slack.records import View
from playground.slack.render import view_text
from playground.slack.screens import Screens
from playground.slack.state import State
from playground.slack.wire import Json, SlackError, invalid_arguments

if TYPE_CHECKING:
    from playground.slack.socket_mode import SocketHub
    from playground.slack.uploads import Uploads

TokenKind = Literal["bot", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The parts of the workspace that methods work on."""

    state: State
    talk: Conversations
    screens: Screens
    hub: "SocketHub"
    uploads: "Uploads"
    limits: RateLimits

    def tell_view(self, view: View, what: str) -> None:
        """Write into the transcript what the app does with a person's view."""
        text = f"{what} for {self.state.name_of(view.user)}:\n{view_text(view, self.state)}"
        self.state.tell(self.state.settings.name, text, audience=view.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodCall:
    """One call: its arguments as sent, read through typed getters that refuse like Slack."""

    rooms: Rooms
    arguments: Json
    warnings: list[str]

    @property
    def state(self) -> State:
        """Return the workspace's state."""
        return self.rooms.state

    def text(self, name: str) -> str:
        """Return a string argument, empty when absent."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def required(self, name: str) -> str:
        """Return a string argument that must be there."""
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean argument in any of the spellings Slack takes."""
        value = self.arguments.get(name)
        return default if value is None else str(value).lower() in {"true", "1"}

    def number(self, name: str, default: int) -> int:
        """Return an integer argument."""
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise invalid_arguments(f"must provide an integer [json-pointer:/{name}]") from None

    def json(self, name: str, error: str) -> Any:
        """Return an argument that is JSON, or JSON in a string; None when absent; `error` when it is no JSON."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None

    def has_scope(self, scope: str) -> bool:
        """Tell whether the app was granted a scope."""
        return scope in self.state.settings.scopes

    def need_scope(self, scope: str) -> None:
        """Refuse the call unless the app was granted a scope."""
        if not self.has_scope(scope):
            provided = ",".join(sorted(self.state.settings.scopes))
            raise SlackError("missing_scope", needed=scope, provided=provided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A Web API method: its tier, scope, kind of token and the function that does it."""

    name: str
    run: Callable[[MethodCall], Json]
    tier: Tier
    scope: str | None
    token: TokenKind
    readable: bool


METHODS: dict[str, Method] = {}


def method(
    name: str,
    tier: Tier,
    *,
    scope: str | None = None,
    token: TokenKind = "bot",  # noqa: S107  # a kind of token
    readable: bool = False,
) -> Callable[[Callable[[MethodCall], Json]], Callable[[MethodCall], Json]]:
    """Enter a function into the table of methods; `readable` ones may also be called by GET."""

    def enter(run: Callable[[MethodCall], Json]) -> Callable[[MethodCall], Json]:
        METHODS[name] = Method(name=name, run=run, tier=tier, scope=scope, token=token, readable=readable)
        return run

    return enter
